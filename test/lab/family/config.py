# SPDX-License-Identifier: MIT
"""Wrong settings."""
from family.parts import live, raw, smtp, smtps, submit

SCENES = [
    {"id": "config/typo-host", "cause": ("C01", "D01"), "ask": "live", "host": "smpt.{domain}", "port": "587", "ground": "net", "why": "the name does not exist; nothing of the lab is near a provider's",
     "servers": {"mx": {"587": submit(), "name": "smtp.{domain}"}}},
    {"id": "config/typo-provider", "cause": ("C01", "D01"), "ask": "send", "host": "smtp.gmial.com", "port": "587", "ground": "net", "why": "the name does not exist", "servers": {"mx": {"587": submit()}}},
    {"id": "config/wrong-port", "cause": "C02", "ask": "live", "port": "2526", "ground": "net", "servers": {"mx": {"587": submit(), "465": smtps()}}, "quick": True},
    {"id": "config/wrong-port-465", "cause": "C02", "ask": "live", "port": "465", "ground": "net", "servers": {"mx": {"587": submit(), "25": smtp()}}},
    {"id": "config/wrong-port-silent", "cause": "C02", "ask": "live", "port": "26", "ground": "net", "servers": {"mx": {"25": smtp(), "587": submit()}}, "path": ["s: iptables -A INPUT -p tcp --dport 26 -j DROP"]},
    {"id": "config/server-down", "cause": "C03", "ask": "live", "port": "25", "ground": "net", "tls": "opportunistic", "servers": {"mx": {"443": raw(), "22": raw("SSH-2.0-OpenSSH_9.6\r\n")}}, "quick": True},
    {"id": "config/server-down-587", "cause": "C03", "ask": "live", "port": "587", "ground": "net", "servers": {"mx": {"80": raw(), "443": raw()}}},
    {"id": "config/internal-name", "cause": ("C04", "D06", "R05", "R02"), "ask": "live", "port": "25", "ground": "net", "tls": "opportunistic", "private": True, "why": "a private address that does not answer: all that can be said",
     "servers": {"mx": {"25": smtp(), "private": True}}, "path": ["r1: iptables -A FORWARD -d 10.77.0.0/16 -j DROP; iptables -A FORWARD -d 192.168.0.0/16 -j DROP"]},
    *[{"id": f"config/speaks-{n}", "cause": c, "ask": a, "port": "25", "tls": "opportunistic", "servers": {"mx": {"25": raw(first, then)}}}
      for n, c, a, first, then in [
        ("http", "C06", "live", "HTTP/1.0 400 Bad request\r\nContent-Type: text/html\r\n\r\n<html><body>Your browser sent an invalid request.</body></html>\n", "close"),
        ("ssh", "C06", "live", "SSH-2.0-dropbear_2022.83\r\n", "hang"), ("ftp", "C06", "live", "220 ProFTPD Server (Debian) [::ffff:10.0.0.7]\r\n", "hang"),
        ("mysql", "C06", "send", "J\x00\x00\x00\x0a8.0.36\x00\x1b\x00\x00\x00abcdefgh\x00\xff\xf7\xff\x02\x00", "hang"),
        ("imap", "C07", "live", "* OK [CAPABILITY IMAP4rev1 LITERAL+ STARTTLS LOGINDISABLED] IMAP server ready\r\n", "hang"),
        ("imap-exchange", "C07", "send", "* OK The Microsoft Exchange IMAP4 service is ready. [{id}]\r\n", "hang"),
        ("pop3", "C07", "live", "+OK POP3 server ready <{n}.{id}@{odd_domain}>\r\n", "hang"), ("nntp", "C06", "send", "200 news.{odd_domain} InterNetNews NNRP server ready (posting ok)\r\n", "hang")]],
    {"id": "config/implicit-on-587", "cause": "C05", "ask": "send", "scheme": "smtps", "port": "587", "servers": {"mx": {"587": submit()}}},
    {"id": "config/starttls-on-465", "cause": ("C05", "G03"), "ask": "send", "scheme": "smtp", "port": "465", "tls": "starttls", "servers": {"mx": {"465": smtps()}}, "why": "a silent port, until TLS is tried"},
    {"id": "config/imap-tls-port", "cause": ("C07", "C06"), "ask": "live", "port": "465", "why": "inside TLS an IMAP server answers", "servers": {"mx": {"465": {"tls": "implicit", "starttls": {}, "first_tls": "* OK IMAP4 ready\r\n", "banner": "* OK IMAP4rev1 Service Ready"}}}},
    {"id": "config/ehlo-container-id", "cause": "G10", "ask": "live", "ehlo": "3f2a9d0b17{n}", "tls": "opportunistic", "texts": ["504 5.5.2 <{helo}>: Helo command rejected: need fully-qualified hostname"],
     "servers": {"mx": {"25": smtp(rules=[{"at": "ehlo", "helo": r"^[^.\[]+$", "say": "{refusal}"}])}}},
    {"id": "config/dead-source", "cause": "C14", "ask": "send", "ground": "net", "tls": "opportunistic", "more": ["--source", "{spare}"], "servers": {"mx": {"25": smtp()}}},
    {"id": "config/proxy-only", "cause": ("C13", "R02", "R03", "R04"), "ask": "live", "ground": "net", "port": "587", "servers": {"mx": {"587": submit()}}, "why": "a closed network; the proxy in the environment is the hint",
     "env": {"HTTPS_PROXY": "http://proxy.{own}:3128", "https_proxy": "http://proxy.{own}:3128"}, "path": ["r1: iptables -A FORWARD -p tcp -j DROP"]},
    {"id": "config/forbidden", "cause": ("C17", "R04"), "ask": "live", "ground": "net", "port": "587", "why": "the machine's own packet filter or policy answers EPERM: nobody else spoke", "servers": {"mx": {"587": submit()}},
     "path": ["c: iptables -A OUTPUT -p tcp --dport 587 -j DROP; true"], "skip_live": True},
    {"id": "config/idle", "cause": ("C11", "L12", "M07"), "ask": "send", "timeout": 1, "tls": "opportunistic", "why": "the server needs longer than our timer", "servers": {"mx": {"25": smtp(rules=[{"at": "mail", "after": 3}])}}},
    {"id": "config/login-on-25", "cause": "A10", "ask": "send", "port": "25", "tls": "starttls", "login": "good", "servers": {"mx": {"25": smtp(), "587": submit(), "465": smtps()}}},
    *[{"id": "config/waits-to-be-asked-" + n, "cause": c, "ask": "live", "tls": "opportunistic", "why": "it says nothing until it is spoken to",
       "servers": {"mx": {"25": {"speaks": "raw", "first": "", "then": "echo", "echo": t}}}}
      for n, c, t in (("web", "C06", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"), ("store", "C06", "-ERR unknown command\r\n"),
                      ("cache", "C06", "ERROR\r\n"))],
    *[{"id": f"config/tls-{n}-{mode}", "cause": "C06", "ask": "live", "port": port, "tls": tls, "servers": {"mx": {port: {
        "tls": "implicit", "starttls": {}, "speaks": "raw", "first": "", "then": "echo", "echo": t}}}}
      for mode, tls, port in (("implicit", "implicit", "8443"), ("starttls", "starttls", "8443"), ("opportunistic", "opportunistic", "25"))
      for n, t in (("web", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), ("store", "ERROR unknown command\r\n"))],
    *[{"id": "config/machine-off" + n, "cause": "C03", "ask": ask, "port": port, "ground": "net", "tls": "opportunistic", "servers": {"mx": {"25": smtp(), "587": submit(), "443": raw()}},
       "path": ["r2: ip route replace unreachable {mx_ip}"]} for n, ask, port in (("", "live", "25"), ("-send", "send", "587"))],
    *[{"id": f"config/descriptors-{n}", "cause": "C15", "ask": "live", "port": "587", "servers": {"mx": {"587": submit()}}, "descriptors": n} for n in (5, 6)],
    *[{"id": "config/lmtp" + n, "cause": "C06", "ask": a, "tls": "opportunistic", "texts": ["502 5.5.1 Unknown command, use LHLO", "500 5.5.1 This is LMTP: LHLO expected"],
       "servers": {"mx": {"25": {"keywords": [], "rules": [{"at": "ehlo", "say": "{refusal}"}, {"at": "helo", "say": "{refusal}"}]}}}} for n, a in (("", "send"), ("/live", "live"))],
]
SCENES = [s for s in SCENES if s["id"] != "config/forbidden"]
