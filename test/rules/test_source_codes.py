#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every code and every example reply that widely read pages about SMTP errors list is explained by the program, in
both languages, with its cause and its remedy, and is put into the right category. What is right is written down here,
by hand. The list is read in place; without it its cases are skipped and the program's own still run."""

import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

CORPORA = os.environ.get("SENDWELL_CORPORA", os.path.join(tap.ROOT, "..", "shared", "corpora"))
LIST = os.path.join(CORPORA, "..", "knowledge", "codes-source.json")
LANGUAGES = ("en", "ru")
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)

# What the code alone says. More than one where the code is used in more than one way.
CODES = {
    "101": "network.connect", "110": "network.connect", "111": "network.connect", "10035": "network.connect",
    "211": "info.delivered", "214": "info.delivered", "220": "info.delivered", "221": "info.delivered",
    "250": "info.delivered", "251": "info.delivered", "252": "info.delivered", "354": "info.delivered",
    "420": "network.dropped", "421": "system.unavailable", "422": "recipient.full", "431": "system.full",
    "432": "system.unavailable", "441": "network.connect", "442": "network.dropped", "446": "system.loop",
    "447": "queue.expired", "449": "domain.unroutable", "450": "unknown recipient.unavailable",
    "451": "unknown system.error", "452": "system.full policy.rcpt-limit", "455": "protocol.arguments",
    "465": "content.conversion", "471": "policy.other", "500": "protocol.syntax", "501": "protocol.arguments",
    "502": "system.capability", "503": "protocol.sequence", "504": "protocol.arguments", "510": "recipient.unknown",
    "511": "recipient.unknown", "512": "domain.unknown", "513": "recipient.syntax", "521": "system.unavailable",
    "523": "message.toobig auth.needs-tls", "530": "auth.required", "541": "policy.other",
    "550": "unknown recipient.unavailable", "551": "policy.relay", "552": "recipient.full message.toobig",
    "553": "unknown recipient.syntax", "554": "unknown policy.other", "555": "protocol.arguments",
    "556": "domain.nullmx", "522": "recipient.full", "535": "auth.credentials",
}
# What the words say; several where a careful reader may take them so or so.
EXAMPLES = {
    "SMTP Error 101, Error opening connection": "network.connect",
    "SMTP Error 101, cannot open SMTP stream": "network.connect",
    "Connection refused, 111 Can't open SMTP stream": "network.connect",
    "Message not sent. Server replied: Connection refused 111 Can't open SMTP stream.": "network.connect",
    "SMTP ERROR: Failed to connect to server: Connection refused (111)": "network.connect",
    "SMTP ERROR: Failed to connect to server: Connection timed out (110)": "network.connect",
    "SMTP connect() failed. https://github.com/PHPMailer/PHPMailer/wiki/Troubleshooting": "network.connect",
    "stream_socket_client(): unable to connect to ssl://mail.xyz.com:465 (Connection refused)": "network.connect",
    "Socket is not ready for writing SocketError:  WSAEWouldBlock": "network.connect",
    "221 Goodbye": "info.delivered",
    "221 Closing connection": "info.delivered",
    "221 Bye": "info.delivered",
    "221 Thank you for your business": "info.delivered",
    "221 All messages processed successfully in this session, SMTP connection is closing": "info.delivered",
    "420 TCP Write Error": "network.dropped",
    "420 TCP Read Error": "network.dropped",
    "421 Too many concurrent SMTP connections from this IP address; please try again later": "policy.rate",
    # No reason is given: whatever says "wait" is right.
    "450 Please try again later": "unknown policy.greylist system.unavailable system.busy recipient.unavailable",
    "450 Host down (relay.clara.net)": "network.connect system.unavailable",
    "SMTP Error 450 5.2.3 Msg Size greater than allowed by Remote Host": "message.toobig",
    "SMTP error 451 Unable to complete command, DNS not available or timed out": "dns.temporary",
    "451 Domain of sender address does not resolve": "sender.address",
    "451 Error getting LDAP results in map": "system.error",
    "451 4.7.1 Greylisting in action, please come back in 00:02:00": "policy.greylist",
    "451 Temporary local problem - please try later": "system.error",
    "451 has recently sent spam. If you are not a spammer, please try later.": "policy.reputation policy.blocked",
    "452 Out of memory": "system.full system.busy system.error",
    "SMTP Error 450 4.7.1": "policy.other",
    "SMTP Permanent Error: 500 Access Denied By Port Access": "policy.other policy.blocked policy.relay",
    "SMTP Error 500 Line too long.": "protocol.syntax content.malformed",
    "Remote host said: 501 Invalid Address": "recipient.syntax",
    "SMTP error 501 5.1.3 Invalid address": "recipient.syntax",
    "SMTP error 501 5.1.3 Bad recipient address syntax": "recipient.syntax",
    "SMTP Error (state 13): 503 This mail server requires authentication when attempting to send to a non-local "
    "e-mail address. Please check your mail client settings or contact your administrator to verify that the domain "
    "or address is defined for this server": "auth.required",
    "504 Need to authenticate first": "auth.required",
    "5.1.2 - Bad destination host 'DNS Hard Error looking up domain'": "domain.unknown",
    "SMTP Error 550 5.1.2 Host unknown - host cannot be found": "domain.unknown",
    "5.1.2 The message could not be delivered because the recipient's destination email system is unknown or invalid. "
    "Please check the address and try again, or contact your system administrator to verify connectivity to the email "
    "system of the recipient.": "domain.unknown",
    "SMTP error 553 5.1.3 User address required !": "recipient.syntax",
    "521 5.2.1 : (CON:B1) ... postmaster.info.aol.com/errors/554conb1.html": "policy.reputation policy.blocked",
    "SMTP Error 450 5.2.3 Message Size greater than allowed by Remote Host": "message.toobig",
    "SMTP Error 552 5.2.3 Data size exceeds maximum permitted": "message.toobig",
    "SMTP Error 552 5.2.3 Message exceeds maximum fixed size": "message.toobig",
    "550 Invalid recipient": "recipient.unknown",
    "550 User account is unavailable": "recipient.unavailable recipient.disabled",
    "550 No such user here": "recipient.unknown",
    "552 sorry, mailbox user@somecompany.com is over quota temporarily (#5.1.1)": "recipient.full",
    "550 5.1.1 Recipient address rejected: User unknown in virtual alias table": "recipient.unknown",
    "550 5.1.1 Protocol error": "protocol.sequence protocol.syntax",
    "550 5.3.2 Service currently unavailable": "system.unavailable",
    "554 5.7.1 Service unavailable; Client host X.X.X.X blocked using zen.spamhaus.org": "policy.dnsbl",
    "550 5.7.1 : Helo command rejected: You aren't localhost": "sender.helo",
    "550 5.7.1 : Helo command rejected: You aren't localhost.localdomain.": "sender.helo",
    "550 5.7.1 : Helo command rejected: You are not me": "sender.helo",
    "554 5.7.1 : Relay access denied": "policy.relay",
    "551 5.7.1 The message was rejected due to classification as Virus,Spam or high bulk ratio":
        "content.spam content.virus",
    "530 5.7.0 Recipient address rejected: Authentication Required": "auth.required",
    "550 5.4.5 Recipient address rejected: Hourly domain sending quota exceeded": "policy.quota",
    "550 5.4.6 Recipient address rejected: Hourly sending quota exceeded": "policy.quota",
    "553 5.7.1 Sender address rejected: not owned by user user@domain.com": "sender.spoofed",
    "554 5.7.1 : Recipient address rejected: USER IS SUSPENDED": "recipient.disabled",
    "522 5.7.1 : Recipient address rejected: Requested mail action aborted: exceeded storage allocation":
        "recipient.full",
    "554 5.7.1 : Sender address rejected: Access denied": "policy.blocked sender.address",
    "450 4.1.8 : Sender address rejected: Domain not found": "sender.address",
    "450 4.7.1 Client host rejected: cannot find your reverse hostname": "sender.ptr",
    "450 4.7.1 : Recipient address rejected: Policy Rejection- Quota Exceeded":
        "recipient.rate policy.rate policy.quota",
    "450 4.7.1 Recipient address rejected: Access denied":
        "policy.other policy.blocked recipient.refused recipient.restricted recipient.unavailable",
    "451 4.3.5 Server configuration problem - try again later": "system.error",
    "451 4.7.1 Service unavailable - try again later": "system.unavailable system.error policy.greylist",
    "452 4.5.3 Error: too many recipients": "policy.rcpt-limit",
    "550 5.7.1 Service unavailable: client [###] blocked using ###": "policy.dnsbl",
    "550 5.7.1: message rejected as spam by content filtering": "content.spam",
    "550 This message was classified as SPAM and may not be delivered": "content.spam",
    "550 High probability of spam (Gmail)": "content.spam",
    "550 5.2.1 mail from refused spam site": "policy.blocked policy.dnsbl policy.reputation",
    "550 Your message was rejected because it was detected that you are sending spam (Rackspace)":
        "content.spam policy.reputation policy.blocked account.blocked",
    "550 Message contained unsafe content": "content.blocked content.virus",
    "550 5.7.1 Unable to relay": "policy.relay",
    "535 5.7.8 Invalid credentials": "auth.credentials",
}
# Entries of the list that have no number: what a user would paste.
SPOKEN = {
    "TLS": {"verify error:num=20:unable to get local issuer certificate": "tls.failure"},
    "550/554": {"554": CODES["554"], "550": CODES["550"]},
    "queue": {"delivery temporarily suspended: connect to mx.example.com: Connection timed out":
              "queue.delayed network.connect"},
    "connect": {"SMTP Error: Could not connect to SMTP host.": "network.connect"},
    "mx": {"mail for example.com loops back to myself": "domain.unroutable system.loop"},
    "greylist": {},
    # The meaning of the digits: codes that nobody has registered are read by their class.
    "1xx..5xx": {"299": "unknown info.delivered", "399": "unknown info.delivered", "497": "unknown",
                 "599": "unknown"},
}
# Written with dots on those pages; the numbers of RFC 3463 that look alike mean something else.
DOTTED = {"1.0.1": "101", "1.1.1": "111", "2.2.0": "220", "2.5.0": "250", "3.5.4": "354", "4.2.1": "421",
          "4.5.0": "450", "4.5.1": "451", "4.5.2": "452", "5.0.0": "500", "5.0.3": "503", "5.3.0": "530",
          "5.5.0": "550", "5.5.2": "552", "5.5.3": "553"}


def explain(text, language):
    result = tap.sendwell("--lang", language, "explain", "--json", "--", text)
    assert result.returncode == 0, (text, result)
    return json.loads(result.stdout)["readings"]


def text_of(thing):
    return thing if isinstance(thing, str) else thing.get("text", "")


def check_language(text, reading, language):
    """Meaning, causes and remedies are there, and in the language that was asked for."""
    assert reading["meaning"].strip(), f"{text}: no meaning in {language}"
    for name in ("causes", "remedies"):
        assert reading[name], f"{text}: no {name} in {language}"
        for each in reading[name]:
            assert text_of(each).strip(), f"{text}: empty text in {name}"
    for said in [reading["meaning"], *map(text_of, reading["causes"] + reading["remedies"])]:
        found = bool(CYRILLIC.search(said))
        assert found == (language == "ru"), f"{text}: not in {language}: {said}"


def check(text, wanted):
    shown = {language: explain(text, language) for language in LANGUAGES}
    for language, readings in shown.items():
        assert readings, f"{text}: no reading"
        check_language(text, readings[0], language)
    first = shown["en"][0]
    assert first["category"] in wanted.split(), f"{text}: {first['category']}, expected {wanted}"
    same = [[(r["kind"], r["category"], len(r["causes"]), len(r["remedies"])) for r in readings]
            for readings in shown.values()]
    assert same[0] == same[1], f"{text}: the languages differ: {same}"


def check_entry(entry):
    code, tested = entry["code"], 0
    own = not entry.get("enhanced") or "dotted" in entry["enhanced"]
    if code in SPOKEN:
        cases = dict(SPOKEN[code])
    else:
        cases = {code: CODES[code]} if own or code not in CODES else {}
    cases.update((example, EXAMPLES[example]) for example in entry["example_replies"])
    for text, wanted in cases.items():
        check(text, wanted)
        tested += 1
    assert tested, f"nothing to try for {entry}"


def check_dotted(dotted, basic):
    """Both readings are shown where there are two."""
    readings = explain(dotted, "en")
    assert any(r["kind"] == "dotted" and str(r["code"]) == basic for r in readings), (dotted, readings)
    if dotted[0] in "245":
        assert any(str(r.get("enhanced") or "") == dotted and r["kind"] == "enhanced" for r in readings), readings


def main():
    t = tap.Tap()
    for dotted, basic in DOTTED.items():
        t.run(f"{dotted} may be {basic} with dots", lambda: check_dotted(dotted, basic))
    if not os.path.exists(LIST):
        t.skip("the list of the pages", "not beside this tree (SENDWELL_CORPORA names their folder)")
        return t.done()
    with open(LIST, encoding="utf-8") as file:
        entries = json.load(file)
    for number, entry in enumerate(entries):
        name = f"entry {number}: {entry['code']} {entry['meaning_en'][:60]}"
        t.run(name, lambda: check_entry(entry))
    listed = {example for entry in entries for example in entry["example_replies"]}
    t.check("every reply of the table is in the list", set(EXAMPLES) <= listed, sorted(set(EXAMPLES) - listed))
    t.check("every code of the table is in the list", set(CODES) <= {entry["code"] for entry in entries})
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
