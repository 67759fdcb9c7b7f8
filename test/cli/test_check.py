# SPDX-License-Identifier: MIT
"""sendwell check: domains in every state, from a scripted name server on loopback."""
import contextlib
import json
import os
import sys

import lab
import tap

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
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
    with dnsd.running([{"address": "127.0.0.1", "port": 0, "resolver": True, "records": records,
                        "faults": list(faults)}]) as names:
        yield f"127.0.0.1:{names[0].port}"


def run(home, where, *argv, status=None, **more):
    done = home.run("check", "--resolver", where, *argv, **more)
    assert status is None or done.returncode == status, done
    assert not lab.raw_bytes(done.stdout) and not lab.raw_bytes(done.stderr), done
    return done


def check(home, where, *argv, **more):
    """test -> result, of one domain."""
    done = run(home, where, "--ip", IP, "--json", *argv, **more)
    value = lab.result(done)
    return {row["test"]: row for row in value["results"]} | {"": value}


def changed(**names):
    """HEALTHY with rows of example.org replaced; __ stands for a dot, None takes a name out."""
    table = dict(HEALTHY)
    for name, rows in names.items():
        name = (name.replace("__", ".") + ".example.org").lstrip(".")
        table.pop(name, None)
        if rows is not None:
            table[name] = rows
    return table


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


if __name__ == "__main__":
    sys.exit(tap.main())
