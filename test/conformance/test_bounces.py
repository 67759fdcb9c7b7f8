#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The bounce reader: our own messages, good and broken, and messages that are no bounces, with what must be said of
them; then the public samples with their labels, when they are beside this tree."""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

CORPORA = os.environ.get("SENDWELL_CORPORA", os.path.join(tap.ROOT, "..", "shared", "corpora"))
SAMPLES = os.path.join(CORPORA, "bounces")
OWN = os.path.join(tap.ROOT, "test", "data", "bounces")
TOOL = os.path.join(tap.BUILD, "tools", "mail", "bounces")
# What is known may be another than the built-in.
DATA = ["--data", os.environ["SENDWELL_DATA"]] if os.environ.get("SENDWELL_DATA") else []

STAGES = {"dns": 2, "tcp": 3, "greeting": 4, "ehlo": 5, "tls": 6, "auth": 7, "envelope": 8, "data": 9, "final": 10}
# What must not be lost again. The labels of the samples name reasons as one program saw them: the same words are
# "userunknown" in one sample and "filtered" in another, by what that program knew of the command; so a reason is right
# when it is any of the names that our category has there.
BARS = {"found": 0.99, "recipient": 0.99, "reply": 0.97, "enhanced": 0.975, "reason": 0.915, "action": 0.94}
REASON_BAR = 0.915
# Labelled "no bounce" because one program did not read them. Nothing in them but their makers' unknown layout tells them
# from other bounces: null sender, Auto-Submitted, a postmaster who tells the sender what became of his message.
MISLABELLED = {"rb-issue-368-bug.eml": "a postmaster's notice to the sender: the mailbox of the recipient is full"}
# What the sender must mend says nothing against the recipient.
SENDER_SIDE = {"authfailure", "badreputation", "blocked", "norelaying", "policyviolation", "requireptr", "securityerror",
               "spamdetected", "speeding", "toomanyconn", "virusdetected", "contenterror", "notcompliantrfc"}


def read(*paths):
    p = subprocess.run([TOOL, *DATA, "--json", *paths], capture_output=True, timeout=300)
    assert p.returncode == 0, p.stderr[-2000:]
    return [json.loads(line) for line in p.stdout.decode().splitlines()]


def recipient_flaws(got, want, knows):
    for key in ("address", "action", "code", "enhanced", "host", "final"):
        if key in want and got[key] != want[key]:
            yield "%s %r, wanted %r" % (key, got[key], want[key])
    if "words" in want and want["words"] not in got["diagnostic"]:
        yield "diagnostic %r lacks %r" % (got["diagnostic"], want["words"])
    if "stage" in want and got["stage"] != STAGES[want["stage"]]:
        yield "stage %r, wanted %r" % (got["stage"], want["stage"])
    for key in ("category", "list_action", "reason"):
        if knows and key in want and got[key] != want[key]:
            yield "%s %r, wanted %r" % (key, got[key], want[key])


def flaws(got, want, knows):
    if got["is_bounce"] != want["is_bounce"]:
        yield "is_bounce %r (%s)" % (got["is_bounce"], got["why"])
        return
    if not got["is_bounce"]:
        return
    for key in ("layout", "feedback_type", "reporting_mta"):
        if key in want and got[key] != want[key]:
            yield "%s %r, wanted %r" % (key, got[key], want[key])
    for key, value in want.get("original", {}).items():
        if got["original"][key] != value:
            yield "original %s %r, wanted %r" % (key, got["original"][key], value)
    if len(got["recipients"]) != len(want["recipients"]):
        yield "%d recipients, wanted %d: %r" % (len(got["recipients"]), len(want["recipients"]),
                                                [r["address"] for r in got["recipients"]])
        return
    for g, w in zip(got["recipients"], want["recipients"]):
        yield from recipient_flaws(g, w, knows)


def own(t):
    with open(os.path.join(OWN, "expected.json"), encoding="utf-8") as f:
        expected = json.load(f)
    found = {r["file"]: r for r in read(OWN) if r["file"].endswith(".eml")}
    knows = any(p["category"] == "recipient.unknown" for r in found.values() for p in r["recipients"])
    for name, want in expected.items():
        wrong = list(flaws(found[name], want, knows))
        t.check("own: " + name[:-4], not wrong, "\n".join(wrong))
    t.check("own: every message has its expectation", set(found) == set(expected), set(found) ^ set(expected))
    if not knows:
        t.skip("own: categories", "this build knows no categories")


def score(t):
    if not os.path.isdir(SAMPLES):
        t.skip("public samples", "not beside this tree (SENDWELL_CORPORA names the folder of the suites)")
        return
    p = subprocess.run([TOOL, *DATA, os.path.join(SAMPLES, "mails")], capture_output=True, timeout=300, check=True)
    with tempfile.NamedTemporaryFile(suffix=".tsv") as f:
        f.write(p.stdout)
        f.flush()
        s = subprocess.run(["/usr/bin/python3", os.path.join(SAMPLES, "score.py"),
                            os.path.join(SAMPLES, "expected.tsv"), f.name], capture_output=True, timeout=60, check=True)
    line = s.stdout.decode().splitlines()[0]
    rate = {k: float(v) for k, v in re.findall(r"(\w+)=\d+/\d+=([0-9.]+)", line)}
    for key, bar in BARS.items():
        t.check("samples: %s %.3f of %.2f" % (key, rate[key], bar), rate[key] >= bar, line)
    rows = {(r["file"], r["index"]): r for r in csv.DictReader(p.stdout.decode().splitlines(), delimiter="\t")}
    with open(os.path.join(SAMPLES, "expected.tsv"), encoding="utf-8") as f:
        expected = list(csv.DictReader(f, delimiter="\t"))
    wrong = [e["file"] for e in expected
             if e["reason"] in SENDER_SIDE and rows.get((e["file"], e["index"]), {}).get("action") == "hard"]
    t.check("samples: no recipient is struck off for what the sender must mend", not wrong, wrong)
    reasons(t, expected)


def category_names():
    """Category -> its names in the samples' terms."""
    folder = os.environ.get("SENDWELL_DATA") or os.path.join(tap.ROOT, "data")
    with open(os.path.join(folder, "categories.yaml"), encoding="utf-8") as f:
        pairs = re.findall(r"^  - id: (\S+)$.*?^ +sisimai: \[(.*?)\]", f.read(), re.S | re.M)
    return {name: set(re.split(r",\s*", names)) for name, names in pairs}


def reasons(t, expected):
    names = category_names()
    found = {}
    for r in read(os.path.join(SAMPLES, "mails")):
        for n, p in enumerate(r["recipients"], 1):
            found[r["file"], str(n)] = p["category"]
    right = 0
    for e in expected:
        accepted = {e["reason"], *e["accept_reasons"].split(",")}
        right += bool(accepted & names.get(found.get((e["file"], e["index"])), set()))
    rate = right / len(expected)
    t.check("samples: reason by any name of the category %.3f of %.2f" % (rate, REASON_BAR), rate >= REASON_BAR)


def negatives(t):
    folder = os.path.join(SAMPLES, "negative")
    if not os.path.isdir(folder):
        t.skip("public messages that are no bounces", "not beside this tree")
        return
    found = read(folder)
    wrong = [r["file"] for r in found if r["is_bounce"] and r["file"] not in MISLABELLED]
    t.check("samples: what is no bounce is taken for none", not wrong, wrong)
    for r in found:
        if r["file"] in MISLABELLED:
            t.skip("samples: %s is no bounce" % r["file"], "it is one: " + MISLABELLED[r["file"]])
    # Messages of other suites: none is a bounce but those that say so by their type or name.
    paths = []
    for suite in ("dkim", "arc", "headers", "dmarc"):
        for where, _, names in os.walk(os.path.join(CORPORA, suite)):
            paths += [os.path.join(where, n) for n in names if n.endswith((".eml", ".msg"))]
    if paths:
        wrong = ["%s: %s" % (r["file"], r["why"]) for r in read(*sorted(paths)) if r["is_bounce"]]
        t.check("%d messages of other suites are no bounces" % len(paths), not wrong, "\n".join(wrong))


def main():
    t = tap.Tap()
    if not os.path.exists(TOOL):
        t.plan(0, "no %s: built without it" % TOOL)
        return 0
    own(t)
    score(t)
    negatives(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
