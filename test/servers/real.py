# SPDX-License-Identifier: MIT
"""Real mail servers in private directories on loopback, for tests.

Each class makes a directory of its own, starts the server without systemd, waits until it answers, and stops it
by its pid. Nothing outside the directory is written. Needs root (the servers change users)."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time

USERS = {"alice@example.test": "s3cret-of-Alice", "bob@example.test": "hunter2-of-Bob"}


def missing(*programs):
    """The programs of the list that are not installed."""
    extra = "/usr/sbin:/sbin:/usr/lib/postfix/sbin"
    path = os.environ.get("PATH", "") + ":" + extra
    return [p for p in programs if shutil.which(p, path=path) is None]


def free_ports(count):
    """Ports that nobody listens on now. Held open together so that they differ."""
    socks = [socket.socket() for _ in range(count)]
    for s in socks:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in socks]
    for s in socks:
        s.close()
    return ports


def wait_port(port, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("nothing listens on port %d after %d s" % (port, seconds))


def wait_greeting(address, port, log, seconds=70):
    """Until the server greets, by connections of 5 s each. A port that takes connections is not enough for Postfix: master
    listens, and a process that did not come up is started again only after service_throttle_time."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            with socket.create_connection((address, port), 5) as s:
                last = s.recv(512)
                if last.startswith(b"220"):
                    s.sendall(b"QUIT\r\n")
                    s.recv(512)
                    return
        except OSError as e:
            last = e
        time.sleep(0.05)
    raise RuntimeError("no greeting from %s:%d in %d s, at last %r\n%s" % (address, port, seconds, last, log()[-3000:]))


def run(*argv, **kw):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)


class Authority:
    """A CA and one certificate for mail.example.test, localhost and 127.0.0.1."""

    def __init__(self, directory):
        self.dir = directory
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o755)
        self.ca = os.path.join(directory, "ca.pem")
        self.key = os.path.join(directory, "leaf.key")
        self.chain = os.path.join(directory, "leaf.pem")
        ca_key = os.path.join(directory, "ca.key")
        csr = os.path.join(directory, "leaf.csr")
        ext = os.path.join(directory, "leaf.ext")
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", ca_key, "-out", self.ca, "-days", "30", "-subj", "/CN=Test Authority",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", self.key, "-out", csr, "-subj", "/CN=mail.example.test")
        with open(ext, "w") as f:
            f.write("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n"
                    "subjectAltName=DNS:mail.example.test,DNS:localhost,IP:127.0.0.1\n")
        run("openssl", "x509", "-req", "-in", csr, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial",
            "-days", "30", "-extfile", ext, "-out", self.chain)
        os.chmod(self.ca, 0o644)


class Dovecot:
    """SASL for Postfix, and the submission service (STARTTLS and implicit TLS) that relays to `relay_port`."""

    MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"]

    def __init__(self, directory, authority, relay_port, auth_socket=None):
        self.dir = directory
        self.port, self.tls_port = free_ports(2)
        os.makedirs(os.path.join(directory, "run"))
        mail = os.path.join(directory, "mail")
        os.makedirs(mail)
        os.chmod(directory, 0o755)
        shutil.chown(mail, "dovecot")
        users = os.path.join(directory, "users")
        with open(users, "w") as f:
            for user, password in USERS.items():
                f.write("%s:{PLAIN}%s:::::\n" % (user, password))
        sasl = ""
        if auth_socket:
            sasl = "unix_listener %s {\n mode = 0660\n user = postfix\n group = postfix\n}\n" % auth_socket
        conf = os.path.join(directory, "dovecot.conf")
        with open(conf, "w") as f:
            f.write("""
base_dir = {d}/run
state_dir = {d}/run
instance_name = sendwell-test-{port}
log_path = {d}/dovecot.log
protocols = submission
listen = 127.0.0.1
ssl = yes
ssl_cert = <{a.chain}
ssl_key = <{a.key}
disable_plaintext_auth = yes
login_trusted_networks =
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
auth_failure_delay = 0 secs
default_vsz_limit = 512M
hostname = mail.example.test
mail_location = maildir:{d}/mail/%u
mail_max_userip_connections = 100
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = {users}
}}
userdb {{
  driver = static
  args = uid=dovecot gid=dovecot home={d}/mail/%u
}}
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
submission_relay_trusted = no
submission_max_mail_size = 80M
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {port}
  }}
  inet_listener submissions {{
    port = {tls_port}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
service anvil {{
  chroot =
}}
service auth {{
{sasl}  unix_listener auth-userdb {{
    mode = 0600
  }}
}}
""".format(d=directory, a=authority, users=users, relay=relay_port, port=self.port, tls_port=self.tls_port,
           sasl=sasl))
        self.conf = conf
        # No pipes: the daemon would keep them open and we would wait for ever.
        subprocess.run(["dovecot", "-c", conf], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL,
                       env=dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"))
        wait_port(self.port)

    def log(self):
        with open(os.path.join(self.dir, "dovecot.log"), errors="replace") as f:
            return f.read()

    def stop(self):
        try:
            with open(os.path.join(self.dir, "run", "master.pid")) as f:
                os.kill(int(f.read()), signal.SIGTERM)
        except (OSError, ValueError):
            pass


class Postfix:
    """smtp (TLS offered, AUTH after TLS), submission (TLS demanded) and smtps, delivering to a Maildir.

    Local parts that begin with "no-" are unknown, with "later-" are deferred, all others of example.test go into
    one Maildir, whose path is `maildir`."""

    def __init__(self, directory, authority, extra=""):
        self.dir = directory
        self.smtp, self.submission, self.smtps = free_ports(3)
        for name in ("etc", "spool", "data", "mail"):
            os.makedirs(os.path.join(directory, name))
        os.chmod(directory, 0o755)
        shutil.chown(os.path.join(directory, "data"), "postfix")
        owner = pwd.getpwnam("postfix")
        mail = os.path.join(directory, "mail")
        os.chown(mail, owner.pw_uid, owner.pw_gid)
        self.maildir = os.path.join(mail, "box")
        private = os.path.join(directory, "spool", "private")
        os.makedirs(private)
        # Postfix makes its sockets there as its own user.
        os.chmod(private, 0o700)
        os.chown(private, owner.pw_uid, -1)
        self.auth_socket = os.path.join(private, "auth")
        etc = os.path.join(directory, "etc")
        if os.path.exists("/etc/postfix/dynamicmaps.cf"):
            shutil.copy("/etc/postfix/dynamicmaps.cf", etc)
        if os.path.isdir("/etc/postfix/dynamicmaps.cf.d"):
            shutil.copytree("/etc/postfix/dynamicmaps.cf.d", os.path.join(etc, "dynamicmaps.cf.d"))
        with open(os.path.join(etc, "rcpt"), "w") as f:
            f.write("/^no-/ 550 5.1.1 User unknown\n/^later-/ 450 4.2.1 Mailbox busy, try again later\n")
        with open(os.path.join(etc, "boxes"), "w") as f:
            f.write("/./ box/\n")
        with open(os.path.join(etc, "main.cf"), "w") as f:
            f.write("""
compatibility_level = 3.6
config_directory = {d}/etc
queue_directory = {d}/spool
data_directory = {d}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {d}/mail.log
maillog_file_prefixes = {d}, /var, /dev/stdout
myhostname = mail.example.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = example.test
virtual_mailbox_base = {d}/mail
virtual_mailbox_maps = regexp:{d}/etc/boxes
virtual_mailbox_limit = 0
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_tls_chain_files = {a.key}, {a.chain}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access regexp:{d}/etc/rcpt
smtpd_client_connection_count_limit = 0
smtpd_client_event_limit_exceptions = static:all
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 2000
message_size_limit = 83886080
service_throttle_time = 1s
{extra}
""".format(d=directory, a=authority, uid=owner.pw_uid, gid=owner.pw_gid, extra=extra))
        with open(os.path.join(etc, "master.cf"), "w") as f:
            f.write("""
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
""".format(smtp=self.smtp, submission=self.submission, smtps=self.smtps))

    def start(self, *addresses):
        """Returns when it greets, on port 25 of further addresses as well."""
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        subprocess.run(["postfix", "-c", os.path.join(self.dir, "etc"), "start"], check=True,
                       env=dict(os.environ, PATH=path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for address, port in [("127.0.0.1", self.smtp), *((a, 25) for a in addresses)]:
            wait_greeting(address, port, self.log)

    def log(self):
        with open(os.path.join(self.dir, "mail.log"), errors="replace") as f:
            return f.read()

    def delivered(self):
        """Paths of the messages that have arrived."""
        new = os.path.join(self.maildir, "new")
        return [os.path.join(new, n) for n in os.listdir(new)] if os.path.isdir(new) else []

    def take(self, count, seconds=60):
        """Waits until `count` messages have arrived; returns their bytes and empties the box."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(self.delivered()) < count:
            time.sleep(0.05)
        paths = self.delivered()
        if len(paths) < count:
            raise AssertionError("%d of %d messages arrived\n%s" % (len(paths), count, self.log()[-2000:]))
        out = []
        for path in paths:
            with open(path, "rb") as f:
                out.append(f.read())
            os.unlink(path)
        return out

    def stop(self):
        try:
            with open(os.path.join(self.dir, "spool", "pid", "master.pid")) as f:
                os.kill(int(f.read()), signal.SIGTERM)
        except (OSError, ValueError):
            pass


# Fields that a delivering server puts in front of what it got.
TRACE = (b"return-path:", b"x-original-to:", b"delivered-to:", b"received:")


def without_trace(message):
    """What arrived, without the trace fields at the top: what the client sent."""
    lines = message.split(b"\n")
    i = 0
    skipping = False
    while i < len(lines):
        line = lines[i]
        if line[:1] in (b" ", b"\t"):
            if not skipping:
                break
        elif line.lower().startswith(TRACE):
            skipping = True
        else:
            break
        i += 1
    return b"\n".join(lines[i:])
