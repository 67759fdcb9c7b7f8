#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Many messages over many sessions to a real Postfix that is restarted half way: each is accepted once, or
reported as uncertain. SW_MANY=10000 is the whole, fewer are enough for every day."""

import collections
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import real  # noqa: E402
import tap  # noqa: E402

MANY = int(os.environ.get("SW_MANY", "1000"))
SESSIONS = 20
EXTRA = """enable_long_queue_ids = yes
default_process_limit = 40
virtual_destination_concurrency_limit = 20
"""


class World:
    def __init__(self, directory):
        self.dir = directory
        os.chmod(directory, 0o755)
        self.postfix = real.Postfix(os.path.join(directory, "postfix"),
                                    real.Authority(os.path.join(directory, "ca")), EXTRA)
        self.postfix.start()
        self.env = dict(os.environ, HOME=directory, XDG_STATE_HOME=os.path.join(directory, "state"),
                        XDG_CONFIG_HOME=os.path.join(directory, "config"))
        for key in [k for k in self.env if k.startswith("SENDWELL_")]:
            del self.env[key]

    def path(self, name):
        return os.path.join(self.dir, name)

    def rows(self, name, count):
        with open(self.path(name), "w") as f:
            f.write("email,name,number\n")
            for i in range(count):
                f.write("user%d@example.test,\"Number %d, Esq.\",%d\n" % (i, i, i))
        with open(self.path("letter.txt"), "w") as f:
            f.write("Dear {{name}},\n\n" + "this is the letter number {{number}}.\n" * 24)
        return self.path(name)

    def start(self, rows, *more):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path("results"))
        return subprocess.Popen(
            [tap.PROGRAM, "--json", "send", "--server", "smtp://127.0.0.1:%d" % self.postfix.smtp, "--tls", "none",
             "--from", "sender@example.test", "--merge", rows, "--subject", "Letter {{number}}", "--text",
             self.path("letter.txt"), "--sessions", str(SESSIONS), "--results", self.path("results"), *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env)

    def results(self):
        try:
            with open(self.path("results")) as f:
                return [json.loads(line) for line in f if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def restart(self):
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        for what in ("stop", "start"):
            # The old master may still hold its lock for a moment.
            for left in range(20, -1, -1):
                done = subprocess.run(["postfix", "-c", os.path.join(self.postfix.dir, "etc"), what], check=False,
                                      env=dict(os.environ, PATH=path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                if done.returncode == 0:
                    break
                assert left, (what, done.stdout)
                time.sleep(0.5)
        real.wait_port(self.postfix.smtp)

    def queue_ids(self, least, seconds):
        """{Message-ID: queue ids under which it was taken in}; waits until nothing more comes."""
        end = time.monotonic() + seconds
        before = -1
        while time.monotonic() < end:
            now = len(self.postfix.delivered())
            if now >= least and now == before:
                break
            before = now
            time.sleep(1)
        found = collections.defaultdict(set)
        for path in self.postfix.delivered():
            with open(path, "rb") as f:
                text = f.read().decode("ascii", "replace")
            message_id = re.search(r"^Message-ID: <([^>]+)>", text, re.M | re.I).group(1)
            # A server that is killed while it delivers may deliver twice: what counts is how often it took it in.
            found[message_id].add(re.search(r"\bid ([0-9A-Za-z]+)", text).group(1))
            os.unlink(path)
        return found


def compare(results, taken, count):
    outcomes = collections.Counter(r["outcome"] for r in results)
    assert len(results) == count, (len(results), outcomes)
    assert len({r["name"] for r in results}) == count, "a message has two results"
    for r in results:
        times = len(taken.get(r["message_id"], ()))
        assert times <= 1, "taken in %d times: %s" % (times, r)
        assert r["outcome"] != "accepted" or times == 1, "accepted, and not there: %s" % r
        assert r["outcome"] in ("accepted", "uncertain") or times == 0, "there, and not accepted: %s" % r
    return outcomes


def cases(world):
    def restart():
        rows = world.rows("rows.csv", MANY)
        began = time.monotonic()
        p = world.start(rows)
        while len(world.results()) < MANY // 3 and p.poll() is None:
            time.sleep(0.1)
        assert p.poll() is None, p.communicate()
        world.restart()
        out, err = p.communicate(timeout=600)
        took = time.monotonic() - began
        sums = json.loads(out)
        assert sums["messages"] == MANY and sums["sessions"] >= SESSIONS, (sums, err)
        taken = world.queue_ids(sums["accepted"], 300)
        outcomes = compare(world.results(), taken, MANY)
        assert outcomes["accepted"] + outcomes["uncertain"] == MANY, (
            outcomes, [r for r in world.results() if r["outcome"] not in ("accepted", "uncertain")][:3])
        assert p.returncode == (79 if outcomes["uncertain"] else 0), (p.returncode, outcomes)
        print("# %d messages, %d sessions in all, %.1f s: %s" % (MANY, sums["sessions"], took, dict(outcomes)))
    yield "%d messages over %d sessions, one restart: once, or uncertain" % (MANY, SESSIONS), restart

    def killed():
        count = max(MANY // 5, 100)
        rows = world.rows("killed.csv", count)
        resume = world.path("resume")
        p = world.start(rows, "--resume", resume)
        while len(world.results()) < count // 3 and p.poll() is None:
            time.sleep(0.02)
        p.kill()
        p.communicate()
        first = world.results()
        p = world.start(rows, "--resume", resume)
        out, err = p.communicate(timeout=300)
        sums, second = json.loads(out), world.results()
        assert sums["messages"] + sums["skipped"] == count, (sums, err)
        told = {r["name"]: r for r in first}
        for r in second:
            assert r["name"] not in told or told[r["name"]]["outcome"] == "uncertain", r
        taken = world.queue_ids(sums["accepted"], 120)
        assert all(len(ids) == 1 for ids in taken.values()), taken
        # Nobody is left out who is not said to be uncertain.
        accepted = sum(r["outcome"] == "accepted" for r in [*first, *second])
        uncertain = sum(r["outcome"] == "uncertain" for r in second)
        assert accepted + uncertain + sums["skipped"] - len(first) == count, (accepted, uncertain, sums)
        assert accepted <= len(taken) <= accepted + uncertain + 1, (accepted, uncertain, len(taken))
    yield "a run that is killed goes on where it was, and sends nothing twice", killed


def main():
    t = tap.Tap()
    missing = real.missing("postfix", "openssl")
    if os.geteuid() != 0:
        missing.append("root")
    if missing:
        t.skip("many messages to a real Postfix", "needs " + ", ".join(missing))
        return t.done()
    directory = tempfile.mkdtemp(prefix="sendwell-many-")
    world = None
    try:
        world = World(directory)
        for name, case in cases(world):
            t.run(name, case, timeout=1500)
    finally:
        if world:
            world.postfix.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
