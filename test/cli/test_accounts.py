# SPDX-License-Identifier: MIT
"""What is known without being told: servers of providers, passwords that other programs keep."""
import json
import os
import shutil
import sys

import lab
import tap

sys.path.insert(0, os.path.join(tap.ROOT, "test", "lab"))
import dnsd  # noqa: E402

PASSWORD = "k3pt-elsewhere"


def login(home, box, *more, **env):
    return tap.sendwell("verify", "login", "--server", f"localhost:{box.port}", "--ca", box.ca, "--user", "sandbox",
                        *more, env=home.env(**env))


def dry(home, *more):
    return tap.sendwell("send", "--dry-run", "--to", "you@example.net", *more, stdin=b"hi\n",
                        env=home.env(SENDWELL_RESOLVER=NOBODY))


NOBODY = "127.0.0.1:1"    # where no name server is


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


ZONES = ["work.example MX 1 aspmx.l.google.com", "work.example MX 5 alt1.aspmx.l.google.com",
         "office.example MX 0 office-example.mail.protection.outlook.com", "cloud.example MX 10 mx01.mail.icloud.com",
         "filter.example MX 10 mx.filter.example", "two.example MX 1 aspmx.l.google.com", "two.example MX 9 mx.yandex.net",
         "null.example MX 0 .", "evil.example MX 1 aspmx.l.google.com.evil.example"]


@tap.case("an own domain: the provider that takes its mail sends it, and that it was chosen is always said")
def _():
    names = {"address": "127.0.0.1", "port": 0, "resolver": True, "records": ZONES}
    with lab.Home() as home, dnsd.running([names]) as started:
        resolver = ["--resolver", f"127.0.0.1:{started[0].port}"]
        for sender, server, user, words in (
                ("Me <me@work.example>", "smtps://smtp.gmail.com:465", "user me@work.example",
                 ("aspmx.l.google.com", "app password")),
                ("me@office.example", "smtp://smtp.office365.com:587", "user me@office.example", ("OAuth",)),
                ("me@cloud.example", "smtp://smtp.mail.me.com:587", "no user", ("app-specific",))):
            done = dry(home, *resolver, "--from", sender)
            assert done.returncode == 0, done.stderr
            for text in (server, user, *words):
                assert text.encode() in done.stderr, (sender, text, done.stderr)
            done = dry(home, *resolver, "--from", sender, "--json")
            assert json.loads(done.stdout)["server"] == server, done.stdout
        for sender, why in (("me@filter.example", b"mx.filter.example"), ("me@two.example", b"more than one provider"),
                            ("me@null.example", b"takes no mail"), ("me@evil.example", b"no provider that is known"),
                            ("me@absent.example", b"does not exist")):
            done = dry(home, *resolver, "--from", sender)
            assert done.returncode == 64 and b"no server is known" in done.stderr and why in done.stderr, done.stderr
        # What is guessed gets no message in clear text; what is named is not asked for.
        for more in (["--tls", "none"], ["--tls", "opportunistic"]):
            assert dry(home, *resolver, "--from", "me@work.example", *more).returncode == 64
        for more in (["--mx"], ["--server", "mx.example.org"]):
            done = dry(home, *resolver, "--from", "me@work.example", *more)
            assert done.returncode == 0 and b"gmail" not in done.stderr, done.stderr
    # The provider of an account without a server; a user that is set stays.
    with lab.Home() as home, dnsd.running([names]) as started:
        home.config("[account work]\nfrom = me@work.example\nuser = other@work.example\n")
        done = dry(home, "--account", "work", "--resolver", f"127.0.0.1:{started[0].port}")
        assert b"user other@work.example" in done.stderr, done.stderr


@tap.case("a name server that says nothing is not waited for beyond the deadline")
def _():
    with lab.Home() as home, dnsd.running([{"address": "127.0.0.1", "port": 0, "resolver": True, "records": ZONES,
                                            "faults": [{"do": "silent"}]}]) as started:
        done = dry(home, "--resolver", f"127.0.0.1:{started[0].port}", "--from", "me@work.example", "--deadline", "0.3")
        assert done.returncode == 64 and b"could not be looked up" in done.stderr, done.stderr


@tap.case("git's own helper gives a password, keeps the right one and forgets the wrong one")
def _():
    if not shutil.which("git"):
        tap.skip("git is not installed")
    with lab.sandbox("--password", PASSWORD) as (home, box):
        place = f"smtp://sandbox:{{}}@localhost%3a{box.port}\n"
        kept = home.path / "kept"
        home.write("gitconfig", f"[credential]\n\thelper = store --file {kept}\n")
        env = {"GIT_CONFIG_GLOBAL": str(home.path / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1", "GIT_ASKPASS": "false",
               "GIT_TERMINAL_PROMPT": "0"}
        home.write("kept", place.format(PASSWORD))
        done = login(home, box, "--password-from", "git", **env)
        assert done.returncode == 0, done.stderr
        assert kept.read_text() == place.format(PASSWORD), kept.read_text()
        # By another name, as git send-email without a port keeps it.
        home.write("kept", f"smtp://sandbox:{PASSWORD}@mail.example\n")
        assert login(home, box, "--password-from", "git:mail.example", **env).returncode == 0
        done = login(home, box, "--password-from", "git", **env)
        assert done.returncode == 78 and b"status 128" in done.stderr, done.stderr
        home.write("kept", place.format("wrong"))
        done = login(home, box, "--password-from", "git", **env)
        assert done.returncode == 77 and kept.read_text() == "", (done, kept.read_text())
        assert b"wrong\n" not in done.stderr, done.stderr


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
