# SPDX-License-Identifier: MIT
"""Servers that wait, drip, never end and send what a terminal should not see: the program ends in time, names the
stage, needs no more memory, and shows nothing raw."""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import lab
import tap

TIMEOUT = 1.0
VERBS = {"connect": "greeting", "ehlo": "ehlo", "starttls": "tls", "auth": "auth", "mail": "envelope",
         "rcpt": "envelope", "data": "data", "message": "final"}
SANITIZED = b"__asan_init" in open(tap.PROGRAM, "rb").read() if os.path.exists(tap.PROGRAM) else False


class Measured:
    """A run with its time and the most memory that it had (KiB)."""

    def __init__(self, home, *argv, stdin=b"hello\n", env=None, limit=20):
        with tempfile.TemporaryFile() as give, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            give.write(stdin)
            give.seek(0)
            start = time.monotonic()
            process = subprocess.Popen([tap.PROGRAM, *argv], stdin=give, stdout=out, stderr=err,
                                       env=env or home.env(SENDWELL_PASSWORD="not-secret"), start_new_session=True)
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                self.seconds = time.monotonic() - start
                if pid:
                    break
                if self.seconds > limit * lab.SLOW:
                    process.kill()
                    os.wait4(process.pid, 0)
                    process.returncode = -9
                    raise AssertionError(f"hangs: {argv}")
                time.sleep(0.005)
            process.returncode = self.returncode = os.waitstatus_to_exitcode(status)
            self.kib = usage.ru_maxrss
            out.seek(0)
            err.seek(0)
            self.stdout, self.stderr = out.read(), err.read()

    def __repr__(self):
        return f"Measured({self.returncode}, {self.seconds:.2f} s, {self.kib} KiB, {self.stdout}, {self.stderr})"


def argv_for(box, *more):
    return ["send", "--json", *box.server(), *lab.compose("--user", "sandbox", "--timeout", str(TIMEOUT), *more)]


def waiting():
    """fault, stage that must be named (None: any), extra options"""
    rows = [("accept-silent-all", "greeting"), ("banner-silent", "greeting"), ("banner-drip=300", "greeting"),
            ("banner-delay=30", "greeting"), ("starttls-hang", "tls"), ("tls-handshake-hang", "tls"),
            ("hang-after-dot", "final"), ("slow-final=30", "final"), ("delay=30000", None)]
    rows += [(f"hang-at={verb}", stage) for verb, stage in VERBS.items()]
    rows += [(f"delay-at={verb}:30", stage) for verb, stage in VERBS.items() if verb in ("ehlo", "rcpt", "message")]
    return rows


def endless():
    rows = [("banner-endless", "greeting"), ("ehlo-endless", "ehlo")]
    rows += [(f"endless-at={verb}", stage) for verb, stage in VERBS.items()]
    rows += [(f"endless-line-at={verb}", stage) for verb, stage in VERBS.items()]
    return rows


def run_rows(rows, one):
    """Eight at a time: most of it is waiting."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        failures = [f"{row}: {error}" for row, error in zip(rows, pool.map(one, rows)) if error]
    assert not failures, "\n".join(failures)


def healthy_kib():
    with lab.sandbox() as (home, box):
        runs = [Measured(home, *argv_for(box)) for _ in range(3)]
        assert all(run.returncode == 0 for run in runs), runs
        return max(run.kib for run in runs)


def judge(fault, stage, most_seconds, healthy):
    """What is wrong with a run against a server with this fault; "" nothing."""
    with lab.sandbox("--fault", fault) as (home, box):
        run = Measured(home, *argv_for(box))
        value = lab.validate(json.loads(run.stdout))
        if run.seconds > most_seconds * lab.SLOW:
            return f"took {run.seconds:.1f} s, expected at most {most_seconds} s"
        if run.returncode == 0 or run.returncode < 0:
            return f"status {run.returncode}"
        if stage and value["stage"] != stage:
            return f"stage {value['stage']}, expected {stage}"
        if (value["outcome"] == "uncertain") != (value["stage"] == "final"):
            return f"{value['outcome']} at {value['stage']}"
        if not SANITIZED and run.kib - healthy > 2048:
            return f"{run.kib - healthy} KiB more than with a good server"
        return ""


@tap.case("a server that makes wait: a second after the timeout it is over, and the stage is named", timeout=120)
def _():
    healthy = healthy_kib()
    run_rows(waiting(), lambda row: judge(row[0], row[1], TIMEOUT + 1, healthy))


@tap.case("a reply without end is cut, in time and without memory", timeout=120)
def _():
    healthy = healthy_kib()
    run_rows(endless(), lambda row: judge(row[0], row[1], TIMEOUT + 1, healthy))


@tap.case("a transfer that stalls ends in time")
def _():
    with lab.sandbox("--fault", "data-stall=100000") as (home, box):
        big = home.write("big", os.urandom(8000000))
        run = Measured(home, *argv_for(box, "--attach", big))
        value = lab.validate(json.loads(run.stdout))
        assert run.returncode == 74 and value["stage"] == "data" and value["outcome"] == "not_sent", run
        assert run.seconds < (TIMEOUT + 2) * lab.SLOW, run


@tap.case("the deadline holds where the timeouts of the stages do not add up to it")
def _():
    for fault in ("delay=700", "banner-drip=100", "hang-at=data"):
        with lab.sandbox("--fault", fault) as (home, box):
            argv = ["send", "--json", *box.server(), *lab.compose("--timeout", "30", "--deadline", "2")]
            run = Measured(home, *argv)
            assert run.returncode == 74 and run.seconds < 3 * lab.SLOW, run


@tap.case("verify ends in time, too")
def _():
    rows = [("connection", "banner-silent", "greeting"), ("connection", "tls-handshake-hang", "tls"),
            ("login", "hang-at=auth", "auth"), ("recipients", "hang-at=rcpt", "envelope")]

    def one(row):
        what, fault, stage = row
        with lab.sandbox("--fault", fault) as (home, box):
            argv = ["verify", "--json", *box.server(), "--user", "sandbox", "--timeout", str(TIMEOUT), what]
            run = Measured(home, *argv, *([lab.TO] if what == "recipients" else []))
            value = lab.validate(json.loads(run.stdout))
            if run.returncode != 74 or value["stage"] != stage or run.seconds > (TIMEOUT + 1) * lab.SLOW:
                return repr(run)
            return ""
    run_rows(rows, one)


# Bytes that act on terminals, in every place where a server can put text.
HOSTILE = ["escape-at=" + verb for verb in ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "message")]
HOSTILE += ["binary-at=" + verb for verb in ("connect", "ehlo", "auth", "rcpt", "message")]
HOSTILE += ["garbage-at=" + verb for verb in ("connect", "ehlo", "mail", "message")]
HOSTILE += ["banner-garbage", "ehlo-binary", "banner-http", "banner-ssh", "starttls-garbage", "tls-alert=40"]


@tap.case("what a server sends never reaches the terminal raw, nor JSON, nor a file", timeout=120)
def _():
    def one(fault):
        with lab.sandbox("--fault", fault) as (home, box):
            env = home.env(SENDWELL_PASSWORD="not-secret")
            for more in (["-v"], ["--json", "-v"], ["-v", "--color", "always"], ["--transcript", "-"]):
                done = home.run("send", *more, *box.server(), *lab.compose("--user", "sandbox", "--timeout", "3",
                                "--save", str(home.path / "c.json")), env=env)
                out, err = done.stdout, done.stderr
                if "always" in more:
                    # Our own colours aside.
                    out, err = (re.sub(rb"\x1b\[[0-9]*m", b"", text) for text in (out, err))
                bad = lab.raw_bytes(out) | lab.raw_bytes(err) | lab.raw_bytes((home.path / "c.json").read_bytes())
                if bad or done.returncode == 0:
                    return f"{bad} {done}"
                if "--json" in more:
                    value = lab.result(done)
                    text = json.dumps(value, ensure_ascii=False)
                    if lab.raw_bytes(json.loads(json.dumps(text)).encode()):
                        return text
        return ""
    run_rows(HOSTILE, one)


@tap.case("the words of the server are there, made harmless")
def _():
    with lab.sandbox("--fault", "escape-at=rcpt") as (home, box):
        value = lab.result(lab.expect(home.run("send", "--json", *box.server(), *lab.compose()), 69))
        text = value["recipients"][0]["reply"]["text"]
        assert "\\x1b]0;title\\x07\\x1b[2J\\x1b[31mred" in text and "line\\xff\\xfe" in text, text


@tap.case("a message of 100 MB needs no more memory than one of 1 MB", timeout=120)
def _():
    if SANITIZED:
        tap.skip("a sanitizer's build has memory of its own")
    with lab.Home() as home:
        small, big = home.write("small", b""), home.write("big", b"")
        os.truncate(small, 1000000)
        os.truncate(big, 100000000)
        with lab.Sandbox(home, "--size", "200000000") as box:
            def kib(path):
                run = Measured(home, "send", *box.server(), *lab.compose("--attach", path), limit=60)
                assert run.returncode == 0, run
                return run.kib
            one, hundred = kib(small), kib(big)
            assert hundred - one < 2048, (one, hundred)
            sizes = [envelope["size"] for envelope, _ in box.mails()]
            assert sizes[1] > 130000000, sizes


@tap.case("many recipients cost little memory each")
def _():
    with lab.Home() as home, lab.Sandbox(home) as box:
        def kib(count):
            env = home.env(SENDWELL_TO="\n".join(f"r{i}@example.net" for i in range(count)))
            run = Measured(home, "send", *box.plain(), "--json", "--from", lab.FROM, "--header", "X-A: b", env=env)
            assert run.returncode == 0, run
            assert len(json.loads(run.stdout)["recipients"]) == count
            return run.kib
        few, many = kib(10), kib(2000)
        assert SANITIZED or many - few < 2000 * 4, (few, many)


if __name__ == "__main__":
    sys.exit(tap.main())
