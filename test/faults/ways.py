# SPDX-License-Identifier: MIT
"""Ways through the program and the library: each is a function of a place that gives (arguments, standard input)."""

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import types

import box
import check_lab
import failing
import hosts
import names
import proxies
import real
import tap

EIGHT_BIT = (b"From: a@example.org\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\n"
             b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nna\xc3\xafve\n--b\nContent-Type: image/x\n\n" +
             bytes(range(128, 256)) * 40 + b"\n--b--\n")
LETTER = (b"From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: lunch\r\nDate: Fri, 20 Nov 2026 12:00:00 +0000\r\n"
          b"Message-ID: <1@example.org>\r\n\r\nHello,\r\nshall we?\r\n")
BOUNCES = os.path.join(tap.ROOT, "test", "data", "bounces")
WROTE = ["--from", "a@example.org", "--subject", "x", "b@example.org"]
PEOPLE = ["p%d@example.org" % n for n in range(6)]
MSMTP = """defaults
auth on
tls on
account work
host smtp.example.org
port 587
from me@example.org
user me@example.org
password s3cret
dsn_notify failure,delay
account bulk : work
tls_starttls off
port 465
passwordeval "pass show mail"
account default : work
"""


# ---- places

class Bare:
    """Where no message is sent: a directory."""

    def __init__(self, directory):
        self.dir, self.store = directory, None

    def messages(self):
        return []

    def keep(self, *names):
        """All other files are removed before each run."""
        def reset():
            for name in os.listdir(self.dir):
                path = os.path.join(self.dir, name)
                if name not in names and os.path.isdir(path):
                    shutil.rmtree(path, ignore_errors=True)
                elif name not in names:
                    os.unlink(path)
        self.reset = reset


def in_box(way, *options, faults=()):
    @contextlib.contextmanager
    def place():
        with box.Box(*options, faults=faults, store=True) as b, contextlib.ExitStack() as later:
            b.later = later
            yield failing.Run(b, *way(b))
    return place


def in_directory(way):
    @contextlib.contextmanager
    def place():
        with tempfile.TemporaryDirectory(prefix="sendwell-faults-") as directory, contextlib.ExitStack() as later:
            b = Bare(directory)
            b.later = later
            yield failing.Run(b, *way(b))
    return place


def with_names(way, table=check_lab.HEALTHY):
    def asked(b):
        b.resolver = b.later.enter_context(check_lab.dns(table(b) if callable(table) else table))
        return way(b)
    return in_directory(asked)


def write(b, name, text):
    path = os.path.join(b.dir, name)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, 0o600)
    return path


# ---- one message

def send(b, *more, tls=False, command=("send",)):
    server = ["--server", b.smtps, "--ca", b.ca] if tls else ["--server", b.smtp, "--tls", "none"]
    return [tap.PROGRAM, *command, "--json", *server, "--timeout", "10", *more]


def clear(b):
    return send(b, *WROTE), b"hello\n"


def login(b, *more):
    b.more_env = {"SENDWELL_PASSWORD": "not-secret"}
    return send(b, "--user", "sandbox", *more, *WROTE, tls=True), b"hello\n"


def login_by(mechanism):
    return lambda b: login(b, "--auth", mechanism)


def starttls(b):
    secret = write(b, "secret", "not-secret\n")
    return [tap.PROGRAM, "send", "--json", "--server", b.smtp, "--ca", b.ca, "--tls", "starttls", "--user", "sandbox",
            "--password-command", "cat " + secret, "--timeout", "10", *WROTE], b"hello\n"


def by_netrc(b):
    write(b, ".netrc", "machine other login x password y\nmachine 127.0.0.1 login sandbox password not-secret\n")
    return send(b, "--user", "sandbox", "--password-from", "netrc", *WROTE, tls=True), b"x\n"


def chunks(b):
    return send(b, "--chunking", "yes", "--dsn", "success,failure", "--dsn-envid", "id", "--priority", "1",
                "--deliver-by", "60", *WROTE), b"text\n" * 20000


def encoded(b):
    return send(b, "--message", "-"), EIGHT_BIT


def composed(b):
    picture, page = write(b, "p.png", b"\x89PNG\r\n" + bytes(range(256)) * 20), write(b, "page.html", "<p>Grüße <img src=cid:i></p>")
    return send(b, "--from", "Jürgen <a@example.org>", "--to", "b@example.org", "--cc", "Ann <b@example.org>", "--subject",
                "Grüße " * 20, "--html", page, "--text", write(b, "t", "Grüße\n" * 30), "--attach", picture + ";name=ü.png",
                "--inline", picture + ";cid=i", "--header", "X-Mark: one", "--list-unsubscribe", "https://example.org/u",
                "--reply-to", "c@example.org", "--flowed"), b""


def signed_letter(b):
    key = write(b, "dkim.key", dkim_key(b, "rsa2048"))
    return send(b, "--dkim-key", key, "--dkim-domain", "example.org", "--dkim-selector", "s1", "--transcript",
                os.path.join(b.dir, "transcript"), "--save", os.path.join(b.dir, "case.json"), *WROTE), b"hello\n"


def configured(b):
    write(b, "sendwell.conf", "# of a test\n[defaults]\nfrom = a@example.org\ntimeout = 10\njson = yes\n\n[account other]\nserver = 127.0.0.1:1\n\n"
          "[account mine]\nserver = %s\nca = %s\nuser = sandbox\npassword = not-secret\n" % (b.smtps, b.ca))
    return [tap.PROGRAM, "--config", os.path.join(b.dir, "sendwell.conf"), "send", "-a", "mine", "--subject", "x",
            "b@example.org"], b"hello\n"


def second_server(b):
    """The first of two says nothing to a connection; it is refused."""
    closed = b.later.enter_context(socket.socket())
    closed.bind(("127.0.0.1", 0))
    return [tap.PROGRAM, "send", "--json", "--server", "smtp://127.0.0.1:%d" % closed.getsockname()[1], "--fallback", b.smtp,
            "--tls", "none", "--timeout", "10", *WROTE], b"hello\n"


def another_client(b):
    return send(b, "--xclient", "NAME=client.example.org ADDR=192.0.2.1", "--proxy-header", "v2,192.0.2.1:25", *WROTE), b"x\n"


def token(b):
    return send(b, "--user", "sandbox", "--auth", "OAUTHBEARER", "--oauth-token-command", "echo not-secret", *WROTE,
                tls=True), b"x\n"


def fetched_token(b):
    """From a server of tokens, kept for one run only."""
    from test_oauth import TokenServer, token as a_token
    server = b.later.enter_context(TokenServer(a_token("not-secret", refresh_token="another")))
    state = os.path.join(b.dir, "state")
    b.more_env = {"XDG_STATE_HOME": state, "XDG_CACHE_HOME": state}
    b.reset = lambda: shutil.rmtree(state, ignore_errors=True)
    return send(b, "--user", "sandbox", "--oauth-token-url", server.url, "--oauth-client-id", "me", "--oauth-scope", "mail",
                "--oauth-client-secret-file", write(b, "client", "s3cret\n"), "--oauth-refresh-token-file",
                write(b, "refresh", "r3fresh\n"), *WROTE, tls=True), b"x\n"


def verified(b):
    b.more_env = {"SENDWELL_PASSWORD": "not-secret"}
    return send(b, "--user", "sandbox", "--from", "a@example.org", "b@example.org", "c@example.org", tls=True,
                command=("verify", "recipients")), b""


def dry(b):
    return send(b, "--dry-run", *WROTE), b"hello\n"


# ---- the library

def by_library(b):
    server = "smtp://127.0.0.1:%d?tls=none" % b.port
    return [os.path.join(tap.BUILD, "examples", "send"), server, "a@example.org", "b@example.org", "x"], b"x\n"


def stepped(b):
    server = "smtp://127.0.0.1:%d?tls=none" % b.port
    return [os.path.join(tap.BUILD, "examples", "send_poll"), "a@example.org", "b@example.org", server], EIGHT_BIT


def pooled(b):
    server = "smtp://127.0.0.1:%d?tls=none" % b.port
    return [os.path.join(tap.BUILD, "examples", "send_pool"), server, "a@example.org", "Hi", "Dear {{name}}", people(b)], b""


def several(b):
    server = "smtp://127.0.0.1:%d?tls=none" % b.port
    return [os.path.join(tap.BUILD, "examples", "send_many"), server, "a@example.org", "Hi", "text"], "\n".join(PEOPLE).encode()


# ---- many messages

def people(b):
    return write(b, "people.csv", "email,name\n" + "".join("%s,P\n" % who for who in PEOPLE))


def merged(b):
    return send(b, "--from", "a@example.org", "--merge", people(b), "--subject", "Hi {{name}}", "--sessions", "2",
                "--text", write(b, "letter", "Dear {{name}}\n")), b""


def kept(b):
    argv, text = merged(b)
    return [*argv, "--rcpt", "{{email}};notify=never", "--transcript", os.path.join(b.dir, "transcript"), "--save",
            os.path.join(b.dir, "cases")], text


def planned(b):
    return send(b, "--dry-run", "--fallback", "b.example.org,lmtp://192.0.2.1", "--user", "me", "--password-command", "true",
                "--message", "-", "b@example.org"), EIGHT_BIT


def merged_tls(b):
    b.more_env = {"SENDWELL_PASSWORD": "not-secret"}
    results = os.path.join(b.dir, "results")

    def reset():
        with contextlib.suppress(FileNotFoundError):
            os.unlink(results)
    b.reset = reset
    return send(b, "--from", "a@example.org", "--merge", people(b), "--subject", "Hi {{name}}", "--sessions", "3", "--rate",
                "1000/s", "--resume", results, "--user", "sandbox", "--text", write(b, "letter", "Dear {{name}}\n"), tls=True), b""


def from_folder(b):
    folder = os.path.join(b.dir, "letters")
    os.makedirs(folder, exist_ok=True)
    for n, who in enumerate(PEOPLE):
        write(b, "letters/%d.eml" % n, "From: a@example.org\nTo: %s\nSubject: x\n\nhello\n" % who)
    return send(b, "--messages", folder, "--sessions", "1"), b""


def pinned(b):
    """Each message has a connection of its own, and from the second on the session of TLS is taken up again."""
    found = os.path.join(b.dir, "found.json")
    subprocess.run([*send(b, "--save", found, *WROTE, tls=True)], input=b"x\n", stdout=subprocess.DEVNULL, check=True,
                   env=tap.clean_env(b.dir))
    with open(found) as f:
        pin = next(x["fields"]["pin"] for x in json.load(f)["facts"] if x["type"] == "tls.certificate")
    return send(b, "--tls-pin", pin, "--from", "a@example.org", "--merge", people(b), "--subject", "x", "--sessions", "1",
                "--session-messages", "1", "--text", write(b, "letter", "x\n"), tls=True), b""


# ---- proxies

def proxied(talk, scheme):
    def way(b):
        listener = b.later.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        threading.Thread(target=proxies.serve, args=(listener, talk), daemon=True).start()
        b.more_env = {"SENDWELL_PROXY": "%s://me:not-secret@127.0.0.1:%d" % (scheme, listener.getsockname()[1])}
        return send(b, *WROTE), b"x\n"
    return way


# ---- mail exchangers

networks = itertools.count(1)
POLICY = "version: STSv1\nmode: enforce\nmx: %s\nmax_age: 604800\n"


def to_domain(domain):
    """--mx: a signed zone whose mail host has the key that TLSA names (good) or another (bad), and a zone whose policy
    names its mail host (good) or another (bad). On addresses of its own."""
    def way(b):
        missing = real.missing(*names.PROGRAMS, "openssl")
        if missing:
            tap.skip("needs " + ", ".join(missing))
        net = "127.78.%d." % next(networks)
        ca = hosts.authority(b.dir)
        own = hosts.certificate(b.dir, "own", ["mx.good.sts.test", "mx.bad.sts.test"], ca=ca)
        try:
            host = hosts.MailHost(net + "1", own)
            policy = hosts.PolicyHost(net + "9", hosts.certificate(
                b.dir, "policy", ["mta-sts.good.sts.test", "mta-sts.bad.sts.test"], ca=ca))
        except PermissionError:
            tap.skip("port 25 is not for everybody here")
        b.later.callback(host.stop)
        b.later.callback(policy.stop)
        policy.policies.update({"good.sts.test": POLICY % "mx.good.sts.test", "bad.sts.test": POLICY % "mx.elsewhere.test"})
        digests = {"good": hosts.digest(own, 1), "bad": "0" * 64}
        signed = [row for name, digest in digests.items() for row in (
            "%s IN MX 10 mx.%s" % (name, name), "mx.%s IN A %s1" % (name, net), "_25._tcp.mx.%s IN TLSA 3 1 1 %s" % (name, digest))]
        plain = [row for name in digests for row in (
            "%s IN MX 10 mx.%s" % (name, name), "mx.%s IN A %s1" % (name, net),
            '_mta-sts.%s IN TXT "v=STSv1; id=1;"' % name, "mta-sts.%s IN A %s9" % (name, net))]
        served = names.Names(os.path.join(b.dir, "dns"), [names.Zone("dane.test", signed, signed=True),
                                                          names.Zone("sts.test", plain)])
        b.later.callback(served.stop)
        state = os.path.join(b.dir, "state")
        b.more_env = {"XDG_STATE_HOME": state}
        b.reset = lambda: shutil.rmtree(state, ignore_errors=True)

        def came():
            host.mails, number = 0, host.mails
            return [({"recipients": ["b@" + domain]}, b"")] * number
        b.messages = came
        return [tap.PROGRAM, "send", "--mx", "--json", "--resolver", served.address, "--trust-anchor", served.anchor, "--ca",
                ca + ".pem", "--from", "a@example.test", "--to", "b@" + domain, "--timeout", "10"], b"Hello\n"
    return in_directory(way)


# ---- the sandbox

def sandbox(b):
    """It is the server that has no memory; two clients that have enough come to it."""
    b.store = os.path.join(b.dir, "store")
    b.messages = lambda: box.stored(b.store)
    env = tap.clean_env(b.dir, SENDWELL_PASSWORD="not-secret", SENDWELL_HISTORY="none")

    def tell(b):
        for argv in (send(b, *WROTE), send(b, "--user", "sandbox", *WROTE, tls=True)):
            yield subprocess.run(argv, input=b"x\n", stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=60,
                                 check=False).returncode

    def call(argv, env, fds):
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, pass_fds=fds)
        late = threading.Timer(failing.RUN_SECONDS, lambda: p.send_signal(signal.SIGABRT))
        late.start()
        try:
            line = p.stdout.readline()
            settings = json.loads(line) if line else {}
            told = []
            if "port" in settings:
                told = list(tell(types.SimpleNamespace(
                    smtp="smtp://127.0.0.1:%d" % settings["port"], smtps="smtps://127.0.0.1:%s" % settings["tls_port"],
                    ca=settings["ca_file"])))
                p.terminate()
            out, err = p.communicate()
            return subprocess.CompletedProcess(told, p.returncode, line + out, err)
        finally:
            late.cancel()
            if p.poll() is None:
                p.kill()
                p.wait()
    b.call = call
    return [tap.PROGRAM, "sandbox", "--json", "--dir", b.dir, "--store", b.store], b""


# ---- other commands

def checked(b):
    return [tap.PROGRAM, "check", "--resolver", b.resolver, "--ip", check_lab.IP, "--json", "example.org"], b""


def checked_many(b):
    return [tap.PROGRAM, "check", "--resolver", b.resolver, "--ip", check_lab.IP, "--json", "--bulk", "-"], b"example.org\nexample.net\n"


TWO_DOMAINS = dict(check_lab.HEALTHY, **check_lab.zone("example.net", {}))


def dkim_key(b, algorithm):
    path = os.path.join(b.dir, "made-" + algorithm)
    subprocess.run([tap.PROGRAM, "dkim", "keygen", "--dkim-key", path, "--dkim-domain", "example.org", "--dkim-selector", "s1",
                    "--algorithm", algorithm], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, env=tap.clean_env(b.dir))
    with open(path) as f:
        return f.read()


# Made once: the zones are written before the way begins.
def signing(b, letter=LETTER):
    """The letter signed by a new key, and the record of that key."""
    path = os.path.join(b.dir, "signing")
    argv = ["--dkim-key", path, "--dkim-domain", "example.org", "--dkim-selector", "s1"]
    made = subprocess.run([tap.PROGRAM, "--json", "dkim", "keygen", *argv], stdout=subprocess.PIPE, check=True,
                          stderr=subprocess.PIPE, env=tap.clean_env(b.dir))
    mail = subprocess.run([tap.PROGRAM, "dkim", "sign", "-", *argv], input=letter, stdout=subprocess.PIPE, check=True,
                          env=tap.clean_env(b.dir))
    b.mail = mail.stdout
    return dict(check_lab.HEALTHY, **{"s1._domainkey.example.org": ["TXT " + json.loads(made.stdout)["record"]]})


def judged_mail(b):
    """A footer broke the signature: it is found out which."""
    return [tap.PROGRAM, "check", "--resolver", b.resolver, "--ip", check_lab.IP, "--json", "--message", "-", "--original",
            write(b, "original", b.mail)], b.mail + b"-- \r\nThe list\r\n"


def dkim_verified(b):
    return [tap.PROGRAM, "dkim", "verify", "--json", "--resolver", b.resolver, "-"], b.mail


def dkim_signed(b):
    key = write(b, "dkim.key", dkim_key(b, "ed25519"))
    b.keep("dkim.key")
    return [tap.PROGRAM, "dkim", "sign", "--dkim-key", key, "--dkim-domain", "example.org", "--dkim-selector", "s1", "-"], LETTER


def dkim_made(b):
    b.keep()
    return [tap.PROGRAM, "--json", "dkim", "keygen", "--dkim-key", os.path.join(b.dir, "key"), "--dkim-domain", "example.org",
            "--dkim-selector", "s1", "--algorithm", "ed25519"], b""


def explained(*argv):
    return lambda b: ([tap.PROGRAM, *argv, "explain", "550 5.7.26 This mail is unauthenticated, see the sender guidelines"], b"")


def explained_bounce(b):
    with open(os.path.join(BOUNCES, "delay-exchange.eml"), "rb") as f:
        return [tap.PROGRAM, "--json", "explain", "--why", "-"], f.read()


def listed(b):
    return [tap.PROGRAM, "explain", "--list", "causes"], b""


def analyzed(*argv):
    names = sorted(name for name in os.listdir(BOUNCES) if name.endswith(".eml"))[::6]
    return lambda b: ([tap.PROGRAM, *argv, "analyze", *[os.path.join(BOUNCES, name) for name in names]], b"")


def suppressed(b):
    b.keep()
    return [tap.PROGRAM, "analyze", "--suppress-list", "-", os.path.join(BOUNCES, "delay-exchange.eml")], b""


def failed_case(b, fault):
    """The case of a delivery that failed."""
    path = os.path.join(b.dir, "case.json")
    with box.Box(faults=[fault]) as server:
        subprocess.run([*send(server, "--save", path, *WROTE, tls=True)], input=b"x\n", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       check=False, env=tap.clean_env(b.dir))
    return path


def diagnosed(*argv):
    def way(b):
        path = failed_case(b, "cert-expired")
        b.keep("case.json")
        return [tap.PROGRAM, *argv, "diagnose", "--depth", "0", "--case", path], b""
    return way


def told_in_html(b):
    path = failed_case(b, "rcpt-unknown=b@example.org")
    b.keep("case.json")
    return [tap.PROGRAM, "diagnose", "--case", path, "--depth", "0", "--html", os.path.join(b.dir, "out.html"), "--share",
            os.path.join(b.dir, "share.json")], b""


def diagnosed_live(b):
    b.more_env = {"SENDWELL_PASSWORD": "wrong"}
    return [tap.PROGRAM, "diagnose", "--json", "127.0.0.1:%d" % b.port, "--ca", b.ca, "--tls-name", "localhost", "--timeout", "5",
            "--user", "sandbox", "--mail-log", "none"], b""


def imported(b):
    path = write(b, "msmtprc", MSMTP)
    b.more_env = {"XDG_CONFIG_HOME": os.path.join(b.dir, "config")}
    b.keep("msmtprc")
    return [tap.PROGRAM, "import", "--write", "msmtprc", path], b""


def helped(*argv):
    return lambda b: ([tap.PROGRAM, *argv], b"")
