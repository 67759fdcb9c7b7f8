#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The same evaluations by the SPF library of Python (Debian: python3-spf), over the same zone.

usage: spf_peer.py ZONE
"""
import collections
import sys
import time

import spf

zone, requests = {}, []
for line in open(sys.argv[1], encoding="ascii"):
    if line.startswith("#"):
        continue
    name, kind, data = line.rstrip("\n").split(" ", 2)
    if name == "?":
        requests.append((kind, data))
    elif kind == "TXT":
        zone.setdefault((name, kind), []).append((data.encode(),))
    elif kind == "MX":
        number, host = data.split()
        zone.setdefault((name, kind), []).append((int(number), host))
    else:
        zone.setdefault((name, kind), []).append(data)


def lookup(name, kind, *_):
    return [((name, kind), value) for value in zone.get((name.lower(), kind), [])]


spf.DNSLookup = lookup
results = collections.Counter(spf.check2(i=ip, s=sender, h="mail.example.test")[0] for ip, sender in requests)
begun = time.process_time()
count = 0
while time.process_time() - begun < 1:
    for address, sender in requests:
        spf.check2(i=address, s=sender, h="mail.example.test")
        count += 1
rate = count / (time.process_time() - begun)
print("python3-spf: %.0f evaluations/s (%d requests, %d pass, %d fail, %d softfail)"
      % (rate, len(requests), results["pass"], results["fail"], results["softfail"]))
