# SPDX-License-Identifier: MIT
"""A name server that lies, through the resolver of the program itself: whatever it answers, the program ends in time and
in order, tells what cannot be known now from what is wrong for good, and puts nothing raw on the terminal."""
import concurrent.futures
import contextlib
import functools
import json
import os
import random
import socket
import struct
import sys
import threading
import time

import lab
import tap

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from dnsd import TYPES, pack_name  # noqa: E402

LIMIT_S = 25        # for one command, beside load; each lie is told again for each question
NAMES = {number: name for name, number in TYPES.items()}
IP = "9.9.9.9"


def question(packet):
    """(name in small letters, type, where it ends)"""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1").lower())
        at += 1 + packet[at]
    return ".".join(labels), NAMES.get(struct.unpack(">H", packet[at + 1:at + 3])[0], "?"), at + 5


def texts(data):
    """RDATA of a TXT record."""
    return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255)) or b"\0"


def record(kind, data, owner=b"\xc0\x0c", ttl=60, length=None):
    return owner + struct.pack(">HHIH", TYPES[kind], 1, ttl, len(data) if length is None else length) + data


def message(packet, end, flags=0x8180, answers=(), count=None, body=None):
    rows = b"".join(answers) if body is None else body
    return packet[:2] + struct.pack(">5H", flags, 1, len(answers) if count is None else count, 0, 0) + packet[12:end] + rows


SPF = texts(b"v=spf1 ip4:9.9.9.9 -all")


def one_port():
    """A socket for UDP and a listener for TCP on one free port."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        try:
            return udp, socket.create_server(udp.getsockname())
        except OSError:
            udp.close()


class Liar:
    """Answers by `lie`: a function of (packet, name, type, end, tcp) that gives bytes, None for silence, or TCP when it
    wants to be asked again over TCP."""

    def __init__(self, lie, tcp="open"):
        self.lie, self.asked, self.open = lie, 0, True
        self.udp, self.listener = one_port()
        self.port = self.udp.getsockname()[1]
        if tcp == "closed":
            self.listener.close()
        else:
            threading.Thread(target=self.serve_tcp, args=(tcp,), daemon=True).start()
        threading.Thread(target=self.serve_udp, daemon=True).start()

    def serve_udp(self):
        while self.open:
            try:
                packet, peer = self.udp.recvfrom(65535)
                name, kind, end = question(packet)
                self.asked += 1
                answer = self.lie(packet, name, kind, end, False)
                if answer is TC:
                    answer = message(packet, end, 0x8380)
                for one in answer if isinstance(answer, list) else [answer] if answer else []:
                    self.udp.sendto(one, peer)
            except (OSError, IndexError, struct.error):
                continue

    def serve_tcp(self, how):
        while self.open:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(peer, how), daemon=True).start()

    def talk(self, peer, how):
        with contextlib.suppress(OSError, IndexError, struct.error), peer:
            peer.settimeout(20)
            while True:
                head = peer.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    return
                packet = peer.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
                if how == "silent":
                    time.sleep(20)
                    return
                answer = self.lie(packet, *question(packet), True)
                if not answer or answer is TC:
                    return
                whole = struct.pack(">H", len(answer)) + answer
                if how == "cut":
                    peer.sendall(whole[:len(whole) // 2])
                    return
                peer.sendall(whole)

    def close(self):
        self.open = False
        self.udp.close()
        self.listener.close()


TC = object()


@contextlib.contextmanager
def liar(lie, tcp="open"):
    server = Liar(lie, tcp)
    try:
        yield server
    finally:
        server.close()


def check(server, *more):
    """(result by test, seconds); both forms of the output are looked at."""
    with lab.Home() as home:
        began = time.monotonic()
        done = home.run("check", "example.org", "--ip", IP, "--resolver", "127.0.0.1:%d" % server.port, "--json",
                        "--deadline", "6", *more, timeout=3 * LIMIT_S)
        seconds = time.monotonic() - began
        assert done.returncode in (0, 1, 2, 65, 68, 69, 75, 76), done
        assert seconds < LIMIT_S, "%.1f s" % seconds
        assert not lab.raw_bytes(done.stdout) and not lab.raw_bytes(done.stderr), done
        assert b"Sanitizer" not in done.stderr, done
        value = json.loads(done.stdout)
        shown = home.run("check", "example.org", "--ip", IP, "--resolver", "127.0.0.1:%d" % server.port, "--deadline",
                         "3", timeout=3 * LIMIT_S)
        assert shown.returncode == done.returncode or value["outcome"] == "untested", (shown, done.returncode)
        assert not lab.raw_bytes(shown.stdout) and not lab.raw_bytes(shown.stderr), shown
        assert len(shown.stdout) < 1 << 20, len(shown.stdout)
        return {row["test"]: row for row in value["results"]}, value


def statuses(results, *names):
    return {results[name]["status"] for name in names}


told_later = []


@functools.lru_cache(maxsize=None)
def all_told():
    """Most lies take the time of a deadline: several are told at once."""
    pool = concurrent.futures.ThreadPoolExecutor(8)
    return [pool.submit(told) for told in told_later]


def lies(what, lie, temporary, tcp="open"):
    """temporary: nothing may be called wrong. False: SPF must be."""
    def told():
        with liar(lie, tcp) as server:
            return check(server)[0]

    told_later.append(told)
    number = len(told_later) - 1

    @tap.case("DNS: " + what, timeout=6 * LIMIT_S)
    def _():
        results = all_told()[number].result()
        if temporary:
            wrong = {n: r["found"] for n, r in results.items() if r["status"] == "error"}
            assert not wrong, wrong
            assert results["spf"]["status"] == "untested", results["spf"]
        elif temporary is False:
            assert results["spf"]["status"] == "error", results["spf"]


def plain(packet, name, kind, end, _tcp):
    """The truth about everything that a lie is not about."""
    if kind == "MX" and name == "example.org":
        return message(packet, end, answers=[record("MX", b"\0\x0a" + pack_name("mx.example.org"))])
    if kind == "A":
        return message(packet, end, answers=[record("A", bytes([8, 8, 4, 4]))])
    return message(packet, end)


def about_txt(lie):
    """The lie for TXT of the domain, the truth else."""
    def tell(packet, name, kind, end, tcp):
        told = kind == "TXT" and name == "example.org"
        return (lie if told else plain)(packet, name, kind, end, tcp)
    return tell


# ---- nothing can be known now

lies("silence", lambda *_: None, True)
lies("SERVFAIL for all", lambda p, n, k, e, t: message(p, e, 0x8182), True)
lies("REFUSED for all", lambda p, n, k, e, t: message(p, e, 0x8185), True)
lies("truncated, and TCP is closed", lambda *_: TC, True, "closed")
lies("truncated, and TCP is silent", lambda *_: TC, True, "silent")
lies("truncated, and TCP ends within the answer", lambda p, n, k, e, t: message(p, e) if t else TC, True, "cut")
lies("truncated for ever", lambda p, n, k, e, t: message(p, e, 0x8380) if t else TC, None)
lies("rubbish instead of messages", lambda p, n, k, e, t: p[:2] + random.Random(len(n)).randbytes(60), True)
lies("answers of other questions", lambda p, n, k, e, t: message(p, e)[:13] + bytes([p[13] ^ 1]) + message(p, e)[14:], True)
lies("answers with another number", lambda p, n, k, e, t: bytes([p[0] ^ 255]) + message(p, e)[1:], True)
lies("a record that is longer than its message",
     lambda p, n, k, e, t: message(p, e, answers=[record(k if k in TYPES and k != "ANY" else "A", b"\4abcd", length=60000)]), None)
lies("more records promised than there are",
     lambda p, n, k, e, t: message(p, e, count=5000, body=record("TXT", SPF)), None)
lies("a name that points to itself",
     lambda p, n, k, e, t: message(p, e, answers=[record("CNAME", struct.pack(">H", 0xc000 + e + 12))]), None)

# ---- what is wrong for good, and what is too much

lies("NXDOMAIN for all", lambda p, n, k, e, t: message(p, e, 0x8183), None)
lies("an alias of itself", lambda p, n, k, e, t: message(p, e, answers=[record("CNAME", b"\xc0\x0c")]), None)


def alias_ring(packet, name, _kind, end, _tcp):
    """a -> b -> c -> a, each asked for by itself."""
    turn = {"a": "b", "b": "c", "c": "a"}
    first = name.split(".")[0]
    return message(packet, end, answers=[record("CNAME", pack_name(turn.get(first, "a") + ".example.org"))])


lies("aliases in a ring", alias_ring, None)
lies("aliases without an end", lambda p, n, k, e, t: message(p, e, answers=[record("CNAME", pack_name(
    "x%d.example.org" % (int.from_bytes(n.encode()[:6], "big") % 99991 + 1)))]), None)
lies("a TXT record of 64 kB", about_txt(lambda p, n, k, e, t: message(p, e, answers=[record("TXT", texts(
    b"v=spf1 " + b"ip4:192.0.2.1 " * 4600)[:65000 // 256 * 256])]) if t else TC), None)
lies("thousands of TXT records", about_txt(lambda p, n, k, e, t: message(p, e, answers=[record("TXT", texts(
    b"site-verification=%d" % i)) for i in range(1800)] + [record("TXT", SPF)]) if t else TC), None)
lies("thousands of SPF records", about_txt(lambda p, n, k, e, t: message(p, e, answers=[record("TXT", SPF)] * 1500)
                                           if t else TC), False)
lies("control bytes in TXT", about_txt(lambda p, n, k, e, t: message(p, e, answers=[record("TXT", texts(
    b"v=spf1 \x1b[31mip4:9.9.9.9\x07\r\n\x00\x9b2J -all \xff\xfe"))])), None)
lies("an include of itself", about_txt(lambda p, n, k, e, t: message(p, e, answers=[record("TXT", texts(
    b"v=spf1 include:example.org -all"))])), False)


def many_hosts(packet, name, kind, end, tcp):
    """Thousands of MX hosts; names as long as names can be; one with control bytes in it."""
    if kind != "MX":
        return plain(packet, name, kind, end, tcp)
    if not tcp:
        return TC
    long = b"".join(b"\x3f" + b"a" * 63 for _ in range(3)) + b"\x3d" + b"b" * 61 + b"\0"
    odd = b"\x05\x1b[2J\x07\x04a.\0\n\0"
    hosts = [long, odd] + [pack_name("mx%d.example.org" % i) for i in range(1500)]
    return message(packet, end, answers=[record("MX", struct.pack(">H", i) + h) for i, h in enumerate(hosts)])


lies("thousands of mail hosts, some with impossible names", many_hosts, None)
lies("255 labels", lambda p, n, k, e, t: message(p, e, answers=[record("CNAME", b"\1a" * 127 + b"\0")])
     if k == "MX" else message(p, e, answers=[record("CNAME", b"\1a" * 255 + b"\0")]), None)
lies("a label of the forbidden kind", lambda p, n, k, e, t: message(p, e, answers=[record("CNAME", b"\x41ab\0")]), None)


def includes_without_end(packet, name, kind, end, _tcp):
    if kind != "TXT":
        return plain(packet, name, kind, end, _tcp)
    number = int(name[1:].split(".")[0]) if name[:1] == "i" and name[1:].split(".")[0].isdigit() else 0
    return message(packet, end, answers=[record("TXT", texts(b"v=spf1 include:i%d.example.org -all" % (number + 1)))])


lies("includes without end", includes_without_end, False)


@tap.case("DNS: silence of one list says nothing of it, and nothing of the others", timeout=6 * LIMIT_S)
def one_list():
    def lie(packet, name, kind, end, tcp):
        if name.endswith("spamcop.net"):
            return None
        if kind == "A" and (name.startswith(("2.0.0.127.", "test.", "dbltest.com."))):
            return message(packet, end, answers=[record("A", bytes([127, 0, 0, 2]))])
        if kind == "A" and name.count(".") > 3:
            return message(packet, end, 0x8183)
        return plain(packet, name, kind, end, tcp)
    with liar(lie) as server:
        results, _ = check(server)
    for name, row in results.items():
        if "list" in name:
            assert row["status"] in ("ok", "untested", "not_tested", "warning"), row


def letter():
    """Signed by a key that the name server is asked for."""
    return (b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1; h=From:Subject;\r\n"
            b" bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\nFrom: a@example.org\r\nSubject: x\r\n\r\n")


@tap.case("DNS: lies about a DKIM key: temporary and permanent are two things", timeout=6 * LIMIT_S)
def dkim_key():
    rows = (("silence", lambda *_: None, "temperror"), ("SERVFAIL", lambda p, n, k, e, t: message(p, e, 0x8182), "temperror"),
            ("NXDOMAIN", lambda p, n, k, e, t: message(p, e, 0x8183), "permerror"),
            ("control bytes", lambda p, n, k, e, t: message(p, e, answers=[record("TXT", texts(
                b"v=DKIM1; k=rsa; p=\x1b[31m\x00\xff"))]), "permerror"),
            ("thousands", lambda p, n, k, e, t: message(p, e, answers=[record("TXT", texts(b"x=%d" % i)) for i in range(2000)])
             if t else TC, "permerror"),
            ("64 kB", lambda p, n, k, e, t: message(p, e, answers=[record("TXT", texts(b"v=DKIM1; p=" + b"A" * 60000))])
             if t else TC, "permerror"))
    for what, lie, wanted in rows:
        with liar(lie) as server, lab.Home() as home:
            done = home.run("--json", "dkim", "verify", "-", "--resolver", "127.0.0.1:%d" % server.port,
                            stdin=letter(), timeout=3 * LIMIT_S)
            assert not lab.raw_bytes(done.stdout) and not lab.raw_bytes(done.stderr), (what, done)
            found = [s["status"] for s in json.loads(done.stdout)["signatures"]]
            assert found == [wanted], (what, done)


if __name__ == "__main__":
    sys.exit(tap.main())
