# SPDX-License-Identifier: MIT
"""What each recipient is to be notified of: --rcpt, and columns of --merge."""
import re
import sys

import lab
import tap
from peer import GO, Peer

LETTER = "From: me@example.org\nTo: you@example.net, other@example.net\nSubject: x\n\nx\n"


def ask(home, *argv, keywords=("DSN",), status=0, stdin=b"x\n"):
    """The lines of MAIL and RCPT that the server got, and what the program said."""
    said = []

    def rules(_, session, verb, line):
        if verb in ("MAIL", "RCPT"):
            said.append(line.partition(":")[2])
        return GO

    with Peer(rules, keywords) as peer:
        done = home.run("send", *peer.plain(), "--one-by-one", "--sessions", "1", *argv, stdin=stdin)
    lab.expect(done, status)
    # Who has no other original address is told to be meant himself.
    return [re.sub(r"^<(.*)>(.*) ORCPT=rfc822;\1$", r"<\1>\2", line) for line in said if not line.startswith("<me@")], done


@tap.case("--rcpt adds a recipient to the envelope alone, with its wish")
def _():
    with lab.Home() as home:
        said, _ = ask(home, *lab.compose("--rcpt", "hidden@example.net;notify=success,failure", "--rcpt", "more@example.net"))
        assert said == ["<you@example.net>", "<hidden@example.net> NOTIFY=SUCCESS,FAILURE", "<more@example.net>"], said
        said, _ = ask(home, "--from", "me@example.org", "--rcpt", "a;b@example.net;orcpt=first+x=y@example.org;notify=never",
                      status=65)
        assert not said
        said, _ = ask(home, "--from", "me@example.org", "--rcpt", '"a;b"@example.net;orcpt=first+x=y@example.org;notify=never')
        assert said == ['<"a;b"@example.net> NOTIFY=NEVER ORCPT=rfc822;first+2Bx+3Dy@example.org'], said


@tap.case("of a recipient that is there already it says what it is to be notified of, over --dsn")
def _():
    with lab.Home() as home:
        said, _ = ask(home, "--dsn", "failure", *lab.compose("--cc", "b@example.net", "--rcpt", "you@EXAMPLE.net;notify=never",
                                                             "--rcpt", "b@example.net"))
        assert said == ["<you@example.net> NOTIFY=NEVER", "<b@example.net> NOTIFY=FAILURE"], said


@tap.case("with --message it is a recipient, and the header's are none then; with --messages, too")
def _():
    with lab.Home() as home:
        path = home.write("m.eml", LETTER)
        said, _ = ask(home, "--message", path, "--rcpt", "one@example.net;notify=delay")
        assert said == ["<one@example.net> NOTIFY=DELAY"], said
        home.write("folder/1.eml", LETTER)
        said, _ = ask(home, "--messages", str(home.path / "folder"), "--rcpt", "one@example.net;notify=delay")
        assert said == ["<one@example.net> NOTIFY=DELAY"], said


@tap.case("wishes that are none are told, with the option, before anything is sent")
def _():
    with lab.Home() as home:
        for value, status, words in [("a@example.net;notify=always", 64, "never, or success"), (";notify=never", 65, ""),
                                     ("a@example.net;notify=never,failure", 64, "never"), ("nobody;notify=never", 65, "nobody"),
                                     ("a@example.net;orcpt=x y", 65, "x y")]:
            said, done = ask(home, *lab.compose("--rcpt", value), status=status)
            lab.one_line(done, "--rcpt", words)
            assert not said, said


@tap.case("a server without DSN is not asked, and that is told")
def _():
    with lab.Home() as home:
        said, done = ask(home, *lab.compose("--json", "--rcpt", "a@example.net;notify=never"), keywords=())
        assert said == ["<you@example.net>", "<a@example.net>"], said
        assert lab.result(done)["server"]["not_asked"] == ["DSN"], done


@tap.case("rows have columns notify and orcpt, which may be empty; others are named")
def _():
    rows = ("email,notify,orcpt,first\n"
            "a@example.net,never,,\n"
            "b@example.net,\"success, delay\",old@example.org,p@example.org\n"
            "c@example.net,,,\n")
    with lab.Home() as home:
        path, text = home.write("rows.csv", rows), home.write("l.txt", "hi\n")
        common = ["--from", "me@example.org", "--merge", path, "--text", text]
        said, _ = ask(home, *common)
        assert said == ["<a@example.net> NOTIFY=NEVER",
                        "<b@example.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;old@example.org", "<c@example.net>"], said
        said, _ = ask(home, *common, "--to", "{{email}}")
        assert said == ["<a@example.net>", "<b@example.net>", "<c@example.net>"], said
        said, _ = ask(home, *common, "--to", "X <{{email}}>", "--rcpt", "{{email}};notify={{notify|failure}};orcpt={{first}}")
        assert said == ["<a@example.net> NOTIFY=NEVER", "<b@example.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;p@example.org",
                        "<c@example.net> NOTIFY=FAILURE"], said
        for bad in ("a@example.net,sometimes,,\n", "a@example.net,never,not an address,\n", "a@example.net,never\\nX,,\n"):
            said, done = ask(home, *common[:3], home.write("bad.csv", rows + bad), *common[4:], status=65)
            lab.one_line(done, "bad.csv:5: ")
            assert not said


if __name__ == "__main__":
    sys.exit(tap.main())
