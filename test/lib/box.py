# SPDX-License-Identifier: MIT
"""The program's own sandbox as a peer for tests.

    with box.Box(faults=["banner-silent"], store=True) as b:
        tap.sendwell("send", "--server", b.smtp, "--ca", b.ca, ...)
        b.messages()        # [(envelope, bytes), ...] in the order of arrival
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading

import tap


def stored(store):
    """Envelope (a dict) and bytes of each message in that directory, oldest first."""
    out = []
    for name in os.listdir(store) if store and os.path.isdir(store) else []:
        if name.endswith(".json") and not name.startswith("."):
            path = os.path.join(store, name[:-5])
            with open(path + ".json") as f:
                envelope = json.load(f)
            with open(path + ".eml", "rb") as f:
                out.append((envelope, f.read()))
    return sorted(out, key=lambda m: str(m[0].get("time")) + str(m[0].get("id")))


class Box:
    def __init__(self, *options, faults=(), store=False, env=None):
        self.dir = tempfile.mkdtemp(prefix="sendwell-box-")
        self.store = os.path.join(self.dir, "store") if store else None
        argv = [tap.PROGRAM, "sandbox", "--json", "--dir", self.dir, *options]
        for fault in faults:
            argv += ["--fault", fault]
        if store:
            argv += ["--store", self.store]
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=env or tap.clean_env(self.dir))
        line = self.process.stdout.readline()
        if not line:
            error = self.process.stderr.read().decode("utf-8", "replace")
            self.stop()
            raise AssertionError("the sandbox did not start: " + error)
        self.settings = json.loads(line)
        if "port" not in self.settings:
            self.stop()
            raise AssertionError("the sandbox did not start: %r" % self.settings)
        self.log = []
        # Read all the time, or a full pipe would stop the sandbox.
        self.reader = threading.Thread(target=self._read_log, daemon=True)
        self.reader.start()

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line.decode("utf-8", "replace").rstrip("\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def port(self):
        return self.settings["port"]

    @property
    def ca(self):
        return self.settings["ca_file"]

    @property
    def smtp(self):
        return "smtp://127.0.0.1:%d" % self.port

    @property
    def smtps(self):
        return "smtps://127.0.0.1:%d" % self.settings["tls_port"]

    def messages(self):
        return stored(self.store)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
