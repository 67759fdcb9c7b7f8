# SPDX-License-Identifier: MIT
"""sendwell check --message: one message as a receiver of it judges it, and what broke its signatures."""
import base64
import contextlib
import json
import sys

import lab
import tap
from check_lab import ED_KEY, HEALTHY, IP, K1024, check, dns, run, says

LETTER = b"""From: Ann <ann@example.org>\r
To: bob@example.net\r
Subject: lunch on friday\r
Date: Fri, 20 Nov 2026 12:00:00 +0000\r
Message-ID: <1@example.org>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
Hello,\r
From here it is far; d\xc3\xa9j\xc3\xa0 vu.\r
.hidden\r
""" + b"word " * 250 + b"""\r
Bye\r
--b\r
Content-Type: text/html\r
\r
<html><body><p>Hello</p>\r
</body></html>\r
--b--\r
"""


def swap(old, new):
    def change(mail):
        assert old in mail, old
        return mail.replace(old, new)
    return change


def encoded(mail):
    head, body = mail.split(b"Content-Transfer-Encoding: 8bit\r\n\r\n", 1)
    text, rest = body.split(b"\r\n--b", 1)
    return (head + b"Content-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(text + b"\r\n").replace(b"\n", b"\r\n") + b"\r\n--b" + rest)


# what was done, what is said of it with the original, and without (None: nothing is claimed)
BREAKS = {
    "footer": (lambda m: m + b"-- \r\nThe list\r\n", "gateway's footer): \"The list\"", "appended"),
    "footer in a part": (swap(b"Bye\r\n", b"Bye\r\n_____\r\nlist@example.com\r\n"), "appended|put into the body", "appended"),
    "footer in each part": (lambda m: swap(b"Bye\r\n", b"Bye\r\nfooter\r\n")(swap(b"</body>", b"<hr>footer\r\n</body>")(m)),
                            "footer", None),
    "footer as a part": (swap(b"--b--\r\n", b"--b\r\nContent-Type: text/plain\r\n\r\nlist\r\n--b--\r\n"), "appended", "appended"),
    "banner": (swap(b"\r\n\r\n--b\r\nContent-Type: text/plain", b"\r\n\r\nCAUTION: outside\r\n--b\r\nContent-Type: text/plain"),
               "before the body", "before the body"),
    "banner in a part": (swap(b"Hello,\r\n", b"[EXTERNAL]\r\nHello,\r\n"), "put into the body: \"[EXTERNAL]\"", None),
    ">From": (swap(b"\r\nFrom here", b"\r\n>From here"), "lines that begin with From", "lines that begin with From"),
    "dots doubled": (swap(b"\r\n.hidden", b"\r\n..hidden"), "dots", "dots"),
    "dots lost": (swap(b"\r\n.hidden", b"\r\nhidden"), "dots", None),
    "long lines": (swap(b"word " * 190, b"word " * 100 + b"!\r\n " + b"word " * 90), "put into the body", "long lines"),
    "encoded": (encoded, "encoded anew", None),
    "blanks": (swap(b"it is far", b"it isfar"), "blanks", None),
    "cut": (lambda m: m[:m.index(b"Bye")], "cut", None),
    "part gone": (swap(b"--b\r\nContent-Type: text/html\r\n\r\n<html><body><p>Hello</p>\r\n</body></html>\r\n", b""), "taken out", None),
    "words": (swap(b"Hello,", b"Howdy,"), "line", None),
    "subject": (swap(b"Subject: ", b"Subject: [list] "), "subject was changed", "[list]"),
    "author": (lambda m: swap(b"From: Ann <ann@example.org>\r\n", b"From: Ann via list <list@example.com>\r\n"
                              b"Reply-To: Ann <ann@example.org>\r\n")(m).replace(b"h=Reply-To:", b"h="),
               "From field was rewritten", None),
    "field added": (swap(b"To: bob", b"Cc: eve@example.net\r\nTo: bob"), "field was added: Cc", "field was added: Cc"),
    "second subject": (swap(b"Subject: ", b"Subject: spam\r\nSubject: "), "field was added: Subject|subject", "field was added: Subject"),
    "field gone": (swap(b"To: bob@example.net\r\n", b""), "taken out: To", None),
    "field changed": (swap(b"To: bob@", b"To: bobby@"), "signed field was changed", None),
    "list": (lambda m: swap(b"Subject: ", b"Subject: [list] ")(m) + b"footer\r\n", "appended|subject", "appended|subject"),
}


@contextlib.contextmanager
def signed(letter=LETTER):
    """A home with a signed letter, and the zone that has its key."""
    with lab.Home() as home:
        path = str(home.path / "key")
        argv = ["--dkim-key", path, "--dkim-domain", "example.org", "--dkim-selector", "s1"]
        made = json.loads(lab.expect(home.run("--json", "dkim", "keygen", *argv), 0).stdout)
        mail = lab.expect(home.run("dkim", "sign", "-", *argv, stdin=letter), 0).stdout
        with dns(HEALTHY | {made["name"]: ["TXT " + made["record"]]}) as where:
            yield home, where, mail


def message(home, where, mail, original, *argv):
    more = ["--original", home.write("original.eml", original)] if original else []
    return check(home, where, "--message", home.write("mail.eml", mail), *more, *argv, validate=False)


@tap.case("what broke a signature is named: from the original, and without it only what is proved")
def _():
    wrong = []
    with signed() as (home, where, mail):
        got = message(home, where, mail, None)
        for name in ("message_spf", "message_dkim", "message_dmarc", "bulk_alignment"):
            assert got[name]["status"] == "ok", got[name]
        assert got["message_arc"]["status"] == got["message_unsubscribe"]["status"] == "not_tested", got
        assert "mx" not in got and got[""]["domain"] == "example.org", got[""]
        for name, (change, with_it, without) in BREAKS.items():
            broken = change(mail)
            rows = [(mail, with_it), (None, without)] + [(LETTER, with_it)] * (name in ("footer", "subject", "field added"))
            for original, word in rows:
                row = message(home, where, broken, original, "--selector", "s1")["message_dkim"]
                word = word or "without the original"
                if row["status"] != "error" or not all(says(row, w) for w in word.split("&")):
                    wrong.append(f"{name} ({'with' if original else 'without'}): no {word!r}: {[f['title'] for f in row['findings']]}")
    assert not wrong, "\n".join(wrong)


@tap.case("a message: envelope sender, alignment, unsubscribing, keys, and messages that are none")
def _():
    bulk = (b"List-Unsubscribe: <https://example.org/u?1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
    with signed(bulk + LETTER) as (home, where, mail):
        got = message(home, where, mail, None)
        assert got["message_unsubscribe"]["status"] == got["bulk_unsubscribe"]["status"] == "ok", got
        # The envelope sender: that of --from, else Return-Path.
        got = message(home, where, mail, None, "--from", "x@other.test")
        assert "x@other.test" in got["message_spf"]["found"] and got["message_spf"]["status"] == "warning", got["message_spf"]
        assert got["message_dmarc"]["status"] == "ok", got["message_dmarc"]
        got = message(home, where, b"Return-Path: <b@mail.example.org>\r\n" + mail, None)
        assert "<b@mail.example.org>: none" in got["message_spf"]["found"], got["message_spf"]
        got = message(home, where, b"Return-Path: <>\r\n" + mail, None, "--ehlo", "mail.example.org")
        assert got["message_spf"]["status"] == "warning" and "<>" in got["message_spf"]["found"], got["message_spf"]
        # No signature, another address: nothing is left that could pass.
        got = message(home, where, bulk + LETTER, None, "--from", "x@other.test")
        for name in ("message_dkim", "message_dmarc", "message_spf", "bulk_alignment", "bulk_dkim"):
            assert got[name]["status"] == "error", got[name]
        assert got["message_unsubscribe"]["status"] == "warning", got["message_unsubscribe"]
        got = message(home, where, mail.replace(b"List-Unsubscribe-Post", b"X-Post"), None)
        assert got["message_unsubscribe"]["status"] == "warning", got["message_unsubscribe"]
        got = message(home, where, mail, None, "other.example")
        assert got[""]["domain"] == "other.example" and got["message_dkim"]["status"] == "ok", got
        # The file as mail programs keep it: LF, and a mailbox's first line.
        got = message(home, where, b"From ann@example.org Fri Nov 20 12:00:00 2026\n" + mail.replace(b"\r\n", b"\n"), None)
        assert got["message_dkim"]["status"] == "ok", got["message_dkim"]
        for text, status in ((b"", 65), (b"no field\n", 65), (b"Subject: no author\n\nx\n", 64), (b"From: a@b\0.test\n\nx", 65)):
            done = run(home, where, "--message", home.write("bad", text), status=status)
            lab.one_line(done)
        run(home, where, "--message", "/nonexistent", status=66)
        run(home, where, "--message", "-", "--original", "-", status=64)
        run(home, where, "--original", home.write("o", mail), "example.org", status=64)
        done = run(home, where, "--ip", IP, "--json", "--message", "-", stdin=mail)
        assert b'"message_dkim"' in done.stdout, done


@tap.case("a header beyond every limit: which limit, at what, and what to do, never a lack of memory")
def _():
    huge = (b"X-Long: " + b"x" * 900 + b"\r\n") * 1300 + LETTER
    many = b"X-Short: x\r\n" * 20000 + LETTER
    with signed() as (home, where, _):
        for text, limit in ((huge, b"1048576 bytes"), (many, b"fields")):
            name = home.write("huge", text)
            done = run(home, where, "--message", name, "example.org")
            assert done.returncode in (65, 75), done
            for part in (limit, b"huge: ", b": reading it", b"without the message"):
                assert part in done.stderr, (part, done)
            assert b"memory" not in done.stderr, done
            lab.one_line(done)


@tap.case("keys of a message that are not as they should be")
def _():
    with signed() as (home, _, mail):
        rows = (([], "error", "no key"), (["TXT v=DKIM1; p="], "error", "revoked"), (["TXT " + ED_KEY], "error", "another type"),
                (["TXT v=DKIM1; p=K1024"], "error", "cannot be told|key that signed"), (None, "untested", "servfail"))
        for records, status, word in rows:
            table = HEALTHY | {"s1._domainkey.example.org": [r.replace("K1024", K1024) for r in records or []]}
            faults = [{"name": "s1._domainkey.*", "do": "servfail"}] if records is None else []
            with dns(table, faults) as where:
                row = message(home, where, mail, None)["message_dkim"]
                assert row["status"] == status and says(row, word), (records, row)
                if records:
                    row = message(home, where, mail, mail)["message_dkim"]
                    assert row["status"] == status, row


if __name__ == "__main__":
    sys.exit(tap.main())
