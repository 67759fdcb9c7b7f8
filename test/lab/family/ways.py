# SPDX-License-Identifier: MIT
"""Faults of names, ways, boxes, TLS and talk as they are met outside: nothing here rests on words alone."""
from family.parts import WEB, plain, raw, smtp, smtps, submit

REDIRECT = "HTTP/1.1 302 Found\r\nLocation: http://login.wifi.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
PORTAL = {"80": raw("", "echo", echo=REDIRECT), "443": raw("", "hang")}
SKEW = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
static const long off = OFFSET;
int clock_gettime(clockid_t id, struct timespec *ts)
{
	int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
	int ret = real(id, ts);
	if (id == CLOCK_REALTIME) ts->tv_sec += off;
	return ret;
}
time_t time(time_t *out)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	if (out) *out = ts.tv_sec;
	return ts.tv_sec;
}
int gettimeofday(struct timeval *tv, void *tz)
{
	struct timespec ts;
	(void)tz;
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}
"""


def skewed(seconds):
    return {"needs": ["cc"], "files": {"skew.c": SKEW.replace("OFFSET", str(seconds))},
            "prefix": ["sh", "-c", 'cc -shared -fPIC -O1 -o "$0/skew.so" "$0/skew.c" -ldl && LD_PRELOAD="$0/skew.so" exec "$@"', "{dir}"]}


def way(id, cause, servers=None, ask="send", **more):
    servers = servers if servers is not None else {"mx": {"25": smtp()}}
    out = {"id": "ways/" + id, "cause": cause, "ask": ask, "servers": servers, **more}
    first = next(iter(servers.get("mx", {"25": 0})))
    if more.get("mx"):
        out["ground"] = "net"
    if first == "25":
        out.setdefault("tls", "opportunistic")
    if first in ("587", "465"):
        out.setdefault("login", "good")
    if not isinstance(cause, str):
        out.setdefault("why", "seen from outside these rows are one")
    return out


def both(id, cause, servers=None, **more):
    yield way(id, cause, servers, "send", **more)
    yield way(id + "/live", cause, servers, "live", **more)


def speaks(id, cause, port, first, then="hang", **more):
    return way("speaks-" + id, cause, {"mx": {port: raw(first, then, **more.pop("profile", {}))}}, more.pop("ask", "live"), port=port, **more)


DROP = "iptables -w -A FORWARD -p tcp -m multiport --dports {} -j DROP"
ROUTE = [
    # A hotel: the names are true, only the web portal is let through.
    way("portal-box", "M12", {"mx": {"587": submit()}, "portal": PORTAL}, "live", ground="net", depth=3, world=False,
        path=["r1: iptables -w -t nat -A PREROUTING -i near -p tcp --dport 80 -j DNAT --to-destination {portal_ip}",
              "r1: iptables -w -t nat -A PREROUTING -i near -p tcp --dport 443 -j DNAT --to-destination {portal_ip}",
              "r1: iptables -w -A FORWARD -i near -p tcp -m multiport --dports 25,465,587,2525 -j REJECT --reject-with tcp-reset"]),
    # The same by names: whatever is asked for is the portal.
    way("portal-names", "M12", {"mx": {"587": submit()}, "portal": PORTAL}, "live", ground="net", world=False,
        faults=[{"type": "A", "do": "answer:{portal_ip}"}], resolver={"records": []},
        others={"faults": [{"type": "A", "do": "answer:{portal_ip}"}]}),
    way("25-reset-by-provider", "R02", {"mx": {"25": smtp(), "587": submit(), "465": smtps()}}, ground="net", depth=3,
        path=["r2: iptables -w -A FORWARD -i near -p tcp --dport 25 -j REJECT --reject-with tcp-reset"]),
    way("25-reset-by-home-router", ("R04", "R02"), {"mx": {"25": smtp(), "587": submit(), "465": smtps()}}, ground="net", depth=3,
        path=["r1: iptables -w -A FORWARD -i near -p tcp --dport 25 -j REJECT --reject-with tcp-reset"]),
    way("25-prohibited-by-provider", ("R02", "R04"), {"mx": {"25": smtp(), "587": submit()}}, ground="net", depth=3,
        path=["r2: iptables -w -A FORWARD -i near -p tcp --dport 25 -j REJECT --reject-with icmp-admin-prohibited"],
        why="a box of the provider refuses the port: both rows say so"),
    way("cloud-all-mail-ports", "R03", {"mx": {"587": submit(), "465": smtps(), "25": smtp(), "443": WEB, "2525": submit()}}, ground="net", depth=3,
        path=["r1: " + DROP.format("25,465,587")]),
    way("hetzner-25-465", ("R02", "R03"), {"mx": {"465": smtps(), "587": submit(), "25": smtp(), "443": WEB}}, ground="net", depth=3, port="465",
        path=["r1: " + DROP.format("25,465")]),
    way("only-they-drop-us", "R05", {"mx": {"25": smtp(), "80": WEB, "443": WEB}}, ground="net", depth=3,
        path=["r2: iptables -w -A FORWARD -s {ip} -d {mx_ip} -j DROP"]),
    way("v6-only-client", ("R01", "R08"), {"mx": {"587": submit()}}, ground="net", depth=3,
        path=["c: ip route del default"], no_resolver=True, hosts=["{mx_ip} {mx}"]),
    way("dns64-without-nat64", "R07", {"mx": {"587": submit(), "ip6": 1}}, ground="net", depth=3, ip_family=6,
        records=["{mx} A {mx_ip}", "{mx} AAAA 64:ff9b::c633:6407"],
        path=["r1: ip6tables -w -A FORWARD -d 64:ff9b::/96 -j DROP"]),
    way("v6-mx-only-dead-path", "R07", {"mx": {"25": smtp(), "ip6": 1, "only6": True}}, ground="net", depth=3,
        path=["r1: ip6tables -w -A FORWARD -p tcp -j DROP"]),
    way("vpn-split", "C04", {"mx": {"587": submit(), "private": True}}, ground="net", depth=3, public_resolver=False,
        others={"records": ["www.{own} A {spare}"]}, path=["r1: iptables -w -A FORWARD -d {mx_ip} -j DROP"]),
    way("syn-proxy", "R10", {"mx": {"587": submit()}}, ground="net", depth=3,
        boxes=[{"at": "r1", "port": [25, 80, 443, 465, 587, 2525, 8080], "silent": True}],
        path=["r1: iptables -w -t nat -A PREROUTING -i near -p tcp -d {mx_ip} -j REDIRECT --to-ports 20000"]),
    way("balancer-no-backend", ("R10", "G03", "C03", "L07"), {"mx": {"25": raw("", "close"), "587": raw("", "close"), "465": raw("", "close")}}, depth=3),
    way("tcpwrapper", ("G03", "R10", "R05"), {"mx": {"25": raw("", "close"), "587": submit(), "443": WEB}}, depth=3),
    way("server-down", "C03", {"mx": {"443": WEB, "22": raw("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), "80": WEB}}, port="25", depth=3, ground="net"),
    # A mail shield on this very machine answers for everybody.
    way("shield-cannot-connect", ("M03", "M04", "M05", "M06", "M13"), {"mx": {"587": submit()}}, ground="net", depth=3,
        boxes=[{"at": "c", "port": [], "banner": "421 Cannot connect to SMTP server {mx_ip} ({mx_ip}:587), connect error 10060"}],
        path=["c: iptables -w -t nat -A OUTPUT -p tcp -m multiport --dports 25,465,587 -m owner --uid-owner 65534 -j REDIRECT --to-ports 20000"]),
    way("shield-strips-tls", ("M05", "M01", "M03"), {"mx": {"587": submit()}}, ground="net", depth=3,
        boxes=[{"at": "c", "port": [], "strip": ["STARTTLS"]}],
        path=["c: iptables -w -t nat -A OUTPUT -p tcp -m multiport --dports 25,587 -m owner --uid-owner 65534 -j REDIRECT --to-ports 20000"]),
    way("tweak-587-too", ("M03", "T06"), {"mx": {"587": submit()}, "local": {"25": smtp(), "587": submit(), "name": "server.{odd_domain}"}}, ground="net", depth=3,
        path=["r1: iptables -w -t nat -A PREROUTING -i near -p tcp -m multiport --dports 25,587 -j DNAT --to-destination {local_ip}"],
        why="the wrong certificate is what one sees, the redirection is why"),
    way("isp-relay-refuses", ("M03", "S05"), {"mx": {"25": smtp(), "587": submit()},
                                    "isp": {"25": smtp(rules=[{"at": "rcpt", "say": "550 5.7.1 <{rcpt}>: relaying denied, customers only"}]), "name": "relay.{odd_domain}"}},
        ground="net", depth=3,
        path=["r1: iptables -w -t nat -A PREROUTING -i near -p tcp --dport 25 -j DNAT --to-destination {isp_ip}"]),
    way("proxy-wanted", ("C13", "R04"), {"mx": {"587": submit()}}, ground="net", depth=3,
        env={"https_proxy": "http://{gateway}:3128", "http_proxy": "http://{gateway}:3128"},
        path=["r1: iptables -w -A FORWARD -i near -p tcp -j REJECT --reject-with icmp-admin-prohibited"]),
    way("mss-hole-inbound", ("T19", "R09"), {"mx": {"587": submit(), "cert": {"key": "rsa4096"}}}, ground="net", depth=3, timeout=4,
        path=["r2: iptables -w -A FORWARD -s {mx_ip} -m length --length 1301:65535 -j DROP"]),
    way("mss-hole-body", "R09", {"mx": {"587": submit()}}, ground="net", depth=3, size=40000, timeout=4, patience=4,
        path=["r1: iptables -w -A FORWARD -d {mx_ip} -m length --length 1301:65535 -j DROP"]),
    way("ids-reset", ("M08", "B03"), {"mx": {"25": smtp()}}, ground="net", depth=3, tls="none", text="the confidential figures\nCLASSIFIED 4711\nend\n",
        boxes=[{"at": "r1", "port": [25], "reset_on": "CLASSIFIED"}]),
    way("clock-behind", "T09", {"mx": {"587": submit()}}, ground="net", depth=3, **skewed(-3 * 365 * 86400)),
    way("clock-ahead", ("T08", "T09"), {"mx": {"587": submit()}}, ground="net", depth=3, why="rows of validity: which one names the clock is said in the text",
        **skewed(2 * 365 * 86400)),
]
NAMES = [
    *both("null-mx-pref", "D03", mx=True, mx_records=False, records=["{domain} MX 10 ."]),
    *both("mx-alias-nowhere", "D05", mx=True, mx_records=False, records=["{domain} MX 10 alias.{domain}", "alias.{domain} CNAME gone.{odd_domain}"]),
    *both("mx-number", "D05", mx=True, mx_records=False, records=["{domain} MX 10 {dead}"], ground="net"),
    *both("mx-localhost", ("D06", "D07"), mx=True, mx_records=False, records=["{domain} MX 0 localhost", "localhost A 127.0.0.1"], ground="net"),
    *both("mx-zero", ("D06", "D05"), mx=True, mx_records=False, records=["{domain} MX 0 mail.{domain}", "mail.{domain} A 0.0.0.0"], ground="net"),
    *both("mx-private", "D06", mx=True, mx_records=False, records=["{domain} MX 5 intern.{domain}", "intern.{domain} A 192.168.1.20"], ground="net",
          path=["r1: iptables -w -A FORWARD -d 192.168.0.0/16 -j DROP"]),
    way("parked", ("D20", "C01", "D02", "C03"), {"park": {"80": WEB, "443": WEB, "name": "park.{odd_domain}"}}, "live", mx=True, mx_records=False, ground="net",
        records=["{domain} A {park_ip}", "{domain} NS ns1.sedoparking.com", "{domain} NS ns2.sedoparking.com"], tls="opportunistic",
        why="an expired name that leads to an advertiser's web server: which of the three it was the owner knows"),
    way("typo-recipient", "D01", {}, mx=True, to=["someone@gmial.con"], tls="opportunistic"),
    way("typo-host", "C01", {"right": {"587": submit(), "name": "smtp.gmail.com"}}, "live", host="smtp.gmial.com", port="587", world=False),
    way("bogus", "D10", mx=True, faults=[{"name": "*{domain}", "do": "bogus"}], others={"faults": [{"name": "*{domain}", "do": "bogus"}]}),
    way("servfail-lame", ("D08", "D20"), mx=True, faults=[{"name": "*{domain}", "do": "servfail"}], others={"faults": [{"name": "*{domain}", "do": "servfail"}]}),
    way("resolver-refuses", "D09", {"mx": {"587": submit()}}, ground="net", faults=[{"do": "refused"}]),
    way("resolver-silent", "D09", {"mx": {"587": submit()}}, ground="net", faults=[{"do": "silent"}]),
    way("hijack", ("D14", "C01", "D01"), {"mx": {"587": submit()}, "ads": {"80": WEB}}, "live", ground="net", host="smpt.{odd_domain}", port="587", depth=3,
        faults=[{"do": "hijack:{ads_ip}", "type": "A"}], why="a wrong name hidden by a resolver that invents answers"),
    way("hosts-pin", "D15", {"mx": {"587": submit()}}, "live", ground="net", hosts=["{dead} {mx}"], depth=3),
    way("sender-domain-gone", ("S02", "D19"), {"mx": {"25": smtp(banner="220 {host} ESMTP Postfix", rules=[{"at": "mail", "say": "550 5.1.8 rejected"}])}},
        without=["{own}"], records=["{me} A {ip}"], ground="net", depth=3),
    way("tc-no-tcp", "D11", mx=True, faults=[{"name": "*{domain}", "type": "MX", "do": "truncate"}], resolver={"tcp": "silent"}, ground="net"),
    way("one-mx-unknown", ("D05",), {}, mx=True, mx_records=False, tls="opportunistic", records=["{domain} MX 10 a.{odd_domain}", "{domain} MX 20 b.{odd_domain}"]),
]
TLS = [
    *both("expired-middle", "T08", {"mx": {"587": submit(), "cert": {"by": "stale"}}}),
    *both("expired-leaf", "T08", {"mx": {"587": submit(), "cert": {"begin": -100, "end": -9}}}),
    *both("self-made", "T10", {"mx": {"587": submit(), "cert": {"kind": "self-signed"}}}),
    *both("sha1", "T05", {"mx": {"587": submit(starttls={"weak": True}), "cert": {"md": "sha1"}}}),
    *both("rsa1024", "T05", {"mx": {"587": submit(starttls={"weak": True}), "cert": {"key": "rsa1024"}}}),
    *both("tls10", "T02", {"mx": {"587": submit(starttls={"max": "1.0"}), "cert": {"key": "rsa2048"}}}),
    *both("tls11-implicit", "T02", {"mx": {"465": smtps(starttls={"max": "1.1"}), "cert": {"key": "rsa2048"}}}),
    *both("client-cert", ("T17", "C12"), {"mx": {"587": submit(starttls={"client": "require", "client_ca": "{private}"})}}),
    *both("client-cert-12", ("T17", "C12"), {"mx": {"465": smtps(starttls={"client": "require", "client_ca": "{private}", "max": "1.2"}), "cert": {"key": "rsa2048"}}}),
    *both("sni-unknown", "T15", {"mx": {"587": submit(starttls={"hello": "alert:112"})}}),
    *both("shared-host", "T06", {"mx": {"587": submit(), "cert": {"names": ["*.{odd_domain}", "{odd_domain}"]}}}),
    *both("wildcard-depth", "T06", {"mx": {"587": submit(), "name": "smtp.eu.{odd_domain}", "cert": {"names": ["*.{odd_domain}"]}}}),
    way("by-address", "T07", {"mx": {"587": submit()}}, host="{mx_ip}"),
    *both("no-chain", "T11", {"mx": {"587": submit(), "cert": {"chain": False}}}),
    *both("company-ca", "T13", {"mx": {"587": submit(), "cert": {"by": "private", "aia": False}}}),
    *both("no-common-cipher", "T04", {"mx": {"587": submit(starttls={"hello": "alert:40"})}}),
    *both("internal-error", ("T18", "T04"), {"mx": {"587": submit(starttls={"hello": "alert:80"})}}),
    *both("intolerant-13", "T03", {"mx": {"587": submit(starttls={"hello": "offers13"})}}),
    *both("starttls-454", "T18", {"mx": {"587": submit(rules=[{"at": "starttls", "say": "{refusal}"}])}},
          texts=["454 TLS missing certificate: error:02001002:system library:fopen:No such file or directory (#4.3.0)", "454 4.3.3 TLS not available after start",
                 "454 TLS currently unavailable", "502 unimplemented (#5.5.1)", "454 4.7.0 TLS wegen eines lokalen Problems nicht verfügbar"]),
    *both("starttls-then-close", ("T18", "T03", "M09"), {"mx": {"587": submit(starttls={"hello": "close"})}}),
    *both("implicit-on-587", "C05", {"mx": {"587": submit()}}, scheme="smtps"),
    *both("plain-on-465", "C05", {"mx": {"465": smtps()}}, scheme="smtp", tls="starttls"),
    *both("tls-port-odd", "C05", {"mx": {"odd": smtps()}}, port="odd", scheme="smtp", login="good", tls="starttls"),
    way("shield-mitm", "M04", {"mx": {"587": submit()}}, ground="net", depth=3, boxes=[{"at": "r1", "port": [587, 465, 25], "intercept": "mx"}]),
    way("shield-on-machine", "M04", {"mx": {"587": submit()}}, ground="net", depth=3, boxes=[{"at": "c", "port": [], "intercept": "mx"}],
        path=["c: iptables -w -t nat -A OUTPUT -p tcp -m multiport --dports 25,465,587 -m owner --uid-owner 65534 -j REDIRECT --to-ports 20000"]),
    *both("no-tls-here", ("G05", "M01"), {"mx": {"587": {"keywords": ["PIPELINING", "AUTH PLAIN LOGIN"], "auth": {}}}}, tls="starttls"),
]
OTHERS = [
    speaks("ftp-vsftpd", "C06", "odd", "220 (vsFTPd 3.0.3)\r\n", "echo", profile={"echo": "530 Please login with USER and PASS.\r\n"}),
    speaks("ftp-proftpd", "C06", "odd", "220 ProFTPD Server (Debian) [::ffff:10.0.0.3]\r\n", "echo", profile={"echo": "500 EHLO not understood\r\n"}),
    speaks("ftp-filezilla", "C06", "odd", "220-FileZilla Server 1.8.2\r\n220 Please visit https://filezilla-project.org/\r\n", "echo", profile={"echo": "500 Syntax error, command unrecognized.\r\n"}),
    speaks("imap", ("C06", "C07"), "143", "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS AUTH=PLAIN] Dovecot ready.\r\n"),
    speaks("pop", ("C06", "C07"), "110", "+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n"),
    way("speaks-imaps", ("C06", "C07"), {"mx": {"993": {"tls": "implicit", "starttls": {}, "banner": "* OK Gimap ready for requests from {ip}", "unknown": "BAD Unknown command",
                                                      "rules": [{"at": "ehlo", "say": "EHLO BAD Unknown command"}]}}}, "live", port="993", scheme="smtps"),
    speaks("sieve", "C06", "4190", '"IMPLEMENTATION" "Dovecot Pigeonhole"\r\n"SIEVE" "fileinto reject envelope"\r\n"STARTTLS"\r\nOK "Dovecot ready."\r\n'),
    speaks("ssh", "C06", "odd", "SSH-2.0-dropbear_2022.83\r\n"),
    speaks("mysql", "C06", "odd", "\x4a\x00\x00\x00\x0a8.0.36\x00\x0b\x00\x00\x00abcdefgh\x00\xff\xff\xff\x02\x00mysql_native_password\x00"),
    speaks("vnc", "C06", "odd", "RFB 003.008\n"),
    speaks("nntp", "C06", "119", "200 news.example.org InterNetNews NNRP server INN 2.7.1 ready (posting ok)\r\n", "echo", profile={"echo": "500 What?\r\n"}),
    speaks("telnet", "C06", "odd", "\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27"),
    speaks("http-400", "C06", "odd", "", "echo", profile={"echo": "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nConnection: close\r\n\r\n<html>400</html>\r\n"}),
    speaks("redis", "C06", "odd", "", "echo", profile={"echo": "-ERR unknown command `EHLO`, with args beginning with:\r\n"}),
    speaks("dict", "C06", "odd", "220 dict.example.org dictd 1.12.1/rf on Linux 6.1 <auth.mime> <105.4711@dict>\r\n", "echo", profile={"echo": "500 unknown command\r\n"}),
    way("lmtp", "C06", {"mx": {"24": plain(rules=[{"at": "ehlo", "say": "500 5.5.1 EHLO unknown: this is LMTP, use LHLO"}, {"at": "helo", "say": "500 5.5.1 HELO unknown: this is LMTP, use LHLO"}],
                                           banner="220 {host} LMTP Dovecot ready")}}, port="24", tls="opportunistic"),
]
TALK = [
    way("eof-in-data", ("B03", "M08"), {"mx": {"25": smtp(body={"close": 20000})}}, size=120000),
    way("reset-at-final", ("B02", "B03", "M08"), {"mx": {"25": smtp(rules=[{"at": "final", "do": "reset"}])}}),
    way("silence-after-dot", "B02", {"mx": {"25": smtp(rules=[{"at": "final", "do": "hang"}])}}, timeout=3),
    way("stalls-reading", ("B01", "L07"), {"mx": {"25": smtp(body={"stall": 30000}, rcvbuf=4096)}}, size=3000000, timeout=3),
    way("utf8-address", "S15", {"mx": {"25": smtp()}}, to=["пётр@{domain}"]),
    way("no-common-auth", "A09", {"mx": {"587": submit(keywords=["STARTTLS", "8BITMIME", "AUTH GSSAPI KERBEROS_V4"], auth={"mechs": ["GSSAPI", "KERBEROS_V4"]})}}),
    way("auth-only-on-587", "A10", {"mx": {"25": smtp(), "587": submit()}}, login="good", tls="starttls", depth=3),
    way("hidden-empty-login", ("C08", "A07"), {"mx": {"587": submit(rules=[{"at": "mail", "authed": False, "say": "530 5.7.0 authentication required"}])}}, login=None),
    way("size-at-mail", "B05", {"mx": {"25": smtp(keywords=["SIZE 20000", "8BITMIME", "STARTTLS"])}}, size=60000),
    way("banned-after-logins", "R06", {"mx": {"587": submit(ban_after=3, ban="iptables -w -A INPUT -s {ip} -d {mx_ip} -p tcp --dport 587 -j DROP"), "443": WEB}}, ground="net",
        login="wrong", before=4, depth=3),
    way("data-no-rcpt", "S08", {"mx": {"25": smtp(rules=[{"at": "rcpt", "say": "550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown in virtual mailbox table"},
                                                        {"at": "data", "say": "554 5.5.1 Error: no valid recipients"}])}}),
    way("null-sender-refused", "S04", {"mx": {"25": smtp(rules=[{"at": "mail", "arg": "FROM:<>", "say": "550 5.7.1 Null sender not allowed"}])}}, sender="<>"),
    way("masked-banner", ("M02", "M01"), {"mx": {"25": smtp()}}, ground="net", depth=3,
        boxes=[{"at": "r1", "port": [25], "banner": "220 ****************************2******0******0*********", "mask": {"STARTTLS": "XXXXXXXA"},
                "refuse": {"^STARTTLS": "500 5.5.1 Command unrecognized: \"XXXXXXXX\""}}], tls="starttls"),
    way("helo-only-old", ("G08", "G05", "M02"), {"mx": {"25": plain(rules=[{"at": "ehlo", "say": "502 Command not implemented"}])}}, tls="starttls"),
    way("tempfail-forever", ("G02", "L07", "L03"), {"mx": {"25": plain(rules=[{"at": "connect", "say": "421 4.3.2 All server ports are busy"}])}}),
]
SCENES = ROUTE + NAMES + TLS + OTHERS + TALK
