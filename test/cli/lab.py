# SPDX-License-Identifier: MIT
"""What the suites of the program share: a private home, its own sandbox, schemas.

Nothing here or in the suites leaves 127.0.0.1.
"""
import contextlib
import functools
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMAS = pathlib.Path(tap.ROOT) / "doc" / "schema"
FROM, TO = "me@example.org", "you@example.net"
# What times are multiplied by: valgrind and friends say so themselves, other work on the machine shows.
SLOW = 5 if os.environ.get("SW_SLOW") else min(5, max(1, os.getloadavg()[0] / (os.cpu_count() or 1)))


class Home:
    """A home directory of its own, removed at the end."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="sendwell-cli-"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def env(self, **more):
        env = tap.clean_env(home=str(self.path), XDG_CONFIG_HOME=str(self.path / "config"),
                            XDG_STATE_HOME=str(self.path / "state"), TMPDIR=str(self.path), TERM="xterm")
        env.pop("NO_COLOR", None)
        env.update(more)
        return env

    def write(self, name, content, mode=0o600):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return str(path)

    def config(self, content, mode=0o600):
        return self.write("config/sendwell/config", content, mode)

    @property
    def last(self):
        return self.path / "state" / "sendwell" / "last.json"

    def run(self, *argv, stdin=b"", timeout=30, env=None, **more):
        """No terminal is in reach: the program must not ask anybody."""
        return tap.sendwell(*argv, stdin=stdin, timeout=timeout * SLOW, env=env or self.env(),
                            start_new_session=True, **more)


class Sandbox:
    """A running `sendwell sandbox`; what it said stands in `settings`, what it logs in `log`."""

    def __init__(self, home, *argv):
        self.home = home
        self.store = home.path / f"store-{os.urandom(4).hex()}"
        command = [tap.PROGRAM, "--json", "sandbox", "--store", str(self.store), *argv]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=home.env(), start_new_session=True)
        self.log = []
        self.reader = threading.Thread(target=self._read_log, daemon=True)
        self.reader.start()
        # All of it comes in one write.
        ready, _, _ = select.select([self.process.stdout], [], [], 20 * SLOW)
        line = self.process.stdout.readline() if ready else b""
        if not line.strip():
            self.stop()
            raise AssertionError(f"the sandbox did not start: {self.log}")
        self.settings = json.loads(line)

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line.decode("utf-8", "surrogateescape").rstrip("\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        status = self.stop()
        assert status == 0, f"the sandbox ended with {status}: {self.log[-5:]}"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(10 * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.reader.join(5)
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    @property
    def port(self):
        return self.settings["port"]

    @property
    def tls_port(self):
        return self.settings["tls_port"]

    @property
    def ca(self):
        return self.settings["ca_file"]

    def url(self, scheme="smtp", port=None):
        return f"{scheme}://127.0.0.1:{port or self.port}"

    def server(self, **more):
        """Options that reach it with verified TLS."""
        return ["--server", self.url(**more), "--ca", self.ca, "--tls-name", "localhost"]

    def plain(self):
        return ["--server", self.url(), "--tls", "none"]

    def mails(self):
        """[(envelope, message)] in the order of their coming."""
        found = []
        for path in sorted(self.store.glob("*.json"), key=lambda p: p.stat().st_mtime_ns):
            envelope = json.loads(path.read_text())
            validate(envelope)
            found.append((envelope, path.with_suffix(".eml").read_bytes()))
        return found

    def mail(self):
        """The only one."""
        mails = self.mails()
        assert len(mails) == 1, f"{len(mails)} messages: {self.log}"
        return mails[0]

    def connections(self):
        """Lines of the log that speak of a connection."""
        return [line for line in self.log if "connect" in line.lower()]


@contextlib.contextmanager
def sandbox(*argv):
    """A home and a sandbox in it."""
    with Home() as home, Sandbox(home, *argv) as box:
        yield home, box


def compose(*argv):
    """Options of the shortest message."""
    return ["--from", FROM, "--to", TO, *argv]


def strict(schema):
    """The same with nothing allowed that is not written down: a field without documentation is a mistake."""
    if isinstance(schema, dict):
        out = {k: strict(v) for k, v in schema.items()}
        if "properties" in schema and schema.get("title", "").find("facts behind") < 0:
            if "required" in schema and set(schema["required"]) >= set(schema["properties"]):
                out.setdefault("additionalProperties", False)
        return out
    return [strict(v) for v in schema] if isinstance(schema, list) else schema


@functools.cache
def validator(kind):
    schema = json.loads((SCHEMAS / f"{kind}.json").read_text())
    if kind != "case":
        schema = strict(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def validate(value):
    """Against the schema that it names."""
    if jsonschema is None:
        tap.skip("python3-jsonschema is missing")
    kind, _, version = value["schema"].removeprefix("sendwell/").partition("/")
    assert version == "1", value["schema"]
    validator(kind).validate(value)
    return value


def result(done):
    """The one line of JSON that --json gives; its status is the program's."""
    lines = done.stdout.splitlines()
    assert len(lines) == 1, f"{len(lines)} lines of JSON: {done}"
    value = validate(json.loads(lines[0]))
    if "exit_status" in value:
        assert value["exit_status"] == done.returncode, (value["exit_status"], done)
    return value


def expect(done, status):
    assert done.returncode == status, f"status {done.returncode}, expected {status}: {done}"
    return done


def one_line(done, *words):
    """A complaint of one line on standard error, with these words in it."""
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and lines[0].startswith("sendwell: "), f"expected one line: {done}"
    for word in words:
        assert word in lines[0], f"{word!r} is not in: {lines[0]}"
    return lines[0]


def raw_bytes(data):
    """Bytes that could act on a terminal, in what the program printed."""
    text = data.decode("utf-8")     # raises: all output is UTF-8
    bad = {c for c in text if (ord(c) < 0x20 and c != "\n") or 0x7f <= ord(c) <= 0x9f
           or ord(c) in (0x2028, 0x2029, 0xfeff, 0x200e, 0x200f) or 0x202a <= ord(c) <= 0x202e
           or 0x2066 <= ord(c) <= 0x2069}
    return bad


class Watch:
    """How long a piece of work took."""

    def __enter__(self):
        self.start = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.start
