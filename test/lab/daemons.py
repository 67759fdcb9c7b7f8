# SPDX-License-Identifier: MIT
"""Real Postfix, Dovecot and Exim with a mistake in their settings, started as the suite against real servers does."""
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "servers"))
import real  # noqa: E402

_lock = threading.Lock()    # free ports are looked for before they are taken


class Servers:
    """What one scenario started."""

    def __init__(self):
        self.started = []

    def stop(self):
        for server in reversed(self.started):
            server.stop()


class Pair:
    """A certificate as real.Postfix wants it."""

    def __init__(self, made):
        self.key, self.chain = made["key"], made["chain"]


def settle(path):
    """Each parameter once, the last one: Postfix warns of others, and at its start there is nobody yet to take warnings, which
    it then waits for."""
    with open(path, encoding="utf-8") as f:
        lines = [line for line in f.read().splitlines() if "=" in line]
    last = {line.partition("=")[0].strip(): line for line in lines}
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(last.values()) + "\n")


def speaks(port):
    """Whether anything comes from it, be it only its end."""
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.settimeout(1.5)
        try:
            s.recv(1)
        except TimeoutError:
            return False
    return True


def bring_up(postfix):
    """A master that is started while others stop sometimes hangs before it has a child: start it anew."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for _ in range(4):
        begun = subprocess.Popen(["postfix", "-c", os.path.join(postfix.dir, "etc"), "start"], env=dict(os.environ, PATH=path),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            begun.wait(8)
            real.wait_port(postfix.smtp)
            if speaks(postfix.smtp):
                return
        except (subprocess.TimeoutExpired, OSError, AssertionError, RuntimeError):
            pass
        with contextlib.suppress(OSError):
            os.killpg(begun.pid, signal.SIGKILL)
        begun.wait()
        with contextlib.suppress(OSError, ValueError), open(os.path.join(postfix.dir, "spool", "pid", "master.pid"), encoding="ascii") as f:
            os.kill(int(f.read()), signal.SIGKILL)
        time.sleep(0.1)
    raise RuntimeError("Postfix does not speak")


def start_exim(out, made, role, directory, pair, profile):
    import exims

    with _lock:
        exim = exims.Exim(os.path.join(directory, "exim"), pair, made, profile.get("acl"), profile.get("extra", ""))
    out.started.append(exim)
    made.ctx.update({f"{role}_25": exim.smtp, f"{role}_587": exim.submission, f"{role}_465": exim.smtps})
    return out


def start(made, role, ports, port, profile):
    """Postfix (and Dovecot for its logins) of a profile: {"real": "postfix", "extra": main.cf, "dovecot": True}."""
    out = Servers()
    pair = Pair(made.certificate(role, ports))
    directory = os.path.join(made.dir, role + "-real")
    os.makedirs(directory)
    os.chmod(directory, 0o755)
    if profile["real"] == "exim":
        return start_exim(out, made, role, directory, pair, profile)
    extra = ("myhostname = {mx}\nvirtual_mailbox_domains = {domain}\nmynetworks = 192.0.2.0/24\n"
             "smtputf8_enable = yes\n" +
             ("" if profile.get("dovecot") or profile["real"] == "dovecot" or profile.get("sasl_dead") else "smtpd_sasl_auth_enable = no\n") +
             profile.get("extra", ""))
    with _lock:
        postfix = real.Postfix(os.path.join(directory, "postfix"), pair, made.fill(extra))
        settle(os.path.join(directory, "postfix", "etc", "main.cf"))
        if profile.get("dovecot") or profile["real"] == "dovecot":
            users, real.USERS = real.USERS, {made.ctx["user"]: made.ctx["secret"]}
            out.started.append(real.Dovecot(os.path.join(directory, "dovecot"), pair, postfix.smtp, postfix.auth_socket))
            real.USERS = users
        bring_up(postfix)
    out.started.append(postfix)
    c = made.ctx
    c.update({f"{role}_25": postfix.smtp, f"{role}_587": postfix.submission, f"{role}_465": postfix.smtps})
    if profile["real"] == "dovecot":
        c.update({f"{role}_587": out.started[0].port, f"{role}_465": out.started[0].tls_port})
    return out
