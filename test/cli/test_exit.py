# SPDX-License-Identifier: MIT
"""Each class of exit status, reached by a server, a file or an argument that is its reason."""
import os
import socket
import sys

import lab
import tap

# faults, extra arguments, status, outcome, stage
BY_SERVER = [
    ([], [], 0, "accepted", "final"),
    (["ehlo-no-pipelining"], [], 0, "accepted", "final"),
    (["short-writes"], [], 0, "accepted", "final"),
    (["rcpt-unknown"], [], 67, "rejected", "envelope"),
    (["banner-554"], [], 69, "rejected", "greeting"),
    (["relay-denied"], [], 69, "rejected", "envelope"),
    (["final-554-spam"], [], 69, "rejected", "final"),
    (["size-limit=100"], [], 69, "not_sent", "envelope"),
    (["banner-close"], [], 74, "not_sent", "greeting"),
    (["banner-reset"], [], 74, "not_sent", ("tcp", "greeting")),     # the connection may be gone at once
    (["hang-at=ehlo"], ["--timeout", "0.3"], 74, "not_sent", "ehlo"),
    (["data-reset=50000"], ["--attach", "BIG"], 74, "not_sent", "data"),
    (["banner-421"], [], 75, "deferred", "greeting"),
    (["greylist"], [], 75, "deferred", "envelope"),
    (["final-451"], [], 75, "deferred", "final"),
    (["banner-http"], [], 76, "not_sent", "greeting"),
    (["banner-preauth"], [], 76, "not_sent", "greeting"),
    (["starttls-missing"], [], 76, "not_sent", "tls"),
    (["starttls-injected"], [], 76, "not_sent", "tls"),
    (["cert-expired"], [], 76, "not_sent", "tls"),
    (["cert-wrong-name"], [], 76, "not_sent", "tls"),
    (["cert-self-signed"], [], 76, "not_sent", "tls"),
    (["auth-535"], ["--user", "sandbox"], 77, "not_sent", "auth"),
    (["no-auth"], ["--user", "sandbox"], 77, "not_sent", "auth"),
    (["hang-after-dot"], ["--timeout", "0.3"], 79, "uncertain", "final"),
    (["close-after-dot"], [], 79, "uncertain", "final"),
    (["rcpt-some-refused=2"], ["b@example.net"], 80, "partial", "envelope"),
]


def by_server(faults, argv, status, outcome, stage):
    def check():
        options = [word for fault in faults for word in ("--fault", fault)]
        with lab.sandbox(*options) as (home, box):
            env = home.env(SENDWELL_PASSWORD="not-secret")
            big = home.write("big", os.urandom(4000000)) if "BIG" in argv else ""
            words = [big if word == "BIG" else word for word in argv]
            done = home.run("send", "--json", *box.server(), *lab.compose(*words), env=env)
            value = lab.result(lab.expect(done, status))
            assert value["outcome"] == outcome, value
            assert value["stage"] in (stage if isinstance(stage, tuple) else (stage,)), value
            assert value["recipients"][0]["address"] == lab.TO, value
            if status:
                assert done.stderr.decode() == f"sendwell: {value['sentence']}\n", done
    return check


for row in BY_SERVER:
    tap.case(f"{row[2]} for {' '.join(row[0] + row[1]) or 'a good server'}")(by_server(*row))


def closed_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@tap.case("68 for a host that does not exist")
def _():
    with lab.Home() as home:
        done = home.run("send", "--json", "--server", "no-such-host.invalid", "--resolver",
                        f"127.0.0.1:{closed_port()}", "--timeout", "2", *lab.compose())
        # Nobody answers there, so it cannot be known that the name does not exist.
        value = lab.result(done)
        assert done.returncode in (68, 75) and value["stage"] == "dns", done


@tap.case("74 when nobody listens")
def _():
    with lab.Home() as home:
        done = home.run("send", "--json", "--server", f"127.0.0.1:{closed_port()}", *lab.compose())
        assert lab.result(lab.expect(done, 74))["stage"] == "tcp", done


@tap.case("65 for what is no address, no header, no UTF-8, no message")
def _():
    with lab.sandbox() as (home, box):
        latin = home.write("latin", b"caf\xe9\n")
        nul = home.write("nul", b"From: a@example.org\r\nTo: b@example.org\r\n\r\na\0b\r\n")
        nobody = home.write("nobody", b"From: a@example.org\r\n\r\nhi\r\n")
        for argv in (lab.compose("--to", "no-domain"), lab.compose("--cc", "a@b@c"), lab.compose("--bcc", "<a@"),
                     ["--from", "a b@example.org", "--to", lab.TO], lab.compose("--envelope-from", "x"),
                     lab.compose("--to", "a@-bad-.example"), lab.compose("--text", latin),
                     lab.compose("--header", "Bad Name: x"), ["--message", nul], ["--message", nobody],
                     lab.compose("--message-id", "no spaces@example.org")):
            done = home.run("send", *box.server(), *argv)
            assert done.returncode in (64, 65), (argv, done)
            lab.one_line(done)
        assert box.connections() == [], box.log


@tap.case("66 for a file that is not there, or is none")
def _():
    with lab.sandbox() as (home, box):
        fifo = str(home.path / "fifo")
        os.mkfifo(fifo)
        for option in ("--text", "--html", "--attach", "--inline", "--message"):
            for path in ("/nonexistent", str(home.path), fifo, "/dev/zero"):
                parts = [] if option == "--message" else lab.compose()
                done = home.run("send", *box.server(), *parts, option, path, timeout=5)
                lab.one_line(lab.expect(done, 66), option, path)
        assert box.connections() == [], box.log


@tap.case("66 for certificates that cannot be read")
def _():
    with lab.sandbox() as (home, box):
        pem = open(box.ca, encoding="ascii").read()
        good = home.write("good.pem", pem)
        for argv in (["--ca", "/nonexistent.pem"], ["--cert", "/nonexistent.pem", "--key", good],
                     ["--cert", good, "--key", "/nonexistent.pem"]):
            done = home.run("send", "--server", box.url(), *lab.compose(*argv))
            lab.one_line(lab.expect(done, 66), "/nonexistent.pem", "No such file")
        junk = home.write("junk.pem", "no certificate\n")
        done = home.run("send", "--server", box.url(), *lab.compose("--ca", junk))
        assert done.returncode in (65, 78), done
        lab.one_line(done, junk)


@tap.case("77 for a password file that others can read, 66 for one that is none")
def _():
    with lab.sandbox() as (home, box):
        fifo = str(home.path / "fifo")
        os.mkfifo(fifo)
        link = str(home.path / "link")
        os.symlink(home.write("private", "x\n"), link)
        rows = [(home.write("open", "SEKRIT\n", 0o644), 77, "0644"), (home.write("group", "SEKRIT\n", 0o640), 77, "0640"),
                (link, 77, "symbolic link"), (fifo, 66, "pipe"), (str(home.path), 66, "directory"),
                ("/dev/zero", 66, "device"), ("/nonexistent", 66, "No such file"),
                (home.write("empty", ""), 78, ""), (home.write("line", "\nSEKRIT\n"), 78, ""),
                (home.write("nul", b"SEK\0RIT\n"), 78, ""), (home.write("huge", b"x" * 200000), 65, "")]
        for path, status, words in rows:
            done = home.run("send", *box.server(), *lab.compose("--user", "sandbox", "--password-file", path), timeout=5)
            assert done.returncode in (status, 78), (status, done)
            lab.one_line(done, path, words)
            assert b"SEKRIT" not in done.stderr + done.stdout, done
        assert not any("AUTH" in line for line in box.log), box.log


@tap.case("78 for a password command that fails, and no shell runs it")
def _():
    with lab.sandbox() as (home, box):
        witness = home.path / "witness"
        for command, words in [("false", "status 1"), ("/nonexistent/program", "program"), ("true", ""),
                               (f"echo x; touch {witness}", ""), (f"ls $(touch {witness})", "")]:
            done = home.run("send", *box.server(), *lab.compose("--user", "sandbox", "--password-command", command))
            assert done.returncode in (64, 78, 77), (command, done)
            assert words in done.stderr.decode(), (command, done)
            assert not witness.exists(), command


@tap.case("a password command that works is enough")
def _():
    with lab.sandbox() as (home, box):
        done = home.run("send", *box.server(), *lab.compose("--user", "sandbox", "--password-command", "echo not-secret"))
        lab.expect(done, 0)


if __name__ == "__main__":
    sys.exit(tap.main())
