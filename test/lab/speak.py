# SPDX-License-Identifier: MIT
"""A small mail server that does what a table says: the lab's own, so that not all truth comes from the program's sandbox.

usage: speak.py CONFIG.json      serves until it is killed; prints "ready" when it listens everywhere

CONFIG: {"listen": [{"at": [address, port], ...profile}]}.  A profile (everything may be absent):
  speaks     smtp (default), raw: only `first` and what `then` says
  host       name in greeting and EHLO        tls        "implicit": from the first byte
  first      bytes (latin-1) instead of a greeting; then: close, reset, hang, go, echo
  banner     reply text; "\\n" for several lines     banner_delay, banner_gap: seconds before it, between lines
  keywords   of EHLO in clear; keywords_tls: inside TLS (default: the same without STARTTLS)
  starttls   {"chain", "key", "client": "require", "client_ca", "min", "max", "ciphers", "sni": {name: [chain, key]},
             "sni_alert": n, "hello": "hang|close|reset|alert:N|junk", "hello_limit": bytes, "no_resume": true}
  auth       {"mechs": [...], "users": {user: secret}, "fail": reply}
  rules      [{"at": verb, conditions..., "say": reply, "do": close|reset|hang, "after": seconds, "once": true}]:
             verbs connect ehlo helo starttls auth mail rcpt data final rset quit noop vrfy; the first that fits.
             conditions: tls, authed (booleans), helo, sender, rcpt, arg, text (regular expressions), nth, over (of the
             connections so far), rcpts_over, open_over, within (seconds since the first connection of this client)
  body       {"stall": bytes, "close": bytes, "reset": bytes, "slow": bytes a second}
  eol, delay (before each reply), once (lose what is pipelined), banned_hosts_after: n failed logins, then silence
"""
import base64
import hashlib
import hmac
import json
import os
import re
import select
import socket
import ssl
import struct
import sys
import threading
import time

LINGER_RESET = struct.pack("ii", 1, 0)
MOST_LINE = 1 << 20


class Gone(Exception):
    """The conversation is over."""


class Count:
    """What the connections of one listener share."""

    def __init__(self):
        self.lock = threading.Lock()
        self.connections = 0
        self.open = 0
        self.first = {}
        self.used = set()
        self.failed = 0


def context(t):
    """The server's TLS side."""
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.set_ciphers(t.get("ciphers") or ("ALL:@SECLEVEL=0" if t.get("weak") or t.get("max") else "DEFAULT"))
    versions = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2,
                "1.3": ssl.TLSVersion.TLSv1_3}
    if t.get("max"):
        c.minimum_version = ssl.TLSVersion.TLSv1
        c.maximum_version = versions[t["max"]]
    if t.get("min"):
        c.minimum_version = versions[t["min"]]
    c.load_cert_chain(t["chain"], t["key"])
    if t.get("client"):
        c.load_verify_locations(t["client_ca"])
        c.verify_mode = ssl.CERT_REQUIRED if t["client"] == "require" else ssl.CERT_OPTIONAL
    if t.get("dh"):
        c.load_dh_params(t["dh"])
    others = {}
    for name, (chain, key) in (t.get("sni") or {}).items():
        others[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        others[name].load_cert_chain(chain, key)
    if others or "sni_alert" in t:
        def choose(conn, name, _):
            if name and name in others:
                conn.context = others[name]
                return None
            return t["sni_alert"] if name and "sni_alert" in t else None
        c.sni_callback = choose
    return c


class Talk:
    """One connection."""

    def __init__(self, sock, peer, profile, count):
        self.sock, self.p, self.count = sock, profile, count
        self.ip = peer[0].removeprefix("::ffff:")
        self.rest = b""
        self.tls = False
        self.user = None
        self.helo = self.sender = ""
        self.rcpts = []
        self.host = profile.get("host", "localhost")
        with count.lock:
            count.connections += 1
            count.open += 1
            self.nth = count.connections
            self.began = count.first.setdefault(self.ip, time.monotonic())

    # ---- bytes

    def put(self, data):
        self.sock.sendall(data)

    def say(self, reply, gap=0.0):
        """"550 5.1.1 text\\nmore": the code stands before each line."""
        code, _, text = self.fill(reply).partition(" ")
        enhanced = re.match(r"[245]\.\d{1,3}\.\d{1,3} ", text)
        lines = text.split("\n")
        eol = self.p.get("eol", "\r\n")
        if self.p.get("delay"):
            time.sleep(self.p["delay"])
        for i, line in enumerate(lines):
            if i and enhanced and not re.match(r"[245]\.\d{1,3}\.\d{1,3} ", line):
                line = enhanced.group(0) + line
            self.put(f"{code}{' ' if i == len(lines) - 1 else '-'}{line}{eol}".encode("utf-8", "surrogateescape"))
            if gap and i < len(lines) - 1:
                time.sleep(gap)

    def fill(self, text):
        known = {"ip": self.ip, "host": self.host, "helo": self.helo, "sender": self.sender,
                 "rcpt": self.rcpts[-1] if self.rcpts else "", "user": self.user or "",
                 "sender_domain": self.sender.rpartition("@")[2]}
        return re.sub(r"\{(\w+)\}", lambda m: known.get(m.group(1), m.group(0)), text)

    def line(self):
        while b"\n" not in self.rest:
            if len(self.rest) > MOST_LINE:
                raise Gone
            self.more()
        line, _, self.rest = self.rest.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "surrogateescape")

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Gone
        if self.p.get("once") and data.count(b"\n") > 1:
            data = data[:data.index(b"\n") + 1]
        self.rest += data

    def end(self, how):
        if how == "hang":
            while True:
                time.sleep(3600)
        if how == "reset":
            raw = self.sock
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            raw.close()
        raise Gone

    # ---- rules

    def fits(self, rule, arg):
        checks = {"tls": self.tls, "authed": self.user is not None}
        for key, value in checks.items():
            if key in rule and rule[key] != value:
                return False
        texts = {"helo": self.helo, "sender": self.sender, "rcpt": self.rcpts[-1] if self.rcpts else "", "arg": arg}
        for key, value in texts.items():
            if key in rule and not re.search(rule[key], value, re.I):
                return False
        if "nth" in rule and self.nth % rule["nth"]:
            return False
        if "odd" in rule and self.nth % 2 == 0:
            return False
        if "over" in rule and self.nth <= rule["over"]:
            return False
        if "open_over" in rule and self.count.open <= rule["open_over"]:
            return False
        if "rcpts_over" in rule and len(self.rcpts) <= rule["rcpts_over"]:
            return False
        return "within" not in rule or time.monotonic() - self.began < rule["within"]

    def ruled(self, at, arg=""):
        """True when a rule has answered."""
        for i, rule in enumerate(self.p.get("rules", [])):
            if rule["at"] != at or not self.fits(rule, arg):
                continue
            if rule.get("once"):
                with self.count.lock:
                    if i in self.count.used:
                        continue
                    self.count.used.add(i)
            time.sleep(rule.get("after", 0))
            if "raw" in rule:
                self.put(rule["raw"].encode("latin-1"))
                return not rule.get("go")
            if "say" in rule:
                self.say(rule["say"])
                if rule["say"][:3] in ("421", "521"):
                    raise Gone
            if "do" in rule:
                self.end(rule["do"])
            return "say" in rule
        return False

    # ---- TLS

    def start_tls(self, t):
        hello = t.get("hello", "")
        if hello or t.get("hello_limit"):
            head = self.sock.recv(5, socket.MSG_PEEK | socket.MSG_WAITALL)
            size = int.from_bytes(head[3:5], "big") if len(head) == 5 else 0
            if t.get("hello_limit") and size <= t["hello_limit"]:
                hello = ""
            else:
                hello = hello or "reset"
        if hello == "offers13":
            data = self.sock.recv(65536, socket.MSG_PEEK)
            hello = "reset" if b"\x03\x04" in data[60:] else ""
        if hello in ("hang", "close", "reset"):
            if hello != "hang":
                self.sock.recv(65536)
            self.end(hello)
        if hello.startswith("alert:"):
            self.sock.recv(65536)
            self.put(b"\x15\x03\x01\x00\x02\x02" + bytes([int(hello[6:])]))
            self.end("close")
        if hello.startswith("junk:"):
            self.sock.recv(65536)
            self.put(hello[5:].encode("latin-1"))
            self.end("close")
        self.sock = self.p["context"].wrap_socket(self.sock, server_side=True, suppress_ragged_eofs=True)
        self.tls = True

    # ---- the dialogue

    def run(self):
        p = self.p
        if "first" in p:
            self.put(p["first"].encode("latin-1"))
            if p.get("then") == "echo" and p.get("tls") != "implicit":
                self.echo()
            if p.get("then", "close") not in ("go", "echo"):
                self.end(p.get("then", "close"))
        if p.get("tls") == "implicit":
            self.start_tls(p["starttls"])
        if p.get("speaks") == "raw" and p.get("then") == "echo":
            self.echo()
        if p.get("speaks") == "raw":
            self.end(p.get("then", "hang"))
        if "first" not in p:
            self.greet()
        while True:
            self.command(self.line())

    def echo(self):
        """Says nothing until it is spoken to."""
        while True:
            self.line()
            self.put(self.p.get("echo", "").encode("latin-1"))

    def greet(self):
        delay = self.p.get("banner_delay", 0)
        if delay and self.p.get("strict"):
            ready, _, _ = select.select([self.sock], [], [], delay)
            if ready:
                self.say("554 5.5.1 Error: SMTP protocol synchronization")
                raise Gone
        elif delay:
            time.sleep(delay)
        if self.ruled("connect"):
            while True:
                self.line()
                self.say("503 5.5.1 Error: bad sequence of commands")
        self.say(self.p.get("banner", "220 {host} ESMTP"), self.p.get("banner_gap", 0))

    def command(self, line):
        verb, _, arg = line.partition(" ")
        do = getattr(self, "do_" + verb.lower(), None)
        if do is None or not verb.isalpha():
            self.say(self.p.get("unknown", "500 5.5.2 Error: command not recognized"))
        else:
            do(arg.strip())

    def words(self):
        words = self.p.get("keywords", ["PIPELINING", "8BITMIME", "STARTTLS", "ENHANCEDSTATUSCODES"])
        if self.tls:
            words = self.p.get("keywords_tls", [w for w in words if w != "STARTTLS"])
        elif "starttls" not in self.p or self.p.get("tls") == "implicit":
            words = [w for w in words if w != "STARTTLS"] if not self.p.get("claims") else words
        return words

    def do_ehlo(self, arg):
        self.helo = arg
        if not self.ruled("ehlo", arg):
            self.say("\n".join(["250 {host}" + self.p.get("hello_text", ""), *self.words()]))

    def do_helo(self, arg):
        self.helo = arg
        if not self.ruled("helo", arg):
            self.say("250 {host}")

    do_lhlo = do_ehlo

    def do_starttls(self, arg):
        if self.ruled("starttls", arg):
            return
        if "starttls" not in self.p or self.tls or self.p.get("tls") == "implicit":
            self.say("502 5.5.1 Error: command not implemented")
            return
        self.say(self.p.get("starttls_say", "220 2.0.0 Ready to start TLS"))
        self.rest = b""
        self.start_tls(self.p["starttls"])

    def do_mail(self, arg):
        self.sender = (re.search(r"<([^>]*)>", arg) or re.match(r"()", "")).group(1)
        self.rcpts = []
        limit = next((int(w[5:]) for w in self.words() if w.startswith("SIZE ") and w[5:].isdigit()), 0)
        size = re.search(r"SIZE=(\d+)", arg, re.I)
        if not self.ruled("mail", arg):
            if limit and size and int(size.group(1)) > limit:
                self.say("552 5.3.4 Message size exceeds fixed maximum message size")
            else:
                self.say("250 2.1.0 Sender ok")

    def do_rcpt(self, arg):
        self.rcpts.append((re.search(r"<([^>]*)>", arg) or re.match(r"()", "")).group(1))
        if self.ruled("rcpt", arg):
            self.rcpts.pop()
        else:
            self.say("250 2.1.5 Recipient ok")

    def do_data(self, arg):
        if self.ruled("data", arg):
            return
        if not self.rcpts:
            self.say("503 5.5.1 Error: need RCPT command")
            return
        self.say("354 End data with <CR><LF>.<CR><LF>")
        self.body()

    def body(self):
        b = self.p.get("body", {})
        got = len(self.rest)
        tail = self.rest[-5:]
        text = self.rest
        while not (tail.endswith(b"\r\n.\r\n") or text.startswith(b".\r\n")):
            self.sabotage(b, got, text)
            want = int(b["slow"] / 5) if "slow" in b else 65536
            data = self.sock.recv(want)
            if not data:
                raise Gone
            if "slow" in b:
                time.sleep(0.2)
            got += len(data)
            tail = (tail + data)[-5:]
            text = (text + data)[-200000:]
        self.sabotage(b, got, text)
        self.rest = b""
        if not self.ruled("final", text.decode("latin-1")):
            self.say("250 2.0.0 Ok: queued as %08X" % (os.getpid() << 8 | self.nth & 255))
        self.rcpts = []

    def sabotage(self, b, got, text):
        for how in ("close", "reset"):
            if how in b and got >= b[how]:
                self.end(how)
        if "stall" in b and got >= b["stall"]:
            self.end("hang")
        if "reset_on" in b and b["reset_on"].encode("latin-1") in text:
            self.end("reset")

    def do_rset(self, arg):
        if not self.ruled("rset", arg):
            self.sender, self.rcpts = "", []
            self.say("250 2.0.0 Ok")

    def do_noop(self, arg):
        if not self.ruled("noop", arg):
            self.say("250 2.0.0 Ok")

    def do_vrfy(self, arg):
        if not self.ruled("vrfy", arg):
            self.say("252 2.0.0 Cannot verify")

    def do_quit(self, arg):
        if not self.ruled("quit", arg):
            self.say("221 2.0.0 Bye")
        raise Gone

    # ---- AUTH

    def do_auth(self, arg):
        mech, _, first = arg.partition(" ")
        if self.ruled("auth", arg):
            return
        a = self.p.get("auth")
        offered = any(w.upper().startswith("AUTH") for w in self.words())
        if not a or not offered:
            self.say("503 5.5.1 Error: authentication not enabled")
            return
        if mech.upper() not in a["mechs"]:
            self.say("504 5.5.4 Unrecognized authentication type")
            return
        ok = getattr(self, "auth_" + mech.lower().replace("-", "_"))(first, a)
        if self.ruled("login", mech):
            return
        if ok:
            self.say("235 2.7.0 Authentication successful")
            return
        self.user = None
        with self.count.lock:
            self.count.failed += 1
        self.say(a.get("fail", "535 5.7.8 Authentication credentials invalid"))

    def challenge(self, text):
        self.say("334 " + base64.b64encode(text).decode())
        return base64.b64decode(self.line())

    def auth_plain(self, first, a):
        data = base64.b64decode(first) if first else self.challenge(b"")
        _, user, secret = (data.decode("utf-8", "replace").split("\0") + ["", "", ""])[:3]
        self.user = user
        return a["users"].get(user) == secret

    def auth_login(self, first, a):
        user = base64.b64decode(first) if first else self.challenge(b"Username:")
        secret = self.challenge(b"Password:")
        self.user = user.decode("utf-8", "replace")
        return a["users"].get(self.user) == secret.decode("utf-8", "replace")

    def auth_cram_md5(self, _, a):
        challenge = b"<%d.%d@%s>" % (os.getpid(), int(time.time()), self.host.encode())
        user, _, digest = self.challenge(challenge).decode("utf-8", "replace").rpartition(" ")
        self.user = user
        right = hmac.new(a["users"].get(user, "").encode(), challenge, hashlib.md5).hexdigest()
        return user in a["users"] and right == digest and not a.get("hashed")

    def auth_xoauth2(self, first, a):
        data = base64.b64decode(first) if first else self.challenge(b"")
        self.user = (re.search(rb"user=([^\x01]*)", data) or re.match(rb"()", b"")).group(1).decode()
        if a.get("oauth_error"):
            self.challenge(a["oauth_error"].encode())
            return False
        return True

    auth_oauthbearer = auth_xoauth2


def serve(sock, peer, profile, count):
    talk = Talk(sock, peer, profile, count)
    try:
        talk.run()
    except (Gone, OSError, ssl.SSLError, ValueError):
        pass
    finally:
        with count.lock:
            count.open -= 1
        try:
            talk.sock.close()
        except OSError:
            pass


def accept(listener, profile, count):
    while True:
        sock, peer = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if profile.get("ban_after") is not None and count.failed >= profile["ban_after"]:
            os.system(profile["ban"].replace("{ip}", peer[0]))
        if profile.get("rcvbuf"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, profile["rcvbuf"])
        threading.Thread(target=serve, args=(sock, peer, profile, count), daemon=True).start()


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        config = json.load(f)
    threading.stack_size(512 * 1024)
    shared = {}
    for profile in config["listen"]:
        address, port = profile["at"]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(profile.get("backlog", 64))
        if profile.get("starttls", {}).get("chain"):
            profile["context"] = context(profile["starttls"])
        count = shared.setdefault(profile.get("pool", id(profile)), Count())
        if profile.get("speaks") != "deaf":
            threading.Thread(target=accept, args=(listener, profile, count), daemon=True).start()
        else:
            shared[id(listener)] = listener
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
