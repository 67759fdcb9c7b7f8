# SPDX-License-Identifier: MIT
"""Failures as users meet them: providers' own words, other languages, odd ports, two faults at once, boxes on the way."""
from family.parts import KEYWORDS, LOGIN, live, plain, raw, said, smtp, smtps, submit

PLAIN = {"tls": "opportunistic"}


def st(id, cause, at, texts, **more):
    return said("street/" + id, cause, at, texts, **more)


def login(id, cause, texts, at="login", **more):
    return st(id, cause, at, texts, on="587", **more)


def other(id, cause, first, ask="live", then="hang", **more):
    """Something that is no mail server."""
    return {"id": "street/speaks-" + id, "cause": cause, "ask": ask, **PLAIN, "servers": {"mx": {"odd": raw(first, then)}}, "port": "odd", **more}


def well(id, ask="live", **more):
    more.setdefault("servers", {"mx": {"25": smtp()}})
    return {"id": "street/well-" + id, "cause": "", "ask": ask, **PLAIN, **more}


def raw_reply(id, cause, at, data, **more):
    return {"id": "street/" + id, "cause": cause, "ask": "send", **PLAIN, "servers": {"mx": {"25": smtp(rules=[{"at": at, "raw": data}])}}, **more}


WORDS = [
    # ---- the recipient, in other languages
    st("unknown-de", "S08", "rcpt", ["550 5.1.1 Empfänger unbekannt", "550 Benutzer {rcpt} nicht gefunden", "550 5.1.1 Das Postfach existiert nicht"]),
    st("unknown-ru", "S08", "rcpt", ["550 5.1.1 Пользователь {rcpt} не найден", "550 Нет такого почтового ящика", "550 5.1.1 Получатель не существует"]),
    st("unknown-fr", "S08", "rcpt", ["550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_418 [418]", "550 5.1.1 Utilisateur inconnu : {rcpt}"]),
    st("unknown-es", "S08", "rcpt", ["550 5.1.1 El buzón no existe", "550 Usuario desconocido: {rcpt}"]),
    st("unknown-pt-it", "S08", "rcpt", ["550 5.1.1 Usuário desconhecido", "550 Destinatario inesistente: {rcpt}", "550 5.1.1 Casella non esistente"]),
    st("unknown-asia", "S08", "rcpt", ["550 5.1.1 指定されたメールアドレスは存在しません", "550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728",
                                       "550 User not found: {rcpt}"]),
    raw_reply("unknown-latin1", "S08", "rcpt", "550 5.1.1 Empf\xe4nger unbekannt\r\n"),
    st("unknown-providers", "S08", "rcpt", [
        "550 Message was not accepted -- invalid mailbox. Local mailbox {rcpt} is unavailable: user not found", "550 5.4.1 Recipient address rejected: Access denied. [DB5EUR01FT{n}.eop-EUR01.prod.protection.outlook.com]",
        "550 5.7.1 No such user!", "550 5.1.1 <{rcpt}>: Email address could not be found, or was misspelled (G8)", "554 5.1.1 Mailbox does not exist, check the spelling"]),
    st("unknown-cpanel", "S08", "rcpt", ["550 The mail server could not deliver mail to {rcpt}. The account or domain may not exist, they may be blacklisted, or missing the proper dns entries.",
                                         "550 No Such User Here\""]),
    live(st("unknown-live", "S08", "rcpt", ["550 5.1.1 Adressat unbekannt", "550 5.1.1 skrzynka nie istnieje", "550 requested action not taken: mailbox unavailable, no such person"])),
    st("full-words", "S11", "rcpt", ["552 5.2.2 Das Postfach des Empfängers ist voll", "552 5.2.2 Buzón lleno", "452 4.2.2 Boîte aux lettres pleine", "552 5.2.2 Почтовый ящик переполнен",
                                     "552 5.2.2 This message is larger than the current system limit or the recipient's mailbox is full"]),
    st("full-providers", "S11", "rcpt", ["452 4.2.2 The recipient's inbox is out of storage space. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp {id} - gsmtp",
                                         "552 Requested mail action aborted: exceeded storage allocation", "552 5.2.2 <{rcpt}>: user is overquota"]),
    st("disabled-providers", "S10", "rcpt", ["550 5.2.1 <{rcpt}>: Recipient address rejected: this mailbox is inactive and has been disabled", "554 30 Sorry, your message to {rcpt} cannot be delivered. This mailbox is disabled (554.30).",
                                             "550 Mailbox is frozen. See http://mail.163.com"]),
    # ---- relay and login
    st("relay-cpanel", ("A07", "S05"), "rcpt", ["550 Please turn on SMTP Authentication in your mail client.\nhost ({helo}) [{ip}]:51{n}2 is not permitted to relay through this server without authentication."], why="a login opens it", on="587", login=None),
    st("relay-words", ("S05", "A07"), "rcpt", [
        "554 Relay rejected for policy reasons.", "550 Delivery is not allowed to this address.", "513 Relaying denied.", "550 5.1.2 Relay not allowed.",
        "550 5.7.1 {rcpt}... Relaying denied. IP name lookup failed [{ip}]", "553 sorry, that domain isn't in my list of allowed rcpthosts; no valid cert for gatewaying (#5.7.1)",
        "550 I cannot deliver mail for {rcpt}"], why="a login would help, too"),
    st("relay-auth-words", ("A07", "S05"), "rcpt", [
        "503 This mail server requires authentication when attempting to send to a non-local e-mail address. Please check your mail client settings or contact your administrator to verify that the domain or address is defined for this server.",
        "530 SMTP authentication is required.", "550 5.7.1 Relaying to <{rcpt}> denied (authentication required)", "554 5.7.1 <{rcpt}> we do not relay without RFC2554 authentication"],
       why="a login opens it", on="587", login=None),
    st("exchange-anonymous", "A07", "mail", ["530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM [AS8P250CA00{n}.EURP250.PROD.OUTLOOK.COM]",
                                             "530 5.7.57 Client not authenticated to send mail. Error: 535 5.7.139"], on="587", login=None),
    st("not-own-address", "A14", "mail", ["554 5.2.252 SendAsDenied; {user} not allowed to send as {sender}", "553 5.7.1 <{sender}>: Sender address rejected: not owned by user {user}",
                                          "550 Requested action not taken: mailbox unavailable\nSender address is not allowed.", "553 Relaying disallowed as {sender}"], on="587"),
    login("bad-de-ru", "A01", ["535 5.7.8 Anmeldung fehlgeschlagen: Benutzername oder Passwort falsch", "535 5.7.8 Неверный логин или пароль", "535 Authentification incorrecte",
                               "535 5.7.8 Usuario o contraseña incorrectos"]),
    login("bad-words", "A01", ["535 Authentication Credentials Invalid", "535 5.7.0 Incorrect username or password", "535 5.7.8 Bad credentials", "535 invalid login or password", "535 Error: authentication failed"]),
    login("app-password-words", "A03", ["535 Login Fail. Please enter your authorization code to login. More information in http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=28&&no=1001256",
                                        "535 5.7.0 NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external / Application password is REQUIRED",
                                        "535 5.7.8 Please log in with an app password, your normal password does not work here"]),
    login("access-off", ("A05", "A06"), ["535 5.7.8 Error: authentication failed: This user does not have access rights to this service", "550 User has no permission", "535 SMTP access is disabled for this mailbox, enable it in the settings",
                                         "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact your administrator. [VI1P{n}CA.EURPRD.PROD.OUTLOOK.COM]"],
          why="who switched it off, the provider's words tell in part"),
    login("attempts", "A12", ["535 5.7.0 (#AUTH005) Too many bad auth attempts.", "421 4.7.0 Too many errors on this connection: authentication", "454 4.7.0 Zu viele fehlgeschlagene Anmeldungen, bitte später"]),
    login("services", "A20", ["554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: {sender}", "502 5.7.0 Your SMTP account is not yet activated. Contact us at contact@sendinblue.com",
                              "421 Domain {own} is not allowed to send: Free accounts are for test purposes only. Please upgrade or add the address to authorized recipients",
                              "550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved."], at="mail"),
    login("only-oauth", "A09", [""], profile={"keywords": [w if not w.startswith("AUTH") else "AUTH XOAUTH2 OAUTHBEARER" for w in LOGIN], "auth": {"mechs": []}}, when={"tls": "never"}),
    login("ip-list", "A19", ["525 5.7.1 Unauthorized IP address {ip}: add it to the list of authorized addresses of your account", "550 5.7.64 TenantAttribution; Relay Access Denied [{id}.prod.protection.outlook.com]"], at="mail"),
    login("daily", "L05", ["550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to https://support.google.com/a/answer/166852 {id} - gsmtp", "454 Throttling failure: Daily message quota exceeded.",
                           "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients", "452 4.5.3 Your account has reached its daily sending quota"], at="rcpt"),
    login("outbound-block", "L06", ["550 5.4.6 Unusual sending activity detected. Please try after sometime", "550 5.1.8 Access denied, bad outbound sender AS(42004)", "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP. For more information please go to http://go.microsoft.com/fwlink/?LinkId=526653 AS({n}01)"], at="final"),
    # ---- block lists, reputation, policy
    st("banned-connect", ("P05", "P29"), "connect", [
        "554 {host} ESMTP server not available; {ip} found on one or more DNSBLs, see http://postmaster.comcast.net/smtp-error-codes.php#BL000001",
        "553 5.3.0 flph8{n} DNSBL:ATTRBL 521< {ip} >_is_blocked.__For_information_see_http://att.net/blocks", "550 {host} {host} IP blacklisted by CSI. For remediation please use: http://csi.cloudmark.com/reset-request/?ip={ip}"],
       why="a list of one's own, by a brand"),
    st("dnsbl-words", "P05", "rcpt", ["550 5.7.1 Mail from {ip} refused - see http://www.spamcop.net/bl.shtml?{ip}", "554 5.7.1 Service unavailable; Client host [{ip}] blocked using b.barracudacentral.org; http://www.barracudanetworks.com/reputation/?pr=1&ip={ip}",
                                      "550 5.7.1 Ihre IP-Adresse {ip} steht auf der Blacklist ix.dnsbl.manitu.net", "550 \"JunkMail rejected - ({helo}) [{ip}] is in an RBL: https://www.spamhaus.org/sbl/query/SBL{n}1\""]),
    st("tonline", ("P29", "P38", "G01", "P05"), "connect", ["554 IP={ip} - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.) (BL)"], why="its words name no reason but that it blocks"),
    st("no-ptr-words", ("P01", "P02"), "connect", ["554 IP={ip} - Bad DNS PTR resource record.", "421 4.2.0 {host} Reverse DNS failure: Try again later", "450 4.7.1 Client host rejected: cannot find your hostname, [{ip}]",
                                                  "550 5.7.1 Client host rejected: cannot find your reverse hostname, [{ip}]"], no_ptr=True, ground="net", why="whether it is missing or does not lead back they do not say"),
    st("dynamic", ("P03", "P06"), "connect", ["554 IP={ip} - Dialup/transient IP not allowed. (Use a mailgateway) (GE)", "550 5.7.1 Mail from dynamic IP addresses is refused, use your provider's relay",
                                             "554 5.7.1 Client host [{ip}] looks like a residential connection"], why="the kind of address, by name or by list"),
    st("spf-words", "P10", "rcpt", ["550 MI:SPF mx{n}, please see http://mail.163.com/help/help_spam_16.htm?ip={ip}&hostid=mx{n}", "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
                                    "550 SPF: {ip} darf nicht für {own} senden", "550-5.7.1 rejected: SPF Hard Fail".replace("550-", "550 ")], records=["{own} TXT \"v=spf1 ip4:{spare} -all\""]),
    st("dmarc-words", ("P20", "P19", "P27"), "final", ["550 5.7.1 Your email was rejected due to the domain's DMARC policy. See https://support.apple.com/en-us/HT204137", "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes",
                                                "550 5.7.26 Unauthenticated email from {own} is not accepted due to domain's DMARC policy. Please contact the administrator of {own} domain if this was a legitimate mail. {id} - gsmtp"],
       why="not aligned is how DMARC fails; Yahoo says it by a code of its own", records=["_dmarc.{own} TXT \"v=DMARC1; p=reject\""]),
    st("unauthenticated", ("P20", "P10", "P14", "P21"), "final", ["550 5.7.26 Your email has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. Authentication results: DKIM = did not pass SPF [{own}] with ip: [{ip}] = did not pass. {id} - gsmtp"],
       why="neither SPF nor DKIM: both are the cause"),
    st("spam-words", "B18", "final", ["550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c={id}", "554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc {id}",
                                      "554 DT:SPM 163 smtp{n}, please see http://mail.163.com/help/help_spam_16.htm", "550 5.7.1 Refused by local policy. Sending of SPAM is not permitted! (B-EX 2)", "550 5.7.1 Сообщение похоже на спам", "550 Spam-Verdacht: Nachricht abgelehnt"]),
    st("microsoft-busy", ("L04", "L09"), "rcpt", ["451 4.7.500 Server busy. Please try again later from [{ip}]. (AS777{n}) [DB8EUR05FT0{n}.eop-eur05.prod.protection.outlook.com]", "451 4.7.650 The mail server [{ip}] has been temporarily rate limited due to IP reputation."],
       why="rate for the sake of reputation"),
    st("own-list", ("P38", "P29", "P09", "S20"), "mail", ["553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)", "550 5.7.1 <{sender}>: Sender address rejected: blocked by the recipient's administrator"], why="a list of their own on which the sender stands"),
    # ---- for now
    st("greylist-words", "L01", "rcpt", ["450 4.7.1 <{rcpt}>: Recipient address rejected: Bitte versuchen Sie es später noch einmal (Greylisting aktiv)", "451 4.7.1 Please try again in 300 seconds (greylisting by milter-greylist-4.6)",
                                         "450 4.2.0 <{rcpt}>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/{own}.html", "451 DEFER: you are not known yet, retry in 5 minutes. [greylist]", "450 4.3.2 Серый список: повторите попытку через 10 минут"]),
    st("rate-words", ("L04", "L05"), "rcpt", ["550 Ip frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000725", "454 Throttling failure: Maximum sending rate exceeded.", "421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited. - gsmtp",
                                              "450 4.7.1 Error: too much mail from {ip}", "452 4.3.2 Zu viele Nachrichten in kurzer Zeit"], why="how many in which time, they do not always say"),
    st("sessions", "L03", "connect", ["421 Service not available, too many connections OFR_104 [104]", "452 {host} too many sessions from {ip}", "421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel"]),
    st("busy", ("L07", "G02"), "mail", ["452 4.3.1 Insufficient system resources (UsedDiskSpace[C:\\Program Files\\Microsoft\\Exchange Server\\V15\\TransportRoles\\data\\Queue])", "451 4.3.5 Server configuration problem", "421 4.3.2 System not accepting network messages",
                                        "451 4.3.0 Temporärer Fehler, bitte später erneut versuchen"], why="its own trouble"),
    st("lookup", ("L08", "L07"), "rcpt", ["451 4.3.0 <{rcpt}>: Temporary lookup failure", "451 4.4.0 DNS query failed", "450 4.1.1 <{rcpt}>: Recipient address rejected: unverified address: connect to backend[10.0.0.{n}]:24: Connection timed out"], why="what failed to be looked up is theirs"),
    # ---- the message
    st("size-words", "B05", "final", ["552 5.3.4 Your message exceeded Google's message size limits. Please visit https://support.google.com/mail/?p=MaxSizeError to view our size guidelines. {id} - gsmtp", "552 Nachricht zu groß", "554 5.3.4 Сообщение слишком большое",
                                      "552 5.2.3 Message size exceeds limit of 20 MB"], size=40000),
    st("lines", "B07", "final", ["550 maximum allowed line length is 998 octets, got 1523", "554 5.6.0 Your message has lines longer than RFC 5322 allows"]),
    st("corrupt", "B10", "final", ["554 5.6.0 Corrupt message content", "554 5.6.0 Mail message is malformed. Not accepted.", "550 5.6.0 M2MCVT.StorageError; message could not be converted"]),
    st("attachment-words", "B16", "final", ["550 5.7.1 Der Anhang setup.exe ist nicht erlaubt", "554 5.7.1 The file type .js inside the archive is not permitted", "552 5.7.0 Our system detected an illegal attachment on your message."], size=2000),
]

OTHERS = [
    other("vnc", "C06", "RFB 003.008\n"), other("rsync", "C06", "@RSYNCD: 31.0\n"), other("sieve", "C06", "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n\"SIEVE\" \"fileinto reject envelope\"\r\nOK \"Dovecot ready.\"\r\n"),
    other("telnet", "C06", "\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27"), other("asterisk", "C06", "Asterisk Call Manager/5.0.2\r\n", ask="send"), other("ftp-lines", "C06", "220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\r\n220-You are user number 3 of 50 allowed.\r\n220 You will be disconnected after 15 minutes of inactivity.\r\n"),
    other("ftp-ms", "C06", "220 Microsoft FTP Service\r\n", ask="send"), other("squid", "C06", "", then="echo", servers={"mx": {"odd": {"speaks": "raw", "first": "", "then": "echo", "echo": "HTTP/1.1 400 Bad Request\r\nServer: squid/5.7\r\nMime-Version: 1.0\r\n\r\n"}}}),
    other("xmpp", "C06", "", servers={"mx": {"odd": {"speaks": "raw", "first": "", "then": "echo", "echo": "<?xml version='1.0'?><stream:stream id='' from='im' xmlns='jabber:client'><stream:error><invalid-xml/></stream:error></stream:stream>"}}}),
    other("imaps", ("C07", "C06"), "", why="IMAP inside TLS", scheme="smtps", tls=None, servers={"mx": {"odd": {"tls": "implicit", "starttls": {}, "banner": "* OK IMAP4rev1 Service Ready"}}}),
    other("pops", ("C07", "C06"), "", why="POP inside TLS", ask="send", scheme="smtps", tls=None, servers={"mx": {"odd": {"tls": "implicit", "starttls": {}, "rules": [{"at": "connect", "raw": "+OK Dovecot ready.\r\n", "go": False}]}}}),
    {"id": "street/starttls-on-odd-tls-port", "cause": "C05", "ask": "live", "scheme": "smtp", "port": "odd", "tls": "starttls", "servers": {"mx": {"odd": smtps()}}},
    {"id": "street/tls-on-odd-plain-port", "cause": "C05", "ask": "send", "scheme": "smtps", "port": "odd", "servers": {"mx": {"odd": submit()}}},
    {"id": "street/closed-odd-port", "cause": ("C02", "C03"), "ask": "live", "port": "10587", "ground": "net", "servers": {"mx": {"587": submit(), "465": smtps()}}, "why": "the service is elsewhere on the machine"},
    {"id": "street/silent-odd-port", "cause": ("C02", "R05"), "ask": "live", "port": "2525", "ground": "net", "servers": {"mx": {"587": submit(), "465": smtps(), "443": raw()}}, "path": ["s: iptables -A INPUT -p tcp --dport 2525 -j DROP"], "why": "a port that is not offered"},
]

TLS = [
    {"id": "street/tls-wrong-ca-file", "cause": ("T13", "T12", "T11"), "ask": "send", "tls": "starttls", "ca": "{private}", "servers": {"mx": {"25": smtp()}}, "why": "the store that was named does not hold its root"},
    {"id": "street/tls-refused-security", "cause": "T18", "ask": "send", "tls": "starttls", "texts": ["554 5.7.3 Unable to initialize security subsystem", "454 TLS currently not available", "403 4.7.0 TLS not available due to temporary reason", "500 5.5.1 STARTTLS failed: no certificate configured"],
     "servers": {"mx": {"25": smtp(rules=[{"at": "starttls", "say": "{refusal}"}])}}},
    {"id": "street/tls-offered-not-known", "cause": ("T18", "M01", "G05"), "ask": "live", "tls": "starttls", "why": "offered and then unknown", "servers": {"mx": {"25": smtp(rules=[{"at": "starttls", "say": "502 5.5.1 Command not implemented"}])}}},
    {"id": "street/tls-old-and-expired", "cause": ("T02", "T08"), "ask": "live", "tls": "starttls", "why": "an old appliance has both faults; the handshake comes first", "servers": {"mx": {"25": smtp(starttls={"max": "1.1"}), "cert": {"begin": -700, "end": -300}}}},
    {"id": "street/tls-expired-and-name", "cause": ("T08", "T06"), "ask": "send", "tls": "starttls", "why": "both are wrong with it", "servers": {"mx": {"25": smtp(), "cert": {"begin": -90, "end": -5, "names": ["plesk.{odd_domain}"]}}}},
    {"id": "street/tls-expired-at-login", "cause": "T08", "ask": "send", "login": "wrong", "servers": {"mx": {"587": submit(), "cert": {"begin": -90, "end": -1.5}}}},
    {"id": "street/tls-appliance", "cause": "T10", "ask": "send", "servers": {"mx": {"465": smtps(), "cert": {"kind": "self-signed", "names": ["192.168.1.1"], "cn": "FortiGate"}}}},
    {"id": "street/tls-shared-hosting", "cause": "T06", "ask": "live", "servers": {"mx": {"465": smtps(), "cert": {"names": ["*.{odd_domain}", "{odd_domain}"]}}}},
    {"id": "street/tls-slow-and-self-signed", "cause": "T10", "ask": "live", "tls": "starttls", "timeout": 5, "servers": {"mx": {"25": smtp(banner_delay=1.5, delay=0.3), "cert": {"kind": "self-signed"}}}},
    {"id": "street/tls-alert-unrecognized", "cause": ("T15", "T18"), "ask": "send", "servers": {"mx": {"465": smtps(starttls={"sni_alert": 112})}}, "why": "alert 112 is about the name"},
    {"id": "street/tls-handshake-failure", "cause": ("T04", "T18", "C12"), "ask": "live", "servers": {"mx": {"465": smtps(starttls={"hello": "alert:40"})}}, "why": "alert 40 names no reason"},
]

WAY = [
    {"id": "street/dns-stale-hosts", "cause": ("D15",), "ask": "live", "ground": "net", "host": "{mx}", "tls": "starttls", "hosts": ["{spare} {mx}"], "servers": {"mx": {"25": smtp()}}},
    {"id": "street/dns-typo-tld", "cause": ("C01", "D01"), "ask": "send", "ground": "net", "mx": True, "to": ["anna@outlook.con"], "servers": {"mx": {"25": smtp()}}, "why": "the name does not exist"},
    {"id": "street/dns-smtp-prefix", "cause": ("C01", "D01", "D02"), "ask": "live", "ground": "net", "host": "smtp.{domain}", "port": "587", "servers": {"mx": {"587": submit(), "name": "mail.{domain}"}}, "why": "no such server name"},
    {"id": "street/dns-mx-points-nowhere", "cause": "D05", "ask": "live", "ground": "net", "mx": True, "mx_records": False, "records": ["{domain} MX 10 mail1.{domain}", "{domain} MX 20 mail2.{domain}", "{domain} A {spare}"], "servers": {"mx": {"25": smtp(), "unlisted": True}}},
    {"id": "street/dns-slow-then-closed", "cause": "C03", "ask": "live", "ground": "net", "port": "25", **PLAIN, "timeout": 4, "faults": [{"do": "delay:400"}], "servers": {"mx": {"443": raw(), "80": raw()}}},
    {"id": "street/first-mx-dead-second-refuses", "cause": ("S08", "R14", "R15"), "ask": "send", "ground": "net", "mx": ["first", "mx"], "texts": ["550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown in virtual mailbox table"], "why": "the answer that counts is the second's",
     "servers": {"first": {"443": raw()}, "mx": {"25": smtp(rules=[{"at": "rcpt", "say": "{refusal}"}])}}},
    {"id": "street/blocked-and-broken-v6", "cause": "R02", "ask": "live", "ground": "net", "port": "25", **PLAIN, "servers": {"mx": {"25": smtp(), "587": submit(), "465": smtps(), "443": raw(), "ip6": 1}},
     "path": ["r1: iptables -A FORWARD -p tcp --dport 25 -j DROP", "r1: ip6tables -A FORWARD -j DROP"]},
    {"id": "street/hotel-wifi", "cause": "M03", "ask": "live", "ground": "net", "port": "587", "boxes": [{"at": "r1", "port": [25, 587], "to": ["{other_ip}", 25]}], "tls": "starttls",
     "servers": {"mx": {"587": submit(), "465": smtps()}, "other": {"25": plain(), "name": "gw.{odd_domain}"}}},
    {"id": "street/strip-and-login", "cause": ("M01", "M03", "M10"), "ask": "send", "ground": "net", "login": "good", "boxes": [{"at": "r1", "port": [587], "strip": ["^STARTTLS"]}], "why": "the box answers in the server's place, too", "servers": {"mx": {"587": submit(), "465": smtps()}}},
    {"id": "street/465-blocked-near", "cause": ("R02", "R04", "R03"), "ask": "live", "ground": "net", "port": "465", "path": ["r1: iptables -A FORWARD -p tcp --dport 465 -j DROP"], "servers": {"mx": {"465": smtps(), "587": submit(), "443": raw()}}, "why": "a filter near us that lets other ports pass"},
    {"id": "street/conntrack-cut", "cause": ("M08", "R09", "B01", "R12", "B03"), "ask": "send", "ground": "net", "size": 300000, "tls": "none", "timeout": 3, "limit": 60, "path": ["r1: iptables -A FORWARD -p tcp -m connbytes --connbytes 20000: --connbytes-dir original --connbytes-mode bytes -j DROP"],
     "servers": {"mx": {"25": smtp()}}, "why": "a box that loses the connection in the middle: all that is seen is that it stands still"},
    {"id": "street/v6-refused-for-name", "cause": ("P04", "P01", "P02"), "ask": "send", "ground": "net", **PLAIN, "more": ["--family", "6"], "texts": ["550 5.7.25 [{ip6}] The IP address sending this message does not have a PTR record setup. https://support.google.com/mail/answer/81126 - gsmtp"],
     "servers": {"mx": {"25": smtp(rules=[{"at": "mail", "arg": ":", "say": "{refusal}"}]), "ip6": 1}}, "why": "that IPv4 passes is known only when it is tried"},
    {"id": "street/greylist-one-unknown-other", "cause": ("S18", "S08", "L01"), "ask": "send", **PLAIN, "to": ["{to}", "{to2}", "{to3}"], "why": "three recipients, three fates", "servers": {"mx": {"25": smtp(rules=[
        {"at": "rcpt", "rcpt": "^{to}$", "say": "451 4.7.1 Greylisted, come back in 5 minutes"}, {"at": "rcpt", "rcpt": "^{to2}$", "say": "550 5.1.1 User unknown"}])}}},
    {"id": "street/closes-at-mail", "cause": ("G02", "G15", "L07", "L03", "C11"), "ask": "send", **PLAIN, "servers": {"mx": {"25": smtp(rules=[{"at": "mail", "do": "close"}])}}, "why": "without a word nobody can tell why"},
    {"id": "street/goodbye-timeout", "cause": ("L12", "M07", "C11", "L07"), "ask": "send", **PLAIN, "texts": ["421 4.4.2 {host} Error: timeout exceeded", "421 {host}: SMTP command timeout - closing connection"], "servers": {"mx": {"25": smtp(rules=[{"at": "rcpt", "say": "{refusal}"}])}}, "why": "it says that we were slow"},
    {"id": "street/silent-after-ehlo", "cause": ("G08", "L12", "C11", "L07", "M10", "M02"), "ask": "send", **PLAIN, "servers": {"mx": {"25": smtp(rules=[{"at": "ehlo", "do": "hang"}, {"at": "helo", "do": "hang"}])}}, "why": "no answer at all"},
    {"id": "street/password-with-blank", "cause": ("C09", "A01"), "ask": "send", "login": "{secret} ", "servers": {"mx": {"587": submit()}}, "why": "the blank behind it is the hint"},
    {"id": "street/no-server-name-in-hello", "cause": "G10", "ask": "send", **PLAIN, "ehlo": "DESKTOP-{n}QX7", "texts": ["550 5.7.1 <{helo}>: Helo command rejected: Host not found", "504 <{helo}>: HELO muss ein vollqualifizierter Name sein", "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)"],
     "servers": {"mx": {"25": smtp(rules=[{"at": "rcpt", "say": "{refusal}"}])}}},
]

HEALTHY = [
    well("lower-case", servers={"mx": {"25": smtp(keywords=["pipelining", "size 10240000", "starttls", "8bitmime"])}}),
    well("old-auth", "send", login="good", tls=None, servers={"mx": {"587": submit(keywords=["AUTH=PLAIN LOGIN", "AUTH PLAIN LOGIN", "STARTTLS", "HELP"])}}),
    well("blank-lines", servers={"mx": {"25": smtp(keywords=["", "SIZE", "STARTTLS ", "XFORWARD NAME ADDR PROTO HELO", ""])}}),
    well("forwards", "send", servers={"mx": {"25": smtp(rules=[{"at": "rcpt", "say": "251 2.1.5 User not local; will forward to {rcpt}"}])}}),
    well("cannot-verify", "send", servers={"mx": {"25": smtp(rules=[{"at": "rcpt", "say": "252 2.5.2 Cannot VRFY user, but will accept message"}])}}),
    well("queued-exchange", "send", servers={"mx": {"25": smtp(rules=[{"at": "final", "say": "250 2.6.0 <{id}@{own}> [InternalId={n}{n}, Hostname=EX01.{own}] 8123 bytes in 0.11{n}, 69.2 KB/sec Queued mail for delivery"}])}}),
    well("greets-badly", "send", servers={"mx": {"25": smtp(banner="220 Unzulässige Nutzung dieses Servers ist verboten; access denied to spammers")}}),
    well("mx-cname", mx=True, ground="net", tls=None, mx_records=False, records=["{domain} MX 10 in.{domain}", "in.{domain} CNAME {mx}"]),
    well("no-mx-record", mx=True, ground="net", tls=None, mx_records=False, servers={"mx": {"25": smtp(), "name": "{domain}"}}),
    well("three-mx", mx=["a", "b", "mx"], ground="net", tls=None, servers={"a": {"443": raw()}, "b": {"25": smtp(rules=[{"at": "connect", "say": "421 4.3.2 Service shutting down"}])}, "mx": {"25": smtp()}}),
    well("slow-resolver", ground="net", timeout=5, faults=[{"do": "delay:600"}]),
    well("tcp-only-dns", ground="net", faults=[{"do": "truncate"}]),
    well("odd-clear", port="odd", tls="none", servers={"mx": {"odd": plain()}}),
    well("odd-tls", port="odd", scheme="smtps", tls=None, servers={"mx": {"odd": smtps()}}),
    well("by-address", ground="net", host="{mx_ip}", tls="starttls", servers={"mx": {"25": smtp(), "cert": {"names": ["{mx_ip}"]}}}),
    well("long-chain-name", servers={"mx": {"587": submit(), "cert": {"names": ["{mx}"] + [f"h{i}.{{odd_domain}}" for i in range(60)]}}}, tls=None),
    well("second-try", "send", before=2, servers={"mx": {"25": smtp(rules=[{"at": "rcpt", "once": True, "say": "450 4.2.0 Try again"}])}}),
    well("no-icmp", ground="net", path=["r1: iptables -A FORWARD -p icmp -j DROP; iptables -A OUTPUT -p icmp -j DROP", "r2: iptables -A OUTPUT -p icmp -j DROP"]),
    well("noisy-quit", "send", servers={"mx": {"25": smtp(rules=[{"at": "quit", "say": "502 5.5.1 unknown"}])}}),
    well("rate-words-in-ok", "send", servers={"mx": {"25": smtp(rules=[{"at": "rcpt", "say": "250 2.1.5 ok (mailbox 97 % full)"}, {"at": "final", "say": "250 2.0.0 spam=no, greylisting passed, queued"}])}}),
]
SCENES = WORDS + OTHERS + TLS + WAY + HEALTHY
