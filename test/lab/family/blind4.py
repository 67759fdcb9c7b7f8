# SPDX-License-Identifier: MIT
"""The fourth wave, as blind3.py."""
from family.parts import KEYWORDS, LOGIN, WEB, answer, case, plain, raw, smtp, smtps, submit, twice

NOTLS = [w for w in KEYWORDS if w != "STARTTLS"]


def n(id):
    return "blind4/" + id


def postfix(id, cause, extra, port="25", **more):
    return case(n("postfix-" + id), cause, {"mx": {port: {"real": "postfix", "extra": extra}}}, ground="loop", needs=["postfix", "root"], limit=60, **more)


def own(*words, **p):
    return {"25": smtp(rules=list(words), **p)}


def sub(*words, **p):
    return {"587": submit(rules=list(words), **p)}


PARKED = ("D20", "C03", "D02", "C01", "R05")
PARK = {"park": {"80": WEB, "443": WEB, "25": plain(rules=[{"at": "rcpt", "say": "550 5.7.1 Domain is parked, mail is not accepted"}]), "name": "park.{odd_domain}"}}
WAYS = [
    *twice(n("parked-with-mx"), ("D20", "S07", "S08", "S10"), PARK, mx=True, mx_records=False, records=["{domain} MX 10 {park}", "{domain} A {park_ip}"], envelope=True, tls="opportunistic"),
    *twice(n("web-only-closed"), PARKED, {"park": {"80": WEB, "443": WEB, "name": "web.{odd_domain}"}}, mx=True, mx_records=False, records=["{domain} A {park_ip}", "www.{domain} A {park_ip}"], depth=3,
           why="a name without a mail server"),
    *twice(n("dead-mx-only"), ("R05", "C03", "D05"), {"mx": {"443": WEB}}, mx=True, mx_records=False, records=["{domain} MX 10 old.{domain}", "old.{domain} A {dead}"], depth=3),
    *twice(n("mx-refused-and-dead"), ("C03", "R05"), {"mx": {"443": WEB, "22": raw("SSH-2.0-x\r\n")}}, mx=True, mx_records=False, records=["{domain} MX 5 old.{domain}", "old.{domain} A {dead}", "{domain} MX 10 {mx}"], depth=3, limit=80),
    *twice(n("both-stripped-and-masked"), ("M01", "M02", "M03", "M05"), {"mx": {"587": submit()}}, ground="net", depth=3, boxes=[{"at": "r1", "port": [587], "strip": ["STARTTLS", "AUTH"], "refuse": {"^STARTTLS": "502 5.5.1 no"}}]),
    *twice(n("box-answers-ehlo-500"), ("M02", "G08", "M10"), {"mx": {"25": smtp()}}, ground="net", tls="starttls", boxes=[{"at": "r1", "port": [25], "banner": "220 ****************************", "refuse": {"^EHLO": "500 5.5.1 Command unrecognized"}}]),
    *twice(n("box-silent"), ("R10", "G03", "M07", "M03"), {"mx": {"587": submit()}}, ground="net", depth=3, timeout=3, boxes=[{"at": "r1", "port": [587], "silent": True}]),
    case(n("box-cuts-large"), ("B03", "M08"), {"mx": own()}, ground="net", size=400000, boxes=[{"at": "r1", "port": [25], "reset_after": 100000}], tls="none"),
    *twice(n("box-drops-hello"), ("M09", "T19", "T03", "T18"), {"mx": {"587": submit()}}, ground="net", timeout=4, boxes=[{"at": "r1", "port": [587], "hello_limit": 10, "silently": True}]),
    *twice(n("mtu-v6"), ("R09", "T19"), {"mx": {"587": submit(), "ip6": 1, "cert": {"key": "rsa4096"}}}, ground="net", ip_family=6, depth=3, timeout=4, path=["r2: ip6tables -w -A FORWARD -p tcp --sport 587 -m length --length 1301:65535 -j DROP"]),
    case(n("body-hole-port25"), "R09", {"mx": own()}, ground="net", depth=3, size=60000, timeout=4, patience=4, path=["r1: iptables -w -A FORWARD -p tcp --dport 25 -m length --length 1201:65535 -j DROP"]),
    *twice(n("25-refused-by-gateway"), ("R04", "R02"), {"mx": {"25": smtp(), "587": submit(), "443": WEB}}, ground="net", depth=3, path=["r1: iptables -w -A FORWARD -i near -p tcp --dport 25 -j REJECT --reject-with icmp-port-unreachable"]),
    *twice(n("465-dropped-587-fine"), ("C02", "R05", "R04", "R02", "R03"), {"mx": {"465": smtps(), "587": submit(), "443": WEB}}, ground="net", depth=3, path=["r2: iptables -w -A FORWARD -p tcp --dport 465 -j DROP"]),
    *twice(n("only-v6-listens"), ("R08", "C03", "R14", "D16"), {"mx": {"587": submit(only=[1]), "ip6": 1}}, ground="net", ip_family=4),
    *twice(n("wrong-address-record"), ("C03", "C01", "D12", "C02"), {"mx": {"587": submit()}, "web": {"443": WEB, "80": WEB}}, ground="net", mx_records=True, records=["{mx} A {web_ip}"], depth=3),
    *twice(n("dnssec-host"), "D10", {"mx": {"587": submit()}}, ground="net", faults=[{"name": "*{mx}", "do": "bogus"}], others={"faults": [{"name": "*{mx}", "do": "bogus"}]}),
    *twice(n("mx-nxdomain-one-host"), "D05", {}, mx=True, mx_records=False, records=["{domain} MX 10 mx.gone-{odd_domain}"]),
    *twice(n("domain-gone"), "D01", {}, mx=True, mx_records=False, records=[]),
    *twice(n("resolver-refused-icmp-and-tcp"), ("D09",), {"mx": {"25": smtp()}}, mx=True, path=["s: iptables -w -A INPUT -d {ns} -j REJECT"]),
    *twice(n("resolver-dropped-all-public"), ("D09", "R01"), {"mx": {"587": submit()}}, ground="net", path=["r1: iptables -w -A FORWARD -p udp --dport 53 -j DROP", "r1: iptables -w -A FORWARD -p tcp --dport 53 -j DROP"], limit=80),
    *twice(n("cert-expired-today"), "T08", {"mx": {"465": smtps(), "cert": {"begin": -90, "end": -0.2}}}),
    *twice(n("self-signed-right-name"), ("T10", "T13"), {"mx": {"465": smtps(), "cert": {"kind": "self-signed"}}}),
    *twice(n("chain-foreign-first"), ("T06", "T11", "T13"), {"mx": {"587": submit(), "cert": {"names": ["a.{odd_domain}"], "chain": False}}}),
    *twice(n("tls10-465"), "T02", {"mx": {"465": smtps(starttls={"max": "1.0"}), "cert": {"key": "rsa2048"}}}),
    *twice(n("alert-unexpected"), ("T18", "T04", "T01", "T03"), {"mx": {"587": submit(starttls={"hello": "alert:10"})}}),
    *twice(n("resets-at-hello-465"), ("T18", "T03", "M09", "G03"), {"mx": {"465": smtps(starttls={"hello": "reset"})}}),
    case(n("login-gone-after-tls"), ("A10", "A09", "G09"), {"mx": sub(keywords_tls=["8BITMIME", "PIPELINING"])}),
    case(n("ntlm-gssapi"), ("A09", "A16", "A01"), {"mx": sub(keywords=["STARTTLS", "AUTH GSSAPI"], auth={"mechs": ["GSSAPI"]})}),
    case(n("user-without-domain"), ("A02", "A01"), {"mx": sub(auth={"fail": "535 5.7.8 Use your full e-mail address as the user name"})}, login="plain-user"),
    case(n("454-then-closed"), ("A17", "A12"), {"mx": sub({"at": "login", "say": "454 4.3.0 Try again later"})}),
    case(n("421-at-login"), ("A12", "L03", "A17", "L07"), {"mx": sub({"at": "login", "say": "421 4.7.0 Too many failed logins, good bye"})}, login="wrong"),
    case(n("no-login-given"), ("C08", "A07"), {"mx": sub({"at": "rcpt", "authed": False, "say": "550 5.7.1 relaying denied, log in first"})}, login=None),
    case(n("mail-550-greylist-words"), ("L01",), {"mx": own({"at": "mail", "say": "451 4.7.1 You have been greylisted for 300 seconds"})}),
    case(n("loop-own-name"), ("D07", "N01"), {"mx": own({"at": "rcpt", "say": "554 5.4.6 mail for {rcpt} loops back to myself"})}),
    case(n("final-closed-tls"), ("B02", "B03", "M08", "L07"), {"mx": {"587": submit(rules=[{"at": "final", "do": "close"}])}}),
    case(n("data-hang"), ("L07", "C11", "L12", "B01", "B02"), {"mx": own({"at": "data", "do": "hang"})}, timeout=3),
    case(n("slow-body"), ("R13", "B01", "L07", "C11"), {"mx": own(body={"slow": 20000}, rcvbuf=4096)}, size=1500000, timeout=4, limit=60),
    case(n("garbage-at-mail"), ("G14", "G15"), {"mx": own({"at": "mail", "raw": "\x00\x01\x02hello\r\n"})}),
    case(n("late-line"), ("G15", "G14"), {"mx": own({"at": "rcpt", "raw": "250 ok\r\n250 ok\r\n250 ok\r\n"}, {"at": "data", "raw": "554 no\r\n"})}, tls="none"),
    postfix("reject-helo-name", ("G10", "G11", "P29"), "smtpd_helo_required = yes\nsmtpd_helo_restrictions = check_helo_access static:REJECT\n"),
    postfix("unverified-sender-domain", ("S02", "D19"), "smtpd_sender_restrictions = reject_non_fqdn_sender\n", sender="user@localhostx"),
    postfix("data-restriction", ("P29", "B18", "S05", "B20"), "smtpd_data_restrictions = check_client_access static:REJECT\n"),
    postfix("etrn-discard", "", "smtpd_discard_ehlo_keywords = chunking, dsn, etrn, 8bitmime, enhancedstatuscodes\n"),
    postfix("tls13-only", "", "smtpd_tls_protocols = TLSv1.3\n", tls="starttls"),
    postfix("delay", "", "smtpd_recipient_restrictions = sleep 2\n", timeout=15),
]
WORDS = [
    answer(n("word-contabo"), ("P24", "P05", "P29", "P03"), "connect", ["554 5.7.1 The whole network of your hoster is blocked here because of its neighbours' spam"]),
    answer(n("word-rfc-from"), "B11", "final", ["550 5.7.1 Message is not RFC 5322 compliant: 'From' header is missing"]),
    answer(n("word-date"), ("B12", "B11"), "final", ["554 5.7.1 The Date of your mail lies in the future", "550 Date header is too old, message refused"]),
    answer(n("word-8bit"), "B09", "final", ["554 5.6.1 Eight bit data not allowed here", "550 5.6.3 raw 8-bit characters in header"]),
    answer(n("word-headers-big"), "B13", "final", ["552 5.3.4 Header of the message is too large", "554 5.6.0 headers exceed 64 kB"]),
    answer(n("word-smtputf8"), "S15", "rcpt", ["553 5.6.7 Address needs SMTPUTF8, which we lack"]),
    answer(n("word-tls-needed"), ("T23", "A08"), "mail", ["530 5.7.0 We talk over TLS only", "550 5.7.10 Unencrypted mail is not accepted"], tls="none"),
    answer(n("word-expired-pw"), ("A01", "A12", "A06"), "login", ["535 5.7.8 Your password has expired", "535 Password expired, change it in the portal"], "587", login="wrong"),
    answer(n("word-app-password"), "A03", "login", ["535 5.7.0 Use an app password: this account has two-step verification"], "587", login="wrong"),
    answer(n("word-smtp-off"), "A05", "login", ["535 5.7.139 SMTP AUTH is turned off for this mailbox", "535 SMTP sending is switched off for this account in the control panel"], "587"),
    answer(n("word-send-limit"), ("L05", "L04"), "rcpt", ["550 5.7.1 You have sent too many mails today", "452 4.2.2 Hourly limit reached for this login"], "587"),
    answer(n("word-geo"), ("R16", "P29", "R05", "G01"), "connect", ["554 5.7.1 Connections from your country are not accepted"]),
    answer(n("word-ptr-mismatch"), ("P02", "P01", "G12"), "rcpt", ["450 4.7.25 Reverse name of {ip} does not resolve back to it", "550 Forward and reverse DNS of your host differ"], ground="net"),
    answer(n("word-v6-ptr"), ("P04", "P01"), "mail", ["550 5.7.25 The IPv6 address has no PTR record; mail over IPv6 needs one"], ground="net", no_ptr=True),
    answer(n("word-no-mx-from"), ("S02", "D19"), "mail", ["550 5.1.8 {sender_domain} has neither MX nor A record", "553 sorry, your envelope sender domain must exist (#5.7.1)"], without=["{own} MX", "{own} A"]),
    answer(n("word-rspamd"), "B18", "final", ["554 5.7.1 Spam message rejected", "550 5.7.1 Score 17.2 of 8.0: looks like spam"]),
    answer(n("word-moved"), "S10", "rcpt", ["551 5.1.6 User has moved, try new.address@elsewhere.example", "550 5.2.1 mailbox is frozen"]),
    answer(n("word-unknown-nl-fi"), "S08", "rcpt", ["550 5.1.1 Onbekende ontvanger", "550 Vastaanottajaa ei löydy", "550 5.1.1 Mottagaren finns inte"]),
    answer(n("word-busy"), "L07", "mail", ["451 4.3.2 Please try again later: the machine is overloaded", "450 4.3.2 We are restarting"]),
    answer(n("word-antispam-svc"), "P29", "final", ["550 5.7.1 Blocked by our gateway (Hornetsecurity)", "554 5.7.1 Mail rejected by SpamExperts filter"]),
]
WELL = [
    *twice(n("well-parked-look"), "", {"mx": {"25": smtp(), "80": WEB, "443": WEB}}, mx=True, mx_records=False, records=["*.{domain} A {mx_ip}", "{domain} A {mx_ip}", "{domain} MX 10 mail.{domain}", "mail.{domain} A {mx_ip}"], without=[]),
    *twice(n("well-hoster-names-25"), "", {"mx": {"25": smtp(host="shared7.{odd_domain}"), "587": submit(), "465": smtps(), "cert": {"names": ["shared7.{odd_domain}"]}}}, ground="net", depth=3),
    *twice(n("well-two-resolvers-differ"), "", {"mx": {"587": submit(), "ip": 2}}, ground="net", others={"records": ["{mx} A {mx_ip2}"]}),
    *twice(n("well-slow-tls"), "", {"mx": {"25": smtp(rules=[{"at": "starttls", "after": 3}])}}, timeout=10),
    *twice(n("well-220-second-line"), "", {"mx": {"25": smtp(banner="220 {host} ESMTP\nwelcome to our relay\n554 is not what we say today")}}),
    *twice(n("well-8bit-host"), "", {"mx": {"25": smtp(host="localhost", banner="220 localhost ESMTP")}}),
    *twice(n("well-auth-login-only"), "", {"mx": {"587": submit(keywords=["STARTTLS", "AUTH LOGIN"], auth={"mechs": ["LOGIN"]})}}),
    *twice(n("well-auth-offered-on-25"), "", {"mx": {"25": smtp(keywords=LOGIN)}}),
    *twice(n("well-limits"), "", {"mx": {"25": smtp(keywords=KEYWORDS + ["LIMITS RCPTMAX=100 MAILMAX=10"])}}),
    *twice(n("well-gateway-no-ping"), "", {"mx": {"587": submit()}}, ground="net", path=["r1: iptables -w -A INPUT -j DROP"]),
    *twice(n("well-587-none-wanted"), "", {"mx": {"25": smtp(), "ip6": 1}}, ground="net", path=["r1: ip6tables -w -A FORWARD -p tcp --dport 25 -j REJECT"]),
    case(n("well-rcpt-252"), "", {"mx": own({"at": "rcpt", "say": "252 2.1.5 cannot verify, will try"})}),
    case(n("well-mail-slow"), "", {"mx": own({"at": "mail", "after": 3, "say": "250 ok"})}, timeout=12),
    case(n("well-421-behind-final"), "", {"mx": own({"at": "final", "raw": "250 2.0.0 queued\r\n421 4.4.2 idle\r\n"})}),
    *twice(n("well-private-relay"), "", {"mx": {"25": plain(), "private": True}}, ground="net", tls="none"),
    *twice(n("well-starttls-refused-465-fine"), "", {"mx": {"465": smtps(), "25": plain()}}),
]
SCENES = WAYS + WORDS + WELL
