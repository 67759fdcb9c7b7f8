#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""sendwell diagnose: real failures against the sandbox, judged by a few rules of the suite's own; the report, the JSON, the
languages, what is refused. And sendwell explain SW-T08."""
import json
import os
import socket
import sys

import lab
import tap

RULES = r"""judgements:
  - id: own-expired
    finding: T08
    when:
      - "tls.handshake ok=false verify_code=10 as t"
      - "tls.certificate depth=$t.verify_depth not_after<$now as c"
    weight: 95
    proof: true
    because: {2: {en: "ended on {c.not_after}", ru: "истёк {c.not_after}"}}
    otherwise: {2: {en: "good until {c.not_after}", ru: "годен до {c.not_after}"}}
    bind: {host: $t.expected_name, date: $c.not_after}
  - id: own-wrong-name
    finding: T06
    when: ["tls.handshake ok=false verify_code=10 as t", "tls.handshake verify_code=62"]
    weight: 90
  - id: own-refused
    finding: R04
    when: ["tcp.attempt state=failed errno_name=ECONNREFUSED as a"]
    weight: 80
    because: {1: {en: "{a.address} refused after {a.elapsed_us}", ru: "{a.address} отказал через {a.elapsed_us}"}}
  - id: own-web-server
    finding: C06
    when: ["first.bytes speaks!=smtp|nothing as f"]
    weight: 95
    proof: true
    because: {1: {en: "the port speaks {f.speaks}", ru: "порт говорит по {f.speaks}"}}
  - id: own-silent
    finding: M07
    when: ["tcp.attempt state=connected", "none smtp.reply command=\"\""]
    weight: 95
"""


def run(home, *argv, status=1, env=None):
    rules = os.path.dirname(home.write("rules/own.yaml", RULES))
    return lab.expect(home.run("diagnose", "--rules", rules, *argv, env=env) if env else
                      home.run("diagnose", "--rules", rules, *argv), status)


def send(home, *server):
    case = str(home.path / "case.json")
    done = home.run("send", *server, *lab.compose("--save", case, "--timeout", "2"), stdin=b"text\n")
    assert done.returncode != 0, done
    return case


def judged(home, case):
    value = lab.result(run(home, "--case", case, "--json"))
    assert value["outcome"] == "problem" and value["findings"], value
    return value


@tap.case("an expired certificate: confirmed, with proof, remedy and what was ruled out")
def _():
    with lab.sandbox("--fault", "cert-expired") as (home, box):
        case = send(home, *box.server())
        value = judged(home, case)
        first = value["findings"][0]
        assert first["code"] == "SW-T08" and first["state"] == "confirmed", first
        assert "ended on 20" in first["because"][0] and first["recheck"].endswith(f"localhost:{box.port}"), first
        ruled_out = [f["code"] for f in value["findings"] if f["state"] == "ruled_out"]
        assert ruled_out and "SW-T08" not in ruled_out, value["findings"]
        text = run(home, "--case", case).stdout.decode()
        for words in ("error[SW-T08]", "(confirmed, 95 of 100)", "ended on 20", "tls FAILED", "certbot renew",
                      "help (the receiving side's administrator)", "ruled out:", "sendwell explain SW-T08"):
            assert words in text or words in " ".join(text.split()), (words, text)
        russian = run(home, "--case", case, "--lang", "ru").stdout.decode()
        for words in ("ошибка[SW-T08]", "подтверждено, 95 из 100", " 20", "исключено", "помощь ("):
            assert words in russian, (words, russian)
        offline = run(home, "--last", "--depth", "0", "--json").stdout
        assert offline == run(home, "--case", case, "--json").stdout


@tap.case("nobody listens: refused")
def _():
    with lab.Home() as home, socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        value = judged(home, send(home, "--server", f"127.0.0.1:{port}", "--tls", "none"))
        first = value["findings"][0]
        assert (first["code"], first["state"], first["confidence"]) == ("SW-R04", "likely", 80), first
        assert first["because"][0].startswith("127.0.0.1 refused after ") and first["because"][0].endswith(" ms"), first
        assert value["target"] == f"127.0.0.1:{port}", value["target"]
        stages = {s["name"]: s["status"] for s in value["stages"]}
        assert stages["tcp"] == "failed" and stages["greeting"] == "not_reached", stages


@tap.case("another service answers: HTTP, SSH")
def _():
    for fault in ("banner-http", "banner-ssh"):
        with lab.sandbox("--fault", fault) as (home, box):
            value = judged(home, send(home, *box.plain()))
            assert value["findings"][0]["code"] == "SW-C06", (fault, value["findings"][0])
            assert fault[7:] in value["findings"][0]["because"][0].lower(), value["findings"][0]


@tap.case("silence: no greeting within the time")
def _():
    with lab.sandbox("--fault", "banner-silent") as (home, box):
        value = judged(home, send(home, *box.plain()))
        assert value["findings"][0]["code"] in ("SW-G03", "SW-M07"), value["findings"][0]


@tap.case("a refusal that no rule knows: its category names possible causes")
def _():
    with lab.sandbox("--fault", "auth-535=535 5.7.8 Authentication credentials invalid") as (home, box):
        password = home.write("password", "wrong\n")
        case = send(home, *box.server(), "--user", "sandbox", "--password-file", password)
        value = lab.result(lab.expect(home.run("diagnose", "--rules", "none", "--case", case, "--json"), 1))
        assert value["outcome"] == "problem", value
        assert any(f["code"].startswith("SW-A") for f in value["findings"]), value["findings"]
        assert "wrong" not in json.dumps(value["facts"]).split(), "a secret"


@tap.case("what cannot be read is refused in one sentence")
def _():
    with lab.Home() as home:
        lab.one_line(lab.expect(home.run("diagnose"), 64), "--last", "--case")
        lab.one_line(lab.expect(home.run("diagnose", "--last", "--case", "x"), 64), "exclude")
        lab.one_line(lab.expect(home.run("diagnose", "--last", "more"), 64), "'more'")
        lab.one_line(lab.expect(home.run("diagnose", "--last"), 66), "no failed send or verify")
        lab.one_line(lab.expect(home.run("diagnose", "--case", str(home.path / "none")), 66), "none")
        lab.one_line(lab.expect(home.run("diagnose", "--case", home.write("x", "{}")), 65), "x:")


@tap.case("an empty case is untested: 2; an accepted message is healthy: 0")
def _():
    with lab.sandbox() as (home, box):
        empty = home.write("empty", '{"schema":"sendwell/case/1","started":"2026-01-01T00:00:00Z","program":"x",'
                                    '"result":null,"facts":[]}')
        value = lab.result(run(home, "--case", empty, "--json", status=2))
        assert value["outcome"] == "untested" and value["findings"] == [], value
        case = str(home.path / "ok.json")
        lab.expect(home.run("send", *box.server(), *lab.compose("--save", case), stdin=b"text\n"), 0)
        assert lab.result(run(home, "--case", case, "--json", status=0))["outcome"] == "healthy"


@tap.case("the story of a cause, in both languages and as JSON")
def _():
    with lab.Home() as home:
        text = lab.expect(home.run("explain", "SW-T08"), 0).stdout.decode()
        assert text.startswith("SW-T08  ") and "certbot" in text and "{" not in text and "HOST" in text, text
        assert lab.expect(home.run("explain", "--lang", "ru", "sw-t08"), 0).stdout.decode().startswith("SW-T08  ")
        value = lab.result(lab.expect(home.run("explain", "--json", "SW-T08"), 0))
        assert value["code"] == "SW-T08" and value["remedies"] and value["lookalikes"], value
        lab.expect(home.run("explain", "SW-Z99"), 1)


if __name__ == "__main__":
    sys.exit(tap.main())
