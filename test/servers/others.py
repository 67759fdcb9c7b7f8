# SPDX-License-Identifier: MIT
"""Exim, OpenSMTPD and another Dovecot (LMTP, further mechanisms) in private directories on loopback.

Debian cannot install the first two beside Postfix: unpacked.py fetches them. Without their users, or a network, their cases are
skipped, with the reason."""

import http.server
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import exim  # noqa: E402
import real  # noqa: E402
import unpacked  # noqa: E402

TOKEN = "token-of-Alice"


def has_user(*names):
    try:
        for name in names:
            pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def exim_program():
    if not has_user(exim.USER):
        unpacked.why["exim"] = "the user %s is missing (useradd --system)" % exim.USER
        return None
    return exim.program()


def opensmtpd_folder():
    """Where usr/sbin/smtpd of OpenSMTPD lies."""
    if not has_user("opensmtpd", "opensmtpq"):
        unpacked.why["opensmtpd"] = "the users opensmtpd and opensmtpq are missing (useradd --system)"
        return None
    if not shutil.which("unshare") or subprocess.run(["unshare", "-m", "true"], check=False, stderr=subprocess.DEVNULL).returncode:
        unpacked.why["opensmtpd"] = "its paths are compiled in, and there is no mount namespace here"
        return None
    return unpacked.folder("opensmtpd")


def client_pair(authority, directory, name):
    """A certificate for a client, by the authority: (chain, key)."""
    key, csr, ext, chain = (os.path.join(directory, "client" + end) for end in (".key", ".csr", ".ext", ".pem"))
    real.run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
             "-out", csr, "-subj", "/CN=" + name)
    with open(ext, "w") as f:
        f.write("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=clientAuth\n")
    real.run("openssl", "x509", "-req", "-in", csr, "-CA", authority.ca, "-CAkey",
             os.path.join(authority.dir, "ca.key"), "-CAcreateserial", "-days", "30", "-extfile", ext, "-out", chain)
    return chain, key


class Maildir:
    """A folder of arrived messages."""

    def __init__(self, path):
        self.new = os.path.join(path, "new")

    def take(self, count, seconds=20, log=lambda: ""):
        end = time.monotonic() + seconds
        names = []
        while time.monotonic() < end:
            names = os.listdir(self.new) if os.path.isdir(self.new) else []
            if len(names) >= count:
                break
            time.sleep(0.05)
        assert len(names) == count, "%d of %d messages arrived\n%s" % (len(names), count, log()[-2000:])
        out = []
        for name in names:
            with open(os.path.join(self.new, name), "rb") as f:
                out.append(f.read())
            os.unlink(os.path.join(self.new, name))
        return out


EXIM_MAIN = """
tls_verify_certificates = {ca}
tls_try_verify_hosts = *
chunking_advertise_hosts = *
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
pipelining_connect_advertise_hosts =
deliver_drop_privilege = true
message_size_limit = 80M
acl_smtp_rcpt = acl_rcpt
"""
EXIM_ACL = """
acl_rcpt:
  deny local_parts = ^no-
       message = Unrouteable address
  deny local_parts = ^cert-
      !verify = certificate
       message = only with a certificate
  accept
"""
EXIM_TRANSPORT = """
  directory = {d}/box
  maildir_format
  create_directory
  delivery_date_add
  envelope_to_add
  return_path_add
"""
EXIM_AUTHENTICATORS = """
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${{if eq{{$auth1}}{{{name}}}{{{secret}}}fail}}
external:
  driver = external
  public_name = EXTERNAL
  server_advertise_condition = $tls_in_certificate_verified
  server_condition = ${{if eq{{$auth1}}{{{name}}}}}
  server_param2 = ${{certextract{{subject,CN}}{{$tls_in_peercert}}}}
"""


class Exim(exim.Exim):
    MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5"]

    def __init__(self, directory, authority, name, secret):
        self.smtp, self.smtps = real.free_ports(2)
        self.box = Maildir(os.path.join(directory, "box"))
        super().__init__(directory, authority, (self.smtp, self.smtps), name, secret, main=EXIM_MAIN.format(ca=authority.ca), acl=EXIM_ACL,
                         transport=EXIM_TRANSPORT.format(d=directory), arguments=["-q1m"],
                         authenticators=EXIM_AUTHENTICATORS.format(name=name, secret=secret))


class OpenSmtpd:
    """Without TLS: Debian 12's build fails its handshakes. What it takes it relays to `relay_port`; local parts
    that begin with "no-" it does not. Its paths are compiled in, so it lives in a mount namespace of its own."""

    def __init__(self, directory, relay_port):
        self.dir = directory
        self.smtp, = real.free_ports(1)
        folder = opensmtpd_folder()
        spool, empty = os.path.join(directory, "spool"), os.path.join(directory, "empty")
        os.makedirs(empty)
        for part in ("corrupt", "incoming", "offline", "purge", "queue", "temporary"):
            path = os.path.join(spool, part)
            os.makedirs(path)
            if part == "offline":
                shutil.chown(path, group="opensmtpq")
                os.chmod(path, 0o770)
            else:
                shutil.chown(path, "opensmtpq")
                os.chmod(path, 0o700)
        os.chmod(spool, 0o711)
        for path in (directory, empty):
            os.chmod(path, 0o755)
        for path in ("/var/spool/smtpd", "/var/lib/opensmtpd/empty", "/usr/libexec/opensmtpd"):
            os.makedirs(path, exist_ok=True)
        conf = os.path.join(directory, "smtpd.conf")
        with open(conf, "w") as f:
            f.write('listen on 127.0.0.1 port %d hostname mail.example.test\n'
                    'smtp max-message-size 80M\n'
                    'action "on" relay host smtp://127.0.0.1:%d\n'
                    'match from any for rcpt-to regex "^no-" reject\n'
                    'match from any for any action "on"\n' % (self.smtp, relay_port))
        script = ("mount --bind %s /var/spool/smtpd && mount --bind %s/usr/libexec/opensmtpd /usr/libexec/opensmtpd && "
                  "mount --bind %s /var/lib/opensmtpd/empty && mount -t tmpfs none /run && "
                  "cp %s/usr/sbin/smtpctl /run/smtpctl && exec %s/usr/sbin/smtpd -d -f %s" %
                  (spool, folder, empty, folder, folder, conf))
        self.out = os.path.join(directory, "log")
        with open(self.out, "wb") as log:
            self.process = subprocess.Popen(["unshare", "-m", "--propagation", "private", "sh", "-c", script],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            env=unpacked.environment())
        try:
            real.wait_port(self.smtp)
        except RuntimeError as e:
            self.stop()
            raise RuntimeError("%s\n%s" % (e, self.log())) from None

    def log(self):
        with open(self.out, errors="replace") as f:
            return f.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


class Tokens(http.server.ThreadingHTTPServer):
    """What Dovecot asks whether an OAuth token is good."""

    daemon_threads = True

    def __init__(self, name):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                given = self.headers.get("Authorization", "")
                asked = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
                good = given == "Bearer " + TOKEN or TOKEN in asked.get("token", [])
                text = json.dumps({"active": good, "email": name} if good else {"active": False, "error": "invalid"})
                self.send_response(200 if good else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()


DOVECOT = """
base_dir = {d}/run
state_dir = {d}/run
instance_name = sendwell-more-{lmtp}
log_path = {d}/dovecot.log
protocols = submission {lmtp_protocol}
listen = 127.0.0.1
ssl = yes
ssl_cert = <{a.chain}
ssl_key = <{a.key}
ssl_ca = <{a.ca}
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes
disable_plaintext_auth = yes
login_trusted_networks =
auth_mechanisms = plain xoauth2 oauthbearer external
auth_failure_delay = 0 secs
default_vsz_limit = 512M
hostname = mail.example.test
mail_location = maildir:{d}/mail/%u
mail_plugins = $mail_plugins quota
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = {d}/users
  mechanisms = plain lookup
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {d}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = external
  args = nopassword=y
}}
userdb {{
  driver = passwd-file
  args = {d}/users
}}
plugin {{
  quota = maildir
  quota_rule = *:bytes=100M
}}
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
submission_relay_trusted = no
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {port}
  }}
}}
service stats {{
  chroot =
}}
service anvil {{
  chroot =
}}
service auth {{
  unix_listener auth-userdb {{
    mode = 0666
  }}
  unix_listener {auth_socket} {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""
LMTP = """
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


class Dovecot:
    """Submission that asks for client certificates, with OAuth and EXTERNAL, and a socket of these for Postfix; LMTP where it is installed, for
    alice and for "full@example.test", whose quota is small."""

    def __init__(self, directory, authority, relay_port, name, auth_socket):
        self.dir = directory
        self.port, self.lmtp = real.free_ports(2)
        self.has_lmtp = os.path.exists("/usr/lib/dovecot/lmtp")
        self.tokens = Tokens(name)
        owner = pwd.getpwnam("dovecot")
        os.makedirs(os.path.join(directory, "run"))
        os.makedirs(os.path.join(directory, "mail"))
        os.chmod(directory, 0o755)
        shutil.chown(os.path.join(directory, "mail"), "dovecot")
        self.box = Maildir(os.path.join(directory, "mail", name))
        with open(os.path.join(directory, "users"), "w") as f:
            for user, secret, rule in ((name, real.USERS[name], ""), ("full@example.test", "x", "userdb_quota_rule=*:bytes=300")):
                f.write("%s:{PLAIN}%s:%d:%d::%s/mail/%s::%s\n" % (user, secret, owner.pw_uid, owner.pw_gid, directory, user, rule))
        with open(os.path.join(directory, "oauth2.conf"), "w") as f:
            f.write("introspection_url = http://127.0.0.1:%d/?token=\nintrospection_mode = get\nusername_attribute = email\n"
                    "active_attribute = active\nactive_value = true\n" % self.tokens.server_address[1])
        conf = os.path.join(directory, "dovecot.conf")
        with open(conf, "w") as f:
            f.write((DOVECOT + (LMTP if self.has_lmtp else "")).format(
                d=directory, a=authority, relay=relay_port, port=self.port, lmtp=self.lmtp,
                auth_socket=auth_socket,
                lmtp_protocol="lmtp" if self.has_lmtp else ""))
        done = subprocess.run(["dovecot", "-c", conf], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False,
                              env=dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"))
        assert done.returncode == 0, self.log()
        real.wait_port(self.port)

    def log(self):
        path = os.path.join(self.dir, "dovecot.log")
        if not os.path.exists(path):
            return ""
        with open(path, errors="replace") as f:
            return f.read()

    def stop(self):
        self.tokens.shutdown()
        self.tokens.server_close()
        try:
            with open(os.path.join(self.dir, "run", "master.pid")) as f:
                os.kill(int(f.read()), signal.SIGTERM)
        except (OSError, ValueError):
            pass


