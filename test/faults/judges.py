# SPDX-License-Identifier: MIT
"""What may be said when memory was short: judges of a run, given what the server stored, the run, a name for it and the
run with memory enough."""

import json
import re

import ways


def text_of(p, what, stored):
    return "%s: exit %d, stored %s\n%s" % (what, p.returncode, stored, (p.stdout + p.stderr)[-1500:].decode("utf-8", "replace"))


class Blames(AssertionError):
    """Somebody is named as the cause of what failed for want of memory alone."""


def blamed(result):
    """Who is said to be the cause, when nothing but memory was wrong."""
    return [(f["code"], f["who"]) for f in result.get("findings") or [] if f["state"] in ("confirmed", "likely", "possible")]


def honest(stored, p, what, _clean):
    """The program ended by itself, and its word agrees with what the server stored."""
    text = text_of(p, what, len(stored))
    assert p.returncode >= 0, text
    if p.returncode == 0:
        assert len(stored) == 1, text
    if stored and p.returncode != 0:
        # Only honest when it says that it does not know, or when the report could not be made.
        assert p.returncode in (70, 71, 73, 74, 79), text
    assert p.returncode == 0 or p.stderr or p.stdout, text
    if p.stdout and not stored:
        result = json.loads(p.stdout)
        assert result.get("outcome") != "accepted", text
        # What fails with memory enough may stay what is named; what works is nobody's fault.
        if blamed(result):
            raise Blames(blamed(result), text)


def truthful(stored, p, what, _clean):
    """As honest, for programs that tell it in a sentence and not by their status."""
    text = text_of(p, what, len(stored))
    assert p.returncode >= 0, text
    if b"accepted the message" in p.stdout:
        assert len(stored) == 1, text
    assert not (stored and b" was not sent" in p.stdout), text


def honest_of_each(stored, p, what, _clean):
    """One result a row; what is told of a row agrees with what came of it."""
    text = text_of(p, what, len(stored))
    came = sorted(envelope["recipients"][0] for envelope, _ in stored)
    assert p.returncode >= 0 and len(set(came)) == len(came), text
    if p.returncode == 0:
        assert came == ways.PEOPLE, text
    for line in p.stdout.splitlines():
        value = json.loads(line)
        for r in value.get("recipients") or []:
            if r["outcome"] == "accepted":
                assert r["address"] in came, text
            if value.get("outcome") == "not_sent":
                assert r["address"] in ways.PEOPLE and r["address"] not in came, text
    assert p.returncode == 0 or p.stderr or p.stdout, text


def hosts_of(p):
    """Each place has a server of its own: that one's port is no part of the plan."""
    hosts = json.loads(p.stdout)["hosts"]
    return [dict(host, port="its own") if host["name"] == "127.0.0.1" else host for host in hosts]


def same_plan(stored, p, what, clean):
    """The whole plan, or a word why there is none."""
    text = text_of(p, what, len(stored))
    assert p.returncode >= 0 and not stored, text
    if p.returncode == 0:
        assert hosts_of(p) == hosts_of(clean), text
    else:
        assert p.stderr or p.stdout, text


def pool_told(stored, p, what, _clean):
    """send_pool prints what was not accepted alone, and a sum at the end."""
    text = text_of(p, what, len(stored))
    came = [envelope["recipients"][0] for envelope, _ in stored]
    assert p.returncode >= 0 and len(set(came)) == len(came), text
    told = re.search(rb"^(\d+) accepted, (\d+) uncertain", p.stdout, re.M)
    if told:
        assert int(told[1]) <= len(came) <= int(told[1]) + int(told[2]), text
    for who in re.findall(rb"^not_sent (\S+):", p.stdout, re.M):
        assert who.decode() not in came, text


def lines_of(p):
    return [json.loads(line) for line in p.stdout.splitlines()]


def is_error(value):
    return value.get("schema", "").startswith("sendwell/error/")


def same_or_unknown(_stored, p, what, clean):
    """What is said of each domain is what is said with memory enough, or that it could not be found out."""
    text = text_of(p, what, 0)
    assert p.returncode >= 0, text
    assert p.stdout or p.stderr, text
    right = {(value.get("domain"), row["test"]): row["status"] for value in lines_of(clean) for row in value["results"]}
    values = lines_of(p)
    if len(values) < len(lines_of(clean)) or any(map(is_error, values)):
        assert p.returncode in (70, 71, 73, 74), text
    for value in values:
        for row in value.get("results", []):
            assert row["status"] in (right[value.get("domain"), row["test"]], "untested", "not_tested"), (row, text)


def same_or_told(_stored, p, what, clean):
    """All that is said with memory enough, or a status and a word that something failed here."""
    text = text_of(p, what, 0)
    assert p.returncode >= 0, text
    if p.returncode == clean.returncode and not p.stderr:
        assert p.stdout == clean.stdout, text + "\ninstead of\n" + clean.stdout[-1500:].decode("utf-8", "replace")
        return
    assert p.returncode == clean.returncode or p.returncode in (66, 70, 71, 73, 74, 78), text
    assert p.stderr or p.stdout, text


def same_verdict(_stored, p, what, clean):
    """A result of one line in JSON: its outcome is the right one, or that of a failure here."""
    text = text_of(p, what, 0)
    assert p.returncode >= 0, text
    assert p.stdout or p.stderr, text
    if p.returncode == clean.returncode:
        assert [v.get("outcome") for v in lines_of(p)] == [v.get("outcome") for v in lines_of(clean)], text
    else:
        assert p.returncode in (70, 71, 73, 74), text


def same_signatures(_stored, p, what, clean):
    """What is said of each signature, or that its key could not be looked up now."""
    text = text_of(p, what, 0)
    assert p.returncode >= 0, text
    said = [[s["status"] for s in v.get("signatures", [])] for v in lines_of(p) if not is_error(v)]
    if p.returncode == clean.returncode:
        assert said == [[s["status"] for s in v["signatures"]] for v in lines_of(clean)], text
    else:
        assert p.returncode in (2, 70, 71, 73, 74), text
        assert all(status == "temperror" for row in said for status in row), text


def never_sent(stored, p, what, _clean):
    """The domain says who may take its mail, and this host is not it: not for want of memory either."""
    text = text_of(p, what, len(stored))
    assert not stored and p.returncode > 0, text
    assert p.stdout or p.stderr, text


def same_diagnosis(_stored, p, what, clean):
    """What is named as the cause is what is named with memory enough; else that something failed here."""
    text = text_of(p, what, 0)
    assert p.returncode >= 0, text
    assert p.stdout or p.stderr, text
    if not p.stdout or "findings" not in json.loads(p.stdout):
        assert p.returncode in (66, 70, 71, 73, 74), text
        return
    right = {row["code"] for row in json.loads(clean.stdout)["findings"]}
    said = {row["code"] for row in json.loads(p.stdout)["findings"]}
    assert said <= right or p.returncode in (70, 71, 73, 74), (sorted(said - right), text)


def kept_its_word(stored, p, what, _clean):
    """The sandbox has what it said that it has: p.args are the statuses of those who sent."""
    text = text_of(p, what, len(stored))
    assert p.returncode >= 0, text
    assert p.args.count(0) <= len(stored) <= len(p.args), (p.args, text)


def by_itself(_stored, p, what, clean):
    """It ends with the status that it has with memory enough, or one that says that something failed here."""
    text = text_of(p, what, 0)
    assert p.returncode == clean.returncode or p.returncode in (66, 70, 71, 73, 74, 78), text
    assert p.stdout or p.stderr, text


def nothing_sent(stored, p, what, clean):
    assert not stored, text_of(p, what, len(stored))
    by_itself(stored, p, what, clean)


def several_told(stored, p, what, _clean):
    """send_many prints a line for each."""
    text = text_of(p, what, len(stored))
    came = [envelope["recipients"][0] for envelope, _ in stored]
    assert p.returncode >= 0 and len(set(came)) == len(came), text
    for word, who in re.findall(rb"^(\S+) (\S+):", p.stdout, re.M):
        assert word != b"accepted" or who.decode() in came, text
        assert word not in (b"not_sent", b"bad") or who.decode() not in came, text
    assert p.returncode or sorted(came) == ways.PEOPLE, text
