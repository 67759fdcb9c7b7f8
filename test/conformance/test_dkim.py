#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""DKIM and ARC against the public suites, which are read in place, and against two other implementations where
they are installed. Where ours differs on purpose, JUSTIFIED says why."""

import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

CORPORA = os.environ.get("SENDWELL_CORPORA", os.path.join(tap.ROOT, "..", "shared", "corpora"))
TOOL = os.path.join(tap.BUILD, "tools", "identity", "dkim-cases")
CHUNKS = [0, 1, 7, 64]


class Cases:
    """The driver, kept running."""

    def __init__(self):
        self.p = subprocess.Popen([TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, mode, message, records=None, **more):
        case = dict(more, mode=mode, message=message.hex(), records=records or {})
        self.p.stdin.write(json.dumps(case).encode() + b"\n")
        self.p.stdin.flush()
        line = self.p.stdout.readline()
        if not line:
            raise AssertionError("the driver died")
        return json.loads(line)

    def same(self, mode, message, records=None, **more):
        """The result, which must not depend on the pieces in which the message comes."""
        first = self.run(mode, message, records, **more)
        for chunk in CHUNKS[1:] if len(message) < 20000 else [4093]:
            got = self.run(mode, message, records, chunk=chunk, **more)
            assert got == first, "pieces of %d: %r, whole: %r" % (chunk, got, first)
        return first


def read(*path):
    with open(os.path.join(CORPORA, *path), "rb") as f:
        return f.read()


def cases_of(*path):
    return [json.loads(line) for line in read(*path).decode().splitlines()]


# ---- messages with a result

def best(results):
    """What a receiver says of a message as a whole."""
    if not results:
        return "none"
    if any(r["status"] == "pass" for r in results):
        return "pass"
    return "fail" if any(r["status"] in ("fail", "policy") for r in results) else "invalid"


RFC6376_KEY = ("v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFC"
               "jxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBc"
               "WToIMmPSPDdQPNUYckcQ2QIDAQAB")
RFC8463_KEYS = {
    "brisbane._domainkey.football.example.com": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test._domainkey.football.example.com":
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/"
        "J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryO"
        "TIKT+l/K4w3QIDAQAB"}



LIESER_KEYS = dict(RFC8463_KEYS, **{"brisbane._domainkey.example.com": RFC6376_KEY})
LIESER = {  # the others: one signature, which is right; names are of fields that it leaves open
    "dkim_added_header-date.eml": ["verified Date"],
    "dkim_added_header-subject.eml": ["verified Subject"],
    "dkim_added_header-to.eml": ["verified To"],
    "dkim_unsigned_header-content-type.eml": ["verified Content-Type"],
    "dkim_unsigned_header-reply_to-in_domain.eml": ["verified Reply-To"],
    "dkim_unsigned_header-reply_to-invalid.eml": ["verified Reply-To"],
    "dkim_unsigned_header-reply_to-not_in_domain.eml": ["verified Reply-To"],
    "ill_formed-from.eml": [],
    "rfc6376-A.2-header_subject_modified.eml": ["signature"],
    "rfc6376-A.2-ill_formed-missing_v.eml": ["tag-missing"],
    "rfc8463-A.3.eml": ["verified", "verified"],
}

DRAFT = "drafts before RFC 4871 had no v= or another one; RFC 6376 3.5 and 6.1.1 ask for v=1"
GRANULARITY = "g= of key records is gone since RFC 6376 (appendix C of it): an unknown tag is ignored"
JUSTIFIED = {
    "bad_1.txt": DRAFT, "bad_ietf01_1.txt": DRAFT, "bad_ietf01_2.txt": DRAFT,
    "good_ietf00_1.txt": DRAFT, "good_ietf00_2.txt": DRAFT, "good_ietf00_4.txt": DRAFT, "good_ietf00_5.txt": DRAFT,
    "good_ietf01_1.txt": DRAFT, "good_ietf01_2.txt": DRAFT, "mine_ietf01_1.txt": DRAFT, "mine_ietf01_2.txt": DRAFT,
    "mine_ietf01_3.txt": DRAFT, "mine_ietf05_1.txt": DRAFT, "multiple_1.txt": DRAFT, "no_body_1.txt": DRAFT,
    "no_body_2.txt": DRAFT,
    "badkey_8.txt": GRANULARITY, "badkey_9.txt": GRANULARITY, "badkey_13.txt": GRANULARITY,
}


def lieser(c):
    wrong = []
    for path in sorted(glob.glob(os.path.join(CORPORA, "dkim", "lieser", "*.eml"))):
        name = os.path.basename(path)
        got = [(r["reason"] + " " + r["unsigned"]).strip() for r in c.same("dkim", read(path), LIESER_KEYS)["results"]]
        if got != LIESER.get(name, ["verified"]):
            wrong.append("%s: %s" % (name, got))
    return wrong


def mail_dkim_zone():
    special = {"NXDOMAIN": "!nxdomain", "~~Query timed out~~": "!timeout", "~~SERVFAIL~~": "!servfail", '""': ""}
    rows = [line.split(None, 1) for line in read("dkim", "mail-dkim", "FAKE_DNS.dat").decode().splitlines()
            if line and not line.startswith("#")]
    return {name: special.get(text, text) for name, text in rows}


def mail_dkim(c):
    zone, wrong = mail_dkim_zone(), []
    for name, want in json.loads(read("dkim", "mail-dkim", "expected.json")).items():
        if "dk_" in name:
            continue  # DomainKeys
        got = best(c.same("dkim", read("dkim", "mail-dkim", name), zone, min=512, sha1=True)["results"])
        if (got != want) != (name in JUSTIFIED):
            wrong.append("%s: %s, wanted %s" % (name, got, want))
    return wrong


def chasquid(c):
    """Results of each signature; where it counts them as wrong for its own limits, the RFC rules."""
    wrong = []
    for path in sorted(glob.glob(os.path.join(CORPORA, "dkim", "chasquid", "*.msg"))):
        base, zone, message = path[:-4], {}, read(path)
        if message.strip().endswith(b".msg"):  # a link in the original: RFC 8463's message
            message, zone = read("dkim", "lieser", "rfc8463-A.3.eml"), dict(RFC8463_KEYS)
        if os.path.exists(base + ".dns") and read(base + ".dns").strip().endswith(b".dns"):
            zone = dict(RFC8463_KEYS)
        elif os.path.exists(base + ".dns"):
            for line in read(base + ".dns").decode().replace("\\\n", " ").splitlines():
                if ":" in line:
                    name, text = line.split(":", 1)
                    zone[name.strip()] = {"TEMPERROR": "!servfail", "PERMERROR": "!nxdomain"}.get(
                        text.strip(), " ".join(text.split()))
        want = [{"SUCCESS": "pass", "TEMPFAIL": "temperror"}.get(r["State"], "not pass")
                for r in json.loads(read(base + ".result"))["Results"] or []]
        got = [r["status"] for r in c.same("dkim", message, zone)["results"]]
        plain = [s if s in ("pass", "temperror") else "not pass" for s in got]
        # It stops at five signatures, we at eight.
        if plain[:len(want)] != want or (len(got) > len(want) and len(want) != 5):
            wrong.append("%s: %s, wanted %s" % (os.path.basename(path), got, want))
    return wrong


def with_zone(c, mode, folder):
    """Records, an empty line, a message that is right."""
    wrong = []
    for path in sorted(glob.glob(os.path.join(CORPORA, folder, "stalwart", "*.txt"))):
        if path.endswith("LICENCE.txt"):
            continue
        head, message = read(path).replace(b"\r\n", b"\n").split(b"\n\n", 1)
        zone = dict(line.split(" ", 1) for line in head.decode().splitlines())
        got = c.same(mode, message, zone)
        right = got.get("status") == "pass" if mode == "arc" else \
            got["results"] and all(r["status"] == "pass" for r in got["results"])
        if not right:
            wrong.append("%s: %s" % (os.path.basename(path), got))
    return wrong


def body_only(c):
    """The keys are not at hand: what the body hash says, which the names of the files foretell."""
    # The change of these is in the header, or there is no signature that can be read.
    header = {"test-fail-02.msg", "test-fail-03.msg", "test-fail-04.msg", "test-fail-06.msg", "test-fail-09.msg"}
    wrong, seen = [], 0
    for path in sorted(glob.glob(os.path.join(CORPORA, "dkim", "spamassassin", "test-*.msg")) +
                       glob.glob(os.path.join(CORPORA, "dkim", "mimekit", "*.msg"))):
        name = os.path.basename(path)
        for r in c.same("dkim", read(path), {})["results"]:
            seen += 1
            if r["body"] == "bad" and name not in header:
                wrong.append("%s: %s" % (name, r))
    return wrong if seen > 10 else ["only %d signatures" % seen]


def arc_validate(c):
    """An empty result in the suite: the newest seal says cv=fail, which RFC 8617 5.2 step 1 calls failed."""
    wrong = []
    for k in cases_of("arc", "validate", "cases.jsonl"):
        got = c.same("arc", k["message"].encode(), k["txt-records"])
        if got.get("status") != (k["cv"].lower() or "fail"):
            wrong.append("%s: %s, wanted %s" % (k["id"], got, k["cv"]))
    return wrong


def tags(text):
    """A tag list without the blanks that do not count; b= depends on how a field is folded."""
    pairs = (t.split("=", 1) for t in text.split(";") if t.strip())
    return {k.strip(): "".join(v.split()) for k, v in pairs if k.strip() != "b"}


def fields_of(text):
    out = {}
    for line in text.split("\r\n"):
        if line[:1] in (" ", "\t"):
            out[name] += " " + line.strip()
        elif line:
            name, value = line.split(":", 1)
            out[name] = value.strip()
    return out


def arc_sign(c):
    wrong = []
    for k in cases_of("arc", "sign", "cases.jsonl"):
        more = {"key": k["privatekey"], "domain": k["domain"], "selector": k["sel"], "authserv": k["srv-id"],
                "names": k["sig-headers"], "t": k["t"]}
        got = c.same("seal", k["message"].encode(), k["txt-records"], **more)
        new = fields_of(got.get("fields", ""))
        pairs = (("AS", "ARC-Seal"), ("AMS", "ARC-Message-Signature"), ("AAR", "ARC-Authentication-Results"))
        for short, name in pairs:
            if short == "AAR":
                same = " ".join(k[short].split()).rstrip(";") == " ".join(new.get(name, "").split())
            else:
                same = tags(k[short]) == tags(new.get(name, ""))
            if not same:
                wrong.append("%s %s: %r, wanted %r" % (k["id"], short, new.get(name), k[short]))
        if not new:
            continue
        # The chain with our set is as whole as it was before.
        line_end = "\r\n" if "\r\n" in k["message"] else "\n"
        sealed = got["fields"].replace("\r\n", line_end) + k["message"]
        after = c.run("arc", sealed.encode(), k["txt-records"])
        if after.get("status") != ("fail" if tags(k["AS"])["cv"] == "fail" else "pass"):
            wrong.append("%s: after sealing %s" % (k["id"], after))
    return wrong


# ---- other implementations, on messages that were changed

def mutate(rng, message):
    """One change as mail systems and attackers make them."""
    m = bytearray(message)
    end = message.index(b"\r\n\r\n")
    kind = rng.randrange(9)
    at = rng.randrange(len(m))
    if kind == 0:
        m[at] ^= 1 << rng.randrange(7)
    elif kind == 1:
        del m[at]
    elif kind == 2:
        m[at:at] = rng.choice([b" ", b"\t", b"\r\n", b"  ", b"x", b";", b"="])
    elif kind == 3:
        m += rng.choice([b"\r\n", b"\r\n\r\n", b" \r\n", b"-- \r\nfooter\r\n", b"x"])
    elif kind == 4:
        m[0:0] = rng.choice([b"Subject: [list] x\r\n", b"X-New: y\r\n", b"From: other@example.net\r\n"])
    elif kind == 5:
        space = m.find(b" ", rng.randrange(end))
        m[space:space + 1] = rng.choice([b"\r\n ", b"\r\n\t", b"  ", b"\t"]) if space >= 0 else b""
    elif kind == 6:
        tag = rng.choice([b"c=relaxed/simple", b"c=simple", b"l=3", b"l=99999", b"x=1", b"v=2", b"q=http", b"t=abc",
                          b"i=@example.net", b"z=From:x", b"h=from"])
        m = bytearray(bytes(m).replace(b"; ", b"; " + tag + b"; ", 1))
    elif kind == 7:
        m = bytearray(bytes(m).rstrip(b"\r\n"))
    return bytes(m)


def originals(c):
    """Signed by us, so that all keys are at hand, and those of the RFCs."""
    case = cases_of("arc", "sign", "cases.jsonl")[0]
    text = case["message"].replace("\r\n", "\n").replace("\n", "\r\n")
    zone = {k: "".join(v.split("\n")) for k, v in case["txt-records"].items()}
    out = []
    for simple in (False, True):
        got = c.run("sign", text.encode(), {}, key=case["privatekey"], domain=case["domain"], selector=case["sel"],
                    simple=simple)
        out.append(((got["fields"] + text).encode(), zone))
    for name in ("rfc6376-A.2.eml", "rfc8463-A.3.eml"):
        out.append((read("dkim", "lieser", name).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), LIESER_KEYS))
    return out


def mutants(c, count, seed):
    rng = random.Random(seed)
    for message, zone in originals(c):
        yield message, zone
        for _ in range(count):
            yield mutate(rng, message), zone


def dkimpy_passes(message, zone):
    import dkim
    keys = {k.encode(): v.encode() for k, v in zone.items()}
    try:
        d = dkim.DKIM(message, minkey=1024)
        signatures = [i for i, (n, _) in enumerate(d.headers) if n.lower() == b"dkim-signature"]
        return [bool(attempt(d, i, keys)) for i in range(len(signatures))]
    except dkim.DKIMException:
        return []


def attempt(d, i, keys):
    import dkim
    try:
        return d.verify(idx=i, dnsfunc=lambda name, timeout=5: keys.get(name.rstrip(b".")))
    except (dkim.DKIMException, ValueError, IndexError, KeyError):
        return False


def explained(ours, theirs, message):
    """Why dkimpy may say otherwise than we do; None when nothing explains it."""
    if len(ours) != len(theirs):
        return "it reads header and signatures otherwise"
    if any("From" in r["unsigned"] for r in ours):
        return "it refuses a message with two From fields; we pass the signature and say that one is not signed"
    return None


def dkimpy(c):
    try:
        import dkim  # noqa: F401
    except ImportError:
        tap.skip("python3-dkim is not installed")
    wrong, count = [], 0
    for message, zone in mutants(c, 150, 6376):
        ours = c.run("dkim", message, zone)["results"]
        theirs = dkimpy_passes(message, zone)
        count += 1
        if [r["status"] == "pass" for r in ours] != theirs and not explained(ours, theirs, message):
            wrong.append("%r: %s, dkimpy %s" % (message[:2000], [r["reason"] + r["detail"] for r in ours], theirs))
    assert count > 500 and not wrong, "\n".join(wrong[:5]) + "\n%d of %d" % (len(wrong), count)


SUITES = (
    ("dkim/lieser: 16 messages", lieser),
    ("dkim/mail-dkim: 40 messages, %d differ on purpose" % len(JUSTIFIED), mail_dkim),
    ("dkim/chasquid: 7 messages", chasquid),
    ("dkim/stalwart: 4 messages", lambda c: with_zone(c, "dkim", "dkim")),
    ("dkim/spamassassin, dkim/mimekit: body hashes", body_only),
    ("arc/validate: 103 chains", arc_validate),
    ("arc/sign: 11 chains", arc_sign),
    ("arc/stalwart: 2 chains", lambda c: with_zone(c, "arc", "arc")),
    ("dkim against dkimpy, changed messages", dkimpy),
)


def run_suite(c, fn):
    wrong = fn(c)
    assert not wrong, "\n".join(wrong)


def main():
    t = tap.Tap()
    if not os.path.exists(TOOL):
        t.plan(0, "no %s: built with -Dtests=false" % TOOL)
        return 0
    c = Cases()
    for name, fn in SUITES:
        if os.path.isdir(os.path.join(CORPORA, "dkim")):
            t.run(name, lambda fn=fn: run_suite(c, fn))
        else:
            t.skip(name, "the suites are not here")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
