#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The reader of MIME against the trees and decoded bodies that two other readers published for their suites. Where
ours differs on purpose, JUSTIFIED says why; anything else is a failure. The suites are read in place; without them
only the program's own cases run."""

import glob
import json
import os
import subprocess
import sys
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

CORPORA = os.environ.get("SENDWELL_CORPORA", os.path.join(tap.ROOT, "..", "shared", "corpora"))
TOOL = os.path.join(tap.BUILD, "tools", "mail", "mime-tree")

# file: why the tree or a body is another here
EXTRA = "a delimiter opens a part, even at the end or directly before another one (RFC 2046 5.1.1)"
PREFIX = "a boundary is matched whole: another one that begins with it is another one (RFC 2046 5.1.1)"
NEAR = "a line that is no field ends the header unless fields that mail has follow it"
JUSTIFIED = {
    "malformed-000.eml": EXTRA,
    "malformed-001.eml": PREFIX,
    "malformed-002.eml": "a multipart without a delimiter is one without parts",
    "malformed-007.eml": "a delimiter that stands directly below the header ends it",
    "malformed-008.eml": PREFIX,
    "malformed-012.eml": PREFIX,
    "malformed-013.eml": EXTRA,
    "malformed-014.eml": EXTRA,
    "malformed-016.eml": PREFIX,
    "malformed-019.eml": "a byte that means nothing becomes \\xNN, not U+FFFD",
    "malformed-021.eml": "the part's boundary stands below, though the first delimiter is missing: it is a multipart",
    "rfc-000.eml": "what is not quite base64 is decoded as far as it is",
    "mimetools-testmsgs-multi-frag.msg": "characters behind base64 are decoded too (RFC 2045 6.8: padding ends nothing)",
    "testmsgs-basic-plain-with-bad-header-separator.msg": "a line of blanks ends the header when prose follows",
    "testmsgs-malformedHeader-nocrlfcrlf.msg": NEAR,
    "testmsgs-malformedHeader-noheader.msg": NEAR,
    "testmsgs-malformedHeaderStartsBody-noheader.msg": NEAR,
    "testmsgs-obsolete.msg": NEAR,
    "testmsgs-weird-boundary.msg": "blanks at the end of a boundary are not kept (RFC 2046 5.1.1 forbids them)",
}

OWN = {
    "a report": (b"Content-Type: multipart/report; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: message/rfc822\n\n"
                 b"Subject: x\n\ny\n--b--\n", ("multi", [("leaf", b"hi"), ("message", ("leaf", b"y"))])),
    "base64": (b"Content-Transfer-Encoding: base64\n\naGk=\n", ("leaf", b"hi")),
}


def trees(paths):
    p = subprocess.run([TOOL, *paths], capture_output=True, timeout=60, check=True)
    return {t["file"]: t for t in map(json.loads, p.stdout.decode().splitlines())}


def lines(data):
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def ours(part):
    """("multi", [...]), ("message", one), ("leaf", bytes, text)"""
    if part["type"].startswith("multipart/"):
        return "multi", [ours(p) for p in part["parts"]]
    if part["parts"]:
        return "message", ours(part["parts"][0])
    return "leaf", bytes.fromhex(part["decoded"]), part["text"].encode()


def differs(got, want, exact=True):
    """None, or where. A wanted body of None is not compared."""
    if got[0] != want[0]:
        return "%s, wanted %s" % (got[0], want[0])
    if got[0] == "message":
        return differs(got[1], want[1], exact)
    if got[0] == "multi":
        if len(got[1]) != len(want[1]):
            return "%d parts, wanted %d" % (len(got[1]), len(want[1]))
        return next(filter(None, (differs(g, w, exact) for g, w in zip(got[1], want[1]))), None)
    if want[1] is None:
        return None
    same = {lines(got[1]), lines(got[2])}
    if not exact:
        same = {s.strip() for s in same}
    wanted = lines(want[1]) if exact else lines(want[1]).strip()
    return None if wanted in same else "body %r, wanted %r" % (got[1][:60], want[1][:60])


def stalwart(d, at=0):
    body = d["parts"][at]["body"]
    if "Multipart" in body:
        return "multi", [stalwart(d, i) for i in body["Multipart"]]
    if "Message" in body:
        return "message", stalwart(body["Message"])
    kind, value = next(iter(body.items()))
    if kind == "Html":
        return "leaf", value.encode()
    return "leaf", value.encode() if isinstance(value, str) else bytes(value)


def mime4j(node, folder, prefix):
    """`node` is <message> or <body-part>."""
    multi = node.find("multipart")
    inner = node.find("message")
    if multi is not None:
        return "multi", [mime4j(n, folder, prefix) for n in multi.findall("body-part")]
    if inner is not None:
        return "message", mime4j(inner, folder, prefix)
    for kind in ("text-body", "binary-body"):
        leaf = node.find(kind)
        if leaf is not None:
            with open(os.path.join(folder, prefix + leaf.get("name")), "rb") as f:
                return "leaf", f.read()
    return "leaf", b""


def suite(t, name, wanted):
    """wanted: path of the message -> tree"""
    if not wanted:
        t.skip(name, "not beside this tree (SENDWELL_CORPORA names the folder of the suites)")
        return
    found = trees(sorted(wanted))
    wrong, known = [], 0
    for path, want in sorted(wanted.items()):
        why = differs(ours(found[path]["root"]), want, exact=False)
        base = os.path.basename(path)
        if why and base in JUSTIFIED:
            known += 1
        elif why:
            wrong.append("%s: %s" % (base, why))
        elif base in JUSTIFIED:
            wrong.append("%s: no longer differs" % base)
    t.check("%s: %d messages, %d differ on purpose" % (name, len(wanted), known), not wrong, "\n".join(wrong))


def main():
    t = tap.Tap()
    if not os.path.exists(TOOL):
        t.plan(0, "no %s: built with -Dtests=false" % TOOL)
        return 0
    for name, (data, want) in OWN.items():
        path = os.path.join(tap.BUILD, "own.eml")
        with open(path, "wb") as f:
            f.write(data)
        why = differs(ours(trees([path])[path]["root"]), want)
        t.check(name, not why, why)
    folder = os.path.join(CORPORA, "mime", "stalwart")
    wanted = {}
    for path in glob.glob(os.path.join(folder, "*.json")):
        with open(path, encoding="utf-8") as f:
            wanted[path[:-4] + "eml"] = stalwart(json.load(f))
    suite(t, "stalwart", wanted)
    folder = os.path.join(CORPORA, "mime", "mime4j")
    wanted = {}
    for path in glob.glob(os.path.join(folder, "*_decoded.xml")):
        prefix = "testmsgs-" if os.path.basename(path).startswith("testmsgs-") else "mimetools-testmsgs-"
        root = xml.etree.ElementTree.parse(path).getroot()
        wanted[path.replace("_decoded.xml", ".msg")] = mime4j(root, folder, prefix)
    suite(t, "mime4j", wanted)
    rest = [p for d in ("mimekit", "mikel-mail", "cpython") for p in glob.glob(os.path.join(CORPORA, "mime", d, "*"))
            if not p.endswith(("LICENCE.txt", ".json"))]
    if rest:
        t.check("%d other messages are read" % len(rest), len(trees(rest)) == len(rest))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
