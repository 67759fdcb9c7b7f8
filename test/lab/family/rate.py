# SPDX-License-Identifier: MIT
"""Rate, greylisting, temporary refusals."""
from family.parts import live, said, submit, smtp

SCENES = [
    said("rate/greylist", "L01", "rcpt", [
        "451 4.7.1 Greylisting in action, please try again in 3 minutes", "450 4.2.0 <{rcpt}>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/{domain}.html",
        "451 Temporarily greylisted, please try again later", "450 4.7.1 You are greylisted for 300 seconds",
        "451 4.3.0 Message held before permitting delivery: first contact, try again"], quick=True),
    said("rate/connections", ("L03", "G02"), "connect", [
        "421 4.7.0 Too many concurrent SMTP connections; please try again later", "421 {host} too many connections from your host ({ip})",
        "421 Too many concurrent connections from {ip}; closing"], why="it says so in a greeting of 421", quick=True),
    said("rate/busy-greeting", "G02", "connect", ["421 {host} Service not available, closing transmission channel", "421 4.3.2 Service temporarily unavailable, please come back",
                                                  "421 4.4.5 Server busy, try again later"]),
    said("rate/messages", ("L04", "L09"), "mail", ["450 4.7.1 Rate limit exceeded for {ip}", "421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address",
                                          "451 4.7.1 Too many messages from your host, slow down please", "421 RP-001 Unfortunately, some messages from {ip} weren't sent: sending rate exceeded"], why="as for reputation"),
    said("rate/quota", "L05", "mail", ["550 5.4.5 Daily sending quota exceeded", "554 5.2.0 OutboundQuotaExceeded: you have reached the sending limit for today",
                                       "552 5.2.2 You have exceeded your hourly sending quota of 300 messages", "550 5.7.0 Mail sending quota of {user} exhausted"], on="587"),
    said("rate/tenant", "L06", "mail", ["550 5.1.8 Access denied, bad outbound sender AS(4281{n})", "550 5.7.708 Access denied, traffic not accepted from this IP",
                                        "554 5.7.1 Your account has been blocked for sending spam; contact support", "550 5.7.703 Your message can't be delivered because your tenant is restricted"], on="587"),
    said("rate/overload", "L07", "mail", ["452 4.3.1 Insufficient system resources (UsedVersionBuckets)", "421 4.3.1 System resources strained, try later",
                                          "452 4.3.1 Out of memory", "451 4.3.0 Server load too high, try again later"]),
    said("rate/receiver-dns", "L08", "rcpt", ["451 4.4.3 Temporary DNS failure while checking {own}", "451 4.1.8 DNS lookup of {own} timed out",
                                              "450 4.4.0 Could not resolve sender domain: temporary lookup failure"]),
    said("rate/reputation", ("L09", "L04"), "mail", ["421 4.7.0 [{ip}] Our system has detected that this message is suspicious due to the nature of the content and/or the links; low reputation, deferred",
                                            "451 4.7.500 Server busy. Please try again later from [{ip}]. (S77719)", "421 4.7.1 Mail from {ip} deferred due to poor sender reputation",
                                            "450 4.7.1 Deferred: the reputation of your network is low, try later"],
         why="receivers slow down whom they trust little, and do not say which it is"),
    {"id": "rate/teergrube", "cause": "", "ask": "send", "tls": "opportunistic", "timeout": 5, "servers": {"mx": {"25": smtp(delay=0.5)}}},
    said("rate/final-busy", "L07", "final", ["451 4.3.0 Temporary queue error", "452 4.3.1 disk full, message not stored", "451 Requested action aborted: local error in processing"]),
    said("rate/again-soon", ("L01", "L10"), "rcpt", ["451 4.7.1 Please wait 300 seconds before trying again (greylisting)"], before=3,
         why="greylisting; the attempts came within a second"),
    {"id": "rate/pool-limit", "cause": ("L03", "G02"), "ask": "send", "before": 2, "tls": "opportunistic",
     "why": "it turns connections away since there were more", "texts": ["421 4.7.0 {ip} too many sessions", "421 4.7.1 Connection rate limit exceeded"],
     "servers": {"mx": {"25": smtp(rules=[{"at": "connect", "over": 2, "say": "{refusal}"}])}}},
    {"id": "rate/submission-busy", "cause": ("L07", "A17"), "ask": "send", "login": "good", "why": "the login service is busy",
     "texts": ["454 4.7.0 Temporary authentication failure, backend overloaded"],
     "servers": {"mx": {"587": submit(rules=[{"at": "auth", "say": "{refusal}"}])}}},
    *[x for s in [
        {"id": "rate/mute-at-rcpt", "cause": ("L07", "B15", "C11"), "ask": "send", "tls": "opportunistic", "timeout": 2, "why": "no word, no end", "servers": {"mx": {"25": smtp(rules=[{"at": "rcpt", "do": "hang"}])}}},
        {"id": "rate/cut-at-rcpt", "cause": ("L07", "G02"), "ask": "send", "tls": "opportunistic", "why": "no word", "servers": {"mx": {"25": smtp(rules=[{"at": "rcpt", "do": "close"}])}}},
        {"id": "rate/cut-at-mail", "cause": ("L07", "G02"), "ask": "send", "tls": "opportunistic", "why": "no word", "servers": {"mx": {"25": smtp(rules=[{"at": "mail", "do": "reset"}])}}},
        said("rate/lookup-unnamed", ("L07", "L08"), "rcpt", ["451 4.3.0 <{rcpt}>: Temporary lookup failure", "451 Temporary lookup failure"], why="of a table or of DNS: it does not say"),
    ] for x in (s, live(s))],
    {"id": "rate/mute-at-data", "cause": ("L07", "C11", "B15"), "ask": "send", "tls": "opportunistic", "timeout": 2, "why": "the one command that no trial repeats",
     "servers": {"mx": {"25": smtp(rules=[{"at": "data", "do": "hang"}])}}},
    said("rate/sessions", "L03", "mail", ["421 4.7.0 only 2 simultaneous sessions allowed per host", "451 4.7.0 No more than 3 connections allowed per client"]),
]
