# SPDX-License-Identifier: MIT
"""Who the sender is, told by the DNS: replies that say little, or call it by other names, and records that decide."""
import base64
import functools
import hashlib
import subprocess

from family.parts import said

TEXT = "Hello,\r\n\r\nthe figures of this week are in the folder.\r\n"


@functools.lru_cache(maxsize=None)
def key():
    """(PEM of an Ed25519 key, p= of its record)"""
    pem = subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"], capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=pem, capture_output=True, check=True).stdout
    return pem.decode(), base64.b64encode(der[-32:]).decode()


def body_hash(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def letter(signature=""):
    return signature + "From: {sender}\r\nTo: {to}\r\nSubject: Figures\r\nMessage-ID: <7.{n}@{own}>\r\n\r\n" + TEXT


def signature(bh, more=""):
    return ("DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d={own}; s=s1;\r\n " + more +
            "h=From:Subject; bh=" + bh + ";\r\n b=" + "A" * 86 + "==\r\n")


NET = {"ground": "net"}
SIGNED = {"secrets": {"dkim.key": key()[0]},
          "send_more": ["--dkim-key", "{dir}/dkim.key", "--dkim-domain", "{own}", "--dkim-selector", "s1"]}
ZONE = "bl.{odd_domain}"

SCENES = [
    said("identity/spf-in-other-words", "P10", "rcpt", [
        "550 5.7.1 {ip} may not send mail for {own}",
        "550 sender policy framework does not list this server",
        "554 5.7.1 Your server {ip} is not a permitted sender of {own}",
        "451 4.7.23 SPF result is not pass for {sender}, retry or fix"],
        records=["{own} TXT \"v=spf1 ip4:{spare} -all\""], quick=True, **NET),
    said("identity/spf-softfail", "P10", "mail", [
        "550 5.7.23 SPF validation failed", "550 5.7.1 SPF: not authorized"], records=["{own} TXT \"v=spf1 mx:{domain} ~all\""], **NET),
    said("identity/spf-none", "P10", "rcpt", [
        "550 5.7.23 SPF check did not pass", "550 5.7.1 No SPF pass for {sender}"], **NET),
    said("identity/spf-broken-called-fail", "P11", "rcpt", [
        "550 5.7.23 SPF check failed for {own}", "550 5.7.1 {ip} is not allowed by SPF of {own}"],
        records=["{own} TXT \"v=spf1 ipv4:{ip} -all\""], **NET),
    said("identity/spf-twice-called-fail", "P11", "mail", [
        "550 5.7.23 SPF validation failed", "554 5.7.1 Rejected by SPF"],
        records=["{own} TXT \"v=spf1 ip4:{ip} -all\"", "{own} TXT \"v=spf1 mx ~all\""], **NET),
    said("identity/spf-too-long", "P11", "mail", ["550 5.7.23 SPF validation failed", "554 5.7.1 SPF did not pass"],
         records=["{own} TXT \"v=spf1 " + " ".join("include:s%d.{own}" % i for i in range(12)) + " -all\""] +
         ["s%d.{own} TXT \"v=spf1 ip4:{spare} -all\"" % i for i in range(12)], quick=True, **NET),
    said("identity/spf-silent", ("P12", "L08"), "rcpt", ["451 4.7.24 SPF could not be evaluated for {own}"],
         faults=[{"name": "{own}", "type": "TXT", "do": "servfail"}], why="it is the DNS", **NET),
    said("identity/unsigned", "P14", "final", [
        "550 5.7.20 No passing DKIM signature found", "550 5.7.20 DKIM did not pass", "554 5.7.1 DKIM: none"],
        records=["{own} TXT \"v=spf1 ip4:{ip} -all\""], **NET),
    said("identity/key-gone", "P17", "final", [
        "550 5.7.20 DKIM signature did not verify", "550 5.7.20 No passing DKIM signature found"], quick=True, **NET, **SIGNED),
    said("identity/key-revoked", "P17", "final", ["550 5.7.20 DKIM verification failed", "554 5.7.20 DKIM-Signature not acceptable"],
         records=["s1._domainkey.{own} TXT \"v=DKIM1; k=ed25519; p=\""], **NET, **SIGNED),
    said("identity/body-changed", "P15", "final", ["550 5.7.20 DKIM verification failed", "550 5.7.20 DKIM did not pass"],
         message=letter(signature(body_hash("Something else\r\n"))),
         records=["s1._domainkey.{own} TXT \"v=DKIM1; k=ed25519; p=" + key()[1] + "\""], **NET),
    said("identity/signature-ended", "P18", "final", ["550 5.7.20 DKIM verification failed", "550 5.7.20 DKIM did not pass"],
         message=letter(signature(body_hash(TEXT), "t=1600000000; x=1600600000; ")),
         records=["s1._domainkey.{own} TXT \"v=DKIM1; k=ed25519; p=" + key()[1] + "\""], **NET),
    said("identity/not-aligned", "P19", "final", [
        "550 5.7.1 Email rejected per DMARC policy for {own}", "550 5.7.26 Unauthenticated email from {own} is not accepted due to DMARC policy"],
        records=["{odd_domain} TXT \"v=spf1 ip4:{ip} -all\"", "_dmarc.{own} TXT \"v=DMARC1; p=reject\""],
        send_more=["--envelope-from", "bounces@{odd_domain}"], quick=True, **NET),
    said("identity/dmarc-not-named", ("P20", "P10"), "final", [
        "554 5.7.1 Message from {ip} refused by local policy", "550 5.7.1 [{ip}] Message rejected due to policy"],
        records=["{own} TXT \"v=spf1 ip4:{spare} -all\"", "_dmarc.{own} TXT \"v=DMARC1; p=reject\""],
        why="what fails is SPF, what asks to refuse is DMARC", **NET),
    said("identity/list-confirms", "P05", "rcpt", [
        "554 5.7.1 Service unavailable; Client host [{ip}] blocked using " + ZONE, "550 {ip} found in " + ZONE],
        records=["2.0.0.127." + ZONE + " A 127.0.0.2", "{reversed_ip}." + ZONE + " A 127.0.0.2"], **NET),
    said("identity/list-of-lines", "P06", "rcpt", ["554 5.7.1 Client host [{ip}] blocked using zen.spamhaus.org"],
         records=["2.0.0.127.zen.spamhaus.org A 127.0.0.2", "{reversed_ip}.zen.spamhaus.org A 127.0.0.10"], **NET),
    said("identity/list-of-everybody", "P08", "rcpt", ["554 5.7.1 Service unavailable; Client host [{ip}] blocked using " + ZONE],
         records=["*." + ZONE + " A 127.0.0.2"], **NET),
    said("identity/domain-listed", "P09", "mail", [
        "550 5.7.1 Sender domain is in " + ZONE, "554 5.7.1 <{sender}>: Sender address rejected: blocked using " + ZONE],
        records=["test." + ZONE + " A 127.0.0.2", "{own}." + ZONE + " A 127.0.0.2"], **NET),
]
