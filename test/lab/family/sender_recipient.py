# SPDX-License-Identifier: MIT
"""Sender, recipient, relay."""
from family.parts import KEYWORDS, live, said, smtp

SCENES = [
    said("sender/syntax", "S01", "mail", [
        "501 5.1.7 Bad sender address syntax", "553 5.1.7 The address given in MAIL FROM is not a valid RFC-5321 address",
        "501 5.5.4 Invalid sender address", "553 5.5.4 <{sender}>... Domain name required for sender address {sender}"]),
    said("sender/domain-unknown", ("S02", "D19"), "mail", [
        "550 5.1.8 <{sender}>: Sender domain {own} does not exist", "553 5.1.8 <{sender}>... Domain of sender address {sender} does not exist",
        "451 4.1.8 Domain of sender address {sender} does not resolve"], why="the domain has no records, and they say so",
        without=["{own} A", "{own} MX", "{me} A"], quick=True),
    said("sender/no-mx", ("D19", "S02"), "rcpt", [
        "550 5.7.27 Sender domain {own} has no MX or A record, or a null MX",
        "550 Sender verify failed: all relevant MX records for {own} point to non-existent hosts"],
        why="as above, the other way round", without=["{own} A", "{own} MX"], ground="net"),
    said("sender/callout", "S03", "rcpt", [
        "550-Callback setup failed while verifying <{sender}>\n550 Sender verify failed".replace("550-", "550 ", 1).replace("\n550 ", "\n"),
        "450 4.1.7 <{sender}>: Sender address rejected: unverified address: host said: 550 User unknown",
        "550 5.1.0 Address verification of {sender} failed: your MX does not accept it"]),
    said("sender/null", "S04", "mail", ["550 5.1.7 Null sender <> refused", "553 5.5.4 Bounces are not accepted here: empty envelope sender"],
         sender="<>", when={"sender": "^$"}),
    said("rcpt/relay", ("S05", "A07"), "rcpt", [
        "550 5.7.1 Unable to relay for {rcpt}", "550 relay not permitted", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "554 5.7.1 <{rcpt}>: Relay access denied",
        "551 5.7.1 we do not relay"], why="a login would help, too", quick=True),
    said("rcpt/mx-does-not-know", ("S07", "S05"), "rcpt", [
        "550 5.7.1 Unable to relay", "554 5.7.1 <{rcpt}>: Relay access denied", "550 5.1.2 {domain}: we are no mail exchanger for this domain"],
        mx=True, why="a published MX that relays for nobody: S07 is the cause, S05 its words", ground="net"),
    said("rcpt/old-mx", ("S06", "S05", "S08"), "rcpt", ["550 5.1.1 <{rcpt}>: no such user here", "550 Unknown user"],
         mx_records=False, records=["{domain} MX 5 mx-new.{domain}", "mx-new.{domain} A {spare}"], ground="net",
         why="the server is no MX of the domain; only its words say unknown"),
    said("rcpt/unknown", "S08", "rcpt", [
        "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos",
        "550 No such recipient here", "553 5.3.0 <{rcpt}>... No such user here", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {rcpt} not found by SMTP address lookup",
        "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)", "550 unknown user <{rcpt}>", "550 5.1.1 unknown or illegal alias: {rcpt}"],
        quick=True),
    said("rcpt/disabled", "S10", "rcpt", [
        "550 5.2.1 The email account that you tried to reach is disabled. Learn more at https://support.google.com/mail/?p=DisabledUser",
        "554 delivery error: dd This user doesn't have a yahoo.com account, or it has been deactivated", "550 5.2.1 Mailbox for {rcpt} is inactive",
        "550 account {rcpt} has been suspended"]),
    said("rcpt/moved", "S10", "rcpt", ["551 5.1.6 User has moved to {to2}; please update your records", "550 5.1.6 Recipient no longer on server: {rcpt}"]),
    said("rcpt/full", "S11", "rcpt", [
        "552 5.2.2 Over quota", "452 4.2.2 Mailbox full", "550 5.2.2 STOREDRV.Deliver; mailbox full. The process failed to deliver to {rcpt}",
        "452-4.2.2 The email account that you tried to reach is over quota.\n452 4.2.2 Please direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp".replace("452-", "452 ", 1).replace("\n452 4.2.2", "\n"),
        "554 5.2.2 <{rcpt}>: Quota exceeded (mailbox for user is full)"], quick=True),
    said("rcpt/rate", "S13", "rcpt", [
        "450 4.2.1 <{rcpt}>: mailbox is receiving mail too quickly, try later", "421 4.3.2 STOREDRV; recipient thread limit exceeded; mailbox {rcpt} is receiving too many messages"]),
    said("rcpt/too-many", ("S14", "S18"), "rcpt", ["452 4.5.3 Too many recipients", "550 5.5.3 Too many recipients in this message", "452 Too many recipients received this hour"],
         when={"rcpts_over": 2}, to=["{to}", "{to2}", "{to3}", "x.{to}"], why="some were accepted, the rest were too many"),
    said("rcpt/partial", ("S18", "S08"), "rcpt", ["550 5.1.1 Mailbox does not exist"], when={"rcpt": "^{to2}$"}, to=["{to}", "{to2}", "{to3}"],
         why="the unknown one is why it is partial"),
    {"id": "rcpt/utf8", "cause": "S15", "ask": "send", "tls": "opportunistic", "to": ["мария@{domain}"],
     "servers": {"mx": {"25": smtp()}}},
    said("rcpt/utf8-refused", "S15", "rcpt", ["553 5.6.7 Internationalized mailbox addresses are not supported", "550 5.6.7 SMTPUTF8 is required, but was not offered to the next host"],
         profile={"keywords": KEYWORDS + ["SMTPUTF8"]}, to=["bärbel@{domain}"]),
    said("rcpt/plus", "S16", "rcpt", ["501 5.1.3 Bad recipient address syntax", "553 5.1.3 Invalid character in the local part: {rcpt}",
                                      "501 Malformed address: illegal characters in local part"], to=["\"a b\"@{domain}"]),
    said("rcpt/group", "S17", "rcpt", ["550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
                                       "550 5.2.0 {rcpt}: you are not allowed to send to this distribution list"]),
    live(said("rcpt/unknown2", "S08", "rcpt", ["550 5.1.1 Recipient unknown: {rcpt}", "550 5.7.1 No such user {rcpt}"], )),
    live(said("rcpt/relay2", ("S05", "A07"), "rcpt", ["554 5.7.1 Relaying denied. Proper authentication required."], why="as above")),
    {"id": "rcpt/catch-all", "cause": "", "ask": "live", "servers": {"mx": {"25": smtp()}}, "tls": "opportunistic"},
    said("sender-recipient/not-my-login", "A14", "mail", ["550 Sender address must be the mailbox you logged in with", "553 5.7.1 Sender must match your login",
                                                          "550 5.7.1 The sender must match the authenticated account"], on="587"),
    said("sender-recipient/served-or-known", ("S05", "S08"), "rcpt", ["550 Invalid recipient: <{rcpt}>"], profile={"banner": "220 {host} ESMTP OpenSMTPD"}, why="it says so of both"),
]
