# SPDX-License-Identifier: MIT
"""Sending through proxies: SOCKS 5 and HTTP CONNECT, their refusals, what the environment says, and secrets."""
import base64
import json
import select
import socket
import struct
import sys
import threading

import lab
import tap

SECRET = "Pr0xy-SEKRIT"


class Proxy:
    """Plays a proxy on 127.0.0.1: `talk(connection, self)` says where to go, or None after it has refused."""

    def __init__(self, talk, **ways):
        self.talk, self.ways, self.seen, self.errors = talk, ways, [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        assert not self.errors, self.errors

    def _serve(self):
        while True:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(c,), daemon=True).start()

    def _one(self, c):
        with c:
            c.settimeout(20)
            try:
                where = self.talk(c, self)
                if where:
                    with socket.create_connection(where) as s:
                        self.through(c, s)
            except (ConnectionError, socket.timeout, EOFError):
                pass
            except Exception as e:      # the test must hear of it
                self.errors.append(repr(e))

    def through(self, c, s):
        # The server's first words leave together with ours, as from a proxy that waits for them.
        early = s.recv(4096) if self.ways.get("early") else b""
        c.sendall(self.ways["opened"] + early)
        while True:
            for a in select.select([c, s], [], [], 20)[0]:
                data = a.recv(65536)
                if not data:
                    return
                (s if a is c else c).sendall(data)


def exactly(c, n):
    data = b""
    while len(data) < n:
        more = c.recv(n - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def socks(c, p):
    methods = exactly(c, exactly(c, 2)[1])
    login = p.ways.get("login")
    if login and 2 not in methods:
        c.sendall(b"\5\xff")
        return None
    c.sendall(b"\5\2" if login else b"\5\0")
    if login:
        exactly(c, 1)
        user = exactly(c, exactly(c, 1)[0]).decode()
        word = exactly(c, exactly(c, 1)[0]).decode()
        p.seen.append((user, word))
        c.sendall(b"\1\0" if (user, word) == login else b"\1\1")
        if (user, word) != login:
            return None
    kind = exactly(c, 4)[3]
    host = {1: lambda: socket.inet_ntoa(exactly(c, 4)), 4: lambda: socket.inet_ntop(socket.AF_INET6, exactly(c, 16)),
            3: lambda: exactly(c, exactly(c, 1)[0]).decode()}[kind]()
    port = struct.unpack(">H", exactly(c, 2))[0]
    p.seen.append((kind, host, port))
    reply = p.ways.get("reply", 0)
    reply = reply[host] if isinstance(reply, dict) else reply
    if reply:
        c.sendall(bytes([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        return None
    return ("127.0.0.1", port)


def http(c, p):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += exactly(c, 1)
    p.seen.append(head.decode())
    if "answer" in p.ways:
        c.sendall(p.ways["answer"])
        return None
    return ("127.0.0.1", int(head.split()[1].rsplit(b":", 1)[1]))


SOCKS_OPEN = b"\5\0\0\3\5proxy\0\0"
HTTP_OPEN = b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n"


def facts(path, kind):
    with open(path) as f:
        return [x["fields"] for x in json.load(f)["facts"] if x["type"] == kind]


def send(home, box, proxy, *more, server=None, env=None):
    case = str(home.path / "case.json")
    done = home.run("send", "--server", server or f"smtp://127.0.0.1:{box.port}", "--ca", box.settings["ca_file"],
                    *(("--proxy", proxy) if proxy else ()), *lab.compose("--save", case, *more), env=env)
    return done, case


@tap.case("a message goes through SOCKS 5 and HTTP proxies, names looked up here or there")
def _():
    with lab.sandbox() as (home, box):
        hosts = home.write("hosts", "127.0.0.1 mail.sandbox.test\n")
        name = f"smtp://mail.sandbox.test:{box.port}"
        tls = ("--tls-name", "localhost")
        for early in (False, True):
            with Proxy(socks, opened=SOCKS_OPEN, early=early) as p:
                done, case = send(home, box, f"socks5h://127.0.0.1:{p.port}", *tls, server=name)
                lab.expect(done, 0)
                assert p.seen == [(3, "mail.sandbox.test", box.port)], p.seen
                assert not facts(case, "tcp.attempt") and facts(case, "proxy.answer")[0]["ok"] is True
                done, _ = send(home, box, f"socks5://127.0.0.1:{p.port}", "--hosts", hosts, *tls, server=name)
                lab.expect(done, 0)
                assert p.seen[1:] == [(1, "127.0.0.1", box.port)], p.seen
            with Proxy(http, opened=HTTP_OPEN, early=early) as p:
                done, _ = send(home, box, f"http://127.0.0.1:{p.port}", *tls, server=name)
                lab.expect(done, 0)
                assert p.seen[0].startswith(f"CONNECT mail.sandbox.test:{box.port} HTTP/1.1\r\n"), p.seen


@tap.case("TLS from the first byte works through a proxy")
def _():
    with lab.sandbox() as (home, box):
        with Proxy(socks, opened=SOCKS_OPEN) as p:
            done, _ = send(home, box, f"socks5://127.0.0.1:{p.port}", server=f"smtps://127.0.0.1:{box.tls_port}")
            lab.expect(done, 0)


@tap.case("the next address is asked for when the first one cannot be reached")
def _():
    with lab.sandbox() as (home, box):
        hosts = home.write("hosts", "127.0.0.3 mail.sandbox.test\n127.0.0.1 mail.sandbox.test\n")
        with Proxy(socks, opened=SOCKS_OPEN, reply={"127.0.0.3": 4, "127.0.0.1": 0}) as p:
            done, _ = send(home, box, f"socks5://127.0.0.1:{p.port}", "--hosts", hosts, "--tls-name", "localhost",
                           server=f"smtp://mail.sandbox.test:{box.port}")
            lab.expect(done, 0)
            assert [x[1] for x in p.seen] == ["127.0.0.3", "127.0.0.1"], p.seen


REFUSALS = [
    # talk, ways, failure, of the target, code, words
    (socks, {"reply": 1}, "general", True, 1, "could not connect"),
    (socks, {"reply": 2}, "forbidden", False, 2, "rules of the proxy"),
    (socks, {"reply": 3}, "network", True, 3, "no route"),
    (socks, {"reply": 4}, "host", True, 4, "cannot reach"),
    (socks, {"reply": 5}, "refused", True, 5, "refused the proxy's connection"),
    (socks, {"reply": 6}, "timed_out", True, 6, "did not answer the proxy"),
    (socks, {"reply": 8}, "unsupported", False, 8, "of this kind"),
    (socks, {"login": ("me", "x")}, "login_wanted", False, 255, "wants a user"),
    (lambda c, p: c.sendall(b"220 mail ESMTP\r\n") and None, {}, "not_a_proxy", False, -1, "no proxy of this kind"),
    (lambda c, p: c.recv(1) and None, {}, "closed", False, -1, "closed the connection"),
    (http, {"answer": b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"}, "login_wanted", False, 407, "407"),
    (http, {"answer": b"HTTP/1.1 403 Forbidden by rule\r\n\r\nno"}, "forbidden", False, 403, "Forbidden by rule"),
    (http, {"answer": b"HTTP/1.1 502 Bad Gateway\r\n\r\n"}, "host", True, 502, "Bad Gateway"),
    (http, {"answer": b"SSH-2.0-OpenSSH\r\n"}, "not_a_proxy", False, -1, "no proxy of this kind"),
    (http, {"answer": b"HTTP/1.1 200 \x1b[31mred\r\n" + b"x: y\r\n" * 9000}, "endless", False, -1, "does not end"),
]


@tap.case("each refusal of a proxy is named, and nothing is sent")
def _():
    with lab.sandbox() as (home, box):
        for talk, ways, failure, of_target, code, words in REFUSALS:
            with Proxy(talk, opened=b"", **ways) as p:
                scheme = "http" if talk is http else "socks5"
                done, case = send(home, box, f"{scheme}://127.0.0.1:{p.port}", "--json")
                lab.expect(done, 74)
                answer = facts(case, "proxy.answer")[-1]
                seen = (answer["failure"], answer["of_target"], answer["code"])
                assert seen == (failure, of_target, code), (seen, failure)
                result = json.loads(done.stdout)
                assert words in result["sentence"] and "\x1b" not in result["sentence"], result["sentence"]
                assert result["outcome"] == "not_sent" and result["stage"] == "tcp", result
        assert not list(box.store.glob("*.eml"))


@tap.case("a proxy that is not there, or says nothing, or has no address, is not taken for the server")
def _():
    with lab.sandbox() as (home, box), socket.create_server(("127.0.0.1", 0)) as silent:
        free = socket.create_server(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        for proxy, failure in ((f"socks5://127.0.0.1:{port}", "connect"),
                               (f"socks5h://127.0.0.1:{silent.getsockname()[1]}", "late"),
                               ("http://no-such-proxy.invalid", "name")):
            done, case = send(home, box, proxy, "--json", "--timeout", "1", "--resolver", "127.0.0.1:1")
            lab.expect(done, 74)
            assert facts(case, "proxy.answer")[-1]["failure"] == failure, proxy
            assert not facts(case, "tcp.attempt") and not facts(case, "dns.answer"), proxy
            assert "proxy" in json.loads(done.stdout)["sentence"]


@tap.case("the environment is obeyed where it means mail")
def _():
    with lab.sandbox() as (home, box):
        hosts = home.write("hosts", "127.0.0.1 mail.sandbox.test\n")
        more = ("--hosts", hosts, "--tls-name", "localhost")
        server = f"smtp://mail.sandbox.test:{box.port}"
        with Proxy(socks, opened=SOCKS_OPEN) as p, Proxy(http, opened=HTTP_OPEN) as h:
            socks_url, http_url = f"socks5h://127.0.0.1:{p.port}", f"http://127.0.0.1:{h.port}"
            for env, proxy, through in (
                    ({"ALL_PROXY": socks_url}, None, p),
                    ({"all_proxy": socks_url}, None, p),
                    ({"smtp_proxy": http_url, "ALL_PROXY": socks_url}, None, h),
                    ({"ALL_PROXY": http_url, "HTTPS_PROXY": http_url, "http_proxy": http_url}, None, None),
                    ({"ALL_PROXY": socks_url, "NO_PROXY": "localhost,sandbox.test"}, None, None),
                    ({"ALL_PROXY": socks_url, "no_proxy": "*"}, None, None),
                    ({"ALL_PROXY": socks_url}, "none", None),
                    ({"ALL_PROXY": socks_url, "no_proxy": "*"}, http_url, h),
                    ({"SENDWELL_PROXY": http_url}, None, h)):
                before = (len(p.seen), len(h.seen))
                done, _ = send(home, box, proxy, *more, server=server, env=home.env(**env))
                lab.expect(done, 0)
                gained = (len(p.seen) - before[0], len(h.seen) - before[1])
                assert gained == (int(through is p), int(through is h)), (env, gained)
            before = len(p.seen)
            done, _ = send(home, box, None, env=home.env(ALL_PROXY=socks_url))
            lab.expect(done, 0)
            assert len(p.seen) == before, "this machine is reached without a proxy"
        done, _ = send(home, box, None, *more, server=server, env=home.env(ALL_PROXY="socks4://x:SEKRIT@y"))
        lab.expect(done, 78)
        assert b"ALL_PROXY" in done.stderr and b"SEKRIT" not in done.stderr


@tap.case("the password of a proxy reaches the proxy and nothing else")
def _():
    with lab.sandbox() as (home, box):
        right = base64.b64encode(f"me:{SECRET}".encode()).decode()
        with Proxy(socks, opened=SOCKS_OPEN, login=("me", SECRET)) as p, \
                Proxy(socks, opened=b"", login=("me", "other")) as wrong, \
                Proxy(http, opened=HTTP_OPEN) as h, \
                Proxy(http, answer=f"HTTP/1.1 407 not {SECRET} nor {right}\r\n\r\n".encode()) as echo:
            for scheme, proxy, status in (("socks5", p, 0), ("socks5", wrong, 74), ("http", h, 0), ("http", echo, 74)):
                url = f"{scheme}://me:{SECRET}@127.0.0.1:{proxy.port}"
                for argv in (["-v"], ["--json"], ["--transcript", "-"]):
                    done, case = send(home, box, None, *argv, env=home.env(SENDWELL_PROXY=url))
                    lab.expect(done, status)
                    with open(case, "rb") as f:
                        texts = done.stdout + done.stderr + f.read()
                    for form in (SECRET, right, right[4:-4]):
                        assert form.encode() not in texts, form
            assert p.seen[0] == ("me", SECRET)
            assert f"Proxy-Authorization: Basic {right}\r\n" in h.seen[0]
            done, _ = send(home, box, f"socks5://me:{SECRET}@127.0.0.1:{p.port}")
            lab.expect(done, 64)
            assert SECRET.encode() not in done.stderr and b"SENDWELL_PROXY" in done.stderr


if __name__ == "__main__":
    sys.exit(tap.main())
