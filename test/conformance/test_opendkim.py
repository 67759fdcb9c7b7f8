#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""DKIM beside opendkim-testmsg (Debian: opendkim-tools), the program of the most used milter, both ways: it verifies what
we signed and then somebody changed, and we verify what it signed. EXPLAINED says where the two differ, and why."""
import base64
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
import test_dkim  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
DOMAIN, SELECTOR = "example.org", "s1"
MUTANTS, SIGNED = 80, 40
TEXTS = [
    b"From: A <a@example.org>\r\nTo: b@example.net\r\nSubject: Hello\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
    b"Message-ID: <1@example.org>\r\n\r\nHello,\r\n\r\nthis is  it. \t\r\n\r\n\r\n",
    b"From: a@example.org\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\nSubject:  folded\r\n\tsubject \r\n of three lines\r\nX-Empty:\r\nTo: b@example.net\r\n\r\n",
    b"From: a@example.org\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\nSubject: 8 bit\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82\r\n.\r\n..dots\r\n" + b"x" * 900 + b"\r\n",
]
# A test of (ours, theirs, message), and why they differ.
EXPLAINED = [
    (lambda us, them, m: not counts_are_right(m),
     "it refuses a message in which a field of RFC 5322 3.6 is missing or stands twice; the signature may be right all the "
     "same, and we say so"),
    (lambda us, them, m: "syntax error" in them["text"] and not any(r["status"] == "pass" for r in us),
     "it gives up at fields that are none, before any signature; both let nothing pass"),
    (lambda us, them, m: has_no_field(m),
     "a line in the header that is no field: it refuses the message, we pass over the line, which no signature covers"),
    (lambda us, them, m: m.endswith((b" ", b"\t")),
     "blanks behind the last line, which has no end: relaxed drops blanks at the end of lines (RFC 6376 3.4.4), it keeps "
     "these; no message on the wire ends so"),
    (lambda us, them, m: b"l=" in head(m) and any(r["status"] == "pass" for r in us) != (them["status"] == 0),
     "l=: it has its own view of what was not signed"),
    (lambda us, them, m: any(r["reason"] in ("expired", "future") for r in us),
     "x= and t=: it compares them with the clock otherwise than we do, who are told a clock by the test"),
]


def head(message):
    return message.split(b"\r\n\r\n")[0].lower() + b"\r\n"


def counts_are_right(message):
    """RFC 5322 3.6: one From and Date, at most one of the others."""
    names = [line.split(b":")[0].strip() for line in head(message).split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    once = (b"sender", b"reply-to", b"to", b"cc", b"bcc", b"message-id", b"in-reply-to", b"references", b"subject")
    return names.count(b"from") == 1 and names.count(b"date") == 1 and all(names.count(n) <= 1 for n in once)


def has_no_field(message):
    for line in message.split(b"\r\n\r\n")[0].split(b"\r\n"):
        name = line.split(b":")[0].rstrip(b" \t")
        if not line.startswith((b" ", b"\t")) and (b":" not in line or not name or any(c <= 32 or c >= 127 for c in name)):
            return True
    return False


class World:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="sendwell-opendkim-")
        self.cases = test_dkim.Cases()
        self.pem = subprocess.run(["openssl", "genrsa", "-traditional", "2048"], capture_output=True, check=True).stdout.decode()
        der = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=self.pem.encode(), capture_output=True,
                             check=True).stdout
        self.record = "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()
        self.name = "%s._domainkey.%s" % (SELECTOR, DOMAIN)
        self.zone = {self.name: self.record}
        self.key = self.write("key.pem", self.pem)
        records = self.write("records.json", json.dumps(["%s TXT \"%s\"" % (self.name, self.record)]))
        resolv = self.write("resolv.conf", "nameserver 127.0.0.1\n")
        self.peer = subprocess.Popen(
            ["unshare", "--net", "--mount", sys.executable, os.path.join(HERE, "opendkim_peer.py"),
             os.path.join(HERE, "..", "lab"), records, resolv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        line = self.peer.stdout.readline()
        if line != b"ready\n":
            raise RuntimeError(self.peer.stderr.read().decode()[-200:])

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, 0o600)
        return path

    def theirs(self, message):
        self.peer.stdin.write(json.dumps({"message": message.hex()}).encode() + b"\n")
        self.peer.stdin.flush()
        return json.loads(self.peer.stdout.readline())

    def ours(self, message):
        return self.cases.run("dkim", message, self.zone)["results"]

    def sign(self, text, simple):
        got = self.cases.run("sign", text, {}, key=self.pem, domain=DOMAIN, selector=SELECTOR, simple=simple)
        return got["fields"].encode() + text

    def close(self):
        self.peer.stdin.close()
        self.peer.wait(30)
        shutil.rmtree(self.dir)


def they_verify(w):
    rng = random.Random(6376)
    wrong, passed, refused, explained = [], 0, 0, 0
    for number in range(MUTANTS):
        signed = w.sign(TEXTS[number % len(TEXTS)], number % 2 == 1)
        message = signed if number < 2 * len(TEXTS) else test_dkim.mutate(rng, signed)
        us, them = w.ours(message), w.theirs(message)
        # Without a signature it has nothing to complain of.
        if not us:
            continue
        good = any(r["status"] == "pass" for r in us)
        if good == (them["status"] == 0):
            passed, refused = passed + good, refused + (not good)
        elif number >= 2 * len(TEXTS) and any(test(us, them, message) for test, _ in EXPLAINED):
            explained += 1
        else:
            wrong.append("%r: ours %s, theirs %s" % (message[:1200], [(r["status"], r["reason"]) for r in us], them))
    assert not wrong, "\n".join(wrong[:4]) + "\n%d of %d" % (len(wrong), MUTANTS)
    assert passed >= 2 * len(TEXTS) and refused >= 10, (passed, refused, explained)


def change(rng, text):
    """Odd but legal forms before signing: folding, blanks, empty lines."""
    m = bytearray(text)
    for _ in range(rng.randrange(1, 4)):
        kind, end = rng.randrange(4), bytes(m).index(b"\r\n\r\n")
        space = bytes(m).find(b" ", rng.randrange(6, end), end)
        if kind == 0 and space > 0:
            m[space:space + 1] = rng.choice([b"\r\n ", b"\t", b"   "])
        elif kind == 1:
            m += rng.choice([b"\r\n", b" \r\n", b"\t\t\r\n", b"a  b\tc \r\n"])
        elif kind == 2:
            m[0:0] = b"X-Note: " + bytes(rng.choice(b"abc \t;:=") for _ in range(12)) + b"z\r\n"
        else:
            at = rng.randrange(end + 4, len(m) + 1)
            m[at:at] = rng.choice([b" ", b"\t", b"."])
    return bytes(m)


def we_verify(w):
    rng = random.Random(6377)
    wrong = []
    for number in range(SIGNED):
        text = change(rng, TEXTS[number % len(TEXTS)])
        p = subprocess.run(["opendkim-testmsg", "-C", "-d", DOMAIN, "-s", SELECTOR, "-k", w.key], input=text,
                           capture_output=True, timeout=30, check=False)
        assert p.returncode == 0 and b"DKIM-Signature:" in p.stdout, (text, p)
        results = w.ours(p.stdout)
        # It signs with SHA-1 unless told otherwise: right, and no longer accepted (RFC 8301 3.1).
        if [(r["status"], r["reason"]) for r in results] not in ([("pass", "verified")], [("policy", "sha1")]):
            wrong.append("%r: %s" % (p.stdout[:1500], [(r["reason"], r["detail"]) for r in results]))
    assert not wrong, "\n".join(wrong[:3]) + "\n%d of %d" % (len(wrong), SIGNED)


def why_not():
    """What is missing here; None: nothing."""
    if not os.path.exists(test_dkim.TOOL):
        return "no %s: built with -Dtests=false" % test_dkim.TOOL
    for program in ("opendkim-testmsg", "openssl", "unshare", "ip"):
        if not shutil.which(program):
            return program + " is not installed"
    p = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False)
    return "no name spaces here" if p.returncode else None


def main():
    t = tap.Tap()
    lacking = why_not()
    if lacking:
        t.plan(0, lacking)
        return 0
    try:
        w = World()
    except RuntimeError as e:
        t.plan(0, "no name space of its own for the peer: %s" % e)
        return 0
    t.run("opendkim-testmsg verifies what we signed, changed or not, as we do", lambda: they_verify(w), 120)
    t.run("what opendkim-testmsg signed verifies with us, whatever its form", lambda: we_verify(w), 120)
    w.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
