# SPDX-License-Identifier: MIT
"""A box on the way that meddles with mail connections which the router hands to it (iptables REDIRECT).

usage: between.py CONFIG.json       serves until it is killed; prints "ready" when it listens

CONFIG (all but port may be absent):
  port         to listen on
  to           [address, port] to connect to instead of where the client wanted to go
  strip        regular expressions: EHLO lines of the server that are removed
  mask         {regex: text}: replaced in the server's lines before TLS
  banner       text for the greeting
  refuse       {regex of a client's command: reply}: answered by the box; the server does not see it
  silent       accept and say nothing, connect nowhere
  reset_after  reset both sides after so many bytes of the client
  reset_on     reset both sides when these bytes come from the client
  hello_limit  drop a TLS hello that is larger (reset); "silently": true: say nothing
  intercept    {"chain", "key"}: TLS ends here; towards the server it is spoken anew, unverified
  filter       {regex of a client's line: reply}: as refuse, for lines of the message: the reply stands for the final one
"""
import json
import re
import socket
import ssl
import struct
import sys
import threading

SO_ORIGINAL_DST = 80
LINGER_RESET = struct.pack("ii", 1, 0)


def original(sock):
    """Where the client wanted to go."""
    if sock.family == socket.AF_INET6:
        raw = sock.getsockopt(socket.IPPROTO_IPV6, SO_ORIGINAL_DST, 28)
        return socket.inet_ntop(socket.AF_INET6, raw[8:24]), struct.unpack("!H", raw[2:4])[0]
    raw = sock.getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16)
    return socket.inet_ntoa(raw[4:8]), struct.unpack("!H", raw[2:4])[0]


class Pair:
    """The client's connection and ours to the server."""

    def __init__(self, client, c):
        self.client, self.c = client, c
        self.seen = 0
        self.inside = False     # TLS passes, or is ours
        self.ours = False       # both legs are decrypted here
        self.await_tls = False

    def reset(self):
        for s in (self.client, self.server):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            s.close()

    def run(self):
        if self.c.get("silent"):
            threading.Event().wait()
        to = tuple(self.c["to"]) if "to" in self.c else original(self.client)
        self.server = socket.create_connection(to, 30)
        self.server.settimeout(None)
        self.port = to[1]
        if self.c.get("intercept") and self.port == 465:
            self.terminate()
        down = threading.Thread(target=self.guard, args=(self.down,), daemon=True)
        down.start()
        self.guard(self.up)

    def guard(self, function):
        try:
            function()
        except (OSError, ssl.SSLError, ValueError):
            pass
        for s in (self.client, self.server):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def terminate(self):
        i = self.c["intercept"]
        mine = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        mine.load_cert_chain(i["chain"], i["key"])
        theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        theirs.check_hostname = False
        theirs.verify_mode = ssl.CERT_NONE
        self.client = mine.wrap_socket(self.client, server_side=True)
        self.server = theirs.wrap_socket(self.server)
        self.inside = self.ours = True

    # ---- from the server

    def down(self):
        f = self.server.makefile("rb", 0)
        first = True
        held = []
        while True:
            if self.inside and not self.ours:
                data = self.server.recv(65536)
                if not data:
                    return
                self.client.sendall(data)
                continue
            line = f.readline(65536) if not self.ours else self.server.recv(65536)
            if not line:
                return
            if self.ours:
                self.client.sendall(line)
                continue
            if self.await_tls and line.startswith(b"220"):
                if self.c.get("intercept"):
                    self.client.sendall(line)
                    self.intercepted()
                    f = None
                    continue
                self.inside = True
                self.await_tls = False
                self.client.sendall(line)
                continue
            self.await_tls = False
            text = line.decode("latin-1").rstrip("\r\n")
            held.append(self.changed(text, first))
            first = False
            if not re.match(r"\d\d\d-", text):
                self.pass_on([t for t in held if t is not None])
                held = []

    def changed(self, text, first):
        if first and "banner" in self.c:
            return self.c["banner"]
        if any(re.search(r, text[4:], re.I) for r in self.c.get("strip", [])) and text[:3] == "250":
            return None
        for r, new in self.c.get("mask", {}).items():
            text = re.sub(r, new, text, flags=re.I)
        return text

    def pass_on(self, lines):
        """The last line of an answer has a blank behind the code."""
        out = []
        for i, text in enumerate(lines):
            if re.match(r"\d\d\d[- ]", text):
                text = text[:3] + (" " if i == len(lines) - 1 else "-") + text[4:]
            out.append(text.encode("latin-1") + b"\r\n")
        self.client.sendall(b"".join(out))

    # ---- from the client

    def up(self):
        rest = b""
        while True:
            if self.c.get("intercept") and self.await_tls:
                threading.Event().wait(0.005)
                continue
            data = self.client.recv(65536)
            if not data:
                return
            self.seen += len(data)
            if "reset_after" in self.c and self.seen >= self.c["reset_after"]:
                self.reset()
                return
            if "reset_on" in self.c and self.c["reset_on"].encode("latin-1") in rest + data:
                self.reset()
                return
            if self.inside or data[:1] == b"\x16":
                if not self.hello_passes(data):
                    return
                self.server.sendall(data)
                continue
            rest = self.lines(rest + data)

    def hello_passes(self, data):
        if data[:1] != b"\x16" or "hello_limit" not in self.c or self.ours:
            return True
        if int.from_bytes(data[3:5], "big") <= self.c["hello_limit"]:
            return True
        if self.c.get("silently"):
            threading.Event().wait()
        self.reset()
        return False

    def lines(self, data):
        """Hands on whole lines but those that the box answers itself."""
        *whole, rest = data.split(b"\n")
        for line in whole:
            text = line.decode("latin-1").rstrip("\r")
            for r, reply in self.c.get("refuse", {}).items():
                if re.search(r, text, re.I):
                    self.client.sendall(reply.encode("latin-1") + b"\r\n")
                    break
            else:
                if re.match("STARTTLS", text, re.I):
                    self.await_tls = True
                self.server.sendall(line + b"\n")
        if len(rest) > 60000 or (rest and rest[:1] == b"\x16"):
            self.server.sendall(rest)
            return b""
        return rest

    def intercepted(self):
        """The server has agreed to STARTTLS, and the client knows."""
        self.terminate()
        self.await_tls = False


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        c = json.load(f)
    threading.stack_size(512 * 1024)
    for family, any_address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((any_address, c["port"]))
        listener.listen(64)
        threading.Thread(target=accept, args=(listener, c), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


def accept(listener, c):
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=meddle, args=(sock, c), daemon=True).start()


def meddle(sock, c):
    try:
        Pair(sock, c).run()
    except OSError:
        pass
    finally:
        sock.close()


if __name__ == "__main__":
    main()
