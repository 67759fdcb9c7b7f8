#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What only some servers have: notifications that come back (Postfix, Exim), CHUNKING and SMTPUTF8 (Exim, Postfix), LMTP
with a reply for each recipient (Dovecot), client certificates (Postfix, Exim), EXTERNAL and OAuth (Dovecot), and
OpenSMTPD in clear. Two servers that Debian cannot install beside Postfix are fetched and unpacked for this (unpacked.py)."""

import email
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import others  # noqa: E402
import real  # noqa: E402
import tap  # noqa: E402

ALICE = "alice@example.test"
TRICKY = b".\n..\n...\nFrom here\n.hidden\n\n\n.\nlast line with dot.\n" + b"x" * 990 + b"\n." + b"y" * 990 + b"\n\n"
CERT_PORT = """
127.0.0.1:{port} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_tls_req_ccert=yes
  -o smtpd_tls_CAfile={ca}
  -o smtpd_tls_session_cache_database=
  -o smtpd_relay_restrictions=permit_tls_all_clientcerts,reject
"""


class World:
    def __init__(self, directory):
        self.dir = directory
        os.chmod(directory, 0o755)
        self.started = []
        self.authority = real.Authority(os.path.join(directory, "ca"))
        self.cert, self.key = others.client_pair(self.authority, directory, ALICE)
        self.cert_port, = real.free_ports(1)
        self.postfix = real.Postfix(os.path.join(directory, "postfix"), self.authority,
                                    "smtpd_tls_loglevel = 1\nmynetworks_style = host")
        with open(os.path.join(self.postfix.dir, "etc", "master.cf"), "a") as f:
            f.write(CERT_PORT.format(port=self.cert_port, ca=self.authority.ca))
        self.secret = os.path.join(directory, "secret")
        with open(os.open(self.secret, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write(real.USERS[ALICE] + "\n")
        self.env = dict(os.environ, HOME=directory, XDG_STATE_HOME=os.path.join(directory, "state"),
                        XDG_CONFIG_HOME=os.path.join(directory, "config"))
        for key in [k for k in self.env if k.startswith("SENDWELL_")]:
            del self.env[key]

    def begin(self):
        self.postfix.start()
        self.started.append(self.postfix)
        self.dovecot = others.Dovecot(os.path.join(self.dir, "dovecot"), self.authority, self.postfix.smtp, ALICE,
                                      self.postfix.auth_socket)
        self.started.append(self.dovecot)
        self.exim = self.opensmtpd = None
        if others.exim_program():
            self.exim = others.Exim(os.path.join(self.dir, "exim"), self.authority, ALICE, real.USERS[ALICE])
            self.started.append(self.exim)
        if others.opensmtpd_folder():
            self.opensmtpd = others.OpenSmtpd(os.path.join(self.dir, "opensmtpd"), self.postfix.smtp)
            self.started.append(self.opensmtpd)

    def stop(self):
        for server in reversed(self.started):
            server.stop()

    def send(self, server, *argv, expect=0, stdin=b"hello\n", extra=None):
        done = subprocess.run([tap.PROGRAM, "send", "--json", "--server", server, "--ca", self.authority.ca, "--timeout", "30",
                               "--from", ALICE, *argv], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=dict(self.env, **(extra or {})), timeout=60, check=False)
        text = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
        assert done.returncode == expect, "exit %d, wanted %d\n%s" % (done.returncode, expect, text)
        return json.loads(done.stdout)

    def transcript(self, server, *argv, **kw):
        path = os.path.join(self.dir, "transcript")
        value = self.send(server, *argv, "--transcript", path, **kw)
        with open(path, encoding="utf-8") as f:
            return value, f.read()

    def login(self, mechanism):
        return ["--user", ALICE, "--password-file", self.secret, "--auth", mechanism]

    def certificate(self):
        return ["--cert", self.cert, "--key", self.key]


def ready(body, extra=b""):
    return (b"From: alice@example.test\nTo: bob@example.test\nSubject: x\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n"
            b"Message-ID: <a@example.test>\n" + extra + b"\n" + body)


def need(server, name):
    if not server:
        tap.skip("no %s: %s" % (name, others.unpacked.why.get(name.lower(), "it is missing")))
    return server


def reports(messages):
    """The fields of each delivery report among them, by name."""
    out = []
    for text in messages:
        for part in email.message_from_bytes(text).walk():
            if part.get_content_type() == "message/delivery-status":
                fields = {}
                for block in part.get_payload():
                    fields.update({k.lower(): v for k, v in block.items()})
                out.append(fields)
    return out


EXIM_TRACE = (b"return-path:", b"envelope-to:", b"delivery-date:", b"received:")


def without_exim_trace(message):
    saved, real.TRACE = real.TRACE, EXIM_TRACE
    try:
        return real.without_trace(message)
    finally:
        real.TRACE = saved


def cases(w):
    postfix = "smtp://127.0.0.1:%d" % w.postfix.smtp
    clear = ["--tls", "none", "--auth", "none"]

    def postfix_report():
        _, text = w.transcript(postfix, *clear, "--dsn", "success", "--dsn-return", "headers", "--dsn-envid", "id=7+1 x",
                               "bob@example.test", "--subject", "report this")
        assert "RET=HDRS ENVID=id+3D7+2B1+20x" in text, text
        got = reports(w.postfix.take(2))
        assert len(got) == 1 and got[0]["action"] == "delivered", got
        assert got[0]["original-envelope-id"] == "id=7+1 x", got
        assert got[0]["original-recipient"].replace(" ", "") == "rfc822;bob@example.test", got
    yield "Postfix: the report of a delivery names envelope and recipient as they were asked for", postfix_report

    def postfix_never():
        w.send(postfix, *clear, "--dsn", "never", "bob@example.test", "--subject", "x")
        got = w.postfix.take(1)
        assert not reports(got), got
    yield "Postfix: nothing is reported when that is wanted", postfix_never

    def postfix_utf8():
        _, text = w.transcript(postfix, *clear, "--envelope-from", ALICE, "--subject", "\u043f\u0440\u0438\u0432\u0435\u0442",
                               "\u0438\u0432\u0430\u043d@example.test")
        assert " SMTPUTF8" in text, text
        got = w.postfix.take(1)[0]
        assert "\u0438\u0432\u0430\u043d@example.test".encode() in got, got
    yield "Postfix: an address beyond ASCII", postfix_utf8

    def postfix_certificate():
        server = "smtp://127.0.0.1:%d" % w.cert_port
        w.send(server, "--tls", "starttls", "--auth", "none", *w.certificate(), "bob@example.test", "--subject", "x")
        w.postfix.take(1)
        assert re.search(r"Trusted TLS connection established from", w.postfix.log()), w.postfix.log()[-2000:]
        value = w.send(server, "--tls", "starttls", "--auth", "none", "bob@example.test", "--subject", "x", expect=75)
        assert value["outcome"] == "deferred" and "certificate" in value["reply"]["text"] and not w.postfix.delivered(), value
    yield "Postfix: a client certificate opens the way, and without one there is none", postfix_certificate

    dovecot = "submission://127.0.0.1:%d" % w.dovecot.port
    for mech in ("XOAUTH2", "OAUTHBEARER"):
        def token(mech=mech):
            argv = ["--user", ALICE, "--auth", mech, "--oauth-token-command"]
            w.send(dovecot, *argv, "echo " + others.TOKEN, "bob@example.test", "--subject", "x")
            w.postfix.take(1)
            value = w.send(dovecot, *argv, "echo stale", "bob@example.test", "--subject", "x", expect=77)
            assert value["stage"] == "auth" and value["outcome"] == "not_sent", value
        yield "Dovecot: %s, with a good token and a stale one" % mech, token

    def external():
        w.send(dovecot, "--auth", "EXTERNAL", *w.certificate(), "bob@example.test", "--subject", "x")
        w.postfix.take(1)
        value = w.send(dovecot, "--auth", "EXTERNAL", "bob@example.test", "--subject", "x", expect=77)
        assert value["stage"] == "auth", value
    yield "Dovecot: EXTERNAL by the client's certificate", external

    def lmtp():
        if not w.dovecot.has_lmtp:
            tap.skip("needs dovecot-lmtpd")
        server = "lmtp://127.0.0.1:%d" % w.dovecot.lmtp
        message = os.path.join(w.dir, "lmtp.eml")
        with open(message, "wb") as f:
            f.write(ready(TRICKY))
        value = w.send(server, "--tls", "none", "--message", message, "full@example.test", ALICE, "nobody@example.test",
                       expect=80)
        full, alice, nobody = value["recipients"]
        assert full["outcome"] == "rejected" and full["stage"] == "final" and full["reply"]["code"] == 552, value
        assert alice["outcome"] == "accepted" and alice["stage"] == "final", value
        assert nobody["outcome"] == "rejected" and nobody["stage"] == "envelope" and nobody["reply"]["code"] == 550, value
        got = real.without_trace(w.dovecot.box.take(1, log=w.dovecot.log)[0])
        assert got.replace(b"\r\n", b"\n") == ready(TRICKY), got
    yield "Dovecot LMTP: three recipients, three outcomes, at their own places", lmtp

    def exim_routes():
        exim = need(w.exim, "Exim")
        for server, tls, logins in (("smtp://127.0.0.1:%d" % exim.smtp, "none", [["--auth", "none"]]),
                                    ("smtp://127.0.0.1:%d" % exim.smtp, "starttls", map(w.login, exim.MECHANISMS)),
                                    ("smtps://127.0.0.1:%d" % exim.smtps, "implicit", map(w.login, exim.MECHANISMS))):
            for login in logins:
                message = os.path.join(w.dir, "exim.eml")
                with open(message, "wb") as f:
                    f.write(ready(TRICKY))
                w.send(server, "--tls", tls, *login, "--message", message, "bob@example.test")
                got = without_exim_trace(exim.box.take(1, log=exim.log)[0])
                assert got == ready(TRICKY), (server, login, got)
        value = w.send("smtp://127.0.0.1:%d" % exim.smtp, *clear, "no-1@example.test", "bob@example.test", "--subject", "x",
                       expect=80)
        assert [r["outcome"] for r in value["recipients"]] == ["rejected", "accepted"], value
        exim.box.take(1, log=exim.log)
    yield "Exim: clear, STARTTLS and implicit TLS with each mechanism; a recipient that it refuses", exim_routes

    def exim_chunks():
        exim = need(w.exim, "Exim")
        body = TRICKY * 300
        message = os.path.join(w.dir, "exim.eml")
        with open(message, "wb") as f:
            f.write(ready(body))
        _, text = w.transcript("smtp://127.0.0.1:%d" % exim.smtp, *clear, "--chunking", "yes", "--message", message,
                               "bob@example.test")
        assert "BDAT" in text and " DATA" not in text, text[-1000:]
        assert without_exim_trace(exim.box.take(1, log=exim.log)[0]) == ready(body)
        value = w.send("smtp://127.0.0.1:%d" % exim.smtp, *clear, "--chunking", "yes", "no-1@example.test", "--subject", "x",
                       expect=67)
        assert value["outcome"] == "rejected" and value["stage"] == "envelope", value
    yield "Exim: BDAT, in chunks and with a refused recipient", exim_chunks

    def exim_more():
        exim = need(w.exim, "Exim")
        server = "smtp://127.0.0.1:%d" % exim.smtp
        _, text = w.transcript(server, *clear, "--dsn", "success", "--dsn-envid", "e-1", "bob@example.test", "--subject", "x")
        assert "NOTIFY=SUCCESS ORCPT=rfc822;bob@example.test" in text, text
        got = reports(exim.box.take(2, log=exim.log))
        assert len(got) == 1 and got[0].get("original-envelope-id") == "e-1", got
        _, text = w.transcript(server, *clear, "--subject", "x", "\u0438\u0432\u0430\u043d@example.test")
        assert " SMTPUTF8" in text, text
        exim.box.take(1, log=exim.log)
    yield "Exim: a report that was asked for, an address beyond ASCII", exim_more

    def exim_certificate():
        exim = need(w.exim, "Exim")
        server = "smtp://127.0.0.1:%d" % exim.smtp
        w.send(server, "--tls", "starttls", "--auth", "none", *w.certificate(), "cert-1@example.test", "--subject", "x")
        w.send(server, "--tls", "starttls", "--auth", "EXTERNAL", "--user", ALICE, *w.certificate(), "bob@example.test",
               "--subject", "x")
        exim.box.take(2, log=exim.log)
        value = w.send(server, "--tls", "starttls", "--auth", "none", "cert-1@example.test", "--subject", "x", expect=67)
        assert value["outcome"] == "rejected" and "certificate" in value["reply"]["text"], value
    yield "Exim: a client certificate, by itself and with EXTERNAL", exim_certificate

    def opensmtpd():
        server = need(w.opensmtpd, "OpenSMTPD")
        message = os.path.join(w.dir, "opensmtpd.eml")
        with open(message, "wb") as f:
            f.write(ready(TRICKY))
        url = "smtp://127.0.0.1:%d" % server.smtp
        w.send(url, *clear, "--message", message, "bob@example.test")
        got = real.without_trace(w.postfix.take(1)[0])
        assert got == ready(TRICKY), got
        value = w.send(url, *clear, "no-1@example.test", "bob@example.test", "--subject", "x", expect=80)
        assert [r["outcome"] for r in value["recipients"]] == ["rejected", "accepted"], value
        w.postfix.take(1)
    yield "OpenSMTPD in clear: byte for byte, and a recipient that it refuses", opensmtpd


def main():
    t = tap.Tap()
    missing = real.missing("postfix", "dovecot", "openssl")
    if os.geteuid() != 0:
        missing.append("root")
    if missing:
        t.skip("further real servers", "needs " + ", ".join(missing))
        return t.done()
    directory = tempfile.mkdtemp(prefix="sendwell-servers-")
    world = World(directory)
    try:
        world.begin()
        for name, case in cases(world):
            t.run(name, case, timeout=60)
    finally:
        world.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
