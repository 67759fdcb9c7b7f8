# SPDX-License-Identifier: MIT
"""A real Exim in a private directory. Debian cannot install it beside Postfix: unpack exim4-daemon-light somewhere (dpkg -x)
and name the program in SW_EXIM; the user Debian-exim must be there. Without it the scenarios are skipped."""
import os
import pwd
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers"))
import real  # noqa: E402

USER = "Debian-exim"

# Ports: smtp, submission and smtps. AUTH is offered inside TLS. Local parts that begin with "no-" are unknown.
SETTINGS = """
exim_path = {program}
primary_hostname = {host}
spool_directory = {d}/spool
log_file_path = {d}/log/%slog
pid_file_path = {d}/exim.pid
exim_user = {user}
exim_group = {user}
local_interfaces = <; {interfaces}
tls_on_connect_ports = {smtps}
tls_advertise_hosts = {tls_hosts}
tls_certificate = {d}/cert.pem
tls_privatekey = {d}/key.pem
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
domainlist ours = {domain}
acl_smtp_connect = acl_connect
acl_smtp_helo = acl_helo
acl_smtp_mail = acl_mail
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
host_lookup =
rfc1413_query_timeout = 0s
queue_only = true
queue_run_max = 0
keep_environment =
{main}
begin acl
acl_connect:
{connect}
  accept
acl_helo:
{helo}
  accept
acl_mail:
{mail}
  accept
acl_rcpt:
{rcpt}
  accept authenticated = *
  deny local_parts = ^no-
       domains = +ours
       message = Unrouteable address
  accept domains = +ours
         condition = ${{if !eq{{$received_port}}{{{submission}}}}}
  deny message = relay not permitted
acl_data:
{data}
  accept
begin routers
all:
  driver = accept
  transport = nowhere
begin transports
nowhere:
  driver = appendfile
  file = /dev/null
begin retry
begin rewrite
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{name}}}}}{{eq{{$auth3}}{{{secret}}}}}}}}}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if and{{{{eq{{$auth1}}{{{name}}}}}{{eq{{$auth2}}{{{secret}}}}}}}}}
"""


def program():
    """The absolute path of Exim, or None."""
    named = os.environ.get("SW_EXIM") or shutil.which("exim4", path=os.environ.get("PATH", "") + ":/usr/sbin")
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return None
    return os.path.abspath(named) if named and os.access(named, os.X_OK) else None


class Exim:
    """`acl`: lines of an ACL before its own, by command (connect helo mail rcpt data); `main`: further settings."""

    def __init__(self, directory, pair, made, acl=None, main=""):
        self.dir = directory
        self.smtp, self.submission, self.smtps = real.free_ports(3)
        owner = pwd.getpwnam(USER)
        for name in ("", "spool", "log"):
            os.makedirs(os.path.join(directory, name), exist_ok=True)
            os.chmod(os.path.join(directory, name), 0o755)
            os.chown(os.path.join(directory, name), owner.pw_uid, owner.pw_gid)
        for name, source in (("key.pem", pair.key), ("cert.pem", pair.chain)):
            shutil.copy(source, os.path.join(directory, name))
            os.chown(os.path.join(directory, name), owner.pw_uid, owner.pw_gid)
        acl = {k: made.fill(v) for k, v in (acl or {}).items()}
        path = os.path.join(directory, "exim.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(SETTINGS.format(
                program=program(), d=directory, user=USER, host=made.fill("{mx}"), domain=made.fill("{domain}"), name=made.ctx["user"], secret=made.ctx["secret"],
                interfaces=" ; ".join("[127.0.0.1]:%d" % p for p in (self.smtp, self.submission, self.smtps)), smtps=self.smtps, submission=self.submission,
                tls_hosts="" if "no-tls" in main else "*", main=made.fill(main.replace("no-tls", "")),
                **{k: acl.get(k, "") for k in ("connect", "helo", "mail", "rcpt", "data")}))
        # It gives its rights up when it reads settings of another place than its own: the ports are high ones.
        self.process = subprocess.Popen([program(), "-C", path, "-bdf", "-oX", "<; " + " ; ".join("[127.0.0.1]:%d" % p for p in (self.smtp, self.submission, self.smtps))],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(os.path.join(directory, "err"), "wb"), start_new_session=True)
        real.wait_port(self.smtp)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
