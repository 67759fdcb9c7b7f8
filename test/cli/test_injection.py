# SPDX-License-Identifier: MIT
"""Line ends and NULs in everything that people and programs pass in: refused before anybody is contacted."""
import sys

import lab
import tap

BREAKS = {"CRLF": "\r\n", "LF": "\n", "CR": "\r", "DEL": "\x7f", "ESC": "\x1b"}
AFTER = "MAIL FROM:<evil@example.org>"

# sink: arguments around the hostile value
SINKS = {
    "from": lambda x: ["--from", f"me@example.org{x}", "--to", lab.TO],
    "from in brackets": lambda x: ["--from", f"<me@example.org>{x}", "--to", lab.TO],
    "display name": lambda x: ["--from", f"Me{x} <me@example.org>", "--to", lab.TO],
    "to": lambda x: lab.compose("--to", f"a@example.net{x}"),
    "to in brackets": lambda x: lab.compose("--to", f"<a@example.net>{x}"),
    "recipient": lambda x: lab.compose(f"a@example.net>{x}"),
    "cc": lambda x: lab.compose("--cc", f"a@example.net{x}"),
    "bcc": lambda x: lab.compose("--bcc", f"a@example.net{x}"),
    "reply-to": lambda x: lab.compose("--reply-to", f"a@example.net{x}"),
    "envelope-from": lambda x: lab.compose("--envelope-from", f"a@example.org{x}"),
    "envelope-from closed": lambda x: lab.compose("--envelope-from", f"a@example.org>{x}"),
    "subject": lambda x: lab.compose("--subject", f"hello{x}"),
    "header name": lambda x: lab.compose("--header", f"X-A{x}: b"),
    "header value": lambda x: lab.compose("--header", f"X-A: b{x}"),
    "message-id": lambda x: lab.compose("--message-id", f"a@example.org{x}"),
    "ehlo": lambda x: lab.compose("--ehlo", f"me.example.org{x}"),
    "server": lambda x: lab.compose("--server", f"127.0.0.1{x}"),
    "server URL": lambda x: lab.compose("--server", f"smtp://127.0.0.1{x}:25"),
    "server URL, encoded": lambda x: lab.compose("--server", "smtp://me" + "".join(f"%{ord(c):02x}" for c in x) +
                                                "@127.0.0.1"),
    "tls-name": lambda x: lab.compose("--tls-name", f"localhost{x}"),
    "user": lambda x: lab.compose("--user", f"me{x}", "--password-env", "WORD"),
    "auth": lambda x: lab.compose("--auth", f"PLAIN{x}"),
    "source": lambda x: lab.compose("--source", f"127.0.0.1{x}"),
    "resolver": lambda x: lab.compose("--resolver", f"127.0.0.1{x}"),
    "attachment's type": lambda x: lab.compose("--attach", f"FILE;type=text/plain{x}"),
    "attachment's name": lambda x: lab.compose("--attach", f"FILE;name=a{x}"),
    "content id": lambda x: lab.compose("--inline", f"FILE;cid=a@example.org{x}"),
}
# Values that mean text to people: what is no line end is encoded or escaped, not refused.
TEXTS = {"subject", "display name", "header value", "attachment's name", "from", "user"}


def check_sink(sink, make):
    def check():
        with lab.sandbox() as (home, box):
            path = home.write("f.txt", "x\n")
            for name, text in BREAKS.items():
                argv = [word.replace("FILE", path, 1) for word in make(text + AFTER)]
                done = home.run("send", *box.plain(), *argv, env=home.env(WORD="x"))
                refused = done.returncode in (64, 65)
                if name in ("CRLF", "LF", "CR") or sink not in TEXTS:
                    assert refused, (sink, name, done)
                if refused:
                    lab.one_line(done)
                assert not lab.raw_bytes(done.stdout + done.stderr), done
                if not refused:
                    assert done.returncode in (0, 75, 76, 77), done
            for envelope, mail in box.mails():
                head = mail.split(b"\r\n\r\n", 1)[0]
                assert b"\r\n" + AFTER.encode() not in mail, mail
                assert not any(byte < 32 and byte not in (9, 10, 13) for byte in head), mail
                assert envelope["sender"] == lab.FROM, envelope
            if not any(s in sink for s in TEXTS):
                assert box.connections() == [], (sink, box.log)
            commands = [line for line in box.log if "C: MAIL FROM" in line and "evil" in line]
            assert commands == [], box.log
    return check


for sink_name, sink_make in SINKS.items():
    tap.case(f"no line ends through {sink_name}")(check_sink(sink_name, sink_make))


@tap.case("addresses that look like options are refused")
def _():
    with lab.sandbox() as (home, box):
        for argv in (lab.compose("--to=-oQ/x@example.org"), lab.compose("--envelope-from=-f@example.org"),
                     lab.compose("--", "-oQ/tmp@example.org")):
            done = home.run("send", *box.plain(), *argv)
            assert done.returncode == 65, done
        assert box.connections() == []


@tap.case("dots and bare line ends in a text do not end the message")
def _():
    endings = [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n.\n", b"\r\n.\r\n", b"\r.\n", b"\n\n.\n\n"]
    with lab.sandbox() as (home, box):
        smuggled = b"MAIL FROM:<evil@example.org>\r\nRCPT TO:<x@example.org>\r\nDATA\r\nevil\r\n.\r\n"
        for ending in endings:
            done = home.run("send", *box.plain(), *lab.compose(), stdin=b"text" + ending + smuggled)
            lab.expect(done, 0)
            head = b"From: me@example.org\nTo: you@example.net\n\ntext"
            done = home.run("send", *box.plain(), "--message", "-", stdin=head + ending + smuggled)
            assert done.returncode in (0, 65), done
        assert all(envelope["sender"] == lab.FROM for envelope, _ in box.mails())
        assert sum("C: MAIL FROM" in line for line in box.log) == len(box.mails())
        for _, mail in box.mails():
            assert b"\n" not in mail.replace(b"\r\n", b"") and b"\r" not in mail.replace(b"\r\n", b""), mail


if __name__ == "__main__":
    sys.exit(tap.main())
