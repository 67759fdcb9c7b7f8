#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each way through the program and the library with one allocation that fails, or all from one on: it ends by itself,
never by a signal, loses no memory, and never says what is not true.

What is set by the environment stands in failing.py; SW_FAULT_LEAKS says how many points of a way are looked at by
valgrind."""

import os
import re
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, *[os.path.join(HERE, "..", part) for part in ("lib", "cli", "lab", "servers")]]
import failing  # noqa: E402
import judges  # noqa: E402
import proxies  # noqa: E402
import tap  # noqa: E402
import ways  # noqa: E402

LEAKS = int(os.environ.get("SW_FAULT_LEAKS", "4"))
# The tables of the loader and of libraries that live as long as the process are reachable, and no loss.
VALGRIND = ["valgrind", "-q", "--soname-synonyms=somalloc=nouserintercepts", "--leak-check=full",
            "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite", "--error-exitcode=99", "--num-callers=14"]
in_box, in_directory, with_names = ways.in_box, ways.in_directory, ways.with_names
honest, same_or_told = judges.honest, judges.same_or_told
# What fails in each place alone stands before what shares most with others.
TABLE = [
    ("clear text", in_box(ways.clear), honest, 0),
    ("TLS and login", in_box(ways.login), honest, 0),
    ("STARTTLS and a command for the password", in_box(ways.starttls), honest, 0),
    *[("login by " + mechanism, in_box(ways.login_by(mechanism)), honest, 0)
      for mechanism in ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "NTLM")],
    ("a password from netrc", in_box(ways.by_netrc), honest, 0),
    ("BDAT and wishes", in_box(ways.chunks), honest, 0),
    ("8-bit parts encoded", in_box(ways.encoded, faults=["no-8bitmime"]), honest, 0),
    ("a letter with parts", in_box(ways.composed), honest, 0),
    ("a signed letter, a case and a transcript", in_box(ways.signed_letter), honest, 0),
    ("accounts of a configuration file", in_box(ways.configured), honest, 0),
    ("a second server", in_box(ways.second_server), honest, 0),
    ("XCLIENT and a PROXY header", in_box(ways.another_client, "--proxy-protocol", "--offer-xclient"), honest, 0),
    ("a token for the login", in_box(ways.token), honest, 0),
    ("a token that is fetched", in_box(ways.fetched_token), honest, 0),
    ("SOCKS", in_box(ways.proxied(proxies.socks, "socks5h")), honest, 0),
    ("CONNECT", in_box(ways.proxied(proxies.connect, "http")), honest, 0),
    ("mail exchangers and DANE", ways.to_domain("good.dane.test"), honest, 0),
    ("mail exchangers, not that of DANE", ways.to_domain("bad.dane.test"), judges.never_sent, 76),
    ("mail exchangers and MTA-STS", ways.to_domain("good.sts.test"), honest, 0),
    ("mail exchangers, not that of MTA-STS", ways.to_domain("bad.sts.test"), judges.never_sent, 75),
    ("the sandbox", in_directory(ways.sandbox), judges.kept_its_word, 0),
    ("recipients verified", in_box(ways.verified), judges.same_verdict, 0),
    ("a dry run", in_box(ways.dry), judges.nothing_sent, 0),
    ("a program of the library", in_box(ways.by_library), judges.truthful, 0),
    ("a program that steps", in_box(ways.stepped, faults=["no-8bitmime"]), judges.truthful, 0),
    ("a program with a pool", in_box(ways.pooled), judges.pool_told, 0),
    ("a program with several", in_box(ways.several), judges.several_told, 0),
    ("many messages in two sessions", in_box(ways.merged), judges.honest_of_each, 0),
    ("many messages in sessions of TLS, with results", in_box(ways.merged_tls), judges.honest_of_each, 0),
    ("what is kept of many messages", in_box(ways.kept), judges.honest_of_each, 0),
    ("a plan", in_box(ways.planned), judges.same_plan, 0),
    ("a folder of messages", in_box(ways.from_folder), judges.honest_of_each, 0),
    ("pins and resumed sessions", in_box(ways.pinned), judges.honest_of_each, 0),
    ("check of a domain", with_names(ways.checked), judges.same_or_unknown, 2),
    ("check of many domains", with_names(ways.checked_many, ways.TWO_DOMAINS), judges.same_or_unknown, 2),
    ("check of a message", with_names(ways.judged_mail, ways.signing), judges.same_or_unknown, 1),
    ("signatures verified", with_names(ways.dkim_verified, ways.signing), judges.same_signatures, 0),
    ("a letter signed", in_directory(ways.dkim_signed), judges.by_itself, 0),
    ("a key made", in_directory(ways.dkim_made), judges.by_itself, 0),
    ("explain", in_directory(ways.explained()), same_or_told, 0),
    ("explain in JSON and Russian", in_directory(ways.explained("--json", "--lang", "ru")), same_or_told, 0),
    ("explain of a bounce", in_directory(ways.explained_bounce), same_or_told, 0),
    ("a list of causes", in_directory(ways.listed), same_or_told, 0),
    ("analyze", in_directory(ways.analyzed()), same_or_told, 1),
    ("analyze in JSON", in_directory(ways.analyzed("--json")), same_or_told, 1),
    ("a list of addresses to suppress", in_directory(ways.suppressed), same_or_told, 1),
    ("diagnose of a case", in_directory(ways.diagnosed("--json")), judges.same_diagnosis, 1),
    ("diagnose of a case in words", in_directory(ways.diagnosed("--lang", "ru")), judges.by_itself, 1),
    ("diagnose as a page, and shared", in_directory(ways.told_in_html), judges.by_itself, 1),
    ("diagnose of a server", in_box(ways.diagnosed_live), judges.same_diagnosis, 0),
    ("import", in_directory(ways.imported), judges.by_itself, 0),
    ("help", in_directory(ways.helped("help", "send")), same_or_told, 0),
    ("version", in_directory(ways.helped("version")), same_or_told, 0),
]
ALL_AFTER = ("clear text", "TLS and login", "many messages in two sessions", "check of a domain", "analyze in JSON",
             "diagnose of a case", "a program that steps")
# Thousands of stacks, nearly all of them in libraries: a deep sweep takes samples of them, and still finds flaws now and then.
DEEP_ONLY = ("a token that is fetched", "mail exchangers and DANE", "mail exchangers, not that of DANE", "mail exchangers and MTA-STS",
             "mail exchangers, not that of MTA-STS", "the sandbox", "check of a domain", "check of many domains", "check of a message",
             "signatures verified")
LOOKED_AT = ("BDAT and wishes", "many messages in two sessions", "clear text")


def no_loss(open_place, status):
    def case():
        failing.needed()
        if not shutil.which("valgrind"):
            tap.skip("needs valgrind")
        flaws = []
        with open_place() as r:
            clean, total, _ = r.list()
            assert clean.returncode == status, clean
            # Not those of the loader, before main; FROM moves them all.
            for n in range(total // (LEAKS + 1) + failing.FROM, total, max(1, total // (LEAKS + 1))):
                p = r.call({"FAILMALLOC_AT": str(n)}, before=VALGRIND)
                if p.returncode in failing.CRASHES and failing.crash_of_another(p):
                    continue
                # OpenSSL loses some of its own tables, before anybody else has them.
                lost = re.findall(rb"definitely lost(?:.*\n.*(?:vgpreload|failmalloc))+.*\n(.*)", p.stderr)
                ours = [line for line in lost if b"libcrypto.so" not in line]
                if p.returncode < 0 or ours or b"Invalid" in p.stderr:
                    flaws.append("%d of %d: %d\n%s" % (n, total, p.returncode, p.stderr[-2500:].decode("utf-8", "replace")))
        assert not flaws, "\n".join(flaws)
    return case


def left_out():
    tap.skip("a sample of a deep sweep: SW_FAULT_DEEP=1")


sweep = failing.Sweep()
LIMIT = 24 * 3600 if failing.REPEAT or failing.POINTS == 0 else 3 * failing.SECONDS + 300
for _name, _place, _judge, _status in TABLE:
    if any(part in _name for part in failing.WAYS):
        if _name in DEEP_ONLY and not (failing.DEEP or failing.REPEAT):
            tap.case("one allocation fails, %s: never a signal, never a false word" % _name)(left_out)
            continue
        tap.case("one allocation fails, %s: never a signal, never a false word" % _name, timeout=LIMIT)(
            sweep.case(_place, _judge, _status))
        if _name in ALL_AFTER or failing.REPEAT:
            tap.case("all allocations fail from one on, %s" % _name, timeout=LIMIT)(
                sweep.case(_place, _judge, _status, all_after=True))
        if LEAKS > 4 or _name in LOOKED_AT:
            tap.case("one allocation fails, %s: nothing is lost" % _name, timeout=1200)(no_loss(_place, _status))


if __name__ == "__main__":
    sys.exit(tap.main())
