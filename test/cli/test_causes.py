#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What `send` and `verify` say of causes: findings in the JSON, where the case is, the line for people."""
import json
import pathlib
import sys

import lab
import tap


def send(home, box, *argv, status, server=None):
    done = home.run(*argv, "send", *(server or box.server()), *lab.compose("--timeout", "3"), stdin=b"text\n")
    return lab.expect(done, status)


def codes(value):
    return [f["code"] for f in value["findings"]]


@tap.case("a failed send names the cause in its JSON, and the case that was kept")
def _():
    with lab.sandbox("--fault", "cert-expired") as (home, box):
        value = lab.result(send(home, box, "--json", status=76))
        first = value["findings"][0]
        assert first["code"] == "SW-T08" and first["state"] == "confirmed" and first["confidence"] >= 85, first
        assert first["because"] and first["remedies"][0]["text"] and first["recheck"].startswith("sendwell "), first
        assert all(f["state"] in ("confirmed", "likely", "possible") for f in value["findings"]), codes(value)
        assert value["case"] == str(home.last), value["case"]
        kept = json.loads(home.last.read_text())
        assert kept["result"]["findings"][0]["code"] == "SW-T08", kept["result"]["findings"]
        again = lab.result(lab.expect(home.run("--json", "diagnose", "--case", str(home.last)), 1))
        assert [f for f in again["findings"] if f["state"] in ("confirmed", "likely", "possible")] == \
            value["findings"]


@tap.case("--save has the word on where the case is")
def _():
    with lab.sandbox("--fault", "banner-554") as (home, box):
        path = home.path / "case.json"
        done = home.run("--json", "send", *box.plain(), *lab.compose("--save", str(path)), stdin=b"text\n")
        value = lab.result(lab.expect(done, 69))
        assert value["case"] == str(path) and value["findings"][0]["code"] == "SW-G01", value
        assert pathlib.Path(value["case"]).exists()


@tap.case("a case that cannot be kept is not named")
def _():
    with lab.sandbox("--fault", "banner-554") as (home, box):
        home.write("state", "in the way")
        value = lab.result(send(home, box, "--json", status=69, server=box.plain()))
        assert value["case"] is None and codes(value), value


@tap.case("what went well has no case and no finding that blocks")
def _():
    with lab.sandbox() as (home, box):
        value = lab.result(send(home, box, "--json", status=0))
        assert value["outcome"] == "accepted" and value["case"] is None, value
        assert [f for f in value["findings"] if f["level"] == "blocking"] == [], codes(value)


@tap.case("verify names causes likewise")
def _():
    with lab.sandbox("--fault", "starttls-masked") as (home, box):
        done = home.run("--json", "verify", "connection", *box.server(), "--tls", "starttls")
        value = lab.result(lab.expect(done, 76))
        assert value["schema"] == "sendwell/verify/1" and codes(value), value
        healthy = lab.Sandbox(home)
        with healthy:
            value = lab.result(lab.expect(home.run("--json", "verify", "connection", *healthy.server()), 0))
            assert [f for f in value["findings"] if f["level"] == "blocking"] == [], codes(value)


@tap.case("the line for people: the cause and the remedy, in both languages")
def _():
    with lab.sandbox("--fault", "cert-expired") as (home, box):
        text = send(home, box, status=76).stdout.decode()
        cause = [line for line in text.splitlines() if line.startswith("cause ")]
        assert len(cause) == 1 and "SW-T08 confirmed" in cause[0] and "Remedy: " in text, text
        value = lab.result(send(home, box, "--json", "--lang", "ru", status=76))
        assert value["findings"][0]["code"] == "SW-T08", value
        title = value["findings"][0]["title"]
        assert any("а" <= c <= "я" for c in title), title
        russian = send(home, box, "--lang", "ru", status=76).stdout.decode()
        assert title in russian and "подтверждено" in russian and "Что делать: " in russian, russian


@tap.case("standard error has one line still, and --quiet says nothing of causes")
def _():
    with lab.sandbox("--fault", "cert-expired") as (home, box):
        done = send(home, box, status=76)
        assert done.stderr.count(b"\n") == 1 and b"SW-" not in done.stderr, done.stderr
        quiet = send(home, box, "--quiet", status=76)
        assert quiet.stdout == b"", quiet.stdout


if __name__ == "__main__":
    sys.exit(tap.main())
