# SPDX-License-Identifier: MIT
"""Nothing is wrong with these, however odd they look: no finding may be called blocking."""
from family.parts import KEYWORDS, LOGIN, live, plain, raw, smtp, smtps, submit

O = {"tls": "opportunistic"}


def well(id, ask="live", **more):
    more.setdefault("servers", {"mx": {"25": smtp()}})
    if "tls" not in more and "25" in more["servers"].get("mx", {}):
        more["tls"] = "opportunistic"
    return {"id": "healthy/" + id, "cause": "", "ask": ask, **more}


SCENES = [
    well("plain-server"), well("submission", servers={"mx": {"587": submit()}}, quick=True), well("smtps", servers={"mx": {"465": smtps()}}),
    well("login", servers={"mx": {"587": submit()}}, login="good", depth=4), well("send", "send", quick=True), well("send-login", "send", servers={"mx": {"587": submit()}}, login="good"),
    well("slow-greeting", servers={"mx": {"25": smtp(banner_delay=2.2)}}, timeout=6, quick=True),
    well("slow-greeting-5", servers={"mx": {"25": smtp(banner_delay=5)}}, timeout=10),
    well("teaser", servers={"mx": {"25": smtp(banner="220 {host} ESMTP\nwait a moment please\n{host} ready", banner_gap=0.7, strict=True)}}, timeout=5),
    well("long-greeting", servers={"mx": {"25": smtp(banner="220 {host} ESMTP\n" + "\n".join(f"Line {i}: unauthorized use is prohibited and logged." for i in range(14)))}}),
    well("no-tls-wanted", servers={"mx": {"25": plain()}}, tls="none"), well("no-tls-opportunistic", servers={"mx": {"25": plain()}}),
    well("huge-ehlo", servers={"mx": {"25": smtp(keywords=KEYWORDS + [f"X-FEATURE-{i} {'v' * 40}" for i in range(120)])}}),
    well("unknown-keywords", servers={"mx": {"25": smtp(keywords=KEYWORDS + ["XVERP", "X-ANONYMOUSTLS", "XSHADOW", "HELP", "LIMITS RCPTMAX=500", "X-EXPS GSSAPI NTLM"])}}, quick=True),
    well("size-only", servers={"mx": {"25": plain(keywords=["SIZE 20971520"])}}),
    well("nothing-offered", servers={"mx": {"25": plain(keywords=[])}}),
    well("helo-only", servers={"mx": {"25": plain(rules=[{"at": "ehlo", "say": "500 Syntax error, command unrecognized"}])}}, tls="none"),
    well("slow-replies", servers={"mx": {"25": smtp(delay=0.4)}}, timeout=6), well("slow-tls", servers={"mx": {"465": smtps(delay=0.5)}}, timeout=6),
    well("auth-after-tls", servers={"mx": {"587": submit(keywords=[w for w in LOGIN if "AUTH" not in w], keywords_tls=[w for w in LOGIN if w != "STARTTLS"])}}),
    well("odd-port", servers={"mx": {"odd": submit()}}, port="odd", quick=True), well("port-2525", servers={"mx": {"2525": submit()}}),
    well("cert-ends-soon", servers={"mx": {"587": submit(), "cert": {"end": 2}}}), well("cert-rsa", servers={"mx": {"587": submit(), "cert": {"key": "rsa2048"}}}),
    well("wildcard", servers={"mx": {"587": submit(), "cert": {"names": ["*.{domain}", "{mx}"]}}}),
    well("tls12", servers={"mx": {"587": submit(starttls={"max": "1.2", "min": "1.2"})}}), well("tls13", servers={"mx": {"587": submit(starttls={"min": "1.3"})}}),
    well("self-signed-opportunistic", servers={"mx": {"25": smtp(), "cert": {"kind": "self-signed"}}}, mx=True, ground="net", tls=None),
    well("quit-closes", servers={"mx": {"25": smtp(rules=[{"at": "quit", "do": "close"}])}}), well("quit-resets", servers={"mx": {"25": smtp(rules=[{"at": "quit", "do": "reset"}])}}),
    well("quit-hangs", "send", servers={"mx": {"25": smtp(rules=[{"at": "quit", "do": "hang"}])}}), well("lf-only", servers={"mx": {"25": smtp(eol="\n")}}),
    well("mx", mx=True, ground="net", tls=None), well("mx-send", "send", mx=True, ground="net", tls=None),
    well("nolisting", mx=["first", "mx"], ground="net", tls=None, servers={"first": {"443": raw()}, "mx": {"25": smtp()}}, quick=True),
    well("nolisting-send", "send", mx=["first", "mx"], ground="net", tls=None, servers={"first": {"443": raw()}, "mx": {"25": smtp()}}),
    well("backup-mx-down", mx=["mx", "second"], ground="net", tls=None, servers={"second": {"443": raw()}, "mx": {"25": smtp()}}),
    well("ipv6-only", ground="net", servers={"mx": {"25": smtp(), "ip6": 1, "only6": True}}, quick=True), well("both-families", ground="net", servers={"mx": {"25": smtp(), "ip6": 1}}),
    well("dead-address-of-pool", "send", ground="net", servers={"mx": {"25": smtp()}}, records=["{mx} A {mx_ip}", "{mx} A {dead}"]),
    well("refused-address-of-pool", "send", ground="net", servers={"mx": {"25": smtp(only=[1]), "ip": 2}}),
    well("aaaa-broken", "send", ground="net", records=["{mx} A {mx_ip}", "{mx} AAAA {dead6}"]),
    well("greylisted-once", "send", before=1, servers={"mx": {"25": smtp(rules=[{"at": "rcpt", "once": True, "say": "451 4.7.1 Greylisted, try again"}])}}),
    well("no-vrfy", servers={"mx": {"25": smtp(rules=[{"at": "vrfy", "say": "502 5.5.1 VRFY disabled"}, {"at": "noop", "say": "500 5.5.1 no"}])}}),
    well("no-ptr", ground="net", no_ptr=True), well("tls-old-too", servers={"mx": {"587": submit(starttls={"min": "1.0"})}}),
    well("banner-without-name", servers={"mx": {"25": smtp(banner="220 ESMTP ready")}}), well("banner-other-name", servers={"mx": {"25": smtp(host="in3.cluster.{odd_domain}")}}),
    well("cname", ground="net", records=["alias.{domain} CNAME {mx}"], host="alias.{domain}"),
    well("one-of-two-ports", ground="net", servers={"mx": {"587": submit()}}, path=["s: iptables -A INPUT -p tcp --dport 25 -j DROP"]),
    well("small-mtu", "send", ground="net", size=50000, path=["r1: ip link set far mtu 1300", "r2: ip link set near mtu 1300"]),
    well("slow-final", "send", servers={"mx": {"25": smtp(rules=[{"at": "final", "after": 2}])}}, timeout=6),
    well("lenient-250-at-end", "send", servers={"mx": {"25": smtp(rules=[{"at": "final", "say": "250 OK id=1tXy{n}-000{n}-AB"}])}}),
    well("spoken-of", "send", servers={"mx": {"25": smtp(rules=[{"at": "mail", "say": "250 2.0.0 {sender} is not blocked, welcome"},
                                                                {"at": "final", "say": "250 spam score 0.1, no virus, quota 3 % used, accepted"}])}}),
    well("first-mx-expired", "send", mx=True, ground="net", tls=None, servers={"mx": {"25": smtp()}}),
    well("spamd", servers={"mx": {"25": plain(banner="220 {host} ESMTP spamd IP-based SPAM blocker")}}),
    well("bare-codes", "send", servers={"mx": {"25": smtp(rules=[{"at": "mail", "say": "250"}, {"at": "rcpt", "say": "250"}, {"at": "final", "say": "250"}])}}),
]
