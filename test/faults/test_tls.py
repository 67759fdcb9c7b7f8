# SPDX-License-Identifier: MIT
"""TLS that breaks at every record, and certificates of many kinds: mail goes to whom it was meant for or to nobody,
and the account is true.

Not looked at: revocation (no CRL, no OCSP; SW-T13 is told only of what a server or a proxy of TLS reports).
"""
import base64
import concurrent.futures
import contextlib
import json
import os
import select
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "lab")]
import certs  # noqa: E402
import tap  # noqa: E402

NAME = "mx.sandbox.test"
STAGES = ["tls", "greeting", "ehlo", "envelope", "data", "final", "quit"]
ANSWERS = [(b"EHLO", b"250 mx.sandbox.test\r\n", "ehlo"), (b"MAIL", b"250 2.1.0 ok\r\n", "envelope"),
           (b"RCPT", b"250 2.1.5 ok\r\n", "envelope"), (b"DATA", b"354 go on\r\n", "data"),
           (b"QUIT", b"221 bye\r\n", "quit")]


class Server:
    """SMTP with TLS from the first byte, one reply a command; `phase` is what the client waits for."""

    def __init__(self, context):
        self.context, self.taken = context, {}
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=32)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                c, peer = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(c, peer), daemon=True).start()

    def _one(self, c, peer):
        state = self.taken[peer[1]] = {"phase": "tls", "messages": 0}
        c.settimeout(10)
        with contextlib.suppress(OSError, ValueError), c:
            with self.context.wrap_socket(c, server_side=True) as t:
                state["phase"] = "greeting"
                t.sendall(b"220 mx.sandbox.test ESMTP\r\n")
                self._talk(t, state)

    @staticmethod
    def _talk(t, state):
        f = t.makefile("rb")
        for line in f:
            if state["phase"] == "data":
                if line == b".\r\n":
                    state["messages"] += 1
                    state["phase"] = "final"
                    t.sendall(b"250 2.0.0 queued as 4711\r\n")
                continue
            for word, answer, phase in ANSWERS:
                if line.upper().startswith(word):
                    state["phase"] = phase
                    t.sendall(answer)
            if state["phase"] == "quit":
                return

    def stop(self):
        self.socket.close()


class Middle:
    """Between one client and the server: does something to record number `at` of one direction. Without `at` it
    notes what each record of the server was for."""

    def __init__(self, server, direction="down", action=None, at=None):
        self.server, self.direction, self.action, self.at = server, direction, action, at
        self.records, self.state = {"up": [], "down": []}, {"phase": "tls", "messages": 0}
        self.finished = False
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.done = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        with contextlib.suppress(OSError):
            c, _ = self.socket.accept()
            self.socket.close()
            with c, socket.create_connection(("127.0.0.1", self.server.port)) as s:
                for x in (c, s):
                    x.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                mine = s.getsockname()[1]
                self._pass(c, s, mine)
        self.done.set()

    def _pass(self, c, s, mine):
        held = {c: b"", s: b""}
        while True:
            ready, _, _ = select.select([c, s], [], [], 10)
            if not ready:
                return
            for a in ready:
                data = a.recv(65536)
                self.state = self.server.taken.get(mine, self.state)
                if not data:
                    return
                held[a] += data
                while len(held[a]) >= 5:
                    size = 5 + struct.unpack(">H", held[a][3:5])[0]
                    if len(held[a]) < size:
                        break
                    record, held[a] = held[a][:size], held[a][size:]
                    way = "up" if a is c else "down"
                    self.records[way].append(self._phase(way, record[0]))
                    if not self._record(way, record, s if a is c else c):
                        return

    def _phase(self, way, kind):
        # Handshake and ChangeCipherSpec: the server may be a step ahead of what is read.
        if kind in (20, 22):
            return "tls"
        # Behind the client's Finished, which is the first that TLS 1.3 encrypts, it waits for the greeting: tickets
        # come before that, whatever the server thinks it does.
        self.finished = self.finished or (way == "up" and kind == 23)
        phase = self.state["phase"]
        return "greeting" if phase == "tls" and way == "down" and self.finished else phase

    def _record(self, way, record, to):
        if way != self.direction or len(self.records[way]) != self.at:
            to.sendall(record)
            return True
        if self.action == "cut":
            return False
        if self.action == "truncate":
            to.sendall(record[:max(6, len(record) // 2)])
            return False
        if self.action == "hold":
            time.sleep(1.6)
            return False
        if self.action == "delay":
            time.sleep(0.15)
        if self.action == "alert":
            record = b"\x15" + record[1:3] + b"\0\2\2\x28"
        if self.action == "flip":
            middle = 5 + (len(record) - 5) // 2
            record = record[:middle] + bytes([record[middle] ^ 0x20]) + record[middle + 1:]
        to.sendall(record)
        return True


class Place:
    """A directory with a CA, a good certificate and a hosts file."""

    def __init__(self, directory):
        self.dir = directory
        self.root = certs.Authority(os.path.join(directory, "root"), "Test Root")
        self.key = os.path.join(directory, "leaf.key")
        certs.Authority.key_file(self.key)
        self.hosts = os.path.join(directory, "hosts")
        with open(self.hosts, "w") as f:
            f.write(f"127.0.0.1 {NAME} sandbox.test\n")

    def path(self, name):
        return os.path.join(self.dir, name)

    def leaf(self, name, signer, ext="", san=f"DNS:{NAME}", begin=-20, end=70, key=None, md="sha256", own=False, eku=True,
             ku="digitalSignature", cn=None):
        """PEM text of a leaf; ext adds lines."""
        text = f"basicConstraints=CA:FALSE\nkeyUsage=critical,{ku}\n" + ("extendedKeyUsage=serverAuth\n" if eku else "")
        text += (f"subjectAltName={san}\n" if san else "") + ext
        signer.sign(self.path(name), key or self.key, f"/CN={cn or NAME}", text, begin, end, own=own, md=md)
        return self.text(name)

    def text(self, name):
        with open(self.path(name)) as f:
            return f.read()

    def authority(self, name, parent, ext, begin=-100, end=100):
        """Below `parent`; `pem` is its certificate."""
        key = self.path(name + ".key")
        certs.Authority.key_file(key)
        parent.sign(self.path(name), key, f"/O={name}/CN={name}", ext, begin, end)
        return self.signer(name, key)

    def signer(self, name, key):
        signer = certs.Signer(self.path(name + ".d"), key)
        signer.cert = self.path(name)
        signer.pem = self.text(name)
        return signer

    def context(self, chain, key=None, version=None):
        name = self.path("chain" + os.urandom(6).hex())
        with open(name, "w") as f:
            f.write(chain)
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.set_ciphers("ALL:@SECLEVEL=0")
        if version:
            c.minimum_version = c.maximum_version = version
        c.load_cert_chain(name, key or self.key)
        return c


def send(place, port, *more, name=NAME, timeout="3", tag=""):
    """(outcome, stage, failure, sentence, tls.handshake) of a message."""
    case = place.path(f"case{tag}{port}.json")
    done = tap.sendwell("send", "--json", "--server", f"smtps://{name}:{port}", "--hosts", place.hosts, "--ca",
                        place.root.cert, "--from", "me@example.org", "--to", "you@example.net", "--timeout", timeout,
                        "--save", case, *more, stdin=b"hello\n", timeout=20)
    assert done.returncode >= 0 and b"ERROR: AddressSanitizer" not in done.stderr, done
    result = json.loads(done.stdout)
    with open(case) as f:
        facts = json.load(f)["facts"]
    last = {x["type"]: x["fields"] for x in facts}
    os.unlink(case)
    return (result["outcome"], result["stage"], last["session.end"]["failure"], result["sentence"],
            last.get("tls.handshake", {}))


def at_one_record(place, server, direction, action, at, phase):
    middle = Middle(server, direction, action, at)
    began = time.monotonic()
    outcome, stage, failure, sentence, _ = send(place, middle.port, timeout="1" if action == "hold" else "3")
    took = time.monotonic() - began
    middle.done.wait(5)
    got = middle.state["messages"]
    what = f"{direction} {action} at {at} ({phase}): {outcome} {stage} {failure} {got}: {sentence}"
    # The account is true, whatever happened.
    assert not (got and outcome == "not_sent"), what
    assert not (outcome == "accepted" and not got), what
    assert took < 8 and sentence, what
    # The last records of the client say QUIT and farewell: they are no matter of the message.
    if action == "delay" or phase == "quit" or (direction == "up" and phase == "final"):
        assert outcome == "accepted", what
        return None
    if direction == "down":
        assert outcome == ("uncertain" if phase == "final" else "not_sent") and stage == phase, what
        assert failure in (["timeout"] if action == "hold" else ["tls", "io", "closed"]), what
    else:
        assert outcome in ("not_sent", "uncertain"), what
    return None


def every_record(version):
    with tempfile.TemporaryDirectory(prefix="sendwell-tls-") as directory:
        place = Place(directory)
        server = Server(place.context(place.leaf("good", place.root), version=version))
        clean = Middle(server)
        assert send(place, clean.port)[0] == "accepted"
        clean.done.wait(5)
        jobs = []
        for direction, actions in (("down", ["cut", "truncate", "flip", "alert", "delay"]), ("up", ["cut", "flip"])):
            phases = clean.records[direction]
            assert set(STAGES[:-1]) & set(phases) >= {"tls", "greeting", "ehlo", "envelope"}, phases
            jobs += [(direction, action, at + 1, phase) for at, phase in enumerate(phases) for action in actions]
        # One record of each stage is held back for ever.
        down = clean.records["down"]
        jobs += [("down", "hold", down.index(phase) + 1, phase) for phase in STAGES[:-1]]
        flaws = []
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(at_one_record, place, server, *job) for job in jobs]:
                try:
                    done.result()
                except AssertionError as e:
                    flaws.append(str(e))
        server.stop()
        assert not flaws, f"{len(flaws)} of {len(jobs)}:\n" + "\n".join(flaws)


@tap.case("TLS 1.3 that breaks at any record is told truly, in time and at its stage")
def _():
    every_record(ssl.TLSVersion.TLSv1_3)


@tap.case("TLS 1.2 that breaks at any record is told truly, in time and at its stage")
def _():
    every_record(ssl.TLSVersion.TLSv1_2)


CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"


def rsa(place, bits):
    path = place.path(f"rsa{bits}")
    certs.Authority.key_file(path, f"rsa{bits}")
    return path


def spoiled(pem):
    """The last byte of the signature is another one."""
    der = base64.b64decode("".join(pem.strip().splitlines()[1:-1]))
    der = der[:-1] + bytes([der[-1] ^ 1])
    return "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der).decode() + "-----END CERTIFICATE-----\n"


def san_of_bytes(name):
    inner = b"\x82" + bytes([len(name)]) + name
    return "DER:" + (b"\x30" + bytes([len(inner)]) + inner).hex(":")


def version_one(place):
    """An intermediate of X.509 version 1, which says nothing of being a CA."""
    name, key = "v1", place.path("v1.key")
    certs.Authority.key_file(key)
    certs.openssl("req", "-new", "-key", key, "-subj", "/CN=Old CA", "-out", place.path("v1.csr"))
    certs.openssl("x509", "-req", "-in", place.path("v1.csr"), "-CA", place.root.cert, "-CAkey", place.root.key,
                  "-set_serial", "7", "-days", "9", "-out", place.path(name))
    return place.signer(name, key)


def kinds(p):
    """name, chain, codes of OpenSSL that may be first (none: it is good), words, and more of Server and send."""
    root = p.root
    mid = p.authority("mid", root, CA)
    old = p.authority("old", root, CA, -100, -2)
    no_ca = p.authority("noca", root, "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyCertSign\n")
    no_sign = p.authority("nosign", root, "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature\n")
    short = p.authority("short", root, "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n")
    below = p.authority("below", short, CA)
    fenced = p.authority("fenced", root, CA + "nameConstraints=critical,permitted;DNS:example.org\n")
    v1 = version_one(p)
    stranger = certs.Authority(p.path("stranger"), "Stranger")
    with open(stranger.cert) as f:
        stranger_pem = f.read()
    own = certs.Signer(p.path("own.d"), p.key)
    rsa1024, rsa512 = rsa(p, 1024), rsa(p, 512)
    leaf = p.leaf
    other = "not for"
    good = leaf("g1", root)
    site_key = p.path("site.key")
    certs.Authority.key_file(site_key)
    site = leaf("site", root, key=site_key, cn="site", san="DNS:site.test")
    as_ca = p.signer("site", site_key)
    return [
        ("good, from the root", good, (), ""),
        ("good, with an intermediate", leaf("g2", mid) + mid.pem, (), ""),
        ("good, wildcard", leaf("g3", root, san="DNS:*.sandbox.test"), (), ""),
        ("good, several names, one right", leaf("g4", root, san=f"DNS:a.test,DNS:{NAME.upper()},IP:192.0.2.1"), (), ""),
        ("good, an address", leaf("g5", root, san="IP:127.0.0.1"), (), "", {"name": "127.0.0.1"}),
        ("good, no extended key usage", leaf("g6", root, eku=False), (), ""),
        ("good, unordered chain with a stranger's", leaf("g7", mid) + stranger_pem + mid.pem, (), ""),
        ("expired", leaf("e1", root, begin=-90, end=-1), (10,), "is expired"),
        ("not yet valid", leaf("e2", root, begin=2, end=90), (9,), "not valid yet"),
        ("another name", leaf("n1", root, san="DNS:other.test"), (62,), other),
        ("wildcard of a top level", leaf("n2", root, san="DNS:*.test"), (62,), other, {"name": "sandbox.test"}),
        ("wildcard over two levels", leaf("n3", root, san="DNS:*.test"), (62,), other),
        ("partial wildcard", leaf("n4", root, san="DNS:m*.sandbox.test"), (62,), other),
        ("wildcard inside", leaf("n5", root, san="DNS:mx.*.test"), (62,), other),
        ("wildcard alone", leaf("n6", root, san="DNS:*"), (62,), other),
        ("another address", leaf("n7", root, san="IP:127.0.0.2"), (64,), other, {"name": "127.0.0.1"}),
        ("address as a name", leaf("n8", root, san="DNS:127.0.0.1"), (64,), other, {"name": "127.0.0.1"}),
        ("common name alone", leaf("n9", root, san=None), (62,), other),
        ("empty alternative names", leaf("n10", root, san="DER:30:00"), (62,), other),
        ("a zero byte in the name", leaf("n11", root, san=san_of_bytes(NAME.encode() + b"\0.evil.test")), (62,), other),
        ("self-signed", leaf("s1", own, own=True), (18,), "signed by itself"),
        ("of an unknown root, alone", leaf("u1", stranger), (20, 21), "an issuer that is not among"),
        ("of an unknown root, with it", leaf("u2", stranger) + stranger_pem, (19,), "root that is not among"),
        ("intermediate missing", leaf("u3", mid), (20, 21), "an issuer that is not among"),
        ("intermediate expired", leaf("u4", old) + old.pem, (10,), "expired"),
        ("issuer is no CA", leaf("c1", no_ca) + no_ca.pem, (24, 79, 32), "did not pass"),
        ("issuer may not sign", leaf("c2", no_sign) + no_sign.pem, (24, 32, 79), "did not pass"),
        ("issued by a server's certificate", leaf("c3", as_ca) + site, (24, 32, 79), "did not pass"),
        ("issuer of version 1", leaf("c4", v1) + v1.pem, (24, 79), "did not pass"),
        ("path longer than allowed", leaf("c5", below) + below.pem + short.pem, (25,), "did not pass"),
        ("name outside of the constraints", leaf("c6", fenced) + fenced.pem, (47,), "did not pass"),
        ("for clients only", leaf("k1", root, "extendedKeyUsage=clientAuth\n", eku=False), (26,), "did not pass"),
        ("key for signing certificates", leaf("k2", root, ku="keyCertSign"), (26,), "did not pass"),
        ("unknown critical extension", leaf("k3", root, "1.2.3.4.5=critical,DER:05:00\n"), (34,), "did not pass"),
        ("signature spoiled", spoiled(leaf("k4", root)), (7,), "did not pass"),
        ("signed with SHA-1", leaf("w1", root, md="sha1"), (68,), "signature digest algorithm too weak"),
        ("RSA of 1024 bits", leaf("w3", root, key=rsa1024), (66,), "(RSA 1024)", {"key": rsa1024}),
        ("RSA of 512 bits", leaf("w4", root, key=rsa512), (66,), "(RSA 512)",
         {"key": rsa512, "version": ssl.TLSVersion.TLSv1_2}),
    ]


def one_certificate(place, label, chain, codes, words, more=None):
    more = dict(more or {})
    name = more.pop("name", NAME)
    server = Server(place.context(chain, **more))
    outcome, stage, failure, sentence, tls = send(place, server.port, name=name, tag="c")
    got = sum(s["messages"] for s in server.taken.values())
    what = f"{label}: {outcome} {stage} {failure} {tls.get('verify_code')} {tls.get('verify_text')}: {sentence}"
    server.stop()
    if not codes:
        assert outcome == "accepted" and got == 1 and tls["verified"] is True, what
        return
    assert outcome == "not_sent" and stage == "tls" and failure == "tls" and got == 0, what
    assert tls["verify_code"] in codes and tls["verified"] is False and tls["verify_text"], what
    assert tls["alert_sent"] > 0, what
    assert words in sentence, what


@tap.case("only good certificates get mail, and each refusal names its reason")
def _():
    with tempfile.TemporaryDirectory(prefix="sendwell-certs-") as directory:
        place = Place(directory)
        rows = kinds(place)
        assert len([r for r in rows if r[2]]) >= 24
        flaws = []
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(one_certificate, place, *row) for row in rows]:
                try:
                    done.result()
                except (AssertionError, ssl.SSLError) as e:
                    flaws.append(str(e))
        assert not flaws, "\n".join(flaws)


if __name__ == "__main__":
    sys.exit(tap.main())
