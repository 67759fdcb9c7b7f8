# SPDX-License-Identifier: MIT
"""What a plain send loads: each library is a part of the time that the program takes to start."""
import re
import sys

import lab
import tap

# Loaded when they are needed (src/base/load.h), and what comes with them.
LAZY = {"libcurl", "libcyaml", "libgsasl", "libidn2", "libldns", "libpsl", "libunbound", "libunistring", "libyaml-0"}


def loaded(home, *argv):
    """The names of the libraries that a run loads, by glibc's loader; it has to succeed."""
    done = home.run(*argv, stdin=b"text\n", env=home.env(LD_DEBUG="files"))
    told = done.stderr.decode(errors="replace")
    names = set(re.findall(r"calling init: \S*/(lib[^/\s]*?)\.so", told))
    if not names:
        tap.skip("the loader does not tell what it loads (LD_DEBUG)")
    assert done.returncode == 0, told[-500:]
    return names


def expect(names, wanted=frozenset()):
    assert names & LAZY == set(wanted), sorted(names & LAZY)


@tap.case("a plain send loads nothing that it has no use for")
def plain():
    with lab.sandbox() as (home, box):
        expect(loaded(home, "send", *box.plain(), *lab.compose("--subject", "x")))


@tap.case("nor does one with TLS")
def with_tls():
    with lab.sandbox() as (home, box):
        expect(loaded(home, "send", *box.server(), *lab.compose("--subject", "x")))


@tap.case("a domain in other letters loads what reads it, another domain does not")
def other_letters():
    with lab.Home() as home:
        argv = ["send", "--dry-run", "--server", "127.0.0.1:1", "--from", lab.FROM, "--subject", "x"]
        expect(loaded(home, *argv, lab.TO))
        expect(loaded(home, *argv, "b@b\u00fccher.example"), {"libidn2", "libunistring"})


@tap.case("rules of one's own load what reads YAML, the built-in ones do not")
def rules():
    with lab.Home() as home:
        expect(loaded(home, "explain", "550 5.1.1 no such user"))
        home.write("rules/mine.yaml", "rules: []\n")
        expect(loaded(home, "explain", "--rules", str(home.path / "rules"), "550 5.1.1 no such user"),
               {"libcyaml", "libyaml-0"})


if __name__ == "__main__":
    sys.exit(tap.main())
