# SPDX-License-Identifier: MIT
"""Real Postfix and Dovecot with a mistake in their settings, started as the suite against real servers does."""
import os
import sys
import threading

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


def start(made, role, ports, port, profile):
    """Postfix (and Dovecot for its logins) of a profile: {"real": "postfix", "extra": main.cf, "dovecot": True}."""
    out = Servers()
    pair = Pair(made.certificate(role, ports))
    directory = os.path.join(made.dir, role + "-real")
    os.makedirs(directory)
    os.chmod(directory, 0o755)
    extra = ("myhostname = {mx}\nvirtual_mailbox_domains = {domain}\nmynetworks = 192.0.2.0/24\n"
             "smtputf8_enable = yes\n" +
             ("" if profile.get("dovecot") or profile["real"] == "dovecot" or profile.get("sasl_dead") else "smtpd_sasl_auth_enable = no\n") +
             profile.get("extra", ""))
    with _lock:
        postfix = real.Postfix(os.path.join(directory, "postfix"), pair, made.fill(extra))
        if profile.get("dovecot") or profile["real"] == "dovecot":
            users, real.USERS = real.USERS, {made.ctx["user"]: made.ctx["secret"]}
            out.started.append(real.Dovecot(os.path.join(directory, "dovecot"), pair, postfix.smtp, postfix.auth_socket))
            real.USERS = users
        postfix.start()
    out.started.append(postfix)
    c = made.ctx
    c.update({f"{role}_25": postfix.smtp, f"{role}_587": postfix.submission, f"{role}_465": postfix.smtps})
    if profile["real"] == "dovecot":
        c.update({f"{role}_587": out.started[0].port, f"{role}_465": out.started[0].tls_port})
    return out
