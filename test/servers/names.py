# SPDX-License-Identifier: MIT
"""Signed and unsigned zones on loopback, served by nsd, signed by ldns-signzone."""

import os
import re
import signal
import subprocess
import time

import real

PROGRAMS = ("nsd", "ldns-signzone", "ldns-keygen")


class Zone:
    """`lines` behind SOA and NS. `spoil`: (name, type) of records whose data is changed behind the signer's back."""

    def __init__(self, name, lines, signed=False, spoil=()):
        self.name, self.lines, self.signed, self.spoil = name, lines, signed, spoil

    def write(self, directory):
        """The file to serve, and the DNSKEY line of a signed zone."""
        path = os.path.join(directory, self.name + ".zone")
        with open(path, "w") as f:
            f.write("$ORIGIN %s.\n$TTL 60\n@ IN SOA ns1 hostmaster 1 3600 900 604800 30\n@ IN NS ns1\n"
                    "ns1 IN A 127.0.0.1\n" % self.name + "\n".join(self.lines) + "\n")
        if not self.signed:
            return path, None
        key = real.run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", self.name, cwd=directory).stdout.decode().strip()
        real.run("ldns-signzone", "-e", "20400101000000", "-i", "20200101000000", "-o", self.name, path, key,
                 cwd=directory)
        with open(path + ".signed") as f:
            text = f.read()
        for name, kind in self.spoil:
            text, count = re.subn(r"^(%s\.\s+\d+\s+IN\s+%s\s.*?)(\w)(\.?)$" % (re.escape(name), kind),
                                  lambda m: m.group(1) + ("1" if m.group(2) == "0" else "0") + m.group(3), text,
                                  flags=re.M)
            assert count, "no %s %s to spoil" % (name, kind)
        with open(path + ".signed", "w") as f:
            f.write(text)
        with open(os.path.join(directory, key + ".key")) as f:
            return path + ".signed", f.read().split(";")[0].strip()


class Names:
    """An authoritative server of zones; `address` for --resolver, `anchor` the file for --trust-anchor."""

    def __init__(self, directory, zones):
        os.makedirs(directory)
        files = [(z.name, *z.write(directory)) for z in zones]
        self.anchor = os.path.join(directory, "anchor")
        with open(self.anchor, "w") as f:
            f.write("".join(key + "\n" for _, _, key in files if key))
        port = real.free_ports(1)[0]
        self.address = "127.0.0.1:%d" % port
        conf = os.path.join(directory, "nsd.conf")
        with open(conf, "w") as f:
            f.write('server:\n ip-address: 127.0.0.1@%d\n port: %d\n username: ""\n zonesdir: "%s"\n database: ""\n'
                    ' logfile: "%s/nsd.log"\n pidfile: "%s/nsd.pid"\n xfrdfile: "%s/xfrd"\n zonelistfile: "%s/list"\n'
                    ' xfrdir: "%s"\n server-count: 1\n minimal-responses: yes\nremote-control:\n control-enable: no\n'
                    % (port, port, *[directory] * 6))
            for name, path, _ in files:
                f.write('zone:\n name: %s\n zonefile: "%s"\n' % (name, path))
        nsd = "/usr/sbin/nsd" if os.path.exists("/usr/sbin/nsd") else "nsd"
        self.process = subprocess.Popen([nsd, "-d", "-c", conf], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            real.wait_port(port)
        except RuntimeError:
            self.stop()
            raise

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 5
        while self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
