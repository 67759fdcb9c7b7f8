#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every line `yes` and `no` of the rules and errors in data/, each a test: the program that checks rules writes TAP."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

RULES = os.path.join(tap.BUILD, "tools", "knowledge", "rules")

if __name__ == "__main__":
    sys.exit(subprocess.run([RULES, "--tap", "--quiet", os.path.join(tap.ROOT, "data")]).returncode)
