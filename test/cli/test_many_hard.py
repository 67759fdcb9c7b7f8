# SPDX-License-Identifier: MIT
"""Many messages for servers that make it hard, and from files that do: each is taken once, or the truth is told."""
import collections
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time

import lab
import tap
from peer import GO, Peer


def rows(count):
    return "email,name\n" + "".join(f"u{i}@example.net,n{i}\n" for i in range(count))


def merge(home, peer, table, *more, **run):
    return home.run("send", *peer.plain(), "--from", lab.FROM, "--merge", table if table == "-" else home.write("rows.csv", table),
                    "--subject", "x", "--text", home.write("letter.txt", "Dear {{name}}.\n"), *more, **run)


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def sums_of(done):
    return lab.validate(lines(done)[-1])


def taken(peer):
    return collections.Counter(r for _, recipients, _, _ in peer.taken for r in recipients)


def everybody(count):
    return {f"u{i}@example.net": 1 for i in range(count)}


@tap.case("a server that ends each session after ten messages: by 421, by hanging up before or behind an answer")
def _():
    def at_mail(answer):
        return lambda _, s, verb, line: answer if verb == "MAIL" and s.mails > 10 else GO

    def behind_end(_, s, verb, line):
        return "250 2.0.0 taken\r\n421 4.7.0 enough" if verb == "END" and s.ends == 10 else GO

    def says_421_for_the_end(_, s, verb, line):
        return "421 4.7.0 not this one" if verb == "END" and s.ends == 10 else GO

    for name, rules in (("421", at_mail("421 4.7.0 too many messages")), ("closed", at_mail(None)), ("421 behind", behind_end),
                        ("421 at the end", says_421_for_the_end)):
        for sessions in ("1", "4"):
            with lab.Home() as home, Peer(rules) as peer:
                done = merge(home, peer, rows(100), "--json", "--sessions", sessions)
                sums, got = sums_of(done), taken(peer)
                assert max(got.values()) == 1, (name, sessions, got.most_common(3))
                if name == "421 at the end":
                    assert sums["accepted"] == len(got) and sums["accepted"] + sums["deferred"] == 100, (name, sums)
                else:
                    assert sums["accepted"] == 100 == len(got), (name, sessions, sums)


@tap.case("a session that breaks with its first message, before the end of it: that message goes in another one")
def _():
    def breaks(at, answer):
        return lambda _, s, verb, line: answer if s.number <= 2 and s.mails <= 1 and verb == at else GO

    for at, answer in (("MAIL", None), ("RCPT", None), ("DATA", None), ("RCPT", "421 4.3.2 going down"), ("DATA", "421 4.3.2 going down")):
        with lab.Home() as home, Peer(breaks(at, answer)) as peer:
            done = merge(home, peer, rows(12), "--json", "--sessions", "2")
            assert done.returncode == 0 and taken(peer) == everybody(12), (at, answer, done)


@tap.case("hanging up instead of the answer leaves each of these uncertain, and none goes twice")
def _():
    def rules(_, s, verb, line):
        return None if verb == "END" and s.ends == 10 else GO

    for chunking in ("no", "yes"):
        with lab.Home() as home, Peer(rules, ["CHUNKING"], takes_silently=True) as peer:
            done = merge(home, peer, rows_80 := rows(80), "--json", "--sessions", "2", "--chunking", chunking)
            sums, got = sums_of(done), taken(peer)
            assert done.returncode == 79 and max(got.values()) == 1, (done.returncode, got.most_common(3))
            assert sums["accepted"] + sums["uncertain"] == 80 and sums["uncertain"] >= 6, sums
            sure = {line["recipients"][0]["address"] for line in lines(done)[:-1] if line["outcome"] == "accepted"}
            assert sure <= set(got), sure - set(got)
            assert rows_80


@tap.case("a server that hangs up in the middle of a BDAT, or refuses it, gets each message once")
def _():
    def rules(peer, s, verb, line):
        if verb == "BDAT":
            peer.notes["bdat"] = peer.notes.get("bdat", 0) + 1
            if peer.notes["bdat"] in (7, 20, 33):
                return peer.notes["how"]
        return GO

    for how in (None, "500 5.5.1 unknown command"):
        with lab.Home() as home, Peer(rules, ["CHUNKING"]) as peer:
            peer.notes["how"] = how
            done = merge(home, peer, rows(60), "--json", "--sessions", "2", "--chunking", "yes")
            sums, got = sums_of(done), taken(peer)
            assert max(got.values()) == 1 and sums["accepted"] <= len(got), (sums, got.most_common(2))
            assert sums["accepted"] + sums["uncertain"] + sums["not_sent"] + sums["rejected"] == 60, sums
            # Only what may have left whole is uncertain.
            assert sums["accepted"] >= 45, sums


@tap.case("greylisting: deferred, and --resume brings them to their end")
def _():
    def rules(peer, s, verb, line):
        if verb == "RCPT" and line not in peer.notes:
            peer.notes[line] = True
            return "451 4.7.1 Greylisting in action, please come back later"
        return GO

    with lab.Home() as home, Peer(rules) as peer:
        resume = ["--resume", str(home.path / "resume"), "--json", "--sessions", "3"]
        first = merge(home, peer, rows(50), *resume)
        assert first.returncode == 75 and sums_of(first)["deferred"] == 50, first
        second = merge(home, peer, rows(50), *resume)
        assert second.returncode == 0 and sums_of(second)["accepted"] == 50, second
        third = merge(home, peer, rows(50), *resume)
        assert third.returncode == 0 and sums_of(third)["skipped"] == 50 and taken(peer) == everybody(50), third


@tap.case("LIMITS of messages, recipients and domains are kept to; 452 splits a list")
def _():
    table = "email,name\n" + "".join("\"" + ", ".join(f"r{i}x{k}@d{k % 3}.example" for k in range(7)) + f"\",n{i}\n" for i in range(12))

    def few(_, s, verb, line):
        return "452 4.5.3 too many recipients" if verb == "RCPT" and len(s.recipients) >= 3 else GO

    for keywords, rules, most, domains in ((["LIMITS MAILMAX=3"], None, 7, 3), (["LIMITS RCPTMAX=2"], None, 2, 3),
                                           (["LIMITS RCPTDOMAINMAX=1"], None, 7, 1),
                                           (["LIMITS MAILMAX=2 RCPTMAX=3 RCPTDOMAINMAX=2"], None, 3, 2), ([], few, 3, 3)):
        with lab.Home() as home, Peer(rules or (lambda *_: GO), keywords) as peer:
            done = merge(home, peer, table, "--json", "--sessions", "2", "--to", "{{{email}}}")
            assert done.returncode == 0 and sums_of(done)["accepted"] == 12, (keywords, done)
            got = taken(peer)
            assert len(got) == 84 and max(got.values()) == 1, (keywords, len(got))
            assert max(len(r) for _, r, _, _ in peer.taken) <= most, keywords
            assert max(len({a.split("@")[1] for a in r}) for _, r, _, _ in peer.taken) <= domains, keywords
            if "MAILMAX" in "".join(keywords):
                limit = int(keywords[0].split("MAILMAX=")[1][0])
                assert max(collections.Counter(n for *_, n in peer.taken).values()) <= limit, keywords


@tap.case("a login that worked and is refused for now is waited for; more sessions than the server takes, too")
def _():
    def login(peer, s, verb, line):
        if verb == "AUTH":
            with peer.lock:
                peer.notes["logins"] = peer.notes.get("logins", 0) + 1
            return "454 4.7.0 Temporary authentication failure" if peer.notes["logins"] in (2, 3) else "235 2.7.0 welcome"
        return GO

    def two(peer, s, verb, line):
        with peer.lock:
            if verb == "CONNECT":
                peer.notes["open"] = peer.notes.get("open", 0) + 1
                if peer.notes["open"] > 2:
                    peer.notes["open"] -= 1
                    return "421 4.7.0 too many connections"
            if verb == "QUIT":
                peer.notes["open"] -= 1
        return GO

    with lab.Home() as home, Peer(login, ["AUTH PLAIN"]) as peer:
        done = merge(home, peer, rows(60), "--json", "--user", "u", "--auth", "plain", "--session-messages", "20", "--sessions", "1",
                     env=home.env(SENDWELL_PASSWORD="x"))
        assert sums_of(done)["accepted"] == 60 and peer.notes["logins"] == 5, (done, peer.notes)
    with lab.Home() as home, Peer(login, ["AUTH PLAIN"]) as peer:
        peer.notes["logins"] = 1
        done = merge(home, peer, rows(5), "--json", "--user", "u", "--auth", "plain", "--sessions", "1",
                     env=home.env(SENDWELL_PASSWORD="x"))
        assert done.returncode == 75 and peer.notes["logins"] == 2, (done, peer.notes)
    with lab.Home() as home, Peer(two) as peer:
        done = merge(home, peer, rows(60), "--json", "--sessions", "6")
        assert sums_of(done)["accepted"] == 60 and taken(peer) == everybody(60), done


@tap.case("a slow server costs time and nothing else; what waits longer than --timeout is told")
def _():
    def slow(_, s, verb, line):
        time.sleep(0.02)
        return GO

    def stuck(_, s, verb, line):
        if verb == "END" and s.ends == 3 and s.number == 1:
            time.sleep(4 * lab.SLOW)
        return GO

    with lab.Home() as home, Peer(slow) as peer:
        done = merge(home, peer, rows(20), "--json", "--sessions", "4")
        assert sums_of(done)["accepted"] == 20 and taken(peer) == everybody(20), done
    with lab.Home() as home, Peer(stuck) as peer:
        done = merge(home, peer, rows(10), "--json", "--sessions", "1", "--timeout", str(lab.SLOW))
        sums = sums_of(done)
        assert sums["uncertain"] == 1 and sums["accepted"] == 9, sums


@tap.case("a file of an office: byte order mark, CR LF, empty lines, line ends in quotes, the same address twice")
def _():
    table = b"\xef\xbb\xbfemail;name\r\n\r\nu0@example.net;\"Ann\r\nof \"\"X\"\"\"\r\n\r\nu1@example.net;\r\nu1@example.net;\r\n\r\n"
    with lab.Home() as home, Peer() as peer:
        done = merge(home, peer, table, "--json", "--subject", "y")
        assert sums_of(done)["accepted"] == 3, done
        assert taken(peer) == {"u0@example.net": 1, "u1@example.net": 2}
        first = next(data for _, r, data, _ in peer.taken if r == ["u0@example.net"])
        assert b'Dear Ann\r\nof "X".' in first, first
        numbers = sorted(int(line["name"].rsplit(":", 1)[1]) for line in lines(done)[:-1])
        assert numbers == [3, 6, 7], numbers


@tap.case("the same through a pipe; what is no UTF-8 is told with its line, and the others go")
def _():
    with lab.Home() as home, Peer() as peer:
        table = b"email,name\nu0@example.net,a\nu1@example.net,\xff\xfe\nu2@example.net\nu3@example.net,\xe2\x82\nu4@example.net,e\n"
        done = merge(home, peer, "-", "--json", stdin=table)
        sums = sums_of(done)
        assert sums["accepted"] == 2 and sums["not_sent"] == 3 and done.returncode == 80, sums
        told = {line["name"]: line["trouble"] for line in lines(done)[:-1] if line["outcome"] == "not_sent"}
        assert set(told) == {"stdin:3", "stdin:4", "stdin:5"}, told
        assert "UTF-8" in told["stdin:3"] and "UTF-8" in told["stdin:5"] and "columns" in told["stdin:4"], told
        assert set(taken(peer)) == {"u0@example.net", "u4@example.net"}
        for table in (b"", b"email,name\n", b"\n\n\n", b"\xef\xbb\xbf"):
            done = merge(home, peer, "-", "--json", stdin=table)
            assert done.returncode in (0, 65, 66) and len(peer.taken) == 2, (table, done)


@tap.case("killed at any moment and begun again, no message is taken twice, and each is accounted for")
def _():
    count = 400
    with lab.Home() as home, Peer(takes_silently=True) as peer:
        table, letter, resume = home.write("rows.csv", rows(count)), home.write("letter.txt", "Dear {{name}}.\n"), str(home.path / "resume")
        argv = [tap.PROGRAM, "--json", "send", *peer.plain(), "--from", lab.FROM, "--merge", table, "--subject", "x", "--text", letter,
                "--resume", resume, "--sessions", "3"]
        chance = random.Random(7)
        for _ in range(12):
            p = subprocess.Popen(argv, env=home.env(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.005, 0.08) * lab.SLOW)
            p.send_signal(signal.SIGKILL)
            p.wait()
        done = home.run(*argv[1:])
        sums = sums_of(done)
        time.sleep(0.1)
        got = taken(peer)
        assert not got or max(got.values()) == 1, got.most_common(3)
        # Each was sure before, is sure now, or is told to be uncertain, once.
        states = collections.Counter()
        for line in open(resume).read().splitlines()[1:]:
            states[line.split()[0]] = line.split()[1]
        assert len(states) == count and set(states.values()) <= {"accepted", "uncertain"}, collections.Counter(states.values())
        sure = sum(state == "accepted" for state in states.values())
        assert sure <= len(got) <= count and sums["stopped"] is False, (sure, len(got))
        assert done.returncode == (79 if sums["uncertain"] or sums["earlier"]["uncertain"] else 0), (done.returncode, sums)
        again = sums_of(home.run(*argv[1:]))
        assert again["messages"] == 0 and again["skipped"] == count and taken(peer) == got, again


@tap.case("a full disk for results, transcript or cases costs no message and is told; for --resume it stops")
def _():
    def small():
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    for option, status in (("--results", 0), ("--transcript", 0), ("--save", 0), ("--resume", None)):
        with lab.Home() as home, Peer(lambda _, s, verb, line: "550 5.1.1 no" if verb == "RCPT" and "u7@" in line else GO) as peer:
            done = merge(home, peer, rows(200), "--sessions", "2", option, str(home.path / "out"), preexec_fn=small)
            assert done.returncode >= 0, (option, done)
            got = taken(peer)
            assert b"out" in done.stderr or option.encode() in done.stderr, (option, done)
            assert max(got.values()) == 1, option
            if status == 0:
                assert len(got) == 199 and done.returncode == 80, (option, len(got), done)
                assert done.stderr.count(b"\n") == 1, done.stderr
            else:
                assert 0 < len(got) < 200 and b"stopped before the end" in done.stdout, (option, len(got), done)


@tap.case("a hundred thousand rows: memory stays where it was, and the last one is told as the first")
def _():
    count = 100_000
    with lab.Home() as home:
        table, letter = home.write("rows.csv", rows(count)), home.write("letter.txt", "Dear {{name}}.\n")
        with Peer(lambda _, s, verb, line: "554 5.7.1 go away" if verb == "CONNECT" else GO) as peer:
            argv = ["send", *peer.plain(), "--from", lab.FROM, "--merge", table, "--text", letter, "--json", "--results",
                    str(home.path / "results")]
            p = subprocess.Popen([tap.PROGRAM, *argv], env=home.env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            out, err = p.stdout.read(), p.stderr.read()
            _, status, usage = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(status)
            p.stdout.close()
            p.stderr.close()
        sums = json.loads(out)
        assert p.returncode == 69 and sums["messages"] == count and sums["held_back"] == count - 1, (p.returncode, sums, err[-300:])
        assert usage.ru_maxrss < 64 * 1024, usage.ru_maxrss
        with open(home.path / "results") as f:
            told = sum('"held_back":true' in line for line in f)
        assert told == count - 1, told


if __name__ == "__main__":
    sys.exit(tap.main())
