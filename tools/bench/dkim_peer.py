# SPDX-License-Identifier: MIT
"""Signing and verifying with libopendkim (Debian: libopendkim11), loaded as it is, over a message like that of bench_dkim.

usage: dkim_peer.py [BYTES]	of the body, 2000"""
import base64
import ctypes
import subprocess
import sys
import tempfile
import time

# dkim.h of 2.11
SIMPLE, RELAXED = 0, 1
ALGORITHMS = {"rsa": 1, "ed25519": 2}
SET, FLAGS, QUERY_METHOD, QUERY_INFO, BY_FILE = 1, 0, 6, 7, 1
DOMAIN, SELECTOR = b"example.org", b"s1"
FIELDS = [b"From: A <a@example.org>", b"To: B <b@example.net>", b"Subject: A message for the bench",
          b"Date: Sat, 21 Nov 2026 10:00:00 +0000", b"Message-ID: <1@example.org>", b"MIME-Version: 1.0",
          b"Content-Type: text/plain; charset=utf-8"]

lib = ctypes.CDLL("libopendkim.so.11")
for name in ("dkim_init", "dkim_sign", "dkim_verify"):
    getattr(lib, name).restype = ctypes.c_void_p
stat = ctypes.c_int()


def must(status, what):
    if status != 0:
        raise SystemExit("dkim_peer: %s: %d" % (what, status))


def feed(handle, fields, body):
    for f in fields:
        must(lib.dkim_header(handle, f, ctypes.c_size_t(len(f))), "header")
    must(lib.dkim_eoh(handle), "eoh")
    must(lib.dkim_body(handle, body, ctypes.c_size_t(len(body))), "body")
    must(lib.dkim_eom(handle, None), "eom")


def sign(library, pem, kind, body):
    handle = ctypes.c_void_p(lib.dkim_sign(library, b"x", None, pem, SELECTOR, DOMAIN, RELAXED, RELAXED, ALGORITHMS[kind],
                                           ctypes.c_ssize_t(-1), ctypes.byref(stat)))
    must(stat.value, "sign")
    feed(handle, FIELDS, body)
    out = ctypes.create_string_buffer(2000)
    must(lib.dkim_getsighdr(handle, out, ctypes.c_size_t(2000), ctypes.c_size_t(16)), "getsighdr")
    lib.dkim_free(handle)
    return b"DKIM-Signature: " + out.value


def verify(library, fields, body):
    handle = ctypes.c_void_p(lib.dkim_verify(library, b"x", None, ctypes.byref(stat)))
    must(stat.value, "verify")
    feed(handle, fields, body)
    lib.dkim_free(handle)


def rate(work):
    began, count = time.process_time(), 0
    while time.process_time() - began < 1:
        work()
        count += 1
    return count / (time.process_time() - began)


def main():
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    line = b"A line of seventy bytes as they stand in messages that people write..\r\n"
    body = (line * (size // len(line) + 1))[:size - 2] + b"\r\n"
    for kind, how in (("rsa", ["-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048"]), ("ed25519", ["-algorithm", "ed25519"])):
        pem = subprocess.run(["openssl", "genpkey", *how], capture_output=True, check=True).stdout
        der = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=pem, capture_output=True, check=True).stdout
        key = base64.b64encode(der if kind == "rsa" else der[-32:])
        library = ctypes.c_void_p(lib.dkim_init(None, None))
        with tempfile.NamedTemporaryFile() as keys:
            keys.write(SELECTOR + b"._domainkey." + DOMAIN + b" v=DKIM1; k=" + kind.encode() + b"; p=" + key + b"\n")
            keys.flush()
            method, path = ctypes.c_int(BY_FILE), ctypes.create_string_buffer(keys.name.encode(), 1024)
            must(lib.dkim_options(library, SET, QUERY_METHOD, ctypes.byref(method), ctypes.c_size_t(4)), "query method")
            must(lib.dkim_options(library, SET, QUERY_INFO, path, ctypes.c_size_t(len(keys.name) + 1)), "query info")
            signed = [sign(library, pem, kind, body), *FIELDS]
            verify(library, signed, body)
            print("libopendkim %s, %d bytes: sign %.0f/s, verify %.0f/s" % (
                kind, len(body), rate(lambda pem=pem, kind=kind: sign(library, pem, kind, body)),
                rate(lambda signed=signed: verify(library, signed, body))))


if __name__ == "__main__":
    main()
