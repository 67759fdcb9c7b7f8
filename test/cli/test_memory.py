#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What is remembered of earlier deliveries, what the relay's log says, and what a person sees while a diagnosis waits."""
import json
import os
import pty
import re
import select
import signal
import socket
import stat
import sys
import threading
import time

import lab
import tap


def send(home, box, *argv, status=0):
    return lab.expect(home.run("send", "--json", *box.plain(), *lab.compose(*argv), "--text", home.write("t", "hi\n")), status)


def history_of(home):
    return home.path / "state/sendwell/history"


def leaders(home):
    value = json.loads(lab.expect(home.run("diagnose", "--last", "--depth", "0", "--json"), 1).stdout)
    return value["findings"][0]["code"], value


@tap.case("deliveries are remembered: hashes, 0600, no word of the message")
def _():
    with lab.sandbox() as (home, box):
        send(home, box, "--subject", "SEKRIT")
        path = history_of(home)
        text = path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert text.count("\n") == 2 and text.startswith("sendwell/history/1 "), text
        assert lab.FROM not in text and lab.TO not in text and "SEKRIT" not in text, text
        assert " accepted final 250 " in text, text
        send(home, box)
        assert path.read_text().startswith(text) and path.read_text().count("\n") == 3


@tap.case("no history where none is wanted, and what is no history of ours is left alone")
def _():
    with lab.sandbox() as (home, box):
        send(home, box, "--history", "none")
        assert not history_of(home).exists()
        mine = home.write("mine", "something else\n")
        send(home, box, "--history", mine)
        assert open(mine).read() == "something else\n"
        target = home.write("target", "")
        link = home.path / "link"
        link.symlink_to(target)
        send(home, box, "--history", str(link))
        assert open(target).read() == ""
        send(home, box, "--history", "/dev/null")
        send(home, box, "--history", "/nowhere/at/all/x" if os.geteuid() else "/proc/x/y")


@tap.case("a history stays small, and its newest part is kept")
def _():
    with lab.sandbox() as (home, box):
        send(home, box)
        path = history_of(home)
        head, line = path.read_text().splitlines()
        path.write_text(head + "\n" + "".join(f"{i} {line.split(' ', 1)[1]}\n" for i in range(1000, 2100)))
        assert path.stat().st_size > 128 * 1024
        send(home, box)
        text = path.read_text()
        assert len(text) < 70 * 1024 and text.startswith(head + "\n"), len(text)
        assert all(len(l.split(" ")) == 14 for l in text.splitlines()[1:])
        assert "\n2099 " in text and "\n1000 " not in text and stat.S_IMODE(path.stat().st_mode) == 0o600


@tap.case("a sender that changes each time is why greylisting never ends")
def _():
    with lab.sandbox("--fault", "greylist=3600") as (home, box):
        for i in range(3):
            done = home.run("send", *box.plain(), "--from", f"bounces+{i}7712-x@example.org", "--to", lab.TO,
                            "--text", home.write("t", "hi\n"))
            lab.expect(done, 75)
        code, value = leaders(home)
        assert code == "SW-S19", value["findings"][:2]
    with lab.sandbox("--fault", "greylist=3600") as (home, box):
        # Two people, each of whom is put off once, are no such thing.
        for who in ("ann", "bob", "eve"):
            lab.expect(home.run("send", *box.plain(), "--from", f"{who}@example.org", "--to", lab.TO,
                                "--text", home.write("t", "hi\n")), 75)
        code, value = leaders(home)
        assert code == "SW-L01", value["findings"][:2]


def accepted_case(home, box):
    path = str(home.path / "case.json")
    send(home, box, "--save", path)
    reply = [f for f in json.load(open(path))["facts"]
             if f["type"] == "smtp.reply" and f["fields"]["command"] == "."][-1]
    return path, re.search(r"queued as (\S+)", reply["fields"]["text"]).group(1)


@tap.case("the relay's log tells what became of an accepted message")
def _():
    with lab.sandbox() as (home, box):
        case, queue_id = accepted_case(home, box)
        rows = (("deferred (connect to mx.example.net[192.0.2.9]:25: Connection timed out)", 1, "SW-W01"),
                ("bounced (host mx.example.net said: 550 5.1.1 no such user)", 1, "SW-W01"),
                ("sent (250 2.0.0 Ok)", 0, None))
        for words, status, code in rows:
            log = home.write("mail.log", f"Jan  1 10:00:00 mx postfix/smtp[7]: {queue_id}: to=<{lab.TO}>, relay=none, "
                                         f"delay=1, dsn=4.4.1, status={words}\n")
            done = home.run("diagnose", "--case", case, "--mail-log", log, "--json")
            value = json.loads(done.stdout)
            found = [f["code"] for f in value["findings"] if f["state"] in ("confirmed", "likely")]
            assert (code in found) if code else "SW-W01" not in found, (words, found, done)
        lab.expect(home.run("diagnose", "--case", case, "--mail-log", "none"), 0)
        done = home.run("diagnose", "--case", case, "--mail-log", str(home.path / "nowhere"))
        assert b"could not test" in done.stdout and b"nowhere" in done.stdout, done


@tap.case("the transcript of a diagnosis holds what probes said, marked as theirs")
def _():
    with lab.sandbox("--fault", "rcpt-unknown") as (home, box):
        path = str(home.path / "t.txt")
        home.run("diagnose", lab.TO, "--from", lab.FROM, *box.plain(), "--transcript", path, "--depth", "3")
        text = open(path).read()
        probes = [line for line in text.splitlines() if " === probe 127.0.0.1 " in line]
        assert any("-> EHLO" in line for line in probes) and any("<- 220 " in line for line in probes), text
        assert any("-> RCPT TO:" in line for line in probes), text
        assert " -> MAIL FROM:" in text, text


class Silent:
    """Takes connections and says nothing."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.peers = self.socket.getsockname()[1], []
        threading.Thread(target=self.run, daemon=True).start()
        return self

    def run(self):
        while True:
            try:
                self.peers.append(self.socket.accept()[0])
            except OSError:
                return

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for peer in self.peers:
            peer.close()


def read_until(fd, words, seconds):
    output, end = b"", time.monotonic() + seconds * lab.SLOW
    while words not in output and time.monotonic() < end:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                output += os.read(fd, 65536)
            except OSError:
                break
    return output


def at_terminal(home, *argv):
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(tap.PROGRAM, [tap.PROGRAM, *argv], home.env())
    return pid, fd


@tap.case("a person sees what is waited for, and Ctrl-C twice ends at once")
def _():
    for lang, words in (("en", b"still waiting for "), ("ru", "всё ещё ждём: ".encode())):
        with lab.Home() as home, Silent() as server:
            pid, fd = at_terminal(home, "diagnose", "--lang", lang, "--tls", "none", "--timeout", "60",
                                  f"127.0.0.1:{server.port}")
            output = read_until(fd, words, 12)
            assert words in output, output
            started = time.monotonic()
            os.kill(pid, signal.SIGINT)
            os.kill(pid, signal.SIGINT)
            read_until(fd, b"never said", 2)
            _, status = os.waitpid(pid, 0)
            os.close(fd)
            assert time.monotonic() - started < 5 * lab.SLOW
            assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) in (1, 2), status


if __name__ == "__main__":
    sys.exit(tap.main())
