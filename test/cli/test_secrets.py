# SPDX-License-Identifier: MIT
"""A canary for a password: it must not appear in anything that the program shows or leaves behind."""
import base64
import os
import subprocess
import sys
import time
import urllib.parse

import lab
import tap

CANARY = "SEKRIT-7h1s+C4n4ry"
USER = "sandbox"


def forms(secret):
    """What it looks like in other clothes."""
    raw = secret.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(), urllib.parse.quote(secret).encode()}
    for before in (b"", b"x", b"xx"):
        # The characters that depend on the secret alone, at each alignment.
        text = base64.b64encode(before + raw)
        start = (len(before) * 8 + 5) // 6
        found.add(text[start:len(text.rstrip(b"=")) - 1])
    found.add(base64.b64encode(f"\0{USER}\0{secret}".encode()))
    found.add(base64.b64encode(secret.encode()))
    return found


def search(name, data):
    for form in forms(CANARY):
        assert form not in data, f"{form!r} stands in {name}"


def sweep(home, done):
    search("standard output", done.stdout)
    search("standard error", done.stderr)
    for path in home.path.rglob("*"):
        # What the test itself put there.
        if path.is_file() and path.name not in ("pw", "config"):
            search(path.name, path.read_bytes())


@tap.case("the search finds what it looks for")
def _():
    raw = CANARY.encode()
    for data in (raw, raw.hex().encode(), base64.b64encode(b"\0user\0" + raw), base64.b64encode(b"user=x\1auth=" + raw),
                 base64.b64encode(b"12" + raw + b"345"), b"x" + urllib.parse.quote(CANARY).encode()):
        try:
            search("a test", b"before " + data + b" after")
        except AssertionError:
            continue
        raise AssertionError(f"not found in {data!r}")


MECHANISMS = ["auto", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"]
FAULTS = [[], ["auth-535"], ["auth-echo"], ["close-at=auth"], ["reply-at=mail:535 5.7.8 again"], ["garbage-at=auth"],
          ["auth-only-before-tls"], ["starttls-missing"]]


@tap.case("no form of the password is shown or kept, whatever the server does", timeout=120)
def _():
    known = {row.split()[0].split("=")[0] for row in
             tap.sendwell("sandbox", "--list-faults").stdout.decode().splitlines()}
    for faults in FAULTS:
        assert all(f.split("=")[0] in known for f in faults), faults
        options = [word for fault in faults for word in ("--fault", fault)]
        with lab.sandbox("--password", CANARY, *options) as (home, box):
            path = home.write("pw", CANARY + "\n")
            for mechanism in MECHANISMS if not faults or "auth-echo" in faults else MECHANISMS[:1]:
                for more in (["--json"], ["-v"], ["--transcript", "-"]):
                    done = home.run("send", *more, *box.server(), *lab.compose(
                        "--user", USER, "--password-file", path, "--auth", mechanism, "--save",
                        str(home.path / "case.json")))
                    if not faults:
                        lab.expect(done, 0)
                    sweep(home, done)
            # The sandbox knows the password; its log shows what the client let out in clear.
            clear = [line for line in box.log if "C: " in line]
            search("the sandbox's log", "\n".join(clear).encode())


@tap.case("the password in the environment, in a URL and in the configuration is not shown either")
def _():
    with lab.sandbox("--password", CANARY, "--fault", "auth-535") as (home, box):
        quoted = urllib.parse.quote(CANARY, safe="")
        url = f"smtp://{USER}:{quoted}@127.0.0.1:{box.port}"
        tls = ["--ca", box.ca, "--tls-name", "localhost"]
        for env in (home.env(SENDWELL_PASSWORD=CANARY, SENDWELL_SERVER=box.url(), SENDWELL_USER=USER),
                    home.env(SENDWELL_SERVER=url)):
            for more in (["-v", "--save", str(home.path / "c.json")], ["--json"]):
                sweep(home, lab.expect(home.run("send", *more, *tls, *lab.compose(), env=env), 77))
        home.config(f"server = {url}\n")
        sweep(home, lab.expect(home.run("send", "-v", *tls, *lab.compose()), 77))
        # A slip beside the password.
        for text in (f"smtp://{USER}:{quoted}@127.0.0.1:99999", f"ftp://{USER}:{quoted}@127.0.0.1",
                     f"smtp://{USER}:{quoted}@127.0.0.1?tls=maybe"):
            for env in (home.env(SENDWELL_SERVER=text),):
                done = home.run("send", *lab.compose(), env=env)
                assert done.returncode == 64, done
                sweep(home, done)


@tap.case("while it waits, /proc shows no password: not in the arguments, not in the environment")
def _():
    with lab.sandbox("--password", CANARY, "--fault", "hang-at=mail") as (home, box):
        env = home.env(SENDWELL_PASSWORD=CANARY)
        process = subprocess.Popen([tap.PROGRAM, "send", *box.server(), *lab.compose("--user", USER)], env=env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            end = time.monotonic() + 10 * lab.SLOW
            while not any("C: MAIL" in line for line in box.log):
                assert time.monotonic() < end, box.log
                time.sleep(0.02)
            for name in ("cmdline", "environ"):
                with open(f"/proc/{process.pid}/{name}", "rb") as file:
                    search(name, file.read())
        finally:
            process.terminate()
            out, err = process.communicate(timeout=10)
            search("output", out + err)


@tap.case("a command that gives the password inherits none")
def _():
    with lab.sandbox() as (home, box):
        seen = home.path / "seen"
        script = home.write("give", f"#!/bin/sh\nenv > {seen}\ncat /proc/$$/environ >> {seen}\nls -l /proc/$$/fd >> {seen}\n"
                            "echo not-secret\n", 0o700)
        read, write = os.pipe()
        os.set_inheritable(write, True)
        done = home.run("send", *box.server(), *lab.compose("--user", USER, "--password-command", script),
                        env=home.env(SENDWELL_PASSWORD=""), pass_fds=[write])
        lab.expect(done, 0)
        os.close(read)
        os.close(write)
        text = seen.read_text()
        assert "socket:" not in text and text.count("pipe:") <= 2, text


@tap.case("files that the program writes are for their owner only, whatever the umask")
def _():
    with lab.sandbox("--fault", "auth-535") as (home, box):
        case, transcript = home.path / "c.json", home.path / "t.txt"
        old = os.umask(0)
        try:
            done = home.run("send", *box.server(), *lab.compose("--user", USER, "--save", str(case), "--transcript",
                            str(transcript)), env=home.env(SENDWELL_PASSWORD="not-secret"))
        finally:
            os.umask(old)
        lab.expect(done, 77)
        for path in (case, transcript, home.last):
            assert path.stat().st_mode & 0o077 == 0, path


if __name__ == "__main__":
    sys.exit(tap.main())
