#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The program that checks rules finds what is wrong with them, and says where."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

RULES = os.path.join(tap.BUILD, "tools", "knowledge", "rules")
TEXT = "{en: x, ru: ж}"
BASE = f"""categories:
  - id: a.one
    title: {TEXT}
    meaning: {TEXT}
    who: nobody
    retry: normal
    list_action: keep
    scope: message
  - id: b.two
    title: {TEXT}
    meaning: {TEXT}
    who: nobody
    retry: normal
    list_action: keep
    scope: message
"""
GOOD = """rules:
  - id: first
    text: [first words]
    category: a.one
    yes: ["550 first words", "@mx=mx.example.com @stage=final 550 first words"]
    no: ["550 other words"]
  - id: second
    text: [second words]
    category: b.two
    yes: ["550 second words"]
"""


def rules(files, *arguments, stdin=""):
    """(status, output) of a run over files in a directory of its own; names there stay short."""
    with tempfile.TemporaryDirectory(prefix="sendwell-rules-") as directory:
        os.mkdir(os.path.join(directory, "replies"))
        for name, text in files.items():
            with open(os.path.join(directory, name), "w", encoding="utf-8") as out:
                out.write(text)
        done = subprocess.run([RULES, *[a.format(directory) for a in arguments], directory], input=stdin.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
        return done.returncode, done.stdout.decode().replace(directory + "/", "")


def one(text, *arguments, stdin=""):
    return rules({"base.yaml": BASE, "replies/r.yaml": text}, *arguments, stdin=stdin)


@tap.case("good rules pass, and are counted")
def _():
    status, output = one(GOOD)
    assert status == 0, output
    assert "3 categories" in output and "2 rules" in output and "4 tests, 0 failed, 0 complaints" in output, output


@tap.case("TAP has a result for each line, and a plan")
def _():
    status, output = one(GOOD, "--tap")
    lines = output.splitlines()
    assert status == 0 and sum(line.startswith("ok ") for line in lines) == 5, output
    assert "1..5" in lines, output


@tap.case("a line that another category's rule wins is told with its place and the winner")
def _():
    text = GOOD.replace('yes: ["550 second words"]', 'yes:\n      - "550 second words"\n      - "550 first words"')
    status, output = one(text)
    assert status == 1 and "replies/r.yaml:12: second: won by rule first (a.one, 65)" in output, output
    status, output = one(text, "--tap")
    assert status == 1 and "\nnot ok " in output and output.count("not ok ") == 1, output


@tap.case("a `no` line that the rule wins, a line of a wrong form")
def _():
    status, output = one(GOOD.replace("550 other words", "550 first words"))
    assert status == 1 and "replies/r.yaml:6: first: won by rule first" in output, output
    status, output = one(GOOD.replace("@stage=final", "@stage=lunch"))
    assert status == 1 and "replies/r.yaml:5: no such stage" in output, output
    status, output = one(GOOD.replace("@stage=final", "@mood=good"))
    assert status == 1 and "expected @mx=" in output, output


@tap.case("a broken file, and what it takes along")
def _():
    status, output = one(GOOD.replace("category: b.two", "category: b.three"))
    assert status == 1 and 'replies/r.yaml:9: category "b.three" is not among the categories' in output, output


@tap.case("short patterns, the same twice, rules that win nothing, things that nobody uses")
def _():
    text = GOOD + """  - id: third
    text: [spam]
    category: b.two
    yes: ["550 second words spam"]
  - id: fourth
    text: [first words]
    category: b.two
    yes: ["550 second words"]
"""
    status, output = one(text)
    assert status == 0, output
    assert 'r.yaml:12: warning: third: "spam" is short' in output, output
    assert 'warning: fourth: "first words" stands in first (another category) already' in output, output
    assert "r.yaml:11: warning: third: wins none of its own yes lines" in output, output
    status, output = rules({"base.yaml": BASE})
    assert "warning: categories: nothing refers to b.two" in output, output
    assert "warning" not in one(text, "--quiet")[1].replace(" warnings", "")


@tap.case("lines of errors are run too")
def _():
    error = f"""errors:
  - id: e
    text: [some error]
    title: {TEXT}
    meaning: {TEXT}
    category: a.one
    stage: tcp
    yes: ["some error", "another"]
    no: ["this some error"]
"""
    status, output = one(error)
    assert status == 1 and "3 tests, 2 failed" in output and "r.yaml:8: e: won by nothing" in output, output


@tap.case("a table is scored")
def _():
    table = "text\tcategory\treply_page\nfirst words\ta.one\t550\n550 second words\ta.one\t\n"
    files = {"base.yaml": BASE, "replies/r.yaml": GOOD, "t.tsv": table}
    status, output = rules(files, "--score", "{0}/t.tsv")
    assert status == 0 and "category right: 1 of 2 (50.0 %)" in output, output
    assert "1  a.one taken for b.two" in output, output
    files["t.tsv"] = "words\nx\n"
    assert rules(files, "--score", "{0}/t.tsv")[0] == 1
    assert rules(files, "--score", "{0}/none.tsv")[0] == 1


@tap.case("lines of standard input are classified")
def _():
    status, output = one(GOOD, "--classify", stdin="@stage=final 450 4.1.1 first words\n")
    assert status == 0 and output.startswith("a.one\trule first\t65\t450 4.1.1\tnormal\tkeep"), output


@tap.case("wrong arguments, a directory that is not there")
def _():
    assert subprocess.run([RULES], stderr=subprocess.DEVNULL).returncode == 64
    assert subprocess.run([RULES, "--none", "x"], stderr=subprocess.DEVNULL).returncode == 64
    assert subprocess.run([RULES, "/nonexistent"], stderr=subprocess.DEVNULL).returncode == 1


if __name__ == "__main__":
    sys.exit(tap.main())
