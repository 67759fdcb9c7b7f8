# SPDX-License-Identifier: MIT
"""sendwell analyze: bounces from files, mailboxes, folders and pipes, for people and for programs."""
import bz2
import gzip
import json
import lzma
import os
import pathlib
import pty
import re
import resource
import subprocess
import sys
import time

import lab
import tap

DATA = pathlib.Path(tap.ROOT) / "test" / "data" / "bounces"
# Sanitizers take memory of their own.
SANITIZED = bool(os.environ.get("SW_SLOW")) or b"__asan_init" in pathlib.Path(tap.PROGRAM).read_bytes()
MBOX_LINE = b"From MAILER-DAEMON Sat Nov 21 10:00:00 2026\n"
LETTER = b"From: a@a.example\nTo: b@b.example\nSubject: lunch\n\nShall we?\n"


def bounce(address="nobody@b.example", said="550 5.1.1 User unknown", action="failed", status="5.1.1", extra=b""):
    said = said.encode() if isinstance(said, str) else said
    return (b"From: MAILER-DAEMON@mx.example\nTo: a@a.example\nSubject: Undelivered Mail\nMIME-Version: 1.0\n" + extra +
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\nSorry.\n\n--x\n"
            b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
            b"Final-Recipient: rfc822; " + address.encode() + b"\nAction: " + action.encode() + b"\nStatus: " +
            status.encode() + b"\nRemote-MTA: dns; mx.b.example\nDiagnostic-Code: smtp; " + said +
            b"\n\n--x\nContent-Type: text/rfc822-headers\n\nFrom: a@a.example\nDate: Sat, 21 Nov 2026 09:00:00 +0100\n"
            b"Message-ID: <1@a.example>\nSubject: lunch\n\n--x--\n")


def mbox(*messages):
    return b"".join(MBOX_LINE + m + b"\n" for m in messages)


DELIVERED = bounce("ok@b.example", "250 2.0.0 Ok", "delivered", "2.0.0")
DELAYED = bounce("late@b.example", "450 4.2.0 Greylisted, come back in 300 seconds", "delayed", "4.2.0")
DEAD, FULL = bounce(), bounce("full@b.example", "552 5.2.2 Mailbox full", status="5.2.2")


def rows(done):
    """All lines, each against the schema."""
    return [lab.validate(json.loads(line)) for line in done.stdout.splitlines()]


def analyze(*argv, status=None, **more):
    with lab.Home() as home:
        done = home.run("--json", "analyze", *argv, **more)
        assert status is None or done.returncode == status, done
        return rows(done)


def text(*argv, status=0, env=None, **more):
    with lab.Home() as home:
        done = lab.expect(home.run("analyze", *argv, env=home.env(**(env or {})), **more), status)
        assert not lab.raw_bytes(done.stdout) and not lab.raw_bytes(done.stderr), done
        return done.stdout.decode()


def addresses(found):
    return [r["address"] for row in found for r in row["recipients"]]


@tap.case("each of our own bounces fits the schema, in both languages, and is a block for people")
def _():
    files = sorted(path for path in DATA.glob("*.eml") if path.stat().st_size)
    assert len(files) > 30, files
    with lab.Home() as home:
        for lang in ("en", "ru"):
            done = home.run("--json", "analyze", "--lang", lang, *map(str, files))
            found = rows(done)
            assert [row["file"] for row in found] == list(map(str, files)) and done.returncode == 1, done.stderr
            assert {row["language"] for row in found} == {lang} and {row["index"] for row in found} == {1}
        for path, row in zip(files, found):
            assert row["is_bounce"] or not row["recipients"], path
            done = home.run("analyze", str(path))
            assert done.stdout and not lab.raw_bytes(done.stdout) and not done.stderr, done
            wrong = any(r["action"] in ("failed", "delayed", "feedback") for r in row["recipients"])
            expected = 1 if wrong or (row["is_bounce"] and not row["recipients"]) else 2 if row["cut"] else 0
            assert done.returncode == expected, (path, done.returncode, row)


@tap.case("a bounce: recipient, codes, words, category, what to do, and the message that came back")
def _():
    row, = analyze("-", stdin=DEAD, status=1)
    r, = row["recipients"]
    assert (row["file"], row["index"], row["type"], row["is_bounce"], row["cut"]) == ("-", 1, "bounce", True, False), row
    assert (r["address"], r["action"], r["code"], r["enhanced"]) == ("nobody@b.example", "failed", 550, "5.1.1"), r
    assert (r["category"], r["list_action"], r["remote_host"]) == ("recipient.unknown", "suppress", "mx.b.example"), r
    assert "User unknown" in r["diagnostic"] and r["rule"] and r["who"] and r["retry"] == "never", r
    assert row["original"] == {"message_id": row["original"]["message_id"], "sender": "a@a.example", "subject": "lunch",
                               "date": "2026-11-21T09:00:00+01:00", "envelope_id": None,
                               "date_raw": "Sat, 21 Nov 2026 09:00:00 +0100"}, row["original"]
    assert "1@a.example" in row["original"]["message_id"] and row["findings"] == []


DATES = [
    ("Sat, 21 Nov 2026 09:00:00 +0100", "2026-11-21T09:00:00+01:00"), ("21 Nov 26 09:00 EST", "2026-11-21T09:00:00-05:00"),
    ("Sat, 1 Jan 00 9:00:00 GMT", "2000-01-01T09:00:00+00:00"), ("Sat Nov 21 10:00:00 2026", "2026-11-21T10:00:00-00:00"),
    ("Sat, 21 Nov 2026 09:00:00 -0800 (PST)", "2026-11-21T09:00:00-08:00"),
    ("2026-11-21T09:00:00Z", "2026-11-21T09:00:00+00:00"), ("2026-11-21 09:00:00.123+02:00", "2026-11-21T09:00:00+02:00"),
    ("21-Nov-2026 09:00:00 +0000", "2026-11-21T09:00:00+00:00"), ("Sat, 21 Nov 2026", None), ("yesterday", None),
    ("Sat, 41 Nov 2026 09:00:00 +0100", None), ("Sat, 21 Nov 2026 29:00:00 +0100", None), ("((((", None), (":::", None),
]


@tap.case("dates in all their forms become RFC 3339, and what is none stays as it was")
def _():
    whole = mbox(*(DEAD.replace(b"Sat, 21 Nov 2026 09:00:00 +0100", raw.encode()) for raw, _ in DATES))
    found = [(row["original"]["date_raw"], row["original"]["date"]) for row in analyze("-", stdin=whole, status=1)]
    assert found == DATES, [x for x in zip(found, DATES) if x[0] != x[1]]


@tap.case("exit status: 0 nothing wrong, 1 something wrong, 2 not whole, 64 wrong use, 66 nothing to read")
def _():
    for message, status in ((LETTER, 0), (DELIVERED, 0), (DEAD, 1), (DELAYED, 1), (mbox(DELIVERED, LETTER), 0),
                            (mbox(LETTER, DEAD), 1), (b"", 0)):
        with lab.Home() as home:
            done = lab.expect(home.run("analyze", "-", stdin=message), status)
            assert bool(done.stdout) == bool(message), done
            assert lab.expect(home.run("analyze", "-q", "-", stdin=message), status).stdout == b""
    with lab.Home() as home:
        path = home.write("dead.eml", DEAD)
        for argv, word in (([], "analyze what?"), (["--type", "log", path], "--type"), (["--type", "", path], "--type"),
                           (["--type", "headers", path], "auto or bounce"), (["-", "-"], "once"),
                           (["--suppress-list", "", path], "--suppress-list"), (["--why", path], "--why"),
                           (["--rules", "/nonexistent", path], "/nonexistent")):
            done = home.run("analyze", *argv)
            assert done.returncode == (66 if "/nonexistent" in argv else 64), done
            lab.one_line(done, word)
        lab.expect(home.run("analyze", "--type", "auto", path), 1)
        lab.expect(home.run("analyze", "--type", "bounce", path), 1)
        done = lab.expect(home.run("--json", "analyze", "/nonexistent/x.eml"), 66)
        lab.one_line(done, "/nonexistent/x.eml")
        assert lab.result(done)["exit_status"] == 66
        lab.one_line(lab.expect(home.run("--json", "analyze", "--suppress-list", "-", path), 64), "--json")


@tap.case("an mbox in all its kinds: every message with its place, and no From line of a body parts one")
def _():
    body = bounce(extra=b"X-Note: x\n").replace(b"Sorry.", b"Sorry.\n>From here on it is text\n")
    for whole in (mbox(DEAD, LETTER, FULL, body), mbox(DEAD, LETTER, FULL, body).replace(b"\n", b"\r\n"),
                  b"\n\n" + mbox(DEAD, LETTER, FULL, body),
                  b"".join(b"\1\1\1\1\n" + m + b"\1\1\1\1\n" for m in (DEAD, LETTER, FULL, body))):
        found = analyze("-", stdin=whole, status=1)
        assert [row["index"] for row in found] == [1, 2, 3, 4], found
        assert [row["is_bounce"] for row in found] == [True, False, True, True]
        assert addresses(found) == ["nobody@b.example", "full@b.example", "nobody@b.example"]
    # A length that is right keeps an unquoted From line inside; one that is wrong is not believed.
    inner = b"Subject: x\nContent-Length: %d\n\n" % len(MBOX_LINE + b"\nmore\n") + MBOX_LINE + b"\nmore\n"
    assert len(analyze("-", stdin=mbox(inner, DEAD), status=1)) == 2
    lies = [b"Content-Length: %d\n" % n + DEAD for n in (0, 7, 10**6, 31 * 2**20, 10**9, 10**30)]
    assert addresses(analyze("-", stdin=mbox(*lies), status=1)) == ["nobody@b.example"] * len(lies)


@tap.case("a mailbox longer than what is read at once gives every message, wherever the pieces end")
def _():
    with lab.Home() as home:
        # Sizes around the piece of 256 KiB, From lines at each of its bytes.
        for pad in list(range(-60, 20, 3)) + [10**6, 3 * 10**6]:
            filler = b"x" * 70 + b"\n"
            first = LETTER + filler * (max(0, 256 * 1024 + pad - len(LETTER) - len(MBOX_LINE)) // len(filler))
            first += b"y" * (256 * 1024 + pad - len(first) - len(MBOX_LINE) - 1) + b"\n" if pad < 1000 else b""
            done = home.run("--json", "analyze", home.write("m.mbox", mbox(first, DEAD, first, FULL)))
            found = [json.loads(line) for line in done.stdout.splitlines()]
            assert [(r["index"], r["is_bounce"]) for r in found] == [(1, False), (2, True), (3, False), (4, True)], pad


@tap.case("a Maildir, an MH folder and a folder of files; what is no message in them is passed over")
def _():
    with lab.Home() as home:
        home.write("md/cur/1.host:2,S", DEAD)
        home.write("md/new/2.host", FULL)
        home.write("md/tmp/3.host", DELAYED)
        home.write("md/dovecot.index", b"x")
        home.write("mh/1", DEAD)
        home.write("mh/12", LETTER)
        home.write("mh/.mh_sequences", b"x")
        home.write("dir/a.eml", DEAD)
        home.write("dir/B.EML", LETTER)
        home.write("dir/c.mbox", mbox(FULL, FULL))
        home.write("dir/notes.txt", b"x")
        for name, count, bad in (("md", 2, ["nobody@b.example", "full@b.example"]), ("mh", 2, ["nobody@b.example"]),
                                 ("dir", 4, ["full@b.example", "full@b.example", "nobody@b.example"])):
            for path in (str(home.path / name), str(home.path / name) + "/"):
                found = rows(lab.expect(home.run("--json", "analyze", path), 1))
                assert len(found) == count and sorted(addresses(found)) == sorted(bad), (name, found)
                assert all(os.path.isfile(row["file"]) for row in found), found
        os.mkdir(home.path / "empty")
        os.makedirs(home.path / "emptymd" / "cur")
        os.makedirs(home.path / "emptymd" / "new")
        lab.expect(home.run("analyze", str(home.path / "emptymd")), 0)
        lab.one_line(lab.expect(home.run("analyze", str(home.path / "empty")), 66), "empty")


@tap.case("a file that cannot be read is told in one line, and the others are read")
def _():
    with lab.Home() as home:
        good, fine = home.write("good.eml", DEAD), home.write("fine.eml", DELIVERED)
        fifo, link = str(home.path / "fifo"), str(home.path / "link.eml")
        os.mkfifo(fifo)
        os.symlink("/nonexistent/target", link)
        for bad in (fifo, link, str(home.path / "missing"), "/dev/zero"):
            with lab.Watch() as clock:
                done = lab.expect(home.run("--json", "analyze", bad, good), 1)
            assert clock.seconds < 5 * lab.SLOW and addresses(rows(done)) == ["nobody@b.example"], done
            lab.one_line(done, bad)
            lab.expect(home.run("analyze", fine, bad), 2)
            lab.one_line(lab.expect(home.run("analyze", bad), 66), bad)
        home.write("dir/a.eml", DEAD)
        os.mkfifo(home.path / "dir" / "b.eml")
        home.write("dir/c.eml", FULL)
        done = lab.expect(home.run("--json", "analyze", str(home.path / "dir")), 1)
        assert addresses(rows(done)) == ["nobody@b.example", "full@b.example"], done
        lab.one_line(done, "b.eml")


@tap.case("what is packed is told so, and is not taken for a mailbox without bounces")
def _():
    with lab.Home() as home:
        for name, pack in (("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)):
            packed = pack(mbox(DEAD, FULL))
            lab.one_line(lab.expect(home.run("analyze", "-", stdin=packed), 66), name)
            path = home.write(name + ".mbox", packed)
            done = lab.expect(home.run("--json", "analyze", path, "-", stdin=DEAD), 1)
            lab.one_line(done, name)
            assert len(rows(done)) == 1, done
            lab.expect(home.run("analyze", path, "-", stdin=LETTER), 2)
        lab.expect(home.run("analyze", "-", stdin=b"BZh9 is a code: so what\n\n"), 0)


@tap.case("text for people: what became of it, in whose words, what to do; in both languages")
def _():
    out = text("-", status=1, stdin=DEAD, env={"COLUMNS": "100"})
    for word in ("nobody@b.example: not delivered, 550 5.1.1", "In its words", "User unknown", "mx.b.example", "Meaning",
                 "Who acts", "Retry", "Mailing list   stop mailing this address", '"lunch" <1@a.example>, sent 2026-'):
        assert word in out, (word, out)
    assert "sendwell explain" not in out and "recipient.unknown" not in out
    assert "recipient.unknown, " in text("-v", "-", status=1, stdin=DEAD)
    ru = text("--lang", "ru", "-", status=1, stdin=DEAD)
    for word in ("не доставлено", "Дословно", "Кто решает", "Рассылка", "Письмо", "отправлено"):
        assert word in ru, (word, ru)
    assert not re.search("[а-яё]", out), out
    out = text("-", status=1, stdin=DELAYED)
    assert "delayed" in out and "300 s" in out, out
    out = text("-", stdin=LETTER)
    assert out.count("\n") == 1 and "no bounce" in out, out
    for width in (40, 72):
        for line in text("-", status=1, stdin=DEAD, env={"COLUMNS": str(width)}).splitlines():
            assert len(line) <= width or len(line.split()) < 4, (width, line)


@tap.case("words of several lines become one, and a complaint without a name is told so")
def _():
    complaint = (b"From: abuse@isp.example\nSubject: complaint\nMIME-Version: 1.0\nContent-Type: multipart/report; "
                 b"report-type=feedback-report; boundary=x\n\n--x\n\nThis is an abuse report\nfor a message\tof yours.\n\n"
                 b"--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nUser-Agent: x\n\n"
                 b"--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: <1@a.example>\nSubject: lunch\n\n--x--\n")
    row, = analyze("-", stdin=complaint, status=1)
    r, = row["recipients"]
    assert (r["action"], r["address"], r["list_action"], row["feedback_type"]) == ("feedback", None, "unsubscribe", "abuse"), row
    assert r["diagnostic"] == "This is an abuse report for a message of yours.", r
    assert "somebody who is not named: complaint" in text("-", status=1, stdin=complaint)


@tap.case("many messages end with a sum, and the addresses to stop mailing can be had alone")
def _():
    whole = mbox(DEAD, DEAD, FULL, DELAYED, LETTER, DELIVERED, bounce("gone@c.example"),
                 bounce('"a b"@c.example'), bounce("x@c.example\x1b[31m"))
    out = text("-", status=1, stdin=whole)
    for word in ("9 messages, bounces among them: 8", "6  not delivered", "1  delayed", "1  delivered",
                 "[recipient.unknown]", "Stop mailing (2)", "\n  gone@c.example\n"):
        assert word in out, (word, out)
    assert out.count("\n  nobody@b.example\n") == 1 and "\n  full@b.example" not in out, out
    assert text("--suppress-list", "-", "-", status=1, stdin=whole) == "nobody@b.example\ngone@c.example\n"
    ru = text("--lang", "ru", "-", status=1, stdin=whole)
    assert "9 писем" in ru and "Больше не писать (2)" in ru, ru
    with lab.Home() as home:
        path = home.path / "gone.txt"
        done = lab.expect(home.run("--json", "analyze", "--suppress-list", str(path), "-", stdin=whole), 1)
        assert len(rows(done)) == 9 and path.read_text() == "nobody@b.example\ngone@c.example\n"
        assert path.stat().st_mode & 0o777 == 0o600
        done = home.run("analyze", "-q", "--suppress-list", "/nonexistent/x", "-", stdin=whole)
        assert done.returncode == 73, done
        lab.one_line(done, "--suppress-list")
        many = mbox(*(bounce(f"u{i}@c.example") for i in range(3000)))
        done = lab.expect(home.run("analyze", "--suppress-list", "-", "-", stdin=many + many), 1)
        assert done.stdout.decode().split() == [f"u{i}@c.example" for i in range(3000)]


RULE = """rules:
  - id: acme-plugh
    text: ["plugh frobozz"]
    category: policy.greylist
    yes:
      - "450 4.7.1 plugh frobozz"
"""


@tap.case("rules of the user's own count; a broken file is told with line, and the built-in rules go on")
def _():
    with lab.Home() as home:
        odd = bounce(said="450 4.7.1 plugh frobozz", status="4.7.1")
        home.write("config/sendwell/rules.d/acme.yaml", RULE)
        done = lab.expect(home.run("--json", "analyze", "-", stdin=odd), 1)
        assert rows(done)[0]["recipients"][0]["rule"] == "acme-plugh" and not done.stderr, done
        done = home.run("--json", "analyze", "--rules", "none", "-", stdin=odd)
        assert rows(done)[0]["recipients"][0]["rule"] != "acme-plugh", done
        for content in ("rules:\n  - id: x\n    colour: red\n", "rules:\n  - id: [\n", RULE.replace("policy.greylist", "no.such")):
            broken = home.write("config/sendwell/rules.d/broken.yaml", content)
            done = lab.expect(home.run("--json", "analyze", "-", stdin=mbox(odd, DEAD)), 1)
            first, second = rows(done)
            assert first["recipients"][0]["rule"] == "acme-plugh", first
            assert second["recipients"][0]["category"] == "recipient.unknown", second
            assert re.search(re.escape(broken) + r":\d+: ", done.stderr.decode()), done


def high_water(pid):
    """KiB that a running program has had at most; 0 when it is gone. (The figure of wait4 counts its parent's, too.)"""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) if found else 0


def watch(child):
    """Its end: the highest memory that was seen."""
    most = 0
    while child.poll() is None:
        most = max(most, high_water(child.pid))
        time.sleep(0.002)
    return most


def run_measured(home, path, *argv):
    """Status, output, seconds of work and KiB of the program on a file."""
    out = home.path / "out"
    with open(out, "wb") as to, open(home.path / "err", "wb") as err:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        child = subprocess.Popen([tap.PROGRAM, *argv, path], stdin=subprocess.DEVNULL, stdout=to, stderr=err, env=home.env())
        kib = watch(child)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return child.returncode, out.read_bytes(), seconds, kib


def nested(depth):
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(depth))
    return b"From: MAILER-DAEMON@a.example\nSubject: Undelivered Mail\nMIME-Version: 1.0\n" + head + b"\n550 no\n"


REPORT = bounce().partition(b"Final-Recipient")
HOSTILE = {
    "100 000 nested parts": lambda: nested(100000),
    "a header of 50 MB": lambda: DEAD.partition(b"MIME")[0] + b"X-Pad: " + b"x" * 50 * 2**20 + b"\n" + DEAD,
    "50 MB of header fields": lambda: b"X-Pad: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n" * (50 * 2**20 // 40) + DEAD,
    "a body of 60 MB": lambda: DEAD + b"x" * 76 + b"\n" + (b"x" * 76 + b"\n") * (60 * 2**20 // 77),
    "one line of 40 MB": lambda: b"x" * 40 * 2**20,
    "40 MB of line ends": lambda: b"\n" * 40 * 2**20,
    "invalid UTF-8": lambda: bounce(said=b"550 \xff\xfe\xc0\x80 User \xed\xa0\x80 unknown \xf5", extra=b"X: \xff\n"),
    "terminal escapes": lambda: bounce("a\x1b]0;owned\x07@b.example", b"550 \x1b[31m\x9b2J\x07User\xe2\x80\xae unknown"),
    "escapes in what came back": lambda: DEAD.replace(b"lunch", b"\x1b[2J\xc2\x9b31m\r"),
    "NUL bytes": lambda: b"\0" * 10**6 + DEAD + b"\0" * 10**6,
    "100 000 recipients": lambda: REPORT[0] + (REPORT[1] + REPORT[2].partition(b"--x\n")[0]) * 100000 + b"\n--x--\n",
    "200 000 From lines": lambda: MBOX_LINE * 200000,
    "From lines without end": lambda: b"From a@b Sat Nov 21 10:00:00 2026 " + b"From " * 10**7,
    "200 000 words From": lambda: MBOX_LINE + b"Subject: x\n\n" + b"\nFrom here" * 200000,
    "lengths that lie": lambda: (MBOX_LINE + b"Content-Length: 33000000\n\nx\n\n") * 200000,
    "marks of MMDF": lambda: b"\1\1\1\1\n" * 10**6,
    "a boundary on each line": lambda: DEAD.replace(b"Sorry.", b"--x\n" * 10**6),
    "a million comments": lambda: b"From: " + b"(" * 10**6 + b"\n" + DEAD,
    "an endless date": lambda: DEAD.replace(b"Sat, 21", b"(" * 10**5 + b" 1" * 10**5),
}


def check_hostile(name):
    def check():
        with lab.Home() as home:
            path = home.write("hostile.eml", HOSTILE[name]())
            for argv in (["--json", "analyze"], ["analyze", "-v"]):
                status, out, seconds, kib = run_measured(home, path, *argv)
                assert status in (0, 1, 2), (status, out[:300], (home.path / "err").read_bytes()[:300])
                assert not lab.raw_bytes(out[:10**6].decode("utf-8", "ignore").encode()), out[:1000]
                assert seconds < 5 * lab.SLOW, seconds
                assert kib < 200 * 1024 or SANITIZED, kib
            for line in home.run("--json", "analyze", path).stdout.splitlines()[:3]:
                lab.validate(json.loads(line))
    return check


for hostile in HOSTILE:
    tap.case(f"hostile input ends in time and memory, nothing raw comes out: {hostile}", timeout=120)(check_hostile(hostile))


@tap.case("escapes in the name of a file do not reach the terminal")
def _():
    with lab.Home() as home:
        path = home.write("a\x1b[31m\nb.eml", DEAD)
        for argv in (["analyze", path], ["--json", "analyze", path], ["analyze", path + "x"]):
            done = home.run(*argv)
            assert not lab.raw_bytes(done.stdout) and not lab.raw_bytes(done.stderr), done


@tap.case("a message beyond the limit is read up to it and says so; what follows it in the mailbox is found")
def _():
    with lab.Home() as home:
        long = LETTER + (b"x" * 76 + b"\n") * (40 * 2**20 // 77)
        path = home.write("long.mbox", mbox(DEAD, long, FULL, LETTER))
        done = lab.expect(home.run("--json", "analyze", path), 1)
        found = rows(done)
        assert [(r["index"], r["is_bounce"], r["cut"]) for r in found] == \
            [(1, True, False), (2, False, True), (3, True, False), (4, False, False)], found
        for argv in (["--json", "analyze"], ["analyze", "-v"]):
            lab.expect(home.run(*argv, home.write("long.eml", long)), 2)
        lab.expect(home.run("analyze", "-", stdin=long), 2)


@tap.case("a mailbox of 200 MB from a pipe takes the memory of one message", timeout=120)
def _():
    piece = mbox(*[DEAD, LETTER + b"x" * 50000 + b"\n"] * 100)
    with lab.Home() as home:
        child = subprocess.Popen([tap.PROGRAM, "--json", "analyze", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, env=home.env())
        reader = subprocess.Popen(["wc", "-l"], stdin=child.stdout, stdout=subprocess.PIPE)
        child.stdout.close()
        pieces = 200 * 2**20 // len(piece) + 1
        for _ in range(pieces):
            child.stdin.write(piece)
        kib = high_water(child.pid)
        child.stdin.close()
        assert child.wait() == 1 and int(reader.communicate()[0]) == 200 * pieces
        assert 0 < kib < 30 * 1024 or SANITIZED, kib


@tap.case("whoever closes the pipe ends it")
def _():
    with lab.Home() as home:
        path = home.write("many.mbox", mbox(*[DEAD] * 20000))
        with lab.Watch() as clock:
            subprocess.run(["sh", "-c", '"$0" --json analyze "$1" | head -1', tap.PROGRAM, path], env=home.env(), check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert clock.seconds < 1 * lab.SLOW, clock.seconds


def on_terminal(home, *argv, seconds=2.5, stdout=None, env=None):
    """What stands on the terminal of standard error, when messages come for so long."""
    master, slave = pty.openpty()
    child = subprocess.Popen([tap.PROGRAM, "analyze", *argv], stdin=subprocess.PIPE, stderr=slave,
                             stdout=slave if stdout is None else stdout, env=env or home.env())
    os.close(slave)
    piece = mbox(*[LETTER + b"x" * 3000 + b"\n"] * 100)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        child.stdin.write(piece)
        child.stdin.flush()
        time.sleep(0.05)
    child.stdin.close()
    shown = b""
    while True:
        try:
            got = os.read(master, 65536)
        except OSError:
            break
        if not got:
            break
        shown += got
    os.close(master)
    assert child.wait() == 0
    return shown


@tap.case("a line of progress on the terminal after a second, cleared at the end, and nowhere else")
def _():
    with lab.Home() as home, open(os.devnull, "wb") as null:
        shown = on_terminal(home, "-", stdout=null)
        assert re.search(rb"^messages: \d+", shown) and shown.endswith(b"\r\x1b[K") and b"\n" not in shown, shown
        first = home.write("first.eml", LETTER)
        shown = on_terminal(home, first, "-", stdout=null)
        assert b"[###############---------------]  50 %  messages: " in shown and shown.endswith(b"\r\x1b[K"), shown
        assert "писем".encode() in on_terminal(home, "--lang", "ru", "-", stdout=null)
        assert on_terminal(home, "-", stdout=null, seconds=0.3) == b""
        assert on_terminal(home, "-q", "-", stdout=null) == b""
        assert on_terminal(home, "-", stdout=null, env=home.env(TERM="dumb")) == b""
        shown = on_terminal(home, "-")
        assert b"messages: " not in shown and b"\r\x1b[K" not in shown, shown
        coloured = on_terminal(home, "-", stdout=null, env=home.env(NO_COLOR="1"))
        assert b"\x1b[3" not in coloured and b"messages: " in coloured, coloured


if __name__ == "__main__":
    sys.exit(tap.main())
