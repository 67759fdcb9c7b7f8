#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""sendwell diagnose --html and --share: the page, and the case without names."""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as tree

import lab
import tap

HOSTILE = ('<script>alert(1)</script> " onload=x \' <img src=x onerror=y> ]]> &lt; {host} ')
SECRET = "pa55-w0rd-of-jane"


def case_of(home, box, *argv, status=None, server=None):
    path = home.path / "case.json"
    done = home.run("send", *(server or box.server()), "--save", str(path), "--timeout", "3", *argv, stdin=b"secret body\n")
    assert done.returncode != 0 if status is None else done.returncode == status, done
    return str(path)


def report(home, case, *argv, status=1):
    return lab.expect(home.run("diagnose", "--case", case, *argv), status)


def page_of(home, case, *argv):
    path = home.path / "report.html"
    report(home, case, "--html", str(path), *argv)
    assert path.stat().st_mode & 0o777 == 0o600, oct(path.stat().st_mode)
    return path.read_text()


def texts(page):
    return "".join(tree.fromstring(re.sub("<!DOCTYPE html>", "", page)).itertext())


@tap.case("the page is one well-formed file without scripts, links and pictures; it says what the report says")
def _():
    with lab.sandbox("--fault", "cert-expired") as (home, box):
        case = case_of(home, box, *lab.compose("--subject", "Quarterly"))
        page = page_of(home, case)
        words = texts(page)
        value = lab.result(report(home, case, "--json"))
        first = value["findings"][0]
        for text in (first["title"], first["because"][0], first["remedies"][0]["text"], first["remedies"][0]["literal"],
                     first["recheck"], "Ruled out", "Facts (", "tls.handshake", "confirmed"):
            assert text in words, (text, words)
        assert 'lang="en"' in page and "prefers-color-scheme:dark" in page and "<details>" in page
        assert not re.search(r"<(script|link|img|iframe|object|form|a)\b|\bsrc=|url\(|@import", page, re.I), page
        assert "default-src 'none'" in page
        assert "secret body" not in page and "Quarterly" not in page


@tap.case("the page in Russian")
def _():
    with lab.sandbox("--fault", "cert-expired") as (home, box):
        page = page_of(home, case_of(home, box, *lab.compose()), "--lang", "ru")
        words = texts(page)
        assert 'lang="ru"' in page and "Исключено" in words and "Что делать" in words and "подтверждено" in words


@tap.case("words of a hostile server stay words")
def _():
    with lab.sandbox("--fault", f"banner-554=554 5.7.1 {HOSTILE}") as (home, box):
        page = page_of(home, case_of(home, box, *lab.compose(), server=box.plain()))
        assert "<script" not in page.lower() and "<img" not in page.lower() and "\x1b" not in page, page
        assert "<script>alert(1)</script>" in texts(page)


@tap.case("a page of what is healthy, and of what no rule knows")
def _():
    with lab.sandbox() as (home, box):
        path = home.path / "case.json"
        lab.expect(home.run("send", *box.server(), *lab.compose("--save", str(path)), stdin=b"x\n"), 0)
        value = lab.result(report(home, str(path), "--json", status=0))
        page = home.path / "healthy.html"
        report(home, str(path), "--html", str(page), status=0)
        assert value["outcome"] == "healthy" and "Nothing wrong was found" in texts(page.read_text())
        blank = home.write("blank.json", json.dumps({
            "schema": "sendwell/case/1", "started": "2026-01-01T00:00:00Z", "program": "x", "result": None, "facts": [
                {"type": "send.result", "stage": "final", "source": "session", "at_us": 0,
                 "fields": {"outcome": "not_sent", "failure": "strange", "stage": "data"}}]}))
        assert "no known cause fits" in texts(page_of(home, blank))
        assert "no known cause fits" in report(home, blank).stdout.decode().replace("\n", " ")
        russian = report(home, blank, "--lang", "ru").stdout.decode().replace("\n", " ")
        assert "ни одна известная причина" in russian, russian
        value = lab.result(report(home, blank, "--json"))
        assert value["outcome"] == "problem" and value["findings"] == [] and not value["decided"], value


def verdict(home, case):
    value = lab.result(report(home, case, "--json"))
    return [(f["code"], f["state"], f["confidence"], f["rule"], f["explained_by"]) for f in value["findings"]]


def secrets_of(case, *more):
    """Names that must not leave: our host, and what was given."""
    facts = json.loads(pathlib.Path(case).read_text())["facts"]
    host = next(f["fields"]["hostname"] for f in facts if f["type"] == "local.env")
    return [host, SECRET, "secret body", "Quarterly", *more]


@tap.case("what is shared holds no name and no secret, and is judged the same")
def _():
    text = "550 5.1.1 <jane.q.roe@example.net>: no mailbox jane.q.roe here, says 10.11.12.13"
    for fault, argv in (("reply-at=RCPT:" + text, []), ("cert-expired", []), (f"banner-554=554 5.7.1 no 192.168.44.55", []),
                        ("auth-535", ["--user", "kate.t.poe@example.org", "--password-file", "PASSWORD"])):
        with lab.sandbox("--fault", fault) as (home, box):
            password = home.write("password", SECRET + "\n")
            argv = [password if a == "PASSWORD" else a for a in argv]
            case = case_of(home, box, "--from", "kate.t.poe@example.org", "--to", "jane.q.roe@example.net", "--subject",
                           "Quarterly", "--ehlo", "laptop-of-kate.corp.example", *argv)
            path = home.path / "shared.json"
            report(home, case, "--share", str(path))
            shared = path.read_text()
            for secret in secrets_of(case, "jane.q", "kate", "laptop", "10.11.12.13", "192.168.44.55"):
                assert not re.search(rf"(?<![a-z0-9]){re.escape(secret)}(?![a-z0-9])", shared, re.I), (secret, shared)
            assert "@example.net" in shared and json.loads(shared)["report"][0], shared
            assert verdict(home, case) == verdict(home, str(path)), fault
            assert verdict(home, case), fault


@tap.case("hashes differ from file to file")
def _():
    with lab.sandbox("--fault", "banner-554") as (home, box):
        case = case_of(home, box, "--from", "jane.roe@example.org", "--to", "x@example.net", server=box.plain())
        senders = []
        for name in ("a.json", "b.json"):
            report(home, case, "--share", str(home.path / name))
            facts = json.loads((home.path / name).read_text())["facts"]
            senders.append(next(f["fields"]["sender"] for f in facts if f["type"] == "send.wish"))
        assert senders[0] != senders[1] and all(s.endswith("@example.org") for s in senders), senders


@tap.case("standard output has one of them; what cannot be written is told")
def _():
    with lab.sandbox("--fault", "banner-554") as (home, box):
        case = case_of(home, box, *lab.compose(), server=box.plain())
        done = report(home, case, "--html", "-")
        assert done.stdout.startswith(b"<!DOCTYPE html>") and done.stdout.rstrip().endswith(b"</html>"), done.stdout[:200]
        assert json.loads(report(home, case, "--share", "-").stdout)["schema"] == "sendwell/case/1"
        lab.one_line(report(home, case, "--html", "-", "--share", "-", status=64), "standard output")
        lab.one_line(report(home, case, "--json", "--share", "-", status=64), "standard output")
        lab.one_line(report(home, case, "--html", "/nowhere/x.html", status=73), "/nowhere")


if __name__ == "__main__":
    sys.exit(tap.main())
