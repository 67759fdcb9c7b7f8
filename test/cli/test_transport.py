# SPDX-License-Identifier: MIT
"""The way to the server: pins of keys, client certificates, TLS sessions taken up again, several servers, SRV records,
sockets in the file system."""
import json
import os
import socket
import ssl
import sys
import threading

import lab
import tap

sys.path.append(os.path.join(tap.ROOT, "test", "lab"))
import certs  # noqa: E402
import dnsd  # noqa: E402


class Server:
    """SMTP with LIMITS (RFC 9422) of one recipient and one message, so that each recipient needs a connection;
    `resets(hello)` breaks a connection off at its ClientHello."""

    def __init__(self, context, resets=lambda hello: False, greeting=b"220 server ESMTP\r\n"):
        self.context, self.resets, self.greeting, self.taken, self.opened = context, resets, greeting, [], 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _serve(self):
        while True:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            self.opened += 1
            threading.Thread(target=self._one, args=(c,), daemon=True).start()

    def _one(self, c):
        c.settimeout(10)
        try:
            with c:
                if not self.context:
                    return self._talk(c)
                hello = c.recv(5, socket.MSG_PEEK | socket.MSG_WAITALL)
                hello = c.recv(5 + int.from_bytes(hello[3:5], "big"), socket.MSG_PEEK | socket.MSG_WAITALL)
                if self.resets(hello):
                    return None
                with self.context.wrap_socket(c, server_side=True) as t:
                    return self._talk(t)
        except (OSError, ValueError):
            return None

    def _talk(self, t):
        t.sendall(self.greeting)
        data, said = False, []
        for line in t.makefile("rb"):
            if data:
                data = line != b".\r\n"
                if not data:
                    self.taken.append(said)
                    t.sendall(b"250 2.0.0 taken\r\n")
                continue
            said.append(line)
            word = line[:4].upper()
            data = word == b"DATA"
            t.sendall({b"EHLO": b"250-server\r\n250 LIMITS MAILMAX=1 RCPTMAX=1\r\n", b"DATA": b"354 go\r\n",
                       b"QUIT": b"221 bye\r\n"}.get(word, b"250 ok\r\n"))
            if word == b"QUIT":
                return


def extension(hello, number):
    """Whether a ClientHello (a whole record) has it."""
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at:at + 2], "big")
    at += 1 + hello[at] + 2
    while at + 4 <= len(hello):
        if int.from_bytes(hello[at:at + 2], "big") == number:
            return hello[at + 4:at + 4 + int.from_bytes(hello[at + 2:at + 4], "big")]
        at += 4 + int.from_bytes(hello[at + 2:at + 4], "big")
    return b""


class Pki:
    """A CA and a certificate of its own for 127.0.0.1 and `name`."""

    def __init__(self, home, name="localhost", san="DNS:localhost,IP:127.0.0.1"):
        where = home.path / os.urandom(4).hex()
        where.mkdir()
        self.root = certs.Authority(str(where / "root"), "Test Root")
        self.ca, self.key, self.cert = self.root.cert, str(where / "leaf.key"), str(where / "leaf.pem")
        certs.Authority.key_file(self.key)
        self.root.sign(self.cert, self.key, f"/CN={name}", f"subjectAltName={san}\n", -20, 70)

    def context(self, version=None):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(self.cert, self.key)
        if version:
            c.minimum_version = c.maximum_version = version
        return c


def facts(home, kind, name="case.json"):
    return [f["fields"] for f in json.loads((home.path / name).read_text())["facts"] if f["type"] == kind]


def send(home, *argv, to=(lab.TO,), stdin=b"hello\n", **more):
    """(result, status)"""
    done = home.run("send", "--json", "--from", lab.FROM, *(x for t in to for x in ("--to", t)), "--save",
                    str(home.path / "case.json"), *argv, stdin=stdin, **more)
    assert done.stdout, done
    result = json.loads(done.stdout)
    lab.validate(result)
    return result, done.returncode


@tap.case("the next connection of a run resumes the TLS session")
def _():
    with lab.Home() as home:
        pki = Pki(home)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with Server(pki.context(version)) as server:
                result, status = send(home, "--server", f"smtps://127.0.0.1:{server.port}", "--ca", pki.ca,
                                      to=["a@b.test", "c@b.test", "d@b.test"])
                assert status == 0 and server.opened == 3 and len(server.taken) == 3, (result, server.opened)
                shakes = facts(home, "tls.handshake")
                assert [f["resumed"] for f in shakes] == [False, True, True], shakes
                assert all(f["verified"] for f in shakes) and result["server"]["tls"]["resumed"], result


@tap.case("a server that breaks when a session is resumed gets the mail by a whole handshake")
def _():
    psk, ticket = 41, 35
    with lab.Home() as home:
        pki = Pki(home)
        for version, number in ((ssl.TLSVersion.TLSv1_2, ticket), (ssl.TLSVersion.TLSv1_3, psk)):
            with Server(pki.context(version), lambda hello, n=number: bool(extension(hello, n))) as server:
                result, status = send(home, "--server", f"smtps://127.0.0.1:{server.port}", "--ca", pki.ca,
                                      to=["a@b.test", "c@b.test"])
                assert status == 0 and len(server.taken) == 2 and server.opened == 3, (result, server.opened)
                shakes = facts(home, "tls.handshake")
                went = [(f["ok"], f["resumed"]) for f in shakes]
                assert went == [(True, False), (False, True), (True, False)], shakes


@tap.case("a pin lets one key in and no other")
def _():
    with lab.Home() as home, lab.Sandbox(home) as box:
        known = box.server(scheme="smtps", port=box.tls_port)
        assert send(home, *known)[1] == 0
        pin = facts(home, "tls.certificate")[0]["pin"]
        other = "sha256//" + "A" * 43 + "="
        assert send(home, *known, "--tls-pin", pin)[1] == 0
        assert send(home, *known, "--tls-pin", f"{other},{pin}")[1] == 0
        result, status = send(home, *known, "--tls-pin", other)
        assert status == 76 and result["outcome"] == "not_sent" and "pinned" in json.dumps(result), result
        # Without the CA and with a wrong name, for the key is all that is asked for.
        alone = ["--server", box.url(scheme="smtps", port=box.tls_port)]
        assert send(home, *alone, "--tls-pin", pin)[1] == 76
        assert send(home, *alone, "--tls-pin", pin, "--tls-pin-only")[1] == 0
        assert send(home, *alone, "--tls-pin", other, "--tls-pin-only")[1] == 76
        assert len(box.mails()) == 4


@tap.case("a pin that would pin nothing is refused before anything is sent")
def _():
    pin = "sha256//" + "A" * 43 + "="
    with lab.Home() as home:
        for argv, words in (
                (["--tls", "none", "--tls-pin", pin], "tls-pin"),
                (["--tls", "opportunistic", "--tls-pin", pin], "tls-pin"),
                (["--tls-pin-only"], "tls-pin-only"), (["--tls-pin", "nonsense"], "sha256//"),
                (["--tls-pin", ""], "sha256//")):
            done = home.run("send", "--from", lab.FROM, "--to", lab.TO, "--server", "smtp://127.0.0.1:9", *argv)
            assert done.returncode in (64, 78) and words in done.stderr.decode(), (argv, done)


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


@tap.case("mail goes to the next server when the first is not there or turns away")
def _():
    with lab.Home() as home, Server(None) as good, Server(None, greeting=b"554 5.7.1 go away\r\n") as bad:
        plain = ["--tls", "none"]
        for first in (f"127.0.0.1:{closed_port()}", f"127.0.0.1:{bad.port}"):
            result, status = send(home, *plain, "--server", first, "--fallback", f"127.0.0.1:{good.port}")
            assert status == 0 and result["server"]["port"] == good.port, result
        # The first one that works is enough, and all that do not are asked in turn.
        taken, opened = len(good.taken), bad.opened
        result, status = send(home, *plain, "--server", f"127.0.0.1:{bad.port}", "--fallback",
                              f"127.0.0.1:{closed_port()},127.0.0.1:{good.port},127.0.0.1:{bad.port}")
        assert status == 0 and len(good.taken) == taken + 1 and bad.opened == opened + 1, result
        result, status = send(home, *plain, "--server", f"127.0.0.1:{closed_port()}", "--fallback",
                              f"127.0.0.1:{bad.port}")
        assert status == 69 and result["outcome"] == "rejected" and result["reply"]["code"] == 554, (status, result)


@tap.case("a certificate that is not good never makes mail go on without TLS, but to the next server")
def _():
    with lab.Home() as home, lab.Home() as strange, lab.Home() as clear:
        pki, other = Pki(home), Pki(strange)
        with Server(other.context()) as bad, Server(pki.context()) as good, Server(None) as plain:
            result, status = send(home, "--server", f"smtps://127.0.0.1:{bad.port}", "--ca", pki.ca, "--fallback",
                                  f"smtps://127.0.0.1:{good.port}")
            assert status == 0 and result["server"]["tls"]["verified"] and len(good.taken) == 1, result
            result, status = send(clear, "--server", f"smtps://127.0.0.1:{bad.port}", "--ca", pki.ca, "--fallback",
                                  f"smtp://127.0.0.1:{plain.port}")
            assert status == 76 and not plain.taken and not bad.taken, result


class Unix:
    """LMTP on a socket in the file system."""

    def __init__(self, path):
        self.path, self.lines = path, []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(8)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            with c:
                self._talk(c)

    def _talk(self, c):
        c.sendall(b"220 local LMTP\r\n")
        data, taken = False, 0
        for line in c.makefile("rb"):
            self.lines.append(line)
            word = line[:4].upper()
            if data:
                if line == b".\r\n":
                    data = False
                    c.sendall(b"250 2.1.5 delivered\r\n" + b"452 4.2.2 full\r\n" * (taken - 1))
                continue
            taken += word == b"RCPT"
            data = word == b"DATA"
            c.sendall({b"LHLO": b"250-local\r\n250 PIPELINING\r\n", b"DATA": b"354 go\r\n",
                       b"QUIT": b"221 bye\r\n"}.get(word, b"250 ok\r\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


@tap.case("a socket in the file system takes LMTP, with an answer for each recipient")
def _():
    with lab.Home() as home, Unix(str(home.path / "lmtp")) as box:
        for url in (f"unix:{box.path}", f"unix://{box.path}"):
            box.lines.clear()
            result, status = send(home, "--server", url, to=["a@b.test", "c@b.test"])
            outcomes = [r["outcome"] for r in result["recipients"]]
            assert outcomes == ["accepted", "deferred"] and status == 80, (status, result)
            assert result["server"]["name"] == box.path and result["server"]["port"] is None, result
            assert box.lines[0].startswith(b"LHLO "), box.lines
        result, status = send(home, "--server", f"lmtp://127.0.0.1:{closed_port()}", "--fallback", f"unix:{box.path}")
        assert status == 0 and result["server"]["name"] == box.path, (status, result)
        assert len(facts(home, "tcp.attempt")) == 2, facts(home, "tcp.attempt")
        send(home, "--server", f"unix:{box.path}")
        [attempt] = facts(home, "tcp.attempt")
        assert attempt["address"] == box.path and attempt["state"] == "connected", attempt


@tap.case("a socket that is not there or may not be opened is told by the system's words")
def _():
    with lab.Home() as home:
        for path, name in ((home.path / "none", "ENOENT"), (home.path / "case.json", "ECONNREFUSED")):
            (home.path / "case.json").touch()
            result, status = send(home, "--server", f"unix:{path}")
            assert status == 74 and result["outcome"] == "not_sent" and result["stage"] == "tcp", (status, result)
            assert facts(home, "tcp.attempt")[0]["errno_name"] == name, facts(home, "tcp.attempt")
        for bad in ("unix:", "unix:relative", "unix:/" + "x" * 200, "srv://b.test:25", "srv://192.0.2.1"):
            done = home.run("send", "--from", lab.FROM, "--to", lab.TO, "--server", bad)
            assert done.returncode in (64, 78), (bad, done)
        done = home.run("diagnose", f"unix:{home.path}/none", "--depth", "3")
        assert done.returncode >= 0 and b"Sanitizer" not in done.stderr, done


def dns(*records):
    return dnsd.running([{"address": "127.0.0.1", "port": 0, "tcp": "closed", "resolver": True,
                          "records": records}])


@tap.case("SRV records name the server, and its certificate is for the domain or a host in it")
def _():
    with lab.Home() as home:
        inside, domain = Pki(home, san="DNS:mx.b.test"), Pki(home, san="DNS:b.test")
        for pki, host, taken in ((inside, "mx.b.test", True), (domain, "mx.b.test", False), (domain, "out.test", True),
                                 (inside, "out.test", False)):
            with Server(pki.context()) as server, dns(f"_submissions._tcp.b.test SRV 0 1 {server.port} {host}",
                                                      f"{host} A 127.0.0.1") as names:
                result, status = send(home, "--server", "srv://b.test", "--ca", pki.ca, "--resolver",
                                      f"127.0.0.1:{names[0].port}")
                assert status == (0 if taken else 76) and len(server.taken) == taken, (host, status, result)
                assert result["server"]["name"] == host and result["server"]["port"] == server.port, result
        with dns("b.test A 127.0.0.1") as names:
            result, status = send(home, "--server", "srv://b.test", "--resolver", f"127.0.0.1:{names[0].port}")
            assert status == 68 and result["stage"] == "dns" and "_tcp.b.test" in result["sentence"], (status, result)


@tap.case("a client certificate is shown to who asks for one, and its want is told")
def _():
    with lab.Home() as home:
        pki = Pki(home)
        own = ["--cert", str(home.path / "me.pem"), "--key", str(home.path / "me.key")]
        certs.Authority.key_file(own[3])
        pki.root.sign(own[1], own[3], "/CN=me", "extendedKeyUsage=clientAuth\n", -20, 70)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = pki.context(version)
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(pki.ca)
            with Server(context) as server:
                known = ["--server", f"smtps://127.0.0.1:{server.port}", "--ca", pki.ca]
                result, status = send(home, *known, *own, to=["a@b.test", "c@b.test"])
                assert status == 0 and [f["resumed"] for f in facts(home, "tls.handshake")] == [False, True], result
                result, status = send(home, *known)
                assert status in (74, 76) and result["outcome"] == "not_sent", (status, result)
                assert len(server.taken) == 2 and "certificate" in json.dumps(result["findings"]), result


if __name__ == "__main__":
    sys.exit(tap.main())
