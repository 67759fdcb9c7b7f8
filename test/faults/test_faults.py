#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The program when its machine fails it (memory: test_memory.py): interrupted and short system calls, no descriptors,
full disks, a server that is killed. Whatever happens, it ends by itself, never by a signal, and never says "accepted"
of a message that the server does not have."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import box  # noqa: E402
import tap  # noqa: E402


def arguments(b, tls):
    server = ["--server", b.smtps if tls else b.smtp]
    server += ["--ca", b.ca] if tls else ["--tls", "none"]
    return ["send", "--json", *server, "--timeout", "10", "--from", "a@example.org", "--subject", "x",
            "b@example.org"]


def login(env):
    return ["--user", "sandbox"], dict(env, SENDWELL_PASSWORD="not-secret")


def honest(b, before, p, what):
    """The program ended by itself, and its word agrees with what the server stored."""
    stored = len(b.messages()) - before
    text = "%s: exit %d, stored %d\n%s" % (what, p.returncode, stored, p.stderr.decode("utf-8", "replace")[-500:])
    assert p.returncode >= 0, text
    if p.returncode == 0:
        assert stored == 1, text
    if stored and p.returncode != 0:
        # Stored, but not reported as accepted: only honest when it says that it does not know, or when the
        # report itself could not be made (no memory, no output).
        assert p.returncode in (70, 71, 73, 74, 79), text
    return stored


def run(argv, env, stdin=b"hello\n", **more):
    return subprocess.run([tap.PROGRAM, *argv], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=env, timeout=30, check=False, **more)


def strace(injection):
    def case():
        if not shutil.which("strace"):
            tap.skip("needs strace")
        with box.Box(store=True) as b:
            for tls in (False, True):
                more, env = login(tap.clean_env(b.dir)) if tls else ([], tap.clean_env(b.dir))
                argv = arguments(b, tls)
                before = len(b.messages())
                p = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", injection, tap.PROGRAM,
                                    *argv[:1], *more, *argv[1:]], input=b"hello\n", stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=env, timeout=60, check=False)
                if b"ptrace" in p.stderr and b"not permitted" in p.stderr:
                    tap.skip("strace may not trace here")
                assert p.returncode == 0, (p.returncode, p.stderr[-500:])
                assert honest(b, before, p, injection) == 1
    return case


@tap.case("no descriptors: each limit ends with a plain word, none with a signal or a loop", timeout=60)
def _():
    with box.Box(store=True) as b:
        for limit in range(3, 20):
            before = len(b.messages())

            def lower(limit=limit):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
                resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
            # With so few even the libraries cannot be loaded; the loader then says 127.
            p = run(arguments(b, False), tap.clean_env(b.dir), preexec_fn=lower)
            if p.returncode != 127:
                honest(b, before, p, "%d descriptors" % limit)


@tap.case("a full disk: the message is sent, and it is said that the case could not be written")
def _():
    if os.geteuid() != 0:
        tap.skip("needs root to mount a small tmpfs")
    small = tempfile.mkdtemp(prefix="sendwell-full-")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=4", "tmpfs", small],
                             stderr=subprocess.PIPE, check=False)
    if mounted.returncode != 0:
        os.rmdir(small)
        tap.skip("cannot mount a tmpfs: " + mounted.stderr.decode())
    try:
        with box.Box(store=True) as b:
            for option in ("--save", "--transcript"):
                before = len(b.messages())
                path = os.path.join(small, "file")
                p = run([*arguments(b, False), option, path], tap.clean_env(b.dir))
                assert len(b.messages()) - before == 1, p.stderr
                result = json.loads(p.stdout)
                assert result["outcome"] == "accepted", result
                if not os.path.exists(path):
                    assert b"file" in p.stderr, (option, p.stderr)
    finally:
        subprocess.run(["umount", small], check=False)
        os.rmdir(small)


def bounces():
    directory = os.path.join(tap.ROOT, "test", "data", "bounces")
    return [os.path.join(directory, name) for name in sorted(os.listdir(directory)) if name.endswith(".eml")]


def full_disk(body):
    """body(its directory), where a file can be made and nothing can be written to it."""
    if os.geteuid() != 0:
        tap.skip("needs root to mount a small tmpfs")
    small = tempfile.mkdtemp(prefix="sendwell-full-")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", small], stderr=subprocess.PIPE, check=False)
    try:
        if mounted.returncode != 0:
            tap.skip("cannot mount a tmpfs: " + mounted.stderr.decode())
        with open(os.path.join(small, "fill"), "wb", buffering=0) as f:
            f.write(b"x" * 4096)
        body(small)
    finally:
        subprocess.run(["umount", small], stderr=subprocess.DEVNULL, check=False)
        os.rmdir(small)


@tap.case("a full disk: whatever was to be kept of many messages, it is told that it is not")
def _():
    def body(small):
        with box.Box(store=True) as b:
            people = os.path.join(b.dir, "people.csv")
            with open(people, "w") as f:
                f.write("email\na@example.org\nb@example.org\n")
            argv = ["send", "--json", "--server", b.smtp, "--tls", "none", "--timeout", "10", "--from", "c@example.org",
                    "--merge", people, "--subject", "x", "--text", people]
            # What went counts; without a journal nothing may begin.
            for option, status, sent in (("--results", 0, 2), ("--transcript", 0, 2), ("--save", 0, 2), ("--resume", 74, 0)):
                before = len(b.messages())
                p = run([*argv, option, os.path.join(small, option)], tap.clean_env(b.dir))
                assert p.returncode == status and len(b.messages()) - before == sent, (option, p)
                assert b"No space left on device" in p.stderr and b"sendwell: sendwell" not in p.stderr, (option, p.stderr)
    full_disk(body)


@tap.case("a full disk: half a key is none, a list or a page that is not written is told")
def _():
    def body(small):
        env = tap.clean_env(small)
        path = os.path.join(small, "file")
        p = run(["dkim", "keygen", "--dkim-key", path, "--dkim-domain", "example.org", "--dkim-selector", "s", "--algorithm",
                 "ed25519"], env)
        assert p.returncode == 74 and b"No space left" in p.stderr and not os.path.exists(path), p
        p = run(["analyze", "--suppress-list", path, *bounces()], env)
        assert p.returncode == 74 and b"No space left" in p.stderr and not os.path.exists(path), p
        p = run(["check", "--html", path, "--resolver", "127.0.0.1:1", "example.org"], env)
        assert p.returncode == 2 and b"No space left" in p.stderr and not os.path.exists(path), p
    full_disk(body)


@tap.case("what is no file is not replaced by one")
def _():
    with tempfile.TemporaryDirectory(prefix="sendwell-device-") as directory:
        link = os.path.join(directory, "link")
        os.symlink("/dev/null", link)
        p = run(["analyze", "--suppress-list", link, *bounces()], tap.clean_env(directory))
        assert p.returncode == 73 and b"character device" in p.stderr and os.path.islink(link), p


@tap.case("a pipe that says AGAIN while nobody reads: all of it comes")
def _():
    with tempfile.TemporaryDirectory(prefix="sendwell-pipe-") as directory:
        argv = [tap.PROGRAM, "--json", "analyze", *bounces()]
        whole = subprocess.run(argv, stdout=subprocess.PIPE, env=tap.clean_env(directory), timeout=60, check=False)
        assert len(whole.stdout) > 65536        # more than a pipe holds
        get, put = os.pipe()
        os.set_blocking(put, False)
        p = subprocess.Popen(argv, stdout=put, stderr=subprocess.PIPE, env=tap.clean_env(directory))
        os.close(put)
        try:
            p.wait(1.5)
        except subprocess.TimeoutExpired:
            pass        # as it should be: it waits
        with open(get, "rb") as f:
            came = f.read()
        _, err = p.communicate(timeout=60)
        assert p.returncode == whole.returncode and not err and len(came) == len(whole.stdout), (p.returncode, err, len(came))


@tap.case("the server is killed under way: the outcome is never accepted", timeout=60)
def _():
    for at, wanted in (("mail", {"not_sent"}), ("data", {"not_sent"}), ("message", {"uncertain"})):
        with box.Box(faults=["hang-at=" + at], store=True) as b:
            timer = threading.Timer(1.0, lambda b=b: os.kill(b.process.pid, signal.SIGKILL))
            timer.start()
            p = run(arguments(b, False), tap.clean_env(b.dir))
            timer.cancel()
            result = json.loads(p.stdout)
            assert result["outcome"] in wanted, (at, result["outcome"], p.stderr)
            assert p.returncode == (79 if at == "message" else 74), (at, p.returncode)


@tap.case("standard output is closed or full: the exit status still tells the truth")
def _():
    with box.Box(store=True) as b:
        with open("/dev/full", "wb") as full:
            p = subprocess.run([tap.PROGRAM, *arguments(b, False)], input=b"x\n", stdout=full,
                               stderr=subprocess.PIPE, env=tap.clean_env(b.dir), timeout=30, check=False)
        assert len(b.messages()) == 1
        assert p.returncode >= 0, p


tap.case("every third system call is interrupted", timeout=90)(
    # Not read and openat: the loader of shared libraries gives up on EINTR before we begin.
    strace("inject=write,recvfrom,sendto,recvmsg,sendmsg,epoll_wait,poll:error=EINTR:when=2+3"))
tap.case("reading and sending say AGAIN each second time", timeout=90)(
    strace("inject=recvfrom,sendto,recvmsg,sendmsg:error=EAGAIN:when=1+2"))


if __name__ == "__main__":
    sys.exit(tap.main())
