# SPDX-License-Identifier: MIT
"""sendwell send with many messages: rows, folders, mailboxes, going on where a run ended, and files that lie."""
import collections
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time

import lab
import tap

ROWS = "email,name,code\nann@example.net,\"Doe, Ann\",7\nbob@example.net,\"B <b>\",\n"
LETTER = "Dear {{name}},\nyour code is {{code|none}}.\n"


def merge(home, box, rows=ROWS, letter=LETTER, *more, path=None, **run):
    path = path or home.write("rows.csv", rows)
    return home.run("send", *box.plain(), "--from", lab.FROM, "--merge", path, "--subject", "Hi {{name}}", "--text",
                    home.write("letter.txt", letter), *more, **run)


def lines(done):
    return [lab.validate(json.loads(line)) for line in done.stdout.splitlines()]


def by_recipient(box):
    return {envelope["recipients"][0]: message.decode() for envelope, message in box.mails()}


@tap.case("a message for each row, with its fields")
def _():
    with lab.sandbox() as (home, box):
        lab.expect(merge(home, box, ROWS, LETTER, "--to", "{{name}} <{{email}}>"), 0)
        mails = by_recipient(box)
        assert set(mails) == {"ann@example.net", "bob@example.net"}, mails
        ann, bob = mails["ann@example.net"], mails["bob@example.net"]
        assert 'To: "Doe, Ann" <ann@example.net>\r\n' in ann and "Subject: Hi Doe, Ann\r\n" in ann, ann
        assert "Dear Doe, Ann,\r\nyour code is 7." in ann and "your code is none." in bob, (ann, bob)


@tap.case("several sessions share a trust store: STARTTLS or TLS from the start, each with its login, of every fault its word")
def _():
    rows = "email,name,code\n" + "".join(f"u{i}@example.net,n,{i}\n" for i in range(24))
    with lab.sandbox("--require-auth") as (home, box):
        for n, server in enumerate((box.server(), box.server(scheme="smtps", port=box.tls_port))):
            done = home.run("send", *server, "--user", "sandbox", "--from", lab.FROM, "--merge",
                            home.write("rows.csv", rows), "--subject", "x", "--text", home.write("l.txt", LETTER),
                            "--sessions", "3", "--session-messages", "4", "--results", "-",
                            env={"SENDWELL_PASSWORD": "not-secret"})
            lab.expect(done, 0)
            assert [line["outcome"] for line in lines(done)].count("accepted") == 24, done.stdout
            assert len(box.mails()) == 24 * (n + 1), box.log
    with lab.sandbox("--fault", "cert-expired") as (home, box):
        done = home.run("send", *box.server(), "--from", lab.FROM, "--merge", home.write("rows.csv", rows), "--subject", "x",
                        "--text", home.write("l.txt", LETTER), "--sessions", "3")
        assert done.returncode not in (0, 70) and done.returncode > 0, done
        lab.one_line(done, "certificate", "expired since")
        assert b"SW-T08" in done.stdout and not box.mails(), done.stdout
        assert b"SW-T08" in lab.expect(home.run("diagnose", "--last", "--depth", "0"), 1).stdout


@tap.case("rows of NDJSON through a pipe, to the column that is called so; HTML is escaped")
def _():
    with lab.sandbox() as (home, box):
        rows = b'{"to":"a@example.net","name":"<i>&","raw":"<b>"}\n{"to":"b@example.net","name":1,"raw":null}\n'
        done = home.run("send", *box.plain(), "--from", lab.FROM, "--merge", "-", "--subject", "x", "--html",
                        home.write("letter.html", "<p>{{name}} {{{raw}}}</p>\n"), stdin=rows)
        lab.expect(done, 0)
        mails = by_recipient(box)
        assert "<p>&lt;i&gt;&amp; <b></p>" in mails["a@example.net"], mails
        assert "<p>1 </p>" in mails["b@example.net"], mails


@tap.case("a row that is wrong is told with its line, and nothing is sent")
def _():
    bad = [
        ('email,name,code\na@b.net,"x\nBcc: evil@x.net",1\n', (":2: ", "'name'", "control character")),
        ("email,name,code\na@b.net,x,1\n\"a@b.net, evil@x.net\",x,1\n", (":3: ", "'email'", "more than one")),
        ("email,name,code\na@b.net,x\n", (":2: ", "2 fields", "3 columns")),
        ("email,name\na@b.net,x\n", (":2: ", "'code'", "missing"), "{{code}}"),
        ("email,name,code\na@b.net,x,1\n\"never closed\n", (":3: ", "never closed")),
        ("email,name,name\na@b.net,x,1\n", (":1: ", "two columns")),
        (b"email,name,code\na@b.net,\xff,1\n", (":2: ", "UTF-8")),
        (b"email,name,code\na@b.net,\0,1\n", (":2: ", "NUL")),
        ("\ufeffemail,name,code\nno address,x,1\n".encode(), (":2", "list of addresses")),
        (b"email,name,code\n" + b"a" * 1100000, (":2: ", "1048576")),
        ('{"email":"a@b.net","name":"x","code":"1"}\n{"email":{}}\n', (":2: ", "'email'")),
        ('{"email":"a@b.net","name":"\\u001b[2J"}\n', (":1: ", "control character")),
        ("who,name,code\na@b.net,x,1\n", ("expected --to",)),
    ]
    with lab.sandbox() as (home, box):
        for rows, words, *letter in bad:
            done = merge(home, box, rows, *(letter or [LETTER]))
            assert done.returncode in (64, 65), (rows[:60], done)
            lab.one_line(done, *words)
        assert not box.mails()


@tap.case("twelve wrong rows are ten lines and a count; texts are checked, too")
def _():
    with lab.sandbox() as (home, box):
        done = lab.expect(merge(home, box, "email,name,code\n" + "x\n" * 12), 65)
        told = done.stderr.decode().splitlines()
        assert len(told) == 11 and "12 rows are wrong" in told[-1], told
        done = lab.expect(merge(home, box, ROWS, "Dear\n{{name"), 65)
        lab.one_line(done, "letter.txt", "line 2, column 1")
        done = lab.expect(merge(home, box, path=str(home.path / "none.csv")), 66)
        lab.one_line(done, "none.csv")
        lab.expect(merge(home, box, ROWS, LETTER, "--message", home.write("m.eml", "From: a@b\n\nx\n")), 64)
        for option, value in [("--sessions", "0"), ("--sessions", "1001"), ("--rate", "fast"), ("--rate", "nan"),
                              ("--rate", "5/d"), ("--session-messages", "-1")]:
            lab.one_line(lab.expect(merge(home, box, ROWS, LETTER, option, value), 64), option)
        assert not box.mails()


@tap.case("a file with fields in its name is attached; an empty field leaves it out")
def _():
    with lab.sandbox() as (home, box):
        home.write("one.txt", "for one\n")
        rows = f"email,name,code,file\na@example.net,A,1,{home.path}/one.txt\nb@example.net,B,2,\n"
        lab.expect(merge(home, box, rows, LETTER, "--attach", "{{file}};name=for {{name}}.txt", "--cc",
                         "{{none|}}"), 0)
        mails = by_recipient(box)
        assert "for A.txt" in mails["a@example.net"] and "multipart" not in mails["b@example.net"], mails


@tap.case("--json has a line for each message and the sums; --results has them in a file")
def _():
    with lab.sandbox("--fault", "rcpt-unknown=nobody@example.net") as (home, box):
        rows = "email,name,code\n" + "".join(f"u{i}@example.net,n,{i}\n" for i in range(20))
        found = lines(merge(home, box, rows, LETTER, "--json"))
        assert len(found) == 21 and found[-1]["accepted"] == 20 and found[-1]["exit_status"] == 0, found[-1]
        assert {r["name"].rsplit(":", 1)[1] for r in found[:-1]} == {str(n) for n in range(2, 22)}, found
        done = merge(home, box, rows, LETTER, "--json", "--results", str(home.path / "results"))
        assert len(lines(done)) == 1, done
        assert len((home.path / "results").read_text().splitlines()) == 20
        assert (home.path / "results").stat().st_mode & 0o777 == 0o600


@tap.case("exit status and words tell of what went wrong")
def _():
    with lab.sandbox("--fault", "rcpt-unknown") as (home, box):
        done = lab.expect(merge(home, box), 67)
        assert b"rows.csv:2: rejected  ann@example.net  550" in done.stdout and b"2  rejected" in done.stdout, done
    with lab.sandbox("--fault", "final-451") as (home, box):
        lab.expect(merge(home, box), 75)
    with lab.sandbox("--fault", "close-after-dot") as (home, box):
        lab.expect(merge(home, box), 79)


@tap.case("a login that is refused ends it, and is tried once")
def _():
    with lab.sandbox("--fault", "auth-535") as (home, box):
        rows = "email,name,code\n" + "".join(f"u{i}@example.net,n,{i}\n" for i in range(30))
        done = home.run("--json", "send", *box.server(), "--user", "sandbox", "--password-file",
                        home.write("secret", "x\n"), "--from", lab.FROM, "--merge", home.write("rows.csv", rows),
                        "--text", home.write("letter.txt", LETTER), "--sessions", "1")
        lab.expect(done, 77)
        assert lines(done)[-1]["not_sent"] >= 1, done
        assert sum("AUTH" in line for line in box.log) <= 3, box.log


@tap.case("messages of a folder, a Maildir and an mbox go to those in their headers")
def _():
    def letter(i):
        return f"From: me@example.org\nTo: u{i}@example.net\nBcc: hidden{i}@example.net\nSubject: {i}\n\nletter {i}\n"

    with lab.sandbox() as (home, box):
        for i in range(2):
            home.write(f"folder/{i}.eml", letter(i))
            home.write(f"Maildir/{'new' if i else 'cur'}/{i}.x", letter(i + 2))
        (home.path / "Maildir" / "tmp").mkdir()
        box_file = home.write("box", "".join("From a@b Sat Nov 21 10:00:00 2026\n" + letter(i) + "\n" for i in (4, 5)))
        for path in (home.path / "folder", home.path / "Maildir", box_file):
            lab.expect(home.run("send", *box.plain(), "--messages", str(path)), 0)
        seen = collections.Counter(r for envelope, _ in box.mails() for r in envelope["recipients"])
        assert seen == {f"{w}{i}@example.net": 1 for i in range(6) for w in ("u", "hidden")}, seen
        assert not any(b"Bcc" in message for _, message in box.mails())
        done = home.run("send", *box.plain(), "--messages", str(home.path / "folder"), "--to", "x@example.net", "--json")
        assert lines(lab.expect(done, 0))[-1]["accepted"] == 2
        lab.one_line(lab.expect(home.run("send", *box.plain(), "--messages", str(home.path / "none")), 66), "none")


@tap.case("--resume leaves out what was done, and tries again what was not sent")
def _():
    with lab.Home() as home:
        resume = str(home.path / "resume")
        with lab.Sandbox(home, "--fault", "final-451") as box:
            lab.expect(merge(home, box, ROWS, LETTER, "--resume", resume), 75)
        with lab.Sandbox(home) as box:
            lab.expect(merge(home, box, ROWS, LETTER, "--resume", resume), 0)
            # A row in front, and one that is there twice: two messages.
            more = ROWS.replace("ann@", "new@example.net,N,1\nann@") + "bob@example.net,\"B <b>\",\n"
            done = merge(home, box, more, LETTER, "--resume", resume, "--json")
            sums = lines(lab.expect(done, 0))[-1]
            assert sums["accepted"] == 2 and sums["skipped"] == 2, sums
            assert len(box.mails()) == 4
            # What was under way when a run was killed; and a line that was being written.
            text = open(resume).read().splitlines()
            with open(resume, "w") as f:
                f.write("\n".join(text[:-1]) + "\n0123")
            done = merge(home, box, more, LETTER, "--resume", resume, "--json")
            sums = lines(lab.expect(done, 79))[-1]
            assert sums["uncertain"] == 1 and sums["skipped"] == 3, sums
            assert len(box.mails()) == 4
            # That one stays told: the list as a whole is not done well.
            done = merge(home, box, more, LETTER, "--resume", resume, "--json")
            sums = lines(lab.expect(done, 79))[-1]
            assert sums["messages"] == 0 and sums["exit_status"] == 79, sums
            assert sums["earlier"] == {"accepted": 3, "partial": 0, "rejected": 0, "uncertain": 1}, sums
            done = lab.expect(merge(home, box, more, LETTER, "--resume", resume), 79)
            assert b"4  done by an earlier run" in done.stdout and b"1  of these uncertain" in done.stdout, done
            for content, words in [("something else\n", "no file of --resume"),
                                   ("sendwell-resume 1\nrubbish\n", ":2")]:
                path = home.write("other", content)
                lab.one_line(lab.expect(merge(home, box, ROWS, LETTER, "--resume", path), 65), words)
                assert open(path).read() == content


@tap.case("with --resume the results of the runs before stay, and so does what was refused")
def _():
    def words(path):
        return [json.loads(line)["outcome"] for line in open(path)]

    with lab.Home() as home:
        keep = ["--resume", str(home.path / "resume"), "--results", str(home.path / "results")]
        with lab.Sandbox(home, "--fault", "reply-at=rcpt:550 5.1.1 no such user") as box:
            lab.expect(merge(home, box, ROWS, LETTER, *keep), 67)
        with lab.Sandbox(home) as box:
            first = len(ROWS.splitlines()) - 1
            assert words(keep[-1]) == first * ["rejected"]
            done = lab.expect(merge(home, box, ROWS, LETTER, *keep), 69)
            assert f"{first}  of these rejected".encode() in done.stdout, done
            lab.expect(merge(home, box, ROWS + "new@example.net,N,1\n", LETTER, *keep), 80)
            assert words(keep[-1]) == first * ["rejected"] + ["accepted"]
            # Without --resume each run stands alone.
            lab.expect(merge(home, box, ROWS, LETTER, "--results", keep[-1]), 0)
            assert words(keep[-1]) == first * ["accepted"]


@tap.case("a signal stops it when what is under way has its answer")
def _():
    with lab.sandbox() as (home, box):
        rows = "email,name,code\n" + "".join(f"u{i}@example.net,n,{i}\n" for i in range(500))
        path, letter = home.write("rows.csv", rows), home.write("letter.txt", LETTER)
        results = home.path / "results"
        p = subprocess.Popen([tap.PROGRAM, "--json", "send", *box.plain(), "--from", lab.FROM, "--merge", path,
                              "--text", letter, "--rate", "50", "--results", str(results)], env=home.env(),
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        end = time.monotonic() + 20 * lab.SLOW
        while time.monotonic() < end and not (results.exists() and results.read_bytes().count(b"\n") > 5):
            time.sleep(0.02)
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=20 * lab.SLOW)
        sums = lab.validate(json.loads(out))
        assert p.returncode == 80 and sums["stopped"] and sums["uncertain"] == 0, (p.returncode, sums, err)
        assert sums["accepted"] == len(box.mails()) < 500, sums


@tap.case("a rate holds; a terminal has a line of progress")
def _():
    with lab.sandbox() as (home, box):
        rows = "email,name,code\n" + "".join(f"u{i}@example.net,n,{i}\n" for i in range(16))
        path, letter = home.write("rows.csv", rows), home.write("letter.txt", LETTER)
        master, slave = pty.openpty()
        began = time.monotonic()
        p = subprocess.Popen([tap.PROGRAM, "send", *box.plain(), "--from", lab.FROM, "--merge", path, "--text", letter,
                              "--rate", "10/s"], env=home.env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=slave)
        os.close(slave)
        out = p.communicate(timeout=30 * lab.SLOW)[0]
        took = time.monotonic() - began
        shown = os.read(master, 65536)
        os.close(master)
        assert p.returncode == 0 and b"16  accepted" in out, out
        assert took >= 1.4, took
        assert b"] " in shown and b"accepted: 1" in shown and b"/s" in shown, shown


@tap.case("what leads out of the list is a row's own; flowed texts and other forms, too")
def _():
    with lab.sandbox() as (home, box):
        home.write("a.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
        rows = f"email,name,code,out,file\na+1@example.net,A,1,https://x.test/o/1,{home.path}/a.ics\nb@example.net,B,2,,\n"
        done = merge(home, box, rows, "word " * 40 + "{{name}}\n", "--list-unsubscribe", "{{out}}", "--list-unsubscribe",
                     "https://example.org/u?m={{email}}&c={{code}}", "--list-unsubscribe", "mailto:out@example.org",
                     "--one-click", "--flowed", "--alternative", "{{file}};type=text/calendar; method=REQUEST")
        lab.expect(done, 0)
        mails = by_recipient(box)
        one, two = (mails[who].replace("\r\n ", " ") for who in ("a+1@example.net", "b@example.net"))
        own = "<https://example.org/u?m=a%2B1%40example.net&c=1>"
        assert f"List-Unsubscribe: <https://x.test/o/1>, {own}, <mailto:out@example.org>\r\n" in one, one
        assert "List-Unsubscribe: <https://example.org/u?m=b%40example.net&c=2>, <mailto:" in two, two
        for text in one, two:
            assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in text and "format=flowed" in text, text
        assert "multipart/alternative" in one and "text/calendar" in one and "multipart" not in two, (one, two)


@tap.case("a way out that is none is told with its row; texts are UTF-8")
def _():
    with lab.sandbox() as (home, box):
        for rows, more in [("email,name,code,out\na@b.net,x,1,ftp://x.test/\n", ["--list-unsubscribe", "{{out}}"]),
                           ("email,name,code,out\na@b.net,x,1,\"https://x\ny\"\n", ["--list-unsubscribe", "{{out}}"]),
                           ("email,name,code,out\na@b.net,x,1,\n", ["--list-unsubscribe", "{{out}}", "--one-click"])]:
            lab.one_line(lab.expect(merge(home, box, rows, LETTER, *more), 65), ":2: ")
        lab.one_line(lab.expect(merge(home, box, ROWS, LETTER, "--charset", "koi8-r"), 64), "--charset", "UTF-8", "iconv")
        assert not box.mails()
        lab.expect(merge(home, box, ROWS, LETTER, "--charset", "UTF-8"), 0)
        assert len(box.mails()) == 2


@tap.case("--dry-run shows the first one, and asks nobody")
def _():
    with lab.sandbox() as (home, box), socket.create_server(("127.0.0.1", 0)) as server:
        done = lab.expect(merge(home, box, ROWS, LETTER, "--dry-run"), 0)
        assert b"Dear Doe, Ann," in done.stdout and b"Dear B <b>" not in done.stdout, done
        assert not box.mails()
        asked, notes = home.path / "asked", home.path / "notes"
        rows, letter = home.write("rows.csv", ROWS), home.write("letter.txt", LETTER)
        done = home.run("send", "--server", f"127.0.0.1:{server.getsockname()[1]}", "--tls", "none", "--user", "u",
                        "--password-command", f"touch {asked}", "--from", lab.FROM, "--merge", rows, "--text", letter,
                        "--list-unsubscribe", "https://x.test/{{code}}", "--resume", str(notes), "--results",
                        str(home.path / "results"), "--dry-run")
        lab.expect(done, 0)
        assert b"List-Unsubscribe: <https://x.test/7>" in done.stdout, done
        server.settimeout(0.2)
        try:
            server.accept()
        except TimeoutError:
            pass
        else:
            raise AssertionError("somebody called")
        assert not asked.exists() and not notes.exists() and not (home.path / "results").exists()
        bad = home.write("bad.csv", ROWS + "nobody\n")
        done = home.run("send", *box.plain(), "--from", lab.FROM, "--merge", bad, "--text", letter, "--dry-run")
        lab.one_line(lab.expect(done, 65), ":4: ")


if __name__ == "__main__":
    sys.exit(tap.main())
