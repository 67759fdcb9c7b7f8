# SPDX-License-Identifier: MIT
"""Ways, words and healthy targets of the third wave: written after the first two had been mended, run once before anything was."""
from family.parts import KEYWORDS, LOGIN, WEB, answer, case, plain, raw, smtp, smtps, submit, twice

NOTLS = [w for w in KEYWORDS if w != "STARTTLS"]


def n(id):
    return "blind3/" + id


def postfix(id, cause, extra, port="25", **more):
    return case(n("postfix-" + id), cause, {"mx": {port: {"real": "postfix", "extra": extra}}}, ground="loop", needs=["postfix", "root"], limit=60, **more)


def speaks(id, first, echo="", port="odd", **more):
    return case(n("speaks-" + id), ("C06", "C07", "C02"), {"mx": {port: raw(first, "echo", echo=echo) if echo else raw(first)}}, "live", port=port, timeout=3, **more)


def own(*words):
    return {"25": smtp(rules=list(words))}


WAYS = [
    case(n("closes-at-mail"), ("L07", "L03", "S02", "P29", "R05"), {"mx": own({"at": "mail", "do": "close"})}),
    case(n("resets-at-data"), ("B03", "L07", "B20", "M08"), {"mx": own({"at": "data", "do": "reset"})}),
    case(n("hangs-at-rcpt"), ("L07", "L12", "C11", "M07"), {"mx": own({"at": "rcpt", "do": "hang"})}, timeout=3),
    *twice(n("hangs-at-ehlo"), ("L12", "C11", "L07", "G03", "M07", "G08"), {"mx": own({"at": "ehlo", "do": "hang"}, {"at": "helo", "do": "hang"})}, timeout=3),
    *twice(n("ehlo-421"), ("L07", "L03", "G02", "L04"), {"mx": own({"at": "ehlo", "say": "421 4.3.2 Too busy right now"}, {"at": "helo", "say": "421 4.3.2 Too busy right now"})}),
    *twice(n("starttls-421"), ("T18", "L03", "L07"), {"mx": {"587": submit(rules=[{"at": "starttls", "say": "421 4.7.0 Too many TLS sessions"}])}}),
    *twice(n("ehlo-hangs-inside"), ("L07", "C11", "L12", "T18"), {"mx": {"587": submit(rules=[{"at": "ehlo", "tls": True, "do": "hang"}])}}, timeout=3),
    *twice(n("cert-parent-only"), "T06", {"mx": {"587": submit(), "name": "mail.sub.{odd_domain}", "cert": {"names": ["{odd_domain}", "www.{odd_domain}"]}}}),
    *twice(n("http-to-hello"), ("C06", "T01"), {"mx": {"465": {**smtps(starttls={"hello": "junk:HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"})}}}),
    *twice(n("plain-smtp-on-465"), "C05", {"mx": {"465": submit()}}, scheme="smtps"),
    case(n("web-port"), ("C06", "C02", "C05", "R10", "G03"), {"mx": {"443": {"speaks": "raw", "tls": "implicit", "starttls": {}}, "587": submit()}}, "live", port="443", scheme="smtps", tls=None, timeout=3),
    speaks("squid", "", "HTTP/1.0 400 Bad Request\r\nServer: squid\r\n\r\n"),
    speaks("sip", "", "SIP/2.0 400 Bad Request\r\n\r\n"),
    speaks("irc", ":irc.example.net NOTICE * :*** Looking up your hostname...\r\n"),
    speaks("xmpp", "", "<?xml version='1.0'?><stream:stream xmlns='jabber:client'><stream:error/></stream:stream>"),
    speaks("rsync", "@RSYNCD: 31.0\n"),
    speaks("memcached", "", "ERROR\r\n"),
    speaks("pop-on-995", "+OK ready <123@host>\r\n", "-ERR unknown\r\n"),
    *twice(n("alias-circle"), ("D05", "D01", "D08", "D02", "C01"), {}, mx=True, mx_records=False, records=["{domain} MX 10 a.{domain}", "a.{domain} CNAME b.{domain}", "b.{domain} CNAME a.{domain}"]),
    *twice(n("null-mx-and-others"), ("D04", "D03"), {"mx": {"443": WEB}}, mx=True, mx_records=False, records=["{domain} MX 0 .", "{domain} MX 10 {mx}"]),
    *twice(n("hosts-to-loopback"), ("D15", "C03"), {"mx": {"587": submit()}}, ground="net", hosts=["127.0.0.1 {mx}"]),
    *twice(n("resolver-servfail-all"), "D09", {"mx": {"587": submit()}}, ground="net", faults=[{"do": "servfail"}]),
    case(n("typo-office"), "C01", {"right": {"587": submit(), "name": "smtp.office365.com"}}, "live", host="smtp.ofice365.com", port="587", world=False),
    case(n("single-label"), ("C01", "D01", "D15"), {"other": {"587": submit()}}, "live", host="mailserver", port="587"),
    *twice(n("owner-drop"), ("R04", "C17"), {"mx": {"587": submit()}}, ground="net", path=["c: iptables -w -A OUTPUT -p tcp --dport 587 -m owner --uid-owner 65534 -j DROP"]),
    *twice(n("net-prohibited-near"), ("R04", "R02"), {"mx": {"25": smtp(), "587": submit()}}, ground="net", path=["r1: iptables -w -A FORWARD -i near -p tcp --dport 25 -j REJECT --reject-with icmp-net-prohibited"]),
    *twice(n("host-unreachable-far"), ("C03", "R05"), {"mx": {"25": smtp()}}, ground="net", depth=3, path=["r2: iptables -w -A FORWARD -d {mx_ip} -j REJECT --reject-with icmp-host-unreachable"]),
    *twice(n("587-reset-near"), ("R04", "R02", "M03", "C02"), {"mx": {"587": submit(), "465": smtps(), "25": smtp()}}, ground="net", depth=3, path=["r1: iptables -w -A FORWARD -i near -p tcp --dport 587 -j REJECT --reject-with tcp-reset"]),
    case(n("ban-by-icmp"), "R06", {"mx": {"587": submit(ban_after=3, ban="iptables -w -A INPUT -s {ip} -d {mx_ip} -p tcp -m multiport --dports 25,465,587 -j REJECT"), "443": WEB}}, ground="net",
         login="wrong", before=4, depth=3),
    *twice(n("isp-relay-587"), "M03", {"mx": {"587": submit(), "25": smtp()}, "isp": {"587": submit(), "name": "mailgate.{odd_domain}"}}, ground="net", depth=3,
           path=["r1: iptables -w -t nat -A PREROUTING -i near -p tcp --dport 587 -j DNAT --to-destination {isp_ip}"]),
    case(n("isp-relay-denies"), ("M03", "S05"), {"mx": {"25": smtp()}, "isp": {"25": smtp(rules=[{"at": "rcpt", "say": "554 5.7.1 <{rcpt}>: Relay access denied"}]), "name": "out.{odd_domain}"}}, ground="net", depth=3, mx=True,
         path=["r1: iptables -w -t nat -A PREROUTING -i near -p tcp --dport 25 -j DNAT --to-destination {isp_ip}"]),
    *twice(n("masked-strip"), ("M01", "M02"), {"mx": {"25": smtp()}}, ground="net", tls="starttls", boxes=[{"at": "r1", "port": [25], "banner": "220 **********0*2*", "strip": ["STARTTLS"], "refuse": {"^STARTTLS": "500 unknown"}}]),
    *twice(n("mitm-465"), "M04", {"mx": {"465": smtps()}}, ground="net", depth=3, boxes=[{"at": "r1", "port": [465], "intercept": "mx"}]),
    case(n("greylist-at-end"), "L01", {"mx": own({"at": "final", "say": "451 4.7.1 Greylisting in effect, please come back later"})}),
    case(n("greylist-forever"), ("L01", "L02", "L13", "L10"), {"mx": own({"at": "rcpt", "say": "450 4.2.0 Greylisted, try again in 5 minutes"})}, before=2),
    case(n("too-many-connections"), ("L03", "L04", "G02"), {"mx": own({"at": "connect", "over": 2, "say": "421 4.7.0 {host} Error: too many connections from {ip}"})}, before=2),
    case(n("quota-at-end"), "S11", {"mx": own({"at": "final", "say": "552 5.2.2 {rcpt} Quota exceeded (mailbox for user is full)"})}),
    case(n("second-unknown"), ("S18", "S08"), {"mx": own({"at": "rcpt", "rcpts_over": 1, "say": "550 5.1.1 No such user"})}, to=["{to}", "{to2}"]),
    case(n("data-refused"), ("B20", "P29", "B18", "S07"), {"mx": own({"at": "data", "say": "554 5.5.1 Error: no valid recipients"})}),
    case(n("login-then-relay"), ("A14", "S05", "A20"), {"mx": {"587": submit(rules=[{"at": "rcpt", "say": "554 5.7.1 <{rcpt}>: Relay access denied"}])}}),
    case(n("secret-with-newline-form"), ("A01", "C09", "A02"), {"mx": {"587": submit()}}, login="'{secret}'"),
    *twice(n("v6-literal-dead"), ("R07", "D16"), {"mx": {"587": submit(), "ip6": 1}}, ground="net", ip_family=6, path=["c: ip -6 route del default"]),
    *twice(n("all-mail-ports-and-web-dead"), ("R05", "C03", "R01", "D12"), {"mx": {"587": submit()}}, ground="net", depth=3, path=["s: iptables -w -A INPUT -d {mx_ip} -j DROP"]),
    postfix("relay-denied", ("S05", "S07"), "", to=["someone@{odd_domain}"]),
    postfix("unknown-user", "S08", "virtual_mailbox_maps = inline:{ { nobody@{domain} = x } }\n"),
    postfix("sender-denied", ("P29", "S20", "P38", "A14", "S02", "S01"), "smtpd_sender_restrictions = check_sender_access static:REJECT\n"),
    postfix("rcpt-defer", ("L07", "L01", "L04", "L09", "L13"), "smtpd_recipient_restrictions = check_recipient_access static:DEFER\n"),
    postfix("body-check", ("B18", "B16", "P29"), "body_checks = static:REJECT\n"),
    postfix("message-rate", "L04", "smtpd_client_message_rate_limit = 1\nsmtpd_client_event_limit_exceptions =\n", before=2),
    postfix("connection-rate", ("L03", "L04"), "smtpd_client_connection_rate_limit = 1\nsmtpd_client_event_limit_exceptions =\n", before=2),
    postfix("size", "B05", "message_size_limit = 30000\n", size=90000),
]
WORDS = [
    answer(n("word-sendas"), ("A14",), "final", ["550 5.7.60 SMTP; Client does not have permissions to send as this sender"], "587"),
    answer(n("word-too-quick"), ("S13",), "rcpt", ["450 4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time.", "450 4.2.1 This mailbox takes no more than 60 mails an hour; try again later"]),
    answer(n("word-dmarc-own"), ("P20", "P19"), "final", ["550 5.7.1 Rejected: {sender_domain} asks us (p=reject) to refuse mail that is not aligned"], records=["_dmarc.{own} TXT v=DMARC1; p=reject"], ground="net"),
    answer(n("word-dkim-broken"), ("P15", "P16", "P17"), "final", ["550 5.7.20 The DKIM signature of this message does not verify", "554 5.7.1 bad DKIM body hash"]),
    answer(n("word-group"), ("S17",), "rcpt", ["550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed", "550 Only members of this list may write to it"]),
    answer(n("word-hops"), "N01", "final", ["554 5.4.14 Hop count exceeded - possible mail loop ATTR34", "554 5.4.6 Too many Received lines: is there a loop?"]),
    answer(n("word-bare-lf"), "B08", "final", ["550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal; message contains bare linefeeds", "521 5.5.2 Error: bare <LF> received"]),
    answer(n("word-no-helo"), "G10", "rcpt", ["504 5.5.2 <{helo}>: Helo command rejected: need fully-qualified hostname", "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)"], ehlo="pc"),
    answer(n("word-headers"), "B11", "final", ["550 5.7.1 Messages without a From header are refused", "554 5.6.0 Message has two Subject fields, which RFC 5322 forbids"]),
    answer(n("word-line"), "B07", "final", ["550 maximum allowed line length is 998 octets, got 4211", "554 5.6.0 line exceeds 1000 bytes"],
           message="From: {sender}\r\nTo: {to}\r\nSubject: x\r\nDate: Mon, 03 Mar 2025 10:00:00 +0000\r\nMessage-ID: <1@{own}>\r\n\r\n" + "x" * 4209 + "\r\n"),
    answer(n("word-zen"), ("P05", "P06"), "rcpt", ["550 5.7.1 Rejected because {ip} is in a black list at zen.spamhaus.org", "554 5.7.1 Service refused: {ip} found in dnsbl.example.org"]),
    answer(n("word-dynamic"), ("P03", "P06"), "connect", ["554 5.7.1 Dial-up and residential addresses like {ip} must use the mail server of their provider", "550 Dynamic IP range, use your ISP's relay"]),
    answer(n("word-forged"), ("S20", "P10"), "mail", ["550 5.7.1 You are not us: mail from our own domain does not come from outside", "550 Spoofed sender: {sender_domain} is ours"]),
    answer(n("word-disabled"), "S10", "rcpt", ["550 5.2.1 This account has been deactivated", "554 Mailbox closed, the person has left the company"]),
    answer(n("word-full-disk"), "L07", "mail", ["452 4.3.1 Insufficient system storage", "452 Out of disk space on the server, wait a moment"]),
    answer(n("word-dns-down"), "L08", "mail", ["451 4.4.3 Our name server does not answer, cannot check {sender_domain}", "450 4.1.8 <{sender}>: Sender address rejected: Domain lookup timed out"]),
    answer(n("word-virus-es"), "B17", "final", ["554 5.7.1 El mensaje contiene un virus", "550 Virus gefunden: Eicar-Test-Signature"]),
    answer(n("word-secret-se"), "A01", "login", ["535 5.7.8 Fel användarnamn eller lösenord", "535 Väärä käyttäjätunnus tai salasana"], "587", login="wrong"),
    answer(n("word-plan"), "A20", "final", ["550 Your trial is over, please add a payment method to go on sending", "554 Domain {sender_domain} is not verified in your account"], "587"),
    answer(n("word-daily"), "L05", "mail", ["550 5.4.5 Your limit of 500 mails a day has been used up", "450 Daily quota for {user} is exhausted, try tomorrow"], "587"),
]
WELL = [
    *twice(n("well-slow-ehlo"), "", {"mx": own({"at": "ehlo", "tls": False, "after": 3, "say": "250 {host}\nSTARTTLS\n8BITMIME"})}, timeout=10),
    *twice(n("well-no-pipelining"), "", {"mx": {"25": smtp(keywords=["STARTTLS", "8BITMIME", "HELP"])}}),
    *twice(n("well-banner-words"), "", {"mx": {"25": smtp(banner="220 {host} ESMTP - HTTP, IMAP and SSH live elsewhere; no UCE; refused 4711 mails today")}}),
    *twice(n("well-no-icmp"), "", {"mx": {"587": submit()}}, ground="net", path=["r1: iptables -w -A FORWARD -p icmp -j DROP", "r2: iptables -w -A FORWARD -p icmp -j DROP"]),
    *twice(n("well-no-world"), "", {"mx": {"587": submit()}}, ground="net", world=False),
    *twice(n("well-first-mx-silent"), "", {"mx": {"443": WEB}, "back": {"25": smtp()}}, mx=["mx", "back"], path=["s: iptables -w -A INPUT -d {mx_ip} -j DROP"], timeout=4, limit=80, tls="opportunistic"),
    *twice(n("well-txt-dead"), "", mx=True, faults=[{"type": "TXT", "do": "servfail"}]),
    case(n("well-three"), "", {"mx": {"25": smtp()}}, to=["{to}", "{to2}", "{to3}"]),
    case(n("well-large"), "", {"mx": {"25": smtp()}}, size=3000000, timeout=20),
    case(n("well-rset-500"), "", {"mx": own({"at": "rset", "say": "500 what?"}, {"at": "noop", "say": "500 what?"})}),
    *twice(n("well-foreign-ptr"), "", ground="net", no_ptr=True, records=["{reversed_ip}.in-addr.arpa PTR dyn-4711.pool.{odd_domain}"]),
    case(n("well-masked-send-plain"), "", {"mx": {"25": plain()}}, ground="net", tls="opportunistic", boxes=[{"at": "r1", "port": [25], "banner": "220 2****************0*", "mask": {"PIPELINING": "XXXXXXXXXX"}}]),
    case(n("well-starttls-501"), "", {"mx": own({"at": "starttls", "say": "501 5.5.4 Syntax error, no parameters allowed"})}, tls="opportunistic"),
    case(n("well-auth-431"), "", {"mx": {"587": submit(keywords=["STARTTLS", "AUTH CRAM-MD5 PLAIN"], auth={"mechs": ["CRAM-MD5", "PLAIN"]}, rules=[{"at": "auth", "arg": "^CRAM", "say": "504 5.5.4 mechanism is off"}])}}),
    case(n("well-greylist-once"), "", {"mx": own({"at": "rcpt", "once": True, "say": "450 4.2.0 greylisted"})}, before=1),
    *twice(n("well-many-mx"), "", {"mx": {"25": smtp()}, "b": {"25": smtp()}, "c3": {"25": smtp()}}, mx=["mx", "b", "c3"]),
    *twice(n("well-rsa4096"), "", {"mx": {"465": smtps(), "cert": {"key": "rsa4096"}}}),
    case(n("well-utf8-reply"), "", {"mx": own({"at": "final", "say": "250 2.0.0 принято, ошибок нет"})}),
]
SCENES = WAYS + WORDS + WELL
