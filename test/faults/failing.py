# SPDX-License-Identifier: MIT
"""Runs of a program in which one allocation fails (failmalloc.c), for each way through it.

The number of an allocation differs between machines; what matters is from where it is asked for. So one run lists the
different stacks of calls that lead to allocations, and then each of them fails once: a sweep of all that can happen,
in a tenth of the runs. A stack that failed in an earlier way is not looked at again.

SW_FAULT_DEEP     1: OpenSSL's stacks, too, and the ways that lead mostly through libraries; else what is ours and ends soon
SW_FAULT_SECONDS  how long all sweeps of a suite take: when that is not enough a sample of OpenSSL's stacks, of which
                  there are most, and after three times as long a sample of all others; it is told
SW_FAULT_REPEAT   1: the second and the last allocation of each stack fail in turn, too, and each way fails all of its own
SW_FAULT_POINTS   by their numbers instead: how many allocations of each way fail in turn (0: all), SW_FAULT_FROM the
                  first of them
SW_FAULT_WAYS     the ways by parts of their names
SW_FAULT_JOBS     how many run at once"""

import collections
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import judges
import tap

FAILMALLOC = os.path.join(tap.BUILD, "test", "faults", "failmalloc.so")
SECONDS = int(os.environ.get("SW_FAULT_SECONDS", "120"))
DEEP = os.environ.get("SW_FAULT_DEEP", "") not in ("", "0")
REPEAT = os.environ.get("SW_FAULT_REPEAT", "") not in ("", "0")
POINTS = int(os.environ["SW_FAULT_POINTS"]) if os.environ.get("SW_FAULT_POINTS") else None
FROM = int(os.environ.get("SW_FAULT_FROM", "1"))
WAYS = os.environ.get("SW_FAULT_WAYS", "").split(",")
JOBS = int(os.environ.get("SW_FAULT_JOBS") or min(4, os.cpu_count() or 2))
RUN_SECONDS = 60
# GMP, which nettle counts with below libunbound, ends the process when it gets none.
FOREIGN = ("libunbound.", "libldns.", "libgmp.")
CRASHES = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS)


# What leads to allocations: its mark, the number of the first, how many, the library that allocates.
Stack = collections.namedtuple("Stack", "mark first count library")


class Late(AssertionError):
    """A run that did not end by itself."""


def needed():
    if not os.path.exists(FAILMALLOC):
        tap.skip("no failmalloc.so in this build")


def readable(trace):
    """The lines of backtrace_symbols_fd, with the names of our own functions where addr2line is there."""
    if not shutil.which("addr2line"):
        return trace
    lines = []
    for line in trace.splitlines():
        ours = re.match(re.escape(tap.BUILD) + r"/(\S+?)\(\+?(0x[0-9a-f]+)\)", line)
        if ours:
            found = subprocess.run(["addr2line", "-sfe", os.path.join(tap.BUILD, ours[1]), ours[2]], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, check=False, text=True).stdout.split()
            line = " ".join(found[:2])
        if "failmalloc" not in line:
            lines.append(re.sub(r"\[0x[0-9a-f]+\]$", "", line))
    return "\n".join("    " + line for line in lines[:24])


class Run:
    """Runs of one way at one place: something with `dir`, and what else may be there: `more_env`, `reset()` for what the
    program left behind, `messages()`, `call(run, argv, env, fds)` when it is more than one program."""

    def __init__(self, place, argv, text):
        self.place, self.argv, self.text = place, argv, text
        # No history: it would grow, and with it the number of allocations.
        self.env = dict(tap.clean_env(place.dir), SENDWELL_HISTORY="none", **getattr(place, "more_env", {}))

    def call(self, more, before=(), fds=()):
        getattr(self.place, "reset", lambda: None)()
        argv, env = [*before, *self.argv], dict(self.env, LD_PRELOAD=FAILMALLOC, **more)
        if hasattr(self.place, "call"):
            return self.place.call(argv, env, fds)
        p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, pass_fds=fds)
        try:
            out, err = p.communicate(self.text, timeout=RUN_SECONDS * (4 if before else 1))
        except subprocess.TimeoutExpired:
            # failmalloc.c tells where it was.
            p.send_signal(signal.SIGABRT)
            try:
                out, err = p.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                p.kill()
                out, err = p.communicate()
            raise Late("late: %s" % err[-3000:].decode("utf-8", "replace")) from None
        return subprocess.CompletedProcess(argv, p.returncode, out, err)

    def list(self):
        """(the run with memory enough, how many allocations, {mark of a stack: how many of them})."""
        self.taken()
        with tempfile.TemporaryFile("w+") as count, tempfile.TemporaryFile("w+") as stacks:
            fds = [count.fileno(), stacks.fileno()]
            p = self.call({"FAILMALLOC_COUNT": str(fds[0]), "FAILMALLOC_STACKS": str(fds[1])}, fds=fds)
            count.seek(0)
            stacks.seek(0)
            rows = [line.split() for line in stacks]
            return p, int(count.read().split()[-1]), [Stack(mark, int(first), int(n), name) for mark, first, n, name in rows]

    def failed(self, point, all_after):
        """(the run in which that allocation fails, where it was asked for: empty when it was not)."""
        with tempfile.TemporaryFile("w+") as shown:
            more = {"FAILMALLOC_SHOW": str(shown.fileno()), **({"FAILMALLOC_ALL": "1"} if all_after else {}), **point}
            p = self.call(more, fds=[shown.fileno()])
            shown.seek(0)
            return p, shown.read()

    def taken(self):
        """What came since the last time; it is removed."""
        found = self.place.messages()
        store = getattr(self.place, "store", None)
        if store and os.path.isdir(store):
            shutil.rmtree(store, ignore_errors=True)
            os.makedirs(store, exist_ok=True)
        return found


def crash_of_another(p):
    """The frames of a crash that is not ours: the innermost, but for libc's, lies in a library that does not look at what
    it was given. failmalloc.c writes them. Empty: it is ours, or cannot be told."""
    frames = re.findall(r"^(/\S+?)\((\S*)\)\[0x", p.stderr.decode("utf-8", "replace"), re.M)
    frames = [(os.path.basename(path), name) for path, name in frames if not re.search(r"failmalloc|/libc\.so", path)]
    return " < ".join("%s:%s" % f for f in frames[:6]) if frames and frames[0][0].startswith(FOREIGN) else ""


def of_openssl(stack):
    return stack.library.startswith(("libcrypto.", "libssl."))


class Found:
    """What the runs of one way have shown; several threads add to it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.flaws, self.others = [], []
        self.runs = self.told = self.reached = self.drifted = 0

    def add(self, p, reached, status, other):
        with self.lock:
            self.runs += 1
            self.reached += bool(reached)
            self.told += p.returncode != status or bool(p.stderr)
            if other:
                self.others.append(other)

    def flaw(self, text):
        with self.lock:
            self.flaws.append(text)


class Sweep:
    """All cases of a suite: they share the time, and what was seen."""

    def __init__(self):
        self.left = 0       # cases that have not begun; those that are not chosen keep theirs
        self.until = self.end = None
        self.seen = {False: set(), True: set()}

    def points(self, total, stacks, all_after):
        """What fails in turn: (number, stack or None, which of its allocations)."""
        if POINTS is not None:
            return [(n, None, 1) for n in range(FROM, total + 1, max(1, total // POINTS) if POINTS else 1)]
        seen = set() if REPEAT else self.seen[all_after]
        # In no order that has to do with time, so that a part of them is a sample of all.
        stacks = sorted((s for s in stacks if s.mark not in seen and (DEEP or REPEAT or not of_openssl(s))), key=lambda s: (of_openssl(s), s.mark[::-1]))
        points = [(s.first, s, 1) for s in stacks]
        if REPEAT:
            points += [(0, s, k) for s in stacks for k in sorted({2, s.count}) if 1 < k <= s.count]
        return points

    @staticmethod
    def failed(run, point, all_after, found):
        """By its number, for that is quick; by its stack when another one has the number this time."""
        number, stack, nth = point
        if number:
            p, shown = run.failed({"FAILMALLOC_AT": str(number)}, all_after)
            if stack is None or shown.startswith(stack.mark):
                return p, shown
            found.drifted += 1
            run.taken()
        return run.failed({"FAILMALLOC_STACK": "%s:%d" % (stack.mark, nth)}, all_after)

    def one(self, run, point, all_after, judge, clean, found):
        number, stack, nth = point
        name, shown = "%s:%d" % (stack.mark, nth) if stack else str(number), ""
        try:
            p, shown = self.failed(run, point, all_after, found)
            other = crash_of_another(p) if p.returncode in CRASHES else ""
            found.add(p, shown, clean.returncode, other)
            came = run.taken()
            if not other:
                judge(came, p, name, clean)
        except (AssertionError, ValueError, KeyError, TypeError) as e:
            if isinstance(e, judges.Blames) and stack and stack.library.startswith(FOREIGN):
                # Nothing was sent. libunbound goes on without a trust anchor, and does not say so in any way.
                found.others.append("said nothing of it: %s, %s" % (stack.library, e.args[0]))
                return
            found.flaw("%s: %s\n%s" % (type(e).__name__, e, readable(shown)))
        if stack and not REPEAT:
            self.seen[all_after].add(stack.mark)

    def case(self, open_place, judge, status, all_after=False):
        """The function of a test: open_place() is a context with a Run."""
        self.left += 1

        def worker(points, found, clean, until, end):
            with open_place() as run:
                run.taken()     # what was sent to prepare the place
                while True:
                    try:
                        point = points.popleft()
                    except IndexError:
                        return
                    if time.monotonic() > (until if point[1] and of_openssl(point[1]) else end):
                        points.append(point)
                        return
                    self.one(run, point, all_after, judge, clean, found)

        def listed():
            with open_place() as run:
                clean, total, stacks = run.list()
                judge(run.taken(), clean, "with memory enough", clean)
                return clean, total, stacks

        def function():
            needed()
            now = time.monotonic()
            if not self.until:
                self.until = now + SECONDS
                self.end = now + (24 * 3600 if POINTS is not None or REPEAT else 3 * SECONDS)
            end = self.end if POINTS is not None or REPEAT else now + max(3, (self.end - now) / self.left)
            until = end if POINTS is not None or REPEAT else now + max(1, (self.until - now) / self.left)
            self.left -= 1
            found = Found()
            # In a thread as the others: a place may belong to its thread (a network of its own).
            with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
                clean, total, stacks = pool.submit(listed).result()
                assert clean.returncode == status, (clean.returncode, clean.stdout, clean.stderr)
                points = collections.deque(self.points(total, stacks, all_after))
                wanted = len(points)
                began = time.monotonic()
                for done in [pool.submit(worker, points, found, clean, until, end) for _ in range(min(JOBS, wanted))]:
                    done.result()
            self.tell(found, total, stacks, wanted, len(points), time.monotonic() - began)
            # Some were told, or nothing was taken away and the case proves nothing.
            assert found.told or found.runs < 20, (total, wanted)
        return function

    def tell(self, found, total, stacks, wanted, left, seconds):
        print("# %d allocations by %d stacks, %d not seen before; %d failed (%d twice), %d told of it, in %.0f s%s; "
              "%d times a library failed" % (total, len(stacks), wanted, found.reached, found.drifted, found.told, seconds,
                 "; %d LEFT OUT for want of time" % left if left else "", len(found.others)),
              *collections.Counter(found.others).most_common(20), sep="\n# ", flush=True)
        assert not found.flaws, "%d of %d:\n%s" % (len(found.flaws), found.runs, "\n".join(found.flaws[:30]))
