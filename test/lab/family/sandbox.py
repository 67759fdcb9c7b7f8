# SPDX-License-Identifier: MIT
"""Every fault of the program's own sandbox, seen by a send. The causes are the lab's own opinion, not the sandbox's table."""

# fault, cause, what else the scenario has
LOGIN = {"login": "good", "port": "587"}
CLEAR = {"tls": "none"}
ROWS = [
    ("accept-silent-all", ("R10", "G03"), {"why": "on one port alone nothing tells a proxy from a server that hangs"}),
    ("banner-delay=1.4", "", {}),
    ("banner-silent", ("G03", "C05"), {"why": "silence until TLS is spoken: the port is of the other kind, or the server hangs"}),
    ("banner-drip=20", "", {}),
    ("banner-421", ("L03", "G02"), {"why": "it says that there are too many connections"}), ("banner-554", "G01", {}), ("banner-521", "G01", {}),
    ("banner-http", "C06", {}), ("banner-ssh", "C06", {}), ("banner-ftp", "C06", {}),
    ("banner-imap", "C07", {}), ("banner-pop3", "C07", {}),
    ("banner-masked", "M02", {"tls": "starttls"}), ("banner-close", "G03", {}), ("banner-reset", "G03", {}),
    ("banner-garbage", "C06", {}), ("banner-endless", "G14", {}), ("banner-preauth", "G15", {}),
    ("banner-multiline", "", {}), ("early-talker", "", {}),
    ("tls-on-plain-port", "C05", {}), ("plain-on-tls-port", "C05", {"port": "465"}),
    ("ehlo-refused", "G08", {"tls": "starttls"}),
    ("ehlo-name-refused", "G10", {}), ("ehlo-syntax", ("G13", "G10"), {"why": "the name is a good one; only the server calls it malformed"}), ("ehlo-421", ("L07", "G02"), {
        "why": "421 for load at EHLO: the server turns connections away, or is short of power"}),
    ("ehlo-endless", "G14", {}), ("ehlo-binary", "G14", {}), ("ehlo-mixed-codes", "G14", {"tls": "starttls"}),
    ("ehlo-no-pipelining", "", {}), ("no-size", "", {}), ("no-dsn", "", {}), ("no-enhanced-codes", "", {}),
    ("no-smtputf8", "S15", {"to": ["jürgen@{domain}"]}),
    ("no-auth", "A10", LOGIN), ("auth-only-after-tls", "A08", {**LOGIN, **CLEAR}),
    ("auth-only-before-tls", "G09", LOGIN), ("size-limit=20000", "B05", {"size": 40000}),
    ("starttls-missing", "G05", {"tls": "starttls"}), ("starttls-masked", "M01", {"tls": "starttls"}),
    ("starttls-refused", "T18", {"tls": "starttls"}), ("starttls-502", "T18", {"tls": "starttls"}), ("starttls-injected", "M14", {"tls": "starttls"}),
    ("starttls-hang", "T18", {"tls": "starttls"}), ("starttls-close", "T18", {"tls": "starttls"}), ("starttls-garbage", "T01", {"tls": "starttls"}),
    ("tls-handshake-hang", "T19", {"tls": "starttls"}), ("tls-handshake-close", "T18", {"tls": "starttls"}), ("tls-handshake-reset", "T18", {"tls": "starttls"}),
    ("tls-old=1.0", "T02", {"tls": "starttls"}), ("tls-old=1.1", "T02", {"tls": "starttls"}),
    ("tls-intolerant", ("T03", "M09"), {"tls": "starttls", "why": "without a look at hellos of another size both explain a reset"}),
    ("tls-hello-limit=300", ("M09", "T03"), {"tls": "starttls", "why": "as above"}),
    ("tls-alert=40", "T04", {"tls": "starttls"}), ("tls-alert=70", "T02", {"tls": "starttls"}), ("tls-sni-unknown", "T15", {"tls": "starttls"}),
    ("cert-expired", "T08", {"tls": "starttls"}), ("cert-not-yet", "T09", {"tls": "starttls"}), ("cert-wrong-name", "T06", {"tls": "starttls"}), ("cert-self-signed", "T10", {"tls": "starttls"}),
    ("cert-unknown-ca", "T13", {"tls": "starttls"}), ("cert-missing-intermediate", "T11", {"tls": "starttls"}), ("cert-weak-key", "T05", {"tls": "starttls"}),
    ("auth-535", "A01", LOGIN), ("auth-full-address", "A02", {**LOGIN, "login": "plain-user"}),
    ("auth-app-password", "A03", LOGIN), ("auth-web-login", "A04", LOGIN), ("auth-disabled-tenant", "A05", LOGIN),
    ("auth-disabled-mailbox", "A05", LOGIN), ("auth-basic-retired", "A06", LOGIN), ("auth-security-defaults", "A06", LOGIN),
    ("auth-locked-454", "A12", LOGIN), ("auth-too-many-421", "A12", LOGIN), ("auth-temporary-454", "A17", LOGIN),
    ("auth-close", ("A12", "A01"), {**LOGIN, "why": "it hung up on the secret and said nothing: locked or refused"}),
    ("auth-hashed-fails", "A15", {**LOGIN, "more": ["--auth", "CRAM-MD5"]}),
    ("auth-mechanism-504", "A09", LOGIN), ("auth-needs-encryption-538", "A08", {**LOGIN, **CLEAR}),
    ("auth-line-limit=60", "A18", {**LOGIN, "login": "{secret}{secret}{secret}{secret}{secret}", "more": ["--auth", "PLAIN"]}),
    ("auth-bad-challenge", "G14", {**LOGIN, "more": ["--auth", "LOGIN"]}),
    ("auth-endless-334", "G14", {**LOGIN, "more": ["--auth", "LOGIN"]}), ("auth-echo", "A01", LOGIN),
    ("auth-required-530", "A07", {}), ("auth-required-m365", "A07", {}), ("tls-required-530", ("A08", "T23"), {**CLEAR, "why":
        "TLS is wanted before mail; no login was in play"}),
    ("tls-required-550", "T23", CLEAR), ("client-cert-required", "C12", {}),
    ("sender-refused", "S01", {}), ("sender-domain-unknown", ("S02", "D19"), {"why": "same words; DNS decides"}),
    ("sender-not-owned", "A14", LOGIN), ("sender-spoofed", "S20", {}), ("null-sender-refused", "S04", {"sender": "<>"}),
    ("size-refused", "B05", {}), ("disk-full-452", "L07", {}), ("server-busy", "L07", {}), ("rate-limited", "L04", {}),
    ("quota-daily", "L05", {}), ("tenant-blocked", "L06", {}), ("reputation-451", "L09", {}), ("yahoo-deferred", "P27", {}),
    ("outlook-blocklist", "P25", {}), ("421-after-commands=2", ("L03", "L04"), {"why": "a limit of commands is of neither row"}),
    ("rcpt-unknown", "S08", {}), ("rcpt-unknown-m365", "S08", {}),
    ("rcpt-some-refused=2", ("S18", "S08"), {"why": "one of three is unknown: both are true", "to": ["{to}", "{to2}", "{to3}"]}), ("rcpt-disabled", "S10", {}), ("rcpt-moved", "S10", {}),
    ("rcpt-full", "S11", {}), ("rcpt-rate", "S13", {}), ("rcpt-too-many=1", ("S14", "S18"), {"to": ["{to}", "{to2}", "{to3}"],
        "why": "some recipients were refused because there were too many"}),
    ("rcpt-restricted", "S17", {}), ("relay-denied", ("S05", "A07"), {"why": "a login would have helped, too"}),
    ("relay-ip-denied", "A19", {}), ("sender-callout", "S03", {}), ("helo-refused-at-rcpt", "G10", {}),
    ("greylist=60", "L01", {}), ("greylist-never", ("L01", "L02"), {"why": "one attempt tells nothing of the next"}),
    ("receiver-dns", "L08", {}), ("no-ptr", ("P01", "P02"), {"why": "Gmail's text names both"}), ("ptr-mismatch", ("P02", "P01"), {
        "why": "Postfix's text is the same for both"}), ("dynamic-ip", "P03", {}),
    ("dnsbl", "P05", {}), ("dnsbl-policy", "P06", {}), ("domain-listed", "P09", {}), ("spf-fail", "P10", {}),
    ("outlook-banned-ip", "P26", {}), ("closed-gateway", "P38", {}),
    ("data-refused", "B20", {}), ("data-250", "G15", {}), ("data-stall=4000", "B01", {"size": 6000000}),
    ("data-close=3000", "B03", {"size": 300000}), ("data-reset=3000", "B03", {"size": 300000}),
    ("early-reply=3000", "B05", {"size": 300000}),
    ("hang-after-dot", "B02", {}), ("close-after-dot", ("B03", "B02"), {"why": "it hung up where an answer was due"}),
    ("reset-after-dot", ("B03", "B02"), {"why": "as above"}), ("slow-final=1.2", "", {}),
    ("final-451", "L07", {}), ("final-552", "B05", {}), ("final-554-spam", "B18", {}), ("virus-found", "B17", {}),
    ("attachment-blocked", "B16", {"size": 5000}), ("url-listed", "B19", {}), ("header-refused", "B11", {}),
    ("dkim-required", "P14", {}), ("dmarc-reject", "P20", {}), ("reputation-550", "P28", {}), ("sender-not-verified", "A20", {}),
    ("sender-sendas", "A14", {}), ("sender-blocked", "L06", {}), ("mail-loop", "N01", {}),
    ("short-writes", "", {}), ("lf-only", "", {}), ("delay=150", "", {}),
    ("pipelining-broken", "B15", {}),
    ("garbage-at=mail", "G14", {}), ("binary-at=rcpt", "G14", {}), ("endless-at=mail", "G14", {}), ("endless-line-at=ehlo", "G14", {}),
    ("extra-reply-at=mail", "G15", {}), ("hang-at=mail", ("C11", "L07"), {"why": "a server that stops answering between commands"}),
]
QUICK = {"banner-421", "banner-554", "banner-http", "banner-imap", "cert-expired", "cert-wrong-name", "cert-self-signed",
         "starttls-missing", "starttls-refused", "auth-535", "auth-app-password", "auth-required-530", "rcpt-unknown", "rcpt-full",
         "relay-denied", "greylist=60", "dnsbl", "spf-fail", "final-554-spam", "dmarc-reject", "banner-delay=1.4", "no-dsn"}


def scene(fault, cause, more):
    out = {"id": "sandbox/" + fault, "cause": cause, "ask": "send", "quick": fault in QUICK,
           "servers": {"mx": {more.get("port", "25") if more.get("port") != "465" else "587": {"sandbox": [fault]}}}, **more}
    out.setdefault("tls", "opportunistic" if "port" not in more else None)
    if out.get("port") == "465":
        out["scheme"] = "smtps"
    return out


SCENES = [scene(*row) for row in ROWS]
