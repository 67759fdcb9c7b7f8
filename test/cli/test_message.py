# SPDX-License-Identifier: MIT
"""What is composed, read by Python's email package: another implementation, written by others."""
import email
import email.policy
import subprocess
import sys

import lab
import tap

NOBODY = "127.0.0.1:1"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 5


def made(home, *argv, stdin=b"hi\n", status=0, **env):
    """The message that --dry-run shows, parsed; and its bytes."""
    done = home.run("send", "--dry-run", "--server", "mx.example.org", *lab.compose(*argv), stdin=stdin,
                    env=home.env(**env))
    lab.expect(done, status)
    if status:
        return done
    message = email.message_from_bytes(done.stdout, policy=email.policy.SMTPUTF8)
    for part in message.walk():
        assert not part.defects, (part.defects, done.stdout)
        for name, value in part.items():
            assert not getattr(value, "defects", ()), (name, value.defects)
    return message, done


def unflow(text):
    """Paragraphs of (depth, text), after RFC 3676 section 4."""
    found, open_ = [], False
    for line in text.split("\r\n" if "\r\n" in text else "\n")[:-1]:
        depth = len(line) - len(line.lstrip(">"))
        line = line[depth:]
        line = line[1:] if line.startswith(" ") else line
        if open_:
            assert found[-1][0] == depth
            found[-1] = (depth, found[-1][1] + line)
        else:
            found.append((depth, line))
        open_ = line.endswith(" ") and line != "-- "
    assert not open_
    return found


@tap.case("a flowed text is read back as the paragraphs that it was")
def _():
    long = "Съешь же ещё этих мягких французских булок да выпей чаю. " * 6
    ascii_long = "The quick brown fox jumps over the lazy dog. " * 5
    text = f"{ascii_long.rstrip()}\n\n{long.rstrip()}\n>> {ascii_long.rstrip()}\n> short\n  code\nFrom here\n-- \nMe\n"
    wanted = [(0, ascii_long.rstrip()), (0, ""), (0, long.rstrip()), (2, ascii_long.rstrip()), (1, "short"), (0, "  code"),
              (0, "From here"), (0, "-- "), (0, "Me")]
    with lab.Home() as home:
        message, _ = made(home, "--flowed", stdin=text.encode())
        assert message["Content-Type"].params["format"] == "flowed", message["Content-Type"]
        body = message.get_payload(decode=True).decode()
        assert unflow(body) == wanted, unflow(body)
        assert all(len(line) <= 78 for line in body.split("\r\n")), body
        message, _ = made(home, stdin=text.encode())
        assert "format" not in message["Content-Type"].params
        # ASCII alone needs no more than short lines.
        message, _ = made(home, "--flowed", stdin=b"> a\n b\n")
        assert message["Content-Transfer-Encoding"] == "7bit" and message.get_payload() == "> a\r\n  b\r\n"


@tap.case("texts of other character sets become UTF-8")
def _():
    rows = [("windows-1251", "Привет, мир"), ("koi8-r", "Привет, мир"), ("iso-8859-1", "Grüße"),
            ("iso-2022-jp", "日本語のメール"), ("shift_jis", "日本語のメール"), ("gb18030", "你好"), ("utf-16", "Ça ira €"),
            ("utf-8", "Ça ira €"), ("utf-8-sig", "Ça ira €")]
    with lab.Home() as home:
        for charset, text in rows:
            given = "utf-8" if charset == "utf-8-sig" else charset
            for option in ("--text", "--html"):
                path = home.write("body", f"{text}\n".encode(charset))
                message, _ = made(home, option, path, "--charset", given, stdin=b"")
                assert message.get_content().replace("\r\n", "\n") == text + "\n", (charset, message.get_content())
                assert message.get_content_charset() in ("utf-8", "us-ascii")
        made(home, "--charset", "utf-16le", stdin=b"a\0b", status=65)
        made(home, "--charset", "windows-1251", stdin=b"\x98", status=65)
        made(home, "--charset", "no-such", status=64)
        made(home, stdin=b"gr\xfc\xdf\n", status=65, LC_ALL="C")
        done = home.run("send", "--dry-run", "--server", "mx.example.org", "--charset", "utf-8", "--message", "-", lab.TO)
        assert done.returncode == 64 and b"exclude" in done.stderr, done


@tap.case("words and texts in the locale's character set, where the system has such a locale")
def _():
    with lab.Home() as home:
        # Made here: systems seldom have one that is not UTF-8.
        try:
            done = subprocess.run(["localedef", "-c", "-i", "POSIX", "-f", "KOI8-R", str(home.path / "ru_RU.KOI8-R")],
                                  capture_output=True, timeout=30)
        except FileNotFoundError:
            tap.skip("localedef is not installed")
        if not (home.path / "ru_RU.KOI8-R" / "LC_CTYPE").exists():
            tap.skip(f"localedef makes no locale: {done.stderr.decode()[:100]}")
        env = {"LC_ALL": "ru_RU.KOI8-R", "LOCPATH": str(home.path)}
        for charset in ("koi8-r", "utf-8"):
            message, _ = made(home, "--subject", "Привет".encode(charset), stdin="мир\n".encode(charset), **env)
            assert message["Subject"] == "Привет" and message.get_content().strip() == "мир", (charset, message)


@tap.case("text, HTML, a picture in it, an invitation and a file stand where they belong")
def _():
    with lab.Home() as home:
        html = home.write("a.html", '<img src="cid:logo"><p>Grüße</p>')
        logo, ics = home.write("logo.png", PNG), home.write("event.ics", "BEGIN:VCALENDAR\r\nSUMMARY:Über\r\n")
        pdf = home.write("Résumé.pdf", b"%PDF-1.4")
        message, _ = made(home, "--html", html, "--text", "-", "--inline", f"{logo};cid=logo", "--attach", pdf,
                          "--alternative", f"{ics};type=text/calendar; method=REQUEST", stdin=b"hello\n")
        shape = [(p.get_content_type(), p.get_content_disposition()) for p in message.walk()]
        assert shape == [("multipart/mixed", None), ("multipart/alternative", None), ("text/plain", None),
                         ("multipart/related", None), ("text/html", None), ("image/png", "inline"),
                         ("text/calendar", None), ("application/pdf", "attachment")], shape
        parts = list(message.walk())
        assert parts[5]["Content-ID"] == "<logo>" and parts[5].get_content() == PNG
        assert parts[3]["Content-Type"].params["type"] == "text/html"
        assert parts[6]["Content-Type"].params["method"] == "REQUEST"
        assert "Über" in parts[6].get_content(), parts[6].get_content()
        assert parts[7].get_filename() == "Résumé.pdf"
        assert message.get_body(("plain",)).get_content().strip() == "hello"
        # The only form is the text.
        message, _ = made(home, "--alternative", ics, stdin=b"")
        assert [p.get_content_type() for p in message.walk()] == ["multipart/alternative", "text/plain", "text/calendar"]


@tap.case("leaving a list: URIs in their order, one click only where it can work")
def _():
    with lab.Home() as home:
        web, mail = "https://example.org/u?id=" + "x" * 200, "mailto:leave@example.org?subject=leave"
        message, done = made(home, "--list-unsubscribe", web, "--list-unsubscribe", mail, "--one-click",
                             "--header", "List-Id: News <news.example.org>")
        assert message["List-Unsubscribe"].replace(" ", "") == f"<{web}>,<{mail}>", message["List-Unsubscribe"]
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["List-Id"] == "News <news.example.org>"
        assert b"8058" in done.stderr, done.stderr
        message, _ = made(home, "--list-unsubscribe", mail)
        assert "List-Unsubscribe-Post" not in message
        for argv, status in ((["--list-unsubscribe", mail, "--one-click"], 65), (["--one-click"], 65),
                             (["--list-unsubscribe", "example.org"], 65),
                             (["--list-unsubscribe", web, "--header", "List-Unsubscribe: <x:y>"], 64),
                             (["--list-unsubscribe", "https://a/\r\nBcc: x@y"], 65)):
            made(home, *argv, status=status)


@tap.case("names beyond ASCII are encoded words, addresses beyond ASCII stand as they are (RFC 6532)")
def _():
    with lab.Home() as home:
        message, done = made(home, "--subject", "Grüße aus Köln — 日本", "--cc", "Jürgen Müller <j@example.org>",
                             "--header", "X-Note: naïve")
        header = done.stdout.split(b"\r\n\r\n")[0]
        assert header.isascii() and message["Subject"] == "Grüße aus Köln — 日本"
        assert message["Cc"].addresses[0].display_name == "Jürgen Müller" and message["X-Note"] == "naïve"
        done = home.run("send", "--dry-run", "--server", "mx.example.org", *lab.compose("--cc", "Jürgen <jürgen@example.org>"),
                        stdin=b"hi\n")
        text = email.message_from_string(lab.expect(done, 0).stdout.decode(), policy=email.policy.SMTPUTF8)["Cc"]
        assert text.addresses[0].addr_spec == "jürgen@example.org" and text.addresses[0].display_name == "Jürgen", text
        assert b"SMTPUTF8" in done.stderr, done.stderr


@tap.case("the new options stand in help and completion")
def _():
    with lab.Home() as home:
        text = home.run("send", "--help").stdout
        for option in (b"--flowed", b"--charset NAME|locale", b"--alternative FILE", b"--list-unsubscribe URI", b"--one-click",
                       b"keyring|netrc|systemd|git"):
            assert option in text, option


if __name__ == "__main__":
    sys.exit(tap.main())
