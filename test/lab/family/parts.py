# SPDX-License-Identifier: MIT
"""What the tables of scenarios are made of."""

KEYWORDS = ["PIPELINING", "SIZE 36700160", "8BITMIME", "STARTTLS", "ENHANCEDSTATUSCODES", "DSN"]
LOGIN = ["PIPELINING", "SIZE 36700160", "8BITMIME", "STARTTLS", "AUTH PLAIN LOGIN", "ENHANCEDSTATUSCODES"]


def smtp(**p):
    """A server that is all right but for what is said."""
    return {"starttls": {}, "keywords": KEYWORDS, **p}


def submit(**p):
    """The same with a login, for port 587."""
    return {"starttls": {}, "keywords": LOGIN, "auth": {}, **p}


def smtps(**p):
    return {"tls": "implicit", "starttls": {}, "keywords": [w for w in LOGIN if w != "STARTTLS"], "auth": {}, **p}


def plain(**p):
    """No TLS at all."""
    return {"keywords": [w for w in KEYWORDS if w != "STARTTLS"], **p}


def raw(first="", then="hang", **p):
    return {"speaks": "raw", "then": then, **({"first": first} if first else {}), **p}


WEB = raw("", "hang")


def said(id, cause, at, texts, **more):
    """A server that answers the command `at` with one of the texts."""
    rule = {"at": at, "say": "{refusal}", **more.pop("when", {})}
    port = more.pop("on", "25")
    maker = submit if port == "587" else smtp
    profile = maker(**{"rules": [rule], **more.pop("profile", {})})
    out = {"id": id, "cause": cause, "ask": "send", "texts": texts, "servers": {"mx": {port: profile}}, **more}
    if port == "25":
        out.setdefault("tls", "opportunistic")
    if port == "587":
        out.setdefault("login", "good")
    return out


def live(scene, **more):
    """The same, asked without a send before it."""
    rules = [r["at"] for ports in scene["servers"].values() for p in ports.values() if isinstance(p, dict) for r in p.get("rules", [])]
    if {"mail", "rcpt"} & set(rules):
        more = {"envelope": True, **more}
    return {**scene, "id": scene["id"] + "/live", "ask": "live", **more}


def case(id, cause, servers=None, ask="send", **more):
    """A scenario with what its first port asks for: 25 opportunistic TLS, 587 and 465 a good login."""
    servers = servers if servers is not None else {"mx": {"25": smtp()}}
    out = {"id": id, "cause": cause, "ask": ask, "servers": servers, **more}
    first = next((p for p in servers.get("mx", {"25": 0}) if p.isdigit()), "25")
    if more.get("mx"):
        out["ground"] = "net"
    if first in ("587", "465"):
        out.setdefault("login", "good")
    else:
        out.setdefault("tls", "opportunistic")
    if cause and not isinstance(cause, str):
        out.setdefault("why", "seen from outside these rows are one")
    return out


def twice(id, cause, servers=None, **more):
    """Sent and then diagnosed, and asked live."""
    yield case(id, cause, servers, "send", **more)
    yield case(id + "/live", cause, servers, "live", **more)


def answer(id, cause, at, texts, port="25", **more):
    """One of these replies to the command `at`."""
    profile = {"25": smtp, "587": submit, "465": smtps}[port](rules=[{"at": at, "say": "{refusal}", **more.pop("when", {})}])
    return case(id, cause, {"mx": {port: profile}}, texts=texts, **more)
