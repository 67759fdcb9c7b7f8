# SPDX-License-Identifier: MIT
"""Sending and verifying against the program's own sandbox: every option does what it says."""
import email
import email.policy
import json
import os
import select
import signal
import stat
import subprocess
import sys

import lab
import tap


def parse(mail):
    return email.message_from_bytes(mail, policy=email.policy.default)


def send(home, box, *argv, status=0, stdin=b"hello\n", tls=True, **more):
    """Sends with --json; the result."""
    way = box.server() if tls else box.plain()
    return lab.result(lab.expect(home.run("send", "--json", *way, *argv, stdin=stdin, **more), status))


@tap.case("a message goes through STARTTLS and a login, and is what was written")
def _():
    with lab.sandbox("--require-auth", "--require-tls") as (home, box):
        secret = home.write("pw", "not-secret\n")
        value = send(home, box, "--user", "sandbox", "--password-file", secret, "--from", "Ärger <me@example.org>",
                     "--to", lab.TO, "--subject", "Grüße", stdin="Zeile eins\nzwei: ß\n".encode())
        envelope, mail = box.mail()
        assert value["outcome"] == "accepted" and value["stage"] == "final", value
        assert value["server"]["tls"]["verified"] and value["server"]["tls"]["version"].startswith("TLSv1."), value
        assert value["bytes"] == len(mail) == envelope["size"], (value, envelope)
        assert envelope["auth"]["user"] == "sandbox" and envelope["tls"], envelope
        assert envelope["sender"] == lab.FROM and envelope["recipients"] == [lab.TO], envelope
        message = parse(mail)
        assert message["subject"] == "Grüße" and message["from"].addresses[0].display_name == "Ärger"
        assert message["message-id"].strip("<>") == value["message_id"], value
        assert message.get_content().replace("\r\n", "\n") == "Zeile eins\nzwei: ß\n"
        assert all(ord(c) < 128 for c in mail.decode("latin-1")), "7-bit on the wire"


@tap.case("TLS from the start works on its port, LMTP on its own")
def _():
    with lab.sandbox() as (home, box):
        done = home.run("send", "--json", *box.server(scheme="smtps", port=box.tls_port), *lab.compose())
        assert lab.result(lab.expect(done, 0))["server"]["port"] == box.tls_port
        done = home.run("send", "--json", "--server", f"127.0.0.1:{box.tls_port}", "--tls", "implicit", "--ca", box.ca,
                        "--tls-name", "localhost", *lab.compose())
        lab.result(lab.expect(done, 0))
        assert len(box.mails()) == 2
    with lab.sandbox("--lmtp") as (home, box):
        done = home.run("send", "--json", "--server", box.url("lmtp"), "--tls", "none", *lab.compose())
        assert lab.result(lab.expect(done, 0))["outcome"] == "accepted"


@tap.case("all parts of a message arrive where they belong")
def _():
    with lab.sandbox() as (home, box):
        text = home.write("t.txt", "plain\n")
        html = home.write("t.html", "<img src='cid:logo.png'>")
        data = os.urandom(3000)
        files = {name: home.write(name, data) for name in ("a.bin", "logo.png", "b;c.pdf")}
        value = send(home, box, *lab.compose("--cc", "cc@example.org", "--bcc", "bcc@example.org", "--reply-to",
                     "r@example.org", "--subject", "s", "--text", text, "--html", html, "--attach", files["a.bin"],
                     "--attach", files["b;c.pdf"] + ";type=text/x-odd;name=Bericht ä.pdf", "--inline",
                     files["logo.png"], "--header", "X-One: 1", "--header", "X-Two:two", "--message-id",
                     "id.1@example.org", "rcpt@example.org"))
        envelope, mail = box.mail()
        message = parse(mail)
        assert envelope["recipients"] == [lab.TO, "rcpt@example.org", "cc@example.org", "bcc@example.org"] or \
            sorted(envelope["recipients"]) == sorted([lab.TO, "rcpt@example.org", "cc@example.org", "bcc@example.org"])
        assert [r["address"] for r in value["recipients"]] == envelope["recipients"], value
        assert "bcc@" not in mail.decode("latin-1").lower() and message["bcc"] is None
        assert message["to"] == f"{lab.TO}, rcpt@example.org" and message["cc"] == "cc@example.org"
        assert message["reply-to"] == "r@example.org" and message["x-one"] == "1" and message["x-two"] == "two"
        assert value["message_id"] == "id.1@example.org" == message["message-id"].strip("<>")
        parts = {p.get_filename(): p for p in message.walk() if p.get_filename()}
        assert set(parts) == {"a.bin", "Bericht ä.pdf", "logo.png"}, parts
        assert parts["Bericht ä.pdf"].get_content_type() == "text/x-odd"
        assert parts["logo.png"]["content-id"] == "<logo.png>" and parts["logo.png"].get_content_type() == "image/png"
        for part in parts.values():
            assert part.get_payload(decode=True) == data
        types = [p.get_content_type() for p in message.walk()]
        assert "multipart/alternative" in types and "multipart/related" in types, types


@tap.case("a ready message passes byte for byte")
def _():
    body = b"From: a@example.org\r\nTo: B <b@example.org>\r\nCc: c@example.org\r\nBcc: d@example.org\r\n" \
           b"Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <x@example.org>\r\n\r\n.\r\n..dots\r\n.\r\n"
    expected = body.replace(b"Bcc: d@example.org\r\n", b"")
    with lab.sandbox() as (home, box):
        path = home.write("m.eml", body)
        cases = [(["--message", path], "a@example.org", ["b@example.org", "c@example.org", "d@example.org"]),
                 (["--message", path, "x@example.org"], "a@example.org", ["x@example.org"]),
                 (["--message", path, "--to", "x@example.org", "y@example.org"], "a@example.org",
                  ["x@example.org", "y@example.org"]),
                 (["--message", path, "--from", "f@example.org"], "f@example.org",
                  ["b@example.org", "c@example.org", "d@example.org"]),
                 (["--message", "-", "--envelope-from", "<>", "z@example.org"], "", ["z@example.org"])]
        for number, (argv, sender, recipients) in enumerate(cases):
            send(home, box, *argv, stdin=body.replace(b"\r\n", b"\n"))
            envelope, mail = box.mails()[number]
            assert mail == expected, mail
            assert envelope["sender"] == sender and envelope["recipients"] == recipients, (argv, envelope)


@tap.case("the password comes from every place that is offered")
def _():
    with lab.sandbox("--require-auth", "--password", "SEKRIT word") as (home, box):
        path = home.write("pw", "SEKRIT word\nsecond line\n")
        user = ["--user", "sandbox"]
        send(home, box, *lab.compose(), *user, "--password-file", path)
        send(home, box, *lab.compose(), *user, "--password-command", f"cat '{path}'")
        send(home, box, *lab.compose(), *user, "--password-env", "MINE", env=home.env(MINE="SEKRIT word"))
        send(home, box, *lab.compose(), *user, env=home.env(SENDWELL_PASSWORD="SEKRIT word"))
        with open(path, "rb") as file:
            send(home, box, *lab.compose(), *user, "--password-fd", str(file.fileno()), pass_fds=[file.fileno()])
        url = f"smtp://sandbox:SEKRIT%20word@127.0.0.1:{box.port}"
        done = home.run("send", "--json", *lab.compose("--ca", box.ca, "--tls-name", "localhost"),
                        env=home.env(SENDWELL_SERVER=url))
        lab.result(lab.expect(done, 0))
        home.config(f"server = {box.url()}\nca = {box.ca}\ntls-name = localhost\nuser = sandbox\n"
                    f"password = SEKRIT word\nfrom = {lab.FROM}\n")
        lab.expect(home.run("send", lab.TO), 0)
        # The nearer source is used, the one of the file is left alone.
        lab.expect(home.run("send", lab.TO, "--password-file", home.write("wrong", "no\n")), 77)
        assert len(box.mails()) == 7


@tap.case("a user without a password is told, when nobody can be asked")
def _():
    with lab.sandbox() as (home, box):
        done = home.run("send", *box.server(), "--user", "sandbox", *lab.compose())
        lab.one_line(lab.expect(done, 78), "--password-file")
        done = home.run("send", *box.server(), "--user", "sandbox", "--auth", "none", *lab.compose())
        lab.expect(done, 0)
        assert len(box.mails()) == 1


@tap.case("each mechanism can be asked for by name")
def _():
    with lab.sandbox("--require-auth") as (home, box):
        env = home.env(SENDWELL_PASSWORD="not-secret")
        seen = []
        for name in ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"):
            send(home, box, *lab.compose("--user", "sandbox", "--auth", name), env=env)
            seen.append(box.mails()[-1][0]["auth"]["mechanism"])
        assert seen == ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"], seen


@tap.case("what goes on the wire follows the options of the session")
def _():
    with lab.sandbox() as (home, box):
        value = send(home, box, *lab.compose("--ehlo", "client.example.org", "--source", "127.0.0.2", "-4"))
        envelope, _ = box.mails()[0]
        assert envelope["helo"] == "client.example.org" and envelope["client"].startswith("127.0.0.2:"), envelope
        assert value["server"]["address"] == "127.0.0.1", value
        hosts = home.write("hosts", "127.0.0.1 mail.test.example\n")
        done = home.run("send", "--json", "--server", f"mail.test.example:{box.port}", "--hosts", hosts, "--ca", box.ca,
                        "--tls-name", "localhost", *lab.compose())
        assert lab.result(lab.expect(done, 0))["server"]["name"] == "mail.test.example"
        for argv in (["--pipelining"], ["--no-pipelining"], ["--timeout", "2.5", "--deadline", "10"]):
            send(home, box, *lab.compose(*argv))


@tap.case("without pipelining each command waits for its answer")
def _():
    with lab.sandbox() as (home, box):
        def dialogue(*argv):
            done = home.run("send", *box.plain(), *lab.compose("--transcript", "-", *argv), "b@example.net")
            lines = [line.split() for line in lab.expect(done, 0).stdout.decode().splitlines()]
            return [mark for line in lines for mark in line[:2] if mark in ("->", "<-")]
        grouped, alone = dialogue(), dialogue("--no-pipelining")
        assert "-> -> ->" in " ".join(grouped) and "-> -> ->" not in " ".join(alone).split("<- -> <- <-")[0], alone


@tap.case("what the system does not trust is refused, and so is a name that is not the certificate's")
def _():
    with lab.sandbox() as (home, box):
        way = ["--server", box.url()]
        lab.expect(home.run("send", *way, "--tls-name", "localhost", *lab.compose()), 76)
        lab.expect(home.run("send", *way, "--ca", box.ca, "--tls-name", "other.example", *lab.compose()), 76)
        done = home.run("send", "--json", *way, "--tls", "opportunistic", *lab.compose())
        assert not lab.result(lab.expect(done, 0))["server"]["tls"]["verified"]
        done = home.run("send", "--json", *way, "--tls", "none", *lab.compose())
        assert lab.result(lab.expect(done, 0))["server"]["tls"]["version"] is None
        assert len(box.mails()) == 2


@tap.case("one line says that a message was accepted, by whom, and as what")
def _():
    with lab.sandbox() as (home, box):
        done = lab.expect(home.run("send", *box.server(), *lab.compose("b@example.net")), 0)
        line = done.stdout.decode()
        assert line.count("\n") == 1 and line.startswith("accepted by 127.0.0.1 (127.0.0.1:"), line
        assert "TLSv1.3" in line and "2 recipients" in line and done.stderr == b"", done
        done = lab.expect(home.run("-q", "send", *box.server(), *lab.compose()), 0)
        assert done.stdout == done.stderr == b"", done


@tap.case("a failure names stage, words and recipients on standard output, one sentence on standard error")
def _():
    with lab.sandbox("--fault", "rcpt-unknown=bad@example.net") as (home, box):
        done = lab.expect(home.run("send", *box.plain(), *lab.compose("bad@example.net")), 80)
        out = done.stdout.decode()
        assert "accepted   you@example.net" in out and "rejected   bad@example.net  550 5.1.1" in out, out
        assert "envelope" in out and len(done.stderr.splitlines()) == 1, done
        done = lab.expect(home.run("send", "-q", *box.plain(), *lab.compose("bad@example.net")), 80)
        assert done.stdout == b"" and len(done.stderr.splitlines()) == 1, done
        value = send(home, box, *lab.compose("bad@example.net"), tls=False, status=80)
        assert value["outcome"] == "partial"
        assert [r["outcome"] for r in value["recipients"]] == ["accepted", "rejected"], value
        count = len(box.mails())
        value = send(home, box, *lab.compose("bad@example.net", "--all-or-none"), tls=False, status=67)
        assert [r["outcome"] for r in value["recipients"]] == ["not_sent", "rejected"], value
        assert len(box.mails()) == count == 3


@tap.case("-v shows the dialogue on standard error and leaves the result alone")
def _():
    with lab.sandbox() as (home, box):
        done = lab.expect(home.run("send", "-v", "--json", *box.server(), *lab.compose()), 0)
        lab.result(done)
        text = done.stderr.decode()
        for words in (" <- 220 ", " -> EHLO ", " -> STARTTLS", " ~> MAIL FROM:<me@example.org>", " <~ 354 "):
            assert words in text, (words, text)


@tap.case("--transcript and --save write private files, before and after")
def _():
    with lab.sandbox() as (home, box):
        transcript, case = str(home.path / "t.txt"), str(home.path / "case.json")
        send(home, box, *lab.compose("--transcript", transcript, "--save", case))
        for path in (transcript, case):
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, path
        text = open(transcript, encoding="utf-8").read()
        assert "-> EHLO" in text and "~> MAIL FROM" in text, text
        value = lab.validate(json.load(open(case, encoding="utf-8")))
        assert value["result"]["outcome"] == "accepted" and len(value["facts"]) > 5, value
        done = lab.expect(home.run("send", *box.server(), *lab.compose("--save", "-")), 0)
        assert lab.validate(json.loads(done.stdout))["schema"] == "sendwell/case/1"
        done = lab.expect(home.run("send", *box.server(), *lab.compose("--transcript", "-")), 0)
        assert b"MAIL FROM" in done.stdout and b"accepted by" in done.stdout, done
        count = len(box.mails())
        for option in ("--transcript", "--save"):
            for path in ("/nonexistent/x", str(home.path)):
                done = home.run("send", *box.server(), *lab.compose(option, path))
                lab.one_line(lab.expect(done, 73), option)
        assert len(box.mails()) == count, "nothing is sent when the file cannot be written"


@tap.case("the last case that went wrong is kept, for its owner only")
def _():
    with lab.sandbox("--fault", "auth-535") as (home, box):
        env = home.env(SENDWELL_PASSWORD="not-secret")
        lab.expect(home.run("send", *box.server(), *lab.compose()), 0)
        assert not home.last.exists()
        lab.expect(home.run("send", *box.server(), *lab.compose("--user", "sandbox"), env=env), 77)
        assert stat.S_IMODE(home.last.stat().st_mode) == 0o600
        assert stat.S_IMODE(home.last.parent.stat().st_mode) == 0o700
        value = lab.validate(json.loads(home.last.read_text()))
        assert value["result"]["stage"] == "auth", value
        lab.expect(home.run("verify", *box.server(), "--user", "sandbox", "login", env=env), 77)
        value = lab.validate(json.loads(home.last.read_text()))
        assert value["result"]["schema"] == "sendwell/verify/1", value
        # Where it cannot be kept nothing else changes.
        home.write("blocked", "a file")
        env["XDG_STATE_HOME"] = str(home.path / "blocked")
        done = home.run("send", *box.server(), *lab.compose("--user", "sandbox"), env=env)
        assert len(lab.expect(done, 77).stderr.splitlines()) == 1, done
        # A home that is not there (Debian's services have /nonexistent) is not made.
        del env["XDG_STATE_HOME"]
        env["HOME"] = str(home.path / "no-home")
        lab.expect(home.run("send", *box.server(), *lab.compose("--user", "sandbox"), env=env), 77)
        assert not os.path.exists(env["HOME"])


@tap.case("a dry run shows everything and contacts nobody")
def _():
    with lab.sandbox() as (home, box):
        done = lab.expect(home.run("send", *box.server(), *lab.compose("--dry-run", "--bcc", "b@example.net"),
                                   stdin=b"hello\n"), 0)
        message = parse(done.stdout)
        assert message["to"] == lab.TO and message.get_content().strip() == "hello", done
        text = done.stderr.decode()
        for words in (f"127.0.0.1:{box.port}", "TLS required", "<me@example.org>", "<you@example.net>", "<b@example.net>"):
            assert words in text, (words, text)
        env = home.env(SENDWELL_SERVER=f"smtp://me:SEKRIT@127.0.0.1:{box.port}")
        for json_option in ([], ["--json"]):
            done = lab.expect(home.run("send", *lab.compose("--dry-run"), *json_option, env=env), 0)
            said = done.stdout + done.stderr
            assert b"SEKRIT" not in said and (b'"me"' in said if json_option else b"login          me," in said), done
        assert box.mails() == [] and box.connections() == [], box.log


@tap.case("verify goes as far as it is told, and sends nothing")
def _():
    with lab.sandbox("--fault", "rcpt-unknown=bad@example.net") as (home, box):
        def verify(*argv, status=0, **more):
            done = home.run("verify", "--json", *box.server(), *argv, **more)
            return lab.result(lab.expect(done, status))
        value = verify("connection")
        assert value["outcome"] == "ok" and value["server"]["tls"]["verified"], value
        assert any(line.startswith("SIZE") for line in value["server"]["extensions"]), value
        value = verify("login", "--user", "sandbox", env=home.env(SENDWELL_PASSWORD="not-secret"))
        assert value["what"] == "login" and value["outcome"] == "ok", value
        value = verify("login", "--user", "sandbox", env=home.env(SENDWELL_PASSWORD="wrong"), status=77)
        assert value["outcome"] == "failed" and value["stage"] == "auth" and value["reply"]["code"] == 535, value
        value = verify("recipients", lab.TO, "--to", "bad@example.net", "--from", lab.FROM, status=80)
        assert [(r["address"], r["outcome"]) for r in value["recipients"]] == \
            [(lab.TO, "accepted"), ("bad@example.net", "rejected")], value
        done = lab.expect(home.run("verify", *box.server(), "recipients", lab.TO), 0)
        assert b"recipients ok: 127.0.0.1" in done.stdout and b"accepted   you@example.net" in done.stdout, done
        done = lab.expect(home.run("verify", *box.server(), "connection"), 0)
        assert b"connection ok" in done.stdout and b"offers  " in done.stdout, done
        assert box.mails() == []
        assert any("MAIL FROM:<>" in line for line in box.log), box.log


@tap.case("the sandbox lists its faults, each with stage, cause and help")
def _():
    with lab.Home() as home:
        rows = [lab.validate(json.loads(line)) for line in
                lab.expect(home.run("sandbox", "--list-faults", "--json"), 0).stdout.splitlines()]
        text = lab.expect(home.run("sandbox", "--list-faults"), 0).stdout.decode()
        assert len(rows) > 50 and len({row["name"] for row in rows}) == len(rows)
        assert all(row["name"] in text for row in rows)
        assert len(text.splitlines()) == len(rows) + 1


@tap.case("the sandbox says how to use it, and the example works as it stands")
def _():
    with lab.Home() as home:
        process = subprocess.Popen([tap.PROGRAM, "sandbox"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   env=home.env(), start_new_session=True)
        try:
            text = ""
            while "try: " not in text or not text.endswith("\n"):
                ready, _, _ = select.select([process.stdout], [], [], 10)
                piece = os.read(process.stdout.fileno(), 4096).decode() if ready else ""
                assert piece, text
                text += piece
            assert "user sandbox, password not-secret" in text and "STARTTLS" in text, text
            command = text.split("try: ", 1)[1].strip()
            env = home.env(PATH=tap.BUILD + os.pathsep + os.environ["PATH"])
            done = subprocess.run(["sh", "-c", command], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  check=False, timeout=20)
            assert done.returncode == 0 and b"accepted by" in done.stdout, (command, done)
            ca = text.split("CA in ", 1)[1].splitlines()[0]
            assert os.path.exists(ca)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
            process.stdout.close()
        assert not os.path.exists(ca), "its temporary directory is removed"


@tap.case("the sandbox stops by itself after messages or seconds")
def _():
    with lab.Home() as home:
        box = lab.Sandbox(home, "--quit-after", "1")
        lab.expect(home.run("send", *box.server(), *lab.compose()), 0)
        assert box.process.wait(10) == 0
        box.stop()
        box = lab.Sandbox(home, "--quit-after", "0.2s")
        assert box.process.wait(10) == 0
        box.stop()


@tap.case("a sandbox without a user offers no login")
def _():
    with lab.sandbox("--user", "") as (home, box):
        assert box.settings["user"] == "" and lab.validate(box.settings), box.settings
        done = home.run("verify", "--json", *box.server(), "connection")
        extensions = lab.result(lab.expect(done, 0))["server"]["extensions"]
        assert not any(line.startswith("AUTH") for line in extensions), extensions
        lab.expect(home.run("send", *box.server(), *lab.compose()), 0)


@tap.case("two sandboxes cannot have one port")
def _():
    with lab.sandbox() as (home, box):
        done = home.run("sandbox", "--port", str(box.port))
        assert done.returncode in (69, 71, 73, 77), done
        lab.one_line(done, str(box.port))


if __name__ == "__main__":
    sys.exit(tap.main())
