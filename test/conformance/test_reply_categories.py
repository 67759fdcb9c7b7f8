#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reply texts of providers, labelled by hand by others, and how many of them get the category they should. The texts
are read in place; they are a measure, and no rule was made for one of them alone."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

CORPORA = os.environ.get("SENDWELL_CORPORA", os.path.join(tap.ROOT, "..", "shared", "corpora"))
REPLIES = os.path.join(CORPORA, "bounces", "replies.tsv")
RULES = os.path.join(tap.BUILD, "tools", "knowledge", "rules")
RESULT = re.compile(r"^category right: (\d+) of (\d+) .*, family: (\d+) ", re.M)


@tap.case("nine of ten replies of providers get their category, and nearly all their family", timeout=120)
def _():
    if not os.path.exists(REPLIES):
        tap.skip("no labelled replies here; SENDWELL_CORPORA names their directory")
    done = subprocess.run([RULES, "--score", REPLIES, os.path.join(tap.ROOT, "data")], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    output = done.stdout.decode()
    found = RESULT.search(output)
    assert done.returncode == 0 and found, output
    right, total, family = (int(number) for number in found.groups())
    assert total >= 100, output
    assert right >= 0.9 * total and family >= 0.95 * total, output


if __name__ == "__main__":
    sys.exit(tap.main())
