#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every message of the public suites, good, broken and hostile, goes through the program into the sandbox and must
arrive byte for byte but for line ends and Bcc fields. What to expect is worked out here anew, in another language
and by another method. The suites are read in place; without them the program's own cases still run."""

import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import box  # noqa: E402
import tap  # noqa: E402

CORPORA = os.environ.get("SENDWELL_CORPORA", os.path.join(tap.ROOT, "..", "shared", "corpora"))
FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
BCC = re.compile(rb"(?i)(resent-)?bcc[ \t]*:")

OWN = {
    "LF": b"Subject: x\n\nline\n",
    "CRLF": b"Subject: x\r\n\r\nline\r\n",
    "CR alone": b"Subject: x\r\rline\rend",
    "mixed line ends": b"Subject: x\n\r\nline\r\n\nend\r",
    "no last line end": b"Subject: x\n\nend",
    "no body": b"Subject: x\n",
    "no body, no line end": b"Subject: x",
    "dots": b"Subject: x\n\n.\n..\n.x\n\n.\n",
    "dot CR LF variants": b"Subject: x\n\na\r.\r\rb\n.\r\n.\nc\r\n.\r\n",
    "smuggling": b"Subject: x\n\na\n.\r\nMAIL FROM:<evil@example.net>\r\nRCPT TO:<e@example.net>\r\nDATA\r\nx\r\n.\r\n",
    "Bcc in the middle": b"To: a@example.org\nBcc: b@example.org,\n c@example.org\nSubject: x\n\nBcc: stays\n",
    "Bcc last, no body": b"Subject: x\nbCC : b@example.org\n",
    "mailbox line": b"From someone Sat Nov 21 10:00:00 2026\nSubject: x\n\nFrom here\n",
    "byte order mark": b"\xef\xbb\xbfSubject: x\n\ny\n",
    "8 bit": "Subject: Grüße\n\nпривет\n".encode(),
    "broken UTF-8": b"Subject: \xff\xfe\n\n\x80\x81\n",
    "long line": b"Subject: x\n\n" + b"a" * 200000 + b"\n",
    "only line ends": b"Subject: x\n" + b"\n" * 5000,
    "control bytes": b"Subject: x\n\n" + bytes(range(1, 256)) + b"\n",
    "NUL": b"Subject: x\n\n\x00\n",
    "empty": b"",
    "no header": b"\nbody\n",
    "prose": b"hello there\n",
}


def wanted(data):
    """The bytes that must arrive, or None when the message must be refused."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if lines and lines[-1] == b"":
        lines.pop()
    if lines and lines[0].startswith(b"From "):
        lines.pop(0)
    if b"\0" in data or not lines or not FIELD.match(lines[0]):
        return None
    end = lines.index(b"") if b"" in lines else len(lines)
    header, dropping = [], False
    for line in lines[:end]:
        dropping = dropping if line[:1] in (b" ", b"\t") else bool(BCC.match(line))
        if not dropping:
            header.append(line)
    if not header:
        return None
    return b"\r\n".join(header + lines[end:]) + b"\r\n"


def check(b, path, data):
    """Sends one file; None, or what is wrong."""
    before = {m[0]["id"] for m in b.messages()}
    p = tap.sendwell("send", "--server", b.smtp, "--ca", b.ca, "--message", path, "--envelope-from", "a@example.org",
                     "b@example.org", env=tap.clean_env(b.dir))
    came = [m for m in b.messages() if m[0]["id"] not in before]
    for envelope, _ in came:
        for ending in (".eml", ".json"):
            os.unlink(os.path.join(b.store, envelope["id"] + ending))
    want = wanted(data)
    if want is None:
        return None if p.returncode == 65 and not came else "exit %d, wanted 65" % p.returncode
    if p.returncode != 0 or len(came) != 1:
        return "exit %d, %d arrived: %s" % (p.returncode, len(came), p.stderr[-300:])
    got = came[0][1]
    if got != want:
        at = next((i for i, (x, y) in enumerate(zip(got, want)) if x != y), min(len(got), len(want)))
        return "differs at %d: got %r, wanted %r" % (at, got[at:at + 40], want[at:at + 40])
    return None


def main():
    t = tap.Tap()
    suites = sorted(d for d in glob.glob(os.path.join(CORPORA, "*", "*")) if os.path.isdir(d))
    files = {os.path.relpath(d, CORPORA): sorted(glob.glob(os.path.join(d, "*.eml")) + glob.glob(os.path.join(d, "*.msg")))
             for d in suites}
    with box.Box("--size", "200000000", store=True) as b:
        for name, data in OWN.items():
            path = os.path.join(b.dir, "own.eml")
            with open(path, "wb") as f:
                f.write(data)
            why = check(b, path, data)
            t.check("ready message: " + name, why is None, why)
        for suite, paths in files.items():
            wrong = []

            def one(path):
                with open(path, "rb") as f:
                    why = check(b, path, f.read())
                if why:
                    wrong.append(os.path.basename(path) + ": " + why)
            for path in paths:
                one(path)
            if paths:
                t.check("%s: %d messages arrive as they are" % (suite, len(paths)), not wrong, "\n".join(wrong[:20]))
    if not os.path.isdir(CORPORA):
        t.skip("the public suites", "not beside this tree (SENDWELL_CORPORA names their folder)")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
