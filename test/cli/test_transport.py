# SPDX-License-Identifier: MIT
"""The way to the server: pins of keys, TLS sessions taken up again."""
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

    def __init__(self, home, name="localhost"):
        self.root = certs.Authority(str(home.path / "root"), "Test Root")
        self.ca, self.key, self.cert = self.root.cert, str(home.path / "leaf.key"), str(home.path / "leaf.pem")
        certs.Authority.key_file(self.key)
        self.root.sign(self.cert, self.key, f"/CN={name}", f"subjectAltName=DNS:{name},IP:127.0.0.1\n", -20, 70)

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
                assert [(f["ok"], f["resumed"]) for f in shakes] == [(True, False), (False, True), (True, False)], shakes


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
                (["--tls", "none", "--tls-pin", pin], "tls-pin"), (["--tls", "opportunistic", "--tls-pin", pin], "tls-pin"),
                (["--tls-pin-only"], "tls-pin-only"), (["--tls-pin", "nonsense"], "sha256//"),
                (["--tls-pin", ""], "sha256//")):
            done = home.run("send", "--from", lab.FROM, "--to", lab.TO, "--server", "smtp://127.0.0.1:9", *argv)
            assert done.returncode in (64, 78) and words in done.stderr.decode(), (argv, done)


if __name__ == "__main__":
    sys.exit(tap.main())
