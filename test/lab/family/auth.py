# SPDX-License-Identifier: MIT
"""Logins."""
from family.parts import LOGIN, plain, said, smtp, smtps, submit


def login(id, cause, texts, at="login", **more):
    return said("auth/" + id, cause, at, texts, on="587", **more)


SCENES = [
    {"id": "auth/wrong-password", "cause": "A01", "ask": "send", "login": "wrong", "quick": True,
     "texts": ["535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6", "535 5.7.8 Username and Password not accepted. For more information, go to https://support.google.com/mail/?p=BadCredentials",
               "535 5.7.3 Authentication unsuccessful", "535 Incorrect authentication data", "535 5.7.1 authentication failed", "535 #5.7.0 Authentication failed"],
     "servers": {"mx": {"587": submit(auth={"fail": "{refusal}"})}}},
    {"id": "auth/wrong-password-smtps", "cause": "A01", "ask": "send", "login": "wrong", "texts": ["535 authentication failed (#5.7.1)", "535 Authentication rejected"],
     "servers": {"mx": {"465": smtps(auth={"fail": "{refusal}"})}}},
    {"id": "auth/wrong-password-live", "cause": "A01", "ask": "live", "depth": 4, "login": "wrong", "texts": ["535 5.7.8 Bad username or password"],
     "servers": {"mx": {"587": submit(auth={"fail": "{refusal}"})}}},
    {"id": "auth/user-form", "cause": "A02", "ask": "send", "login": "plain-user", "texts": [
        "535 5.7.8 Use your full e-mail address as username", "535 5.7.0 Login with the complete mail address, not the mailbox name"],
     "servers": {"mx": {"587": submit(auth={"fail": "{refusal}"})}}},
    login("app-password", "A03", ["534 5.7.9 Application-specific password required. Learn more at https://support.google.com/mail/?p=InvalidSecondFactor {id} - gsmtp",
                                  "534-5.7.9 Application-specific password required".replace("534-", "534 ")]),
    login("web-login", "A04", ["534 5.7.14 <https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=AKgnsb> Please log in via your web browser and then try again. Learn more at https://support.google.com/mail/answer/78754 {id} - gsmtp"]),
    login("smtp-auth-off", "A05", ["535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information. [AM0PR{n}CA0001.eurprd04.prod.outlook.com]",
                                   "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. [FR3P281CA{n}.DEUP281.PROD.OUTLOOK.COM]"]),
    login("conditional-access", "A06", ["535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully. Contact your administrator.",
                                        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [LO4P123CA0001]"]),
    login("locked", "A12", ["454 4.7.0 Too many failed login attempts, come back later", "421 4.7.0 Too many login attempts, please try again later. {id} - gsmtp",
                            "535 5.7.0 Account temporarily locked after too many failed attempts"]),
    login("temporary", "A17", ["454 4.7.0 Temporary authentication failure: generic failure", "454 4.3.0 Authentication service unavailable, LDAP connection failed",
                               "435 4.7.8 Temporary authentication error"]),
    login("transition", ("A17", "A09"), ["432 4.7.12 A password transition is needed"], why="RFC 4954: a mechanism needs a transition first"),
    login("mechanism", "A09", ["504 5.5.4 Unrecognized authentication type", "504 5.7.4 Authentication mechanism not supported", "504 5.7.4 Unrecognized Authentication Type [ZRAP278CA{n}]"], at="auth"),
    {"id": "auth/no-common-mechanism", "cause": "A09", "ask": "send", "login": "good", "servers": {"mx": {"587": submit(
        keywords=[w if not w.startswith("AUTH") else "AUTH GSSAPI NTLM" for w in LOGIN])}}},
    {"id": "auth/not-offered", "cause": "A10", "ask": "send", "login": "good", "port": "25", "tls": "starttls",
     "servers": {"mx": {"25": smtp(), "587": submit()}}},
    {"id": "auth/not-offered-live", "cause": "A10", "ask": "live", "depth": 4, "login": "good", "port": "25", "tls": "starttls",
     "servers": {"mx": {"25": smtp(), "587": submit()}}},
    {"id": "auth/only-inside-tls", "cause": "A08", "ask": "send", "login": "good", "tls": "none", "servers": {"mx": {"587": submit(
        keywords=[w for w in LOGIN if not w.startswith("AUTH")], keywords_tls=[w for w in LOGIN if w != "STARTTLS"])}}},
    said("auth/starttls-first", ("A08", "T23"), "mail", ["530 5.7.0 Must issue a STARTTLS command first. {id} - gsmtp", "451 5.7.3 STARTTLS is required to send mail",
                                                "530 5.7.1 Please use STARTTLS before sending"], tls="none", when={"tls": False},
         why="it wants TLS before anything; no login was tried"),
    said("auth/required", "A07", "mail", ["530 5.7.1 Authentication required", "550 5.7.1 Authentication required. Please log in first", "530 5.5.1 Authentication Required. Learn more at https://support.google.com/mail/?p=WantAuthError {id} - gsmtp",
                                          "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM", "503 5.5.1 You must authenticate first"], quick=True,
         on="587", login=None),
    {"id": "auth/secret-blank-end", "cause": "C09", "ask": "send", "login": "{secret} ", "texts": ["535 5.7.8 Authentication failed"], "servers": {"mx": {"587": submit(auth={"fail": "{refusal}"})}}},
    {"id": "auth/secret-quotes", "cause": "C09", "ask": "send", "login": "\"{secret}\"", "texts": ["535 5.7.8 Invalid credentials"], "servers": {"mx": {"587": submit(auth={"fail": "{refusal}"})}}},
    {"id": "auth/secret-non-ascii", "cause": "C09", "ask": "send", "login": "пароль{secret}", "texts": ["535 5.7.8 Invalid login or password"], "servers": {"mx": {"587": submit(auth={"fail": "{refusal}"})}}},
    {"id": "auth/cram-hashed", "cause": ("A15", "A01"), "ask": "send", "login": "good", "more": ["--auth", "CRAM-MD5"], "why": "one refusal of one mechanism: the secret may be wrong as well",
     "servers": {"mx": {"587": submit(keywords=[w if not w.startswith("AUTH") else "AUTH PLAIN LOGIN CRAM-MD5" for w in LOGIN],
                                      auth={"mechs": ["PLAIN", "LOGIN", "CRAM-MD5"], "hashed": True})}}},
    login("send-as", "A14", ["550 5.7.60 SMTP; Client does not have permissions to send as this sender", "553 5.7.1 <{sender}>: Sender address rejected: not owned by user {user}",
                             "554 5.2.252 SendAsDenied; {user} not allowed to send as {sender}; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied"], at="mail"),
    login("unverified-sender", "A20", ["554 Message rejected: Email address is not verified. The following identities failed the check in region US-EAST-1: {sender}",
                                       "550 5.7.1 The from address does not match a verified Sender Identity", "553 5.7.1 Domain {own} is not allowed to send: please verify it in your account"], at="mail"),
    said("auth/ip-relay", "A19", "rcpt", ["550 5.7.64 TenantAttribution; Relay Access Denied [AMS0EPF000001.eop-EUR02.prod.protection.outlook.com]",
                                          "550 5.7.1 Relaying denied. IP address {ip} is not registered for this relay"]),
    {"id": "auth/line-limit", "cause": "A18", "ask": "send", "login": "{secret}{secret}{secret}{secret}{secret}{secret}{secret}{secret}", "more": ["--auth", "PLAIN"],
     "texts": ["500 5.5.6 Line too long", "500 5.5.2 Command line too long", "501 5.5.6 Authentication exchange line too long"],
     "servers": {"mx": {"587": submit(rules=[{"at": "auth", "arg": ".{90}", "say": "{refusal}"}])}}},
    {"id": "auth/clear-only-server", "cause": ("G05", "A08"), "ask": "send", "login": "good", "servers": {"mx": {"587": plain(
        keywords=["SIZE 10240000", "AUTH LOGIN PLAIN"], auth={})}}, "why": "no TLS is offered, and a login was to go over TLS"},
    login("account-closed", "A20", ["525 5.7.13 User account disabled by the administrator", "535 Your mailbox was suspended because of an unpaid invoice",
                                    "535 5.7.0 This account is not active", "535 Account expired"]),
    login("sending-off", "A05", ["535 5.7.8 SMTP access is turned off for this mailbox. Enable it in the settings", "535 SMTP service is not enabled for your account",
                                 "550 5.7.0 Please activate SMTP in your settings first"]),
    login("no-such-login", ("A01", "A02"), ["535 5.7.1 no such user here", "535 Unknown user"], why="the name or its form"),
    login("not-from-here", ("A19", "A12", "A06"), ["535 5.7.1 Logins from your network are not permitted by policy", "535 Login from this country refused"], why="a rule about where from"),
]
