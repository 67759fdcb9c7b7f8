#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Public suffixes and DMARC against the published suites, read in place. Where ours differs on purpose, JUSTIFIED says
why; anything else is a failure. Without the suites only our own cases run."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

CORPORA = os.environ.get("SENDWELL_CORPORA", os.path.join(tap.ROOT, "..", "shared", "corpora"))
TOOL = os.path.join(tap.BUILD, "tools", "identity", "evaluate")
LIST = os.path.join(CORPORA, "psl", "public_suffix_list.dat")

# case: why the result is another one
JUSTIFIED = {
    "DMARC Verify Tests Basic DMARC lookup Should return temperror on DNS failure #1":
        "the failure was not recorded: the zone of the case says that there is no record",
}

# author, dkim, spf, zone, what both kinds of receivers see (result, applied policy), and whether they differ
OWN = [
    ("no record", "a.test", [], [], {}, ("none", ""), ("none", ""), False),
    ("relaxed below", "a.test", ["m.a.test"], [], {"_dmarc.a.test": "v=DMARC1; p=reject"}, ("pass", "reject"),
     ("pass", "reject"), False),
    ("strict below", "a.test", ["m.a.test"], [], {"_dmarc.a.test": "v=DMARC1; p=reject; adkim=s"}, ("fail", "reject"),
     ("fail", "reject"), False),
    ("testing", "a.test", [], [], {"_dmarc.a.test": "v=DMARC1; p=reject; t=y"}, ("fail", "quarantine"),
     ("fail", "reject"), True),
    ("a record between", "x.b.a.test", [], [],
     {"_dmarc.b.a.test": "v=DMARC1; p=reject; psd=n", "_dmarc.a.test": "v=DMARC1; p=none"}, ("fail", "reject"),
     ("fail", "none"), True),
    ("what does not exist", "x.a.test", [], [], {"_dmarc.a.test": "v=DMARC1; p=none; np=reject"}, ("fail", "reject"),
     ("fail", "none"), True),
    ("two records are none", "a.test", [], [], {"_dmarc.a.test": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
     ("none", ""), ("none", ""), False),
    ("no p and no rua", "a.test", [], [], {"_dmarc.a.test": "v=DMARC1; sp=reject"}, ("none", ""), ("none", ""), False),
    ("no answer", "a.test", [], [], {"_dmarc.a.test": None}, ("temperror", ""), ("temperror", ""), False),
    ("no answer above the own record", "x.a.test", ["x.a.test"], [],
     {"_dmarc.x.a.test": "v=DMARC1; p=reject", "_dmarc.a.test": None}, ("pass", "reject"), ("pass", "reject"), False),
    ("no domain", "a..test", [], [], {}, ("permerror", ""), ("permerror", ""), False),
]


def evaluate(requests):
    text = "".join(json.dumps(r) + "\n" for r in requests)
    p = subprocess.run([TOOL], input=text.encode(), capture_output=True, timeout=120, check=True)
    return [json.loads(line) for line in p.stdout.decode().splitlines()]


def domain_of(address):
    if isinstance(address, list):
        address = address[0]
    return address.rsplit("@", 1)[-1]


def zone_of(zone):
    out = {}
    for name, records in zone.items():
        node = out.setdefault(name.lower(), {})
        for kind, data in records.items():
            if kind == "TXT":
                node["TXT"] = ["".join(r) if isinstance(r, list) else r for r in data]
            elif kind == "MX":
                node["MX"] = ["%d %s" % (m["priority"], m["exchange"]) for m in data]
            else:
                node[kind] = data
    return out


def domains(entries):
    return [e if isinstance(e, str) else e["domain"] for e in entries]


def same(key, want, answer, recorded):
    """Whether one expected value is ours: what receivers of RFC 9989 see. The recorder takes organizational domains
    from the list of public suffixes, so there that of the others counts."""
    got = answer["tree"]
    if key == "queries":
        return answer["asked"][:len(want)] == want
    if key == "domain":
        return (answer["list"] if recorded else got)["org"] == want
    if key == "policy":
        return got["applied"] == (want or "")
    if key in ("spf_aligned", "dkim_aligned"):
        return bool(got[key.split("_")[0]]) == bool(want)
    if key in ("p", "sp"):
        return got[key] == (want or "")
    if key == "pct":
        return got[key] == (100 if want is None else want)
    return got[key] == want


def check_eval(t, path):
    with open(path, encoding="utf-8") as f:
        cases = [json.loads(line) for line in f]
    good = justified = 0
    evals = [c for c in cases if "header_from" in c]
    pairs = [c for c in cases if "a" in c]
    requests = [{"do": "dmarc", "list": LIST, "author": domain_of(c["header_from"]), "dkim": domains(c["dkim"]),
                 "spf": domains(c["spf"]), "zone": zone_of(c["zone"])} for c in evals]
    # Alignment alone: one domain signs, the other one is the author's.
    requests += [{"do": "dmarc", "list": LIST, "author": c["a"], "dkim": [c["b"]], "spf": [],
                  "zone": {"_dmarc." + c["a"]: {"TXT": ["v=DMARC1; p=none; adkim=" + c["mode"]]}}} for c in pairs]
    for c, got in zip(evals + pairs, evaluate(requests)):
        if "a" in c:
            wrong = [] if (got["list"]["dkim"] is not None) == c["expected"]["aligned"] else ["aligned"]
        else:
            wrong = [k for k, v in c["expected"].items() if not same(k, v, got, "source" not in c)]
        if wrong and c["id"] in JUSTIFIED:
            justified += 1
            continue
        good += not wrong
        if wrong:
            t.check(c["id"], False, "%s: %s, wanted %s" % (wrong, got, c["expected"]))
    t.check("dmarc/eval: %d of %d cases, %d against the RFC" % (good, len(cases), justified),
            good + justified == len(cases))


def check_psl(t, path):
    with open(path, encoding="utf-8") as f:
        cases = [line.split() for line in f if line.strip() and not line.startswith("//")]
    cases = [(a, b) for a, b in cases if a != "null"]
    got = evaluate([{"do": "suffix", "list": LIST, "domain": a} for a, _ in cases])
    good = 0
    for (name, want), g in zip(cases, got):
        right = g["org"].lower() == ("" if want == "null" else want.lower())
        good += right
        if not right:
            t.check("psl " + name, False, "%s, wanted %s" % (g, want))
    t.check("psl: %d of %d cases" % (good, len(cases)), good == len(cases) > 0)


def check_own(t):
    def zone(z):
        return {n: {"TXT": "timeout" if r is None else r if isinstance(r, list) else [r]} for n, r in z.items()}
    requests = [{"do": "dmarc", "author": a, "dkim": d, "spf": s, "zone": zone(z)} for _, a, d, s, z, *_ in OWN]
    for case, got in zip(OWN, evaluate(requests)):
        tree = (got["tree"]["result"], got["tree"]["applied"])
        old = (got["list"]["result"], got["list"]["applied"])
        t.check(case[0], (tree, old, got["differ"]) == case[5:], str(got))


def main():
    t = tap.Tap()
    if not os.path.exists(TOOL):
        t.plan(0, "no %s: built with -Dtests=false" % TOOL)
        return 0
    check_own(t)
    for name, path, run in (("psl", os.path.join(CORPORA, "psl", "tests.txt"), check_psl),
                            ("dmarc/eval", os.path.join(CORPORA, "dmarc", "eval", "cases.jsonl"), check_eval)):
        if os.path.exists(path):
            run(t, path)
        else:
            t.skip(name, "%s is not there" % path)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
