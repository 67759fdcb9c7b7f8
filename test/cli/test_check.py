# SPDX-License-Identifier: MIT
"""sendwell check: domains in every state, from a scripted name server on loopback; lists of domains."""
import contextlib
import json
import os
import pty
import subprocess
import sys

import lab
import tap
from check_lab import ED_KEY, HEALTHY, IP, K512, K1024, check, compare, dns, dmarc, key, mx, run, spf, works, zone

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


def states():
    table = {"9.9.9.9.in-addr.arpa": ["PTR mail.example.org"], "mail.example.org": ["A " + IP],
             "*._report._dmarc.agreed.test": ["TXT v=DMARC1"], "reports.test": ["A 8.8.4.4"], "agreed.test": ["A 8.8.4.4"]}
    for name, (changes, _) in STATES.items():
        for owner, rows in zone(name + ".test", changes).items():
            table[owner] = [row.replace("K512", K512).replace("K1024", K1024) for row in rows]
    return table


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
        done = run(home, where, "--ip", IP, "--lang", "ru", *argv, status=0)
        russian = done.stdout.decode()
        assert "английски" not in done.stderr.decode(), done
        assert "Запись SPF" in russian and "ошибок 0" in russian.splitlines()[-1], russian


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
    names = [f"d{i}.test" for i in range(60)]
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


@tap.case("records as long as the DNS can carry are judged, not a lack of memory")
def _():
    junk = "\x7f" * 50000
    table = HEALTHY | {"example.org": ["MX 10 mx.example.org", "A 8.8.4.4", "TXT v=spf1 " + junk + " -all"],
                       "_dmarc.example.org": ["TXT v=DMARC1; p=" + junk]}
    with lab.Home() as home, dns(table) as where:
        got = check(home, where, "example.org")
        assert got["spf"]["status"] == got["dmarc"]["status"] == "error", (got["spf"], got["dmarc"])


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
