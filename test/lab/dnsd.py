# SPDX-License-Identifier: MIT
"""Name servers with faults, for tests: as many as are wanted, each on an address of its own.

    servers = [
        {"address": "127.0.0.2", "resolver": true, "records": [...], "faults": [...]},
        {"address": "127.0.0.3", "records": ["example.test SOA 7", "example.test NS ns.example.test", ...]},
    ]
    with dnsd.running(servers): ...          or          python3 dnsd.py servers.json

A server has these keys, all but `address` optional:
  port       53
  resolver   true: answers for every name it has records of, NXDOMAIN for the others, RA set. Else an authority:
             for the zones that it has a SOA of (AA; a delegation below them is a referral with glue), REFUSED else.
  records    lines "name [ttl] TYPE data" (A AAAA NS MX CNAME PTR TXT SOA SRV); "name SOA serial"; names without the
             last dot. "*.zone" is a wildcard. Default ttl 300.
  age        seconds that a resolver has kept its answers: their TTL is so much less
  tcp        "open" (default), "closed", "silent"
  faults     [{"name": "*.example.test", "type": "MX", "do": "servfail"}, ...], the first that fits counts; name
             is a shell pattern (default "*"), type default "*". do:
               nxdomain nodata servfail refused formerr silent
               bogus        SERVFAIL with the extended error 6, unless checking is disabled (CD)
               truncate     TC and nothing over UDP, whole over TCP
               delay:MS     later
               lame         answers without AA, and without records
               not-aa       as it is, but without AA
               answer:IP    that address, whatever was asked for (A only)
               hijack:IP    that address where there is no such name
               first-TYPE   every other question: TYPE is one of the above ("first-servfail")
"""
import contextlib
import fnmatch
import json
import socket
import socketserver
import struct
import sys
import threading
import time

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "ANY": 255}
NAMES = {number: name for name, number in TYPES.items()}
RCODES = {"nodata": 0, "formerr": 1, "servfail": 2, "nxdomain": 3, "refused": 5}
QR, AA, TC, RD, RA, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0010


def pack_name(name):
    out = b""
    for label in name.rstrip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode("latin-1")
    return out + b"\0"


def read_name(packet, at):
    labels = []
    while packet[at]:
        length = packet[at]
        labels.append(packet[at + 1:at + 1 + length].decode("latin-1").lower())
        at += 1 + length
    return ".".join(labels), at + 1


def pack_data(kind, data):
    if kind == "A":
        return socket.inet_aton(data)
    if kind == "AAAA":
        return socket.inet_pton(socket.AF_INET6, data)
    if kind in ("NS", "CNAME", "PTR"):
        return pack_name(data)
    if kind == "MX":
        preference, host = data.split()
        return struct.pack(">H", int(preference)) + pack_name(host)
    if kind == "SRV":
        *numbers, host = data.split()
        return struct.pack(">HHH", *map(int, numbers)) + pack_name(host)
    if kind == "TXT":
        text = data.strip('"').encode()
        parts = [text[i:i + 255] for i in range(0, len(text), 255)] or [b""]
        return b"".join(bytes([len(part)]) + part for part in parts)
    if kind == "SOA":
        words = data.split()
        serial, minimum = int(words[0]), int(words[1]) if len(words) > 1 else 60
        return pack_name("ns.invalid") + pack_name("hostmaster.invalid") + struct.pack(
            ">IIIII", serial, 3600, 600, 86400, minimum)
    raise ValueError(kind)


class Zone(dict):
    """name -> type -> [(ttl, data)]"""

    def __init__(self, lines):
        super().__init__()
        for line in lines:
            words = line.split(None, 1)
            name, rest = words[0].lower().rstrip("."), words[1]
            ttl = 300
            first, tail = rest.split(None, 1)
            if first.isdigit():
                ttl, (first, tail) = int(first), tail.split(None, 1)
            self.setdefault(name, {}).setdefault(first.upper(), []).append((ttl, tail.strip()))
        self.apexes = {name for name, types in self.items() if "SOA" in types}

    def apex_of(self, name):
        while name:
            if name in self.apexes:
                return name
            name = name.partition(".")[2]
        return None

    def cut_of(self, name, apex):
        found = None
        while name and name != apex:
            if "NS" in self.get(name, {}):
                found = name
            name = name.partition(".")[2]
        return found

    def exists(self, name):
        return name in self or any(other.endswith("." + name) for other in self)

    def lookup(self, name):
        if self.exists(name):
            return self.get(name, {})
        rest = name
        while "." in rest:
            rest = rest.partition(".")[2]
            if "*." + rest in self:
                return self["*." + rest]
            if self.exists(rest):
                return None
        return None


class NameServer:
    def __init__(self, wish):
        self.address, self.port = wish["address"], wish.get("port", 53)
        self.resolver, self.age = wish.get("resolver", False), wish.get("age", 0)
        self.zone = Zone(wish.get("records", []))
        self.faults, self.tcp = wish.get("faults", []), wish.get("tcp", "open")
        self.asked = []
        self.turns = {}

    def fault(self, name, kind):
        for number, row in enumerate(self.faults):
            if fnmatch.fnmatch(name, row.get("name", "*")) and row.get("type", "*") in ("*", kind):
                do = row["do"]
                if not do.startswith("first-"):
                    return do
                self.turns[number] = self.turns.get(number, 0) + 1
                return do[6:] if self.turns[number] % 2 else ""
        return ""

    def collect(self, name, kind):
        """rcode, answers, authority, additional, flags"""
        answers, at, seen = [], name, 0
        apex = self.zone.apex_of(name)
        if not self.resolver:
            if apex is None:
                return RCODES["refused"], [], [], [], 0
            cut = self.zone.cut_of(name, apex)
            if cut:
                return self.refer(cut)
        while True:
            types = self.zone.lookup(at)
            if types is None:
                return (RCODES["nxdomain"] if not answers else 0), answers, self.soa(apex), [], AA
            wanted = list(types) if kind == "ANY" else [kind]
            for one in wanted:
                answers += [(at, one, ttl, data) for ttl, data in types.get(one, [])]
            if "CNAME" not in types or kind == "CNAME" or seen > 8:
                break
            ttl, data = types["CNAME"][0]
            answers.append((at, "CNAME", ttl, data))
            at, seen = data.lower().rstrip("."), seen + 1
        has = any(one == kind or kind == "ANY" for _, one, _, _ in answers)
        return 0, answers, [] if has else self.soa(apex), [], AA

    def refer(self, cut):
        authority = [(cut, "NS", ttl, data) for ttl, data in self.zone[cut]["NS"]]
        glue = []
        for _, _, _, host in authority:
            for kind in ("A", "AAAA"):
                glue += [(host, kind, ttl, data)
                         for ttl, data in self.zone.get(host.lower(), {}).get(kind, [])]
        return 0, [], authority, glue, 0

    def soa(self, apex):
        return [(apex, "SOA", ttl, data) for ttl, data in self.zone[apex]["SOA"]] if apex else []

    def pack(self, rows):
        out = b""
        for name, kind, ttl, data in rows:
            ttl = max(0, ttl - self.age) if self.resolver else ttl
            rdata = pack_data(kind, data)
            out += pack_name(name) + struct.pack(">HHIH", TYPES[kind], 1, ttl, len(rdata)) + rdata
        return out

    def answer(self, packet, tcp):
        """The answer, or None for none; and the seconds to wait."""
        if len(packet) < 12:
            return None, 0
        ident, flags, questions, _, _, more = struct.unpack(">6H", packet[:12])
        if flags & QR or questions != 1:
            return None, 0
        name, at = read_name(packet, 12)
        number, _ = struct.unpack(">HH", packet[at:at + 4])
        at += 4
        kind, size, edns = NAMES.get(number, "?"), 512, False
        if more and len(packet) >= at + 11 and packet[at] == 0 and packet[at + 1:at + 3] == b"\0\x29":
            edns, size = True, max(512, struct.unpack(">H", packet[at + 3:at + 5])[0])
        self.asked.append((name, kind, "tcp" if tcp else "udp"))
        do, wait = self.fault(name, kind), 0
        if do.startswith("delay:"):
            wait, do = int(do[6:]) / 1000, ""
        if do == "silent":
            return None, 0
        rcode, answers, authority, extra, out = self.collect(name, kind)
        option = b""
        if do.startswith("hijack:"):
            if rcode == RCODES["nxdomain"]:
                rcode, authority = 0, []
                answers = [(name, "A", 60, do[7:])] if kind == "A" else []
        elif do.startswith("answer:"):
            rcode, authority, answers = 0, [], [(name, "A", 60, do[7:])] if kind == "A" else []
        elif do == "bogus" and not flags & CD:
            rcode, answers, authority = RCODES["servfail"], [], []
            option = struct.pack(">HHH", 15, 2, 6)
        elif do == "lame":
            rcode, answers, authority, extra, out = 0, [], [], [], 0
        elif do == "not-aa":
            out = 0
        elif do in RCODES:
            rcode, answers, extra = RCODES[do], [], []
            out = out if do in ("nodata", "nxdomain") else 0
            authority = authority if do in ("nodata", "nxdomain") else []
        if self.resolver:
            out = RA
        body = [self.pack(answers), self.pack(authority), self.pack(extra)]
        counts = [len(answers), len(authority), len(extra)]
        opt = b"\0" + struct.pack(">HHIH", 41, 1232, 0, len(option)) + option if edns else b""
        length = at + sum(map(len, body)) + len(opt)
        if not tcp and (do == "truncate" or length > size):
            out, body, counts = out | TC, [b"", b"", b""], [0, 0, 0]
        head = struct.pack(">6H", ident, QR | out | flags & (RD | CD) | rcode, 1, counts[0],
                           counts[1], counts[2] + bool(opt))
        return head + packet[12:at] + b"".join(body) + opt, wait


class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        packet, sock = self.request
        answer, wait = self.server.names.answer(packet, False)
        if answer is None:
            return
        if wait:
            time.sleep(wait)
        with contextlib.suppress(OSError):
            sock.sendto(answer, self.client_address)


class Tcp(socketserver.BaseRequestHandler):
    def handle(self):
        names = self.server.names
        if names.tcp == "silent":
            time.sleep(60)
            return
        with contextlib.suppress(OSError, struct.error):
            while True:
                head = self.request.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    return
                packet = self.request.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
                answer, wait = names.answer(packet, True)
                if answer is None:
                    return
                time.sleep(wait)
                self.request.sendall(struct.pack(">H", len(answer)) + answer)


class UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = allow_reuse_address = True
    max_packet_size = 65535


class TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True


class Tcp6Server(TcpServer):
    address_family = socket.AF_INET6


class Udp6Server(UdpServer):
    address_family = socket.AF_INET6


def listen(names):
    """UDP and TCP at one port. Any free one for UDP may be somebody's for TCP: then another."""
    six, port = ":" in names.address, names.port
    kinds = [(Udp6Server if six else UdpServer, Udp)]
    if names.tcp != "closed":
        kinds.append((Tcp6Server if six else TcpServer, Tcp))
    for tries in range(20, 0, -1):
        listeners = []
        names.port = port
        try:
            for kind, handler in kinds:
                listeners.append(kind((names.address, names.port), handler))
                names.port = listeners[0].server_address[1]
            return listeners
        except OSError:
            for listener in listeners:
                listener.server_close()
            if port or tries == 1:
                raise


def start(wishes):
    """Starts the servers; returns (names, listeners)."""
    all_names, listeners = [], []
    for wish in wishes:
        names = NameServer(wish)
        for listener in listen(names):
            listener.names = names
            threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
            listeners.append(listener)
        all_names.append(names)
    return all_names, listeners


@contextlib.contextmanager
def running(wishes):
    names, listeners = start(wishes)
    try:
        yield names
    finally:
        for listener in listeners:
            listener.shutdown()
            listener.server_close()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        wishes = json.load(file)
    start(wishes)
    print("ready", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
