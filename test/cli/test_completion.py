#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Completion of the command line in bash, zsh and fish."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap

SCRIPTS = os.path.join(tap.BUILD, "doc", "completion")

ASK = r"""
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_sendwell
printf '%s\n' "${COMPREPLY[@]}"
"""


def bash(*words, cwd=None):
    done = subprocess.run(["bash", "--norc", "-c", ASK, "ask", os.path.join(SCRIPTS, "sendwell"), "sendwell", *words],
                          capture_output=True, text=True, timeout=20, cwd=cwd, check=True)
    assert done.stderr == "", done.stderr
    return done.stdout.split()


@tap.case("bash: commands, and the options that all of them take")
def _():
    assert bash("se") == ["send"]
    assert {"send", "verify", "diagnose", "explain", "analyze", "sandbox"} <= set(bash(""))
    assert bash("--js") == ["--json"]
    assert "--attach" not in bash("--")


@tap.case("bash: a command's own options, also their negative form")
def _():
    names = bash("send", "--")
    assert {"--attach", "--server", "--pipelining", "--no-pipelining", "--ipv6"} <= set(names)
    assert "--list-faults" not in names and "--no-server" not in names
    assert "--list-faults" in bash("sandbox", "--li")
    assert bash("-q", "send", "--serv") == ["--server"]


@tap.case("bash: the words that an option takes, behind a blank and behind a sign")
def _():
    assert bash("send", "--tls", "st") == ["starttls"]
    assert bash("send", "--tls", "=", "st") == ["starttls"]
    assert "starttls" in bash("send", "--tls", "=")
    assert bash("send", "--subject", "") == []


@tap.case("bash: files where files are meant, with blanks in them whole")
def _():
    with tempfile.TemporaryDirectory(prefix="sendwell-complete-") as place:
        open(os.path.join(place, "one.eml"), "w").close()
        os.mkdir(os.path.join(place, "inbox"))
        assert bash("send", "--message", "on", cwd=place) == ["one.eml"]
        assert bash("analyze", "", cwd=place) and set(bash("analyze", "", cwd=place)) == {"one.eml", "inbox"}
        assert bash("sandbox", "--store", "", cwd=place) == ["inbox"]
        # --html is a file to send here, and a file to write there: both are paths
        assert bash("diagnose", "--html", "o", cwd=place) == ["one.eml"]


@tap.case("bash: what stands behind the options")
def _():
    assert set(bash("verify", "")) == {"connection", "login", "recipients"}
    assert "send" in bash("help", "")
    assert bash("send", "") == []


for shell, name in (("zsh", "_sendwell"), ("fish", "sendwell.fish")):
    @tap.case(f"{shell} reads its script")
    def _(shell=shell, name=name):
        if not shutil.which(shell):
            tap.skip(f"{shell} is not installed")
        done = subprocess.run([shell, "-n", os.path.join(SCRIPTS, name)], capture_output=True, text=True, timeout=20)
        assert done.returncode == 0 and done.stderr == "", done.stderr


@tap.case("fish offers commands, options and their words")
def _():
    if not shutil.which("fish"):
        tap.skip("fish is not installed")

    def ask(line):
        done = subprocess.run(["fish", "--no-config", "-c", f"source {SCRIPTS}/sendwell.fish; complete -C '{line}'"],
                              capture_output=True, text=True, timeout=20, check=True)
        return [row.split("\t")[0] for row in done.stdout.splitlines()]
    assert "diagnose" in ask("sendwell ")
    assert "--attach" in ask("sendwell send --att")
    assert ask("sendwell send --tls st") == ["starttls"]
    assert set(ask("sendwell verify ")) == {"connection", "login", "recipients"}


if __name__ == "__main__":
    sys.exit(tap.main())
