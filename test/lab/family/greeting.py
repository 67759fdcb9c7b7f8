# SPDX-License-Identifier: MIT
"""Greeting and EHLO."""
from family.parts import KEYWORDS, live, plain, raw, said, smtp, smtps, submit

PLAIN = {"tls": "opportunistic"}
SCENES = [
    {"id": "greeting/silent", "cause": ("G03", "M07"), "ask": "live", **PLAIN, "servers": {"mx": {"25": raw()}}, "why": "nobody waits for minutes here"},
    {"id": "greeting/closes", "cause": "G03", "ask": "live", **PLAIN, "servers": {"mx": {"25": raw("", "close")}}},
    {"id": "greeting/resets", "cause": "G03", "ask": "send", **PLAIN, "servers": {"mx": {"25": raw("", "reset")}}},
    *[x for s in [
        said("greeting/554", "G01", "connect", ["554 {host} ESMTP service not available for you", "554 5.7.1 Access denied", "521 {host} does not accept mail from you",
                                             "550 Connection refused by policy", "554 5.7.1 No SMTP service for [{ip}] here"], quick=True),
        said("greeting/421", "G02", "connect", ["421 {host} closing: server is shutting down", "421 4.3.2 Connection rejected for now, come back later", "421 Temporary failure, please retry"]),
    ] for x in (s, live(s))],
    {"id": "greeting/endless", "cause": "G14", "ask": "send", **PLAIN, "servers": {"mx": {"25": raw("220-hello\r\n" * 20000, "hang")}}},
    {"id": "greeting/not-a-reply", "cause": ("G14", "C06"), "ask": "live", **PLAIN, "why": "no SMTP at all", "servers": {"mx": {"25": raw("Welcome to the terminal server\r\nlogin: ")}}},
    {"id": "greeting/early-talk", "cause": "", "ask": "live", **PLAIN, "timeout": 6, "servers": {"mx": {"25": smtp(banner_delay=1, strict=True)}}},
    said("greeting/ehlo-bad-name", "G10", "ehlo", ["504 5.5.2 <{helo}>: Helo command rejected: need fully-qualified hostname", "550 5.7.1 Helo invalid: {helo}",
                                                "501 5.5.4 Invalid domain name in EHLO", "550 HELO/EHLO must contain a valid FQDN"], ehlo="buildhost17", when={"helo": r"^[^.\[]+$"}),
    live(said("greeting/ehlo-bad-name2", "G10", "ehlo", ["450 4.7.1 <{helo}>: Helo command rejected: Host not found", "550 5.7.1 {helo}: bad HELO name"], ehlo="c0ffee{n}", when={"helo": r"^[^.\[]+$"})),
    said("greeting/ehlo-at-rcpt", "G10", "rcpt", ["550 5.7.1 <{helo}>: Helo command rejected: Access denied", "450 4.7.1 <{helo}>: Helo command rejected: Host not found",
                                                  "504 5.5.2 <{helo}>: Helo command rejected: need fully-qualified hostname"], ehlo="app-7f9c"),
    said("greeting/ehlo-localhost", ("G11", "G10"), "ehlo", ["550 5.7.1 localhost is not a valid HELO from outside", "550 You are not {helo}, forged HELO"],
         ehlo="localhost.localdomain", why="a name that is not one's own is refused"),
    said("greeting/ehlo-our-name", ("G11", "G10"), "rcpt", ["550 5.7.1 Forged HELO: you are not {host}", "554 5.7.1 You are not me: HELO {helo} is my own name"], ehlo="{mx}",
         why="as above"),
    {"id": "greeting/ehlo-500", "cause": "G08", "ask": "live", "tls": "starttls", "servers": {"mx": {"25": plain(rules=[{"at": "ehlo", "say": "500 Command unrecognized"}])}}},
    {"id": "greeting/no-tls", "cause": "G05", "ask": "live", "tls": "starttls", "servers": {"mx": {"25": plain()}}, "quick": True},
    {"id": "greeting/no-tls-send", "cause": "G05", "ask": "send", "tls": "starttls", "servers": {"mx": {"25": plain()}}},
    {"id": "greeting/no-tls-on-one-port", "cause": "G05", "ask": "live", "tls": "starttls", "port": "25", "ground": "net", "servers": {"mx": {"25": plain(), "587": submit()}}},
    {"id": "greeting/pool-differs", "cause": "G06", "ask": "live", "tls": "starttls", "ground": "net", "servers": {"mx": {"25": smtp(
        claims=True, rules=[{"at": "ehlo", "odd": True, "say": "250 {host}\nSIZE 20000000\n8BITMIME"}, ])}}},
    {"id": "greeting/hidden-by-name", "cause": "G07", "ask": "live", "tls": "starttls", "ehlo": "{me}", "servers": {"mx": {"25": smtp(
        rules=[{"at": "ehlo", "tls": False, "arg": "{own}$", "say": "250 {host}\nSIZE 20000000\n8BITMIME\nHELP"}])}}},
    {"id": "greeting/auth-gone-after-tls", "cause": ("G09", "A10"), "ask": "send", "login": "good", "why": "the login is offered before TLS only", "servers": {"mx": {"587": submit(
        keywords_tls=["SIZE 36700160", "8BITMIME"])}}},
    {"id": "greeting/mixed-codes", "cause": "G14", "ask": "live", "tls": "starttls", "servers": {"mx": {"25": smtp(rules=[{"at": "ehlo", "raw": "250-hello\r\n550-SIZE 1000\r\n250 STARTTLS\r\n"}])}}},
    {"id": "greeting/unsolicited", "cause": "G15", "ask": "send", **PLAIN, "servers": {"mx": {"25": smtp(rules=[{"at": "mail", "raw": "250 2.1.0 Ok\r\n250 2.1.0 Ok\r\n", }])}}},
    {"id": "greeting/garbage-reply", "cause": "G14", "ask": "send", **PLAIN, "servers": {"mx": {"25": smtp(rules=[{"at": "mail", "raw": "OK thanks\r\n"}])}}},
    said("greeting/protocol-error", ("G04", "G15"), "ehlo", ["503 5.5.0 polite people say hello first; synchronization error", "554 SMTP synchronization error (input sent without waiting for greeting)"],
         why="the server believes that we spoke too early"),
    {"id": "greeting/tls-port-plain", "cause": "C05", "ask": "live", "scheme": "smtps", "port": "587", "servers": {"mx": {"587": submit()}}, "quick": True},
    {"id": "greeting/plain-on-465", "cause": "C05", "ask": "live", "scheme": "smtp", "tls": "starttls", "port": "465", "servers": {"mx": {"465": smtps()}}},
    *[x for s in [
        {"id": "greeting/ehlo-cut", "cause": "G08", "ask": "send", **PLAIN, "why": "HELO is answered", "servers": {"mx": {"25": smtp(rules=[{"at": "ehlo", "do": "close"}])}}},
        {"id": "greeting/ehlo-reset", "cause": "G08", "ask": "send", **PLAIN, "why": "HELO is answered", "servers": {"mx": {"25": smtp(rules=[{"at": "ehlo", "do": "reset"}])}}},
        {"id": "greeting/hello-cut", "cause": ("G02", "L03"), "ask": "send", **PLAIN, "why": "no word says why", "servers": {"mx": {"25": smtp(rules=[
            {"at": "ehlo", "do": "close"}, {"at": "helo", "do": "close"}])}}},
    ] for x in (s, live(s))],
    {"id": "greeting/login-in-clear-only", "cause": ("G05", "M01"), "ask": "send", "tls": "opportunistic", "login": "good", "why": "the login is not sent in clear",
     "servers": {"mx": {"587": plain(keywords=["SIZE 36700160", "8BITMIME", "AUTH PLAIN LOGIN"], auth={})}}},
    said("greeting/no-reverse-name", ("P01", "P02", "G01"), "connect", ["550 Missing reverse DNS entry for your host - refused", "554 5.7.1 No PTR record for [{ip}], go away",
         "521 5.7.25 Your address has no reverse name"], why="the client may have a name here: then the server is wrong"),
]
