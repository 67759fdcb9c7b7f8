# SPDX-License-Identifier: MIT
"""What the suites of `sendwell check` share: zones on a scripted name server, and reports to compare."""
import contextlib
import json
import os
import sys

import lab

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import dnsd  # noqa: E402

IP = "9.9.9.9"      # nobody is connected to: the name server says what it is
ED_KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="     # RFC 8463 A.2

K512 = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALF7NCDghR6icxqTyX26fjYOQBTeI4NBWlp7Q/CEBNZSBhKQlvMegjdqku/tryE9duljUwvOi6MJzcUguC2eno8CAwEAAQ=="
K1024 = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDTBwCBXf6z+ulYkIs/uasQ5k8oVR++PYuadP8KnRvO7RSLT0A7lr/t8PqZje84zfQ1b//zl2lo5Ryo5WqhaRyr4t+AVrkZws6Md6jzEOxMRYabbdUv41vIEpaNctPhIX3kroam73LJ1Z59WCN77v8sVwo2p1C0PlyRl/IuEMWBjwIDAQAB"

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
    with dnsd.running([wish]) as names:
        yield f"127.0.0.1:{names[0].port}"


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
