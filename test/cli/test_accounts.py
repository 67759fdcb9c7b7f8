# SPDX-License-Identifier: MIT
"""What is known without being told: servers of providers, passwords that other programs keep."""
import json
import sys

import lab
import tap

PASSWORD = "k3pt-elsewhere"


def login(home, box, *more, **env):
    return tap.sendwell("verify", "login", "--server", f"localhost:{box.port}", "--ca", box.ca, "--user", "sandbox",
                        *more, env=home.env(**env))


def dry(home, *more):
    return tap.sendwell("send", "--dry-run", "--to", "you@example.net", *more, stdin=b"hi\n", env=home.env())


@tap.case("the server of a known provider is taken, and said, when none is set")
def _():
    with lab.Home() as home:
        for sender, server, user, secret in (
                ("Me <me@gmail.com>", b"smtps://smtp.gmail.com:465", b"me@gmail.com", b"app password"),
                ("me@GMAIL.com", b"smtps://smtp.gmail.com:465", b"me@GMAIL.com", b"OAuth"),
                ("me@outlook.com", b"smtp://smtp-mail.outlook.com:587", b"me@outlook.com", b"OAuth only"),
                ("me@mail.ru", b"smtps://smtp.mail.ru:465", b"me@mail.ru", b"app password")):
            done = dry(home, "--from", sender)
            assert done.returncode == 0, done.stderr
            for text in (server, user, secret):
                assert text in done.stderr, (sender, text, done.stderr)
        done = dry(home, "--from", "me@gmail.com", "--json")
        assert json.loads(done.stdout)["server"] == "smtps://smtp.gmail.com:465", done.stdout


@tap.case("a server that is set, or a domain that is not known, leaves the provider out")
def _():
    with lab.Home() as home:
        for more in (["--server", "mx.example.org"], ["--mx"]):
            done = dry(home, "--from", "me@gmail.com", *more)
            assert done.returncode == 0 and b"gmail.com:465" not in done.stderr, done.stderr
        for sender in ("me@example.org", "me@sub.gmail.com", "me@gmail.com.example.org"):
            done = dry(home, "--from", sender)
            assert done.returncode == 64 and b"no server is known" in done.stderr, (sender, done.stderr)
        home.config("[defaults]\nserver = mx.example.org\n")
        assert b"gmail.com:465" not in dry(home, "--from", "me@gmail.com").stderr


@tap.case("a password is found in .netrc, by host and user")
def _():
    good = [f"machine localhost login sandbox password {PASSWORD}",
            f"machine other login sandbox password x\nmachine localhost\n\tlogin sandbox\n\tpassword \"{PASSWORD}\"\n",
            f"machine localhost login other password x machine LOCALHOST login sandbox password {PASSWORD}",
            f"# machine localhost password x\nmacdef init\nmachine localhost password x\n\nmachine localhost password {PASSWORD}",
            f"default password {PASSWORD}"]
    bad = ["", "machine localhost", "machine localhost login sandbox", "machine localhost login other password x",
           "machine other password x", "machine localhost login sandbox password \"open", "password x"]
    with lab.sandbox("--password", PASSWORD) as (home, box):
        for text in good:
            home.write(".netrc", text)
            done = login(home, box, "--password-from", "netrc", HOME=str(home.path))
            assert done.returncode == 0, (text, done.stderr)
        for text in bad:
            done = login(home, box, "--password-from", "netrc:" + home.write("n", text))
            assert done.returncode == 78 and b"no password for" in done.stderr, (text, done.stderr)
        done = login(home, box, "--password-from", "netrc:" + home.write("n", good[0], 0o644))
        assert done.returncode == 77 and PASSWORD.encode() not in done.stderr, done.stderr


@tap.case("the keyring is asked with the attributes of msmtp")
def _():
    with lab.sandbox("--password", PASSWORD) as (home, box):
        home.write("bin/secret-tool", f'#!/bin/sh\n[ "$*" = "lookup host localhost service smtp user sandbox" ] '
                                      f'&& echo {PASSWORD}\n', 0o700)
        path = f"{home.path}/bin:/usr/bin:/bin"
        done = login(home, box, "--password-from", "keyring", PATH=path)
        assert done.returncode == 0, done.stderr
        done = login(home, box, "--password-from", "keyring", "--user", "else", PATH=path)
        assert done.returncode == 78 and b"secret-tool: ended with status 1" in done.stderr, done.stderr


@tap.case("a credential of systemd is read from its folder alone")
def _():
    with lab.sandbox("--password", PASSWORD) as (home, box):
        home.write("cred/sendwell.password", PASSWORD + "\n", 0o400)
        home.write("cred/other", PASSWORD + "\n", 0o400)
        folder = str(home.path / "cred")
        for value, status in (("systemd", 0), ("systemd:other", 0), ("systemd:none", 66), ("systemd:../cred/other", 78)):
            done = login(home, box, "--password-from", value, CREDENTIALS_DIRECTORY=folder)
            assert done.returncode == status, (value, done.returncode, done.stderr)
        assert login(home, box, "--password-from", "systemd").returncode == 78
        assert login(home, box, "--password-from", "nobody").returncode == 64


if __name__ == "__main__":
    sys.exit(tap.main())
