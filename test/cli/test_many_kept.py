# SPDX-License-Identifier: MIT
"""What is kept of a run of many messages: transcript, cases, TLS of each; and a refusal of all is told once."""
import base64
import collections
import json
import re
import sys

import lab
import tap
from peer import GO, Peer

LETTER = "Dear {{name}}.\n"
SECRET = "correct-horse-battery"


def rows(count):
    return "email,name\n" + "".join(f"u{i}@example.net,n{i}\n" for i in range(count))


def merge(home, server, count, *more, **run):
    return home.run("send", *server, "--from", lab.FROM, "--merge", home.write("rows.csv", rows(count)), "--subject",
                    "x", "--text", home.write("letter.txt", LETTER), *more, **run)


def lines(done):
    return [lab.validate(json.loads(line)) for line in done.stdout.splitlines()]


def cases(text):
    """Of a file of --save: one JSON text behind the other. The first few are looked at closely."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found.append(lab.validate(value) if len(found) < 5 else value)
        at = re.compile(r"\s*").match(text, at).end()
    return found


def sessions_of(transcript):
    parts = collections.defaultdict(list)
    for line in transcript.splitlines():
        found = re.fullmatch(r" *(\d+) +(\d+\.\d{3}) (->|<-|~>|<~|===|\*\*\*) (.*)", line)
        assert found, line
        parts[int(found[1])].append((found[3], found[4]))
    return parts


@tap.case("--transcript has every session, each line with its number, from the connection to QUIT, and no secret")
def _():
    with lab.sandbox("--require-auth", "--password", SECRET) as (home, box):
        path = home.path / "transcript"
        done = merge(home, box.server(), 40, "--user", "sandbox", "--sessions", "3", "--session-messages", "5", "--results", "-",
                     "--transcript", str(path), env={"SENDWELL_PASSWORD": SECRET})
        found = lines(lab.expect(done, 0))
        text = path.read_text()
        parts = sessions_of(text)
        assert SECRET not in text and path.stat().st_mode & 0o777 == 0o600
        assert sorted(parts) == list(range(1, len(parts) + 1)) and 8 <= len(parts) <= 10, sorted(parts)
        for number, part in parts.items():
            assert part[0][0] == "===" and "Connected" in part[0][1], part[0]
            assert [line for line in part if line[1] == "QUIT"] == [("~>", "QUIT")], part
            sent = [re.search("<u([0-9]+)@", line)[1] for mark, line in part if line.startswith("RCPT")]
            told = [re.search("u([0-9]+)@", line["recipients"][0]["address"])[1] for line in found if line["session"] == number]
            assert 1 <= len(sent) <= 5 and sorted(sent) == sorted(told), (number, sent, told)
            assert sum("bytes of message data" in line for _, line in part) == len(sent), part


@tap.case("--save has a case for each session and each failure; diagnose judges the one that is named")
def _():
    with lab.sandbox("--fault", "rcpt-unknown=u7@example.net", "--fault", "rcpt-unknown=u11@example.net") as (home, box):
        path = home.path / "cases"
        done = merge(home, box.plain(), 30, "--sessions", "1", "--session-messages", "10", "--save", str(path))
        lab.expect(done, 80)
        found = cases(path.read_text())
        whom = [case["result"]["recipients"][0]["address"].split("@")[0] for case in found]
        assert whom == ["u0", "u7", "u10", "u11", "u20"], whom
        for who, case in zip(whom, found):
            replies = [f for f in case["facts"] if f["type"] == "smtp.reply"]
            others = {r for r in re.findall("u[0-9]+@", json.dumps(case)) if r != who + "@"}
            assert not others, (who, others)
            assert any(f["type"] == "smtp.capabilities" for f in case["facts"]), who
            assert case["result"]["outcome"] == ("rejected" if who in ("u7", "u11") else "accepted"), who
            assert any(f["fields"]["code"] == 550 for f in replies) == (who in ("u7", "u11")), replies
        done = lab.expect(home.run("diagnose", "--case", str(path)), 64)
        lab.one_line(done, "5 cases", "2 of them failed", ":N", "the first that failed is 2")
        judged = json.loads(lab.expect(home.run("--json", "diagnose", "--case", f"{path}:4"), 1).stdout)
        whole = json.loads(lab.expect(home.run("--json", "diagnose", "--case", home.write("one", json.dumps(found[3]))), 1).stdout)
        assert judged["findings"][0]["code"] == whole["findings"][0]["code"], (judged, whole)
        lab.one_line(lab.expect(home.run("diagnose", "--case", f"{path}:6"), 66), "5 cases", "no 6")
        lab.expect(home.run("diagnose", "--case", f"{path}:1"), 0)
        lab.one_line(lab.expect(home.run("diagnose", "--case", f"{path}:0"), 66), "cases:0")


@tap.case("each of many failures has a case of its own up to a thousand; the rest is counted")
def _():
    with lab.sandbox("--fault", "rcpt-unknown") as (home, box):
        done = merge(home, box.plain(), 1010, "--save", "-", "--sessions", "1")
        found = cases(lab.expect(done, 67).stdout.decode())
        assert len(found) == 1000, len(found)
        assert b"1000 cases are kept, 10 more were left out" in done.stderr, done.stderr


@tap.case("what cannot be kept is said before anything is sent, or costs no message")
def _():
    with lab.sandbox() as (home, box):
        for more in (["--transcript", str(home.path / "none" / "x")], ["--save", str(home.path)],
                     ["--save", "-", "--transcript", "-"], ["--save", "-", "--results", "-"]):
            done = merge(home, box.plain(), 3, *more)
            assert done.returncode in (64, 73), done
        assert not box.mails()
        done = merge(home, box.plain(), 3, "--transcript", "-", "--quiet")
        assert sum(b"RCPT TO" in line for line in done.stdout.splitlines()) == 3, done
        merge(home, box.plain(), 3, "--transcript", "-", "--dry-run", "--json")
        assert len(box.mails()) == 3


@tap.case("a refusal that stops all is told once, with how many it kept back; each message has its line")
def _():
    refusals = [(("--fault", "auth-535"), "server", 77, "535"), (("--require-tls",), "plain", 77, "530"),
                (("--require-auth",), "plain", 77, "530"), (("--fault", "banner-554"), "plain", 69, "554")]
    for options, how, status, code in refusals:
        with lab.sandbox(*options) as (home, box):
            server = box.server() + ["--user", "sandbox"] if how == "server" else box.plain()
            results, save = home.path / "results", home.path / "cases"
            done = merge(home, server, 60, "--sessions", "3", "--results", str(results), "--resume", str(home.path / "r"),
                         "--save", str(save), env={"SENDWELL_PASSWORD": "wrong"})
            lab.expect(done, status)
            out, err = done.stdout.decode(), done.stderr.decode()
            assert len(err.splitlines()) == 1 and code in err, err
            assert sum(line.startswith(str(home.path)) for line in out.splitlines()) == 1, out
            assert " 59  of these kept back" in out, out
            found = [lab.validate(json.loads(line)) for line in results.read_text().splitlines()]
            assert len({line["recipients"][0]["address"] for line in found}) == 60 == len(found), len(found)
            assert sum(line["held_back"] for line in found) == 59, found[0]
            assert {line["recipients"][0]["reply"]["code"] for line in found} == {int(code)}, found
            assert len(cases(save.read_text())) <= 3
            assert not box.mails() and sum("MAIL" in line for line in box.log) <= 12, box.log
            done = merge(home, server, 60, "--json", "--resume", str(home.path / "r"), env={"SENDWELL_PASSWORD": "wrong"})
            sums = lines(lab.expect(done, status))[-1]
            assert sums["messages"] == 60 and sums["held_back"] == 59 and sums["skipped"] == 0, sums


@tap.case("a server that refuses some senders, or after it took others, stops nobody else")
def _():
    def one_sender(_, session, verb, line):
        return "530 5.7.0 Authentication required" if verb == "MAIL" and "u3@" in line else GO

    def words(_, session, verb, line):
        return "550 5.7.1 Authentication required" if verb == "MAIL" and session.mails <= 2 else GO

    def only_words(_, session, verb, line):
        return "550 5.7.1 Authentication required to send mail" if verb == "MAIL" else GO

    for rules, accepted, held in ((one_sender, 19, 0), (words, 18, 0), (only_words, 0, 17)):
        with lab.Home() as home, Peer(rules) as peer:
            done = merge(home, peer.plain(), 20, "--json", "--sessions", "1", "--one-by-one", "--envelope-from", "{{email}}")
            sums = lines(done)[-1]
            assert sums["messages"] == 20 and sums["accepted"] == accepted == len(peer.taken), sums
            assert sums["held_back"] == held, sums


@tap.case("a server that says the password back: it is in no line, case or transcript, nor with those kept back")
def _():
    def rules(_, session, verb, line):
        if verb == "AUTH":
            said = base64.b64decode(line.split(" ")[2])
            return "535 5.7.8 %s and %s are wrong" % (said.split(b"\0")[2].decode(), line.split(" ")[2])
        return GO

    with lab.Home() as home, Peer(rules, ["AUTH PLAIN"]) as peer:
        files = [home.path / name for name in ("results", "cases", "transcript")]
        done = merge(home, peer.plain(), 30, "--user", "me", "--auth", "plain", "--sessions", "2", "--results", str(files[0]),
                     "--save", str(files[1]), "--transcript", str(files[2]), env={"SENDWELL_PASSWORD": SECRET})
        lab.expect(done, 77)
        for text in [done.stdout, done.stderr, *(f.read_bytes() for f in files)]:
            assert b"535" in text and SECRET.encode() not in text, text[:2000]
            assert base64.b64encode(b"\0me\0" + SECRET.encode()) not in text, text[:2000]
        assert len(files[0].read_text().splitlines()) == 30


@tap.case("a streamed message says over which TLS it went, as the first of its session does")
def _():
    with lab.sandbox() as (home, box):
        ways = [(box.server(), "required", True), (box.server(scheme="smtps", port=box.tls_port), "required", True),
                (["--server", f"smtp://127.0.0.1:{box.port}", "--tls", "opportunistic"], "opportunistic", False),
                (box.plain(), "none", False)]
        for server, policy, verified in ways:
            done = merge(home, server, 40, "--results", "-", "--sessions", "2", "--session-messages", "8")
            found = lines(lab.expect(done, 0))
            by_session = collections.defaultdict(list)
            for line in found:
                by_session[line["session"]].append(line["server"])
            assert sorted(by_session) == list(range(1, len(by_session) + 1)) and len(by_session) >= 5, sorted(by_session)
            assert len(found) == 40, done
            for number, servers in by_session.items():
                assert all(s == servers[0] for s in servers), servers
                tls = servers[0]["tls"]
                assert servers[0]["port"] in (box.port, box.tls_port) and servers[0]["address"] == "127.0.0.1", servers[0]
                assert tls["policy"] == policy and tls["verified"] == verified and tls["mode"] is None, tls
                clear = policy == "none"
                assert (tls["version"] is None) == clear and (tls["cipher"] is None) == clear, tls
            resumed = [by_session[n][0]["tls"]["resumed"] for n in sorted(by_session)]
            assert resumed[0] is False and any(resumed) == (policy != "none"), (policy, resumed)


if __name__ == "__main__":
    sys.exit(tap.main())
