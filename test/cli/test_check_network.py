# SPDX-License-Identifier: MIT
"""sendwell check: block lists, names of addresses, silence, and MTA-STS policies from an HTTPS server."""
import contextlib
import http.server
import json
import os
import ssl
import sys
import threading
import time

import lab
import tap
from check_lab import HEALTHY, IP, check, compare, dns, run, works, zone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import certs  # noqa: E402


@tap.case("a listing is one only when the list works and does not refuse us")
def _():
    own = f"{IP}.zen.spamhaus.org"      # the same backwards
    rows = (
        ("listed", works("zen.spamhaus.org") | {own: ["A 127.0.0.2", "TXT spam \x1b[31mhttps://x.test"]}, "error", "P05"),
        ("policy", works("zen.spamhaus.org") | {own: ["A 127.0.0.10"]}, "error", "P06"),
        ("not listed", works("zen.spamhaus.org"), "ok", None),
        ("refused", works("zen.spamhaus.org") | {own: ["A 127.255.255.254"]}, "untested", None),
        ("open resolver", {own: ["A 127.255.255.252"], "2.0.0.127.zen.spamhaus.org": ["A 127.255.255.252"]}, "untested", None),
        ("everything listed", {"*.zen.spamhaus.org": ["A 127.0.0.2"]}, "untested", None),
        ("parked zone", {"*.zen.spamhaus.org": ["A 203.0.113.7"]}, "untested", None),
        ("nothing listed", {own: ["A 127.0.0.2"]}, "untested", None),
        ("no address of a list", works("zen.spamhaus.org") | {own: ["A 203.0.113.7"]}, "ok", None),
        ("only a small one", works("all.s5h.net") | {f"{IP}.all.s5h.net": ["A 127.0.0.2"]}, "warning", "P05"),
    )
    with lab.Home() as home:
        for name, lists, status, code in rows:
            with dns(HEALTHY | lists) as where:
                got = check(home, where, "--selector", "s1", "example.org", validate=False)
                assert not compare(got["dnsbl_ip"], status, code), (name, got["dnsbl_ip"])
                assert got["dnsbl_domain"]["status"] == "untested", got["dnsbl_domain"]
        listed = works("dbl.spamhaus.org") | {"example.org.dbl.spamhaus.org": ["A 127.0.1.2"]}
        with dns(HEALTHY | listed) as where:
            got = check(home, where, "mail.example.org", validate=False)
            assert not compare(got["dnsbl_domain"], "error", "P09"), got["dnsbl_domain"]
        with dns(HEALTHY | works("zen.spamhaus.org"), [{"name": own, "do": "servfail"}]) as where:
            got = check(home, where, "example.org", validate=False)
            assert got["dnsbl_ip"]["status"] == "untested", got["dnsbl_ip"]
        with dns(HEALTHY) as where:
            got = check(home, where, "--ip", "192.168.1.7", "example.org", validate=False)
            assert got["dnsbl_ip"]["status"] == "not_tested" and "private" in got["dnsbl_ip"]["found"], got["dnsbl_ip"]


@tap.case("addresses without a name, with another one, and what the machine calls itself")
def _():
    rows = (
        ({"9.9.9.9.in-addr.arpa": None}, [], {"ptr": ("error", "P01", "9.9.9.9.in-addr.arpa. PTR mail.example.org.")}),
        ({"9.9.9.9.in-addr.arpa": ["PTR other.example.org"]}, [], {"ptr": ("error", "P02", "other.example.org. A 9.9.9.9")}),
        ({"9.9.9.9.in-addr.arpa": ["PTR 9-9-9-9.dyn.example.org"], "9-9-9-9.dyn.example.org": ["A 9.9.9.9"]}, [],
         {"ptr": ("warning", "P03", "9-9-9-9.dyn")}),
        ({}, ["--ehlo", "mail.example.org"], {"ehlo": ("ok",)}),
        ({}, ["--ehlo", "localhost"], {"ehlo": ("error", "P02", "localhost")}),
        ({}, ["--ehlo", "nowhere.example.org"], {"ehlo": ("error", "P02", "nowhere.example.org. A 9.9.9.9")}),
        ({}, ["--ehlo", "mx.example.org"], {"ehlo": ("warning", "P02", "mx.example.org")}),
        ({}, ["--ehlo", "[9.9.9.9]"], {"ehlo": ("error", "P02")}),
        ({}, ["--selector", "s1"], {"dkim": ("ok",)}),
        ({}, ["--selector", "s1._domainkey.example.org"], {"dkim": ("ok",)}),
        ({}, ["--selector", "nope"], {"dkim": ("error", "P17", "nope._domainkey.example.org")}),
        ({}, ["--selector", "s1", "--selector", "nope"], {"dkim": ("error", "P17")}),
        ({"old._domainkey.example.org": ["TXT v=DKIM1; p="]}, ["--selector", "old"], {"dkim": ("error", "P17", "revoked")}),
        ({}, ["--from", "Ann <ann@example.org>"], {"spf_ip": ("ok",)}),
        ({}, ["--ip", "2001:db8::1"], {"spf_ip": ("error", "P10", "ip6:2001:db8::1"), "ptr": ("error", "P01", "ip6.arpa")}),
        ({}, ["--ip", "::ffff:9.9.9.9"], {"spf_ip": ("ok",), "ptr": ("ok",)}),
    )
    with lab.Home() as home:
        for changes, argv, wanted in rows:
            table = {name: value for name, value in (HEALTHY | changes).items() if value is not None}
            with dns(table) as where:
                got = check(home, where, *argv, "example.org", validate=False)
                for test, expected in wanted.items():
                    assert not compare(got[test], *expected), (argv, changes, compare(got[test], *expected), got[test])


@tap.case("a name server that says nothing, or too late, costs the deadline and is no result")
def _():
    for fault in ("silent", "delay:9000"):
        with lab.Home() as home, dns(HEALTHY, [{"do": fault}]) as where:
            with lab.Watch() as watch:
                got = check(home, where, "--deadline", "2", "example.org", status=2)
            assert watch.seconds < 5 * lab.SLOW, watch.seconds
            for name in ("spf", "spf_ip", "dkim", "dmarc", "ptr", "dnsbl_ip", "mx", "mta_sts", "bulk_spf"):
                assert got[name]["status"] == "untested" and not got[name]["findings"], got[name]
    with lab.Home() as home, dns(HEALTHY, [{"name": "_dmarc.*", "do": "silent"}]) as where:
        got = check(home, where, "--deadline", "2", "example.org")
        assert got["dmarc"]["status"] == "untested" and got["spf"]["status"] == "ok", got["dmarc"]
    with lab.Home() as home:    # nobody listens
        got = check(home, "127.0.0.1:9", "--deadline", "3", "example.org", status=2)
        assert got["mx"]["status"] == "untested", got["mx"]


class PolicyServer:
    """HTTPS on loopback: path -> (status, headers, body)."""

    def __init__(self, cert, answers):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.headers["Host"].partition(":")[0].removeprefix("mta-sts.")
                status, headers, body = answers[name]
                if status == 0:
                    time.sleep(6)
                    return
                self.send_response(status)
                for key, value in headers:
                    self.send_header(key, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None      # clients that do not trust it
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert["chain"], cert["key"])
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def policy(*lines):
    return 200, [("Content-Type", "text/plain")], "\r\n".join(("version: STSv1", *lines, "")).encode()


POLICIES = {
    "good": (policy("mode: enforce", "mx: mx.good.test", "max_age: 604800"), ("ok", None, "enforce")),
    "wild": (policy("mode: enforce", "mx: *.wild.test", "max_age: 604800"), ("ok",)),
    "other-mx": (policy("mode: enforce", "mx: mail.other.test", "max_age: 604800"), ("error", "T21", "mx: mx.other-mx.test")),
    "testing": (policy("mode: testing", "mx: mx.testing.test", "max_age: 604800"), ("warning", "T21", "testing")),
    "none": (policy("mode: none", "max_age: 604800"), ("warning", "T21", "none")),
    "short": (policy("mode: enforce", "mx: mx.short.test", "max_age: 60"), ("warning", "T21", "60")),
    "broken": (policy("mode: enforce", "mx: mx.broken.test"), ("error", "T21", "max_age")),
    "html": ((200, [], b"<html>\x1b]0;x\x07</html>"), ("error", "T21", "name: value")),
    "missing": ((404, [], b""), ("error", "T21", "404")),
    "moved": ((301, [("Location", "https://www.moved.test/\x1b[31m")], b""), ("error", "T21", "301")),
    "huge": ((200, [], b"version: STSv1\n" + b"mx: a.test\n" * 30000), ("error", "T21", "too_large|long")),
    "wrong-name": (policy("mode: enforce", "mx: mx.wrong-name.test", "max_age: 604800"), ("error", "T21", "cert")),
    "slow": ((0, [], b""), ("untested", None, "time")),
}


@tap.case("MTA-STS policies: fetched as senders fetch them, and compared with the MX hosts")
def _():
    with lab.Home() as home:
        ca = certs.Authority(str(home.path / "ca"), "Test")
        names = [f"mta-sts.{name}.test" for name in POLICIES if name != "wrong-name"]
        table = {}
        for name in (*POLICIES, "nobody"):
            table |= zone(name + ".test", {"_mta-sts": ["TXT v=STSv1; id=1"], "mta-sts": ["A 127.0.0.1"],
                                           "_smtp._tls": ["TXT v=TLSRPTv1; rua=mailto:t@DOMAIN"]})
        with dns(table) as where, PolicyServer(ca.leaf(names), {name + ".test": row[0] for name, row in POLICIES.items()}) as web:
            argv = ["--ip", IP, "--json", "--ca", ca.cert, "--deadline", "4"]
            done = run(home, where, *argv, "--https-port", str(web.port), *[name + ".test" for name in POLICIES])
            reports = {value["domain"]: value for value in map(json.loads, done.stdout.splitlines())}
            for name, (_, expected) in POLICIES.items():
                row = [r for r in reports[name + ".test"]["results"] if r["test"] == "mta_sts_policy"][0]
                assert not compare(row, *expected), (name, compare(row, *expected), row)
            got = check(home, where, *argv[3:], "--https-port", "9", "nobody.test")
            assert not compare(got["mta_sts_policy"], "error", "T21"), got["mta_sts_policy"]
            # Not trusted by the system.
            got = check(home, where, "--https-port", str(web.port), "good.test")
            assert not compare(got["mta_sts_policy"], "error", "T21", "cert"), got["mta_sts_policy"]


if __name__ == "__main__":
    sys.exit(tap.main())
