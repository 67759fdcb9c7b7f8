#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Evaluates SPF with the library of Debian's python3-spf, over the same requests as tools/identity/evaluate: lines of
JSON in, lines of JSON out. Not a test by itself: test_spf.py starts it when the library is there."""
import json
import sys

import spf

ZONE = {}


def lookup(name, kind, *_):
    node = ZONE.get(name.lower().rstrip("."), {})
    found = node.get(kind, node.get("*", []))
    if isinstance(found, str):
        raise spf.TempError("DNS " + found)
    for data in found:
        if kind == "TXT":
            yield (name, kind), (data.encode("latin-1"),)
        elif kind == "MX":
            number, host = data.split()
            yield (name, kind), (int(number), host)
        elif kind == "AAAA":
            yield (name, kind), spf.ipaddress.ip_address(data).compressed
        else:
            yield (name, kind), data


spf.DNSLookup = lookup


def main():
    global ZONE
    for line in sys.stdin:
        r = json.loads(line)
        ZONE = r["zone"]
        q = spf.query(i=r["ip"], s=r["mail_from"], h=r["helo"])
        result, _, why = q.check()
        print(json.dumps({"result": result, "why": why}), flush=True)


if __name__ == "__main__" and len(sys.argv) > 1 and sys.argv[1] == "run":
    main()
