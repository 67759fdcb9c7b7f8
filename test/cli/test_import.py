# SPDX-License-Identifier: MIT
"""Accounts of other programs: what was taken over works with send, and no secret is ever shown."""
import configparser
import json
import os
import sys

import lab
import tap

SECRET = "s3cret-hunter2"

MSMTP = f"""# my accounts
defaults
auth on
tls on
tls_trust_file system
logfile ~/.msmtp.log

account work
host smtp.example.org
port 587
from "me@example.org"
from_full_name Me "the" One
user me@example.org
password {SECRET}
domain client.example.org
source_ip 192.0.2.7
timeout 30
dsn_notify failure,delay
dsn_return headers

account bulk : work
from news@example.org
tls_starttls off
port 465
passwordeval "gpg -q -d ~/.msmtp-pw.gpg"

account shell : work
passwordeval pass show mail | head -n1

account local
host localhost
tls off
auth off
protocol lmtp
port 24

account nohost
user x

account default : work
"""


def parse(text):
    # As the program reads it: the first '=' or ':' parts, ' ;' begins a comment.
    p = configparser.ConfigParser(interpolation=None, comment_prefixes=("#", ";"), delimiters=("=",), strict=False)
    p.read_string(text)
    return {s: dict(p[s]) for s in p.sections()}


def dry(home, account, *more):
    done = lab.expect(home.run("--json", "send", "--dry-run", "-a", account, "--to", "you@example.net", *more,
                               stdin=b"hi\n"), 0)
    return json.loads(done.stdout)


@tap.case("msmtprc: accounts, inheritance, defaults and the default account")
def _():
    with lab.Home() as home:
        env = home.env(HOME="/home/me")
        path = home.write("rc", MSMTP)
        done = lab.expect(home.run("import", "msmtprc", path, env=env), 0)
        got = parse(done.stdout.decode())
        assert got["defaults"] == {"account": "work"}, got
        assert got["account work"] == {
            "server": "smtp://smtp.example.org:587", "tls": "starttls", "user": "me@example.org",
            "from": '"Me \\"the\\" One" <me@example.org>', "ehlo": "client.example.org", "source": "192.0.2.7",
            "timeout": "30", "dsn": "failure,delay", "dsn-return": "headers"}, got["account work"]
        bulk = got["account bulk"]
        assert bulk["server"] == "smtps://smtp.example.org:465" and bulk["tls"] == "implicit", bulk
        # its own passwordeval stands beside the password it took over: msmtp prefers the password
        assert "password-command" not in bulk
        assert got["account local"]["server"] == "lmtp://localhost:24" and got["account local"]["auth"] == "none"
        assert "account nohost" not in got and "account default" not in got, got.keys()
        for line, word in ((6, b"logfile"), (37, b"no host")):
            assert b"rc:%d: " % line in done.stderr and word in done.stderr, done.stderr
        assert SECRET.encode() not in done.stdout + done.stderr


@tap.case("a command that needs no shell is taken over, one that does is told, one that shows the secret is hidden")
def _():
    plain = {"gpg -q -d ~/.pw.gpg": "gpg -q -d /home/me/.pw.gpg", "pass show 'my mail'": "pass show 'my mail'",
             '"secret-tool lookup a \\"b c\\""': 'secret-tool lookup a \\"b c\\"', "x a\\;b": "x a\\;b"}
    shell = ["pass x | head -1", "echo $PW", "cat `x`", "A=b prog", "cd /x", "a && b", "cat <f", "cat ~you/x", "x *",
             "'open", "x \\", "(x)", ". x", "x # y"]
    with lab.Home() as home:
        env = home.env(HOME="/home/me")
        for command, want in plain.items():
            rc = home.write("rc", f"account a\nhost h\nauth on\nuser u\npasswordeval {command}\n")
            got = parse(lab.expect(home.run("import", "msmtprc", rc, env=env), 0).stdout.decode())
            assert got["account a"]["password-command"] == want, (command, got)
        for command in shell:
            rc = home.write("rc", f"account a\nhost h\nauth on\nuser u\npasswordeval {command}\n")
            done = lab.expect(home.run("import", "msmtprc", rc, env=env), 0)
            assert b"password-command =" not in done.stdout and b"rc:5: passwordeval: only a shell" in done.stderr, done
        rc = home.write("rc", f"account a\nhost h\nauth on\nuser u\npasswordeval echo {SECRET}\n")
        done = lab.expect(home.run("import", "msmtprc", rc, env=env), 0)
        assert SECRET.encode() not in done.stdout + done.stderr and b"# password-command" in done.stdout, done


@tap.case("--write: mode 0600, the password goes there alone, the file that was there stays")
def _():
    with lab.Home() as home:
        rc = home.write("rc", MSMTP)
        mine = home.config("# mine\n[defaults]\ntimeout = 9\n[account old]\nserver = old.example.org", 0o644)
        done = lab.expect(home.run("import", "msmtprc", rc, "--write"), 0)
        assert SECRET.encode() not in done.stdout + done.stderr
        text = open(mine).read()
        assert os.stat(mine).st_mode & 0o777 == 0o600 and text.startswith("# mine\n[defaults]\ntimeout = 9\n"), text
        assert text.count(f"password = {SECRET}") == 3, text     # work, bulk, shell
        assert dry(home, "work")["server"] == "smtp://smtp.example.org:587"
        assert dry(home, "bulk")["server"] == "smtps://smtp.example.org:465"
        assert dry(home, "old", "--from", "a@example.org")["server"] == "old.example.org"
        # the default account is work now
        done = lab.expect(home.run("--json", "send", "--dry-run", "--to", "you@example.net", stdin=b"x\n"), 0)
        assert json.loads(done.stdout)["server"] == "smtp://smtp.example.org:587"


@tap.case("--write never overwrites an account, with --force it replaces that one and nothing else")
def _():
    with lab.Home() as home:
        rc = home.write("rc", "account work\nhost new.example.org\n")
        old = ("[account work]\nserver = old.example.org\n; of old\nuser = u\n\n# other's comment\n[account other]\n"
               "server = other.example.org\n[defaults]\naccount = other\n")
        mine = home.config(old)
        done = lab.expect(home.run("import", "msmtprc", rc, "--write"), 73)
        assert open(mine).read() == old and b"--force" in done.stderr
        done = lab.expect(home.run("import", "msmtprc", rc, "--write", "--force"), 0)
        got = parse(open(mine).read())
        assert got["account work"] == {"server": "smtp://new.example.org:25", "tls": "none"}, got
        assert got["account other"] == {"server": "other.example.org"} and got["defaults"] == {"account": "other"}
        assert "# other's comment\n[account other]" in open(mine).read() and "of old" not in open(mine).read()
        assert b"stays 'other'" in done.stderr
        # a link stays one; a new file and its folder are made
        os.symlink(mine, home.path / "link")
        lab.expect(home.run("--config", str(home.path / "link"), "import", "msmtprc", rc, "--write", "--force"), 0)
        assert os.path.islink(home.path / "link")
        lab.expect(home.run("--config", str(home.path / "new/dir/file"), "import", "msmtprc", rc, "--write"), 0)
        assert os.stat(home.path / "new/dir/file").st_mode & 0o777 == 0o600
        lab.expect(home.run("--config", "none", "import", "msmtprc", rc, "--write"), 64)
        home.config("[account broken\n")
        lab.expect(home.run("import", "msmtprc", rc, "--write"), 78)
        assert open(mine).read() == "[account broken\n"


@tap.case("nullmailer: each remote an account, options with and without dashes, helohost")
def _():
    with lab.Home() as home:
        home.write("n/helohost", "client.example.org\n")
        path = home.write("n/remotes", f"# two\nsmtp.example.org smtp --port=465 --ssl --user=me --pass='{SECRET} x'\n\n"
                                       f"b.example.org smtp -p 587 --starttls --auth-login user=you pass={SECRET} --insecure\n"
                                       "c.example.org qmqp\nd.example.org\ne.example.org smtp 'open\n")
        done = lab.expect(home.run("import", "nullmailer", path, "--write"), 0)
        for word in (b"remotes:4: insecure", b"remotes:5: only the protocol", b"remotes:7: ", b"one after the other"):
            assert word in done.stderr, (word, done.stderr)
        got = parse((home.path / "config/sendwell/config").read_text())
        assert got["account nullmailer"] == {"server": "smtps://smtp.example.org:465", "tls": "implicit", "user": "me",
                                             "password": f"{SECRET} x", "ehlo": "client.example.org"}, got
        second = got["account nullmailer-2"]
        assert (second["server"], second["tls"], second["auth"], second["user"]) == (
            "smtp://b.example.org:587", "starttls", "LOGIN", "you"), second
        assert got["account nullmailer-3"] == {"server": "smtp://d.example.org:25", "tls": "none",
                                               "ehlo": "client.example.org"}, got
        assert got["defaults"]["account"] == "nullmailer"
        for name, port in (("nullmailer", 465), ("nullmailer-2", 587), ("nullmailer-3", 25)):
            assert dry(home, name, "--from", "a@example.org")["server"].endswith(f":{port}")


@tap.case("dma: smarthost with the password of auth.conf, or the MX without one")
def _():
    with lab.Home() as home:
        home.write("d/auth.conf", f"# x\nyou|other.example.org:no\nme|SMTP.example.org:{SECRET}:with:colons\n")
        path = home.write("d/dma.conf", "SMARTHOST smtp.example.org\nPORT 587\nSECURETRANSFER\nSTARTTLS\n#NULLCLIENT\n"
                                        "MASQUERADE me@example.org\nALIASES /etc/aliases\nNEWKEY 1\nMAILNAME /etc/mailname\n")
        done = lab.expect(home.run("import", "dma", path), 0)
        assert SECRET.encode() not in done.stdout + done.stderr
        for word in (b"dma.conf:7: ALIASES", b"dma.conf:8: unknown", b"dma.conf:9: MAILNAME"):
            assert word in done.stderr, (word, done.stderr)
        lab.expect(home.run("import", "dma", path, "--write"), 0)
        got = parse((home.path / "config/sendwell/config").read_text())["account dma"]
        assert got == {"server": "smtp://smtp.example.org:587", "tls": "starttls", "user": "me",
                       "password": f"{SECRET}:with:colons", "from": "me@example.org"}, got
        assert dry(home, "dma")["server"] == "smtp://smtp.example.org:587"
        got = parse(lab.expect(home.run("import", "dma", home.write("e/dma.conf", "# all is default\n")), 0).stdout.decode())
        assert got["account dma"] == {"mx": "yes"}, got


@tap.case("ssmtp: keys of any case, revaliases are told")
def _():
    with lab.Home() as home:
        home.write("s/revaliases", "# x\nroot:me@example.org:smtp.example.org\n")
        path = home.write("s/ssmtp.conf", "root=postmaster\nMailHub=smtp.example.org:465\nUSETLS=YES\nAuthUser=me\n"
                                          f"AuthPass = {SECRET}=x # mine\nhostname=client.example.org\nAuthMethod=LOGIN\nFoo=1\n")
        lab.expect(home.run("import", "ssmtp", path, "--write"), 0)
        got = parse((home.path / "config/sendwell/config").read_text())["account ssmtp"]
        assert got == {"server": "smtps://smtp.example.org:465", "tls": "implicit", "ehlo": "client.example.org",
                       "user": "me", "auth": "LOGIN", "password": f"{SECRET}=x"}, got
        done = lab.expect(home.run("--json", "import", "ssmtp", path), 0)
        result = json.loads(done.stdout)
        lab.validate(result)
        assert SECRET not in done.stdout.decode() and result["accounts"][0]["secrets"] == ["password"], result
        texts = " ".join(n["text"] for n in result["notes"])
        assert "revaliases" in texts and "AuthPass" in texts and "unknown key" in texts, texts
        assert result["written"] is None and result["default"] == "ssmtp"


@tap.case("the usual places are looked at, and what is not there or not to be read is an error")
def _():
    with lab.Home() as home:
        env = home.env(HOME=str(home.path))
        done = lab.expect(home.run("import", "dma", str(home.path / "none")), 66)
        assert b"none" in done.stderr
        home.write("config/msmtp/config", "account a\nhost xdg.example.org\n")
        assert b"xdg.example.org" in lab.expect(home.run("import", "msmtprc", env=env), 0).stdout
        home.write(".msmtprc", "host home.example.org\n")
        got = parse(lab.expect(home.run("import", "msmtprc", env=env), 0).stdout.decode())
        assert got["account default"]["server"] == "smtp://home.example.org:25" and got["defaults"]["account"] == "default"
        for argv, status in ((["import"], 64), (["import", "sendmail"], 64), (["import", "dma", "a", "b"], 64),
                             (["import", "msmtprc", str(home.path)], 66), (["import", "msmtprc", home.write("e", "")], 65)):
            lab.expect(home.run(*argv), status)


@tap.case("what our file cannot hold is told and left out, never cut")
def _():
    with lab.Home() as home:
        rc = home.write("rc", "account a\nhost h.example.org\nauth on\nuser u\npassword \"a ;b\"\nfrom x@y.example\n"
                              "account b]c\nhost h.example.org\naccount d\nhost \"a b/@\"\n"
                              "account e\nhost 2001:db8::1\nport 99999\nuser \"" + "x" * 2000 + "\"\nauth on\n"
                              "account \x1b[31mred\nhost h\nfrom \x1b[2J\n")
        done = lab.expect(home.run("import", "msmtprc", rc, "--write"), 0)
        text = (home.path / "config/sendwell/config").read_text()
        got = parse(text)
        assert "password" not in got["account a"] and b"rc:5: password is left out" in done.stderr, done.stderr
        assert "b]c" not in text and b"b]c" in done.stderr
        assert got["account e"]["server"] == "smtp://[2001:db8::1]:25" and b"no number from 1" in done.stderr
        assert b"\x1b" not in done.stdout + done.stderr
        dry(home, "a")


@tap.case("what is not in UTF-8 is told and left out, and hides nothing else")
def _():
    with lab.Home() as home:
        rc = home.write("rc", "account a\nhost h.example.org\nauth on\nuser müller\nfrom x@y.example\n"
                              "account ü\nhost h.example.org\naccount default : ü\n".encode("latin-1"))
        done = lab.expect(home.run("--json", "import", "msmtprc", rc), 0)
        value = json.loads(done.stdout)
        assert [a["name"] for a in value["accounts"]] == ["a"] and value["default"] is None, value
        assert "user" not in value["accounts"][0]["settings"] and "from" in value["accounts"][0]["settings"], value
        assert b"not in UTF-8" in done.stderr and b"\xfc" not in done.stdout + done.stderr, done
        lab.expect(home.run("import", "msmtprc", rc, "--write"), 0)
        assert "default" not in (home.path / "config/sendwell/config").read_text()
        odd = os.fsencode(home.path) + b"/\xff"
        os.rename(rc, odd)
        assert json.loads(lab.expect(home.run("--json", "import", "msmtprc", odd), 0).stdout)["file"].endswith("\\xff")


if __name__ == "__main__":
    sys.exit(tap.main())
