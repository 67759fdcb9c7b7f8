# SPDX-License-Identifier: MIT
"""Boxes on the way."""
from family.parts import KEYWORDS, LOGIN, raw, smtp, smtps, submit

ALL = {"25": smtp(), "587": submit(), "465": smtps()}
STRIP = {"strip": ["^STARTTLS"]}


def box(id, cause, boxes, **more):
    return {"id": "middlebox/" + id, "cause": cause, "ask": "live", "ground": "net", "port": "25", "tls": "starttls", "servers": {"mx": dict(ALL)}, "boxes": boxes, **more}


SCENES = [
    box("strip", ("M01", "M03"), [{"at": "r1", "port": [25], **STRIP}], why="the box that removes it answers in the server's place, too", quick=True),
    box("strip-send", ("M01", "M03"), [{"at": "r1", "port": [25], **STRIP}], ask="send", why="as above"),
    box("strip-far", ("M01", "M03"), [{"at": "r2", "port": [25], **STRIP}], why="as above"),
    box("strip-masked", ("M01", "M02", "M03"), [{"at": "r1", "port": [25], "mask": {"STARTTLS": "XXXXXXXA"}}], why="Cisco's way of removing it"),
    box("strip-refused", ("M01", "M02", "M03"), [{"at": "r2", "port": [25], "mask": {"STARTTLS": "XXXXXXXX"}, "refuse": {"^STARTTLS": "500 5.5.1 Command unrecognized: \"XXXXXXXX\""}}], why="as above"),
    {"id": "middlebox/masked-at-server", "cause": ("M01",), "ask": "live", "tls": "starttls", "servers": {"mx": {"25": smtp(keywords=["SIZE 1000000", "250XXXXA", "XXXXXXXA"], claims=True)}}},
    box("banner", "M02", [{"at": "r1", "port": [25], "banner": "220 ***************************************2***00*0***0*0*", "mask": {"STARTTLS": "XXXXXXXA"}, "refuse": {"^EHLO": "500 5.5.1 Command unrecognized: \"XXXX\""}}]),
    {"id": "middlebox/banner-at-server", "cause": "M02", "ask": "live", "tls": "opportunistic", "servers": {"mx": {"25": {"keywords": [], "banner": "220 ****0*2**********02*00 *******200****", "rules": [
        {"at": "ehlo", "say": "500 5.5.1 Command unrecognized"}]}}}},
    box("redirect", "M03", [{"at": "r1", "port": [25], "to": ["{other_ip}", 25]}], servers={"mx": dict(ALL), "other": {"25": smtp(), "cert": {"names": ["srv9.{odd_domain}"]}, "name": "srv9.{odd_domain}"}}, quick=True),
    box("redirect-plain", ("M03",), [{"at": "r1", "port": [25], "to": ["{other_ip}", 25]}], tls="opportunistic", ask="send", texts=["550 5.7.1 Relaying denied, use your own provider", "550 Access denied: authenticate first"],
        servers={"mx": dict(ALL), "other": {"25": {"keywords": ["SIZE 9999999"], "rules": [{"at": "rcpt", "say": "{refusal}"}]}, "name": "relay.{odd_domain}"}}),
    box("interception", "M04", [{"at": "r1", "port": [25], "intercept": "mx"}]),
    box("interception-465", "M04", [{"at": "r1", "port": [465], "intercept": "mx"}], port="465", tls=None),
    box("interception-587", ("M04", "M03"), [{"at": "r1", "port": [587], "intercept": "mx"}], port="587", ask="send", why="it answers in the server's place, with a certificate of its own"),
    {"id": "middlebox/interception-local", "cause": "M04", "ask": "send", "tls": "starttls", "servers": {"mx": {"25": smtp(), "cert": {"by": "proxy", "begin": -0.02, "end": 300}}}},
    box("tarpit", "M07", [], servers={"mx": {"25": smtp(banner_delay=3.2)}}, ask="send", timeout=2, patience=8, tls="opportunistic"),
    box("cut-at-byte", ("M08", "B03", "M03"), [{"at": "r1", "port": [25], "reset_after": 30000}], ask="send", size=60000, tls="none", why="where it is cut the box knows; one attempt tells the byte"),
    box("cut-on-content", ("M08", "B03", "M03"), [{"at": "r1", "port": [25], "reset_on": "figures below"}], ask="send", tls="none", text="Dear all,\nplease find the figures below.\n" * 3, why="as above"),
    box("hello-limit", ("M09", "T03", "M03"), [{"at": "r1", "port": [25], "hello_limit": 240}], why="a reset for a large hello; the box is nearer, too"),
    box("hello-silent", ("M09", "T19", "T03", "M03"), [{"at": "r1", "port": [25], "hello_limit": 240, "silently": True}], why="as above, with silence", timeout=2),
    box("keywords", ("M10", "M03", "A10"), [{"at": "r1", "port": [587], "strip": ["^AUTH", "^SIZE", "^PIPELINING", "^STARTTLS"]}], port="587", login="good", tls="none", ask="send", why="AUTH is among what is removed"),
    box("portal", ("M12", "D14", "C06"), [], tls="opportunistic", why="every name leads to the login page", servers={"mx": {"25": smtp()}, "portal": {"80": {"speaks": "raw", "first": "HTTP/1.1 302 Found\r\nLocation: http://login.{odd_domain}/\r\nContent-Length: 0\r\n\r\n", "then": "close"},
        "25": {"speaks": "raw", "first": "HTTP/1.1 302 Found\r\nLocation: http://login.{odd_domain}/\r\n\r\n", "then": "close"}}}, faults=[{"do": "answer:{portal_ip}"}], others={"faults": [{"do": "answer:{portal_ip}"}]}),
    box("filter", ("M13", "B18", "P29", "B17"), [{"at": "r1", "port": [25], "refuse": {"^MAIL": "554 5.7.1 Message blocked by FortiMail outbound AntiSpam policy"}}], ask="send", tls="none", why="a brand's filter; whose it is only its words tell"),
]
