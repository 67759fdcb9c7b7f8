# SPDX-License-Identifier: MIT
"""A real Exim in a private directory on loopback: its settings, with what a test wants different, and its process."""
import os
import pwd
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers"))
import real  # noqa: E402
import unpacked  # noqa: E402

USER = "Debian-exim"

# AUTH is offered inside TLS. Local parts that begin with "no-" are unknown to most.
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
host_lookup =
rfc1413_query_timeout = 0s
keep_environment = LD_LIBRARY_PATH
{main}
begin acl
{acl}
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
{transport}
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
{authenticators}
"""


def program():
    """The absolute path of Exim, or None; unpacked.missing says why."""
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return None
    return unpacked.program("exim")


class Exim:
    """`pair` has key and chain; `ports` are listened on, the last one with TLS from the start. `main`, `acl`, `transport` and
    `authenticators` are further settings, `tls_hosts` those that are offered STARTTLS."""

    def __init__(self, directory, pair, ports, name, secret, host="mail.example.test", main="", acl="", transport="  file = /dev/null",
                 authenticators="", tls_hosts="*", arguments=()):
        self.dir = directory
        owner = pwd.getpwnam(USER)
        for part in ("", "spool", "log"):
            os.makedirs(os.path.join(directory, part), exist_ok=True)
            os.chmod(os.path.join(directory, part), 0o755)
            os.chown(os.path.join(directory, part), owner.pw_uid, owner.pw_gid)
        for part, source in (("key.pem", pair.key), ("cert.pem", pair.chain)):
            shutil.copy(source, os.path.join(directory, part))
            os.chown(os.path.join(directory, part), owner.pw_uid, owner.pw_gid)
        interfaces = "<; " + " ; ".join("[127.0.0.1]:%d" % p for p in ports)
        path = os.path.join(directory, "exim.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(SETTINGS.format(program=program(), d=directory, user=USER, host=host, interfaces=interfaces[3:], smtps=ports[-1],
                                    tls_hosts=tls_hosts, main=main, acl=acl, transport=transport, name=name, secret=secret,
                                    authenticators=authenticators))
        # It gives up its rights when it reads settings of another place than its own; it needs none: the ports are high ones.
        with open(os.path.join(directory, "err"), "wb") as err:
            self.process = subprocess.Popen(
                [program(), "-C", path, "-bdf", "-oX", interfaces, *arguments], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=err, start_new_session=True, env=unpacked.environment())
        try:
            real.wait_port(ports[0])
        except RuntimeError as e:
            self.stop()
            with open(os.path.join(directory, "err"), errors="replace") as f:
                raise RuntimeError("%s\n%s" % (e, f.read()[-2000:])) from None

    def log(self):
        with open(os.path.join(self.dir, "log", "mainlog"), errors="replace") as f:
            return f.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
