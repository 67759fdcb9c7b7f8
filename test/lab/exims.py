# SPDX-License-Identifier: MIT
"""An Exim for scenarios of the lab; test/lib/exim.py has its settings. Without it the scenarios are skipped."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import exim  # noqa: E402
import real  # noqa: E402

program = exim.program


def missing():
    return exim.unpacked.why.get("exim", "no such user")


COMMANDS = ("connect", "helo", "mail", "rcpt", "data")

# What stands behind the scenario's own lines.
ORDINARY = {"rcpt": """  accept authenticated = *
  deny local_parts = ^no-
       domains = +ours
       message = Unrouteable address
  accept domains = +ours
         condition = ${{if !eq{{$received_port}}{{{submission}}}}}
  deny message = relay not permitted"""}


class Exim(exim.Exim):
    """`acl`: lines of an ACL before its own, by command (connect helo mail rcpt data); `main`: further settings. Ports: smtp,
    submission and smtps."""

    def __init__(self, directory, pair, made, acl=None, main=""):
        ports = self.smtp, self.submission, self.smtps = real.free_ports(3)
        acls = "".join("acl_%s:\n%s\n%s\n" % (c, made.fill((acl or {}).get(c, "")),
                                              ORDINARY.get(c, "  accept").format(submission=self.submission)) for c in COMMANDS)
        settings = ["domainlist ours = " + made.fill("{domain}"), "queue_only = true", "queue_run_max = 0",
                    *("acl_smtp_%s = acl_%s" % (c, c) for c in COMMANDS), made.fill(main.replace("no-tls", ""))]
        super().__init__(directory, pair, ports, made.ctx["user"], made.ctx["secret"], host=made.fill("{mx}"), main="\n".join(settings),
                         acl=acls, tls_hosts="" if "no-tls" in main else "*")
