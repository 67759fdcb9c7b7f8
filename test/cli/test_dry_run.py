# SPDX-License-Identifier: MIT
"""--dry-run: the whole plan, and nobody is asked."""
import socket
import sys
import time

import lab
import tap


def plan(home, *argv, status=0, stdin=b"hi\n", env=None):
    done = lab.expect(home.run("--json", "send", "--dry-run", *argv, stdin=stdin, env=env), status)
    return lab.result(done)


def words(home, *argv):
    """What people see of the plan."""
    return lab.expect(home.run("send", "--dry-run", *argv, stdin=b"hi\n"), 0).stderr.decode()


@tap.case("hosts stand in their order, each with port, protocol, TLS and the name of its certificate")
def _():
    with lab.Home() as home:
        args = lab.compose("--server", "mail.example.org", "--fallback", "smtps://b.example.org,lmtp://10.0.0.1,[2001:db8::1]:2525")
        found = [(h["name"], h["port"], h["from"], h["protocol"], h["tls"], h["certificate_name"]) for h in plan(home, *args)["hosts"]]
        assert found == [("mail.example.org", 587, "server", "smtp", "required", "mail.example.org"),
                         ("b.example.org", 465, "fallback", "smtp", "implicit", "b.example.org"),
                         ("10.0.0.1", 24, "fallback", "lmtp", "opportunistic", None),
                         ("2001:db8::1", 2525, "fallback", "smtp", "required", "2001:db8::1")], found
        text = words(home, *args)
        assert text.index("mail.example.org:587") < text.index("b.example.org:465") < text.index("10.0.0.1:24"), text
        assert "[2001:db8::1]:2525" in text and text.count("if it cannot") == 3, text
        (host,) = plan(home, *lab.compose("--server", "unix:/run/x"))["hosts"]
        assert (host["name"], host["addresses"]["source"], host["protocol"]) == ("/run/x", "socket", "lmtp"), host
        (host,) = plan(home, *lab.compose("--server", "srv://example.org", "--tls-name", "n.example.org"))["hosts"]
        assert (host["port"], host["from"], host["certificate_name"]) == (None, "srv", "n.example.org"), host


@tap.case("where addresses come from: literal, hosts file, DNS; the family counts")
def _():
    with lab.Home() as home:
        hosts = home.write("hosts", "192.0.2.7 mail.example.org mail\n2001:db8::7 mail.example.org\n")

        def of(server, *more):
            return plan(home, *lab.compose("--server", server, *more))["hosts"][0]["addresses"]

        assert of("192.0.2.1") == {"source": "literal", "where": None, "known": ["192.0.2.1"]}
        assert of("mail.example.org", "--hosts", hosts) == {"source": "hosts", "where": hosts, "known": ["192.0.2.7", "2001:db8::7"]}
        assert of("mail.example.org", "--hosts", hosts, "-4")["known"] == ["192.0.2.7"]
        assert of("else.example.org", "--hosts", hosts, "--resolver", "192.0.2.53") == {
            "source": "dns", "where": "192.0.2.53", "known": []}
        assert of("localhost")["source"] == "literal"


@tap.case("with --mx each domain once, literals, and the policies that are kept and still good")
def _():
    with lab.Home() as home:
        policy = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.net\r\nmax_age: %d\r\n"
        now = int(time.time())
        for domain, fetched, age in (("example.net", now - 1000, 86400), ("old.example", now - 90000, 86400)):
            home.write(f"state/sendwell/mta-sts/{domain}", f"sendwell/mta-sts/1 id1 {fetched}\n" + policy % age)
        p = plan(home, "--mx", "--from", "me@example.org", "a@example.net", "b@EXAMPLE.net", "c@[192.0.2.9]", "d@old.example")
        assert p["server"] is None and [(h["name"], h["from"]) for h in p["hosts"]] == [
            ("example.net", "mx"), ("[192.0.2.9]", "address"), ("old.example", "mx")], p["hosts"]
        kept, old = p["policies"]
        assert (kept["domain"], kept["mta_sts"], kept["mode"], kept["dane"]) == ("example.net", "kept", "enforce", "auto"), kept
        assert 85300 <= kept["seconds_left"] <= 85400, kept
        assert (old["domain"], old["mta_sts"], old["mode"], old["seconds_left"]) == ("old.example", "unknown", None, None), old
        (none,) = plan(home, "--mx", "--from", "me@example.org", "a@example.net", "--mta-sts", "no", "--dane", "yes")["policies"]
        assert (none["mta_sts"], none["dane"]) == ("no", "yes"), none
        assert "MTA-STS kept: enforce" in words(home, "--mx", "--from", "me@example.org", "a@example.net")


@tap.case("mechanisms that may be used, and where the secret would come from; it is asked of nobody and shown nowhere")
def _():
    with lab.Home() as home:
        secret = home.write("secret", "correct-horse\n")
        asked = home.path / "asked"
        rows = [(["--password-file", secret], "file", secret), (["--password-command", f"touch {asked}"], "command", "touch"),
                (["--password-env", "NOT_SET"], "environment", "NOT_SET"), (["--password-from", "netrc"], "store", "netrc"),
                (["--oauth-token-command", f"touch {asked} hush"], "token command", "touch"), ([], "terminal", None),
                (["--auth", "external", "--cert", secret, "--key", secret], "not needed", None)]
        for more, source, place in rows:
            login = plan(home, *lab.compose("--server", "mail.example.org", "--user", "me", *more))["login"]
            assert login["secret"] == {"source": source, "place": place}, (more, login)
            tokens = source == "token command"
            assert ("XOAUTH2" in login["mechanisms"]) == tokens and ("PLAIN" in login["mechanisms"]) == (
                not tokens and source != "not needed"), login
        assert not asked.exists()
        done = home.run("--json", "send", "--dry-run", *lab.compose("--server", "mail.example.org", "--user", "me"), stdin=b"x\n",
                        env=home.env(SENDWELL_PASSWORD="correct-horse"))
        assert lab.result(done)["login"]["secret"] == {"source": "given", "place": "SENDWELL_PASSWORD"}, done
        assert b"correct" not in done.stdout + done.stderr
        clear = plan(home, *lab.compose("--server", "mail.example.org", "--tls", "none", "--user", "me"))["login"]["mechanisms"]
        assert "PLAIN" not in clear and "SCRAM-SHA-256-PLUS" not in clear and "SCRAM-SHA-256" in clear, clear
        assert plan(home, *lab.compose("--server", "mail.example.org", "--auth", "none", "--user", "me"))["login"] is None


@tap.case("what the message needs, and what becomes of it without that")
def _():
    eight = b"From: a@b.net\nTo: c@d.net\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n" \
            b"Content-Transfer-Encoding: 8bit\n%s\n\xc3\xa9\n"
    with lab.Home() as home:
        def needs(*argv, stdin=b"hi\n"):
            p = plan(home, "--server", "mail.example.org", *argv, stdin=stdin)
            return {n["extension"]: n["without"] for n in p["needs"]}, p

        assert needs(*lab.compose())[0] == {}
        assert needs("--from", "me@example.org", "--to", "\u043f@example.net")[0] == {"SMTPUTF8": "not_sent"}
        plain, p = needs("--message", "-", stdin=eight % b"")
        assert plain == {"8BITMIME": "encoded"} and p["bytes"] == len((eight % b"").replace(b"\n", b"\r\n")), p
        assert needs("--message", "-", "--no-downgrade", stdin=eight % b"")[0] == {"8BITMIME": "not_sent"}
        signed, p = needs("--message", "-", stdin=eight % b"DKIM-Signature: v=1; a=rsa-sha256; d=b.net; s=s; h=from; bh=; b=\n")
        assert signed == {"8BITMIME": "not_sent"} and "DKIM" in p["needs"][0]["why"], p
        wishes = ["--dsn", "failure", "--require-tls", "--deliver-by", "60;return", "--priority", "3", "--hold-until", "+60"]
        assert needs(*lab.compose(*wishes))[0] == {"DSN": "sent", "REQUIRETLS": "not_sent", "DELIVERBY": "not_sent",
                                                   "MT-PRIORITY": "sent", "FUTURERELEASE": "not_sent"}
        assert needs(*lab.compose("--rcpt", "x@example.net;notify=never"))[0] == {"DSN": "sent"}
        assert "without it these parts are encoded" in lab.expect(home.run(
            "send", "--dry-run", "--server", "x.example", "--message", "-", stdin=eight % b""), 0).stderr.decode()


@tap.case("a proxy is told, a password in it not; settings that would never send are told")
def _():
    with lab.Home() as home:
        env = home.env(SENDWELL_PROXY="socks5h://me:hush@192.0.2.1")
        done = home.run("--json", "send", "--dry-run", *lab.compose("--server", "mail.example.org"), stdin=b"x\n", env=env)
        assert lab.result(done)["proxy"] == {"kind": "socks5h", "host": "192.0.2.1", "port": 1080, "from": "setting", "login": True}
        assert b"hush" not in done.stdout, done
        env = home.env(ALL_PROXY="socks5://192.0.2.2:99", NO_PROXY=".example.com")
        assert plan(home, *lab.compose("--server", "mail.example.org"), env=env)["proxy"]["from"] == "ALL_PROXY"
        assert plan(home, *lab.compose("--server", "mail.example.com"), env=env)["proxy"] is None
        lab.one_line(lab.expect(home.run("send", "--dry-run", *lab.compose("--server", "x.example", "--tls-pin-only"), stdin=b"x"), 78),
                     "tls-pin")


@tap.case("nobody is asked: not the DNS, not a server")
def _():
    with lab.Home() as home, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dns, socket.create_server(("127.0.0.1", 0)) as tcp:
        dns.bind(("127.0.0.1", 0))
        dns.settimeout(0.2)
        tcp.settimeout(0.2)
        resolver = ["--resolver", f"127.0.0.1:{dns.getsockname()[1]}"]
        for more in (["--server", f"127.0.0.1:{tcp.getsockname()[1]}"], ["--server", "mail.example.org"], ["--mx"],
                     ["--server", "srv://example.org"]):
            plan(home, *lab.compose(*resolver, *more))
        for one in (lambda: dns.recv(512), tcp.accept):
            try:
                raise AssertionError(f"somebody called: {one()}")
            except TimeoutError:
                pass


if __name__ == "__main__":
    sys.exit(tap.main())
