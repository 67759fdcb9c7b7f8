# SPDX-License-Identifier: MIT
"""The message: size, form, content, the way of the bytes."""
from family.parts import KEYWORDS, said, smtp

EML = "From: {sender}\r\nTo: {to}\r\nSubject: test\r\nDate: Thu, 01 Jan 2026 10:00:00 +0000\r\nMessage-ID: <{n}.{id}@{own}>\r\n"
# What is signed is not encoded anew for a server without 8BITMIME.
SIGNED = ("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={own}; s=k; h=from:to; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NM"
          "pJWZG3hSuFU=; b=AAAA\r\n")
SCENES = [
    {"id": "data/too-big-size", "cause": "B05", "ask": "send", "tls": "opportunistic", "size": 90000, "quick": True,
     "servers": {"mx": {"25": smtp(keywords=[w if "SIZE" not in w else "SIZE 65536" for w in KEYWORDS])}}},
    said("data/too-big-end", "B05", "final", ["552 5.3.4 Message too big for system", "552 5.2.3 Message size exceeds the limit of 10240 KB", "550 5.2.3 Message too large",
                                              "523 the message's size exceeds the maximum"], size=60000),
    said("data/attachment", "B16", "final", ["552 5.7.0 This message was blocked because its content presents a potential security issue. Please visit https://support.google.com/mail/?p=BlockedMessage",
                                             "554 5.7.1 Attachment type .exe not allowed", "550 5.7.1 File attachments of type application/x-msdownload are forbidden by policy",
                                             "554 5.7.1 Banned file name in attachment: invoice.js"], size=3000),
    said("data/virus", "B17", "final", ["550 5.7.1 Virus found: Win.Test.EICAR_HDB-1", "554 5.7.1 INFECTED: Trojan.Generic detected, message discarded",
                                        "550 This message contains malware (Doc.Dropper.Agent)"]),
    said("data/spam", "B18", "final", ["550 5.7.1 This message scored 14.2 spam points", "554 5.7.1 Message rejected as spam by Content Filtering",
                                       "550 5.7.0 Message refused: high probability of spam", "571 Message content rejected, spam"], quick=True),
    said("data/url", "B19", "final", ["554 5.7.1 Message contains a URL listed by multi.surbl.org", "550 5.7.1 Rejected: link to a domain on the Spamhaus DBL in the body"]),
    said("data/header-missing", "B11", "final", ["550 5.7.1 Message does not contain a valid From: header", "554 5.6.0 Message has no Date header", "550 5.7.1 This message has multiple From headers; RFC 5322 requires one"]),
    said("data/header-size", "B13", "final", ["552 5.3.4 Header size exceeds maximum permitted", "552 5.3.4 Message header too large: limit is 64 KB"]),
    said("data/hops", "N01", "final", ["554 5.4.6 Too many hops", "554 5.4.14 Hop count exceeded - possible mail loop ATTR34", "550 5.4.6 Routing loop detected: this message passed us before"]),
    said("data/bare-lf", "B08", "final", ["550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal; message contains bare linefeeds", "521 5.5.2 bare <LF> received", "451 See http://pobox.com/~djb/docs/smtplf.html",
                                          "550 5.5.2 Bare CR or LF in message body is not accepted"]),
    said("data/long-line", "B07", "final", ["500 5.5.2 Line too long", "554 5.6.0 Lines in message body longer than 998 characters", "550 5.6.0 message has lines too long for transport"]),
    said("data/8bit", "B09", "final", ["554 5.6.1 Body type not supported by remote host: 8-bit data without 8BITMIME", "550 5.6.3 Non-ASCII characters in a 7-bit message"],
         profile={"keywords": [w for w in KEYWORDS if w != "8BITMIME"]}),
    {"id": "data/8bit-not-offered", "cause": "B09", "ask": "send", "tls": "opportunistic", "message": SIGNED + EML + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n",
     "servers": {"mx": {"25": smtp(keywords=[w for w in KEYWORDS if w != "8BITMIME"])}}},
    said("data/mime", "B10", "final", ["554 5.6.0 Invalid MIME content: no closing boundary", "550 5.6.0 Message contains NUL characters", "554 5.6.0 Malformed MIME structure"]),
    said("data/date", "B12", "final", ["550 5.7.1 Date header is more than 24 hours in the future", "554 5.6.0 The Date of the message is too far in the past"]),
    said("data/no-rcpt", "B20", "data", ["554 5.5.1 Error: no valid recipients", "503 5.5.2 Need Rcpt command", "554 No valid recipients"]),
    said("data/temp", "L07", "data", ["451 4.3.0 Cannot open queue file, try later", "452 4.3.1 Insufficient storage"]),
    {"id": "data/stall", "cause": ("B01", "R09"), "ask": "send", "tls": "opportunistic", "size": 9000000, "servers": {"mx": {"25": smtp(body={"stall": 20000}, rcvbuf=8192)}},
     "ground": "loop", "why": "it stopped reading"},
    {"id": "data/close", "cause": ("B03", "M08"), "ask": "send", "tls": "opportunistic", "size": 500000, "servers": {"mx": {"25": smtp(body={"close": 90000})}}, "why": "who cut it is not seen from one attempt"},
    {"id": "data/reset", "cause": ("B03", "M08"), "ask": "send", "tls": "opportunistic", "size": 500000, "servers": {"mx": {"25": smtp(body={"reset": 60000})}}, "why": "as above"},
    {"id": "data/no-answer", "cause": "B02", "ask": "send", "tls": "opportunistic", "quick": True, "servers": {"mx": {"25": smtp(rules=[{"at": "final", "do": "hang"}])}}},
    {"id": "data/slow-answer", "cause": "", "ask": "send", "tls": "opportunistic", "timeout": 5, "servers": {"mx": {"25": smtp(rules=[{"at": "final", "after": 1.5}])}}},
    {"id": "data/end-closed", "cause": ("B03", "B02"), "ask": "send", "tls": "opportunistic", "why": "it hung up where the answer was due", "servers": {"mx": {"25": smtp(rules=[{"at": "final", "do": "close"}])}}},
    {"id": "data/pipelining-lost", "cause": "B15", "ask": "send", "tls": "none", "servers": {"mx": {"25": smtp(once=True)}}},
    {"id": "data/answers-250", "cause": ("G15", "G14"), "ask": "send", "tls": "opportunistic", "why": "250 where 354 belongs: out of step or no SMTP", "servers": {"mx": {"25": smtp(rules=[{"at": "data", "say": "250 2.0.0 ok"}])}}},
]
