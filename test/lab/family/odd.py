# SPDX-License-Identifier: MIT
"""Targets with which nothing is wrong, and which look as if something were: a blocking finding would be false."""
from family.parts import plain, smtp, smtps, submit


def well(id, servers=None, ask="send", **more):
    servers = servers if servers is not None else {"mx": {"25": smtp()}}
    out = {"id": "odd/" + id, "cause": "", "ask": ask, "servers": servers, **more}
    if more.get("mx"):
        out["ground"] = "net"
    if next(iter(servers.get("mx", {"25": 0}))) == "25":
        out.setdefault("tls", "opportunistic")
    else:
        out.setdefault("login", "good")
    return out


def both(id, servers=None, **more):
    yield well(id, servers, "send", **more)
    yield well(id + "/live", servers, "live", **more)


SCENES = [
    *both("slow-banner", {"mx": {"25": smtp(banner_delay=4)}}, timeout=15),
    *both("cpanel-greeting", {"mx": {"25": smtp(banner="220 {host} ESMTP Exim 4.98 #2 Tue, 04 Mar 2025 10:11:12 +0000\nWe do not authorize the use of this system to transport unsolicited,\nand/or bulk e-mail.")}}),
    *both("says-blocked", {"mx": {"25": smtp(banner="220 {host} ESMTP - hosts on the blacklist of spamhaus.org are rejected, 554 5.7.1")}}),
    *both("localhost", {"mx": {"25": smtp(host="localhost.localdomain", banner="220 localhost.localdomain ESMTP ready")}}),
    *both("bare-220", {"mx": {"25": smtp(banner="220 ", hello_text="")}}),
    *both("self-made-ehlo", {"mx": {"25": smtp(hello_text=" says EHLO to {ip}: Nice to meet you - no spam, viruses, relaying or abuse", keywords=["8BITMIME", "X-ANONYMOUSTLS", "XEXCH50", "XRDST", "STARTTLS", "HELP", "TURN", "VRFY"])}}),
    *both("lower-case", {"mx": {"587": submit(keywords=["size 35000000", "starttls", "auth login plain", "8bitmime"], keywords_tls=["size 35000000", "auth login plain", "8bitmime"])}}),
    *both("auth-equals", {"mx": {"587": submit(keywords=["STARTTLS", "AUTH=LOGIN PLAIN", "8BITMIME"])}}),
    *both("auth-after-tls", {"mx": {"587": submit(keywords=["STARTTLS", "8BITMIME"], keywords_tls=["AUTH LOGIN", "8BITMIME"], auth={"mechs": ["LOGIN"]})}}),
    *both("bare-lf", {"mx": {"25": smtp(eol="\n")}}),
    *both("helo-only", {"mx": {"25": plain(banner="220 {host} SMTP", rules=[{"at": "ehlo", "say": "500 Command unrecognized"}])}}),
    *both("self-made-mx", {"mx": {"25": smtp(), "cert": {"kind": "self-signed", "names": ["ubuntu"]}}}),
    *both("expired-mx", {"mx": {"25": smtp(), "cert": {"begin": -900, "end": -200}}}),
    *both("mx-alias", mx=True, mx_records=False, records=["{domain} MX 10 alias.{domain}", "alias.{domain} CNAME {mx}"]),
    *both("mx-one-gone", mx=True, mx_records=False, records=["{domain} MX 5 gone.{domain}", "{domain} MX 10 {mx}"]),
    *both("no-mx-but-a", mx=True, mx_records=False, records=["{domain} A {mx_ip}"]),
    *both("aaaa-servfail", {"mx": {"587": submit()}}, faults=[{"type": "AAAA", "do": "servfail"}]),
    *both("aaaa-silent", {"mx": {"587": submit()}}, faults=[{"type": "AAAA", "do": "silent"}], timeout=6, limit=60),
    *both("v6-dead-v4-fine", {"mx": {"25": smtp(), "ip6": 1}}, ground="net", path=["r1: ip6tables -w -A FORWARD -p tcp -j DROP"]),
    *both("nat64", {"mx": {"587": submit(), "ip6": 1, "only6": True}}, ground="net", without=["{mx} A"],
          records=["{mx} AAAA 64:ff9b::c633:6409"], path=["s: ip6tables -w -t nat -A PREROUTING -d 64:ff9b::c633:6409 -j DNAT --to-destination {mx_ip6}"]),
    *both("first-mx-busy", {"mx": {"25": smtp(rules=[{"at": "connect", "say": "421 4.3.2 Service not available"}])}, "back": {"25": smtp()}}, mx=["mx", "back"], ground="net"),
    *both("first-mx-closed", {"mx": {"443": smtp()}, "back": {"25": smtp()}}, mx=["mx", "back"], ground="net", tls="opportunistic", login=None),
    *both("one-address-dead", {"mx": {"25": smtp(only=[1, 2]), "ip": 3}}, ground="net"),
    *both("tls12-cbc", {"mx": {"587": submit(starttls={"max": "1.2", "min": "1.2", "ciphers": "AES128-SHA:AES256-SHA@SECLEVEL=0"}), "cert": {"key": "rsa2048"}}}),
    *both("tls13-only", {"mx": {"465": smtps(starttls={"min": "1.3"})}}),
    *both("sni-right", {"mx": {"587": submit(starttls={"cert": {"names": ["default.{odd_domain}"]}, "sni": {"{mx}": {"names": ["{mx}"]}}})}}),
    *both("many-names", {"mx": {"587": submit(), "cert": {"names": ["www.{odd_domain}", "{odd_domain}", "imap.{odd_domain}", "{mx}"], "cn": "www.{odd_domain}"}}}),
    *both("chain-with-root", {"mx": {"587": submit(), "cert": {"order": [0, 2, 1]}}}),
    *both("chain-twice", {"mx": {"587": submit(), "cert": {"order": [0, 1, 0, 1, 2]}}}),
    *both("slow-all", {"mx": {"25": smtp(delay=0.7)}}, timeout=12, limit=60),
    *both("no-8bit", {"mx": {"25": smtp(keywords=["STARTTLS"])}}, text="Здравствуйте,\n\nвстреча в четверг.\n"),
    *both("no-words", {"mx": {"25": plain(keywords=[])}}),
    *both("small-limit", {"mx": {"25": smtp(keywords=["SIZE 51200", "STARTTLS"])}}),
    *both("size-zero", {"mx": {"25": smtp(keywords=["SIZE 0", "STARTTLS", "8BITMIME"])}}),
    *both("no-noop-rset", {"mx": {"25": smtp(rules=[{"at": "noop", "say": "502 5.5.1 not implemented"}, {"at": "vrfy", "say": "502 5.5.1 VRFY command is disabled"}])}}),
    *both("quit-rude", {"mx": {"25": smtp(rules=[{"at": "quit", "do": "reset"}])}}),
    well("greylist-second-try", {"mx": {"25": smtp(rules=[{"at": "rcpt", "say": "451 4.7.1 Greylisted, try again later", "once": True}])}}, before=1),
    well("final-words", {"mx": {"25": smtp(rules=[{"at": "final", "say": "250 2.0.0 OK: checked by spam filter, no virus found, not blocked, queued as 4XyZ error-free"}])}}),
    well("null-sender-no", {"mx": {"25": smtp(rules=[{"at": "mail", "arg": "FROM:<>", "say": "550 5.7.1 null sender refused"}])}}),
    well("ptr-of-provider", no_ptr=True, ground="net", envelope=True, ask="live"),
    well("pool", {"mx": {"25": smtp(rules=[{"at": "connect", "nth": 3, "say": "421 4.7.0 too many connections"}])}}),
    well("closed-after-421-pool", {"mx": {"25": smtp(only=[0]), "ip": 2}}, ask="live", mx=True, ground="net"),
]
