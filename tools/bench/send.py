#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Sending, beside others in the same run: rows are interleaved, ratios are what counts.

Setting up a session is no part of a message's price: on loopback there are thousands to carry it, and
where answers take long a message is told as the difference between a short run and one of three times as
many, for everybody, and the set-up beside it.

usage: send.py BUILD [ROUNDS]
"""
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = (ROOT / sys.argv[1]).resolve()
BENCH = BUILD / "tools" / "bench"
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
COUNT = 10000
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Sink:
    """The lean server; with `delay_ms` every answer is so much later, as on a long line."""

    def __init__(self, *words):
        self.port = free_port()
        self.process = subprocess.Popen([BENCH / "bench_sink", str(self.port), *words], **QUIET)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise SystemExit("the sink does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def measure(command):
    """(CPU seconds, wall seconds) of a program; None when it fails or is not there."""
    if not shutil.which(command[0]):
        return None
    before = time.monotonic()
    p = subprocess.Popen(command, **QUIET)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = status
    wall = time.monotonic() - before
    return (usage.ru_utime + usage.ru_stime, wall) if status == 0 else None


def calls(command, count):
    """System calls a message."""
    if not shutil.which("strace") or not shutil.which(command(1)[0]):
        return None
    found = []
    for n in (count, 3 * count):
        with tempfile.NamedTemporaryFile() as out:
            subprocess.run(["strace", "-f", "-c", "-o", out.name, *command(n)], **QUIET, check=False)
            total = re.search(r"^100\.00\s.*?(\d+)\s+\d*\s*total$", pathlib.Path(out.name).read_text(), re.M)
            found.append(int(total.group(1)) if total else 0)
    return (found[1] - found[0]) / (2 * count)


def rows(port):
    send, peers = str(BENCH / "bench_send"), str(BENCH / "bench_peers")
    host = "127.0.0.1"
    return {
        "smtp-source": lambda n: ["smtp-source", "-d", "-s", "1", "-m", str(n), "-l", "1024", f"{host}:{port}"],
        "sendwell, pipelining": lambda n: [send, "plain", f"{host}:{port}", str(n), "1"],
        "sendwell, streaming (DATA)": lambda n: [send, "data", f"{host}:{port}", str(n), "1"],
        "sendwell, streaming (BDAT)": lambda n: [send, "stream", f"{host}:{port}", str(n), "1"],
        "sendwell, a call each": lambda n: [send, "call", f"{host}:{port}", str(n), "1"],
        "libcurl": lambda n: [peers, "curl", host, str(port), str(n)],
        "libESMTP": lambda n: [peers, "esmtp", host, str(port), str(n)],
        "floor, pipelining": lambda n: [peers, "floor", host, str(port), str(n)],
        "floor, streaming": lambda n: [peers, "floor-stream", host, str(port), str(n)],
    }


def table(title, port, count, rounds):
    print(f"{title} ({count} messages of 1 KiB over one session, median of {rounds} rounds in turn)")
    all_rows = rows(port)
    took = {name: [] for name in all_rows}
    for _ in range(rounds):
        for name, command in all_rows.items():
            took[name].append(measure(command(count)))
    base = None
    for name, command in all_rows.items():
        if None in took[name]:
            print(f"  {name:28} not measured (it is not installed, or fails)")
            continue
        cpu = statistics.median(c for c, _ in took[name]) / count * 1e6
        wall = statistics.median(w for _, w in took[name])
        base = base or (cpu, wall)
        each = calls(command, 500)
        print(f"  {name:28} {cpu:7.1f} us CPU a message ({cpu / base[0]:.2f})  {count / wall:8.0f}/s "
              f"({base[1] / wall:.1f})" + (f"  {each:5.1f} system calls" if each is not None else ""))


def late(title, port, count):
    """Where answers take long nothing but round trips counts: with DATA one a message at least, as the
    text follows the answer to DATA, and four without PIPELINING."""
    print(f"{title} (messages of 1 KiB over one session: {3 * count} less {count})")
    base = None
    for name, command in rows(port).items():
        short, long = measure(command(count)), measure(command(3 * count))
        if not short or not long:
            print(f"  {name:28} not measured (it is not installed, or fails)")
            continue
        each = (long[1] - short[1]) / (2 * count)
        base = base or each
        print(f"  {name:28} {each * 1e3:7.1f} ms a message  {1 / each:8.1f}/s ({base / each:.2f})  "
              f"set-up {(short[1] - count * each) * 1e3:5.0f} ms")


class Sandbox:
    """`sendwell sandbox`, for STARTTLS."""

    def __init__(self):
        self.process = subprocess.Popen([BUILD / "sendwell", "--json", "sandbox"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        settings = json.loads(self.process.stdout.readline())
        self.port, self.ca = settings["port"], settings["ca_file"]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def process(port, box):
    """One program, one message: CPU of the whole process."""
    letter = tempfile.NamedTemporaryFile(suffix=".eml")
    letter.write(b"From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000"
                 b"\r\nMessage-ID: <1@example.com>\r\n\r\n" + b"text\r\n" * 150)
    letter.flush()
    curl = ["curl", "-s", "--mail-from", "a@example.com", "--mail-rcpt", "b@example.com", "-T", letter.name]
    send = [str(BUILD / "sendwell"), "send", "--message", letter.name]
    pairs = [
        ("clear text", [*curl, "--url", f"smtp://127.0.0.1:{port}"],
         [*send, "--server", f"127.0.0.1:{port}", "--tls", "none"]),
        ("STARTTLS", [*curl, "--url", f"smtp://localhost:{box.port}", "--ssl-reqd", "--cacert", box.ca],
         [*send, "--server", f"localhost:{box.port}", "--tls", "starttls", "--ca", box.ca]),
    ]
    os.environ["SENDWELL_HISTORY"] = "none"
    for title, by_curl, by_us in pairs:
        one_process(title, {"curl": by_curl, "sendwell send": by_us})


def one_process(title, programs):
    took = {name: [] for name in programs}
    for _ in range(40):
        for name, command in programs.items():
            took[name].append(measure(command))
    print(f"one process, one message, {title} (median of 40 in turn)")
    base = None
    for name, found in took.items():
        if None in found:
            print(f"  {name:28} not measured")
            continue
        cpu = statistics.median(c for c, _ in found) * 1e3
        base = base or cpu
        print(f"  {name:28} {cpu:7.2f} ms CPU ({cpu / base:.2f})")


def main():
    sinks = [Sink("PIPELINING", "CHUNKING"), Sink("PIPELINING", "CHUNKING", "delay=50")]
    box = Sandbox()
    try:
        table("loopback", sinks[0].port, COUNT, ROUNDS)
        late("answers 50 ms later", sinks[1].port, 20)
        process(sinks[0].port, box)
        subprocess.run([BENCH / "bench_send", "attach", "x", "5", "1"], check=False)
    finally:
        for server in [*sinks, box]:
            server.stop()


if __name__ == "__main__":
    main()
