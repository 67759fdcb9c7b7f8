# SPDX-License-Identifier: MIT
"""Mail hosts and policy hosts with certificates of any kind, each on a loopback address of its own."""

import contextlib
import hashlib
import http.server
import os
import socket
import ssl
import threading

import real


def certificate(directory, name, names, days=30, ca=None):
    """A chain file and its key; signed by `ca` (a file's stem) or by itself. days < 0: expired."""
    stem = os.path.join(directory, name)
    subject = ["-subj", "/CN=" + name]
    ext = ["-addext", "subjectAltName=" + ",".join("DNS:" + n for n in names)] if names else []
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", stem + ".key"]
    real.run("openssl", "req", "-new", *key, "-out", stem + ".csr", *subject, *ext)
    dates = ["-not_before", "20200101000000Z", "-not_after", "20200201000000Z"] if days < 0 else None
    if dates:
        # `openssl x509` of 3.0 takes no dates; `openssl ca` does.
        conf = stem + ".cnf"
        with open(conf, "w") as f:
            f.write("[ca]\ndefault_ca=c\n[c]\ndatabase=%s.db\nnew_certs_dir=%s\nserial=%s.srl\ndefault_md=sha256\n"
                    "policy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n" % (stem, directory, stem))
        open(stem + ".db", "w").close()
        real.run("openssl", "ca", "-config", conf, "-batch", "-rand_serial", "-selfsign", "-keyfile", stem + ".key",
                 "-in", stem + ".csr", "-out", stem + ".pem", "-notext", "-startdate", "20200101000000Z",
                 "-enddate", "20200201000000Z")
        return stem
    sign = ["-CA", ca + ".pem", "-CAkey", ca + ".key"] if ca else ["-signkey", stem + ".key"]
    real.run("openssl", "x509", "-req", "-in", stem + ".csr", "-out", stem + ".pem", "-days", str(days),
             "-copy_extensions", "copyall", *sign)
    if ca:
        with open(stem + ".pem", "a") as out, open(ca + ".pem") as more:
            out.write(more.read())
    return stem


def authority(directory, name="ca"):
    stem = os.path.join(directory, name)
    real.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", stem + ".key", "-out", stem + ".pem", "-days", "30", "-subj", "/CN=Test " + name,
             "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    return stem


def digest(stem, selector):
    """SHA-256 of the certificate (0) or its key (1), as a TLSA record has it."""
    if selector:
        pem = real.run("openssl", "x509", "-in", stem + ".pem", "-noout", "-pubkey").stdout
        der = real.run("openssl", "pkey", "-pubin", "-outform", "DER", input=pem).stdout
    else:
        der = real.run("openssl", "x509", "-in", stem + ".pem", "-outform", "DER").stdout
    return hashlib.sha256(der).hexdigest()


class MailHost:
    """Takes everything on port 25 of an address; STARTTLS with the certificate, none without one."""

    def __init__(self, address, stem=None):
        self.context = None
        if stem:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(stem + ".pem", stem + ".key")
            self.context.sni_callback = self._on_sni
        self.names, self.mails, self.connections = [], 0, 0
        self.listener = socket.create_server((address, 25), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
        threading.Thread(target=self._serve, daemon=True).start()

    def _on_sni(self, _sock, name, _context):
        self.names.append(name)

    def _serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock):
        try:
            sock.settimeout(10)
            self._dialogue(sock)
        except (OSError, ssl.SSLError):
            pass
        finally:
            sock.close()

    def _dialogue(self, sock):
        sock.sendall(b"220 host ESMTP\r\n")
        reader = sock.makefile("rb")
        while True:
            line = reader.readline().rstrip(b"\r\n")
            verb = line[:4].upper()
            if not line or verb == b"QUIT":
                return
            if verb == b"EHLO":
                secure = isinstance(sock, ssl.SSLSocket)
                more = b"250-REQUIRETLS\r\n" if secure else b"250-STARTTLS\r\n" if self.context else b""
                sock.sendall(b"250-host\r\n" + more + b"250 8BITMIME\r\n")
            elif verb == b"STAR" and self.context:
                sock.sendall(b"220 go\r\n")
                sock = self.context.wrap_socket(sock, server_side=True)
                reader = sock.makefile("rb")
            elif verb == b"DATA":
                sock.sendall(b"354 go\r\n")
                while reader.readline().rstrip(b"\r\n") != b".":
                    pass
                self.mails += 1
                sock.sendall(b"250 2.0.0 taken\r\n")
            else:
                sock.sendall(b"250 2.0.0 ok\r\n")

    def stop(self):
        self.listener.close()


class PolicyHost:
    """HTTPS on port 443 of an address; `policies` by the domain: a text, an int (status) or a Location."""

    def __init__(self, address, stem):
        self.policies, self.asked = {}, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                domain = self.headers.get("Host", "").split(":")[0].removeprefix("mta-sts.")
                answer = outer.policies.get(domain, 404)
                outer.asked.append(domain)
                if self.path != "/.well-known/mta-sts.txt":
                    answer = 404
                if isinstance(answer, str) and answer.startswith("https:"):
                    self.send_response(302)
                    self.send_header("Location", answer)
                    self.end_headers()
                    return
                body = answer.encode() if isinstance(answer, str) else b""
                self.send_response(200 if isinstance(answer, str) else answer)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(stem + ".pem", stem + ".key")
        self.server = Server((address, 443), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@contextlib.contextmanager
def saying(address, words):
    """A host that says this and closes; None: nothing, for ever."""
    held = []

    def serve():
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                held.append(sock)
                if words is not None:
                    sock.sendall(words)
                    sock.close()

    listener = socket.create_server((address, 25))
    threading.Thread(target=serve, daemon=True).start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for sock in held:
            sock.close()
