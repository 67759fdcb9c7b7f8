#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""GSSAPI: a Kerberos realm of our own (MIT's KDC) and Dovecot, all in a private directory on loopback. A ticket lets
a user in without a password, and without one, or with another's, nothing is sent."""

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import box  # noqa: E402
import real  # noqa: E402
import tap  # noqa: E402

HOST, REALM, SECRET = "mail.example.test", "EXAMPLE.TEST", "not-secret"
MODULE = "/usr/lib/dovecot/modules/auth/libmech_gssapi.so"
SBIN = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
KRB5 = """
[libdefaults]
  default_realm = {realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  {realm} = {{
    kdc = 127.0.0.1:{port}
  }}
[domain_realm]
  .example.test = {realm}
"""
KDC = """
[kdcdefaults]
  kdc_listen = ""
  kdc_tcp_listen = 127.0.0.1:{port}
[realms]
  {realm} = {{
    database_name = {d}/principal
    key_stash_file = {d}/stash
    acl_file = {d}/acl
    admin_keytab = {d}/admin.keytab
  }}
[logging]
  kdc = FILE:{d}/kdc.log
"""
DOVECOT = """
base_dir = {d}/run
state_dir = {d}/run
instance_name = sendwell-kerberos-{port}
log_path = {d}/dovecot.log
protocols = submission
listen = 127.0.0.1
ssl = yes
ssl_cert = <{a.chain}
ssl_key = <{a.key}
disable_plaintext_auth = yes
auth_mechanisms = gssapi plain
# The key is that of "smtp" (RFC 4954 4), and not of "submission", as Dovecot would have it.
auth_gssapi_hostname = "$ALL"
auth_krb5_keytab = {d}/keytab
auth_failure_delay = 0 secs
default_vsz_limit = 512M
hostname = {host}
mail_location = maildir:{d}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = nopassword=y allow_nets=127.0.0.2
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={d}/mail/%u
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
import_environment = $import_environment KRB5_CONFIG KRB5RCACHETYPE
"""


class Realm:
    def __init__(self, directory):
        self.dir = directory
        port, = real.free_ports(1)
        for name, text in (("krb5.conf", KRB5), ("kdc.conf", KDC)):
            with open(os.path.join(directory, name), "w") as f:
                f.write(text.format(realm=REALM, port=port, d=directory))
        self.env = dict(os.environ, PATH=SBIN, KRB5_CONFIG=os.path.join(directory, "krb5.conf"),
                        KRB5_KDC_PROFILE=os.path.join(directory, "kdc.conf"), KRB5RCACHETYPE="none")
        self.call("kdb5_util", "create", "-s", "-r", REALM, "-P", "master-" + SECRET)
        self.admin("addprinc -pw %s alice" % SECRET, "addprinc -randkey smtp/" + HOST,
                   "ktadd -k %s/keytab smtp/%s" % (directory, HOST))
        self.process = subprocess.Popen(["krb5kdc", "-n"], env=self.env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            real.wait_port(port)
        except RuntimeError:
            self.stop()
            raise

    def call(self, *argv, stdin=b""):
        done = subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self.env,
                              timeout=60, check=False)
        assert done.returncode == 0, (argv, done.stdout)

    def admin(self, *lines):
        for line in lines:
            self.call("kadmin.local", "-r", REALM, "-q", line)

    def ticket(self, user):
        """A cache with one, as the environment names it."""
        cache = os.path.join(self.dir, "cache-" + user)
        self.call("kinit", "-c", cache, user, stdin=(SECRET + "\n").encode())
        return "FILE:" + cache

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def start_dovecot(realm, authority, relay):
    port, = real.free_ports(1)
    owner = pwd.getpwnam("dovecot")
    for part in ("run", "mail"):
        os.makedirs(os.path.join(realm.dir, part))
    shutil.chown(os.path.join(realm.dir, "mail"), "dovecot")
    shutil.chown(os.path.join(realm.dir, "keytab"), "dovecot")
    conf = os.path.join(realm.dir, "dovecot.conf")
    with open(conf, "w") as f:
        f.write(DOVECOT.format(d=realm.dir, a=authority, port=port, relay=relay, host=HOST, uid=owner.pw_uid,
                               gid=owner.pw_gid))
    # It goes into the background and keeps its standard output: no pipe to wait for the end of.
    subprocess.run(["dovecot", "-c", conf], env=realm.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=30, check=True)
    real.wait_port(port)
    return port


def stop_dovecot(directory):
    with contextlib.suppress(OSError, ValueError), open(os.path.join(directory, "run", "master.pid")) as f:
        os.kill(int(f.read()), signal.SIGTERM)


def log_of(directory):
    with contextlib.suppress(OSError), open(os.path.join(directory, "dovecot.log"), errors="replace") as f:
        return f.read()[-3000:]
    return ""


def send(directory, authority, port, cache, *more):
    env = dict(tap.clean_env(directory), KRB5_CONFIG=os.path.join(directory, "krb5.conf"), KRB5CCNAME=cache)
    transcript = os.path.join(directory, "transcript")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(transcript)
    done = subprocess.run([tap.PROGRAM, "send", "--json", "--server", "%s:%d" % (HOST, port), "--tls", "starttls",
                           "--hosts", os.path.join(directory, "hosts"), "--ca", authority.ca, "--user", "alice", "--auth", "GSSAPI", "--timeout", "20",
                           "--transcript", transcript, "--from", "alice@example.test", "--subject", "x",
                           "b@example.org", *more], input=b"hello\n", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=env, timeout=60, check=False)
    with open(transcript, errors="replace") as f:
        return done, json.loads(done.stdout), f.read()


def need_programs():
    os.environ["PATH"] = SBIN
    lacking = real.missing("krb5kdc", "kdb5_util", "kadmin.local", "kinit", "dovecot", "openssl")
    if lacking:
        tap.skip("needs %s" % lacking)
    if not os.path.exists(MODULE):
        tap.skip("needs dovecot-gssapi")
    if os.geteuid() != 0:
        tap.skip("needs root")


@tap.case("GSSAPI: a ticket lets the user in at Dovecot; none, or a stranger's, does not", timeout=120)
def _():
    need_programs()
    with tempfile.TemporaryDirectory(prefix="sendwell-krb5-") as directory, box.Box(store=True) as relay:
        os.chmod(directory, 0o755)
        authority = real.Authority(os.path.join(directory, "ca"))
        with open(os.path.join(directory, "hosts"), "w") as f:
            f.write("127.0.0.1 %s\n" % HOST)
        realm = Realm(directory)
        try:
            port = start_dovecot(realm, authority, relay.port)
            cache = realm.ticket("alice")
            done, value, script = send(directory, authority, port, cache)
            assert done.returncode == 0 and value["outcome"] == "accepted", (done, script, log_of(directory))
            assert len(relay.messages()) == 1 and "AUTH GSSAPI" in script, script
            done, value, script = send(directory, authority, port, "FILE:%s/none" % directory)
            assert done.returncode > 0 and value["outcome"] == "not_sent", (done, script)
            assert "MAIL FROM" not in script, script
            # The service has another key now than the ticket was made for: the old ticket is refused.
            realm.admin("cpw -randkey smtp/" + HOST)
            os.unlink(os.path.join(directory, "keytab"))
            realm.admin("ktadd -k %s/keytab smtp/%s" % (directory, HOST))
            shutil.chown(os.path.join(directory, "keytab"), "dovecot")
            done, value, script = send(directory, authority, port, cache)
            assert done.returncode > 0 and value["outcome"] == "not_sent", (done, script)
            assert "MAIL FROM" not in script and len(relay.messages()) == 1, script
        finally:
            stop_dovecot(directory)
            realm.stop()


if __name__ == "__main__":
    sys.exit(tap.main())
