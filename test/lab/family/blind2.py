# SPDX-License-Identifier: MIT
"""Written before its author had read a rule: ways, words and healthy targets, the second wave."""
from family.parts import KEYWORDS, LOGIN, WEB, answer, case, plain, raw, smtp, smtps, submit, twice

NOTLS = [w for w in KEYWORDS if w != "STARTTLS"]


def n(id):
    return "blind2/" + id


PARKED = ("D20", "C03", "D02", "C01", "R05")
PARK = {"park": {"80": WEB, "443": WEB, "name": "park.{odd_domain}"}}
WHY = "a name without a mail server: expired, parked or never meant for mail"
WAYS = [
    *twice(n("parked-wildcard"), PARKED, PARK, mx=True, mx_records=False, records=["*.{domain} A {park_ip}", "{domain} A {park_ip}"], why=WHY),
    *twice(n("parked-mx-wildcard"), PARKED, PARK, mx=True, mx_records=False, records=["{domain} MX 10 mail.{domain}", "*.{domain} A {park_ip}", "{domain} A {park_ip}"], why=WHY),
    *twice(n("site-only-filtered"), PARKED, PARK, mx=True, mx_records=False, records=["{domain} A {park_ip}"], depth=3,
           path=["s: iptables -w -A INPUT -d {park_ip} -p tcp -m multiport --dports 25,465,587,2525 -j DROP"], why=WHY),
    case(n("parked-host-submission"), PARKED + ("C02",), {"mx": {"80": WEB, "443": WEB}}, "live", ground="net", port="587", depth=3, why=WHY, tls="starttls"),
    *twice(n("isp-relay-same-distance"), "M03", {"mx": {"25": smtp(), "587": submit()}, "isp": {"25": smtp(), "name": "smtp-out.{odd_domain}"}}, ground="net", depth=3, tls="starttls",
           path=["r1: iptables -w -t nat -A PREROUTING -i near -p tcp --dport 25 -j DNAT --to-destination {isp_ip}"]),
    *twice(n("blocked-name-zero"), ("D06", "D14", "M11", "D15", "D12"), {"mx": {"587": submit()}}, ground="net", faults=[{"name": "{mx}", "type": "A", "do": "answer:0.0.0.0"}]),
    *twice(n("resolver-stale-no-name"), ("D12", "C04", "D13", "M11"), {"mx": {"587": submit()}}, ground="net", faults=[{"name": "{mx}", "do": "nxdomain"}]),
    *twice(n("resolver-old-address"), ("D12", "M11", "D18", "C04"), {"mx": {"587": submit()}}, ground="net", faults=[{"name": "{mx}", "type": "A", "do": "answer:{dead}"}]),
    *twice(n("mx-host-servfail"), "D08", mx=True, faults=[{"name": "{mx}", "do": "servfail"}], others={"faults": [{"name": "{mx}", "do": "servfail"}]}),
    *twice(n("mx-host-silent"), ("D08", "D09", "D20"), mx=True, faults=[{"name": "{mx}", "do": "silent"}], others={"faults": [{"name": "{mx}", "do": "silent"}]}, limit=80),
    *twice(n("both-mx-down"), "C03", {"mx": {"443": WEB, "22": raw("SSH-2.0-OpenSSH_9.6\r\n")}, "back": {"443": WEB}}, mx=["mx", "back"], depth=3),
    *twice(n("both-mx-busy"), ("G02", "L07", "L03"), {"mx": {"25": plain(rules=[{"at": "connect", "say": "421 4.3.2 System not accepting network messages"}])},
                                                     "back": {"25": plain(rules=[{"at": "connect", "say": "421 4.3.2 System not accepting network messages"}])}}, mx=["mx", "back"]),
    *twice(n("alert-71"), ("T04", "T05", "T02"), {"mx": {"587": submit(starttls={"hello": "alert:71"})}}),
    *twice(n("alert-70"), ("T02", "T03"), {"mx": {"465": smtps(starttls={"hello": "alert:70"})}}),
    *twice(n("not-yet-valid"), "T09", {"mx": {"587": submit(), "cert": {"begin": 20, "end": 300}}}),
    *twice(n("expired-and-other-name"), ("T08", "T06"), {"mx": {"465": smtps(), "cert": {"begin": -500, "end": -30, "names": ["old.{odd_domain}"]}}}),
    *twice(n("sni-alert"), "T15", {"mx": {"465": smtps(starttls={"sni_alert": 112})}}),
    *twice(n("starttls-then-smtp"), ("T18", "T01"), {"mx": {"587": submit(starttls={"hello": "junk:250 2.0.0 ready, go on\r\n"})}}),
    case(n("auth-malformed"), ("A13", "A01"), {"mx": {"587": submit(rules=[{"at": "login", "say": "501 5.5.2 Cannot decode response"}])}}),
    case(n("oauth-only"), ("A09", "A06", "A03"), {"mx": {"587": submit(keywords=["STARTTLS", "AUTH XOAUTH2 OAUTHBEARER"], auth={"mechs": ["XOAUTH2", "OAUTHBEARER"]})}}),
    case(n("auth-hang"), ("A17", "C11", "L12", "L07"), {"mx": {"587": submit(rules=[{"at": "login", "do": "hang"}])}}, timeout=3),
    case(n("auth-drop"), ("A01", "A12", "R06", "A17", "A13"), {"mx": {"587": submit(rules=[{"at": "login", "do": "close"}])}}, login="wrong"),
    case(n("blank-in-secret"), ("C09", "A01"), {"mx": {"587": submit()}}, login=" {secret} "),
    case(n("logged-in-then-530"), ("A07", "A20", "A14", "A10"), {"mx": {"587": submit(rules=[{"at": "mail", "say": "530 5.7.1 Authentication required"}])}}),
    case(n("421-at-rcpt"), ("L07", "L03", "L04", "G02"), {"mx": {"25": smtp(rules=[{"at": "rcpt", "say": "421 4.3.0 Temporary system problem, closing"}])}}),
    case(n("one-of-three"), ("S14", "S18", "L04"), {"mx": {"25": smtp(rules=[{"at": "rcpt", "rcpts_over": 2, "say": "452 4.5.3 Error: too many recipients"}])}}, to=["{to}", "{to2}", "{to3}"]),
    case(n("window-zero"), ("B01", "L07"), {"mx": {"25": smtp(rcvbuf=4096, body={"stall": 20000})}}, size=2000000, timeout=3),
    case(n("354-then-554"), ("B20", "B18", "G15", "P29", "B03"), {"mx": {"25": smtp(rules=[{"at": "data", "say": "554 5.7.1 message not wanted"}])}}),
    case(n("250-to-data"), ("G15", "G14", "B20"), {"mx": {"25": smtp(rules=[{"at": "data", "say": "250 ok"}])}}),
    case(n("final-no-code"), "G14", {"mx": {"25": smtp(rules=[{"at": "final", "raw": "OK queued as 123\r\n"}])}}),
    *twice(n("banner-no-code"), ("G14", "C06"), {"mx": {"25": smtp(banner="220 x", rules=[{"at": "connect", "raw": "Welcome to the mail server\r\n"}])}}),
    *twice(n("ehlo-554"), ("G01", "G10", "P29", "R05"), {"mx": {"25": plain(rules=[{"at": "ehlo", "say": "554 5.7.0 Your host is not welcome"}, {"at": "helo", "say": "554 5.7.0 Your host is not welcome"}])}}),
    *twice(n("521-greeting"), ("G01", "D03", "S07"), {"mx": {"25": plain(rules=[{"at": "connect", "say": "521 5.3.2 {host} does not accept mail"}])}}, mx=True),
    *twice(n("pool-starttls"), "G06", {"mx": {"25": smtp(rules=[{"at": "ehlo", "odd": True, "tls": False, "say": "250 {host}\n8BITMIME\nSIZE 1000"}])}}, tls="starttls"),
    case(n("ban-by-reset"), "R06", {"mx": {"587": submit(ban_after=3, ban="iptables -w -A INPUT -s {ip} -d {mx_ip} -p tcp -j REJECT --reject-with tcp-reset"), "443": WEB}}, ground="net",
         login="wrong", before=4, depth=3),
    *twice(n("starttls-needed-at-rcpt"), ("T23", "A08"), {"mx": {"25": smtp(rules=[{"at": "rcpt", "tls": False, "say": "550 5.7.10 Encryption is needed to send to this domain"}])}}, tls="none", envelope=True),
    *twice(n("bad-helo-late"), ("G10", "G11"), {"mx": {"25": smtp(rules=[{"at": "rcpt", "helo": "localhost", "say": "550 5.7.1 <{helo}>: Helo command rejected: you are not me"}])}}, ehlo="localhost", envelope=True),
    *twice(n("nothing-listens-25-587-works"), ("C02", "C03", "R04"), {"mx": {"587": submit(), "465": smtps(), "443": WEB}}, port="25", ground="net", depth=3, login="good", tls="starttls"),
    *twice(n("tls-on-25"), ("C05",), {"mx": {"25": {**smtps(), "keywords": KEYWORDS}}}, scheme="smtp", tls="starttls"),
    *twice(n("resolver-closed"), "D09", {"mx": {"587": submit()}}, ground="net", path=["s: iptables -w -A INPUT -d {ns} -p udp --dport 53 -j REJECT"]),
    case(n("sender-empty-domain"), ("S02", "D19", "S01"), {"mx": {"25": smtp(rules=[{"at": "mail", "say": "501 5.1.8 Sender domain must exist"}])}}, without=["{own} MX", "{own} A"]),
    case(n("dead-v6-and-refused-v4"), ("C03",), {"mx": {"443": WEB, "ip6": 1}}, ground="net", port="25", depth=3, path=["r1: ip6tables -w -A FORWARD -p tcp -j DROP"]),
]
WORDS = [
    answer(n("word-relay-exchange"), ("S05", "A07", "S07"), "rcpt", ["550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "550 5.7.1 Unable to relay for {rcpt}"]),
    answer(n("word-turn-on-auth"), ("A07", "S05"), "rcpt", ["550 Please turn on SMTP Authentication in your mail client\n{helo} is not permitted to relay through this server without authentication."], port="587", login=None),
    answer(n("word-exim-verify"), "S03", "rcpt", ["550 Verification failed for <{sender}>\nThe mail server could not deliver mail to {sender}.\nSender verify failed", "550 Callback setup failed while verifying <{sender}>\nSender verify failed"]),
    answer(n("word-attachment"), "B16", "final", ["550 5.7.1 Attachments of type .iso and .js are forbidden here", "554 5.6.1 Der Anhang rechnung.zip ist nicht erlaubt"]),
    answer(n("word-virus"), "B17", "final", ["550 This message contains malware (Sanesecurity.Foxhole.Zip_fs155)", "554 5.7.1 Nachricht enthält einen Virus"]),
    answer(n("word-uri"), ("B19", "P09"), "final", ["550 5.7.1 A link in your message points to a domain on our block list", "554 5.7.1 Blacklisted URL in message: see http://www.surbl.org"]),
    answer(n("word-new-domain"), "P23", "mail", ["451 4.7.1 Your domain was registered only days ago; we defer mail of young domains", "450 4.7.1 This IP address has no sending history with us, slow down and build it up"]),
    answer(n("word-complaints"), "P31", "mail", ["554 5.7.1 Our users report too many of your mails as spam", "550 5.7.1 Complaint rate of your address {ip} is above our threshold"]),
    answer(n("word-traps"), "P32", "mail", ["554 5.7.1 {ip} has hit our spam traps", "550 5.7.1 You are mailing to addresses that have been dead for years; clean your list"]),
    answer(n("word-compromised"), "P33", "mail", ["554 5.7.1 Your account appears to be compromised: change the password", "550 5.7.0 Outgoing mail of {user} was stopped: we saw a flood of spam from it"], port="587"),
    answer(n("word-open-relay"), "P34", "connect", ["554 5.7.1 {ip} is an open relay", "554 {ip} was found to be an open proxy; go away"]),
    answer(n("word-abuse"), "P35", "mail", ["550 5.7.1 Your domain has no working postmaster address (RFC 2142)", "554 5.7.1 abuse@{sender_domain} bounces, so do you"]),
    answer(n("word-unsubscribe"), "P30", "final", ["550 5.7.1 Bulk mail has to carry List-Unsubscribe and List-Unsubscribe-Post", "550 5.7.1 no one-click unsubscribe header in marketing mail"]),
    answer(n("word-allow-list"), "P38", "rcpt", ["550 5.7.1 We accept mail from registered partners only", "554 5.7.1 Sender {sender_domain} is not on the whitelist of this gateway"]),
    answer(n("word-gmail-lowrep"), ("P28", "B18"), "final", ["550 5.7.1 [{ip}      19] Gmail has detected that this message is likely suspicious due to the very low reputation of the sending domain.\nTo best protect our users from spam, the message has been blocked."]),
    answer(n("word-s3150"), "P25", "mail", ["550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150)."]),
    answer(n("word-yahoo-ts03"), "P27", "connect", ["553 5.7.1 [TSS09] All messages from {ip} will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes"]),
    answer(n("word-full-fr"), "S11", "rcpt", ["552 5.2.2 La boîte aux lettres du destinataire est pleine", "452 4.2.2 Le quota du destinataire est dépassé"]),
    answer(n("word-size-pl"), "B05", "final", ["552 5.3.4 Wiadomość jest za duża", "552 Przekroczono maksymalny rozmiar wiadomości"]),
    answer(n("word-grey-own"), "L01", "rcpt", ["451 You are not yet known here. Try once more in 300 seconds.", "450 4.2.0 First time sender delayed, retry later"]),
    answer(n("word-spf-own"), "P10", "mail", ["550 5.7.23 {ip} may not send mail for {sender_domain}", "550 Sender Policy Framework says no"], ground="net", records=["{own} TXT v=spf1 mx:{odd_domain} -all"]),
]
WELL = [
    *twice(n("well-parking-ns"), "", {"mx": {"25": smtp(), "80": WEB}}, mx=True, records=["{domain} NS ns1.sedoparking.com", "*.{domain} A {mx_ip}"]),
    *twice(n("well-hosted-names"), "", {"mx": {"25": smtp(host="mx01.{odd_domain}"), "587": submit(host="submission.{odd_domain}"), "cert": {"names": ["*.{odd_domain}"]}}}, ground="net", depth=3),
    case(n("well-slow-rcpt"), "", {"mx": {"25": smtp(rules=[{"at": "rcpt", "after": 4, "say": "250 ok"}])}}, timeout=12),
    *twice(n("well-p384"), "", {"mx": {"587": submit(), "cert": {"names": ["{mx}", "*.{mx}"]}}}),
    *twice(n("well-454-once"), "", {"mx": {"25": smtp(rules=[{"at": "starttls", "say": "454 4.7.0 TLS not available due to local problem"}])}}, tls="opportunistic"),
    *twice(n("well-mx-equal"), "", {"mx": {"25": smtp()}, "other": {"25": smtp()}}, mx=True, mx_records=False, records=["{domain} MX 0 {mx}", "{domain} MX 0 {other}"]),
    *twice(n("well-no-v6-here"), "", {"mx": {"25": smtp(), "ip6": 2}}, ground="net", path=["c: ip -6 route del default"]),
    *twice(n("well-first-servfail"), "", {"mx": {"587": submit()}}, ground="net", faults=[{"do": "first-servfail"}]),
    *twice(n("well-proxy-env"), "", {"mx": {"587": submit()}}, env={"http_proxy": "http://proxy.corp.example:3128", "https_proxy": "http://proxy.corp.example:3128"}),
    *twice(n("well-hosts-right"), "", {"mx": {"587": submit()}}, ground="net", hosts=["{mx_ip} {mx}"]),
    *twice(n("well-421-quit"), "", {"mx": {"25": smtp(rules=[{"at": "quit", "say": "421 4.4.2 closing, timeout"}])}}),
    case(n("well-rcpt-words"), "", {"mx": {"25": smtp(rules=[{"at": "rcpt", "say": "250 2.1.5 not greylisted, user not unknown, no spam"}])}}),
    case(n("well-cram-only"), "", {"mx": {"587": submit(keywords=["STARTTLS", "AUTH CRAM-MD5"], auth={"mechs": ["CRAM-MD5"]})}}),
    case(n("well-plain-504-login"), "", {"mx": {"587": submit(rules=[{"at": "auth", "arg": "^PLAIN", "say": "504 5.5.4 Unrecognized authentication type"}])}}),
    *twice(n("well-huge-ehlo"), "", {"mx": {"25": smtp(keywords=KEYWORDS + ["X-EXT%d some words" % i for i in range(40)])}}),
    *twice(n("well-utf8-banner"), "", {"mx": {"25": smtp(banner="220 {host} ESMTP Willkommen, schöne Grüße")}}),
    *twice(n("well-no-server-ports"), "", {"mx": {"25": smtp()}}, ground="net", path=["r1: iptables -w -A FORWARD -p tcp -m multiport --dports 465,587,2525,80,443 -j DROP"]),
    *twice(n("well-vpn-private"), "", {"mx": {"587": submit(), "private": True}}, ground="net"),
    *twice(n("well-self-signed-mx"), "", {"mx": {"25": smtp(), "cert": {"kind": "self-signed", "names": ["plesk"]}}}, mx=True),
    *twice(n("well-smtp-no-ext"), "", {"mx": {"25": plain(keywords=[], banner="220 ready")}}, tls="opportunistic"),
]
SCENES = WAYS + WORDS + WELL
