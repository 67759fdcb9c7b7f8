# SPDX-License-Identifier: MIT
"""tools/demo is what newcomers see first: it must work, keep to itself, and notice when something is wrong."""
import os
import subprocess
import sys

import lab
import tap

DEMO = os.path.join(tap.ROOT, "tools", "demo")


def run(home, build):
    return subprocess.run([DEMO], env=home.env(BUILD=build, SENDWELL_TIMEOUT="nonsense"), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60 * lab.SLOW, check=False)


@tap.case("the demo shows a delivery and four troubles, and leaves nothing behind")
def _():
    with lab.Home() as home:
        done = run(home, tap.BUILD)
        text = done.stdout.decode()
        assert done.returncode == 0, text
        for words in ("accepted by", "certificate verified", "SCRAM-SHA-256", "Hello from the demo.",
                      "stopped at tls", "stopped at auth", "uncertain", '"outcome":"rejected"', "as expected"):
            assert words in text, (words, text)
        assert list(home.path.iterdir()) == [], list(home.path.rglob("*"))


@tap.case("the demo says so when the program does not do what was announced")
def _():
    with lab.Home() as home:
        fake = home.write("b/sendwell", f"#!/bin/sh\n[ \"$1\" = send ] && exit 0\nexec {tap.PROGRAM} \"$@\"\n", 0o755)
        done = run(home, os.path.dirname(fake))
        assert done.returncode == 1 and b"not as expected" in done.stdout, done


if __name__ == "__main__":
    sys.exit(tap.main())
