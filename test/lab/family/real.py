# SPDX-License-Identifier: MIT
"""Real Postfix, Dovecot and Exim, misconfigured on purpose."""

NEEDS = ["root", "postfix", "dovecot"]


def postfix(id, cause, extra="", dovecot=False, port="25", cert=None, kind="postfix", **more):
    sasl_dead = more.pop("sasl_dead", False)
    more.setdefault("tls", "opportunistic" if port == "25" else None)
    return {"id": "real/" + id, "cause": cause, "ask": "send", "ground": "loop", "needs": NEEDS, "port": port, "limit": 60, "timeout": 5,
            "servers": {"mx": {"25": {"real": kind, "extra": extra, "dovecot": dovecot, "sasl_dead": sasl_dead}, **({"cert": cert} if cert else {})}}, **more}



def exim(id, cause, acl=None, port="25", extra="", cert=None, **more):
    more.setdefault("tls", "opportunistic" if port == "25" else None)
    return {"id": "real/exim-" + id, "cause": cause, "ask": "send", "ground": "loop", "needs": ["root", "exim"], "port": port, "limit": 60, "timeout": 5,
            "servers": {"mx": {"25": {"real": "exim", "acl": acl or {}, "extra": extra}, **({"cert": cert} if cert else {})}}, **more}


SCENES = [
    postfix("relay-denied", ("S05", "A07"), to=["{user}"], why="a login would help, too"),
    postfix("user-unknown", "S08", to=["no-{to}"]),
    postfix("expired", "T08", cert={"begin": -100, "end": -1}, tls="starttls"),
    postfix("wrong-name", "T06", cert={"names": ["{odd_domain}"]}, tls="starttls", ask="live"),
    postfix("no-intermediate", "T11", cert={"chain": False}, port="465"),
    postfix("helo", "G10", "smtpd_helo_required = yes\nsmtpd_helo_restrictions = reject_non_fqdn_helo_hostname\n", ehlo="jobrunner{n}"),
    postfix("size", "B05", "message_size_limit = 20000\n", size=40000),
    postfix("no-tls", "G05", "smtpd_tls_security_level = none\n", tls="starttls", ask="live"),
    postfix("submission-no-login", ("A07", "S05"), port="587", why="Postfix refuses the recipient; that a login would help is seen from its offer", dovecot=True),
    postfix("wrong-password", "A01", port="587", dovecot=True, login="wrong"),
    postfix("dovecot-wrong-password", "A01", port="587", kind="dovecot", login="wrong"),
    postfix("dovecot-user-form", ("A02", "A01"), port="587", kind="dovecot", login="plain-user", why="Dovecot says the same of both"),
    postfix("sender-mismatch", "A14", "smtpd_sender_login_maps = regexp:{dir}/logins\nsmtpd_sender_restrictions = reject_sender_login_mismatch\n", port="587",
            dovecot=True, login="good", files={"logins": "/./ someone@else.invalid\n"}),
    postfix("client-rejected", ("G01", "P38", "P29"), "smtpd_client_restrictions = reject\n", why="a bare \"Client host rejected: Access denied\" names no reason"),
    postfix("too-many-connections", ("L03", "L04", "G02"), "smtpd_client_event_limit_exceptions =\nsmtpd_client_connection_rate_limit = 1\n", before=2,
            why="Postfix calls its rate of connections \"too many connections\""),
    postfix("storage", "L07", "queue_minfree = 900000000000000\n"),
    postfix("recipients", ("S14", "S18"), "smtpd_recipient_limit = 2\n", to=["{to}", "{to2}", "{to3}"], why="some were accepted"),
    postfix("attachment", "B16", "mime_header_checks = regexp:{dir}/mime\n", size=2000, files={"mime": "/name=.*\\.bin/ REJECT Attachment type not allowed: .bin\n"}),
    postfix("client-certificate", ("C12", "T17"), "smtpd_tls_req_ccert = yes\nsmtpd_tls_security_level = encrypt\nsmtpd_tls_CAfile = {root}\n", tls="starttls", why="none was configured"),
    postfix("utf8", "S15", "smtputf8_enable = no\n", to=["анна@{domain}"]),
    postfix("tls-required", ("T23", "A08"), "smtpd_tls_security_level = encrypt\n", tls="none", why="no login was in play"),
    postfix("login-over-clear", "A08", port="25", dovecot=True, tls="none", login="good"),
    postfix("implicit-on-submission", "C05", port="587", scheme="smtps"),
    postfix("starttls-on-smtps", ("C05", "G03"), port="465", scheme="smtp", tls="starttls", why="a silent port, until TLS is tried", timeout=2),
    postfix("hops", "N01", "hopcount_limit = 3\n", message="".join(f"Received: from a{i}.invalid by b{i}.invalid; Thu, 01 Jan 2026 10:00:0{i} +0000\r\n" for i in range(5)) +
            "From: {sender}\r\nTo: {to}\r\nDate: Thu, 01 Jan 2026 10:00:00 +0000\r\nMessage-ID: <{id}@{own}>\r\nSubject: x\r\n\r\nx\r\n"),
    postfix("login-service-dead", ("G03", "L07"), ask="live", sasl_dead=True, why="smtpd dies of it before it greets: a connection that closes, over and over"),
    postfix("healthy", "", ask="live"), postfix("healthy-send", ""), postfix("healthy-login", "", port="587", dovecot=True, login="good"),
    postfix("healthy-dovecot", "", port="465", kind="dovecot", ask="live"),
    exim("relay-denied", ("S05", "A07"), to=["{user}"], why="a login would help, too"),
    exim("user-unknown", "S08", to=["no-{to}"]),
    exim("wrong-password", ("A01", "A02"), port="587", login="wrong", why="the name or the secret"),
    exim("no-login", ("A07", "S05"), port="587", why="that a login would help is seen from its offer"),
    exim("login-over-clear", "A08", port="587", tls="none", login="good"),
    exim("greylist", "L01", {"rcpt": "  defer message = Greylisted, please try again in five minutes"}),
    exim("listed", "P05", {"rcpt": "  deny message = Your address is listed in the block list bl.{odd_domain}, see http://bl.{odd_domain}/lookup"}),
    exim("helo", ("G10", "G11"), {"helo": "  deny message = HELO name is not a fully qualified domain name"}, ehlo="desk{n}", why="a name that leads nowhere"),
    exim("connect", ("G01", "P29", "P38"), {"connect": "  drop message = This host takes no mail from you"}, why="it gives no reason"),
    exim("busy", ("G02", "L07", "L03"), {"connect": "  defer message = Too busy now, come again"}, why="a greeting of 4xx"),
    exim("sender-name", "A14", {"mail": "  deny authenticated = *\n       message = Sender address must match your login"}, port="587", login="good"),
    exim("virus", "B17", {"data": "  deny message = This message contains malware (Eicar-Test-Signature)"}),
    exim("spam", "B18", {"data": "  deny message = This message scored 14.2 spam points, limit 6"}),
    exim("size", "B05", extra="message_size_limit = 10K\n", size=40000),
    exim("expired", "T08", cert={"begin": -100, "end": -1}, tls="starttls"),
    exim("no-tls", "G05", extra="no-tls", tls="starttls", ask="live"),
    exim("mute-port", ("C05", "G03"), port="465", scheme="smtp", tls="starttls", timeout=2, why="a silent port, until TLS is tried"),
    exim("healthy", "", ask="live"), exim("healthy-send", ""), exim("healthy-login", "", port="587", login="good"), exim("healthy-smtps", "", port="465", login="good", ask="live"),
]
