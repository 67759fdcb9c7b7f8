# SPDX-License-Identifier: MIT
"""The last line that other programs print in the same scenario: what a user has to go on without a diagnosis."""
import os
import re
import subprocess
import time

import bench

SECONDS = 6


# Endings that say nothing: the line before them is the one that people read.
IDLE = re.compile(r"msmtp: could not send mail|More details here|how to fix it|establish a secure connection|curl failed to verify|DONE$")
WITH_TLS = subprocess.run(["perl", "-MNet::SSLeay", "-e", "1"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def last_line(out):
    lines = [line.strip() for line in out.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if not IDLE.search(line)] or lines
    return telling[-1][:160] if telling else "(nothing)"


def run(made, argv, text=b""):
    if made.net:
        argv = made.net.within("c", ["sh", "-c", bench.BIND, "sh", made.resolv, made.hosts, *argv])
    start = time.monotonic()
    try:
        done = subprocess.run(argv, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, cwd=made.dir)
        return f"{last_line(done.stdout).replace(made.dir + '/', '')} [{done.returncode}, {time.monotonic() - start:.1f} s]"
    except subprocess.TimeoutExpired as late:
        return f"{last_line(late.stdout or b'')} [no answer in {SECONDS} s]"
    except FileNotFoundError:
        return "not installed"


def target(made):
    """Host and port; the host that answers for a way by MX."""
    if made.s.get("mx") or "mx" not in made.s.get("servers", {}):
        return made.ctx.get("mx") or made.fill(made.s.get("host", made.ctx["domain"])), "25", False
    scheme, _, rest = made.url().partition("://")
    host, _, port = rest.rpartition(":")
    return host, port, scheme == "smtps"


def ask(made):
    """{program: its last line}"""
    host, port, implicit = target(made)
    c, tls = made.ctx, made.s.get("tls") != "none"
    at = host if made.net else made.s["servers"]["mx"]["ips"][0] if "mx" in made.s.get("servers", {}) else host
    message = made.file("peer.eml", f"From: {c['sender']}\r\nTo: {c['to']}\r\nSubject: x\r\n\r\nx\r\n")
    user = made.ctx["user"] if made.s.get("login") else ""
    secret = open(made.secret).read().strip() if user else ""
    config = made.file("msmtprc", "account default\nhost {}\nport {}\nfrom {}\ntls {}\ntls_starttls {}\ntls_trust_file {}\n"
                       "timeout 5\n{}".format(at, port, c["sender"], "on" if tls else "off", "off" if implicit else "on", c["ca"],
                                              f"auth on\nuser {user}\npassword {secret}\n" if user else ""), 0o600)
    made.own(config)
    out = {"curl": run(made, ["curl", "-sS", "--max-time", "5", "--url", f"{'smtps' if implicit else 'smtp'}://{at}:{port}",
                              *(["--ssl-reqd", "--cacert", c["ca"]] if tls else []), "--mail-from", c["sender"],
                              "--mail-rcpt", c["to"], *(["--user", f"{user}:{secret}"] if user else []), "--upload-file", message]),
           "msmtp": run(made, ["msmtp", "-C", config, c["to"]], b"Subject: x\n\nx\n"),
           "swaks": run(made, ["swaks", "--server", at, "--port", port, "--from", c["sender"], "--to", c["to"], "--timeout", "5",
                               *([] if not WITH_TLS else ["--tlsc"] if implicit else ["--tls"] if tls else []),
                               *(["--auth-user", user, "--auth-password", secret] if user else [])])}
    if tls:
        out["openssl"] = run(made, ["openssl", "s_client", "-connect", f"{at}:{port}", "-CAfile", c["ca"], "-verify_return_error",
                                    *(["-starttls", "smtp"] if not implicit else [])], b"QUIT\r\n")
    os.unlink(message)
    return out


def table(outcomes):
    """Markdown."""
    cell = str.maketrans({"|": "\\|", "`": "'"})
    lines = ["# What other programs say", "",
             "The last line that each printed in the scenarios of the diagnosis lab, its exit status and time, beside the first "
             "finding of `sendwell diagnose`. Names, addresses and texts were drawn for that run."
             + ("" if WITH_TLS else " This swaks had no TLS (no Net::SSLeay)."), "",
             "| scenario | cause | sendwell | curl | msmtp | swaks | openssl s_client |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for o in sorted(outcomes, key=lambda o: (o.scene["family"], o.scene["id"])):
        if not o.peers:
            continue
        own = f"{o.codes[0]} {o.findings[0]['confidence']}: {o.findings[0]['title']}" if o.findings else "nothing wrong"
        cells = [o.scene["id"], "/".join(o.scene["cause"]) or "healthy", own,
                 *(o.peers.get(p, "-") for p in ("curl", "msmtp", "swaks", "openssl"))]
        lines.append("| " + " | ".join(c.translate(cell) for c in cells) + " |")
    return "\n".join(lines) + "\n"
