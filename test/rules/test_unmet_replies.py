#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Replies written without looking at the rules get one of the categories that are right, and nothing of the sender's
side strikes an address off."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

RULES = os.path.join(tap.BUILD, "tools", "knowledge", "rules")
REPLIES = os.path.join(tap.ROOT, "test", "data", "replies", "unmet.tsv")
OURS = ("policy.", "sender.", "content.", "auth.", "account.", "tls.")


@tap.case("replies that no rule was made for are understood", timeout=60)
def _():
    with open(REPLIES, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f][1:]
    texts = "".join(text.replace("\\n", " ") + "\n" for _, text in rows)
    done = subprocess.run([RULES, "--classify", "--quiet", os.path.join(tap.ROOT, "data")], input=texts.encode(),
                          stdout=subprocess.PIPE, check=True)
    answers = [line.split("\t") for line in done.stdout.decode().splitlines() if not line.startswith("\t")]
    assert len(answers) == len(rows) > 200, (len(answers), len(rows))
    wrong = []
    for (right, text), answer in zip(rows, answers):
        ours = all(category.startswith(OURS) for category in right.split(","))
        if answer[0] not in right.split(",") or (ours and "suppress" in answer):
            wrong.append((right, answer, text))
    assert not wrong, wrong


if __name__ == "__main__":
    sys.exit(tap.main())
