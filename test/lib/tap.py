# SPDX-License-Identifier: MIT
"""TAP for test programs written in Python; `tools/check` reads what this prints.

    import os, sys
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
    import tap

    @tap.case("help goes to standard output")
    def _():
        result = tap.sendwell("--help")
        assert result.returncode == 0, result

    @tap.case("needs a second address", timeout=20)
    def _():
        if not has_two_addresses():
            tap.skip("the machine has one address")

    if __name__ == "__main__":
        sys.exit(tap.main())

A case passes when it returns, fails when it raises or is late, and is skipped with a reason when it calls tap.skip.
Whoever wants no decorators makes a Tap: t.run(name, function), t.ok, t.not_ok, t.skip, and `return t.done()`.
"""

import os
import signal
import subprocess
import sys
import time
import traceback

# Whoever runs tests in the background of a shell, or under nohup, ignores these for all of them, and a program that was
# begun so goes on ignoring them: the programs under test are begun as on a terminal.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
# tools/check names the build under test; join() leaves an absolute SW_BUILD alone.
BUILD = os.path.join(ROOT, os.environ.get("SW_BUILD", "build"))
PROGRAM = os.path.join(BUILD, "sendwell")

CASE_TIMEOUT = 60


class Skip(Exception):
    """Raised by skip(); its text is the reason."""


class Late(Exception):
    """A case that did not end in time."""


def skip(reason):
    """Leaves the case that is running, as skipped."""
    raise Skip(reason)


def one_line(text):
    """A name must not hold what TAP gives a meaning to."""
    return " ".join(str(text).split()).replace("#", "no.")


class Tap:
    """Numbers results and prints them; the plan comes last, since the number of cases is known then."""

    def __init__(self, out=None):
        self.out = out or sys.stdout
        self.count = 0
        self.failed = 0
        self.planned = False

    def _print(self, line):
        # At once: a program that is killed has still told what it did.
        print(line, file=self.out, flush=True)

    def plan(self, count, reason=None):
        """Optional, before the first result.  plan(0, reason) skips the whole program."""
        self.planned = True
        self._print(f"1..{count}" + (f" # SKIP {reason}" if reason else ""))

    def ok(self, name):
        self.count += 1
        self._print(f"ok {self.count} - {one_line(name)}")

    def not_ok(self, name, why=""):
        self.count += 1
        self.failed += 1
        self._print(f"not ok {self.count} - {one_line(name)}")
        self.note(why)

    def skip(self, name, reason):
        self.count += 1
        self._print(f"ok {self.count} - {one_line(name)} # SKIP {one_line(reason)}")

    def note(self, text):
        for line in str(text).splitlines():
            self._print("# " + line.encode("ascii", "backslashreplace").decode())

    def check(self, name, condition, why=""):
        """A result without a function of its own."""
        if condition:
            self.ok(name)
        else:
            self.not_ok(name, why)
        return bool(condition)

    def run(self, name, function, timeout=CASE_TIMEOUT):
        """Calls the function and reports; true unless it failed."""
        started = time.monotonic()
        try:
            with Alarm(timeout):
                function()
        except Skip as reason:
            self.skip(name, reason)
            return True
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: B902 - a case that calls sys.exit has failed, too
            self.not_ok(name, traceback.format_exc())
            return False
        if time.monotonic() - started > timeout:
            self.not_ok(name, f"took more than {timeout} s")
            return False
        self.ok(name)
        return True

    def done(self):
        """Prints the plan if there was none; returns the exit status.  No result at all is a failure."""
        if self.count == 0 and not self.planned:
            self.not_ok("has at least one case")
        if not self.planned:
            self.plan(self.count)
        if self.failed:
            self.note(f"{self.failed} of {self.count} failed")
        return 1 if self.failed else 0


class Alarm:
    """Raises Late in the main thread; a case that waits for a thread or a child is woken as well."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        self.old = signal.signal(signal.SIGALRM, self.ring)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *_):
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self.old)

    def ring(self, *_):
        raise Late(f"not done after {self.seconds} s")


_cases = []


def case(name, timeout=CASE_TIMEOUT):
    """Decorator: the function is a case of this program."""
    def keep(function):
        _cases.append((name, function, timeout))
        return function
    return keep


def main(needs=None, argv=None):
    """Runs the cases in the order of the file; arguments choose those whose names contain one of them.
    `needs` is a reason why nothing can run here, or None."""
    wanted = sys.argv[1:] if argv is None else argv
    t = Tap()
    chosen = [c for c in _cases if not wanted or any(w in c[0] for w in wanted)]
    if needs:
        for name, _, _ in chosen:
            t.skip(name, needs)
        return t.done()
    t.plan(len(chosen))
    for name, function, timeout in chosen:
        t.run(name, function, timeout)
    return t.done()


def clean_env(home=None, **more):
    """The environment without what would reach into a user's own settings."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SENDWELL_", "XDG_", "LC_", "LANG"))
           and not k.lower().endswith("_proxy")}
    env.update(LC_ALL="C.UTF-8", HOME=home or "/nonexistent")
    env.update(more)
    return env


def sendwell(*argv, stdin=b"", timeout=30, env=None, **more):
    """Runs the built program; bytes in, bytes out.  Late programs raise subprocess.TimeoutExpired."""
    return subprocess.run([PROGRAM, *argv], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=timeout, env=env or clean_env(), check=False, **more)
