#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The built program against real Postfix and Dovecot: every port, TLS mode and mechanism that they offer, 1 byte
to 50 MB, 1 and 500 recipients, and what arrived compared byte for byte with what was sent."""

import email
import email.policy
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import real  # noqa: E402
import tap  # noqa: E402

PROGRAM = tap.PROGRAM
ALICE = "alice@example.test"


class World:
    """The servers of one run and the way to call the program on them."""

    def __init__(self, directory):
        self.dir = directory
        os.chmod(directory, 0o755)
        self.authority = real.Authority(os.path.join(directory, "ca"))
        self.postfix = real.Postfix(os.path.join(directory, "postfix"), self.authority)
        self.dovecot = real.Dovecot(os.path.join(directory, "dovecot"), self.authority, self.postfix.smtp,
                                    self.postfix.auth_socket)
        self.postfix.start()
        self.secret = self.secret_file("right", real.USERS[ALICE])
        self.wrong = self.secret_file("wrong", "not the secret")
        self.env = dict(os.environ, HOME=directory, XDG_STATE_HOME=os.path.join(directory, "state"),
                        XDG_CONFIG_HOME=os.path.join(directory, "config"))
        for key in [k for k in self.env if k.startswith("SENDWELL_")]:
            del self.env[key]

    def secret_file(self, name, secret):
        path = os.path.join(self.dir, name + ".secret")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write(secret + "\n")
        return path

    def file(self, name, content):
        path = os.path.join(self.dir, name)
        with open(path, "wb") as f:
            f.write(content)
        return path

    def program(self, *argv, stdin=b"", timeout=120):
        return subprocess.run([PROGRAM, *argv], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.env, timeout=timeout)

    def login(self, mechanism):
        return ["--user", ALICE, "--password-file", self.secret, "--auth", mechanism]

    def send(self, server, *argv, expect=0, **kw):
        """Sends, checks the exit status, returns the JSON result."""
        p = self.program("send", "--json", "--server", server, "--ca", self.authority.ca, "--timeout", "30",
                         "--from", ALICE, *argv, **kw)
        text = p.stdout.decode("utf-8", "replace") + p.stderr.decode("utf-8", "replace")
        assert p.returncode == expect, "exit %d, wanted %d\n%s" % (p.returncode, expect, text)
        return json.loads(p.stdout)

    def routes(self):
        """name, server, TLS options, mechanisms (none: without login)."""
        at = "127.0.0.1:%d"
        mechs = real.Dovecot.MECHANISMS
        pf, dc = self.postfix, self.dovecot
        return [
            ("postfix smtp in clear", "smtp://" + at % pf.smtp, ["--tls", "none"], []),
            ("postfix smtp with STARTTLS", "smtp://" + at % pf.smtp, ["--tls", "starttls"], mechs),
            ("postfix submission", "submission://" + at % pf.submission, [], mechs),
            ("postfix smtps", "smtps://" + at % pf.smtps, [], mechs),
            ("dovecot submission", "submission://" + at % dc.port, [], mechs),
            ("dovecot submissions", "smtps://" + at % dc.tls_port, [], mechs),
        ]

    def stop(self):
        self.dovecot.stop()
        self.postfix.stop()


def ready(body, subject=b"a ready message", extra=b""):
    return (b"From: alice@example.test\nTo: bob@example.test\nSubject: " + subject +
            b"\nDate: Sat, 21 Nov 2026 10:00:00 +0000\nMessage-ID: <" +
            hashlib.sha256(body).hexdigest()[:24].encode() + b"@example.test>\n" + extra + b"\n" + body)


def unix(message):
    """Line ends as a Maildir keeps them, with the last line ended."""
    message = message.replace(b"\r\n", b"\n")
    return message if message.endswith(b"\n") else message + b"\n"


def arrives(world, server, argv, message, name="message.eml"):
    path = world.file(name, message)
    result = world.send(server, *argv, "--message", path, "bob@example.test")
    assert result["outcome"] == "accepted", result
    got = real.without_trace(world.postfix.take(1)[0])
    assert got == unix(message), "sent %d bytes, arrived %d; first difference at %d" % (
        len(unix(message)), len(got), next((i for i, (a, b) in enumerate(zip(unix(message), got)) if a != b),
                                           min(len(got), len(unix(message)))))
    return result


TRICKY = (b".\n..\n...\nFrom here\n.hidden\n\n\n.\nlast line with dot.\n" + b"x" * 990 + b"\n." + b"y" * 990 +
          b"\n\ttab and trailing blanks  \n\n")
EIGHT_BIT = "Grüße aus Köln — Привет — 日本語\n".encode() * 20
EIGHT_BIT_HEADER = b"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"


def sizes():
    rnd = random.Random(7)

    def text(size):
        line = bytes(rnd.choice(b"abcdefghijklmnopqrstuvwxyz .") for _ in range(71)) + b"\n"
        return (line * (size // len(line) + 1))[:size - 1] + b"\n" if size > 1 else b"x"

    return [("1 byte", text(1)), ("1 KiB", text(1024)), ("64 KiB and 1", text(65537)), ("1 MiB", text(1 << 20)),
            ("50 MB", text(50_000_000))]


def cases(world):
    for name, server, tls, mechs in world.routes():
        clear = "--tls" in tls and "none" in tls
        for mech in mechs or [None]:
            login = world.login(mech) if mech else ["--auth", "none"]

            def one(server=server, tls=tls, login=login, mech=mech, clear=clear):
                r = arrives(world, server, tls + login, ready(TRICKY))
                tls_said = r["server"]["tls"]
                if clear:
                    assert not tls_said or not tls_said.get("version"), r["server"]
                else:
                    assert tls_said["verified"] is True and tls_said["version"].startswith("TLSv1."), r["server"]
            yield "%s%s: arrives byte for byte" % (name, ", " + mech if mech else ""), one

            if mech:
                def refused(server=server, tls=tls, mech=mech):
                    r = world.send(server, *tls, "--user", ALICE, "--password-file", world.wrong, "--auth", mech,
                                   "--subject", "x", "bob@example.test", stdin=b"x\n", expect=77)
                    assert r["stage"] == "auth" and r["outcome"] in ("not_sent", "rejected"), r
                    assert r["reply"]["code"] == 535, r
                yield "%s, %s: a wrong secret is refused once with the server's words" % (name, mech), refused

    routes = {r[0]: r for r in world.routes()}
    for name in ("postfix submission", "dovecot submissions"):
        _, server, tls, _ = routes[name]

        def chosen(server=server, tls=tls):
            r = world.send(server, *tls, "--user", ALICE, "--password-file", world.secret, "--subject", "auto",
                           "bob@example.test", "--save", os.path.join(world.dir, "case.json"), stdin=b"hello\n")
            assert r["outcome"] == "accepted"
            world.postfix.take(1)
            with open(os.path.join(world.dir, "case.json")) as f:
                case = json.load(f)
            picked = [x["fields"] for x in case["facts"] if x["type"] == "auth.choice"]
            assert picked and picked[-1]["chosen"] == "SCRAM-SHA-256", picked
        yield "%s: the strongest mechanism is chosen" % name, chosen

    _, server, tls, _ = routes["postfix submission"]
    login = world.login("PLAIN")
    for label, body in sizes():
        yield "%s arrives" % label, lambda body=body: arrives(world, server, tls + login, ready(body))
    yield "50 MB arrives through implicit TLS", lambda: arrives(
        world, routes["postfix smtps"][1], login, ready(sizes()[4][1]))
    yield "50 MB arrives through Dovecot's relay", lambda: arrives(
        world, routes["dovecot submission"][1], login, ready(sizes()[4][1]))
    yield "8-bit text arrives", lambda: arrives(world, server, tls + login,
                                                ready(EIGHT_BIT, extra=EIGHT_BIT_HEADER))
    yield "CRLF file arrives", lambda: arrives(
        world, server, tls + login, ready(TRICKY).replace(b"\n", b"\r\n"))
    yield "a file without a last line end arrives", lambda: arrives(world, server, tls + login, ready(b"no end"))

    def bcc():
        message = ready(b"body\n", extra=b"Bcc: secret-friend@example.test,\n other@example.test\nX-After: 1\n")
        path = world.file("bcc.eml", message)
        world.send(server, *tls, *login, "--message", path, "bob@example.test", "secret-friend@example.test")
        for got in world.postfix.take(2):
            got = real.without_trace(got)
            assert b"secret-friend" not in got and b"Bcc" not in got, got
            assert b"X-After: 1\n" in got
    yield "Bcc never arrives", bcc

    def composed():
        blob = bytes(random.Random(1).randrange(256) for _ in range(100_003))
        path = world.file("Ünïcode file.bin", blob)
        subject = "Grüße — привет — 你好 " + "long " * 40
        world.send(server, *tls, *login, "--to", "Bob Möller <bob@example.test>", "--subject", subject,
                   "--header", "X-Extra: Käse", "--attach", path, "--html", world.file(
                       "b.html", "<p>Grüße</p>\n".encode()), "--text", "-",
                   stdin="Grüße\n.\nFrom me\n".encode())
        got = email.message_from_bytes(real.without_trace(world.postfix.take(1)[0]), policy=email.policy.default)
        assert str(got["subject"]) == subject.strip() or str(got["subject"]) == subject, got["subject"]
        assert got["to"].addresses[0].display_name == "Bob Möller"
        assert str(got["x-extra"]) == "Käse"
        assert not got.defects and got["date"].datetime is not None and got["message-id"]
        plain = got.get_body(("plain",)).get_content().replace("\r\n", "\n")
        assert plain == "Grüße\n.\nFrom me\n", ascii(plain)
        assert got.get_body(("html",)).get_content().replace("\r\n", "\n") == "<p>Grüße</p>\n"
        parts = list(got.iter_attachments())
        assert len(parts) == 1 and parts[0].get_content() == blob
        assert parts[0].get_filename() == "Ünïcode file.bin", parts[0].get_filename()
    yield "text, HTML and an attachment read back the same", composed

    def many():
        people = ["r%d@example.test" % i for i in range(480)]
        unknown = ["no-%d@example.test" % i for i in range(13)]
        busy = ["later-%d@example.test" % i for i in range(7)]
        everyone = people + unknown + busy
        random.Random(3).shuffle(everyone)
        path = world.file("many.eml", ready(b"to many\n"))
        r = world.send(server, *tls, *login, "--message", path, *everyone, expect=80)
        assert r["outcome"] == "partial"
        assert [x["address"] for x in r["recipients"]] == everyone
        for x in r["recipients"]:
            if x["address"].startswith("no-"):
                want = ("rejected", 550, "5.1.1")
            elif x["address"].startswith("later-"):
                want = ("deferred", 450, "4.2.1")
            else:
                want = ("accepted", 250, None)
            assert x["outcome"] == want[0] and x["reply"]["code"] == want[1], x
            assert want[2] is None or x["reply"]["enhanced"] == want[2], x
        world.postfix.take(len(people))
    yield "500 recipients, 20 of them refused, each with its own outcome", many

    def chunking():
        for name, body, extra in (("chunk-small.eml", TRICKY, b""), ("chunk-8bit.eml", EIGHT_BIT, EIGHT_BIT_HEADER),
                                  ("chunk-big.eml", TRICKY * 600, b"")):
            transcript = os.path.join(world.dir, "chunking.txt")
            arrives(world, server, [*tls, *login, "--chunking", "yes", "--transcript", transcript], ready(
                body, extra=extra), name)
            with open(transcript, encoding="utf-8") as f:
                text = f.read()
            assert "BDAT" in text and " DATA" not in text, text[-2000:]
    yield "BDAT: small, 8-bit and several chunks arrive byte for byte", chunking

    def chunking_refused():
        r = world.send(server, *tls, *login, "--chunking", "yes", "no-1@example.test", "--subject", "x", stdin=b"x\n",
                       expect=67)
        assert r["outcome"] == "rejected" and r["stage"] == "envelope", r
        r = world.send(server, *tls, *login, "--chunking", "yes", "bob@example.test", "no-1@example.test", "--subject", "x",
                       stdin=b"x\n", expect=80)
        assert [x["outcome"] for x in r["recipients"]] == ["accepted", "rejected"], r
        world.postfix.take(1)
    yield "BDAT in one flight with recipients that are refused", chunking_refused

    def dsn():
        transcript = os.path.join(world.dir, "dsn.txt")
        r = world.send(server, *tls, *login, "--dsn", "failure,delay", "--dsn-return", "headers", "--dsn-envid", "id=7+1",
                       "--priority", "3", "--transcript", transcript, "bob@example.test", "--subject", "x", stdin=b"x\n")
        with open(transcript, encoding="utf-8") as f:
            text = f.read()
        assert "RET=HDRS ENVID=id+3D7+2B1" in text and "NOTIFY=FAILURE,DELAY ORCPT=rfc822;bob@example.test" in text, text
        assert r["server"]["not_asked"] == ["MT-PRIORITY"], r["server"]
        world.postfix.take(1)
        r = world.send(server, *tls, *login, "--require-tls", "bob@example.test", "--subject", "x", stdin=b"x\n", expect=69)
        assert r["outcome"] == "not_sent", r
        assert not world.postfix.delivered()
    yield "DSN is asked for, what is not offered is told or refused", dsn

    def all_or_none():
        r = world.send(server, *tls, *login, "--all-or-none", "bob@example.test", "no-1@example.test", "--subject",
                       "x", stdin=b"x\n", expect=67)
        assert [x["outcome"] for x in r["recipients"]] == ["not_sent", "rejected"], r
        assert not world.postfix.delivered()
    yield "all or none: nothing arrives when one is refused", all_or_none

    def nobody():
        r = world.send(server, *tls, *login, "no-1@example.test", "--subject", "x", stdin=b"x\n", expect=67)
        assert r["outcome"] == "rejected" and r["stage"] == "envelope", r
        assert "User unknown" in r["reply"]["text"], r
    yield "an unknown user ends with 67", nobody

    def relay():
        r = world.send("smtp://127.0.0.1:%d" % world.postfix.submission, "--auth", "none", "--subject", "x",
                       "bob@example.test", stdin=b"x\n", expect=69)
        assert r["stage"] == "envelope" and r["outcome"] == "rejected", r
    yield "submission without login is refused", relay

    def untrusted():
        p = world.program("send", "--json", "--server", server, "--from", ALICE, *login, "--subject", "x",
                          "bob@example.test", stdin=b"x\n")
        r = json.loads(p.stdout)
        assert p.returncode == 76 and r["stage"] == "tls" and r["outcome"] == "not_sent", (p.returncode, r)
    yield "an unknown authority is refused before the login", untrusted

    def verify():
        for what, more, stage in (("connection", [], "ehlo"), ("login", login, "auth"),
                                  ("recipients", login + ["bob@example.test", "no-1@example.test"], "envelope")):
            p = world.program("verify", what, "--json", "--server", server, "--ca", world.authority.ca, "--from",
                              ALICE, *more)
            r = json.loads(p.stdout)
            assert r["what"] == what, r
            if what == "recipients":
                assert [x["outcome"] for x in r["recipients"]] == ["accepted", "rejected"], r
            else:
                assert p.returncode == 0 and r["outcome"] == "ok", r
        assert not world.postfix.delivered()
    yield "verify connection, login and recipients tell the truth and send nothing", verify

    def no_secret_leaked():
        for path, _, names in os.walk(os.path.join(world.dir, "state")):
            for name in names:
                with open(os.path.join(path, name), "rb") as f:
                    assert real.USERS[ALICE].encode() not in f.read(), name
    yield "no case holds the secret", no_secret_leaked


def main():
    t = tap.Tap()
    missing = real.missing("postfix", "dovecot", "openssl")
    if os.geteuid() != 0:
        missing.append("root")
    if missing:
        t.skip("real Postfix and Dovecot", "needs " + ", ".join(missing))
        return t.done()
    directory = tempfile.mkdtemp(prefix="sendwell-servers-")
    world = None
    try:
        world = World(directory)
        for name, case in cases(world):
            t.run(name, case, timeout=120)
    finally:
        if world:
            world.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
