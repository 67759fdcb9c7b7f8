#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""NTLMv2 against a server that computes it by itself from MS-NLMP: proof, integrity code, channel binding. The computation
here stands on the example values of the specification (4.2.4), and shares nothing with the program."""
import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time as clock

import lab
import tap

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import certs  # noqa: E402

NAME, USER, SECRET = "mx.sandbox.test", "Żółć.Жук", "P\u00e4ssw\u00f6rd \U0001f511"
CHALLENGE = bytes.fromhex("0123456789abcdef")
UNICODE, TARGET, NTLM, EXTENDED, INFO = 1, 4, 0x200, 0x80000, 0x800000
END, HOST, DOMAIN, FLAGS, TIME, BINDING = 0, 1, 2, 6, 7, 10


def md4(data):
    """RFC 1320; OpenSSL 3 has it no more."""
    def left(value, n):
        return (value << n | value >> (32 - n)) & 0xffffffff
    state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
    padded = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack("<Q", 8 * len(data))
    rounds = ((lambda x, y, z: x & y | ~x & z, 0, (3, 7, 11, 19), range(16)),
              (lambda x, y, z: x & y | x & z | y & z, 0x5a827999, (3, 5, 9, 13), [i // 4 + i % 4 * 4 for i in range(16)]),
              (lambda x, y, z: x ^ y ^ z, 0x6ed9eba1, (3, 9, 11, 15), (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15)))
    for at in range(0, len(padded), 64):
        words = struct.unpack("<16I", padded[at:at + 64])
        a, b, c, d = state
        for mix, add, shifts, order in rounds:
            for i, k in enumerate(order):
                a, b, c, d = d, left((a + mix(b, c, d) + words[k] + add) & 0xffffffff, shifts[i % 4]), b, c
        state = [(x + y) & 0xffffffff for x, y in zip(state, (a, b, c, d))]
    return struct.pack("<4I", *state)


def mac(key, data):
    return hmac.new(key, data, hashlib.md5).digest()


def key_of(user, domain, password):
    """NTOWFv2 (3.3.2): the user in capitals, the domain as it stands."""
    return mac(md4(password.encode("utf-16-le")), (user.upper() + domain).encode("utf-16-le"))


def pair(kind, value):
    return struct.pack("<HH", kind, len(value)) + value


def pairs_of(data):
    found = {}
    while True:
        kind, size = struct.unpack_from("<HH", data)
        if kind == END:
            return found, data[4:]
        assert kind not in found, kind
        found[kind], data = data[4:4 + size], data[4 + size:]


def challenge_message(info, flags):
    target = "Sandbox".encode("utf-16-le")
    return (b"NTLMSSP\0" + struct.pack("<IHHII", 2, len(target), len(target), 56, flags) + CHALLENGE + bytes(8) +
            struct.pack("<HHI", len(info), len(info), 56 + len(target)) + bytes(8) + target + info)


def field(message, at):
    size, room, offset = struct.unpack_from("<HHI", message, at)
    assert room >= size and offset + size <= len(message), (size, room, offset)
    return message[offset:offset + size]


def binding_of(certificate):
    """gss_channel_bindings_struct without addresses; RFC 5929 4 for a certificate that is signed with SHA-256."""
    data = b"tls-server-end-point:" + hashlib.sha256(certificate).digest()
    return hashlib.md5(bytes(16) + struct.pack("<I", len(data)) + data).digest()


def verify(first, challenge, last, users, certificate):
    """Why this authentication is wrong, or None."""
    assert last[:12] == b"NTLMSSP\0\3\0\0\0", last[:12]
    user, domain = field(last, 36).decode("utf-16-le"), field(last, 28).decode("utf-16-le")
    if (user, domain) not in users:
        return "no such user: %r %r" % (user, domain)
    key, response = key_of(user, domain, users[user, domain]), field(last, 20)
    proof, blob = response[:16], response[16:]
    if mac(key, CHALLENGE + blob) != proof:
        return "the proof is wrong"
    assert blob[:8] == b"\1\1" + bytes(6) and blob[24:28] == bytes(4), blob[:28]
    theirs, rest = pairs_of(blob[28:])
    ours, _ = pairs_of(field(challenge, 40))
    assert rest in (b"", bytes(4)), rest
    for kind in (HOST, DOMAIN, TIME):
        assert theirs.get(kind) == ours.get(kind), kind
    lm = field(last, 12)
    if TIME not in ours:
        assert lm == mac(key, CHALLENGE + lm[16:]) + lm[16:] and lm[16:] == blob[16:24], "LMv2 is wrong"
        now = struct.unpack_from("<Q", blob, 8)[0] / 1e7 - 11644473600
        assert abs(now - clock.time()) < 3600, now
    else:
        assert lm == bytes(24) and blob[8:16] == ours[TIME] and theirs[FLAGS] == b"\2\0\0\0", theirs
        code, bare = last[72:88], last[:72] + bytes(16) + last[88:]
        if mac(mac(key, proof), first + challenge + bare) != code:
            return "the integrity code is wrong"
    if certificate and theirs.get(BINDING) != binding_of(certificate):
        return "the channel binding is wrong"
    return None


class Server:
    """SMTP with NTLM; what was wrong with each login stands in `verdicts`."""

    def __init__(self, users, info, context=None, certificate=None, flags=UNICODE | TARGET | NTLM | EXTENDED | INFO):
        self.users, self.context, self.certificate = users, context, certificate
        self.challenge = challenge_message(info, flags)
        self.verdicts, self.errors, self.taken = [], [], 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        while True:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            try:
                c.settimeout(20)
                if self.context:
                    c = self.context.wrap_socket(c, server_side=True)
                with c, c.makefile("rwb") as f:
                    self.talk(f)
            except OSError:
                pass
            except Exception as e:      # the test must hear of it
                self.errors.append(repr(e))

    @staticmethod
    def say(f, line):
        f.write(line + b"\r\n")
        f.flush()

    def log_in(self, f, words):
        if len(words) < 3:
            self.say(f, b"334 NTLM supported")
            words.append(f.readline().strip())
        first = base64.b64decode(words[2], validate=True)
        assert first[:12] == b"NTLMSSP\0\1\0\0\0", first
        self.say(f, b"334 " + base64.b64encode(self.challenge))
        wrong = verify(first, self.challenge, base64.b64decode(f.readline().strip(), validate=True), self.users, self.certificate)
        self.verdicts.append(wrong)
        self.say(f, b"535 5.7.8 no" if wrong else b"235 2.7.0 welcome")

    def talk(self, f):
        self.say(f, b"220 " + NAME.encode() + b" ESMTP")
        for line in iter(f.readline, b""):
            words = line.split()
            verb = words[0].upper()
            if verb == b"EHLO":
                self.say(f, b"250-" + NAME.encode() + b"\r\n250 AUTH NTLM")
            elif verb == b"AUTH":
                self.log_in(f, words)
            elif verb == b"DATA":
                self.say(f, b"354 go on")
                while f.readline() not in (b".\r\n", b""):
                    pass
                self.taken += 1
                self.say(f, b"250 2.0.0 taken")
            else:
                self.say(f, b"221 bye" if verb == b"QUIT" else b"250 2.0.0 ok")
                if verb == b"QUIT":
                    return


def info_of(time=None):
    names = pair(DOMAIN, "Domain".encode("utf-16-le")) + pair(HOST, "Server".encode("utf-16-le"))
    return names + (pair(TIME, time) if time else b"") + pair(END, b"")


def send(home, server, user, secret, *more):
    done = home.run("send", "--json", "--auth", "NTLM", "--user", user, "--password-file", home.write("secret", secret + "\n"),
                    "--timeout", "10", "--from", lab.FROM, "--to", lab.TO, "--subject", "x", "--text", home.write("t", "x\n"), *more)
    assert not server.errors, server.errors
    return json.loads(done.stdout)["outcome"], done.returncode


@tap.case("the reference computes the values of the specification")
def _():
    assert md4(b"").hex() == "31d6cfe0d16ae931b73c59d7e0c089c0"             # RFC 1320 A.5
    assert md4(b"abc").hex() == "a448017aaf21d8525fc10ae87aa6729d"
    assert md4(b"1234567890" * 8).hex() == "e33b4ddc9c38f2199c3e7b164fcc0536"
    key = key_of("User", "Domain", "Password")
    assert key.hex() == "0c868a403bfd7a93a3001ef22ef02e3f"                  # MS-NLMP 4.2.4.1.1
    blob = b"\1\1" + bytes(14) + b"\xaa" * 8 + bytes(4) + info_of() + bytes(4)
    proof = mac(key, CHALLENGE + blob)
    assert proof.hex() == "68cd0ab851e51c96aabc927bebef6a1c"                # 4.2.4.2.2
    assert mac(key, CHALLENGE + b"\xaa" * 8).hex() == "86c35097ac9cec102554764a57cccc19"
    assert mac(key, proof).hex() == "8de40ccadbc14a82f15cb0ad0de95ca3"      # 4.2.4.1.2


@tap.case("NTLM in clear: the proof and LMv2 are right, a wrong password is refused")
def _():
    users = {("User", "Domain"): "Password", (USER, ""): SECRET, ("a@corp.test", ""): "x"}
    with lab.Home() as home, Server(users, info_of()) as server:
        where = ["--server", "smtp://127.0.0.1:%d" % server.port, "--tls", "none"]
        for user, secret in (("Domain\\User", "Password"), (USER, SECRET), ("a@corp.test", "x")):
            assert send(home, server, user, secret, *where) == ("accepted", 0), (user, server.verdicts)
        assert server.verdicts == [None] * 3 and server.taken == 3, server.verdicts
        for user, secret in (("Domain\\User", "password"), ("User", "Password"), ("Other\\User", "Password")):
            outcome, status = send(home, server, user, secret, *where)
            assert outcome != "accepted" and status != 0, (user, outcome)
        assert all(server.verdicts[3:]) and len(server.verdicts) == 6 and server.taken == 3, server.verdicts


@tap.case("NTLM in TLS with a server's time: integrity code and channel binding are right")
def _():
    with lab.Home() as home:
        root = certs.Authority(str(home.path / "root"), "Test Root")
        key, leaf = str(home.path / "leaf.key"), str(home.path / "leaf.pem")
        certs.Authority.key_file(key)
        root.sign(leaf, key, "/CN=" + NAME, "basicConstraints=CA:FALSE\nsubjectAltName=DNS:%s\n" % NAME, -20, 70)
        with open(leaf) as f:
            der = ssl.PEM_cert_to_DER_cert(f.read())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(leaf, key)
        more = ["--hosts", home.write("hosts", "127.0.0.1 %s\n" % NAME), "--ca", root.cert]
        for time in (None, bytes(range(1, 9))):
            with Server({(USER, "Domain"): SECRET}, info_of(time), context, der) as server:
                where = ["--server", "smtps://%s:%d" % (NAME, server.port), *more]
                assert send(home, server, "Domain\\" + USER, SECRET, *where) == ("accepted", 0), server.verdicts
                assert server.verdicts == [None] and server.taken == 1
                assert send(home, server, "Domain\\" + USER, SECRET + "x", *where)[0] != "accepted"
                assert server.verdicts[1] == "the proof is wrong" and server.taken == 1, server.verdicts


if __name__ == "__main__":
    sys.exit(tap.main())
