# SPDX-License-Identifier: MIT
"""What opendkim-testmsg says of messages: lines of JSON in ({"message": hex}), one out each ({"status", "text"}). It asks
the system's resolver, so this runs in a name space of its own: see test_opendkim.py, which starts it.

usage: opendkim_peer.py DNSD_FOLDER RECORDS.json RESOLV.CONF"""
import json
import subprocess
import sys


def main():
    folder, records, resolv = sys.argv[1:]
    sys.path.insert(0, folder)
    import dnsd
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)
    with open(records, encoding="utf-8") as f:
        lines = json.load(f)
    with dnsd.running([{"address": "127.0.0.1", "resolver": True, "records": lines}]):
        print("ready", flush=True)
        for line in sys.stdin:
            p = subprocess.run(["opendkim-testmsg"], input=bytes.fromhex(json.loads(line)["message"]), capture_output=True,
                               timeout=60, check=False)
            text = (p.stdout + p.stderr).decode("utf-8", "replace").strip()
            print(json.dumps({"status": p.returncode, "text": text}), flush=True)


if __name__ == "__main__" and len(sys.argv) == 4:
    main()
