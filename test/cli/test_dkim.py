# SPDX-License-Identifier: MIT
"""sendwell dkim, and send with signatures; keys are published by a DNS server on loopback."""
import json
import os
import socket
import stat
import struct
import sys
import threading

import lab
import tap

LETTER = b"From: a@example.org\nTo: b@example.net\nSubject: lunch\nBcc: c@example.net\n\nShall  we? \n\n\n"


class Dns:
    """Answers TXT questions from a table of texts; None: SERVFAIL; others: NXDOMAIN."""

    def __init__(self, table):
        self.table = table
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            self.socket.sendto(self.answer(query), peer)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        kind = struct.unpack("!H", query[at + 1:at + 3])[0]
        name = ".".join(labels)
        text = self.table.get(name, "") if kind == 16 else ""
        rcode = 2 if text is None else 0 if name in self.table else 3
        head = query[:2] + struct.pack("!HHHHH", 0x8180 | rcode, 1, 1 if text else 0, 0, 0) + query[12:at + 5]
        if not text:
            return head
        data = text.encode()
        strings = b"".join(bytes([len(p)]) + p for p in (data[i:i + 255] for i in range(0, len(data), 255)))
        return head + b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 60, len(strings)) + strings


def keygen(home, path, selector="s1", *more):
    done = lab.expect(home.run("--json", "dkim", "keygen", "--dkim-domain", "example.org", "--dkim-selector", selector,
                               "--dkim-key", path, *more), 0)
    return lab.validate(json.loads(done.stdout))


def signing(path, selector="s1"):
    return ["--dkim-key", path, "--dkim-domain", "example.org", "--dkim-selector", selector]


def verify(home, message, dns, status):
    done = lab.expect(home.run("--json", "dkim", "verify", "-", "--resolver", dns, stdin=message), status)
    return lab.validate(json.loads(done.stdout))


@tap.case("a new key is private, is never written over, and its record is printed for a zone")
def _():
    with lab.Home() as home:
        path = os.path.join(home.path, "k.pem")
        key = keygen(home, path)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert key["name"] == "s1._domainkey.example.org" and key["bits"] == 2048, key
        strings = key["zone"].split('"')[1::2]
        assert "".join(strings) == key["record"] and max(map(len, strings)) <= 255, key
        with open(path, "rb") as f:
            before = f.read()
        lab.expect(home.run("dkim", "keygen", *signing(path)), 73)
        with open(path, "rb") as f:
            assert f.read() == before


@tap.case("what is signed with RSA, Ed25519 or both passes; the message stays as it was")
def _():
    with lab.Home() as home:
        rsa, ed = os.path.join(home.path, "rsa"), os.path.join(home.path, "ed")
        table = {}
        for key in (keygen(home, rsa), keygen(home, ed, "s2", "--algorithm", "ed25519")):
            table[key["name"]] = key["record"]
        with Dns(table) as dns:
            for keys in (signing(rsa), signing(ed, "s2"), signing(rsa) + ["--dkim-key", ed, "--dkim-selector", "s2"]):
                signed = lab.expect(home.run("dkim", "sign", "-", *keys, stdin=LETTER), 0).stdout
                assert signed.endswith(LETTER.replace(b"\n", b"\r\n")), signed
                assert max(map(len, signed.split(b"\r\n"))) <= 78, signed
                got = verify(home, signed, dns.address, 0)
                assert [s["status"] for s in got["signatures"]] == ["pass"] * keys.count("--dkim-key"), got
                assert not got["signatures"][0]["unsigned_fields"] and not got["signatures"][0]["addable_fields"], got


@tap.case("a signature that fails says why")
def _():
    with lab.Home() as home:
        path = os.path.join(home.path, "k")
        key = keygen(home, path)
        name, record = key["name"], key["record"]
        signed = home.run("dkim", "sign", "-", *signing(path), stdin=LETTER).stdout
        rows = (
            (signed + b"-- \r\nfooter\r\n", record, 1, "fail", "body-hash"),
            (signed.replace(b"lunch", b"[list] lunch"), record, 1, "fail", "signature"),
            (b"Subject: another\r\n" + signed, record, 1, "fail", "signature"),
            (signed.replace(b"Shall  we? ", b"Shall we?"), record, 0, "pass", "verified"),
            (signed, "v=DKIM1; p=", 1, "permerror", "key-revoked"),
            (signed, "v=DKIM1; k=rsa; h=sha1; " + record[record.index("p="):], 1, "permerror", "key-hash"),
            (signed, "v=spf1 -all", 1, "permerror", "key-version"),
            (signed, None, 2, "temperror", "dns"),
            (signed, "", 1, "permerror", "key-missing"),
        )
        for message, text, status, verdict, reason in rows:
            with Dns({name: text} if text != "" else {}) as dns:
                first = verify(home, message, dns.address, status)["signatures"][0]
                assert (first["status"], first["reason"]) == (verdict, reason), first
        with Dns({}) as dns:
            assert verify(home, LETTER, dns.address, 1)["signatures"] == []


@tap.case("send signs composed and ready messages, attachments included")
def _():
    with lab.sandbox() as (home, box):
        path, name = os.path.join(home.path, "k"), home.write("mail.eml", LETTER)
        key = keygen(home, path)
        big = home.write("big.bin", os.urandom(300000))
        with Dns({key["name"]: key["record"]}) as dns:
            for argv in (["--from", "a@example.org", "--subject", "x", "--attach", big, "b@example.net"],
                         ["--message", name, "b@example.net"]):
                lab.expect(home.run("send", *box.server(), *argv, *signing(path), stdin=b"hello\n"), 0)
            mails = [mail for _, mail in box.mails()]
            assert len(mails) == 2, mails
            for mail in mails:
                got = verify(home, mail, dns.address, 0)
                assert got["signatures"][0]["status"] == "pass", got


@tap.case("--dkim-check refuses to send with a key that receivers do not find, and prints the record")
def _():
    with lab.sandbox() as (home, box):
        path = os.path.join(home.path, "k")
        key = keygen(home, path)
        send = ["send", *box.server(), "--from", "a@example.org", "--subject", "x", "b@example.net", *signing(path),
                "--dkim-check"]
        other = keygen(home, os.path.join(home.path, "other"))
        for text, status in (("", 78), (other["record"], 78), (None, 75), (key["record"], 0)):
            with Dns({key["name"]: text} if text != "" else {}) as dns:
                done = lab.expect(home.run(*send, "--resolver", dns.address, stdin=b"hello\n"), status)
                if status == 78:
                    assert key["zone"].encode() in done.stderr, done
        assert len(box.mails()) == 1


@tap.case("wrong use is told before anything is done")
def _():
    with lab.Home() as home:
        path = os.path.join(home.path, "k")
        keygen(home, path)
        with open(path, "rb") as f:
            secret = f.read().splitlines()[5]
        open_key = home.write("open", open(path, "rb").read(), 0o644)
        rows = (
            (["dkim"], 64), (["dkim", "resign", "-"], 64), (["dkim", "sign"], 64), (["dkim", "sign", "-"], 64),
            (["dkim", "keygen", "--dkim-key", path + "x"], 64),
            (["dkim", "keygen", *signing(path + "x"), "--algorithm", "dsa"], 64),
            (["dkim", "sign", "-", "--dkim-key", path], 64),
            (["dkim", "sign", "-", "--dkim-key", path, "--dkim-domain", "a b", "--dkim-selector", "s"], 64),
            (["dkim", "sign", "-", "--dkim-key", path, "--dkim-domain", "example.org", "--dkim-selector", "s;x"], 64),
            (["dkim", "sign", "-", *signing(open_key)], 77),
            (["dkim", "sign", "-", *signing(home.write("no", b"no key\n"))], 65),
            (["dkim", "sign", "/nonexistent", *signing(path)], 66),
            (["dkim", "verify", "/nonexistent"], 66),
        )
        for argv, status in rows:
            done = lab.expect(home.run(*argv, stdin=LETTER), status)
            assert secret not in done.stderr and not lab.raw_bytes(done.stderr), done
        done = lab.expect(home.run("dkim", "sign", "-", *signing(path), stdin=b"Subject: x\n\nno author\n"), 65)
        assert b"From" in done.stderr, done


@tap.case("a file whose name is not in UTF-8 is verified, signed and written like another")
def _():
    with lab.Home() as home:
        odd = os.fsencode(home.path) + b"/\xff"
        os.rename(home.write("plain", LETTER), odd)
        done = lab.expect(home.run("--json", "dkim", "verify", odd), 1)
        value = json.loads(done.stdout)
        assert value["file"].endswith("\\xff") and value["signatures"] == [], value
        made = lab.expect(home.run("--json", "dkim", "keygen", "--dkim-domain", "example.org", "--dkim-selector", "s",
                                   "--dkim-key", odd + b".key"), 0)
        assert json.loads(made.stdout)["file"].endswith("\\xff.key")
        lab.expect(home.run("dkim", "sign", "--dkim-domain", "example.org", "--dkim-selector", "s", "--dkim-key",
                            odd + b".key", odd), 0)


if __name__ == "__main__":
    sys.exit(tap.main())
