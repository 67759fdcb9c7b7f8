# SPDX-License-Identifier: MIT
"""Proxies that do what they are asked to, with a name and a password: `me`, `not-secret`."""

import base64
import contextlib
import socket
import struct
import threading


def exactly(c, size):
    data = b""
    while len(data) < size:
        more = c.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def pump(a, b):
    with contextlib.suppress(OSError):
        while True:
            data = a.recv(65536)
            if not data:
                break
            b.sendall(data)
    with contextlib.suppress(OSError):
        b.shutdown(socket.SHUT_WR)


def socks(c):
    """SOCKS 5 with a name and a password (RFC 1928, 1929), for one connection."""
    with c, contextlib.suppress(OSError):
        c.settimeout(20)
        exactly(c, exactly(c, 2)[1])
        c.sendall(b"\5\2")
        for _ in range(2):
            size = exactly(c, 2)[1] if _ == 0 else exactly(c, 1)[0]
            exactly(c, size)
        c.sendall(b"\1\0")
        kind = exactly(c, 4)[3]
        host = exactly(c, exactly(c, 1)[0]).decode() if kind == 3 else socket.inet_ntoa(exactly(c, 4))
        port, = struct.unpack(">H", exactly(c, 2))
        with socket.create_connection((host, port)) as s:
            c.sendall(b"\5\0\0\1\0\0\0\0\0\0")
            back = threading.Thread(target=pump, args=(s, c), daemon=True)
            back.start()
            pump(c, s)
            back.join(20)


def connect(c):
    """HTTP CONNECT with a name and a password (RFC 9110 9.3.6), for one connection."""
    with c, contextlib.suppress(OSError, ValueError, IndexError):
        c.settimeout(20)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += exactly(c, 1)
        if b"Basic " + base64.b64encode(b"me:not-secret") not in head:
            c.sendall(b"HTTP/1.1 407 who are you\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, port = head.split()[1].decode().rpartition(":")
        with socket.create_connection((host, int(port))) as s:
            c.sendall(b"HTTP/1.1 200 go\r\n\r\n")
            back = threading.Thread(target=pump, args=(s, c), daemon=True)
            back.start()
            pump(c, s)
            back.join(20)


def serve(listener, talk):
    with contextlib.suppress(OSError):
        while True:
            c, _ = listener.accept()
            threading.Thread(target=talk, args=(c,), daemon=True).start()
