#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The way to mail hosts under DANE and MTA-STS: zones signed by ldns and served by nsd, mail hosts and policy hosts
with OpenSSL's TLS, certificates of every kind."""

import atexit
import glob
import json
import os
import shutil
import socket
import stat
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hosts  # noqa: E402
import names  # noqa: E402
import real  # noqa: E402
import tap  # noqa: E402

NET = "127.77.25."
GOOD = "version: STSv1\nmode: %s\nmx: %s\nmax_age: %d\n"


class World:
    """Made once, for all cases."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="sendwell-route-")
        atexit.register(self.stop)
        self.hosts, self.names, self.policy, self.postfix = {}, None, None, None
        self.ca = hosts.authority(self.dir)
        self.other = hosts.authority(self.dir, "other")
        expired = hosts.certificate(self.dir, "expired", ["elsewhere.test"], days=-1)
        by_ca = hosts.certificate(self.dir, "by-ca", ["mx.ta.dane.test", "domain.dane.test", "mx.sts.test",
                                                      "mx.both.dane.test"], ca=self.ca)
        own = hosts.certificate(self.dir, "own", ["mx.sts.test", "own.test"])
        for number, (name, stem) in enumerate([("expired", expired), ("by-ca", by_ca), ("own", own),
                                               ("clear", None)], 1):
            self.hosts[name] = hosts.MailHost(NET + str(number), stem)
        ee, own1 = hosts.digest(expired, 1), hosts.digest(own, 1)
        zero = "0" * 64
        self.names = names.Names(os.path.join(self.dir, "dns"), [
            names.Zone("dane.test", signed=True, spoil=[("_25._tcp.mx.forged.dane.test", "TLSA"),
                                                        ("mxforged.dane.test", "MX")], lines=[
                *self.way("ee", 1, "3 1 1 " + ee), *self.way("wrong", 1, "3 1 1 " + zero),
                *self.way("rollover", 1, "3 1 1 " + zero, "3 1 1 " + ee),
                *self.way("ta", 2, "2 0 1 " + hosts.digest(self.ca, 0)),
                *self.way("domain", 2, "2 0 1 " + hosts.digest(self.ca, 0)),
                *self.way("taname", 2, "2 0 1 " + hosts.digest(self.ca, 0)),
                *self.way("taother", 2, "2 0 1 " + hosts.digest(self.other, 0)),
                *self.way("pkix", 3, "1 1 1 " + zero, "0 0 1 " + zero),
                *self.way("digest", 3, "3 1 1 abcd", "3 1 9 " + own1),
                *self.way("rubbish", 3, "3 0 0 30820101"),
                *self.way("clear", 4, "3 1 1 " + zero), *self.way("none", 4),
                *self.way("forged", 1, "3 1 1 " + ee), *self.way("mxforged", 1, "3 1 1 " + ee),
                *self.way("both", 2, "3 1 1 " + hosts.digest(by_ca, 1)),
                "_mta-sts.both IN TXT \"v=STSv1; id=1\"", "mta-sts.both IN A " + NET + "9",
                "two IN MX 10 mx.wrong", "two IN MX 20 mx.ee",
                *self.way("postfix", 5, "3 1 1 " + own1),
                "alias IN MX 10 mail.alias", "mail.alias IN CNAME mx.ee",
                "several IN MX 10 mx.several", *["mx.several IN A " + NET + n for n in ("1", "3", "6")],
                "mx.several IN AAAA fe80::1", "_25._tcp.mx.several IN TLSA 3 1 1 " + ee,
                "nowhere IN MX 10 mx.nowhere", "mx.nowhere IN AAAA fe80::1",
                "six IN MX 10 mx.six", "mx.six IN AAAA ::1", "mx.six IN A " + NET + "1", "_25._tcp.mx.six IN TLSA 3 1 1 " + ee,
                "crowd IN MX 10 mx.crowd", "crowd IN MX 20 mx.ee",
                *["mx.crowd IN A %s%d" % (NET, n) for n in range(100, 200)],
            ]),
            names.Zone("sts.test", self.sts_lines()),
            names.Zone("plain.test", ["@ IN MX 10 mx.wrong.dane.test.", *self.way("dead", 6), *self.way("odd", 7),
                                      "half IN MX 10 mx.dead", "half IN MX 20 mx.odd2", "mx.odd2 IN A " + NET + "2"]),
        ])
        policy = hosts.certificate(self.dir, "policy", ["mta-sts.%s.sts.test" % n for n in self.STS] +
                                   ["mta-sts.both.dane.test"], ca=self.ca)
        self.policy = hosts.PolicyHost(NET + "9", policy)

    def start_postfix(self):
        """A real one on the fifth address, with the certificate that its TLSA record names."""
        stem = os.path.join(self.dir, "own")

        class Keys:
            key, chain = stem + ".key", stem + ".pem"

        os.chmod(self.dir, 0o755)
        self.postfix = real.Postfix(os.path.join(self.dir, "postfix"), Keys, "mynetworks = 192.0.2.1/32\n"
                                    "smtpd_sasl_auth_enable = no\nvirtual_mailbox_domains = postfix.dane.test\nsmtpd_tls_received_header = yes\n")
        with open(os.path.join(self.postfix.dir, "etc", "master.cf"), "a") as f:
            f.write("%s5:25 inet n - n - - smtpd\n" % NET)
        self.postfix.start(NET + "5")
        return self.postfix

    STS = ("good", "self", "notmx", "testing", "redirect", "void", "gone", "none", "kept", "renew", "turn")

    def sts_lines(self):
        lines = ["mx IN A " + NET + "2", "self-mx IN A " + NET + "3"]
        for name in self.STS:
            lines += ["%s IN MX 10 %s" % (name, "self-mx" if name in ("self", "testing") else "mx"),
                      '_mta-sts.%s IN TXT "v=STSv1; id=1;"' % name, "mta-sts.%s IN A %s9" % (name, NET)]
        return lines + ["nopolicy IN MX 10 mx", "nopolicyself IN MX 10 self-mx"]

    @staticmethod
    def way(name, number, *records):
        return ["%s IN MX 10 mx.%s" % (name, name), "mx.%s IN A %s%d" % (name, NET, number),
                *["_25._tcp.mx.%s IN TLSA %s" % (name, r) for r in records]]

    def send(self, domain, *options, state="state", anchor=True, timeout=5):
        more = ["--trust-anchor", self.names.anchor] if anchor else []
        env = tap.clean_env(self.dir, XDG_STATE_HOME=os.path.join(self.dir, state))
        done = tap.sendwell("send", "--mx", "--json", "--resolver", self.names.address, *more, "--ca",
                            self.ca + ".pem", "--from", "a@example.test", "--to", "b@" + domain, "--timeout", str(timeout),
                            *options, stdin=b"Hello\n", env=env)
        result = json.loads(done.stdout)
        tls = result["server"]["tls"]
        return result, tls, done.returncode

    def stop(self):
        for part in [*self.hosts.values(), self.names, self.policy, self.postfix]:
            if part:
                part.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


_world = []


def world():
    if not _world:
        _world.append(World())
    return _world[0]


def accepted(domain, policy, mode, verified, *options, **more):
    result, tls, status = world().send(domain, *options, **more)
    got = (result["outcome"], tls["policy"], tls["mode"], tls["verified"])
    assert got == ("accepted", policy, mode, verified), (got, result["sentence"])
    assert status == 0
    return result


def refused(domain, word, status, *options, **more):
    before = sum(h.mails for h in world().hosts.values())
    result, _, got = world().send(domain, *options, **more)
    assert result["outcome"] == "not_sent", result
    assert got == status, (got, result["sentence"])
    assert word in json.dumps(result["sentence"]), result["sentence"]
    assert sum(h.mails for h in world().hosts.values()) == before
    return result


def causes(result):
    return [f["code"] for f in result["findings"]]


@tap.case("DANE-EE: the key counts; names, dates and authorities do not")
def dane_ee():
    accepted("ee.dane.test", "dane", "verify", True)
    assert world().hosts["expired"].names[-1] == "mx.ee.dane.test"
    accepted("rollover.dane.test", "dane", "verify", True)


@tap.case("DANE: a certificate that no record fits gets no mail, the next host does")
def dane_wrong():
    result = refused("wrong.dane.test", "TLSA", 76)
    assert causes(result)[:1] == ["SW-T20"], result["findings"]
    assert result["server"]["tls"]["report"] == "validation-failure", result["server"]
    assert accepted("ee.dane.test", "dane", "verify", True)["server"]["tls"]["report"] == "success"
    accepted("two.dane.test", "dane", "verify", True)


@tap.case("DANE-TA: authority of the zone, name of the host or of the domain")
def dane_ta():
    accepted("ta.dane.test", "dane", "verify", True)
    accepted("domain.dane.test", "dane", "verify", True)
    refused("taname.dane.test", "certificate", 76)
    refused("taother.dane.test", "certificate", 76)


@tap.case("DANE: records that nobody can use mean TLS without a verdict")
def dane_unusable():
    for domain in ("pkix", "digest", "rubbish"):
        accepted(domain + ".dane.test", "dane", "encrypt", False)


@tap.case("DANE: a host without STARTTLS gets nothing in clear text")
def dane_clear():
    refused("clear.dane.test", "STARTTLS", 76)
    accepted("none.dane.test", "opportunistic", None, False)


@tap.case("DANE: forged TLSA or MX records make mail wait")
def dane_forged():
    result = refused("forged.dane.test", "TLSA", 75)
    assert causes(result)[:1] == ["SW-D10"], result["findings"]
    refused("mxforged.dane.test", "DNSSEC", 75)


@tap.case("DANE: not without DNSSEC for the MX records, nor when it is switched off")
def dane_off():
    accepted("plain.test", "opportunistic", None, False)
    accepted("wrong.dane.test", "opportunistic", None, False, "--dane", "no")
    # No trust anchor for the zone, and no root to ask: that is found out, and said in the case.
    accepted("wrong.dane.test", "opportunistic", None, False, anchor=False)


@tap.case("DANE: the end of a host's alias is where its records are")
def dane_alias():
    accepted("alias.dane.test", "dane", "verify", True)
    assert world().hosts["expired"].names[-1] == "mx.ee.dane.test"


@tap.case("MTA-STS in force: the host is named and verified, or gets nothing")
def sts_enforce():
    p = world().policy.policies
    p["good.sts.test"] = GOOD % ("enforce", "mx.sts.test", 3600)
    accepted("good.sts.test", "mta-sts", "enforce", True)
    p["self.sts.test"] = GOOD % ("enforce", "*.sts.test", 3600)
    refused("self.sts.test", "certificate", 76)
    p["notmx.sts.test"] = GOOD % ("enforce", "mail.elsewhere.test", 3600)
    result = refused("notmx.sts.test", "MTA-STS", 75)
    assert causes(result)[:1] == ["SW-T21"], result["findings"]
    accepted("notmx.sts.test", "opportunistic", None, True, "--mta-sts", "no")


@tap.case("MTA-STS for testing: mail goes on, and it is told")
def sts_testing():
    world().policy.policies["testing.sts.test"] = GOOD % ("testing", "mx.sts.test", 3600)
    accepted("testing.sts.test", "mta-sts", "testing", False)


@tap.case("MTA-STS: no redirects, no void policies, no missing ones; and mode none is none")
def sts_none():
    p = world().policy.policies
    p["redirect.sts.test"] = "https://mta-sts.good.sts.test/.well-known/mta-sts.txt"
    p["void.sts.test"] = "version: STSv1\nmode: enforce\n"
    p["none.sts.test"] = "version: STSv1\nmode: none\nmax_age: 86400\n"
    for name in ("redirect", "void", "gone", "none"):
        accepted(name + ".sts.test", "opportunistic", None, True)


@tap.case("MTA-STS: a policy is kept, 0600, for its time, whatever becomes of the policy host")
def sts_kept():
    w = world()
    w.policy.policies["kept.sts.test"] = GOOD % ("enforce", "mail.elsewhere.test", 3600)
    refused("kept.sts.test", "MTA-STS", 75)
    path = os.path.join(w.dir, "state", "sendwell", "mta-sts", "kept.sts.test")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    asked = len(w.policy.asked)
    refused("kept.sts.test", "MTA-STS", 75)
    assert len(w.policy.asked) == asked, "fetched again"
    # Another id: fetched, in vain, and the old one counts.
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("/1 1 ", "/1 other ", 1))
    del w.policy.policies["kept.sts.test"]
    refused("kept.sts.test", "MTA-STS", 75)
    assert len(w.policy.asked) == asked + 1
    # And a new one replaces it.
    w.policy.policies["kept.sts.test"] = GOOD % ("enforce", "mx.sts.test", 3600)
    accepted("kept.sts.test", "mta-sts", "enforce", True)
    # Out of date, and the host is silent: as if there were none.
    head, rest = open(path).read().split("\n", 1)
    with open(path, "w") as f:
        f.write(" ".join(head.split(" ")[:-1]) + " 1000000000\n" + rest)
    del w.policy.policies["kept.sts.test"]
    accepted("kept.sts.test", "opportunistic", None, True)


@tap.case("MTA-STS: a policy is fetched anew before it ends; when that fails the kept one counts, and not each message waits")
def sts_renewed():
    w = world()
    state = os.path.join(w.dir, "state", "sendwell", "mta-sts", "renew.sts.test")
    now = int(time.time())
    strict, right = GOOD % ("enforce", "mail.elsewhere.test", 3600), GOOD % ("enforce", "mx.sts.test", 3600)

    def kept(age, failed="", text=strict):
        os.makedirs(os.path.dirname(state), exist_ok=True)
        with open(state, "w") as f:
            f.write("sendwell/mta-sts/1 1 %d%s\n%s" % (now - age, failed, text))
        os.chmod(state, 0o600)
        return len(w.policy.asked)

    w.policy.policies["renew.sts.test"] = right
    asked = kept(60)
    refused("renew.sts.test", "MTA-STS", 75)
    assert len(w.policy.asked) == asked, "fetched though it is young"
    for age, text in ((1900, strict), (86400 + 60, GOOD % ("enforce", "mail.elsewhere.test", 604800))):
        asked = kept(age, text=text)
        accepted("renew.sts.test", "mta-sts", "enforce", True)
        assert len(w.policy.asked) == asked + 1
        assert int(open(state).readline().split()[2]) >= now
    # The host has none, or nonsense: the kept one counts to its end, and that is noted.
    for broken in (None, "version: STSv1\nmode: enforce\n"):
        w.policy.policies.pop("renew.sts.test", None)
        if broken:
            w.policy.policies["renew.sts.test"] = broken
        asked = kept(1900)
        refused("renew.sts.test", "MTA-STS", 75)
        assert len(w.policy.asked) == asked + 1
        head = open(state).readline().split()
        assert head[2] == str(now - 1900) and int(head[3]) >= now, head
        refused("renew.sts.test", "MTA-STS", 75)
        assert len(w.policy.asked) == asked + 1, "asked again for the next message"
    # An hour later it is tried again.
    w.policy.policies["renew.sts.test"] = right
    asked = kept(1900, " %d" % (now - 3700))
    accepted("renew.sts.test", "mta-sts", "enforce", True)
    assert len(w.policy.asked) == asked + 1


@tap.case("MTA-STS: a file that others can write is not believed")
def sts_exposed():
    w = world()
    w.policy.policies["turn.sts.test"] = GOOD % ("enforce", "mx.sts.test", 3600)
    accepted("turn.sts.test", "mta-sts", "enforce", True)
    path = os.path.join(w.dir, "state", "sendwell", "mta-sts", "turn.sts.test")
    with open(path, "w") as f:
        f.write("sendwell/mta-sts/1 1 4000000000\n" + GOOD % ("none", "x.test", 31557600))
    os.chmod(path, 0o666)
    accepted("turn.sts.test", "mta-sts", "enforce", True)


@tap.case("DANE wins over MTA-STS, whose policy is not even fetched")
def dane_wins():
    w = world()
    w.policy.policies["both.dane.test"] = GOOD % ("enforce", "mail.elsewhere.test", 3600)
    asked = len(w.policy.asked)
    accepted("both.dane.test", "dane", "verify", True)
    assert len(w.policy.asked) == asked
    refused("both.dane.test", "MTA-STS", 75, "--dane", "no")


@tap.case("many messages in one run: each says what TLS had to be on its way, and how it went")
def many():
    w = world()
    w.policy.policies["good.sts.test"] = GOOD % ("enforce", "mx.sts.test", 3600)
    w.policy.policies["self.sts.test"] = GOOD % ("enforce", "*.sts.test", 3600)
    ways = {"ee.dane.test": ("accepted", "dane", "verify", True), "good.sts.test": ("accepted", "mta-sts", "enforce", True),
            "plain.test": ("accepted", "opportunistic", None, False), "self.sts.test": ("not_sent", "mta-sts", "enforce", False)}
    rows = "email\n" + "".join("u%d@%s\n" % (i, domain) for i in range(3) for domain in ways)
    text = os.path.join(w.dir, "many.txt")
    with open(text, "w") as f:
        f.write("x\n")
    done = tap.sendwell("send", "--mx", "--resolver", w.names.address, "--trust-anchor", w.names.anchor, "--ca", w.ca + ".pem", "--from",
                        "a@example.test", "--merge", "-", "--text", text, "--results", "-", "--sessions", "2", stdin=rows.encode(),
                        env=tap.clean_env(w.dir, XDG_STATE_HOME=os.path.join(w.dir, "many")))
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == 12 and done.returncode == 80, done
    for line in told:
        tls = line["server"]["tls"]
        got = (line["outcome"], tls["policy"], tls["mode"], tls["verified"])
        assert got == ways[line["recipients"][0]["address"].split("@")[1]], line
        assert line["session"] >= 1 and not line["held_back"], line


@tap.case("REQUIRETLS: only where the way to the host is beyond doubt")
def require_tls():
    w = world()
    w.policy.policies["good.sts.test"] = GOOD % ("enforce", "mx.sts.test", 3600)
    accepted("ee.dane.test", "dane", "verify", True, "--require-tls")
    accepted("good.sts.test", "mta-sts", "enforce", True, "--require-tls")
    refused("nopolicy.sts.test", "REQUIRETLS", 69, "--require-tls")


@tap.case("TLS reports: how it went with each host is counted, in a file of mode 0600")
def reports():
    w = world()
    for _ in range(2):
        w.send("ee.dane.test", state="counted")
    w.send("wrong.dane.test", state="counted")
    w.send("clear.dane.test", state="counted")
    w.send("forged.dane.test", state="counted")
    w.send("nopolicyself.sts.test", state="counted")
    path = os.path.join(w.dir, "counted", "sendwell", "tlsrpt")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    lines = sorted(" ".join(line.split(" ")[1:5]) for line in open(path).read().splitlines())
    assert lines == [
        "clear.dane.test tlsa mx.clear.dane.test starttls-not-supported",
        "ee.dane.test tlsa mx.ee.dane.test success",
        "ee.dane.test tlsa mx.ee.dane.test success",
        "forged.dane.test tlsa mx.forged.dane.test dnssec-invalid",
        "nopolicyself.sts.test no-policy-found self-mx.sts.test success",
        "wrong.dane.test tlsa mx.wrong.dane.test validation-failure",
    ], lines


def checked(domain, *options, anchor=True, ip="192.0.2.1"):
    """test -> result of `sendwell check`."""
    w = world()
    more = ["--anchor", w.names.anchor] if anchor else []
    done = tap.sendwell("check", "--json", "--resolver", w.names.address, *more, "--ca", w.ca + ".pem", "--ip", ip,
                        "--deadline", "10", *options, domain, env=tap.clean_env(w.dir))
    return {row["test"]: row for row in json.loads(done.stdout)["results"]}


def found(row):
    return [(f["code"], f["remedies"][0]["literal"], f["remedies"][0]["applicability"]) for f in row["findings"]]


@tap.case("check: TLSA records are held against the certificate that the host shows, when it may connect")
def check_dane():
    w = world()
    before = [h.mails for h in w.hosts.values()]
    for domain in ("ee", "rollover", "ta", "domain"):
        got = checked(domain + ".dane.test", "--connect")
        assert got["dane"]["status"] == "ok" and not got["dane"]["findings"], got["dane"]
        assert got["connect"]["status"] == "ok", got["connect"]
    shown = hosts.digest(os.path.join(w.dir, "expired"), 1)
    row = checked("wrong.dane.test", "--connect")["dane"]
    literal = "_25._tcp.mx.wrong.dane.test. TLSA 3 1 1 " + shown
    assert row["status"] == "error" and found(row) == [("SW-T20", literal, "exact")], row
    row = checked("alias.dane.test", "--connect")["dane"]
    assert row["status"] == "ok", row
    for domain in ("taname", "taother"):
        row = checked(domain + ".dane.test", "--connect")["dane"]
        assert [f[0] for f in found(row)] == ["SW-T20"], row
    row = checked("clear.dane.test", "--connect")["dane"]
    assert row["status"] == "error" and "STARTTLS" in row["findings"][0]["title"], row
    # One host of two: the other one is good.
    row = checked("two.dane.test", "--connect")["dane"]
    assert row["status"] == "error" and len(row["findings"]) == 1 and "mx.ee" in row["found"], row
    assert before == [h.mails for h in w.hosts.values()], "mail was sent"


@tap.case("check: each address of a host is looked at; what there is no way to is told and costs nothing")
def check_addresses():
    w = world()
    shown = hosts.digest(os.path.join(w.dir, "own"), 1)
    before = {name: h.connections for name, h in w.hosts.items()}
    got = checked("several.dane.test", "--connect")
    row = got["dane"]
    assert row["status"] == "error" and "mx.several.dane.test [%s1]: TLSA 3 1 1" % NET in row["found"], row
    assert found(row) == [("SW-T20", "_25._tcp.mx.several.dane.test. TLSA 3 1 1 " + shown, "exact")], row
    assert NET + "3" in row["findings"][0]["title"], row
    row = got["connect"]
    assert row["status"] == "warning" and [f["code"] for f in row["findings"]] == ["SW-C03"], row
    assert NET + "6" in row["findings"][0]["title"], row
    for part in (NET + "1: ", NET + "3: ", NET + "6: ", "fe80::1: not looked at"):
        assert part in row["found"], (part, row)
    for name in ("expired", "own"):
        assert w.hosts[name].connections == before[name] + 2, "by authorities, and by the records"
    row = checked("nowhere.dane.test", "--connect")["connect"]
    assert row["status"] == "untested" and "no way there" in row["found"], row
    # A hundred addresses that nobody has: the end, and the other host all the same.
    row = checked("crowd.dane.test", "--connect")["connect"]
    assert "further addresses" in row["found"] and NET + "1: " in row["found"], row
    assert row["status"] == "untested" and 0 < len(row["findings"]) <= 32, row


@tap.case("check: both families of addresses")
def check_families():
    try:
        six = hosts.MailHost("::1", os.path.join(world().dir, "own"))
    except OSError as e:
        tap.skip("nothing can listen on [::1]:25: %s" % e)
    try:
        got = checked("six.dane.test", "--connect")
        row = got["connect"]
        assert row["status"] == "ok" and "::1: " in row["found"] and NET + "1: " in row["found"], row
        row = got["dane"]
        assert row["status"] == "error" and "[::1]" in row["findings"][0]["title"] and len(row["findings"]) == 1, row
        assert six.connections == 2
    finally:
        six.listener.close()


@tap.case("check: records that nobody can use, forged ones, none")
def check_dane_records():
    for domain in ("pkix", "digest"):
        row = checked(domain + ".dane.test", "--connect")["dane"]
        literal = "_25._tcp.mx.%s.dane.test. TLSA 3 1 1 %s" % (domain, hosts.digest(
            os.path.join(world().dir, "own"), 1))
        assert row["status"] == "error" and found(row) == [("SW-T20", literal, "exact")], row
    row = checked("forged.dane.test", "--connect")["dane"]
    assert row["status"] == "error" and found(row)[0][0] == "SW-D10", row
    for domain in ("none.dane.test", "plain.test"):
        got = checked(domain, "--connect")
        assert got["dane"]["status"] == "not_tested" and not got["dane"]["findings"], got["dane"]
    assert checked("none.dane.test", "--connect")["connect"]["status"] == "warning"


@tap.case("check: without connections nothing is claimed of certificates, and nobody is connected to")
def check_unconnected():
    w = world()
    count = [h.connections for h in w.hosts.values()]
    for domain in ("ee.dane.test", "wrong.dane.test"):
        got = checked(domain)
        assert got["dane"]["status"] == "not_tested" and "--connect" in got["dane"]["found"], got["dane"]
        assert got["connect"]["status"] == "not_tested" and "--connect" in got["connect"]["found"], got["connect"]
    row = checked("pkix.dane.test")["dane"]
    assert found(row) == [("SW-T20", "_25._tcp.mx.pkix.dane.test. TLSA 3 1 1 SHA256-OF-THE-KEY", "template")], row
    row = checked("wrong.dane.test", "--connect", anchor=False)["dane"]
    assert row["status"] == "not_tested" and "--dnssec" in row["found"], row
    assert count[0] + 1 == w.hosts["expired"].connections, "the last one alone connects"


@tap.case("check: MX hosts under an MTA-STS policy need certificates of authorities")
def check_sts():
    p = world().policy.policies
    p["good.sts.test"] = GOOD % ("enforce", "mx.sts.test", 604800)
    p["self.sts.test"] = GOOD % ("enforce", "*.sts.test", 604800)
    good, bad = checked("good.sts.test", "--connect"), checked("self.sts.test", "--connect")
    assert good["mta_sts_policy"]["status"] == "ok", good["mta_sts_policy"]
    assert bad["mta_sts_policy"]["status"] == "error", bad["mta_sts_policy"]
    assert [f[0] for f in found(bad["mta_sts_policy"])] == ["SW-T21"], bad
    assert bad["connect"]["status"] == "ok", "opportunistic TLS takes any certificate"
    row = checked("self.sts.test")["mta_sts_policy"]
    assert row["status"] == "ok", row


@tap.case("check: hosts that are dead, refuse, talk nonsense or break off are told apart")
def check_hosts():
    got = checked("dead.plain.test", "--connect")["connect"]
    assert got["status"] == "untested" and "mx.dead" in got["found"], got
    got = checked("half.plain.test", "--connect")["connect"]
    assert got["status"] == "warning" and found(got)[0][0] == "SW-C03", got
    for words, status in ((b"554 go away\r\n", "untested"), (b"SSH-2.0-x\r\n", "untested"), (b"", "untested"),
                          (b"220 " + b"x" * 9000 + b"\r\n", "untested"),
                          (b"220 a\r\n250-a\r\n250 STARTTLS\r\n220 go\r\nnonsense", "untested"),
                          (b"220 a\x1b[31m\r\n421 \x1b]0;own\x07\r\n", "untested")):
        with hosts.saying(NET + "7", words):
            got = checked("odd.plain.test", "--connect")["connect"]
            assert got["status"] == status and "\x1b" not in got["found"], (words, got)
    with hosts.saying(NET + "7", None):
        got = checked("odd.plain.test", "--connect", "--deadline", "5")["connect"]
        assert got["status"] == "untested" and "timeout" in got["found"], got


def postfix_missing():
    lacking = real.missing("postfix")
    return "not installed: " + " ".join(lacking) if lacking else "needs root" if os.geteuid() else None


@tap.case("DANE: a real Postfix takes mail over TLS that its TLSA record vouches for")
def dane_postfix():
    why = postfix_missing()
    if why:
        tap.skip(why)
    postfix = world().start_postfix()
    try:
        accepted("postfix.dane.test", "dane", "verify", True, timeout=25)
    except AssertionError as e:
        raise AssertionError("%s\n%s" % (e, postfix.log()[-3000:])) from e
    end, boxes = time.monotonic() + 15, []
    while not boxes and time.monotonic() < end:
        time.sleep(0.05)
        boxes = glob.glob(os.path.join(postfix.maildir, "new", "*"))
    assert boxes, postfix.log()[-1500:]
    with open(boxes[0], "rb") as f:
        text = f.read()
    assert b"using TLSv1" in text, text


@tap.case("options say what they want")
def options():
    for option, value in (("--dane", "maybe"), ("--mta-sts", "yes")):
        done = tap.sendwell("send", "--mx", option, value, "--from", "a@b.test", "--to", "c@d.test")
        assert done.returncode == 64 and b"expected auto" in done.stderr, done.stderr
    done = tap.sendwell("send", "--mx", "--resolver", world().names.address, "--trust-anchor", "/nonexistent/keys",
                        "--from", "a@b.test", "--to", "c@ee.dane.test", stdin=b"x\n",
                        env=tap.clean_env(world().dir))
    assert done.returncode not in (0, 70) and b"/nonexistent/keys" in done.stderr, (done.returncode, done.stderr)


def needs():
    lacking = real.missing(*names.PROGRAMS, "openssl")
    if lacking:
        return "not installed: " + " ".join(lacking)
    for port in (25, 443):
        try:
            socket.create_server((NET + "1", port)).close()
        except OSError as e:
            return "port %d of %s1 is not to be had: %s" % (port, NET, e.strerror)
    return None


if __name__ == "__main__":
    sys.exit(tap.main(needs()))
