# SPDX-License-Identifier: MIT
"""sendwell check: domains in every state, from a scripted name server on loopback."""
import base64
import contextlib
import http.server
import json
import os
import pty
import ssl
import subprocess
import sys
import threading
import time

import lab
import tap

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import certs  # noqa: E402
import dnsd  # noqa: E402

IP = "9.9.9.9"      # nobody is connected to: the name server says what it is
ED_KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="     # RFC 8463 A.2
LISTS = ("zen.spamhaus.org", "bl.spamcop.net", "dbl.spamhaus.org", "multi.surbl.org")

HEALTHY = {
    "example.org": ["MX 10 mx.example.org", "A 8.8.4.4", f"TXT v=spf1 ip4:{IP} mx ~all"],
    "mx.example.org": ["A 8.8.4.4"],
    "_dmarc.example.org": ["TXT v=DMARC1; p=reject; rua=mailto:reports@example.org"],
    "s1._domainkey.example.org": ["TXT " + ED_KEY],
    "9.9.9.9.in-addr.arpa": ["PTR mail.example.org"],
    "mail.example.org": ["A " + IP],
}


def works(zone):
    """The control entries of a list of addresses, or of domains."""
    return {f"2.0.0.127.{zone}": ["A 127.0.0.2"], f"test.{zone}": ["A 127.0.0.2"],
            f"dbltest.com.{zone}": ["A 127.0.1.2"]}


@contextlib.contextmanager
def dns(table, faults=()):
    records = [f"{name} {row}" for name, rows in table.items() for row in rows]
    wish = {"address": "127.0.0.1", "port": 0, "resolver": True, "records": records, "faults": list(faults)}
    # The port that UDP was given may be taken for TCP.
    for attempt in range(20):
        try:
            names, listeners = dnsd.start([wish])
            break
        except OSError:
            assert attempt < 19
    try:
        yield f"127.0.0.1:{names[0].port}"
    finally:
        for listener in listeners:
            listener.shutdown()
            listener.server_close()


def run(home, where, *argv, status=None, **more):
    done = home.run("check", "--resolver", where, *argv, **more)
    assert status is None or done.returncode == status, done
    assert not lab.raw_bytes(done.stdout) and not lab.raw_bytes(done.stderr), done
    return done


def check(home, where, *argv, validate=True, **more):
    """test -> result, of one domain."""
    done = run(home, where, "--ip", IP, "--json", *argv, **more)
    value = lab.result(done) if validate else json.loads(done.stdout)
    return {row["test"]: row for row in value["results"]} | {"": value}


def zone(domain, changes):
    """A healthy domain with some of its names replaced; "" is the domain itself, None takes a name away."""
    rows = {"": ["MX 10 mx.DOMAIN", "A 8.8.4.4", f"TXT v=spf1 ip4:{IP} mx ~all"], "mx": ["A 8.8.4.4"],
            "_dmarc": ["TXT v=DMARC1; p=reject; rua=mailto:reports@DOMAIN"], "s1._domainkey": ["TXT " + ED_KEY]}
    rows.update(changes)
    return {f"{name}.{domain}".lstrip("."): [row.replace("DOMAIN", domain) for row in value]
            for name, value in rows.items() if value is not None}


def spf(*records):
    return {"": ["MX 10 mx.DOMAIN", "A 8.8.4.4", *["TXT " + record for record in records]]}


def mx(*rows, **more):
    return {"": [*rows, f"TXT v=spf1 ip4:{IP} ~all"]} | more


def dmarc(*records):
    return {"_dmarc": ["TXT " + record for record in records]}


def key(*records):
    return {"s1._domainkey": ["TXT " + record for record in records]}


# What is published, and what the report says of it: {test: (status, code of the finding, what else it says)}. The
# words stand in what was found, a title or a literal.
GOOD = "v=spf1 ip4:9.9.9.9 "
SPF_STATES = {
    "no-spf": (spf(), {"spf": ("error", "P10", 'no-spf.test. TXT "v=spf1 mx ip4:9.9.9.9 ~all"'),
                       "spf_ip": ("error", "P10", "none"), "bulk_spf": ("error", "P21", "spf_ip: error")}),
    "two-spf": (spf(GOOD + "-all", "v=spf1 mx ip4:9.9.9.9 ~all"),
                {"spf": ("error", "P11", 'TXT "v=spf1 ip4:9.9.9.9 mx ~all"|TXT "v=spf1 mx ip4:9.9.9.9 ~all"'),
                 "spf_ip": ("error", "P10", "permerror")}),
    "spf-syntax": (spf("v=spf1 ip4:9.9.9.999 ~all"), {"spf": ("error", "P11", "ip4:9.9.9.999")}),
    "spf-voids": (spf("v=spf1 " + " ".join(f"a:e{i}.DOMAIN" for i in range(5)) + " ~all"),
                  {"spf": ("error", "P11", "more than 2 terms that ask")}),
    "spf-lookups": (spf("v=spf1 " + " ".join(f"a:e{i}.DOMAIN" for i in range(11)) + " ~all")
                    | {f"e{i}": ["A 8.8.4.4"] for i in range(11)}, {"spf": ("error", "P11", "more than 10 terms")}),
    "spf-near": (spf(GOOD + " ".join(f"a:e{i}.DOMAIN" for i in range(9)) + " ~all")
                 | {f"e{i}": ["A 8.8.4.4"] for i in range(9)}, {"spf": ("warning", "P11", "9 of 10")}),
    "spf-loop": (spf("v=spf1 include:DOMAIN ~all"), {"spf": ("error", "P11", "more than 10 terms")}),
    "spf-include-none": (spf("v=spf1 include:nowhere.DOMAIN ~all"), {"spf": ("error", "P11", "nowhere")}),
    "spf-plus-all": (spf(GOOD + "+all"), {"spf": ("error", "P10", '"v=spf1 ip4:9.9.9.9 ~all"')}),
    "spf-wide": (spf("v=spf1 ip4:0.0.0.0/0 -all"), {"spf": ("error", "P10", "anybody")}),
    "spf-neutral": (spf(GOOD + "?all"), {"spf": ("warning", "P10", '"v=spf1 ip4:9.9.9.9 ~all"')}),
    "spf-no-end": (spf(GOOD.strip()), {"spf": ("warning", "P10", "~all")}),
    "spf-ptr": (spf(GOOD + "ptr -all"), {"spf": ("warning", "P11", "ptr")}),
    "spf-other-ip": (spf("v=spf1 ip4:8.8.8.8 -all"),
                     {"spf": ("ok",), "spf_ip": ("error", "P10", '"v=spf1 ip4:9.9.9.9 ip4:8.8.8.8 -all"')}),
    "spf-redirect": (spf("v=spf1 redirect=_s.DOMAIN") | {"_s": ["TXT " + GOOD + "-all"]}, {"spf": ("ok",), "spf_ip": ("ok",)}),
    "spf-case": (spf("V=SPF1 IP4:9.9.9.9 -ALL"), {"spf": ("ok",), "spf_ip": ("ok",)}),
    "spf-like": (spf("v=spf10 +all", GOOD + "-all"), {"spf": ("ok",), "spf_ip": ("ok",)}),
    "spf-huge": (spf("v=spf1 " + " ".join(f"ip4:10.0.{i // 256}.{i % 256}" for i in range(3000)) + f" ip4:{IP} -all"),
                 {"spf_ip": ("ok",)}),
    "many-txt": (spf(*[f"note {i}" for i in range(100)], GOOD + "-all"), {"spf": ("ok",), "spf_ip": ("ok",)}),
}
DKIM_STATES = {
    "no-keys": ({"s1._domainkey": None}, {"dkim": ("error", "P14", "SELECTOR._domainkey.no-keys.test.")}),
    "other-selector": ({"s1._domainkey": None, "zz9._domainkey": ["TXT " + ED_KEY]}, {"dkim": ("not_tested", None, "--selector")}),
    "weak-key": (key("v=DKIM1; p=K512"), {"dkim": ("error", "P17", "512")}),
    "short-key": (key("v=DKIM1; k=rsa; p=K1024"), {"dkim": ("warning", "P17", "1024")}),
    "revoked-key": (key("v=DKIM1; p="), {"dkim": ("not_tested", None, "revoked")}),
    "bad-key": (key("v=DKIM1; p=AAAA"), {"dkim": ("error", "P17", "s1._domainkey.bad-key.test")}),
    "bad-base64": (key("v=DKIM1; k=rsa; p=!!!"), {"dkim": ("error", "P17", "base64")}),
    "key-type": (key("v=DKIM1; k=dsa; p=AAAA"), {"dkim": ("error", "P17", "rsa nor ed25519")}),
    "test-key": (key(ED_KEY + "; t=y"), {"dkim": ("warning", "P17", "t=y")}),
    "two-keys": (key(ED_KEY, "v=DKIM1; k=rsa; p=K1024"), {"dkim": ("error", "P17", "several")}),
    "cname-key": ({"s1._domainkey": ["CNAME k.DOMAIN"], "k": ["TXT " + ED_KEY]}, {"dkim": ("ok",)}),
}
DMARC_STATES = {
    "no-dmarc": ({"_dmarc": None}, {"dmarc": ("error", "P21", '_dmarc.no-dmarc.test. TXT "v=DMARC1; p=none;'),
                                    "bulk_dmarc": ("error", "P21", "dmarc"), "dmarc_reports": ("not_tested",)}),
    "two-dmarc": (dmarc("v=DMARC1; p=none", "v=DMARC1; p=reject"), {"dmarc": ("error", "P21", "2 DMARC records")}),
    "dmarc-no-p": (dmarc("v=DMARC1"), {"dmarc": ("error", "P21", "no valid p=")}),
    "dmarc-bad-p": (dmarc("v=DMARC1; p=rejct"), {"dmarc": ("error", "P21", "no valid p=")}),
    "dmarc-p-assumed": (dmarc("v=DMARC1; p=rejct; rua=mailto:r@DOMAIN"), {"dmarc": ("warning", "P21", "take it for none")}),
    "dmarc-none": (dmarc("v=DMARC1; p=none; rua=mailto:r@DOMAIN"),
                   {"dmarc": ("warning", "P21", '_dmarc.dmarc-none.test. TXT "v=DMARC1; p=quarantine; rua=mailto:r@dmarc-none.test"'),
                    "bulk_dmarc": ("ok",)}),
    "dmarc-testing": (dmarc("v=DMARC1; p=reject; t=y; rua=mailto:r@DOMAIN"), {"dmarc": ("warning", "P21", "t=y")}),
    "dmarc-no-rua": (dmarc("v=DMARC1; p=reject"),
                     {"dmarc": ("ok",),
                      "dmarc_reports": ("warning", "P21", 'TXT "v=DMARC1; p=reject; rua=mailto:dmarc-reports@dmarc-no-rua.test"')}),
    "dmarc-sp": (dmarc("v=DMARC1; p=reject; sp=none; rua=mailto:r@DOMAIN"),
                 {"dmarc": ("warning", "P21", 'TXT "v=DMARC1; p=reject; rua=mailto:r@dmarc-sp.test"')}),
    "dmarc-np": (dmarc("v=DMARC1; p=reject; np=none; rua=mailto:r@DOMAIN"), {"dmarc": ("warning", "P21", "np=none")}),
    "dmarc-np-stronger": (dmarc("v=DMARC1; p=quarantine; np=reject; rua=mailto:r@DOMAIN"), {"dmarc": ("ok",)}),
    "dmarc-pct": (dmarc("v=DMARC1; p=reject; pct=50; rua=mailto:r@DOMAIN"), {"dmarc": ("warning", "P21", "historic")}),
    "dmarc-external": (dmarc("v=DMARC1; p=reject; rua=mailto:r@reports.test"),
                       {"dmarc_reports": ("error", "P21", 'dmarc-external.test._report._dmarc.reports.test. TXT "v=DMARC1"')}),
    "dmarc-agreed": (dmarc("v=DMARC1; p=reject; rua=mailto:r@agreed.test"), {"dmarc_reports": ("ok", None, "agreed")}),
    "dmarc-bad-rua": (dmarc("v=DMARC1; p=reject; rua=r@DOMAIN"), {"dmarc": ("warning", "P21", "mailto")}),
}
MX_STATES = {
    "no-mx": (mx("A 8.8.4.4"), {"mx": ("warning", "D02", "no-mx.test. MX 10 no-mx.test."), "bounces": ("ok",)}),
    "no-mx-no-a": (mx(), {"mx": ("error", "D02", "MX 0 ."), "bounces": ("error", "D19", "MX 10 mail.")}),
    "null-mx": (mx("MX 0 .", "A 8.8.4.4"), {"mx": ("ok", None, "null MX"), "bounces": ("error", "D19", "RFC 7505"),
                                           "mx_hosts": ("not_tested",)}),
    "mixed-mx": (mx("MX 0 .", "MX 10 mx.DOMAIN"), {"mx": ("error", "D04", "RFC 7505")}),
    "mx-cname": (mx("MX 10 alias.DOMAIN", alias=["CNAME mx.DOMAIN"]),
                 {"mx_hosts": ("error", "D05", "mx-cname.test. MX 10 mx.mx-cname.test."), "mx_addresses": ("ok",)}),
    "mx-private": (mx("MX 10 lan.DOMAIN", lan=["A 192.168.1.5"]), {"mx_addresses": ("error", "D06", "192.168.1.5")}),
    "mx-loopback": (mx("MX 10 lo.DOMAIN", lo=["A 127.0.0.1"]), {"mx_addresses": ("error", "D06", "127.0.0.1")}),
    "mx-ula": (mx("MX 10 ula.DOMAIN", ula=["AAAA fd00::1", "A 8.8.4.4"]), {"mx_addresses": ("error", "D06", "fd00::1")}),
    "mx-cgnat": (mx("MX 10 cg.DOMAIN", cg=["A 100.64.0.1"]), {"mx_addresses": ("error", "D06", "100.64.0.1")}),
    "mx-mapped": (mx("MX 10 m.DOMAIN", m=["AAAA ::ffff:10.0.0.1", "A 8.8.4.4"]), {"mx_addresses": ("error", "D06", "a00:1")}),
    "mx-nowhere": (mx("MX 10 gone.DOMAIN"), {"mx_hosts": ("error", "D05", "gone.mx-nowhere.test")}),
    "mx-literal": (mx("MX 10 8.8.4.4"), {"mx_hosts": ("error", "D05", "8.8.4.4 is an address")}),
    "mx-only6": (mx("MX 10 six.DOMAIN", six=["AAAA 2a00:1450::1"]), {"mx_addresses": ("error", "D16", "IPv4")}),
    "mx-part-dead": (mx("MX 10 mx.DOMAIN", "MX 20 gone.DOMAIN"), {"mx_hosts": ("error", "D05", "gone."), "mx_addresses": ("ok",)}),
}
OTHER_STATES = {
    # the way there
    "sts-no-id": ({"_mta-sts": ["TXT v=STSv1;"]}, {"mta_sts": ("error", "T21", "id=")}),
    "sts-two": ({"_mta-sts": ["TXT v=STSv1; id=1", "TXT v=STSv1; id=2"]}, {"mta_sts": ("error", "T21", "more than one")}),
    "sts-no-host": ({"_mta-sts": ["TXT v=STSv1; id=1"]},
                    {"mta_sts": ("ok", None, "id=1"), "mta_sts_policy": ("error", "T21", "mta-sts.sts-no-host.test. CNAME"),
                     "tls_rpt": ("warning", "T21", '_smtp._tls.sts-no-host.test. TXT "v=TLSRPTv1;')}),
    "tlsrpt": ({"_smtp._tls": ["TXT v=TLSRPTv1; rua=mailto:t@DOMAIN"]}, {"tls_rpt": ("ok", None, "mailto:t@tlsrpt.test")}),
    "tlsrpt-bad": ({"_smtp._tls": ["TXT v=TLSRPTv1; rua=ftp://x"]}, {"tls_rpt": ("error", "T21", "_smtp._tls.tlsrpt-bad.test.")}),
    "bimi": ({"default._bimi": ["TXT v=BIMI1; l=https://x.test/l.svg"]}, {"bimi": ("ok", None, "https://x.test/l.svg")}),
    "bimi-bad": ({"default._bimi": ["TXT v=BIMI1; l=http://x.test/l.svg"]}, {"bimi": ("warning", "P37", "BIMI")}),
    # whole domains
    "parked": ({"": ["MX 0 .", "TXT v=spf1 -all"], "s1._domainkey": None, "mx": None},
               {"spf": ("ok", None, "sends no mail"), "dkim": ("not_tested",), "bounces": ("not_tested",), "mx": ("ok",),
                "bulk_spf": ("not_tested",)}),
    "gone": ({"": None, "mx": None, "_dmarc": None, "s1._domainkey": None},
             {"mx": ("error", "D01", "gone.test"), "spf": ("not_tested",), "dkim": ("not_tested",), "bulk_spf": ("not_tested",)}),
    # name servers in trouble
    "dead-txt": ({}, {"spf": ("untested", None, "servfail"), "spf_ip": ("untested",), "mx": ("ok",)}),
    "dead-dmarc": ({}, {"dmarc": ("untested",), "spf": ("ok",), "dmarc_reports": ("not_tested",)}),
    "dead-mx": ({}, {"mx": ("untested", None, "MX dead-mx.test"), "bounces": ("untested",), "mx_hosts": ("not_tested",)}),
    "dead-mx-host": ({}, {"mx": ("ok",), "mx_hosts": ("untested", None, "mx.dead-mx-host.test"), "mx_addresses": ("untested",)}),
    "dead-key": ({}, {"dkim": ("untested", None, "_domainkey.dead-key.test")}),
    "dead-all": ({}, {"spf": ("untested",), "dkim": ("untested",), "dmarc": ("untested",), "mx": ("untested",),
                      "mta_sts": ("untested",), "tls_rpt": ("untested",), "bulk_spf": ("untested",)}),
    "refused": ({}, {"spf": ("untested",), "mx": ("untested",)}),
    "truncated": ({}, {"spf": ("ok",), "mx": ("ok",), "dmarc": ("ok",), "dkim": ("ok",)}),
    # hostile
    "control": ({"": ["MX 10 mx.DOMAIN", f"TXT v=spf1 ip4:{IP} \x1b]0;own\x07 ~all"],
                 "_dmarc": ["TXT v=DMARC1; p=reject; rua=mailto:a\x1b[31m@DOMAIN; x=\x9b31m\u202e"],
                 "_mta-sts": ["TXT v=STSv1; id=\x1b[2J"], "s1._domainkey": ["TXT v=DKIM1; k=\x1b[1m; p=x"],
                 "_smtp._tls": ["TXT v=TLSRPTv1; rua=mailto:\x1b]8;;http://x\x07@y"]},
                {"spf": ("error", "P11", "x1b|x1B"), "mta_sts": ("error",), "dkim": ("error",)}),
}
STATES = SPF_STATES | DKIM_STATES | DMARC_STATES | MX_STATES | OTHER_STATES
FAULTS = [{"name": "dead-txt.test", "type": "TXT", "do": "servfail"}, {"name": "_dmarc.dead-dmarc.test", "do": "servfail"},
          {"name": "dead-mx.test", "type": "MX", "do": "servfail"}, {"name": "mx.dead-mx-host.test", "do": "servfail"},
          {"name": "*_domainkey.dead-key.test", "do": "servfail"}, {"name": "*dead-all.test", "do": "servfail"},
          {"name": "*refused.test", "do": "refused"}, {"name": "*truncated.test", "do": "truncate"}]
K512 = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALF7NCDghR6icxqTyX26fjYOQBTeI4NBWlp7Q/CEBNZSBhKQlvMegjdqku/tryE9duljUwvOi6MJzcUguC2eno8CAwEAAQ=="
K1024 = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDTBwCBXf6z+ulYkIs/uasQ5k8oVR++PYuadP8KnRvO7RSLT0A7lr/t8PqZje84zfQ1b//zl2lo5Ryo5WqhaRyr4t+AVrkZws6Md6jzEOxMRYabbdUv41vIEpaNctPhIX3kroam73LJ1Z59WCN77v8sVwo2p1C0PlyRl/IuEMWBjwIDAQAB"


def states():
    table = {"9.9.9.9.in-addr.arpa": ["PTR mail.example.org"], "mail.example.org": ["A " + IP],
             "*._report._dmarc.agreed.test": ["TXT v=DMARC1"], "reports.test": ["A 8.8.4.4"], "agreed.test": ["A 8.8.4.4"]}
    for name, (changes, _) in STATES.items():
        for owner, rows in zone(name + ".test", changes).items():
            table[owner] = [row.replace("K512", K512).replace("K1024", K1024) for row in rows]
    return table


def says(row, word):
    text = json.dumps(row, ensure_ascii=False).replace('\\"', '"').replace("\\\\", "\\")
    return any(part in text for part in word.split("|"))


def compare(row, status, code=None, word=""):
    if row["status"] != status:
        return f"{row['status']} instead of {status}"
    if code and "SW-" + code not in [f["code"] for f in row["findings"]]:
        return f"no SW-{code}"
    if status in ("ok", "not_tested", "untested") and row["findings"]:
        return "findings"
    return "" if says(row, word) else f"says nothing of {word}"


@tap.case("domains in every state, all at once: status, cause and the record to publish")
def _():
    wrong = []
    with lab.Home() as home, dns(states(), FAULTS) as where:
        names = home.write("list", "\ufeff" + "".join(f"{name}.test\t# {i}\r\n\n" for i, name in enumerate(STATES)))
        done = run(home, where, "--ip", IP, "--json", "--bulk", names, "--parallel", "64", "--deadline", "20", status=1)
        reports = {value["domain"]: value for value in map(json.loads, done.stdout.splitlines())}
        assert set(reports) == {name + ".test" for name in STATES}, {n + ".test" for n in STATES} ^ set(reports)
        for i, (name, (_, wanted)) in enumerate(STATES.items()):
            value = reports[name + ".test"]
            if i % 10 == 0 or name == "control":    # the schema takes its time
                lab.validate(value)
            rows = {row["test"]: row for row in value["results"]}
            for test, expected in wanted.items():
                why = compare(rows[test], *expected)
                if why:
                    wrong.append(f"{name} {test}: {why}: {rows[test]}")
            seen = [row["status"] for row in value["results"]]
            assert value["exit_status"] == (1 if "error" in seen else 2 if "untested" in seen else 0), value
    assert not wrong, "\n".join(wrong)


@tap.case("a healthy domain has no finding, as JSON, text and page, in both languages")
def _():
    with lab.Home() as home, dns(HEALTHY | works("zen.spamhaus.org") | works("dbl.spamhaus.org")) as where:
        argv = ["--ehlo", "mail.example.org", "example.org"]
        got = check(home, where, *argv, status=0)
        assert got[""]["outcome"] == "ok" and got[""]["domain"] == "example.org"
        bad = [row for name, row in got.items() if name and row["status"] not in ("ok", "not_tested")]
        assert not bad, bad
        for name in ("spf", "spf_ip", "dkim", "dmarc", "dmarc_reports", "ptr", "ehlo", "dnsbl_ip", "dnsbl_domain",
                     "bounces", "mx", "mx_hosts", "mx_addresses", "bulk_spf", "bulk_dkim", "bulk_dmarc", "bulk_ptr"):
            assert got[name]["status"] == "ok" and not got[name]["findings"], got[name]
        page = home.path / "page.html"
        text = run(home, where, "--ip", IP, "--html", str(page), *argv, status=0).stdout.decode()
        assert "example.org\n As a sender\n  ok              SPF record\n" in text, text
        assert "0 errors" in text.splitlines()[-1], text
        html = page.read_text()
        assert html.startswith("<!DOCTYPE html>") and html.rstrip().endswith("</html>") and "http" not in html, html
        russian = run(home, where, "--ip", IP, "--lang", "ru", *argv, status=0).stdout.decode()
        assert "Запись SPF" in russian and "ошибок 0" in russian.splitlines()[-1], russian


# ---- messages

LETTER = b"""From: Ann <ann@example.org>\r
To: bob@example.net\r
Subject: lunch on friday\r
Date: Fri, 20 Nov 2026 12:00:00 +0000\r
Message-ID: <1@example.org>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
Hello,\r
From here it is far; d\xc3\xa9j\xc3\xa0 vu.\r
.hidden\r
""" + b"word " * 250 + b"""\r
Bye\r
--b\r
Content-Type: text/html\r
\r
<html><body><p>Hello</p>\r
</body></html>\r
--b--\r
"""


def swap(old, new):
    def change(mail):
        assert old in mail, old
        return mail.replace(old, new)
    return change


def encoded(mail):
    head, body = mail.split(b"Content-Transfer-Encoding: 8bit\r\n\r\n", 1)
    text, rest = body.split(b"\r\n--b", 1)
    return (head + b"Content-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(text + b"\r\n").replace(b"\n", b"\r\n") + b"\r\n--b" + rest)


# what was done, what is said of it with the original, and without (None: nothing is claimed)
BREAKS = {
    "footer": (lambda m: m + b"-- \r\nThe list\r\n", "gateway's footer): \"The list\"", "appended"),
    "footer in a part": (swap(b"Bye\r\n", b"Bye\r\n_____\r\nlist@example.com\r\n"), "appended|put into the body", "appended"),
    "footer in each part": (lambda m: swap(b"Bye\r\n", b"Bye\r\nfooter\r\n")(swap(b"</body>", b"<hr>footer\r\n</body>")(m)),
                            "footer", None),
    "footer as a part": (swap(b"--b--\r\n", b"--b\r\nContent-Type: text/plain\r\n\r\nlist\r\n--b--\r\n"), "appended", "appended"),
    "banner": (swap(b"\r\n\r\n--b\r\nContent-Type: text/plain", b"\r\n\r\nCAUTION: outside\r\n--b\r\nContent-Type: text/plain"),
               "before the body", "before the body"),
    "banner in a part": (swap(b"Hello,\r\n", b"[EXTERNAL]\r\nHello,\r\n"), "put into the body: \"[EXTERNAL]\"", None),
    ">From": (swap(b"\r\nFrom here", b"\r\n>From here"), "lines that begin with From", "lines that begin with From"),
    "dots doubled": (swap(b"\r\n.hidden", b"\r\n..hidden"), "dots", "dots"),
    "dots lost": (swap(b"\r\n.hidden", b"\r\nhidden"), "dots", None),
    "long lines": (swap(b"word " * 190, b"word " * 100 + b"!\r\n " + b"word " * 90), "put into the body", "long lines"),
    "encoded": (encoded, "encoded anew", None),
    "blanks": (swap(b"it is far", b"it isfar"), "blanks", None),
    "cut": (lambda m: m[:m.index(b"Bye")], "cut", None),
    "part gone": (swap(b"--b\r\nContent-Type: text/html\r\n\r\n<html><body><p>Hello</p>\r\n</body></html>\r\n", b""), "taken out", None),
    "words": (swap(b"Hello,", b"Howdy,"), "line", None),
    "subject": (swap(b"Subject: ", b"Subject: [list] "), "subject was changed", "[list]"),
    "author": (lambda m: swap(b"From: Ann <ann@example.org>\r\n", b"From: Ann via list <list@example.com>\r\n"
                              b"Reply-To: Ann <ann@example.org>\r\n")(m).replace(b"h=Reply-To:", b"h="),
               "From field was rewritten", None),
    "field added": (swap(b"To: bob", b"Cc: eve@example.net\r\nTo: bob"), "field was added: Cc", "field was added: Cc"),
    "second subject": (swap(b"Subject: ", b"Subject: spam\r\nSubject: "), "field was added: Subject|subject", "field was added: Subject"),
    "field gone": (swap(b"To: bob@example.net\r\n", b""), "taken out: To", None),
    "field changed": (swap(b"To: bob@", b"To: bobby@"), "signed field was changed", None),
    "list": (lambda m: swap(b"Subject: ", b"Subject: [list] ")(m) + b"footer\r\n", "appended|subject", "appended|subject"),
}


@contextlib.contextmanager
def signed(letter=LETTER):
    """A home with a signed letter, and the zone that has its key."""
    with lab.Home() as home:
        path = str(home.path / "key")
        argv = ["--dkim-key", path, "--dkim-domain", "example.org", "--dkim-selector", "s1"]
        made = json.loads(lab.expect(home.run("--json", "dkim", "keygen", *argv), 0).stdout)
        mail = lab.expect(home.run("dkim", "sign", "-", *argv, stdin=letter), 0).stdout
        with dns(HEALTHY | {made["name"]: ["TXT " + made["record"]]}) as where:
            yield home, where, mail


def message(home, where, mail, original, *argv):
    more = ["--original", home.write("original.eml", original)] if original else []
    return check(home, where, "--message", home.write("mail.eml", mail), *more, *argv, validate=False)


@tap.case("what broke a signature is named: from the original, and without it only what is proved")
def _():
    wrong = []
    with signed() as (home, where, mail):
        got = message(home, where, mail, None)
        for name in ("message_spf", "message_dkim", "message_dmarc", "bulk_alignment"):
            assert got[name]["status"] == "ok", got[name]
        assert got["message_arc"]["status"] == got["message_unsubscribe"]["status"] == "not_tested", got
        assert "mx" not in got and got[""]["domain"] == "example.org", got[""]
        for name, (change, with_it, without) in BREAKS.items():
            broken = change(mail)
            rows = [(mail, with_it), (None, without)] + [(LETTER, with_it)] * (name in ("footer", "subject", "field added"))
            for original, word in rows:
                row = message(home, where, broken, original, "--selector", "s1")["message_dkim"]
                word = word or "without the original"
                if row["status"] != "error" or not all(says(row, w) for w in word.split("&")):
                    wrong.append(f"{name} ({'with' if original else 'without'}): no {word!r}: {[f['title'] for f in row['findings']]}")
    assert not wrong, "\n".join(wrong)


@tap.case("a message: envelope sender, alignment, unsubscribing, keys, and messages that are none")
def _():
    bulk = (b"List-Unsubscribe: <https://example.org/u?1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
    with signed(bulk + LETTER) as (home, where, mail):
        got = message(home, where, mail, None)
        assert got["message_unsubscribe"]["status"] == got["bulk_unsubscribe"]["status"] == "ok", got
        # The envelope sender: that of --from, else Return-Path.
        got = message(home, where, mail, None, "--from", "x@other.test")
        assert "x@other.test" in got["message_spf"]["found"] and got["message_spf"]["status"] == "warning", got["message_spf"]
        assert got["message_dmarc"]["status"] == "ok", got["message_dmarc"]
        got = message(home, where, b"Return-Path: <b@mail.example.org>\r\n" + mail, None)
        assert "<b@mail.example.org>: none" in got["message_spf"]["found"], got["message_spf"]
        got = message(home, where, b"Return-Path: <>\r\n" + mail, None, "--ehlo", "mail.example.org")
        assert got["message_spf"]["status"] == "warning" and "<>" in got["message_spf"]["found"], got["message_spf"]
        # No signature, another address: nothing is left that could pass.
        got = message(home, where, bulk + LETTER, None, "--from", "x@other.test")
        for name in ("message_dkim", "message_dmarc", "message_spf", "bulk_alignment", "bulk_dkim"):
            assert got[name]["status"] == "error", got[name]
        assert got["message_unsubscribe"]["status"] == "warning", got["message_unsubscribe"]
        got = message(home, where, mail.replace(b"List-Unsubscribe-Post", b"X-Post"), None)
        assert got["message_unsubscribe"]["status"] == "warning", got["message_unsubscribe"]
        got = message(home, where, mail, None, "other.example")
        assert got[""]["domain"] == "other.example" and got["message_dkim"]["status"] == "ok", got
        # The file as mail programs keep it: LF, and a mailbox's first line.
        got = message(home, where, b"From ann@example.org Fri Nov 20 12:00:00 2026\n" + mail.replace(b"\r\n", b"\n"), None)
        assert got["message_dkim"]["status"] == "ok", got["message_dkim"]
        for text, status in ((b"", 65), (b"no field\n", 65), (b"Subject: no author\n\nx\n", 64), (b"From: a@b\0.test\n\nx", 65)):
            done = run(home, where, "--message", home.write("bad", text), status=status)
            lab.one_line(done)
        run(home, where, "--message", "/nonexistent", status=66)
        run(home, where, "--message", "-", "--original", "-", status=64)
        run(home, where, "--original", home.write("o", mail), "example.org", status=64)
        done = run(home, where, "--ip", IP, "--json", "--message", "-", stdin=mail)
        assert b'"message_dkim"' in done.stdout, done


@tap.case("keys of a message that are not as they should be")
def _():
    with signed() as (home, _, mail):
        rows = (([], "error", "no key"), (["TXT v=DKIM1; p="], "error", "revoked"), (["TXT " + ED_KEY], "error", "another type"),
                (["TXT v=DKIM1; p=K1024"], "error", "cannot be told|key that signed"), (None, "untested", "servfail"))
        for records, status, word in rows:
            table = HEALTHY | {"s1._domainkey.example.org": [r.replace("K1024", K1024) for r in records or []]}
            faults = [{"name": "s1._domainkey.*", "do": "servfail"}] if records is None else []
            with dns(table, faults) as where:
                row = message(home, where, mail, None)["message_dkim"]
                assert row["status"] == status and says(row, word), (records, row)
                if records:
                    row = message(home, where, mail, mail)["message_dkim"]
                    assert row["status"] == status, row


# ---- block lists, silence, policies

@tap.case("a listing is one only when the list works and does not refuse us")
def _():
    own = f"{IP}.zen.spamhaus.org"      # the same backwards
    rows = (
        ("listed", works("zen.spamhaus.org") | {own: ["A 127.0.0.2", "TXT spam \x1b[31mhttps://x.test"]}, "error", "P05"),
        ("policy", works("zen.spamhaus.org") | {own: ["A 127.0.0.10"]}, "error", "P06"),
        ("not listed", works("zen.spamhaus.org"), "ok", None),
        ("refused", works("zen.spamhaus.org") | {own: ["A 127.255.255.254"]}, "untested", None),
        ("open resolver", {own: ["A 127.255.255.252"], "2.0.0.127.zen.spamhaus.org": ["A 127.255.255.252"]}, "untested", None),
        ("everything listed", {"*.zen.spamhaus.org": ["A 127.0.0.2"]}, "untested", None),
        ("parked zone", {"*.zen.spamhaus.org": ["A 203.0.113.7"]}, "untested", None),
        ("nothing listed", {own: ["A 127.0.0.2"]}, "untested", None),
        ("no address of a list", works("zen.spamhaus.org") | {own: ["A 203.0.113.7"]}, "ok", None),
        ("only a small one", works("all.s5h.net") | {f"{IP}.all.s5h.net": ["A 127.0.0.2"]}, "warning", "P05"),
    )
    with lab.Home() as home:
        for name, lists, status, code in rows:
            with dns(HEALTHY | lists) as where:
                got = check(home, where, "--selector", "s1", "example.org", validate=False)
                assert not compare(got["dnsbl_ip"], status, code), (name, got["dnsbl_ip"])
                assert got["dnsbl_domain"]["status"] == "untested", got["dnsbl_domain"]
        listed = works("dbl.spamhaus.org") | {"example.org.dbl.spamhaus.org": ["A 127.0.1.2"]}
        with dns(HEALTHY | listed) as where:
            got = check(home, where, "mail.example.org", validate=False)
            assert not compare(got["dnsbl_domain"], "error", "P09"), got["dnsbl_domain"]
        with dns(HEALTHY | works("zen.spamhaus.org"), [{"name": own, "do": "servfail"}]) as where:
            got = check(home, where, "example.org", validate=False)
            assert got["dnsbl_ip"]["status"] == "untested", got["dnsbl_ip"]
        with dns(HEALTHY) as where:
            got = check(home, where, "--ip", "192.168.1.7", "example.org", validate=False)
            assert got["dnsbl_ip"]["status"] == "not_tested" and "private" in got["dnsbl_ip"]["found"], got["dnsbl_ip"]


@tap.case("addresses without a name, with another one, and what the machine calls itself")
def _():
    rows = (
        ({"9.9.9.9.in-addr.arpa": None}, [], {"ptr": ("error", "P01", "9.9.9.9.in-addr.arpa. PTR mail.example.org.")}),
        ({"9.9.9.9.in-addr.arpa": ["PTR other.example.org"]}, [], {"ptr": ("error", "P02", "other.example.org. A 9.9.9.9")}),
        ({"9.9.9.9.in-addr.arpa": ["PTR 9-9-9-9.dyn.example.org"], "9-9-9-9.dyn.example.org": ["A 9.9.9.9"]}, [],
         {"ptr": ("warning", "P03", "9-9-9-9.dyn")}),
        ({}, ["--ehlo", "mail.example.org"], {"ehlo": ("ok",)}),
        ({}, ["--ehlo", "localhost"], {"ehlo": ("error", "P02", "localhost")}),
        ({}, ["--ehlo", "nowhere.example.org"], {"ehlo": ("error", "P02", "nowhere.example.org. A 9.9.9.9")}),
        ({}, ["--ehlo", "mx.example.org"], {"ehlo": ("warning", "P02", "mx.example.org")}),
        ({}, ["--ehlo", "[9.9.9.9]"], {"ehlo": ("error", "P02")}),
        ({}, ["--selector", "s1"], {"dkim": ("ok",)}),
        ({}, ["--selector", "s1._domainkey.example.org"], {"dkim": ("ok",)}),
        ({}, ["--selector", "nope"], {"dkim": ("error", "P17", "nope._domainkey.example.org")}),
        ({}, ["--selector", "s1", "--selector", "nope"], {"dkim": ("error", "P17")}),
        ({"old._domainkey.example.org": ["TXT v=DKIM1; p="]}, ["--selector", "old"], {"dkim": ("error", "P17", "revoked")}),
        ({}, ["--from", "Ann <ann@example.org>"], {"spf_ip": ("ok",)}),
        ({}, ["--ip", "2001:db8::1"], {"spf_ip": ("error", "P10", "ip6:2001:db8::1"), "ptr": ("error", "P01", "ip6.arpa")}),
        ({}, ["--ip", "::ffff:9.9.9.9"], {"spf_ip": ("ok",), "ptr": ("ok",)}),
    )
    with lab.Home() as home:
        for changes, argv, wanted in rows:
            table = {name: value for name, value in (HEALTHY | changes).items() if value is not None}
            with dns(table) as where:
                got = check(home, where, *argv, "example.org", validate=False)
                for test, expected in wanted.items():
                    assert not compare(got[test], *expected), (argv, changes, compare(got[test], *expected), got[test])


@tap.case("a name server that says nothing, or too late, costs the deadline and is no result")
def _():
    for fault in ("silent", "delay:9000"):
        with lab.Home() as home, dns(HEALTHY, [{"do": fault}]) as where:
            with lab.Watch() as watch:
                got = check(home, where, "--deadline", "2", "example.org", status=2)
            assert watch.seconds < 5 * lab.SLOW, watch.seconds
            for name in ("spf", "spf_ip", "dkim", "dmarc", "ptr", "dnsbl_ip", "mx", "mta_sts", "bulk_spf"):
                assert got[name]["status"] == "untested" and not got[name]["findings"], got[name]
    with lab.Home() as home, dns(HEALTHY, [{"name": "_dmarc.*", "do": "silent"}]) as where:
        got = check(home, where, "--deadline", "2", "example.org")
        assert got["dmarc"]["status"] == "untested" and got["spf"]["status"] == "ok", got["dmarc"]
    with lab.Home() as home:    # nobody listens
        got = check(home, "127.0.0.1:9", "--deadline", "3", "example.org", status=2)
        assert got["mx"]["status"] == "untested", got["mx"]


class PolicyServer:
    """HTTPS on loopback: path -> (status, headers, body)."""

    def __init__(self, cert, answers):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.headers["Host"].partition(":")[0].removeprefix("mta-sts.")
                status, headers, body = answers[name]
                if status == 0:
                    time.sleep(6)
                    return
                self.send_response(status)
                for key, value in headers:
                    self.send_header(key, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None      # clients that do not trust it
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert["chain"], cert["key"])
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def policy(*lines):
    return 200, [("Content-Type", "text/plain")], "\r\n".join(("version: STSv1", *lines, "")).encode()


POLICIES = {
    "good": (policy("mode: enforce", "mx: mx.good.test", "max_age: 604800"), ("ok", None, "enforce")),
    "wild": (policy("mode: enforce", "mx: *.wild.test", "max_age: 604800"), ("ok",)),
    "other-mx": (policy("mode: enforce", "mx: mail.other.test", "max_age: 604800"), ("error", "T21", "mx: mx.other-mx.test")),
    "testing": (policy("mode: testing", "mx: mx.testing.test", "max_age: 604800"), ("warning", "T21", "testing")),
    "none": (policy("mode: none", "max_age: 604800"), ("warning", "T21", "none")),
    "short": (policy("mode: enforce", "mx: mx.short.test", "max_age: 60"), ("warning", "T21", "60")),
    "broken": (policy("mode: enforce", "mx: mx.broken.test"), ("error", "T21", "max_age")),
    "html": ((200, [], b"<html>\x1b]0;x\x07</html>"), ("error", "T21", "name: value")),
    "missing": ((404, [], b""), ("error", "T21", "404")),
    "moved": ((301, [("Location", "https://www.moved.test/\x1b[31m")], b""), ("error", "T21", "301")),
    "huge": ((200, [], b"version: STSv1\n" + b"mx: a.test\n" * 30000), ("error", "T21", "too_large|long")),
    "wrong-name": (policy("mode: enforce", "mx: mx.wrong-name.test", "max_age: 604800"), ("error", "T21", "cert")),
    "slow": ((0, [], b""), ("untested", None, "time")),
}


@tap.case("MTA-STS policies: fetched as senders fetch them, and compared with the MX hosts")
def _():
    with lab.Home() as home:
        ca = certs.Authority(str(home.path / "ca"), "Test")
        names = [f"mta-sts.{name}.test" for name in POLICIES if name != "wrong-name"]
        table = {}
        for name in (*POLICIES, "nobody"):
            table |= zone(name + ".test", {"_mta-sts": ["TXT v=STSv1; id=1"], "mta-sts": ["A 127.0.0.1"],
                                           "_smtp._tls": ["TXT v=TLSRPTv1; rua=mailto:t@DOMAIN"]})
        with dns(table) as where, PolicyServer(ca.leaf(names), {name + ".test": row[0] for name, row in POLICIES.items()}) as web:
            argv = ["--ip", IP, "--json", "--ca", ca.cert, "--deadline", "4"]
            done = run(home, where, *argv, "--https-port", str(web.port), *[name + ".test" for name in POLICIES])
            reports = {value["domain"]: value for value in map(json.loads, done.stdout.splitlines())}
            for name, (_, expected) in POLICIES.items():
                row = [r for r in reports[name + ".test"]["results"] if r["test"] == "mta_sts_policy"][0]
                assert not compare(row, *expected), (name, compare(row, *expected), row)
            got = check(home, where, *argv[3:], "--https-port", "9", "nobody.test")
            assert not compare(got["mta_sts_policy"], "error", "T21"), got["mta_sts_policy"]
            # Not trusted by the system.
            got = check(home, where, "--https-port", str(web.port), "good.test")
            assert not compare(got["mta_sts_policy"], "error", "T21", "cert"), got["mta_sts_policy"]


# ---- the command

@tap.case("lists of domains: a file, standard input, arguments; slips and names that are none")
def _():
    with lab.Home() as home, dns(HEALTHY) as where:
        text = b"# ours\n\n  example.org  mail\r\nexample.org.\nEXAMPLE.ORG # again\nb\xc3\xbccher.test\nno domain\n-x..y\n" + b"a" * 40000
        for source, stdin in ((home.write("list", text), b""), ("-", text)):
            done = run(home, where, "--json", "--bulk", source, stdin=stdin, status=1)
            seen = [json.loads(line)["domain"] for line in done.stdout.splitlines()]
            assert seen.count("example.org") == 3 and "xn--bcher-kva.test" in seen and "-x..y" in seen and "no" in seen, seen
        done = run(home, where, "--json", "--bulk", home.write("empty", b"# nothing\n"), status=64)
        assert b"--bulk" in done.stderr, done
        got = check(home, where, "postmaster@Example.ORG.")
        assert got[""]["domain"] == "example.org", got[""]
        for name in ("exa mple.org", "[192.0.2.1]", "a..b", "x" * 64 + ".test", ".".join(["abcdefgh"] * 40), "a\x1b[31mb.test", "", "@"):
            got = check(home, where, name, validate=False)
            assert not compare(got["mx"], "error", "D01") and got[""]["exit_status"] == 1, (name, got["mx"])
        rows = ([], ["--bulk", "/nonexistent"], ["--ip", "9.9.9", "example.org"], ["--selector", "a b", "example.org"],
                ["--from", "nobody", "example.org"], ["--parallel", "0", "example.org"], ["--deadline", "x", "example.org"],
                ["--https-port", "70000", "example.org"], ["--html", "/tmp/x", "a.test", "b.test"],
                ["--anchor", "/nonexistent", "example.org"], ["--resolver", "nonsense", "example.org"],
                ["--message", str(home.path), "example.org"])
        for argv in rows:
            done = run(home, where, *argv)
            assert done.returncode in (64, 65, 66, 68, 78), (argv, done)
            lab.one_line(done)


@tap.case("many domains at once: each is told once, with progress on a terminal and nowhere else")
def _():
    names = [f"d{i}.test" for i in range(120)]
    table = {owner: rows for name in names for owner, rows in zone(name, {}).items()}
    with lab.Home() as home, dns(table) as where:
        source = home.write("list", "\n".join(names))
        argv = ["--ip", IP, "--json", "--bulk", source]
        done = run(home, where, *argv)
        assert sorted(json.loads(line)["domain"] for line in done.stdout.splitlines()) == sorted(names)
        assert done.stderr == b"", done.stderr
        done = run(home, where, *argv[:2], "--bulk", source, "-q")
        assert done.stdout == b"" and done.returncode == 1, done
        master, slave = pty.openpty()
        process = subprocess.Popen([tap.PROGRAM, "check", "--resolver", where, *argv], stdout=subprocess.PIPE, stderr=slave,
                                   stdin=subprocess.DEVNULL, env=home.env())
        os.close(slave)
        out = process.communicate(timeout=60 * lab.SLOW)[0]
        told = b""
        with contextlib.suppress(OSError):
            while chunk := os.read(master, 65536):
                told += chunk
        os.close(master)
        assert len(out.splitlines()) == len(names) and process.returncode == 1
        assert b"[#" in told and b"domains: " in told, told


@tap.case("the end of the reader is the end of the work")
def _():
    with lab.Home() as home, dns(HEALTHY) as where:
        source = home.write("list", "example.org\n" * 5000)
        process = subprocess.Popen([tap.PROGRAM, "check", "--resolver", where, "--json", "--bulk", source],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=home.env())
        process.stdout.readline()
        process.stdout.close()
        with lab.Watch() as watch:
            process.wait(30 * lab.SLOW)
        process.stderr.close()
        assert watch.seconds < 10 * lab.SLOW and process.returncode != 0, (watch.seconds, process.returncode)


if __name__ == "__main__":
    sys.exit(tap.main())
