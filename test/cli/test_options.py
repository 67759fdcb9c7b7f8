# SPDX-License-Identifier: MIT
"""Command line: help, slips, forms of options, and which layer wins."""
import os
import re
import subprocess
import sys

import lab
import tap

COMMANDS = ["send", "verify", "explain", "diagnose", "analyze", "check", "dkim", "import", "sandbox", "version", "help"]


@tap.case("help stands on standard output, for the program and each command")
def _():
    with lab.Home() as home:
        for argv in (["--help"], ["-h"], ["help"], *[[c, "--help"] for c in COMMANDS],
                     *[["help", c] for c in COMMANDS]):
            done = lab.expect(home.run(*argv), 0)
            assert b"Usage: sendwell" in done.stdout and done.stderr == b"", done
            assert max(len(line) for line in done.stdout.decode().splitlines()) <= 80, argv


@tap.case("the help names only options that there are")
def _():
    with lab.Home() as home:
        for command in COMMANDS:
            text = home.run(command, "--help").stdout.decode()
            names = re.findall(r"^  (?:-\w,|   ) --([a-z0-9-]+)(.*)$", text, re.M)
            assert len(names) > 5, command
            for name, rest in names:
                value = [] if not rest.startswith(" ") or rest.startswith("  ") else ["x"]
                done = home.run(command, "--help", f"--{name}", *value)
                assert done.returncode == 0, (command, name, done)


@tap.case("version names itself and its libraries, as text and as JSON")
def _():
    with lab.Home() as home:
        text = lab.expect(home.run("version"), 0).stdout.decode().splitlines()
        value = lab.result(lab.expect(home.run("version", "--json"), 0))
        short = lab.expect(home.run("--version"), 0).stdout.decode()
        assert text[0] == short.strip() == f"sendwell {value['version']}"
        assert text[1:] == value["libraries"]
        assert any(line.startswith("OpenSSL ") for line in text), text


SLIPS = [
    (["--serevr", "x"], "--server"),
    (["send", "--serevr", "x"], "--server"),
    (["send", "--sub", "x"], "--subject"),
    (["send", "--tmeout=3"], "--timeout"),
    (["send", "--frm", "a@b"], "--from"),
    (["send", "--port", "25"], "--server HOST:PORT"),
    (["send", "--body=x"], "--text FILE"),
    (["verify", "--attach", "x", "login"], "unknown option --attach"),
    (["sandbox", "--falut", "x"], "--fault"),
    (["send", "--password", "x"], "SENDWELL_PASSWORD"),
    (["send", "--password=x"], "every user"),
    (["send", "--server", "smtp://u:pw@127.0.0.1:1"], "every user"),
    (["send", "-x"], "-x"),
    (["send", "-qx"], "-x"),
    (["--to", "a@b", "send"], "after the command"),
    (["snd"], "'send'"),
    (["probe"], "unknown command"),
    (["diagnose"], "diagnose what?"),
    ([], "no command"),
    (["help", "verfy"], "'verify'"),
    (["version", "x"], "no argument"),
    (["sandbox", "x"], "no argument"),
    (["send", "--timeout"], "SECONDS"),
    (["send", "--account"], "NAME"),
    (["send", "-a"], "NAME"),
    (["send", "--mx=perhaps"], "yes or no"),
    (["send", "--no-mx=yes"], "no value"),
    (["send", "--ipv4=yes"], "no value"),
    (["send", "--help=x"], "no value"),
    (["send", "--color", "green", "--server", "x"], "auto, always or never"),
    (["send", "--lang", "de"], "expected en or ru"),
    (["send", "--from", "a@b.example", "--to", "c@d.example"], "--server"),
    (["send", "--server", "x", "--mx"], "exclude each other"),
    (["send", "--server", "x", "--password-file", "a", "--password-fd", "3"], "exclude each other"),
    (["send", "--server", "x", "--message", "a", "--subject", "b"], "exclude each other"),
    (["send", "--server", "x", "--message", "a", "--attach", "b"], "exclude each other"),
    (["send", "--server", "x", "--to", "c@d.example"], "--from"),
    (["send", "--server", "x", "--from", "a@b.example"], "RCPT"),
    (["send", "--server", "x", *lab.compose("--header", "X-None")], "no colon"),
    (["send", "--server", "x", *lab.compose("--text", "-", "--html", "-")], "standard input"),
    (["send", "--server", "x", *lab.compose("--password-fd", "0")], "standard input"),
    (["send", "--server", "x", "--json", "--transcript", "-", *lab.compose()], "standard output"),
    (["send", "--server", "x", "--json", "--save", "-", *lab.compose()], "standard output"),
    (["verify", "--server", "x"], "connection, login or"),
    (["verify", "--server", "x", "conection"], "connection, login or"),
    (["verify", "--server", "x", "login", "a@b"], "no recipients"),
    (["verify", "--server", "x", "recipients"], "RCPT"),
]
# What the library says of a value: the option is named.
for option, value in [("timeout", "soon"), ("timeout", "-1"), ("deadline", "x"), ("tls", "maybe"),
                      ("server", "ftp://x"), ("server", "smtp://x:99999"), ("family", "5"),
                      ("auth", "FOO"), ("resolver", "nowhere"), ("source", "me"),
                      ("password-fd", "x"), ("ehlo", "a b")]:
    SLIPS.append((["send", "--server", "x", *lab.compose(f"--{option}", value)], f"--{option}: "))
for option, value in [("port", "65536"), ("port", "x"), ("size", "big"), ("fault", "no-such"),
                      ("quit-after", "never")]:
    SLIPS.append((["sandbox", f"--{option}", value], f"--{option}: "))
SLIPS.append((["sandbox", "--listen", "here"], "IP address"))


def check_slip(argv, words):
    def check():
        with lab.Home() as home:
            done = lab.expect(home.run(*argv), 64)
            lab.one_line(done, words)
            assert done.stdout == b"" or "--json" in argv, done
    return check


for slip, said in SLIPS:
    tap.case(f"one line for: {' '.join(slip) or 'nothing'}")(check_slip(slip, said))


@tap.case("a slip is told as JSON too when that was asked for")
def _():
    with lab.Home() as home:
        for argv in (["send", "--json", "--nonsense"], ["send", "--nonsense", "--json"], ["--json", "snd"], ["--json"],
                     ["--json", "send", "--server", "x", "--timeout", "soon", *lab.compose()]):
            done = lab.expect(home.run(*argv), 64)
            value = lab.result(done)
            assert value["schema"] == "sendwell/error/1" and value["text"] in done.stderr.decode(), done


def dry(home, *argv, env=None, **more):
    """What would be done."""
    return lab.result(lab.expect(home.run("send", "--dry-run", "--json", *argv, env=env, **more), 0))


@tap.case("options have the forms that people expect")
def _():
    with lab.Home() as home:
        for argv in (["--from", lab.FROM, "--to", lab.TO], [f"--from={lab.FROM}", f"--to={lab.TO}"],
                     [lab.TO, "--from", lab.FROM], ["--from", lab.FROM, "--", lab.TO]):
            value = dry(home, "--server", "mail.example", *argv)
            assert value["sender"] == lab.FROM and value["recipients"] == [lab.TO], value
        value = dry(home, "--server", "one", "--server", "two", *lab.compose())
        assert value["server"] == "two", value
        value = dry(home, "--server", "one", *lab.compose("--to", "b@example.net,c@example.net", "d@example.net"))
        assert value["recipients"] == [lab.TO, "b@example.net", "c@example.net", "d@example.net"], value
        value = dry(home, "-q", "-4", "-v", "--server", "one", "--no-server", "--mx", *lab.compose())
        assert value["mx"] and value["server"] is None, value
        done = home.run("send", "--dry-run", "--no-dry-run", "--server", "x", "--no-from", *lab.compose()[2:])
        lab.one_line(lab.expect(done, 64), "--from")


@tap.case("the command line goes before the environment, that before the account, that before defaults")
def _():
    with lab.Home() as home:
        home.config("server = zero\n[defaults]\nfrom = defaults@example.org\n[account a]\nserver = one\n"
                    "from = account@example.org\n")
        env = home.env(SENDWELL_SERVER="two", SENDWELL_FROM="env@example.org")
        to = ["--to", lab.TO]
        assert dry(home, *to)["server"] == "zero"
        assert dry(home, *to)["sender"] == "defaults@example.org"
        assert dry(home, "-a", "a", *to)["server"] == "one"
        assert dry(home, "-aa", *to)["sender"] == "account@example.org"
        assert dry(home, "-a", "a", *to, env=env)["server"] == "two"
        assert dry(home, "-a", "a", *to, env=env)["sender"] == "env@example.org"
        value = dry(home, "-a", "a", "--server", "three", "--from", "args@example.org", *to, env=env)
        assert value["server"] == "three" and value["sender"] == "args@example.org", value


@tap.case("of options that exclude each other the nearer one counts")
def _():
    with lab.Home() as home:
        home.config(f"server = one\nfrom = {lab.FROM}\nsubject = usual\n[account mx]\nmx = yes\n")
        message = home.write("m.eml", "From: a@example.org\r\nTo: b@example.org\r\n\r\nhi\r\n")
        assert dry(home, "--mx", lab.TO)["mx"]
        assert dry(home, "-a", "mx", lab.TO)["mx"]
        assert dry(home, "-a", "mx", "--server", "two", lab.TO)["server"] == "two"
        assert dry(home, "--no-mx", lab.TO)["server"] == "one"
        assert dry(home, "--message", message)["recipients"] == ["b@example.org"]


@tap.case("lists add up on one layer and are replaced by the next")
def _():
    with lab.Home() as home:
        home.config(f"server = one\nfrom = {lab.FROM}\nto = a@example.org\nto = b@example.org\n   c@example.org\n")
        assert dry(home)["recipients"] == [f"{x}@example.org" for x in "abc"]
        env = home.env(SENDWELL_TO="d@example.org\ne@example.org\n")
        assert dry(home, env=env)["recipients"] == ["d@example.org", "e@example.org"]
        assert dry(home, "--to", "f@example.org", env=env)["recipients"] == ["f@example.org"]


# Each option of send by its three names; the values must reach the same place.
FORMS = [("server", "mail.example", "server", "mail.example"),
         ("tls", "implicit", "tls", "implicit"),
         ("mx", "yes", "mx", True),
         ("from", "x@example.org", "sender", "x@example.org"),
         ("to", "x@example.org", "recipients", ["x@example.org"]),
         ("cc", "x@example.org", "recipients", [lab.TO, "x@example.org"]),
         ("bcc", "x@example.org", "recipients", [lab.TO, "x@example.org"]),
         ("envelope-from", "<>", "sender", ""),
         ("message-id", "an.id@example.org", "message_id", "an.id@example.org")]


@tap.case("options, variables and keys mean the same")
def _():
    with lab.Home() as home:
        for name, text, field, expected in FORMS:
            base = [] if name in ("server", "mx") else ["--server", "zero"]
            base += [] if name == "from" else ["--from", lab.FROM]
            base += [] if name == "to" else [lab.TO]
            home.config("")
            by_option = dry(home, *base, f"--{name}={text}")
            by_env = dry(home, *base, env=home.env(**{"SENDWELL_" + name.upper().replace("-", "_"): text}))
            home.config(f"{name} = {text}\n")
            by_key = dry(home, *base)
            for value in (by_option, by_env, by_key):
                assert value[field] == expected, (name, value)


@tap.case("general options work as variables and keys")
def _():
    with lab.Home() as home:
        done = home.run("version", env=home.env(SENDWELL_JSON="yes"))
        lab.result(lab.expect(done, 0))
        home.config(f"json = yes\nquiet = on\nserver = one\nfrom = {lab.FROM}\ndry-run = 1\n")
        done = lab.expect(home.run("send", lab.TO), 0)
        assert lab.result(done)["schema"] == "sendwell/dry_run/1" and done.stderr == b"", done
        done = home.run("version", env=home.env(SENDWELL_JSON="perhaps"))
        lab.one_line(lab.expect(done, 64), "SENDWELL_JSON", "yes or no")
        done = home.run("send", env=home.env(SENDWELL_COLOR="green"))
        lab.one_line(lab.expect(done, 64), "SENDWELL_COLOR", "auto, always or never")
        assert lab.expect(home.run("version", env=home.env(SENDWELL_JSON="")), 0).stdout[:9] == b"sendwell "


@tap.case("a variable that is nearly one is noted")
def _():
    with lab.Home() as home:
        done = home.run("version", env=home.env(SENDWELL_TIMOUT="3", SENDWELL_SANDBOX_PROT="1", SENDWELL_ZEBRA="x"))
        text = done.stderr.decode()
        assert "SENDWELL_TIMOUT" in text and "nearest: SENDWELL_TIMEOUT" in text, done
        assert "nearest: SENDWELL_SANDBOX_PORT" in text and "ZEBRA" not in text, done
        assert home.run("-q", "version", env=home.env(SENDWELL_TIMOUT="3")).stderr == b""


@tap.case("a broken configuration does not keep from reading the help")
def _():
    with lab.Home() as home:
        home.config("nonsense\n")
        for argv in (["--help"], ["help", "send"], ["version"], ["send", "--help"]):
            lab.expect(home.run(*argv), 0)


@tap.case("output that cannot be written is no success")
def _():
    with lab.Home() as home, open("/dev/full", "wb") as full:
        done = subprocess.run([tap.PROGRAM, "version"], stdout=full, stderr=subprocess.PIPE, env=home.env(),
                              check=False)
        assert done.returncode == 74 and b"standard output" in done.stderr, done
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([tap.PROGRAM, "--help"], stdout=write, stderr=subprocess.PIPE, env=home.env(),
                              check=False)
        os.close(write)
        assert done.returncode == 74, done


if __name__ == "__main__":
    sys.exit(tap.main())
