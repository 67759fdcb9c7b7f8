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
