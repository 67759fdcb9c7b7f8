# SPDX-License-Identifier: MIT
"""sendwell explain: what people paste, what they get, in both languages, and nothing raw on the terminal."""
import html.parser
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import lab
import tap

REPLY = "550 5.1.1 <someone@b.example>: Recipient address rejected: User unknown in virtual mailbox table"
SECTIONS = ["codes", "categories", "errors", "rules", "vendors", "causes", "remedies"]


def explain(*argv, status=0, **more):
    """The JSON of one run."""
    with lab.Home() as home:
        return lab.result(lab.expect(home.run("--json", "explain", *argv, **more), status))


def text(*argv, status=0, env=None, **more):
    with lab.Home() as home:
        done = lab.expect(home.run("explain", *argv, env=home.env(**(env or {})), **more), status)
        assert not lab.raw_bytes(done.stdout) and not lab.raw_bytes(done.stderr), done
        return done.stdout.decode()


def first(*argv, **more):
    value = explain(*argv, **more)
    assert value["readings"], (argv, value)
    return value["readings"][0]


# argument, kind, code, category (its beginning)
KNOWN = [
    ("550", "reply", 550, ""), ("421", "reply", 421, ""), ("250", "reply", 250, "info."),
    ("5.7.1", "enhanced", None, ""), ("5.5.0", "enhanced", None, ""), ("x.7.26", "enhanced", None, "sender."),
    ("111", "errno", 111, "network.connect"), ("SMTP Error 101", "errno", 101, "network.connect"),
    ("10060", "winsock", 10060, "network.connect"), ("0x800CCC0E", "hresult", 0x800CCC0E, "network.connect"),
    ("-2147220973", "cdo", -2147220973, "network.connect"), ("WSAEWOULDBLOCK", "error", None, "network.connect"),
    ("EAI_NONAME", "error", None, ""), ("errno:111", "errno", 111, "network.connect"),
    ("curl: (67) Login denied", "curl", 67, "auth."), (REPLY, "reply", 550, "recipient.unknown"),
    ("<** " + REPLY, "reply", 550, "recipient.unknown"), ("recipient.full", "category", None, "recipient.full"),
]


def check_known(argument, kind, code, category):
    def check():
        r = first(argument)
        assert (r["kind"], r["code"]) == (kind, code), r
        assert r["category"].startswith(category) and r["title"] and r["meaning"], r
        assert r["who"] and r["retry"] and r["list_action"], r
    return check


for row in KNOWN:
    tap.case(f"reads {row[0][:40]} as {row[1]}")(check_known(*row))


@tap.case("several arguments are one text, and - is standard input with any number of lines")
def _():
    lines = "550-5.1.1 The account that you tried to reach\r\n550 5.1.1 does not exist, no such user\r\n"
    a, b = first(*REPLY.split()), first("-", stdin=REPLY.encode())
    assert a["rule"] == b["rule"] and a["category"] == b["category"] == "recipient.unknown", (a, b)
    r = first("-", stdin=lines.encode())
    assert (r["code"], r["enhanced"], r["category"]) == (550, "5.1.1", "recipient.unknown"), r


@tap.case("a code with dots has both readings, and says which is likelier")
def _():
    value = explain("5.5.0")
    kinds = [r["kind"] for r in value["readings"]]
    assert kinds[:2] == ["enhanced", "dotted"], kinds
    assert value["readings"][1]["code"] == 550
    kinds = [r["kind"] for r in explain("5.0.3")["readings"]]
    assert kinds[0] == "dotted", kinds
    out = text("5.5.0")
    assert "several ways" in out and "\n550" in out, out


@tap.case("the headline of a notice is known as one, and goes behind any reason beside it")
def _():
    r = first("Undelivered Mail Returned to Sender")
    assert (r["kind"], r["label"]) == ("error", "non-delivery-notice"), r
    assert "analyze" in text("Undelivered Mail Returned to Sender")
    for beside, category in (("The recipient's mailbox is full", "recipient.full"),
                             ("connection refused", "network.connect"), ("550 5.7.1 Relaying denied", "policy.relay")):
        r = first("Delivery has failed to these recipients or groups: b@b.example " + beside)
        assert r["category"] == category, (beside, r)


@tap.case("a transcript of a session gives the reply that failed, with its stage and server")
def _():
    said = ("=== Trying mx.b.example:25...\n=== Connected to mx.b.example.\n<-  220 mx.b.example ESMTP\n"
            " -> EHLO me.example\n<-  250-mx.b.example\n<-  250 SIZE 1000\n -> MAIL FROM:<me@a.example>\n"
            "<-  250 2.1.0 Ok\n -> RCPT TO:<you@b.example>\n<** 550 5.1.1 User unknown\n -> QUIT\n<-  221 2.0.0 Bye\n")
    value = explain("-", stdin=said.encode())
    assert len(value["readings"]) == 1, value
    r = value["readings"][0]
    assert (r["code"], r["enhanced"], r["stage"]) == (550, "5.1.1", "envelope"), r
    about = said.encode()[r["about"]["at"]:][:r["about"]["len"]]
    assert about == b"550 5.1.1 User unknown", about


@tap.case("evidence are the words of the text as it was given")
def _():
    given = "reply: b'550 5.1.1 \x1b[31mUser unknown\x1b[0m\\r\\n' \u043d\u0435\u0442"
    r = first("-", stdin=given.encode())
    assert r["evidence"], r
    for e in r["evidence"]:
        raw = given.encode()[e["at"]:e["at"] + e["len"]].decode()
        assert raw.lower() in ("user unknown", "user", "unknown"), (raw, r["evidence"])
        assert e["text"] == raw


@tap.case("what is unknown says so and ends with 1, the nearest name with it")
def _():
    with lab.Home() as home:
        for argument, word in (("hello world", "nothing"), ("recipient.ful", "'recipient.full'"),
                               ("ECONNREFUSD", "'ECONNREFUSED'")):
            done = lab.expect(home.run("explain", argument), 1)
            assert done.stdout == b"", done
            lab.one_line(done, word)
        done = lab.expect(home.run("explain", "--lang", "ru", "hello world"), 1)
        lab.one_line(done, "нет ничего знакомого")
        path = home.write("bounce.eml", "From: x\n")
        lab.one_line(lab.expect(home.run("explain", path), 1), f"sendwell explain - < {path}")
    value = explain("recipient.ful", status=1)
    assert value["readings"] == [] and value["nearest"] == "recipient.full", value


@tap.case("wrong use ends with 64 and one line")
def _():
    with lab.Home() as home:
        for argv, word in (([], "explain what?"), ([""], "empty"), (["  "], "empty"), (["--stage", "dns", "550"], "--stage"),
                           (["--host", "", "550"], "--host"), (["--list", "code"], "codes"), (["--list", "x"], "--list"),
                           (["--lang", "fr", "550"], "en or ru"), (["--whi", "550"], "--why")):
            lab.one_line(lab.expect(home.run("explain", *argv), 64), word)
        lab.one_line(lab.expect(home.run("explain", "--rules", "/nonexistent", "550"), 66), "/nonexistent")
        lab.one_line(lab.expect(home.run("explain", "-", stdin=b"\n\n"), 64), "empty")


@tap.case("the text for people names who acts, retry, list, causes, remedies; --quiet says nothing")
def _():
    out = text("552 5.2.2 Mailbox full")
    for word in ("552 5.2.2  Mailbox full", "Who acts", "Retry", "Mailing list", "How sure", "Likely causes",
                 "What to do", " 1. "):
        assert word in out, (word, out)
    assert text("--quiet", "550") == ""


@tap.case("Russian is Russian from title to remedy, and English has no Cyrillic")
def _():
    for argument in ("550", "5.7.1", "111", REPLY, "recipient.full", "5.5.0"):
        ru, en = text("--lang", "ru", argument), text(argument)
        for word in ("Кто решает", "Повтор", "Рассылка", "Вероятные причины", "Что делать"):
            assert word in ru, (argument, word, ru)
        prose = [line for line in ru.splitlines() if line.startswith("  - ")]
        assert prose and all(re.search("[а-яё]", line) for line in prose), prose
        assert not re.search("[а-яё]", en), en
        assert explain("--lang", "ru", argument)["language"] == "ru"
    with lab.Home() as home:
        done = home.run("explain", "550", env=home.env(SENDWELL_LANG="ru"))
        assert "Кто решает".encode() in done.stdout, done
        home.config("lang = ru\n")
        assert "Кто решает".encode() in home.run("explain", "550").stdout


@tap.case("other commands take --lang ru, and say that they speak English")
def _():
    with lab.Home() as home:
        done = lab.expect(home.run("version", "--lang", "ru"), 0)
        assert done.stdout.startswith(b"sendwell ") and "по-английски" in done.stderr.decode(), done
        assert lab.expect(home.run("version", "--lang", "ru", "-q"), 0).stderr == b""
        assert lab.expect(home.run("version", "--lang", "en"), 0).stderr == b""


@tap.case("lines are as wide as COLUMNS says, in both languages")
def _():
    for width in (40, 72, 100):
        for lang in ("en", "ru"):
            for line in text("--lang", lang, "--why", REPLY, env={"COLUMNS": str(width)}).splitlines():
                # A literal is for copying, and a word longer than the line cannot be broken.
                assert len(line) <= width or line.startswith("       ") or len(line.split()) < 4, (width, line)


@tap.case("--why marks the words that decided, under them")
def _():
    lines = text("--why", REPLY, env={"COLUMNS": "100"}).splitlines()
    at = [i for i, line in enumerate(lines) if re.fullmatch(r" +\^[ ^]*", line)]
    assert at, lines
    marked = "".join(c for k, c in enumerate(lines[at[0] - 1]) if k < len(lines[at[0]]) and lines[at[0]][k] == "^")
    assert "nknown" in marked or "ecipient" in marked, marked
    assert any("rule: " in line for line in lines[at[-1]:]), lines
    out = text("--why", "550 5.1.1 \u7528\u6237 User unknown")
    line, marks = next((a, b) for a, b in zip(out.splitlines(), out.splitlines()[1:]) if "^" in b)
    # Each ideograph takes two columns.
    assert marks.index("^") <= line.index("unknown") + 2, (line, marks)


@tap.case("colours only when asked for, and never from the text")
def _():
    assert "\x1b" not in text(REPLY)
    with lab.Home() as home:
        done = home.run("explain", "--color", "always", "--why", "550 5.1.1 \x1b[5mUser unknown\x07")
        shown = re.sub(rb"\x1b\[[0-9;]*m", b"", done.stdout)
        assert shown != done.stdout and b"\x1b" not in shown and b"\x07" not in shown, done
        assert b"\x1b[5m" not in done.stdout, done


HOSTILE = [
    b"550 5.1.1 \x1b]0;owned\x07 User unknown", b"550 \x00\x00 User unknown", b"\xff\xfe550 User unknown\xc0\x80",
    "550 5.1.1 \u202eUser unknown\u2066".encode(), b"550-" * 5000 + b"User unknown", b"550 User unknown\n" * 3000,
    b"\xc2\x9b31m550 User unknown", b"550 5.1.1 " + b"A" * 70000, b"%s%n%x 550 User unknown", b"(" * 60000,
    b"5." * 40000, b"<" * 50000, b"&lt;" * 20000, b"\\n" * 20000, b"9" * 100000, b"-> RCPT TO:<a@b>\n<** 550 x\n" * 2000,
    b"\n" * 100000 + b"550 User unknown",
]


@tap.case("hostile bytes end in time, and nothing raw comes out")
def _():
    with lab.Home() as home:
        for given in HOSTILE:
            for argv in (["explain", "--why", "-"], ["--json", "explain", "-"], ["explain", "--lang", "ru", "-"]):
                with lab.Watch() as watch:
                    done = home.run(*argv, stdin=given, timeout=20)
                assert done.returncode in (0, 1), (given[:60], done)
                assert not lab.raw_bytes(done.stdout) and not lab.raw_bytes(done.stderr), (given[:60], done)
                assert watch.seconds < 5 * lab.SLOW, (given[:60], watch.seconds)
                if "--json" in argv:
                    lab.result(done)


@tap.case("the next command names what the text names, and only what is plain")
def _():
    r = first("connect to smtp.b.example:587: Connection refused")
    assert r["next_command"] == "sendwell verify --server smtp.b.example:587 connection", r
    assert (r["host"], r["port"]) == ("smtp.b.example", 587)
    for given in ("Connection refused by $(reboot).example:587", "connect to -x.example:25: Connection refused",
                  "connect to a;b.example:25: Connection refused"):
        command = first(given)["next_command"]
        assert not re.search(r"[$();&|`]|--server -", command), command


@tap.case("the commands that it proposes are there")
def _():
    with lab.Home() as home:
        listed = home.run("--json", "explain", "--list", "errors").stdout.decode().splitlines()
        seen = {first(f"{json.loads(line)['numbers'].split(', ')[0]}")["next_command"]
                for line in listed if json.loads(line)["numbers"]}
        for command in filter(None, seen):
            words = command.replace("HOST:PORT", "h.example").replace("ADDRESS", "a@b.example").split()
            assert words[0] == "sendwell", command
            done = home.run(*words[1:], "--help")
            assert done.returncode == 0 and not done.stderr, (command, done)


@tap.case("--stage and --host are checked, from all layers, and reach the JSON")
def _():
    assert first("--stage", "final", "550 no")["stage"] == "final"
    with lab.Home() as home:
        done = home.run("--json", "explain", "550 no", env=home.env(SENDWELL_STAGE="auth"))
        assert lab.result(done)["readings"][0]["stage"] == "auth"
        home.config("stage = nowhere\n")
        lab.one_line(lab.expect(home.run("explain", "550"), 78), "config")


RULE = """rules:
  - id: acme-plugh
    text: ["plugh frobozz"]
    category: policy.greylist
    yes:
      - "550 5.7.1 plugh frobozz"
"""


@tap.case("rules of the user's own are found, and a broken file is told while the others count")
def _():
    with lab.Home() as home:
        assert lab.result(home.run("--json", "explain", "550 plugh frobozz"))["readings"][0]["rule"] is None
        home.write("config/sendwell/rules.d/acme.yaml", RULE)
        done = lab.expect(home.run("--json", "explain", "550 plugh frobozz"), 0)
        assert lab.result(done)["readings"][0]["rule"] == "acme-plugh" and done.stderr == b"", done
        broken = home.write("config/sendwell/rules.d/broken.yaml", "rules:\n  - id: x\n    colour: red\n")
        done = lab.expect(home.run("--json", "explain", "550 plugh frobozz"), 0)
        assert lab.result(done)["readings"][0]["rule"] == "acme-plugh", done
        assert re.search(re.escape(broken) + r":\d+: .*colour", done.stderr.decode()), done
        done = home.run("--json", "explain", "--rules", "none", "550 plugh frobozz")
        assert lab.result(done)["readings"][0]["rule"] is None and done.stderr == b"", done
        lab.expect(home.run("explain", "acme-plugh"), 0)
        # Without XDG_CONFIG_HOME it is ~/.config.
        env = home.env()
        del env["XDG_CONFIG_HOME"]
        home.write(".config/sendwell/rules.d/acme.yml", RULE)
        done = home.run("--json", "explain", "550 plugh frobozz", env=env)
        assert lab.result(done)["readings"][0]["rule"] == "acme-plugh", done


def validator(kind):
    """Made once: thousands of lines are checked with it."""
    if lab.jsonschema is None:
        tap.skip("python3-jsonschema is missing")
    schema = json.loads((lab.SCHEMAS / f"{kind}.json").read_text())
    lab.jsonschema.Draft202012Validator.check_schema(schema)
    return lab.jsonschema.Draft202012Validator(schema)


@tap.case("--list has every section in both languages, as text and as JSON that fits its schema")
def _():
    with lab.Home() as home:
        seen = {}
        for lang in ("en", "ru"):
            done = lab.expect(home.run("--json", "explain", "--lang", lang, "--list"), 0)
            rows = [json.loads(line) for line in done.stdout.splitlines()]
            check = validator("reference")
            for row in rows:
                check.validate(row)
            seen[lang] = {(r["section"], r["id"]): r for r in rows}
            assert len(seen[lang]) == len(rows) and {r["language"] for r in rows} == {lang}
        assert seen["en"].keys() == seen["ru"].keys()
        assert {section for section, _ in seen["en"]} == set(SECTIONS)
        same = [key for key, r in seen["en"].items() if r["title"] == seen["ru"][key]["title"] and key[0] != "vendors"]
        assert not same, same
        for (section, name), r in seen["en"].items():
            assert not r["category"] or ("categories", r["category"]) in seen["en"], r
            for cause in r.get("causes", []):
                assert ("causes", cause) in seen["en"], r
            for remedy in r.get("remedies", []):
                assert ("remedies", remedy) in seen["en"], r
        out = lab.expect(home.run("explain", "--list", "codes"), 0).stdout.decode()
        assert re.search(r"^  550 +\w", out, re.M) and "rules (" not in out, out[:300]


@tap.case("the manual page of the codes and the reference pages say all that is listed")
def _():
    make = os.path.join(tap.ROOT, "doc", "reference", "make.py")
    with lab.Home() as home, tempfile.TemporaryDirectory() as folder:
        rows = [json.loads(line) for line in home.run("--json", "explain", "--list").stdout.splitlines()]
        subprocess.run([make, "html", tap.PROGRAM, folder], check=True, env=home.env())
        for name in ("index.html", "ru.html"):
            page = Page((pathlib.Path(folder) / name).read_text())
            assert not page.wrong, page.wrong
            assert not page.outside, page.outside
            missing = [link for link in page.links if link not in page.ids]
            assert not missing, missing
            kinds = {"codes": "code", "categories": "category", "errors": "error", "rules": "rule", "vendors": "vendor"}
            lost = [r["id"] for r in rows if r["section"] in kinds and f"{kinds[r['section']]}-{r['id']}" not in page.ids]
            assert not lost, lost
        for lang in ("en", "ru"):
            source = subprocess.run([make, "man", tap.PROGRAM, lang], check=True, env=home.env(),
                                    stdout=subprocess.PIPE).stdout.decode()
            for r in rows:
                if r["section"] == "codes":
                    assert f"*{r['id'].replace('.', chr(92) + '.')}*" in source, r["id"]


class Page(html.parser.HTMLParser):
    """Ids, inner links, what is loaded from elsewhere, and elements that do not fit."""

    VOID = {"meta", "input", "br", "hr", "link", "img"}

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.ids, self.links, self.outside, self.wrong, self.open = set(), [], [], [], []
        self.feed(source)
        self.wrong += [f"not closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if "id" in attrs:
            if attrs["id"] in self.ids:
                self.wrong.append(f"twice: {attrs['id']}")
            self.ids.add(attrs["id"])
        if tag == "a" and attrs["href"].startswith("#"):
            self.links.append(attrs["href"][1:])
        self.outside += [value for name, value in attrs.items() if name in ("src", "srcset", "data", "action")
                         or (name == "href" and tag != "a") or name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag} at {self.getpos()}")


@tap.case("a failed send says what the refusal means, and its category")
def _():
    with lab.sandbox("--fault", "reply-at=rcpt:550 5.1.1 User unknown") as (home, box):
        argv = ["send", *box.server(), *lab.compose()]
        done = home.run(*argv, stdin=b"hello\n", env=home.env(SENDWELL_PASSWORD="sandbox"))
        assert re.search(r"^meaning No such mailbox; who acts: .*; retry: ", done.stdout.decode(), re.M), done
        lab.one_line(done)
        value = lab.result(home.run("--json", *argv, stdin=b"hello\n"))
        assert value["schema"] == "sendwell/send/1"
        assert value["recipients"][0]["category"] == "recipient.unknown", value
    with lab.sandbox() as (home, box):
        value = lab.result(home.run("--json", "send", *box.server(), *lab.compose(), stdin=b"hello\n"))
        assert value["recipients"][0]["category"] is None, value


if __name__ == "__main__":
    sys.exit(tap.main())
