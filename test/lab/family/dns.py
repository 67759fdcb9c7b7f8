# SPDX-License-Identifier: MIT
"""Names: the recipient's domain, resolvers, name servers."""
from family.parts import live, plain, smtp, submit

MX = {"mx": {"25": smtp()}}
# A server of which DNS knows no name: one below {domain} would make {domain} itself exist.
NAMELESS = {"mx": {"25": smtp(), "unlisted": True}}


def domain(id, cause, **more):
    """A message to {to} by the domain's MX."""
    base = {"id": "dns/" + id, "cause": cause, "ask": "live", "mx": True, "servers": {"mx": {"25": smtp()}}, "ground": "net", "timeout": 2, **more}
    return base


def ns(first, second, serial2="7", roles=""):
    """Two authorities of {domain} and the resolver's delegation."""
    own = ["{domain} SOA 7", "{domain} NS ns1.{domain}", "{domain} NS ns2.{domain}", "ns1.{domain} A {dead}", "ns2.{domain} A {dead2}"]
    return own


SCENES = [
    domain("no-domain", "D01", servers=NAMELESS, mx_records=False, quick=True),
    domain("no-domain-send", "D01", servers=NAMELESS, ask="send", mx_records=False),
    domain("no-domain-typo", ("D01", "C01"), servers=NAMELESS, ask="send", mx_records=False, to=["oleg.haas@gmial.com"], why="a name that does not exist; the nearest is a provider's"),
    domain("nothing", "D02", mx_records=False, records=["{domain} TXT \"v=spf1 -all\""], quick=True),
    domain("null-mx", "D03", mx_records=False, records=["{domain} MX 0 ."], quick=True),
    domain("null-mx-send", "D03", ask="send", mx_records=False, records=["{domain} MX 0 ."]),
    domain("null-mx-mixed", ("D04", ), records=["{domain} MX 0 ."]),
    domain("mx-is-address", "D05", mx_records=False, records=["{domain} MX 10 {dead}"]),
    domain("mx-missing-host", "D05", mx_records=False, records=["{domain} MX 10 gone.{odd_domain}"]),
    domain("mx-private", ("D06",), mx_records=False, records=["{domain} MX 10 mailer.{domain}", "mailer.{domain} A 192.168.{n}.5"], path=["r1: iptables -A FORWARD -d 192.168.0.0/16 -j DROP"]),
    domain("mx-loopback", ("D07", "D06"), mx_records=False, records=["{domain} MX 10 mailer.{domain}", "mailer.{domain} A 127.0.0.1"], why="loopback is this machine, and no address for the world"),
    domain("mx-ourselves", ("D07",), mx_records=False, records=["{domain} MX 10 mailer.{domain}", "mailer.{domain} A {client}"]),
    domain("servfail", "D08", mx_records=False, faults=[{"name": "*{domain}", "do": "servfail"}], others={"faults": [{"name": "*{domain}", "do": "servfail"}]}),
    domain("servfail-send", ("D08", "D10"), ask="send", mx_records=False, faults=[{"name": "*{domain}", "do": "servfail"}], why="a SERVFAIL alone; only the look without checking decides",
           others={"faults": [{"name": "*{domain}", "do": "servfail"}]}),
    domain("resolver-dead", "D09", no_resolver=True, world=False, others={"faults": []}),
    domain("resolver-silent", "D09", ask="send", faults=[{"do": "silent"}]),
    domain("resolver-refuses", ("D09",), faults=[{"do": "refused"}]),
    domain("bogus", "D10", faults=[{"name": "*{domain}", "do": "bogus"}], others={"faults": [{"name": "*{domain}", "do": "bogus"}]}),
    domain("hijack", ("D14",), servers=NAMELESS, mx_records=False, faults=[{"do": "hijack:{spare}"}], others={"faults": [{"do": "hijack:{spare}"}]}),
    domain("hosts-file", ("D15",), mx=False, host="{mx}", tls="starttls", hosts=["{other_ip} {mx}"], servers={"mx": {"25": smtp()}, "other": {"25": smtp(), "cert": {"names": ["{odd_domain}"]}}}),
    domain("aaaa-dead", ("D16", "R07", "R14"), mx=False, tls="opportunistic", why="from one place a dead address and a broken family look alike", servers={"mx": {"25": smtp(), "ip": 1}},
           records=["{mx} A {mx_ip}", "{mx} AAAA {dead6}"], ask="send", expect_note=True),
    domain("sender-domain-gone", ("D19", "S02"), ask="send", without=["{own} A", "{own} MX"], texts=["450 4.1.8 <{sender}>: Sender address rejected: Domain not found", "550 5.1.8 Domain of sender {own} does not resolve"],
           why="both rows say it", servers={"mx": {"25": smtp(rules=[{"at": "mail", "say": "{refusal}"}])}}),
    domain("host-no-name", ("C01", "D01"), mx=False, host="mail.{odd_domain}", port="587", why="the name of a server that does not exist", servers={"mx": {"587": submit()}}),
    domain("idn-raw", ("D17", "S15", "D01"), ask="send", mx_records=False, to=["info@bücher.{domain}"], why="the name is asked converted, and does not exist"),
    # Owners of zones: the resolver gives what it has, the authorities (addresses of the lab) say otherwise.
    domain("stale", ("D12",), mx_records=False, records=["{domain} MX 10 old.{domain}", "old.{domain} A {spare}", "{domain} NS ns1.{domain}", "ns1.{domain} A {dead}", "{domain} SOA 7"],
           resolver={"age": 100}, homes=["{dead}"], authorities=[{"address": "{dead}", "records": ["{domain} SOA 9", "{domain} NS ns1.{domain}", "ns1.{domain} A {dead}", "{domain} MX 10 {mx}"]}],
           servers={"mx": {"25": smtp()}}),
    domain("disagree", ("D13", "D12"), mx=["old"], why="one of its servers has not got the change, and so has the resolver: old at one, new at the other", envelope=True,
           records=["{domain} NS ns1.{domain}", "{domain} NS ns2.{domain}", "ns1.{domain} A {dead}", "ns2.{domain} A {dead2}", "{domain} SOA 4"], homes=["{dead}", "{dead2}"],
           texts=["550 5.7.1 Unable to relay", "554 5.7.1 Relay access denied"], servers={"mx": {"25": smtp()}, "old": {"25": smtp(rules=[{"at": "rcpt", "say": "{refusal}"}])}},
           authorities=[{"address": "{dead}", "records": ["{domain} SOA 7", "{domain} NS ns1.{domain}", "{domain} NS ns2.{domain}", "{domain} MX 10 {mx}"]},
                        {"address": "{dead2}", "records": ["{domain} SOA 4", "{domain} NS ns1.{domain}", "{domain} NS ns2.{domain}", "{domain} MX 10 {old}"]}]),
    domain("lame", ("D20", "D08"), mx_records=False, faults=[{"name": "*{domain}", "type": "MX", "do": "servfail"}, {"name": "*{domain}", "type": "A", "do": "servfail"}], why="its servers do not serve it: SERVFAIL is what one sees",
           records=["{domain} NS ns1.{domain}", "ns1.{domain} A {dead}", "{domain} SOA 7"], homes=["{dead}"], authorities=[{"address": "{dead}", "records": []}]),
]
