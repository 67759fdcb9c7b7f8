# SPDX-License-Identifier: MIT
"""Identity, reputation, policy: what large receivers really write, some variants each."""
from family.parts import live, said

AS = {"why": "the text names both"}
SCENES = [
    said("policy/no-ptr", ("P01", "P02"), "rcpt", [
        "550 5.7.1 Client host rejected: cannot find your reverse hostname, [{ip}]",
        "554 5.7.1 <unknown[{ip}]>: Client host rejected: no reverse DNS entry",
        "550-Reverse DNS lookup failed for host {ip}.\n550 Your mail server has no rDNS. Ask your provider to set it up.".replace("550-", "550 ", 1).replace("\n550 ", "\n"),
        "554 Refused. You have no reverse DNS entry. Contact your ISP",
        "550 5.7.25 [{ip}] sender IP address has no PTR record"],
        why="cannot find the reverse name: none there or not confirmed", quick=True, no_ptr=True, ground="net"),
    said("policy/no-ptr-banner", ("P01", "G01"), "connect", [
        "554 5.7.1 {ip} has no PTR record, please fix your reverse DNS",
        "554 Your access to this mail system has been rejected: the IP {ip} has no reverse DNS (PTR) record"],
        why="the greeting refuses, and says for which reason", no_ptr=True, ground="net"),
    said("policy/ptr-not-confirmed", ("P02", "P01"), "rcpt", [
        "450 4.7.1 Client host rejected: cannot find your hostname, [{ip}]",
        "550 5.7.1 Forward-confirmed reverse DNS check failed for [{ip}]",
        "554 5.7.1 The reverse DNS of {ip} does not resolve back to the same address (FCrDNS)"],
        why="Postfix says the same of a missing and of an unconfirmed name",
        ground="net", without=["{me} A"], records=["{me} A {spare}"]),
    said("policy/generic-ptr", "P03", "rcpt", [
        "550 5.7.1 Mail from dynamic/residential IP {ip} refused; use your provider's smarthost",
        "554 5.7.1 Client host rejected: generic rDNS, looks like a dial-up or dynamic address",
        "550 We do not accept mail from dynamic IP space. Relay through your ISP's mail server."], ground="net"),
    said("policy/dnsbl-barracuda", ("P05", "P29"), "rcpt", [
        "554 5.7.1 Service unavailable; Client host [{ip}] blocked using b.barracudacentral.org; http://www.barracudanetworks.com/reputation/?pr=1&ip={ip}"],
        why="a list of a filter's maker"),
    said("policy/dnsbl", "P05", "rcpt", [
        "554 5.7.1 Service unavailable; Client host [{ip}] blocked using bl.spamcop.net; Blocked - see https://www.spamcop.net/bl.shtml?{ip}",
        "550 5.7.1 Mail from {ip} refused by blackhole site dnsbl-1.uceprotect.net",
        "550-{ip} is listed in a DNS black list: psbl.surriel.com".replace("550-", "550 ", 1),
        "554 5.7.1 Your IP {ip} is on the Spamhaus XBL blocklist. See https://check.spamhaus.org/listed/?searchterm={ip}"], quick=True),
    said("policy/dnsbl-greeting", ("P05", "G01"), "connect", [
        "554-{host} ESMTP not accepting messages\n554 rejected due to listing in zen.spamhaus.org: https://www.spamhaus.org/sbl/query/SBL{n}".replace("554-", "554 ", 1).replace("\n554 ", "\n"),
        "554 5.7.1 {ip} blocked by sbl.spamhaus.org"], why="refused in the greeting because of a list"),
    said("policy/pbl", "P06", "rcpt", [
        "550 5.7.1 Client host [{ip}] blocked using zen.spamhaus.org; https://www.spamhaus.org/pbl/query/PBL{n}0{n}",
        "554 5.7.1 {ip} is listed on the Spamhaus PBL: dynamic and residential addresses must use their provider's relay"]),
    said("policy/open-resolver", "P07", "rcpt", [
        "554 5.7.1 Service unavailable; Client host [{ip}] blocked using zen.spamhaus.org; Error: open resolver; https://check.spamhaus.org/returnc/pub/{ip}",
        "550 5.7.1 {ip} blocked: zen.spamhaus.org returned 127.255.255.254 Error: open resolver"]),
    said("policy/domain-list", "P09", "rcpt", [
        "554 5.7.1 <{sender}>: Sender address rejected: {own} is listed in dbl.spamhaus.org",
        "550 5.7.1 The domain {own} of your sender address is listed by SURBL; message refused"]),
    said("policy/spf", "P10", "rcpt", [
        "550 5.7.23 SPF validation failed for {sender}: {ip} is not permitted to send",
        "550 5.7.1 <{sender}>: Recipient address rejected: Please see http://www.openspf.net/Why?s=mfrom;id={sender};ip={ip};r={host}",
        "550 SPF check failed: the domain {own} does not designate {ip} as permitted sender",
        "554 5.7.1 SPF fail for MAIL FROM domain {own}: policy says -all"], quick=True,
        records=["{own} TXT \"v=spf1 ip4:{spare} -all\""]),
    said("policy/spf-permerror", "P11", "rcpt", [
        "550 5.7.24 SPF permanent error: too many DNS lookups in the record of {own}",
        "550 5.7.1 SPF PermError for {own}: more than one v=spf1 record found",
        "550 5.5.2 SPF permerror: unknown mechanism in policy of {own}"],
        records=["{own} TXT \"v=spf1 ip4:{ip} -all\"", "{own} TXT \"v=spf1 mx ~all\""]),
    said("policy/spf-temperror", ("P12", "L08"), "rcpt", [
        "451 4.7.24 SPF temporary error while looking up {own}",
        "451 4.4.3 SPF TempError: DNS timeout for {own}"], why="the lookup that failed was the one for SPF"),
    said("policy/dkim-none", "P14", "final", [
        "550 5.7.20 Message has no DKIM signature; messages from {own} must be signed",
        "554 5.7.1 Unsigned mail is not accepted here, DKIM signature required"]),
    said("policy/dkim-bad", ("P15", "P16"), "final", [
        "550 5.7.20 DKIM verification failed: body hash did not verify",
        "554 5.7.20 Rejected: DKIM signature invalid (bodyhash mismatch)"], why="body hash and signature"),
    said("policy/dkim-key", "P17", "final", [
        "550 5.7.20 DKIM: no key for signature (selector s1._domainkey.{own})",
        "550 5.7.20 DKIM public key of {own} could not be parsed: key too short (512 bits)"]),
    said("policy/dmarc", ("P20", "P19"), "final", [
        "550 5.7.1 Email rejected per DMARC policy for {own}",
        "554 5.7.5 Permanent error: rejected due to DMARC policy of {own} (p=reject)",
        "550 5.7.509 Access denied, sending domain {own} does not pass DMARC verification and has a DMARC policy of reject."],
        why="not aligned is how DMARC fails", records=["_dmarc.{own} TXT \"v=DMARC1; p=reject\""], quick=True),
    said("policy/dmarc-missing", "P21", "final", [
        "550 5.7.31 Bulk senders must publish a DMARC record; {own} has none",
        "550 5.7.515 Access denied, sending domain {own} doesn't meet the required authentication level: no DMARC record"]),
    said("policy/freemail", ("P22", "P20"), "final", [
        "550 5.7.26 This mail has been blocked because the sender is unauthenticated. gmail.com has p=reject and this server is not Google's",
        "550 5.7.1 Message claims to come from gmail.com but was not sent by Google; DMARC policy of gmail.com"],
        why="the policy of the freemail provider refuses", sender="oleg.haas.77@gmail.com"),
    said("policy/outlook", "P25", "mail", [
        "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors.",
        "550 SC-001 (BAY004-MC1F{n}) Unfortunately, messages from {ip} weren't sent. Please contact your Internet service provider since part of their network is on our block list."]),
    said("policy/exchange-ban", "P26", "rcpt", [
        "550 5.7.511 Access denied, banned sender[{ip}]. To request removal from this list please forward this message to delist@messaging.microsoft.com.",
        "550 5.7.607 Access denied, banned sending IP [{ip}]; visit https://sender.office.com to be delisted"]),
    said("policy/yahoo", "P27", "mail", [
        "553 5.7.2 [TSS09] All messages from {ip} will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes",
        "421 4.7.0 [TSS11] All messages from {ip} will be permanently deferred"]),
    said("policy/gmail", "P28", "final", [
        "550 5.7.1 [{ip} 19] Gmail has detected that this message is likely suspicious due to the very low reputation of the sending IP address. To best protect our users from spam, the message has been blocked. - gsmtp",
        "550-5.7.1 [{ip}      12] Our system has detected that this message is\nlikely suspicious due to the very low reputation of the sending\nIP address. https://support.google.com/mail/answer/188131 - gsmtp".replace("550-", "550 ")]),
    said("policy/brand", "P29", "rcpt", [
        "550 5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip={ip}",
        "554 5.7.0 Connection refused, {ip} blocked by Cloudmark Sender Intelligence, https://csi.cloudmark.com/reset-request/?ip={ip}",
        "550 Blocked by Trend Micro Email Reputation Services. Please see https://www.ers.trendmicro.com/reputations/index?ip_address={ip}",
        "554 5.7.1 Email rejected by Mimecast: IP found on RBL. https://community.mimecast.com/docs/DOC-1369#550"]),
    said("policy/one-click", "P30", "final", [
        "550 5.7.1 Bulk mail must carry a one-click List-Unsubscribe header (RFC 8058)",
        "421 4.7.40 Bulk messages without one-click unsubscribe are rate limited"]),
    said("policy/closed", "P38", "rcpt", [
        "550 5.7.1 This gateway accepts mail from registered partners only; {ip} is not on the whitelist",
        "554 5.7.1 Access denied: your server is not in our list of allowed senders"]),
    said("policy/list-members", "S17", "rcpt", [
        "550 5.7.1 <{rcpt}>: only members of the list may post",
        "550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox; authentication required",
        "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required [Stage: CreateMessage]"]),
    said("policy/spoof", "S20", "mail", [
        "550 5.7.1 Spoofed mail: {own} is our own domain, use the submission server",
        "550 5.7.1 You are not allowed to send as {own} from outside. Anti-spoofing policy"], sender="{to2}", to=["{to}"]),
    live(said("policy/dnsbl2", "P05", "rcpt", [
        "550 5.7.1 Your host [{ip}] is listed by bl.blocklist.de, see https://www.blocklist.de/en/view.html?ip={ip}"])),
    live(said("policy/spf2", "P10", "rcpt", [
        "550 5.7.1 {sender} SPF FAIL: {ip} not in the record of {own}"], records=["{own} TXT \"v=spf1 -all\""])),
]
