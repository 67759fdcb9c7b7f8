# SPDX-License-Identifier: MIT
"""The program under the names of sendmail, mailq and newaliases: what cron, PHP, git and mail readers call."""
import email
import email.policy
import os
import pty
import subprocess
import sys

import lab
import tap

CONFIG = "server = {url}\ntls = none\nfrom = The System <sys@example.org>\nlocal-to = admin@example.org\n"


def call(home, *argv, stdin=b"", name="sendmail", status=0, env=None):
    link = home.path / name
    if not link.exists():
        os.symlink(tap.PROGRAM, link)
    done = subprocess.run([str(link), *argv], input=stdin, capture_output=True, timeout=30 * lab.SLOW,
                          env=env or home.env(), start_new_session=True)
    assert done.returncode == status, (argv, done)
    # Whatever it has to say stands on standard error, in the way of the others.
    assert not done.stdout or name == "mailq" or "-bp" in argv, done
    assert status or "-v" in argv or not done.stderr, done
    return done


def arrived(box):
    """(sender, recipients, message) of the last one."""
    envelope, raw = box.mails()[-1]
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert not message.defects, (message.defects, raw)
    return envelope["sender"], envelope["recipients"], message


@tap.case("cron, PHP, git, mail and at: each as it calls, and what each leaves out is put in")
def _():
    cron = b"From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@web> job\n\nout\n.\nmore\n"
    php = b"To: a@example.net\r\nSubject: order\r\nX-PHP-Originating-Script: 0:a.php\r\n\r\nhi\r\n"
    git = (b"From: Ann <ann@example.com>\nTo: list@example.net\nCc: b@example.net\nSubject: [PATCH]\n"
           b"Date: Sat, 21 Nov 2026 10:00:00 +0000\nMessage-Id: <1@example.com>\n\n---\n")
    system = "The System <sys@example.org>"
    rows = [
        (["-i", "-FCronDaemon", "-B8BITMIME", "-oem", "root"], cron, ["admin@example.org"], "CronDaemon <sys@example.org>"),
        (["-i", "root"], cron, ["admin@example.org"], "\"root (Cron Daemon)\" <sys@example.org>"),
        (["-t", "-i"], php, ["a@example.net"], system),
        (["-i", "list@example.net", "b@example.net"], git, ["list@example.net", "b@example.net"], "Ann <ann@example.com>"),
        (["-oem", "-oi", "--", "a@example.net, \"x, y\" <b@example.net>"], b"no header at all\n",
         ["a@example.net", "b@example.net"], system),
        (["-ti", "c@example.net"], b"To: a@example.net\nBcc: b@example.net\n\nx", ["a@example.net", "b@example.net", "c@example.net"],
         system),
        (["a@example.net"], b"From a@b.c Sat Nov 21 10:00:00 2026\nSubject: of an mbox\n\nx\n", ["a@example.net"], system),
        (["a@example.net"], b"", ["a@example.net"], system),
        # Names that cannot be kept: another character set, bytes that no name has.
        (["a@example.net"], b"From: J\xfcrgen\n\nx\n", ["a@example.net"], system),
        (["a@example.net"], b"From: \"Foo \\\" <bar\" baz\nSubject: x\n\nx\n", ["a@example.net"],
         "\"Foo <bar baz\" <sys@example.org>"),
        (["a@example.net"], b"Subject: no body", ["a@example.net"], system),
        (["a@example.net"], b"X-Folded: a\n b\nFrom: nobody\n of this machine\nSubject: s\n\nx\n", ["a@example.net"],
         "nobody of this machine <sys@example.org>"),
    ]
    with lab.sandbox() as (home, box):
        home.config(CONFIG.format(url=box.url()))
        for number, (argv, stdin, recipients, author) in enumerate(rows):
            call(home, *argv, stdin=stdin)
            sender, to, message = arrived(box)
            assert len(box.mails()) == number + 1
            assert sender == "sys@example.org" and to == recipients, (argv, sender, to)
            assert " ".join(str(message["From"]).split()) == author, (argv, message["From"])
            for name in ("From", "Date", "Message-ID"):
                assert len(message.get_all(name, [])) == 1, (argv, name, message.items())
            assert message["Bcc"] is None
        assert arrived(box)[2]["X-Folded"] == "a b" and arrived(box)[2]["Subject"] == "s"
        body = email.message_from_bytes(box.mails()[0][1]).get_payload()
        assert body == "out\r\n.\r\nmore\r\n", body
        assert email.message_from_bytes(box.mails()[4][1]).get_payload() == "no header at all\r\n"
        # What it has already stays as it is.
        raw = box.mails()[3][1]
        assert raw == git.replace(b"\n", b"\r\n"), raw


@tap.case("envelope: -f and -r, an empty sender, a user's name; DSN flags; an account; long options")
def _():
    with lab.sandbox() as (home, box):
        plain = CONFIG.format(url=box.url())
        home.config(plain + "[account other]\nenvelope-from = other@example.org\n")
        stdin = b"From: Ann <ann@example.com>\nTo: a@example.net\n\nx\n"
        for argv, sender in ((["-f", "b@example.org"], "b@example.org"), (["-rb@example.org"], "b@example.org"),
                             (["-f", ""], ""), (["-f", "<>"], ""), (["-f", "www-data"], "sys@example.org"),
                             (["--account=other"], "other@example.org"), (["-oi", "-O", "x=y", "-odb", "-q"], None)):
            call(home, *argv, "-t", stdin=stdin)
            assert sender is None or arrived(box)[0] == sender, (argv, arrived(box)[0])
        count = len(box.mails())
        assert count == 6
        call(home, "-N", "failure,delay", "-R", "hdrs", "-V", "id1", "-t", stdin=stdin)
        envelope = box.mails()[-1][0]
        assert "RET=HDRS" in envelope["params"] and "ENVID=id1" in envelope["params"], envelope
        assert "NOTIFY=" in envelope["recipient_params"][0], envelope
        # Without an address in the configuration the message's own counts.
        home.config(plain.replace("from = ", "# "))
        call(home, "-t", stdin=stdin)
        assert arrived(box)[0] == "ann@example.com"
        done = call(home, "a@example.net", stdin=b"x\n", status=78)
        lab.one_line(done, "from = ADDRESS")
        call(home, "-f", "b@example.org", "a@example.net", stdin=b"x\n")
        assert str(arrived(box)[2]["From"]) == "b@example.org"


@tap.case("what cannot be is told in one line, with the status of sysexits, and nothing is sent")
def _():
    with lab.sandbox("--fault", "rcpt-unknown=gone@example.net") as (home, box):
        home.config(CONFIG.format(url=box.url()).replace("local-to", "# local-to"))
        mail = b"To: a@example.net\nSubject: x\n\nx\n"
        for argv, status, word in ((["root"], 67, "local-to"), ([], 64, "-t"), (["-bs"], 64, "-bs"), (["-bd"], 64, "-bd"),
                                   (["-bv", "a@example.net"], 64, "verify"), (["-Z"], 64, "-Z"), (["-f"], 64, "-f"),
                                   (["-t", "--nonsense=1"], 64, "nonsense"), (["-t", "--password=x"], 64, "password"),
                                   (["a@b@c"], 65, "a@b@c"), (["--", "-t"], 67, "-t")):
            lab.one_line(call(home, *argv, stdin=mail, status=status), word)
        lab.one_line(call(home, "-t", stdin=b"Subject: x\n\nx\n", status=65), "recipient")
        lab.one_line(call(home, "a@example.net", stdin=b"X: " + b"y" * (2 << 20), status=65), "header")
        assert not box.mails()
        lab.one_line(call(home, "gone@example.net", stdin=mail, status=67), "550")
        # A recipient that is an option is none, and adds no recipient or field.
        call(home, "-t", stdin=mail)
        assert arrived(box)[1] == ["a@example.net"]


@tap.case("mailq, newaliases and the flags that ask for the same need neither configuration nor queue")
def _():
    with lab.Home() as home:
        home.config("nonsense\n")
        for name, argv, stdout in (("mailq", [], b"Mail queue is empty\n"), ("sendmail", ["-bp"], b"Mail queue is empty\n"),
                                   ("newaliases", [], b""), ("sendmail", ["-bi"], b""), ("sendmail", ["-q"], b""),
                                   ("sendmail", ["-q15m"], b"")):
            assert call(home, *argv, name=name).stdout == stdout


@tap.case("on a terminal a line with a dot ends the message, unless -i says otherwise")
def _():
    for flags, ends in ((["-t"], True), (["-ti"], False)):
        with lab.sandbox() as (home, box):
            home.config(CONFIG.format(url=box.url()))
            call(home, "-bp")
            ours, theirs = pty.openpty()
            with subprocess.Popen([str(home.path / "sendmail"), *flags], stdin=theirs, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=home.env(), start_new_session=True) as p:
                os.close(theirs)
                os.write(ours, b"To: a@example.net\n\none\n.\ntwo\n" + (b"" if ends else b"\x04"))
                assert p.wait(30 * lab.SLOW) == 0, p.stderr.read()
            os.close(ours)
            body = email.message_from_bytes(box.mail()[1]).get_payload()
            assert body == ("one\r\n" if ends else "one\r\n.\r\ntwo\r\n"), body


if __name__ == "__main__":
    sys.exit(tap.main())
