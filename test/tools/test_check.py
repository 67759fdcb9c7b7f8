#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The checkers themselves: each must find what it is there for."""

import importlib.machinery
import importlib.util
import io
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402


def load(name):
    """A tool without .py as a module."""
    path = os.path.join(tap.ROOT, "tools", name)
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


check = load("check")

# text, exit status, passed, failed, skipped
PROGRAMS = {
    "passes": ("1..2\nok 1 - a\nok 2 - b\n", 0, 2, 0, 0),
    "fails": ("1..2\nok 1 - a\nnot ok 2 - b\n# why\n", 1, 1, 1, 0),
    "has the plan last": ("ok 1 - a\n1..1\n", 0, 1, 0, 0),
    "skips with a reason": ("1..1\nok 1 - a # SKIP no root\n", 0, 0, 0, 1),
    "skips in silence": ("1..1\nok 1 - a # SKIP\n", 0, 0, 1, 0),
    "skips as cmocka does": ("1..1\nnot ok 1 # SKIP a\n", 0, 0, 1, 0),
    "skips as our C tests do": ("1..2\n# skipping: no root\nok 1 - a\nok 2 - b\n", 0, 1, 0, 1),
    "skips as a whole": ("1..0 # SKIP no server\n", 0, 0, 0, 1),
    "stops early": ("1..3\nok 1 - a\n", 0, 1, 1, 0),
    "says nothing": ("", 0, 0, 1, 0),
    "has no plan": ("ok 1 - a\n", 0, 1, 1, 0),
    "crashes after all cases": ("1..1\nok 1 - a\n", -11, 1, 1, 0),
    "fails in its fixture": ("1..1\nnot ok 0 - group\n", 1, 0, 1, 0),
    "bails out": ("1..1\nok 1 - a\nBail out! no disk\n", 1, 1, 1, 0),
    "is late": ("1..1\nok 1 - a\n", None, 1, 1, 0),
}

for words, expected in PROGRAMS.items():
    def reads(row=expected):
        text, status, *counts = row
        result = check.Result()
        check.read_program("p", status, text, result)
        assert [result.passed, len(result.failures), len(result.skips)] == counts, vars(result)

    tap.case(f"tools/check counts a program that {words}")(reads)


def failing():
    raise AssertionError("of no use")


def late():
    while True:
        pass


def skipping():
    tap.skip("no reason to run")


@tap.case("what Python tests print is read as it was meant")
def _():
    out = io.StringIO()
    t = tap.Tap(out)
    t.run("good # name\nof two lines", lambda: None)
    t.run("bad", failing)
    t.run("slow", late, timeout=0.05)
    t.run("left out", skipping)
    t.run("leaves", lambda: sys.exit(0))
    status = t.done()
    result = check.Result()
    check.read_program("p", status, out.getvalue(), result)
    assert (result.passed, len(result.failures), len(result.skips)) == (1, 3, 1), out.getvalue()
    assert any("of no use" in line for line in result.failures[0][1]), result.failures[0]
    assert result.skips[0][1] == "no reason to run", result.skips


@tap.case("a Python test without cases fails")
def _():
    assert tap.Tap(io.StringIO()).done() == 1


def run_on_tree(tool, files):
    """Exit status and complaints of a checker for a tree of these files."""
    with tempfile.TemporaryDirectory() as root:
        for name in ("floors", "banned", "banned.allow"):
            os.makedirs(os.path.join(root, "tools"), exist_ok=True)
            with open(os.path.join(tap.ROOT, "tools", name), encoding="utf-8") as f:
                files.setdefault("tools/" + name, "" if name == "banned.allow" else f.read())
        for name, content in files.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(content)
        done = subprocess.run([os.path.join(tap.ROOT, "tools", tool), root], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=20, check=False)
        return done.returncode, done.stderr


# file, line, whether it is fine
INCLUDES = [
    ("src/smtp/a.c", '#include "smtp/b.h"', True),
    ("src/smtp/a.c", '#include "base/buf.h"', True),
    ("src/smtp/a.c", "#include <sendwell/types.h>", True),
    ("src/smtp/a.c", "#include <string.h>", True),
    ("src/smtp/a.c", '#include "verdict/facts.h"', False),
    ("src/smtp/a.c", '  #  include "client/session.h"', False),
    ("src/smtp/a.c", '#include "a.h"', False),
    ("src/smtp/a.c", '#include "attic/a.h"', False),
    ("src/smtp/a.c", "#include <sys/socket.h>", False),
    ("src/smtp/a.c", "#include <sendwell/mailer.h>", False),
    ("src/net/a.c", "#include <sys/socket.h>", True),
    ("src/base/a.h", '#include "codec/base64.h"', False),
    ("src/cli/a.c", "#include <sendwell/mailer.h>", True),
    ("src/cli/a.c", '#include "cli/option.h"', True),
    ("src/cli/a.c", '#include "base/buf.h"', False),
    ("src/attic/a.c", "#include <string.h>", False),
]


@tap.case("check-layers finds each include in the wrong direction")
def _():
    for path, line, fine in INCLUDES:
        status, errors = run_on_tree("check-layers", {path: line + "\n"})
        assert (status == 0) == fine, (path, line, errors)
        assert fine or f"{path}:1:" in errors, errors


CALLS = [
    ("src/net/a.c", "x = strcpy(a, b);", False),
    ("src/net/a.c", "f = &malloc;", False),
    ("src/net/a.c", "free(x); open (y);", False),
    ("src/net/a.c", "s->free(x); s.open(y); bool open; sw_free(x); /* free(x) */ t = \"free(x)\";", True),
    ("src/base/mem.c", "free(x);", True),
    ("src/base/file.c", "free(x);", False),
    ("src/net/a.c", "printf(x);", False),
    ("src/cli/a.c", "printf(x);", True),
    ("src/cli/a.c", "system(x);", False),
    ("examples/a.c", "printf(x); exit(1);", True),
    ("examples/a.c", "gets(x);", False),
]


@tap.case("check-banned finds each call that goes round a choke point")
def _():
    for path, line, fine in CALLS:
        status, errors = run_on_tree("check-banned", {path: line + "\n"})
        assert (status == 0) == fine, (path, line, errors)


@tap.case("check-banned accepts an exception and refuses one that excuses nothing")
def _():
    allow = {"tools/banned.allow": "src/net/a.c free json_dumps allocates with malloc\n"}
    assert run_on_tree("check-banned", {"src/net/a.c": "free(x);", **allow})[0] == 0
    assert run_on_tree("check-banned", {"src/net/a.c": "", **allow})[0] == 1


if __name__ == "__main__":
    sys.exit(tap.main())
