#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each way through the program and the library with one allocation that fails: it ends by itself, never by a signal,
loses no memory, and never says what is not true.

SW_FAULT_POINTS says how many allocations of each way fail in turn (0: all), SW_FAULT_FROM the first of them,
SW_FAULT_WAYS the ways by parts of their names, SW_FAULT_LEAKS how many are looked at by valgrind."""

import collections
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", part) for part in ("lib", "cli", "lab")]
import box  # noqa: E402
import check_lab  # noqa: E402
import tap  # noqa: E402

FAILMALLOC = os.path.join(tap.BUILD, "test", "faults", "failmalloc.so")
EIGHT_BIT = (b"From: a@example.org\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\n"
             b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nna\xc3\xafve\n--b\nContent-Type: image/x\n\n" +
             bytes(range(128, 256)) * 40 + b"\n--b--\n")
POINTS = int(os.environ.get("SW_FAULT_POINTS", "40"))
FROM = int(os.environ.get("SW_FAULT_FROM", "1"))
WAYS = os.environ.get("SW_FAULT_WAYS", "").split(",")
LEAKS = int(os.environ.get("SW_FAULT_LEAKS", "4"))
WROTE = ["--from", "a@example.org", "--subject", "x", "b@example.org"]
PEOPLE = ["p%d@example.org" % n for n in range(6)]
FOREIGN = ("libunbound.", "libldns.")
CRASHES = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS)
# The tables of the loader and of libraries that live as long as the process are reachable, and no loss.
VALGRIND = ["valgrind", "-q", "--soname-synonyms=somalloc=nouserintercepts", "--leak-check=full",
            "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite", "--error-exitcode=99", "--num-callers=14"]


def send(b, *more, tls=False):
    server = ["--server", b.smtps, "--ca", b.ca] if tls else ["--server", b.smtp, "--tls", "none"]
    return [tap.PROGRAM, "send", "--json", *server, "--timeout", "10", *more]


def chunks(b):
    return send(b, "--chunking", "yes", "--dsn", "success,failure", "--dsn-envid", "id", "--priority", "1",
                "--deliver-by", "60", *WROTE), b"text\n" * 20000


def encoded(b):
    return send(b, "--message", "-"), EIGHT_BIT


def token(b):
    return send(b, "--user", "sandbox", "--auth", "OAUTHBEARER", "--oauth-token-command", "echo not-secret", *WROTE,
                tls=True), b"x\n"


def challenge(b):
    secret = write(b, "secret", "not-secret\n")
    return send(b, "--user", "sandbox", "--auth", "NTLM", "--password-file", secret, *WROTE, tls=True), b"x\n"


def by_library(b):
    server = "smtp://127.0.0.1:%d?tls=none" % b.port
    return [os.path.join(tap.BUILD, "examples", "send"), server, "a@example.org", "b@example.org", "x"], b"x\n"


def stepped(b):
    server = "smtp://127.0.0.1:%d?tls=none" % b.port
    return [os.path.join(tap.BUILD, "examples", "send_poll"), "a@example.org", "b@example.org", server], EIGHT_BIT


def write(b, name, text):
    path = os.path.join(b.dir, name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o600)
    return path


def people(b):
    return write(b, "people.csv", "email,name\n" + "".join("%s,P\n" % who for who in PEOPLE))


def merged(b):
    return send(b, "--from", "a@example.org", "--merge", people(b), "--subject", "Hi {{name}}", "--sessions", "2",
                "--text", write(b, "letter", "Dear {{name}}\n")), b""


def kept(b):
    argv, text = merged(b)
    return [*argv, "--rcpt", "{{email}};notify=never", "--transcript", os.path.join(b.dir, "transcript"), "--save",
            os.path.join(b.dir, "cases")], text


def planned(b):
    return send(b, "--dry-run", "--fallback", "b.example.org,lmtp://192.0.2.1", "--user", "me", "--password-command", "true",
                "--message", "-", "b@example.org"), EIGHT_BIT


def pooled(b):
    server = "smtp://127.0.0.1:%d?tls=none" % b.port
    return [os.path.join(tap.BUILD, "examples", "send_pool"), server, "a@example.org", "Hi", "Dear {{name}}", people(b)], b""


def pinned(b):
    """Each message has a connection of its own, and from the second on the session of TLS is taken up again."""
    found = os.path.join(b.dir, "found.json")
    subprocess.run([*send(b, "--save", found, *WROTE, tls=True)], input=b"x\n", stdout=subprocess.DEVNULL, check=True,
                   env=tap.clean_env(b.dir))
    with open(found) as f:
        pin = next(x["fields"]["pin"] for x in json.load(f)["facts"] if x["type"] == "tls.certificate")
    return send(b, "--tls-pin", pin, "--from", "a@example.org", "--merge", people(b), "--subject", "x", "--sessions", "1",
                "--session-messages", "1", "--text", write(b, "letter", "x\n"), tls=True), b""


def exactly(c, size):
    data = b""
    while len(data) < size:
        more = c.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def pump(a, b):
    with contextlib.suppress(OSError):
        while True:
            data = a.recv(65536)
            if not data:
                break
            b.sendall(data)
    with contextlib.suppress(OSError):
        b.shutdown(socket.SHUT_WR)


def socks(c):
    """SOCKS 5 with a name and a password (RFC 1928, 1929), for one connection."""
    with c, contextlib.suppress(OSError):
        c.settimeout(20)
        exactly(c, exactly(c, 2)[1])
        c.sendall(b"\5\2")
        for _ in range(2):
            size = exactly(c, 2)[1] if _ == 0 else exactly(c, 1)[0]
            exactly(c, size)
        c.sendall(b"\1\0")
        kind = exactly(c, 4)[3]
        host = exactly(c, exactly(c, 1)[0]).decode() if kind == 3 else socket.inet_ntoa(exactly(c, 4))
        port, = struct.unpack(">H", exactly(c, 2))
        with socket.create_connection((host, port)) as s:
            c.sendall(b"\5\0\0\1\0\0\0\0\0\0")
            back = threading.Thread(target=pump, args=(s, c), daemon=True)
            back.start()
            pump(c, s)
            back.join(20)


def serve_proxy(listener):
    with contextlib.suppress(OSError):
        while True:
            c, _ = listener.accept()
            threading.Thread(target=socks, args=(c,), daemon=True).start()


def proxied(b):
    b.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    threading.Thread(target=serve_proxy, args=(b.listener,), daemon=True).start()
    b.more_env = {"SENDWELL_PROXY": "socks5h://me:not-secret@127.0.0.1:%d" % b.listener.getsockname()[1]}
    return send(b, *WROTE), b"x\n"


def text_of(p, what, stored):
    return "%s: exit %d, stored %s\n%s" % (what, p.returncode, stored, (p.stdout + p.stderr)[-1500:].decode("utf-8", "replace"))


def honest(stored, p, what, _clean):
    """The program ended by itself, and its word agrees with what the server stored."""
    text = text_of(p, what, len(stored))
    assert p.returncode >= 0, text
    if p.returncode == 0:
        assert len(stored) == 1, text
    if stored and p.returncode != 0:
        # Only honest when it says that it does not know, or when the report could not be made.
        assert p.returncode in (70, 71, 73, 74, 79), text
    assert p.returncode == 0 or p.stderr or p.stdout, text
    if p.stdout and not stored:
        assert json.loads(p.stdout).get("outcome") != "accepted", text


def truthful(stored, p, what, _clean):
    """As honest, for programs that tell it in a sentence and not by their status."""
    text = text_of(p, what, len(stored))
    assert p.returncode >= 0, text
    if b"accepted the message" in p.stdout:
        assert len(stored) == 1, text
    assert not (stored and b" was not sent" in p.stdout), text


def honest_of_each(stored, p, what, _clean):
    """One result a row; what is told of a row agrees with what came of it."""
    text = text_of(p, what, len(stored))
    came = sorted(envelope["recipients"][0] for envelope, _ in stored)
    assert p.returncode >= 0 and len(set(came)) == len(came), text
    if p.returncode == 0:
        assert came == PEOPLE, text
    for line in p.stdout.splitlines():
        value = json.loads(line)
        for r in value.get("recipients") or []:
            if r["outcome"] == "accepted":
                assert r["address"] in came, text
            if value.get("outcome") == "not_sent":
                assert r["address"] in PEOPLE and r["address"] not in came, text
    assert p.returncode == 0 or p.stderr or p.stdout, text


def same_plan(stored, p, what, clean):
    """The whole plan, or a word why there is none."""
    text = text_of(p, what, len(stored))
    assert p.returncode >= 0 and not stored, text
    if p.returncode == 0:
        assert json.loads(p.stdout)["hosts"] == json.loads(clean.stdout)["hosts"], text
    else:
        assert p.stderr or p.stdout, text


def pool_told(stored, p, what, _clean):
    """send_pool prints what was not accepted alone, and a sum at the end."""
    text = text_of(p, what, len(stored))
    came = [envelope["recipients"][0] for envelope, _ in stored]
    assert p.returncode >= 0 and len(set(came)) == len(came), text
    told = re.search(rb"^(\d+) accepted, (\d+) uncertain", p.stdout, re.M)
    if told:
        assert int(told[1]) <= len(came) <= int(told[1]) + int(told[2]), text
    for who in re.findall(rb"^not_sent (\S+):", p.stdout, re.M):
        assert who.decode() not in came, text


def same_or_unknown(_stored, p, what, clean):
    """What is said of the domain is what is said with memory enough, or that it could not be found out."""
    text = text_of(p, what, 0)
    assert p.returncode >= 0, text
    assert p.stdout or p.stderr, text
    if not p.stdout or "results" not in json.loads(p.stdout):
        assert p.returncode in (70, 71, 73, 74), text
        return
    right = {row["test"]: row["status"] for row in json.loads(clean.stdout)["results"]}
    for row in json.loads(p.stdout)["results"]:
        assert row["status"] in (right[row["test"]], "untested", "not_tested"), (row, text)


@contextlib.contextmanager
def a_box(faults, way):
    with box.Box(faults=faults, store=True) as b:
        argv, text = way(b)
        try:
            yield b, argv, text
        finally:
            if hasattr(b, "listener"):
                b.listener.close()


class NoBox:
    """Where no message is sent."""

    def __init__(self, directory):
        self.dir = directory
        self.store = None

    def messages(self):
        return []


@contextlib.contextmanager
def a_domain(_faults, way):
    with tempfile.TemporaryDirectory(prefix="sendwell-check-") as directory, check_lab.dns(check_lab.HEALTHY) as where:
        yield NoBox(directory), way(where), b""


def checked(where):
    return [tap.PROGRAM, "check", "--resolver", where, "--ip", check_lab.IP, "--json", "example.org"]


def taken(b):
    """What came since the last time; it is removed."""
    found = b.messages()
    if b.store and os.path.isdir(b.store):
        shutil.rmtree(b.store, ignore_errors=True)
        os.mkdir(b.store)
    return found


class Run:
    def __init__(self, b, argv, text):
        self.b, self.argv, self.text = b, argv, text
        # No history: it would grow, and with it the number of allocations.
        self.env = dict(tap.clean_env(b.dir), SENDWELL_HISTORY="none", **getattr(b, "more_env", {}))

    def call(self, more, before=(), **fds):
        return subprocess.run([*before, *self.argv], input=self.text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=dict(self.env, LD_PRELOAD=FAILMALLOC, **more), timeout=60, check=False, **fds)

    def count(self):
        r, w = os.pipe()
        taken(self.b)
        p = self.call({"FAILMALLOC_COUNT": str(w)}, pass_fds=[w])
        os.close(w)
        with os.fdopen(r) as f:
            return int(f.read().split()[-1]), p


def crash_of_another(p):
    """The frames of a crash that is not ours: the innermost, but for libc's, lies in a library that does not look at what
    it was given. failmalloc.c writes them. Empty: it is ours, or cannot be told."""
    frames = re.findall(r"^(/\S+?)\((\S*)\)\[0x", p.stderr.decode("utf-8", "replace"), re.M)
    frames = [(os.path.basename(path), name) for path, name in frames if not re.search(r"failmalloc|/libc\.so", path)]
    return " < ".join("%s:%s" % f for f in frames[:6]) if frames and frames[0][0].startswith(FOREIGN) else ""


def one_way(place, way, faults, judge, status):
    def case():
        if not os.path.exists(FAILMALLOC):
            tap.skip("no failmalloc.so in this build")
        flaws, others = [], []
        with place(faults, way) as (b, argv, text):
            r = Run(b, argv, text)
            total, clean = r.count()
            judge(taken(b), clean, "with memory enough", clean)
            assert clean.returncode == status, (clean.returncode, clean.stdout, clean.stderr)
            other = 0
            points = range(FROM, total + 1, max(1, total // POINTS) if POINTS else 1)
            for n in points:
                p = r.call({"FAILMALLOC_AT": str(n)})
                other += p.returncode != status or bool(p.stderr)
                theirs = crash_of_another(p) if p.returncode in CRASHES else ""
                if theirs:
                    others.append(theirs)
                    continue
                try:
                    judge(taken(b), p, "allocation %d of %d" % (n, total), clean)
                except (AssertionError, ValueError, KeyError) as e:
                    flaws.append("%d: %r of exit %d %s %s" % (n, e, p.returncode, p.stdout[-300:], p.stderr[-300:]))
        print("# %d of %d allocations, %d of them told; %d crashes of a library" % (len(points), total, other, len(others)),
              *collections.Counter(others).most_common(20), sep="\n# ", flush=True)
        assert not flaws, "%d of %d:\n%s" % (len(flaws), len(points), "\n".join(flaws[:40]))
        # Some were told, or nothing was taken away and the case proves nothing.
        assert other, total
    return case


def no_loss(place, way, faults, status):
    def case():
        if not os.path.exists(FAILMALLOC):
            tap.skip("no failmalloc.so in this build")
        if not shutil.which("valgrind"):
            tap.skip("needs valgrind")
        flaws = []
        with place(faults, way) as (b, argv, text):
            r = Run(b, argv, text)
            total, clean = r.count()
            assert clean.returncode == status, clean
            # Not those of the loader, before main; FROM moves them all.
            for n in range(total // (LEAKS + 1) + FROM, total, total // (LEAKS + 1)):
                p = r.call({"FAILMALLOC_AT": str(n)}, before=VALGRIND)
                if p.returncode in CRASHES and crash_of_another(p):
                    continue
                # OpenSSL loses some of its own tables, before anybody else has them.
                lost = re.findall(rb"definitely lost(?:.*\n.*(?:vgpreload|failmalloc))+.*\n(.*)", p.stderr)
                ours = [line for line in lost if b"libcrypto.so" not in line]
                if p.returncode < 0 or ours or b"Invalid" in p.stderr:
                    flaws.append("%d of %d: %d\n%s" % (n, total, p.returncode, p.stderr[-2500:].decode("utf-8", "replace")))
        assert not flaws, "\n".join(flaws)
    return case


TABLE = (("BDAT and wishes", a_box, chunks, (), honest, 0), ("8-bit parts encoded", a_box, encoded, ("no-8bitmime",), honest, 0),
         ("a token for the login", a_box, token, (), honest, 0), ("NTLM", a_box, challenge, (), honest, 0),
         ("a program of the library", a_box, by_library, (), truthful, 0),
         ("a program that steps", a_box, stepped, ("no-8bitmime",), truthful, 0),
         ("a program with a pool", a_box, pooled, (), pool_told, 0),
         ("many messages in two sessions", a_box, merged, (), honest_of_each, 0),
         ("what is kept of many messages", a_box, kept, (), honest_of_each, 0),
         ("a plan", a_box, planned, (), same_plan, 0),
         ("pins and resumed sessions", a_box, pinned, (), honest_of_each, 0),
         ("a proxy", a_box, proxied, (), honest, 0),
         ("check of a domain", a_domain, checked, (), same_or_unknown, 2))
LOOKED_AT = ("BDAT and wishes", "many messages in two sessions", "check of a domain")

for _name, _place, _way, _faults, _judge, _status in TABLE:
    if any(part in _name for part in WAYS):
        tap.case("one allocation fails, %s: never a signal, never a false word" % _name, timeout=3600 if not POINTS else 1200)(
            one_way(_place, _way, _faults, _judge, _status))
        if LEAKS > 4 or _name in LOOKED_AT:
            tap.case("one allocation fails, %s: nothing is lost" % _name, timeout=1200)(
                no_loss(_place, _way, _faults, _status))


if __name__ == "__main__":
    sys.exit(tap.main())
