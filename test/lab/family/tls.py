# SPDX-License-Identifier: MIT
"""Handshakes and certificates."""
from family.parts import live, smtp, smtps, submit


def cert(id, cause, spec, live_too=True, **more):
    port = more.pop("on", "25")
    maker = {"25": smtp, "587": submit, "465": smtps}[port]
    base = {"id": "tls/" + id, "cause": cause, "ask": "send", "tls": None if port != "25" else "starttls",
            "servers": {"mx": {port: maker(), "cert": spec}}, **more}
    return [base] + ([live(base)] if live_too else [])


def shake(id, cause, tls, **more):
    port = more.pop("on", "25")
    maker = {"25": smtp, "587": submit, "465": smtps}[port]
    base = {"id": "tls/" + id, "cause": cause, "ask": "send", "tls": None if port != "25" else "starttls",
            "servers": {"mx": {port: maker(starttls=tls)}}, **more}
    return [base, live(base)]


SCENES = [
    *cert("expired", "T08", {"begin": -120, "end": -3}, quick=True),
    *cert("expired-today-465", "T08", {"begin": -90, "end": -0.2}, on="465"),
    *cert("future", "T09", {"begin": 2, "end": 90}),
    *cert("wrong-name", "T06", {"names": ["www.{odd_domain}", "{odd_domain}"]}, quick=True),
    *cert("wildcard-too-deep", "T06", {"names": ["*.{odd_domain}", "{odd_domain}"]}, on="587"),
    *cert("self-signed", "T10", {"kind": "self-signed"}, quick=True),
    *cert("self-signed-snakeoil", "T10", {"kind": "self-signed", "names": ["localhost.localdomain"]}),
    *cert("no-intermediate", "T11", {"chain": False}, quick=True),
    *cert("private-ca", "T13", {"by": "private", "aia": False}),
    *cert("private-ca-aia", ("T13", "T11"), {"by": "private"}, why="only fetching the issuer would tell whether it is a root"),
    *cert("private-ca-465", "T13", {"by": "private", "aia": False}, on="465", live_too=False),
    *cert("weak-key", "T05", {"key": "rsa1024"}, servers={"mx": {"25": smtp(starttls={"weak": True}), "cert": {"key": "rsa1024"}}}),
    *cert("by-address", "T07", {}, host="{mx_ip}", ground="net"),
    {"id": "tls/no-store", "cause": "T12", "ask": "send", "tls": "starttls", "ca": False, "ground": "net",
     "env": {"SSL_CERT_FILE": "{dir}/none.pem", "SSL_CERT_DIR": "{dir}/none"}, "servers": {"mx": {"25": smtp()}}},
    *shake("version-10", "T02", {"max": "1.0"}, quick=True), *shake("version-11-465", "T02", {"max": "1.1"}, on="465"),
    *shake("old-cipher", "T04", {"ciphers": "AES128-SHA:AES256-SHA:@SECLEVEL=0", "min": "1.2", "max": "1.2", "hello": "alert:40"}),
    *shake("intolerant", ("T03", "M09"), {"hello": "offers13"}, why="a hello without 1.3 is smaller, too"),
    *shake("hello-limit", ("M09", "T03"), {"hello_limit": 240}, why="as above"),
    *shake("junk", "T01", {"hello": "junk:454 4.7.0 TLS engine failed\r\n"}),
    *shake("closes", "T18", {"hello": "close"}), *shake("hangs", "T19", {"hello": "hang"}),
    *shake("sni-alert", "T15", {"sni_alert": 112}),
    {"id": "tls/sni-default", "cause": ("T15", "T06"), "ask": "live", "tls": "starttls", "why": "with the name comes another certificate, as wrong",
     "servers": {"mx": {"25": smtp(starttls={"sni": {"{mx}": {"names": ["cdn.{odd_domain}"]}}})}}},
    *shake("client-cert", ("C12", "T17"), {"client": "require", "client_ca": "{private}", "max": "1.2"}, why="none was configured"),
    *shake("client-cert-13", ("C12", "T17"), {"client": "require", "client_ca": "{private}", "min": "1.3"}, why="as above"),
    {"id": "tls/starttls-454", "cause": "T18", "ask": "live", "tls": "starttls", "texts": [
        "454 4.7.0 TLS not available due to local problem", "454 4.3.3 TLS not available: missing private key", "501 5.5.2 TLS currently unavailable",
        "454 4.7.1 TLS handshake resources exhausted"], "servers": {"mx": {"25": smtp(rules=[{"at": "starttls", "say": "{refusal}"}])}}, "quick": True},
    {"id": "tls/required-by-server", "cause": ("T23", "A08"), "ask": "send", "tls": "none", "why": "TLS is wanted; no login was in play", "texts": [
        "530 5.7.10 STARTTLS is mandatory here", "550 5.7.10 Encryption required for delivery", "554 5.7.1 Session encryption is required"],
     "servers": {"mx": {"25": smtp(rules=[{"at": "mail", "tls": False, "say": "{refusal}"}])}}},
    {"id": "tls/cn-only", "cause": ("T14",), "ask": "live", "tls": "starttls", "servers": {"mx": {"25": smtp(), "cert": {"kind": "cn-only"}}}},
    {"id": "tls/injection", "cause": ("M14",), "ask": "live", "tls": "starttls", "servers": {"mx": {"25": smtp(starttls_say="220 2.0.0 Go ahead", rules=[
        {"at": "starttls", "raw": "220 2.0.0 Ready to start TLS\r\n250 2.1.0 Sender ok\r\n"}])}}},
    *shake("internal-error", "T18", {"hello": "alert:80"}),
]
