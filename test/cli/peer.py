# SPDX-License-Identifier: MIT
"""An SMTP server for tests that does as it is told at each command.

    def rules(peer, session, verb, line):
        if verb == "MAIL" and session.mails > 10:
            return "421 4.7.0 enough"     # what is said; the session ends behind 421, and where it is None
    with Peer(rules) as peer: ... peer.taken  # [(sender, [recipients], bytes, session number)]

A rule that returns nothing in particular (GO) leaves it to the ordinary answer. Verbs: CONNECT, EHLO, MAIL, RCPT, DATA,
BDAT (before its bytes are read), END (behind the message), RSET, QUIT.
"""
import socket
import socketserver
import threading

GO = object()


class Session:
    def __init__(self, number):
        self.number, self.mails, self.ends = number, 0, 0
        self.forget()

    def forget(self):
        self.sender, self.recipients, self.data = None, [], b""


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def ask(self, verb, line, ordinary):
        """False: the session is over."""
        answer = self.server.peer.rules(self.server.peer, self.session, verb, line)
        answer = ordinary if answer is GO else answer
        if answer is None:
            return False, ""
        self.say(answer)
        return not answer.startswith("421"), answer

    def handle(self):
        try:
            self.serve()
        except OSError:
            pass

    def serve(self):
        peer = self.server.peer
        with peer.lock:
            peer.sessions += 1
            self.session = Session(peer.sessions)
        open_, answer = self.ask("CONNECT", "", "220 peer ESMTP")
        while open_:
            raw = self.rfile.readline(65536)
            if not raw.endswith(b"\n"):
                return
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            open_ = self.command(peer, line.split(" ")[0].upper(), line)

    def command(self, peer, verb, line):
        s = self.session
        if verb == "EHLO":
            words = ["peer", "PIPELINING", "8BITMIME", "SIZE 50000000", *peer.keywords]
            return self.ask(verb, line, "\r\n".join("250%s%s" % ("-" if i + 1 < len(words) else " ", w)
                                                     for i, w in enumerate(words)))[0]
        if verb == "MAIL":
            s.forget()
            s.mails += 1
            open_, answer = self.ask(verb, line, "250 2.1.0 ok")
            s.sender = line if answer.startswith("2") else None
            return open_
        if verb == "RCPT":
            open_, answer = self.ask(verb, line, "250 2.1.5 ok" if s.sender else "503 5.5.1 MAIL first")
            if answer.startswith("2"):
                s.recipients.append(line.partition("<")[2].partition(">")[0])
            return open_
        if verb in ("DATA", "BDAT"):
            return self.data(peer, verb, line) if s.recipients or verb == "BDAT" else self.ask("NONE", line, "503 5.5.1 no")[0]
        if verb == "QUIT":
            self.ask(verb, line, "221 2.0.0 bye")
            return False
        if verb == "RSET":
            s.forget()
        return self.ask(verb, line, "250 2.0.0 ok")[0]

    def data(self, peer, verb, line):
        s = self.session
        last = True
        if verb == "DATA":
            open_, answer = self.ask(verb, line, "354 go on")
            if not answer.startswith("354"):
                return open_
            for raw in self.rfile:
                if raw == b".\r\n":
                    break
                s.data += raw[1:] if raw.startswith(b".") else raw
            else:
                return False
        else:
            words = line.split()
            last = words[-1].upper() == "LAST"
            answer = peer.rules(peer, s, verb, line)
            if answer is None:
                return False
            chunk = self.rfile.read(int(words[1]))
            if len(chunk) < int(words[1]):
                return False
            s.data += chunk
            if answer is not GO or not s.recipients:
                self.say(answer if answer is not GO else "503 5.5.1 no")
                return True
        if not last:
            self.say("250 2.0.0 more")
            return True
        s.ends += 1
        answer = peer.rules(peer, s, "END", line)
        # What is said of a message that was not taken must not count as taken.
        if answer is GO or (answer is not None and answer.startswith("2")) or answer is None and peer.takes_silently:
            with peer.lock:
                peer.taken.append((s.sender, list(s.recipients), s.data, s.number))
        s.forget()
        if answer is None:
            return False
        self.say("250 2.0.0 taken" if answer is GO else answer)
        return answer is GO or not answer.startswith("421")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 128

    def handle_error(self, request, address):
        pass


class Peer:
    def __init__(self, rules=lambda peer, session, verb, line: GO, keywords=(), takes_silently=False):
        self.rules, self.keywords, self.takes_silently = rules, keywords, takes_silently
        self.lock, self.sessions, self.taken, self.notes = threading.Lock(), 0, [], {}
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.peer = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def plain(self):
        return ["--server", f"smtp://127.0.0.1:{self.port}", "--tls", "none"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def refused_port():
    """One where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]
