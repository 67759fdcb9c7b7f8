# SPDX-License-Identifier: MIT
"""The configuration file: where it is looked for, what is refused, and how that is told."""
import os
import sys

import lab
import tap

ARGS = ["send", "--dry-run", "--from", lab.FROM, lab.TO]


def server(home, *argv, env=None):
    return lab.result(lab.expect(home.run(*ARGS, "--json", *argv, env=env), 0))["server"]


@tap.case("the file is found in the usual order")
def _():
    with lab.Home() as home:
        other = home.write("other.conf", "server = other\n")
        home.write(".config/sendwell/config", "server = home\n")
        env = home.env()
        del env["XDG_CONFIG_HOME"]
        assert server(home, env=env) == "home"
        assert server(home, env=dict(env, XDG_CONFIG_HOME="relative/ignored")) == "home"
        home.config("server = xdg\n")
        assert server(home) == "xdg"
        assert server(home, env=home.env(SENDWELL_CONFIG=other)) == "other"
        assert server(home, "--config", other, env=home.env(SENDWELL_CONFIG="/nonexistent")) == "other"
        done = home.run(*ARGS, "--json", "--config", "none", "--resolver", "127.0.0.1:1")
        assert "no server" in lab.result(lab.expect(done, 64))["text"]


@tap.case("a named file must be there and be a file")
def _():
    with lab.Home() as home:
        os.mkfifo(home.path / "fifo")
        for path, word in [("/nonexistent", "No such file"), (str(home.path), "directory"),
                           (str(home.path / "fifo"), "pipe"), ("/dev/zero", "device")]:
            done = home.run("send", "--config", path, lab.TO, timeout=5)
            lab.one_line(lab.expect(done, 66), path, word)


# content, line that is named, words
WRONG = [
    ("timout = 3\n", 1, "nearest: 'timeout'"),
    ("# one\n\n[account a]\nserver = x\nserevr = y\n", 5, "nearest: 'server'"),
    ("xyzzyx = 3\n", 1, "unknown key 'xyzzyx'"),
    ("server = a\nuser = b\nserver = c\n", 3, "first in line 1"),
    ("server = a\n  b\n", 2, "first in line 1"),
    ("[acount x]\nserver = a\n", 1, "[account NAME]"),
    ("[account]\nserver = a\n", 1, "[account NAME]"),
    ("server = a\n[acount x]\n", 2, "[account NAME]"),
    ("server\n", 1, "KEY = VALUE"),
    ("[defaults\nserver = a\n", 1, "KEY = VALUE"),
    ("mx = perhaps\n", 1, "yes or no"),
    ("config = x\n", 1, "unknown key"),
    ("help = x\n", 1, "unknown key"),
    ("fault = x\n", 1, "unknown key"),
    ("[sandbox]\nserver = x\n", 2, "unknown key"),
    ("[account a]\naccount = b\n", 2, "[defaults]"),
    ("subject = " + "x" * 250 + "\n", 1, "260 bytes, at most 198"),
    ("subject = a\0b\n", 1, "NUL"),
    ("server = x\ntimeout = soon\n", 2, "timeout: "),
    ("server = x\ntls = maybe\n", 2, "tls: "),
    ("server = x\nlang = de\n", 2, "expected en"),
    ("server = x\ncolor = red\n", 2, "auto, always or never"),
    ("server = x\nmx = yes\n", 2, "exclude each other"),
    ("server = x\nheader = none\n", 2, "no colon"),
    ("server = x\npassword = a ;b\n", 2, "comment"),
]


@tap.case("what is wrong is told with file and line")
def _():
    for content, line, words in WRONG:
        with lab.Home() as home:
            path = home.config(content)
            lab.one_line(lab.expect(home.run(*ARGS), 78), f"{path}:{line}: ", words)


@tap.case("an account must be there, and may be named in the file")
def _():
    with lab.Home() as home:
        home.config("[account work]\nserver = w\n[account home]\nserver = h\n")
        lab.one_line(lab.expect(home.run(*ARGS, "-a", "wrok"), 78), "--account", "[account work]")
        lab.one_line(lab.expect(home.run(*ARGS, env=home.env(SENDWELL_ACCOUNT="nobody")), 78),
                     "SENDWELL_ACCOUNT", "nobody")
        path = home.config("[defaults]\naccount = home\n[account work]\nserver = w\n[account home]\nserver = h\n")
        assert server(home) == "h"
        assert server(home, "-a", "work") == "w"
        home.config("account = away\n[account home]\nserver = h\n")
        lab.one_line(lab.expect(home.run(*ARGS), 78), f"{path}:1: account")
        os.unlink(path)
        lab.one_line(lab.expect(home.run(*ARGS, "-a", "work"), 78), "no configuration file")


@tap.case("comments, blanks, CRLF and a BOM are fine")
def _():
    for content in ("; a\n# b\n\n  \nserver=x\n", "server : x\r\n", "\ufeffserver = x\n", "server = x ; why\n",
                    "[defaults]\n\tserver = x", "[account other]\ntimeout = 1\n[defaults]\nserver = x\n"):
        with lab.Home() as home:
            home.config(content)
            assert server(home) == "x", content


@tap.case("a file with a password that others can read is refused, with the remedy")
def _():
    contents = ["server = x\npassword = SEKRIT\n", "[account other]\npassword = SEKRIT\n",
                "server = smtp://me:SEKRIT@x\n"]
    for content in contents:
        for mode in (0o644, 0o640, 0o604):
            with lab.Home() as home:
                path = home.config(content, mode)
                done = lab.expect(home.run(*ARGS), 78)
                lab.one_line(done, path, f"chmod 600 {path}")
                assert b"SEKRIT" not in done.stdout + done.stderr, done
    for content, mode in [("server = x\nuser = me\n", 0o644), (contents[0], 0o600), (contents[2], 0o400)]:
        with lab.Home() as home:
            home.config(content, mode)
            assert "SEKRIT" not in server(home)


@tap.case("a line has at most 198 bytes, as the manual says, and none is cut")
def _():
    with lab.Home() as home:
        name = "x" * (198 - len("server = ") - len(".example")) + ".example"
        name = ".".join(name[i:i + 60] for i in range(0, len(name), 61))
        line = "server = " + name.ljust(189, "y")[:189]
        assert len(line) == 198
        for content in (line, line + "\n"):
            home.config(content)
            done = home.run(*ARGS, "--json")
            assert b"bytes, at most" not in done.stderr, done
        home.config(line + "z\n")
        lab.one_line(lab.expect(home.run(*ARGS), 78), ":1: ", "at most")


@tap.case("the sandbox has a section of its own")
def _():
    with lab.Home() as home:
        home.config("user = elsewhere\n[sandbox]\nuser = box\nname = box.example\ntls-port = none\n", 0o644)
        with lab.Sandbox(home, "--password", "word") as box:
            lab.validate(box.settings)
            assert box.settings["user"] == "box" and box.settings["password"] == "word", box.settings
            assert box.settings["name"] == "box.example" and box.tls_port is None, box.settings


if __name__ == "__main__":
    sys.exit(tap.main())
