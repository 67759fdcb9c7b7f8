#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""sendwell diagnose TARGET: what it contacts and what not, how long it takes, and that it stops when asked to."""
import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time

import lab
import tap

USER, PASSWORD = "somebody", "wrong horse"


class Server:
    """Answers on 127.0.0.1 by a table of replies, and counts what comes. The reply None says nothing."""

    def __init__(self, replies=None, greeting="220 mx.example.org ESMTP", delay=0):
        self.replies, self.greeting, self.delay = replies or {}, greeting, delay
        self.connections, self.commands, self.threads = 0, [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        # A thread that waits in accept is not woken by close.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for thread in [self.thread, *self.threads]:
            thread.join(5)

    def _accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            self.threads.append(threading.Thread(target=self._serve, args=(peer,), daemon=True))
            self.threads[-1].start()

    def _serve(self, peer):
        with peer, contextlib.suppress(OSError):
            peer.settimeout(0.1)
            if self.stopped.wait(self.delay):
                return
            if self.greeting:
                peer.sendall(self.greeting.encode() + b"\r\n")
            if self.greeting and self.greeting.startswith("421"):
                return
            self._answer(peer)

    def _answer(self, peer):
        held = b""
        while not self.stopped.is_set():
            try:
                got = peer.recv(4096)
            except TimeoutError:
                continue
            if not got:
                return
            held += got
            while b"\r\n" in held:
                line, held = held.split(b"\r\n", 1)
                text = line.decode("latin-1")
                self.commands.append(text)
                verb = text.split(" ")[0].upper()
                reply = self.replies.get(verb, "250 ok")
                if reply:
                    peer.sendall(reply.encode() + b"\r\n")
                if verb == "QUIT" or (reply or "").startswith("421"):
                    return

    def verbs(self):
        return [line.split(" ")[0].upper() for line in self.commands]


def diagnose(home, *argv, status, seconds=None, **more):
    """What it said, as JSON, and what on standard error."""
    with lab.Watch() as watch:
        done = lab.expect(home.run("diagnose", "--json", *argv, **more), status)
    value = lab.result(done)
    if seconds:
        assert watch.seconds < seconds * lab.SLOW, f"{watch.seconds:.2f} s, expected less than {seconds}"
    return value, done.stderr.decode()


def stages(value):
    return {s["name"]: s["status"] for s in value["stages"]}


def standing(value):
    return [f["code"] for f in value["findings"] if f["state"] in ("confirmed", "likely", "possible")]


def blocking(value):
    return [f for f in value["findings"] if f["level"] == "blocking" and f["state"] in ("confirmed", "likely")]


@tap.case("a healthy server is judged in less than a second, and nothing blocks")
def _():
    with lab.sandbox() as (home, box):
        options = ["--ca", box.ca, "--tls-name", "localhost"]
        for argv in ([f"127.0.0.1:{box.port}", *options], [box.url("smtps", box.tls_port), *options],
                     [f"127.0.0.1:{box.port}", "--tls", "none"]):
            value, told = diagnose(home, *argv, status=0, seconds=1)
            assert value["outcome"] == "healthy" and not blocking(value), value["findings"]
            assert stages(value)["ehlo"] == "ok" and stages(value)["data"] == "not_allowed", value["stages"]
            assert told.splitlines()[0].startswith("contact  "), told


@tap.case("nobody listens: other ports are looked at, and said to be so before")
def _():
    with lab.Home() as home, socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        value, told = diagnose(home, f"127.0.0.1:{s.getsockname()[1]}", status=1, seconds=1)
        assert stages(value)["tcp"] == "failed" and standing(value), value
        assert any(f["type"] == "probe.port" for f in value["facts"]), value["facts"]
        assert any(line.startswith("probe ") and "127.0.0.1" in line for line in told.splitlines()), told


@tap.case("a silent port: no longer than the wait itself, and -v says what it waits for")
def _():
    with lab.Home() as home, Server(greeting="") as server:
        value, _ = diagnose(home, f"127.0.0.1:{server.port}", "--tls", "none", "--timeout", "1", status=1, seconds=1.6)
        assert stages(value)["greeting"] == "failed" and standing(value), value
        done = home.run("diagnose", f"127.0.0.1:{server.port}", "--tls", "none", "--timeout", "2.5", "-v")
        assert "still waiting for the greeting" in done.stderr.decode(), done.stderr
        assert " s of 2 s" in done.stderr.decode(), done.stderr
        russian = home.run("diagnose", f"127.0.0.1:{server.port}", "--tls", "none", "--timeout", "2.5", "-v",
                           "--lang", "ru").stderr.decode()
        assert "всё ещё ждём: приветствие" in russian and "контакт" in russian, russian


@tap.case("a greeting that comes late is no failure")
def _():
    with lab.Home() as home, Server({"EHLO": "250 mx.example.org"}, delay=1.2) as server:
        value, _ = diagnose(home, f"127.0.0.1:{server.port}", "--tls", "none", status=0, seconds=3)
        assert not blocking(value) and stages(value)["greeting"] == "ok", value


@tap.case("no STARTTLS; a bad certificate")
def _():
    for fault, stage in (("starttls-missing", "tls"), ("starttls-masked", "tls"), ("cert-expired", "tls"),
                         ("cert-self-signed", "tls")):
        with lab.sandbox("--fault", fault) as (home, box):
            value, _ = diagnose(home, f"127.0.0.1:{box.port}", "--ca", box.ca, "--tls-name", "localhost",
                                "--timeout", "3", status=1, seconds=4)
            assert stages(value)[stage] == "failed" and standing(value), (fault, value["findings"][:3])
            if fault.startswith("cert"):
                assert blocking(value), (fault, value["findings"][:3])


def logins(box):
    return [line for line in box.log if " C: AUTH" in line]


REFUSED = "auth-535=535 5.7.8 Bad credentials"


@tap.case("a secret is tried once in the whole diagnosis, and only at depth 4")
def _():
    for depth, tried, status in (("3", 0, 0), ("4", 1, 1), ("5", 1, 1)):
        with lab.sandbox("--fault", REFUSED) as (home, box):
            secret = home.write("secret", PASSWORD + "\n")
            value, _ = diagnose(home, f"127.0.0.1:{box.port}", "--ca", box.ca, "--tls-name", "localhost", "--user",
                                USER, "--password-file", secret, "--depth", depth, status=status)
            assert len(logins(box)) == tried, (depth, box.log)
            assert stages(value)["auth"] == ("failed" if tried else "not_allowed"), value["stages"]
            assert PASSWORD not in json.dumps(value), "the secret"


@tap.case("after 535 the examination of that case logs in no more")
def _():
    with lab.sandbox("--fault", REFUSED) as (home, box):
        secret = home.write("secret", PASSWORD + "\n")
        options = [*box.server(), "--user", USER, "--password-file", secret]
        lab.expect(home.run("verify", "login", *options), 77)
        value, _ = diagnose(home, "--last", "--depth", "4", *options, status=1)
        assert len(logins(box)) == 1, box.log
        assert any(code.startswith("SW-A") for code in standing(value)), standing(value)


@tap.case("421: nobody connects there again")
def _():
    for where in ("greeting", "EHLO"):
        greeting = "421 4.3.2 Service not available" if where == "greeting" else "220 mx.example.org ESMTP"
        with lab.Home() as home, Server({"EHLO": "421 4.3.2 Too busy"}, greeting) as server:
            value, _ = diagnose(home, f"127.0.0.1:{server.port}", "--tls", "none", status=1, seconds=3)
            assert server.connections == 1, (where, server.connections)
            assert value["outcome"] == "problem", value


@tap.case("depth 0 contacts nothing, depth 1 no server, depth 2 says no word")
def _():
    with lab.Home() as home, Server() as server, socket.socket(type=socket.SOCK_DGRAM) as resolver:
        resolver.bind(("127.0.0.1", 0))
        resolver.setblocking(False)
        asked = ["--resolver", f"127.0.0.1:{resolver.getsockname()[1]}", "--timeout", "1"]
        value, told = diagnose(home, "mx.example.org:25", *asked, "--depth", "0", status=2, seconds=1)
        assert stages(value) == {} or set(stages(value).values()) == {"not_allowed"}, value["stages"]
        assert "nothing is contacted" in told and "probe" not in told, told
        with tap_raises(BlockingIOError):
            resolver.recv(1)
        value, _ = diagnose(home, f"127.0.0.1:{server.port}", "--depth", "1", status=0)
        assert server.connections == 0 and stages(value)["tcp"] == "not_allowed", value["stages"]
        value, _ = diagnose(home, f"127.0.0.1:{server.port}", "--depth", "2", status=0)
        assert server.connections >= 1 and server.commands == [], server.commands
        assert stages(value)["tcp"] == "ok" and stages(value)["ehlo"] == "not_allowed", value["stages"]
        diagnose(home, "mx.example.org:25", *asked, "--depth", "1", status=1)
        assert resolver.recv(512), "no question at depth 1"


@contextlib.contextmanager
def tap_raises(kind):
    try:
        yield
    except kind:
        return
    raise AssertionError(f"expected {kind.__name__}")


@tap.case("an envelope is tried and reset; a message goes out at depth 5 only")
def _():
    with lab.sandbox() as (home, box):
        options = ["--ca", box.ca, "--tls-name", "localhost", "--from", lab.FROM, "--to", lab.TO]
        value, _ = diagnose(home, f"127.0.0.1:{box.port}", *options, status=0)
        assert stages(value)["envelope"] == "ok" and box.mails() == [], value["stages"]
        value, _ = diagnose(home, f"127.0.0.1:{box.port}", *options, "--depth", "5", status=0)
        assert stages(value)["final"] == "ok", value["stages"]
        envelope, message = box.mail()
        assert envelope["sender"] == lab.FROM and b"Auto-Submitted: auto-generated" in message, envelope
        lab.expect(home.run("diagnose", f"127.0.0.1:{box.port}", *options[:4], "--to", lab.TO, "--depth", "5"), 64)


@tap.case("what the configuration says of another server's login is not for this one")
def _():
    with lab.Home() as home, Server({"EHLO": "250-mx.example.org\r\n250 AUTH PLAIN"}) as server:
        home.config(f"server = smtp://configured.invalid\nuser = {USER}\npassword = {PASSWORD}\ntls = none\n")
        diagnose(home, f"127.0.0.1:{server.port}", "--tls", "none", "--depth", "4", status=0)
        assert "AUTH" not in server.verbs(), server.commands


@tap.case("an account of the configuration is a target; a password in a URL is refused")
def _():
    with lab.Home() as home, Server({"EHLO": "250 mx.example.org"}) as server:
        home.config(f"[account work]\nserver = 127.0.0.1:{server.port}\ntls = none\n")
        value, _ = diagnose(home, "-a", "work", status=0)
        assert value["target"] == f"127.0.0.1:{server.port}" and server.connections == 1, value
        lab.one_line(lab.expect(home.run("diagnose", "smtp://me:word@127.0.0.1"), 64), "password")


@tap.case("the last failed send: judged from its facts and looked at further")
def _():
    with lab.Home() as home, socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        server = f"127.0.0.1:{s.getsockname()[1]}"
        lab.expect(home.run("send", "--server", server, "--tls", "none", *lab.compose(), stdin=b"x\n"), 74)
        value, told = diagnose(home, "--last", status=1, seconds=1)
        assert any(f["source"].startswith("probe.") for f in value["facts"]) and "contact " in told, told
        assert value["target"] == server and value["outcome"] == "problem", value
        offline, told = diagnose(home, "--last", "--depth", "0", status=1)
        assert not any(f["source"].startswith("probe.") for f in offline["facts"]) and told == "", told
        case = str(home.path / "case.json")
        diagnose(home, "--last", "--save", case, status=1)
        again, _ = diagnose(home, "--case", case, status=1)
        assert standing(again) == standing(value), (standing(again), standing(value))


def interrupt(home, server, times):
    command = [tap.PROGRAM, "diagnose", "--json", f"127.0.0.1:{server.port}", "--tls", "none"]
    process = subprocess.Popen(command, env=home.env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True)
    until = time.monotonic() + 10 * lab.SLOW
    while server.connections == 0 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.5)
    started = time.monotonic()
    for _ in range(times):
        process.send_signal(signal.SIGINT)
    out, told = process.communicate(timeout=10 * lab.SLOW)
    return process.returncode, out, told, time.monotonic() - started


@tap.case("Ctrl-C tells what is known so far, a second one ends")
def _():
    with lab.Home() as home, Server(greeting="") as server:
        status, out, told, seconds = interrupt(home, server, 1)
        assert status in (1, 2) and seconds < lab.SLOW, (status, seconds, told)
        value = lab.validate(json.loads(out))
        assert stages(value)["tcp"] == "ok" and value["outcome"] in ("untested", "problem"), value["stages"]
        assert {1: "problem", 2: "untested"}[status] == value["outcome"], (status, value["outcome"])


@tap.case("arguments that fit nothing are refused in one sentence")
def _():
    with lab.Home() as home:
        for argv, words in ((["a.example", "b.example"], ["b.example", "one target"]),
                            (["--depth", "6", "a.example"], ["depth", "0 to 5"]),
                            (["--control", "a b", "a.example"], ["control"]),
                            (["--control", "a:0", "a.example"], ["control"]),
                            (["--second-resolver", "name", "a.example"], ["second-resolver"]),
                            (["--public-ip", "name", "a.example"], ["public-ip"]),
                            (["a.example:99999"], ["a.example:99999"])):
            lab.one_line(lab.expect(home.run("diagnose", *argv), 64), *words)


if __name__ == "__main__":
    sys.exit(tap.main())
