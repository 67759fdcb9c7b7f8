# SPDX-License-Identifier: MIT
"""Routes, firewalls, TCP. Everything here needs the name spaces."""
from family.parts import live, raw, smtp, smtps, submit

ALL = {"25": smtp(), "587": submit(), "465": smtps(), "443": raw()}
DROP = "iptables -A FORWARD -p tcp {} -j DROP"


def way(id, cause, path, **more):
    return {"id": "route/" + id, "cause": cause, "ask": "live", "ground": "net", "tls": "opportunistic", "port": "25", "servers": {"mx": dict(ALL)}, "path": path, **more}


SCENES = [
    way("no-route", "R01", ["c: ip route del default; ip -6 route del default"], world=True),
    way("no-route-send", "R01", ["c: ip route del default; ip -6 route del default"], ask="send"),
    way("link-down", ("R01", "D09"), ["c: ip link set eth0 down"], why="without a link neither names nor routes"),
    way("25-blocked", "R02", ["r1: iptables -A FORWARD -p tcp --dport 25 -j DROP"], quick=True),
    way("25-blocked-last", "R02", ["r1: iptables -A FORWARD -p tcp --dport 25 -j DROP"], ask="send"),
    way("25-blocked-mx", "R02", ["r1: iptables -A FORWARD -p tcp --dport 25 -j DROP"], mx=True, tls=None),
    way("25-blocked-provider", "R02", ["r2: iptables -A FORWARD -p tcp --dport 25 -j DROP"]),
    way("paas", "R03", ["r1: iptables -A FORWARD -p tcp -m multiport --dports 25,465,587 -j DROP"], port="587", tls=None),
    way("paas-25", "R03", ["r1: iptables -A FORWARD -p tcp -m multiport --dports 25,465,587 -j DROP"]),
    way("local-reject-admin", "R04", ["r1: iptables -A FORWARD -p tcp --dport 25 -j REJECT --reject-with icmp-admin-prohibited"], quick=True),
    way("local-reject-port", "R04", ["r1: iptables -A FORWARD -p tcp --dport 587 -j REJECT --reject-with icmp-port-unreachable"], port="587", tls=None),
    way("local-reject-host", "R04", ["r1: iptables -A FORWARD -p tcp --dport 25 -j REJECT --reject-with icmp-host-prohibited"], ask="send"),
    way("own-output-reject", ("R04", "C17"), ["c: iptables -A OUTPUT -p tcp --dport 25 -j REJECT"], why="the machine's own filter is a firewall and a policy"),
    way("own-output-drop", ("R04", "C17", "R02"), ["c: iptables -A OUTPUT -p tcp --dport 25 -j DROP"], why="dropped here or at the gateway: the ladder gets no first hop"),
    way("local-reset", ("R04", "C03", "R05"), ["r1: iptables -A FORWARD -p tcp --dport 25 -j REJECT --reject-with tcp-reset"], why="a reset bears the server's address; only the distance betrays it"),
    way("server-firewall", "R05", ["s: iptables -A INPUT -p tcp -s {ip} -d {mx_ip} -j DROP"], servers={"mx": {"25": smtp(), "587": submit(), "443": raw()}}),
    way("server-firewall-25", ("R05", "C02", "C03"), ["s: iptables -A INPUT -p tcp -d {mx_ip} --dport 25 -j DROP"], why="one port of it silent, others answer, other servers too: theirs, whatever the reason"),
    way("server-reject", ("R05", "C03"), ["r2: iptables -A FORWARD -p tcp -d {mx_ip} --dport 25 -j REJECT --reject-with icmp-admin-prohibited"], why="their router refuses"),
    way("ban", ("R06", "R05"), ["s: iptables -A INPUT -p tcp -s {ip} -d {mx_ip} -j DROP"], why="without memory of the failed logins a ban is a firewall"),
    way("v6-dead", ("R07", "D16"), ["r1: ip6tables -A FORWARD -j DROP"], servers={"mx": {**ALL, "ip6": 1}}, ask="live", more=["--family", "6"], why="IPv6 alone was asked for"),
    way("v6-unrouted", ("R07", "R01"), ["c: ip -6 route del default"], servers={"mx": {**ALL, "ip6": 1}}, more=["--family", "6"], why="no route for the family that was asked for"),
    way("v4-dead", "R08", ["r1: iptables -A FORWARD -d {mx_ip} -j DROP"], servers={"mx": {**ALL, "ip6": 1}}, more=["--family", "4"]),
    way("mtu-send", "R09", ["r1: iptables -A FORWARD -m length --length 1300:65535 -j DROP"], ask="send", size=40000, timeout=3, limit=60),
    way("mtu-down", ("R09", "T19"), ["r2: iptables -A FORWARD -i far -m length --length 900:65535 -j DROP"], tls="starttls", servers={"mx": {"25": smtp(), "cert": {"key": "rsa4096"}}}, timeout=3, limit=60,
        why="the certificate is lost on the way: both are true"),
    way("mtu-576", "R09", ["r1: iptables -A FORWARD -m length --length 577:65535 -j DROP"], ask="send", size=20000, timeout=3, limit=60, tls="none"),
    way("syn-proxy", "R10", [], boxes=[{"at": "r1", "port": ["0:65535"], "silent": True}], world=True),
    way("syn-proxy-25", ("R10", "M03", "G03"), [], boxes=[{"at": "r1", "port": [25], "silent": True}], why="a box accepts this port and nothing is behind it"),
    way("pool-partly", ("R14",), [], servers={"mx": {"25": smtp(only=[1, 2]), "ip": 3}}, sort=True, expect_note=True),
    way("pool-refused", ("C03", "R14"), [], servers={"mx": {"443": raw(), "ip": 2}}, why="none of its addresses listens"),
    way("dead-host", ("R05", "C03", "R02", "C04"), [], servers={"mx": {"25": smtp(), "unlisted": True}}, records=["{mx} A {dead}"], why="an address where nobody is: all that can be told is that it is not we"),
    way("loss", ("R12",), ["r1: iptables -w -A FORWARD -p tcp -m length --length 1000:65535 -m statistic --mode random --probability 0.5 -j DROP"], ask="send", size=2000000, tls="none", timeout=10, limit=60, offline=True),
    way("geo", ("R05", "R16"), ["r2: iptables -A FORWARD -s {ip} -d {mx_ip} -j DROP"], why="which rule of theirs it is, they know"),
]
