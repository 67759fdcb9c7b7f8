# SPDX-License-Identifier: MIT
"""The fifth wave, as blind3.py."""
from family.parts import KEYWORDS, LOGIN, WEB, answer, case, plain, raw, smtp, smtps, submit, twice


def n(id):
    return "blind5/" + id


def own(*words, **p):
    return {"25": smtp(rules=list(words), **p)}


def sub(*words, **p):
    return {"587": submit(rules=list(words), **p)}


def postfix(id, cause, extra, **more):
    return case(n("postfix-" + id), cause, {"mx": {"25": {"real": "postfix", "extra": extra}}}, ground="loop", needs=["postfix", "root"], limit=60, **more)


WAYS = [
    *twice(n("portal-greets-25"), ("M03", "M12"), {"mx": {"25": smtp()}, "portal": {"25": plain(banner="220 gateway.{odd_domain} ESMTP guest network", rules=[{"at": "rcpt", "say": "550 5.7.1 Please use the web mail while you are our guest"}]), "name": "gateway.{odd_domain}"}},
           ground="net", depth=3, tls="starttls", path=["r1: iptables -w -t nat -A PREROUTING -i near -p tcp --dport 25 -j DNAT --to-destination {portal_ip}"]),
    *twice(n("hoster-tweak-587"), "M03", {"mx": {"587": submit(), "465": smtps(), "25": smtp()}, "host": {"587": submit(), "25": smtp(), "465": smtps(), "name": "srv12.{odd_domain}"}}, ground="net", depth=3,
           path=["r1: iptables -w -t nat -A PREROUTING -i near -p tcp -m multiport --dports 25,465,587 -j DNAT --to-destination {host_ip}"]),
    *twice(n("name-is-loopback"), ("M11", "D15", "D06", "D14", "D12", "C03"), {"mx": {"587": submit()}}, ground="net", faults=[{"name": "{mx}", "type": "A", "do": "answer:127.0.0.1"}]),
    *twice(n("blocked-by-nxdomain"), ("M11", "D12", "C04", "D13"), {"mx": {"465": smtps()}}, ground="net", faults=[{"name": "{mx}", "do": "nxdomain"}]),
    *twice(n("gateway-gone"), "R01", {"mx": {"587": submit()}}, ground="net", timeout=5, limit=80, path=["r1: ip link set near down"]),
    *twice(n("cable-out"), "R01", {"mx": {"25": smtp()}}, ground="net", timeout=4, limit=80, path=["c: ip link set eth0 down"]),
    case(n("no-v4-address"), ("R01", "R08"), {"mx": {"587": submit()}}, "live", ground="net", path=["c: ip -4 addr flush dev eth0"], no_resolver=True, hosts=["{mx_ip} {mx}"]),
    *twice(n("v6-only-mx-no-v6"), "R07", {"mx": {"25": smtp(), "ip6": 1, "only6": True}}, mx=True, path=["c: ip -6 route del default"]),
    *twice(n("v6-tunnel-broken"), ("R07", "D16"), {"mx": {"587": submit(), "ip6": 1}}, ground="net", ip_family=6, depth=3, path=["r1: ip6tables -w -A FORWARD -j DROP"]),
    *twice(n("implicit-no-greeting"), ("G03", "L07", "R10"), {"mx": {"465": {"tls": "implicit", "starttls": {}, "speaks": "raw", "then": "hang"}}}, timeout=3),
    *twice(n("implicit-resets-inside"), ("G03", "L07", "R10", "T18"), {"mx": {"465": {"tls": "implicit", "starttls": {}, "speaks": "raw", "then": "reset"}}}),
    *twice(n("starttls-454-and-required"), "T18", {"mx": {"587": submit(rules=[{"at": "starttls", "say": "454 4.7.0 TLS not available due to local problem"}])}}),
    *twice(n("starttls-454-all-454"), ("L07", "T18"), {"mx": own({"at": "starttls", "say": "454 4.3.0 Try again later"}, {"at": "mail", "say": "451 4.3.0 Try again later"})}, envelope=True),
    *twice(n("auth-inside-missing"), ("A10", "A09"), {"mx": sub(keywords=["STARTTLS", "8BITMIME"], keywords_tls=["8BITMIME", "PIPELINING"])}),
    case(n("ban-reset-web-too"), "R06", {"mx": {"587": submit(ban_after=4, ban="iptables -w -A INPUT -s {ip} -p tcp -d {mx_ip} -m multiport --dports 25,465,587,2525 -j REJECT --reject-with tcp-reset"), "443": WEB}}, ground="net",
         login="wrong", before=5, depth=3),
    *twice(n("server-down-really"), "C03", {"mx": {"443": WEB, "80": WEB}}, ground="net", port="587", depth=3, login="good", tls="starttls"),
    *twice(n("masked-and-refuses-helo"), ("M02", "G08", "G01"), {"mx": {"25": smtp()}}, ground="net", boxes=[{"at": "r1", "port": [25], "banner": "220 *****0***2****", "refuse": {"^(EHLO|HELO)": "500 5.5.1 Command unrecognized: \"XXXX\""}}]),
    case(n("masked-unknown-user"), "S08", {"mx": own({"at": "rcpt", "say": "550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown in local recipient table"})}, ground="net", boxes=[{"at": "r1", "port": [25], "banner": "220 ********************"}]),
    case(n("masked-no-relay"), ("S05", "S07", "S06", "A07", "M03"), {"mx": own({"at": "rcpt", "say": "554 5.7.1 <{rcpt}>: Relay access denied"})}, ground="net", boxes=[{"at": "r1", "port": [25], "banner": "220 ********************"}]),
    case(n("login-ok-send-suspended"), ("A20", "L06", "P33"), {"mx": sub({"at": "mail", "say": "550 5.7.1 Sending from this account has been suspended"})}),
    case(n("530-after-login-rcpt"), ("A14", "A07", "A20", "A10"), {"mx": sub({"at": "rcpt", "say": "530 5.7.57 Client not authenticated to send mail"})}),
    *twice(n("fresh-old-mx"), ("D12", "D18", "M11", "R05"), {"mx": {"25": smtp()}, "old": {"443": WEB}}, mx=True, faults=[{"name": "{mx}", "type": "A", "do": "answer:{dead}"}], depth=3),
    *twice(n("dead-host-all-resolvers-agree"), ("R05", "C03"), {"mx": {"587": submit()}}, ground="net", records=["{mx} A {dead}"], depth=3),
    *twice(n("null-mx-with-dead"), ("D04", "D03"), {}, mx=True, mx_records=False, records=["{domain} MX 0 .", "{domain} MX 20 m.{domain}", "m.{domain} A {dead}"], depth=3, tls="opportunistic"),
    postfix("greylist-like", ("L01", "L07", "L13"), "smtpd_recipient_restrictions = defer\n"),
    postfix("tempfail-sender-map", ("L07", "L08"), "smtpd_sender_restrictions = check_sender_access tcp:127.0.0.1:1\n", timeout=20),
]
WORDS = [
    answer(n("word-dot-stuff"), ("L07",), "final", ["451 4.3.0 Message could not be stored, disk trouble"]),
    answer(n("word-no-such-es"), "S08", "rcpt", ["550 5.1.1 No existe tal usuario aquí", "550 el destinatario no existe"]),
    answer(n("word-size-cz"), "B05", "final", ["552 5.3.4 Zpráva je příliš velká", "552 Повідомлення завелике"]),
    answer(n("word-quota-552"), ("S11", "B05", "L07"), "rcpt", ["552 not enough space"]),
    answer(n("word-552-mystery"), ("S11", "B05", "L07"), "rcpt", ["552 qzx17"]),
    answer(n("word-listed-own"), ("P05", "P29", "G01"), "connect", ["554 5.7.1 {ip} is on our own block list since Monday"]),
    answer(n("word-limit-ip"), ("L04", "L03"), "mail", ["450 4.7.1 {ip} sends faster than we take it", "421 4.7.0 Slow down, {ip}"]),
    answer(n("word-spf-soft"), "P10", "mail", ["550 5.7.23 SPF of {sender_domain} does not name {ip}"], ground="net", records=["{own} TXT v=spf1 -all"]),
    answer(n("word-list-closed"), "S17", "rcpt", ["550 5.7.1 This list takes mail from its members alone"]),
    answer(n("word-loop"), "N01", "final", ["554 5.4.6 This mail has been here before: loop"]),
    answer(n("word-need-login"), ("A07", "C08"), "mail", ["530 5.7.0 Who are you? Log in first"], "587", login=None),
    answer(n("word-badpw-pl"), "A01", "login", ["535 5.7.8 Nieprawidłowy login lub hasło", "535 Hibás felhasználónév vagy jelszó"], "587", login="wrong"),
]
WELL = [
    *twice(n("well-masked-tls"), "", {"mx": {"25": smtp(), "cert": {"kind": "self-signed"}}}, ground="net", boxes=[{"at": "r1", "port": [25], "banner": "220 ****2**0**"}]),
    *twice(n("well-relay-name"), "", {"mx": {"25": smtp(host="out.{odd_domain}"), "587": submit(host="in.{odd_domain}")}}, ground="net", depth=3),
    *twice(n("well-no-arp"), "", {"mx": {"587": submit()}}, ground="net", path=["c: ip link set eth0 arp on"]),
    *twice(n("well-dns-round-robin"), "", {"mx": {"25": smtp(), "ip": 4}}, mx=True),
    case(n("well-auth-ntlm-first"), "", {"mx": {"587": submit(keywords=["STARTTLS", "AUTH NTLM GSSAPI LOGIN PLAIN"], auth={"mechs": ["LOGIN", "PLAIN"]})}}),
    *twice(n("well-starttls-unavailable"), "", {"mx": own({"at": "starttls", "say": "502 5.5.1 not implemented"})}, tls="opportunistic"),
    *twice(n("well-quiet-first-resolver-v6"), "", {"mx": {"465": smtps()}}, ground="net", faults=[{"type": "AAAA", "do": "refused"}]),
    case(n("well-final-slow-long"), "", {"mx": own({"at": "final", "after": 5, "say": "250 ok\nscanned\nstored"})}, timeout=15),
]
SCENES = WAYS + WORDS + WELL
