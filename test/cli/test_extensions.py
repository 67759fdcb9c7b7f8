#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each extension of SMTP and LMTP between `send` and `sandbox`: what was asked arrives, what cannot be is told."""
import email
import os
import sys

import lab
import tap

def send(home, box, *argv, status=0, server=None, stdin=b"text\n"):
    done = home.run("--json", "send", *(server or box.server()), *lab.compose("--timeout", "5", *argv), stdin=stdin)
    return lab.result(lab.expect(done, status))


def asked(box):
    envelope = box.mail()[0]
    return envelope["asked"], envelope["recipients_asked"]


@tap.case("a notification is asked for with all that belongs to it")
def _():
    with lab.sandbox() as (home, box):
        send(home, box, "--to", "he@example.net", "--dsn", "success,delay", "--dsn-return", "headers",
             "--dsn-envid", "a+b=c d")
        mail, rcpt = asked(box)
        assert mail["ret"] == "HDRS" and mail["envid"] == "a+b=c d", mail
        assert [r["notify"] for r in rcpt] == [["SUCCESS", "DELAY"]] * 2, rcpt
        assert rcpt[1]["orcpt"] == {"type": "rfc822", "address": "he@example.net"}, rcpt


@tap.case("without DSN the message goes, and what was not asked is told")
def _():
    with lab.sandbox("--fault", "no-dsn") as (home, box):
        value = send(home, box, "--dsn", "never", "--dsn-envid", "x")
        assert value["server"]["not_asked"] == ["DSN"], value["server"]
        assert "; DSN was not asked for: 127.0.0.1 does not offer it." in value["sentence"], value["sentence"]
        mail, rcpt = asked(box)
        assert "envid" not in mail and rcpt == [{}], (mail, rcpt)


@tap.case("wishes for the way of a message arrive, REQUIRETLS inside TLS")
def _():
    with lab.sandbox() as (home, box):
        send(home, box, "--require-tls", "--deliver-by", "600;return", "--priority", "-3", "--hold-until", "+60")
        mail, _ = asked(box)
        assert mail["requiretls"] and mail["priority"] == -3 and mail["hold_for_s"] == 60, mail
        assert mail["by"] == {"seconds": 600, "mode": "return", "trace": False}, mail
    with lab.sandbox() as (home, box):
        send(home, box, "--hold-until", "2031-01-31T08:00:00Z", "--deliver-by", "600")
        mail, _ = asked(box)
        assert mail["hold_until"] == "2031-01-31T08:00:00Z" and mail["by"]["mode"] == "notify", mail


@tap.case("what must be promised and is not offered keeps the message back, with the reason")
def _():
    rows = [("no-requiretls", ["--require-tls"], "REQUIRETLS"),
            ("no-futurerelease", ["--hold-until", "+60"], "FUTURERELEASE"),
            ("no-deliverby", ["--deliver-by", "600;return"], "DELIVERBY")]
    for fault, options, word in rows:
        with lab.sandbox("--fault", fault) as (home, box):
            value = send(home, box, *options, status=69)
            assert word in value["sentence"].upper() and value["outcome"] == "not_sent", (word, value)
            assert box.mails() == []
    with lab.sandbox() as (home, box):
        value = send(home, box, "--require-tls", status=69, server=box.plain())
        assert "REQUIRETLS" in value["sentence"], value


@tap.case("wishes that are no conditions are left out and told")
def _():
    with lab.sandbox("--fault", "no-deliverby", "--fault", "no-mt-priority") as (home, box):
        value = send(home, box, "--deliver-by", "600", "--priority", "2")
        assert sorted(value["server"]["not_asked"]) == ["DELIVERBY", "MT-PRIORITY"], value["server"]
        assert "by" not in asked(box)[0] and "priority" not in asked(box)[0]


@tap.case("BDAT when it is wanted, in chunks, byte for byte; DATA when it is not offered")
def _():
    text = b"".join(b"line %d .\n..\n.\n" % i for i in range(60000))
    for faults, transfer in (((), "BDAT"), (("--fault", "no-chunking"), "DATA")):
        with lab.sandbox(*faults) as (home, box):
            send(home, box, "--chunking", "yes", stdin=text)
            envelope, message = box.mail()
            assert envelope["transfer"] == transfer and (envelope["chunks"] > 1) == (transfer == "BDAT"), envelope
            assert message.endswith(b"\r\n.\r\n") and message.count(b"\r\n..\r\n") == 60000, message[-50:]


@tap.case("a server that does not know BDAT, or refuses what comes by it, gets the message by DATA")
def _():
    for fault in ("bdat-500", "bdat-refused", "bdat-chunk-refused"):
        with lab.sandbox("--fault", fault) as (home, box):
            value = send(home, box, "--chunking", "yes", stdin=b"some text\n" * 300000)
            assert value["outcome"] == "accepted", (fault, value)
            envelope, message = box.mail()
            assert envelope["transfer"] == "DATA" and message.count(b"some text\r\n") == 300000, (fault, envelope)


@tap.case("recipients beyond RCPTMAX or a 552 go in transactions of their own")
def _():
    more = [word for i in range(4) for word in ("--to", f"u{i}@example.net")]
    for fault in ("limits=RCPTMAX=2", "rcpt-too-many=2", "rcpt-too-many-552=2"):
        with lab.sandbox("--fault", fault) as (home, box):
            value = send(home, box, *more)
            assert value["outcome"] == "accepted" and len(value["recipients"]) == 5, (fault, value)
            assert sorted(len(e["recipients"]) for e, _ in box.mails()) == [1, 2, 2], fault
            refused = sum(" 452 " in line or " 552 " in line for line in box.log)
            assert (refused > 0) == (not fault.startswith("limits")), (fault, refused)


EIGHT_BIT = (b"From: me@example.org\nTo: you@example.net\nSubject: x\nMIME-Version: 1.0\n%s"
             b"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
             b"--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nna\xc3\xafve it is, this text\n"
             b"--b\nContent-Type: image/x\nContent-Transfer-Encoding: binary\n\n\xff\xfe\xfd\n--b--\n")


def send_ready(home, box, message, *argv, status=0):
    done = home.run("--json", "send", *box.server(), "--timeout", "5", "--message", "-", *argv, stdin=message)
    return lab.result(lab.expect(done, status))


@tap.case("a server without 8BITMIME gets 8-bit parts encoded; one with it gets them as they are")
def _():
    with lab.sandbox("--fault", "no-8bitmime") as (home, box):
        value = send_ready(home, box, EIGHT_BIT % b"")
        assert value["outcome"] == "accepted" and value["encoded"] is True, value
        envelope, message = box.mail()
        assert message.isascii() and "body" not in envelope["asked"], envelope
        parts = email.message_from_bytes(message).get_payload()
        assert parts[0].get_payload(decode=True).decode() == "na\u00efve it is, this text", parts[0].as_bytes()
        assert parts[0]["content-transfer-encoding"] == "quoted-printable", message
        assert parts[1].get_payload(decode=True) == b"\xff\xfe\xfd", message
    with lab.sandbox() as (home, box):
        value = send_ready(home, box, EIGHT_BIT % b"")
        assert value["encoded"] is False and not box.mail()[1].isascii(), value


@tap.case("what is signed is not encoded, nor what is to be left alone: not sent, with the reason")
def _():
    for field, argv, words in ((b"DKIM-Signature: v=1; a=b\n", [], "it is signed with DKIM"),
                               (b"", ["--no-downgrade"], "no 8BITMIME"),
                               (b"Comments: \xe9\n", [], "header fields")):
        with lab.sandbox("--fault", "no-8bitmime") as (home, box):
            value = send_ready(home, box, EIGHT_BIT % field, *argv, status=69)
            assert value["outcome"] == "not_sent" and words in value["sentence"], value["sentence"]
            assert value["encoded"] is False and box.mails() == [], value


@tap.case("what is signed here is encoded before it is signed, unless it is to be left alone")
def _():
    for argv, ascii_only in (([], True), (["--no-downgrade"], False)):
        with lab.sandbox() as (home, box):
            key = os.path.join(home.path, "key.pem")
            lab.expect(home.run("dkim", "keygen", "--dkim-key", key, "--dkim-domain", "example.org", "--dkim-selector", "s"), 0)
            send_ready(home, box, EIGHT_BIT % b"", "--dkim-key", key, "--dkim-domain", "example.org", "--dkim-selector", "s",
                       *argv)
            message = box.mail()[1]
            assert message.startswith(b"DKIM-Signature:") and message.isascii() == ascii_only, message


@tap.case("LMTP: a reply for each recipient, by DATA and by BDAT")
def _():
    to = ["--to", "b@example.net", "--to", "c@example.net"]
    for chunking in ("no", "yes"):
        with lab.sandbox("--lmtp", "--fault", "lmtp-some-refused=2") as (home, box):
            value = send(home, box, "--chunking", chunking, "--dsn", "failure", *to, status=80,
                         server=["--server", box.url("lmtp"), "--tls", "none"])
            outcomes = [r["outcome"] for r in value["recipients"]]
            assert outcomes == ["accepted", "rejected", "accepted"], (chunking, value["recipients"])
            envelope = box.mail()[0]
            assert envelope["transfer"] == ("BDAT" if chunking == "yes" else "DATA"), envelope
            assert envelope["recipients_asked"][2]["notify"] == ["FAILURE"], envelope


@tap.case("however a server leaves at QUIT, inside TLS or not, what it took is taken")
def _():
    for fault in ("close-at=quit", "reset-at=quit", "garbage-at=quit", "extra-reply-at=quit"):
        with lab.sandbox("--fault", fault) as (home, box):
            for server in (box.server(), box.server(scheme="smtps", port=box.tls_port)):
                value = send(home, box, server=server)
                assert value["outcome"] == "accepted", (fault, value)
            assert len(box.mails()) == 2, fault


@tap.case("XCLIENT and PROXY headers make the server see another client")
def _():
    with lab.sandbox("--offer-xclient") as (home, box):
        send(home, box, "--xclient", "ADDR=192.0.2.77 PORT=4711 LOGIN=me+x")
        envelope = box.mail()[0]
        assert envelope["client"] == "192.0.2.77:4711" and envelope["auth"]["user"] == "me+x", envelope
        assert envelope["xclient"]["LOGIN"] == "me+x", envelope
    with lab.sandbox() as (home, box):
        value = send(home, box, "--xclient", "ADDR=192.0.2.77", status=69)
        assert "no_xclient" in value["sentence"], value
    for version in ("v1", "v2"):
        with lab.sandbox("--proxy-protocol") as (home, box):
            for server in (box.server(), box.server(scheme="smtps", port=box.tls_port)):
                send(home, box, "--proxy-header", f"{version},192.0.2.5:99", server=server)
            for envelope, _ in box.mails():
                assert envelope["client"] == "192.0.2.5:99" and envelope["proxy"].startswith("127.0.0.1:"), envelope


if __name__ == "__main__":
    sys.exit(tap.main())
