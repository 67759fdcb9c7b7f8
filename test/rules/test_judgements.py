#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every condition and every case of data/judgements, each a test: the program that checks judgements writes TAP; and that
program finds what is wrong with them, and says where."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

CHECKER = os.path.join(tap.BUILD, "tools", "knowledge", "judgements")
DATA = os.path.join(tap.ROOT, "data")
GOOD = """judgements:
  - id: probe-rule
    finding: T08
    when:
      - "tls.handshake ok=false verify_code=10 as t"
      - "tls.certificate depth=$t.verify_depth not_after<$now as c"
    weight: 95
    proof: true
    because:
      2: {en: "ended on {c.not_after}", ru: "истёк {c.not_after}"}
    bind: {host: $t.expected_name}
    yes:
      - ["tls.handshake ok=false verify_code=10 verify_depth=0", "tls.certificate depth=0 not_after=1000"]
    no:
      - ["tls.handshake ok=true verify_code=0"]
"""


def check(text, *arguments, stdin=""):
    """(status, output) for one file beside the findings."""
    with tempfile.TemporaryDirectory(prefix="sendwell-judgements-") as directory:
        for name in ("categories.yaml", "causes.yaml", "causes-vendor.yaml", "remedies.yaml", "remedies-vendor.yaml"):
            shutil.copy(os.path.join(DATA, name), directory)
        shutil.copytree(os.path.join(DATA, "findings"), os.path.join(directory, "findings"))
        os.mkdir(os.path.join(directory, "judgements"))
        with open(os.path.join(directory, "judgements", "j.yaml"), "w", encoding="utf-8") as out:
            out.write(text)
        done = subprocess.run([CHECKER, *arguments, directory], input=stdin, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr


def refused(old, new, *words):
    assert old in GOOD, old
    status, output = check(GOOD.replace(old, new))
    assert status == 1, output
    for word in words:
        assert word in output, (word, output)


@tap.case("a good judgement passes, and is counted")
def good():
    status, output = check(GOOD)
    assert status == 0 and "1 judgements, 2 cases; 4 tests, 0 failed" in output, output


@tap.case("conditions that cannot be understood are told with file and line")
def conditions():
    refused("verify_code=10 as t", "verify_kode=10 as t", "j.yaml:2", "when 1", "no field \"verify_kode\"")
    refused("tls.handshake ok=false verify_code=10 as", "tls.handshakes ok=false as", "no fact type \"tls.handshakes\"")
    refused("$t.verify_depth", "$x.verify_depth", "when 2", "no condition before has the name \"x\"")
    refused("not_after<$now", "not_after<soon", "expected a whole number, not \"soon\"")
    refused("{c.not_after}\", ru", "{c.when}\", ru", "{c.when}: tls.certificate has no such field")
    refused("$t.expected_name", "$t.name", "$t.name: tls.handshake has no such field")


@tap.case("what the loader knows is told with file and line")
def loader():
    refused("finding: T08", "finding: T99", "j.yaml:3", "finding \"T99\" is not among the findings")
    refused("weight: 95", "weight: 101", "j.yaml:7", "expected 1 to 100")
    refused("bind: {host:", "bind: {house:", "j.yaml:11")
    refused("ru: \"истёк {c.not_after}\"", "ru: \"ended\"", "no Cyrillic letter")
    refused("      2: {en", "      3: {en", "`when` has 2 conditions")


@tap.case("cases that do not come out are told with what stands instead")
def cases():
    refused("depth=0 not_after=1000", "depth=0 not_after=9999999999", "SW-T08 must stand first", "ruled_out")
    refused("[\"tls.handshake ok=true verify_code=0\"]",
            "[\"tls.handshake ok=false verify_code=10 verify_depth=0\", \"tls.certificate depth=0 not_after=1000\"]",
            "j.yaml:15", "SW-T08 must not stand first", "SW-T08 confirmed 95")
    refused("      - [\"tls.handshake ok=true verify_code=0\"]\n", "", "no case in `no`")


@tap.case("facts from standard input are judged")
def judged():
    status, output = check(GOOD, "--judge", stdin="tls.handshake ok=false verify_code=10 verify_depth=0\n")
    assert status == 0 and "SW-T08 possible" in output and "wants tls.certificate depth=0" in output, output


def data():
    """The judgements of data/ themselves."""
    done = subprocess.run([CHECKER, DATA], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def missing():
    """Who writes a finding writes a judgement, or says why there can be none."""
    done = subprocess.run([CHECKER, "--missing", os.path.join(tap.ROOT, "data")], capture_output=True, text=True, check=True)
    assert done.stdout == "", done.stdout


tap.case("every finding has a judgement, or a reason why not")(missing)
tap.case("all judgements of data/ can be understood, and their cases come out")(data)

if __name__ == "__main__":
    sys.exit(tap.main())
