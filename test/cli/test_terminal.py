# SPDX-License-Identifier: MIT
"""What a person at a terminal sees: colour, progress, the question for a password."""
import array
import errno
import fcntl
import os
import pty
import select
import signal
import sys
import termios
import time

import lab
import tap

ESC = b"\x1b"
TIOCGPTN = 0x80045430   # number of the slave


class Terminal:
    """The program on a terminal of its own.  What is not named is not on the terminal."""

    def __init__(self, home, *argv, env=None, stdin=None, stdout=None, stderr=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            for number, file in ((0, stdin), (1, stdout), (2, stderr)):
                if file is not None:
                    os.dup2(file, number)
            os.execve(tap.PROGRAM, [tap.PROGRAM, *argv], env or home.env())
        self.output = b""
        self.status = None

    def read(self, seconds=10.0, until=None):
        """Output until its end, a text, or the time is over."""
        end = time.monotonic() + seconds * lab.SLOW
        while time.monotonic() < end and not (until and until in self.output):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                break
            try:
                piece = os.read(self.fd, 65536)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                piece = b""
            if not piece:
                break
            self.output += piece
        assert until is None or until in self.output, self.output
        return self.output

    def type(self, text):
        os.write(self.fd, text)

    def echo(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def slave(self):
        number = array.array("i", [0])
        fcntl.ioctl(self.fd, TIOCGPTN, number)
        return os.open(f"/dev/pts/{number[0]}", os.O_RDWR | os.O_NOCTTY)

    def signal(self, number):
        os.kill(self.pid, number)

    def end(self, seconds=10.0):
        """Its exit status, negative for a signal."""
        end = time.monotonic() + seconds * lab.SLOW
        while self.status is None and time.monotonic() < end:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            raise AssertionError(f"did not end: {self.output}")
        self.read(0.2)
        os.close(self.fd)
        return self.status


@tap.case("results are coloured on a terminal, and not when told so")
def _():
    with lab.sandbox("--fault", "rcpt-unknown=bad@example.net") as (home, box):
        rows = [([], {}, True), ([], {"NO_COLOR": "1"}, False), ([], {"NO_COLOR": ""}, True), ([], {"TERM": "dumb"}, False),
                (["--color=never"], {}, False), (["--color", "always"], {"NO_COLOR": "1"}, True),
                ([], {"SENDWELL_COLOR": "never"}, False)]
        text = home.write("t", "hi\n")
        for argv, env, coloured in rows:
            for to, status in ((lab.TO, 0), ("bad@example.net", 67)):
                t = Terminal(home, "send", *argv, *box.plain(), "--from", lab.FROM, "--to", to, "--text", text,
                             env=home.env(**env))
                assert t.end() == status, t.output
                assert (b"\x1b[3" in t.output) == coloured, (argv, env, t.output)
        done = home.run("send", *box.plain(), *lab.compose())
        assert ESC not in done.stdout + done.stderr, done
        done = home.run("send", "--color=always", *box.plain(), *lab.compose())
        assert done.stdout.startswith(b"\x1b[32m") and done.stdout.endswith(b"\x1b[0m\n"), done


@tap.case("the password is asked for on the terminal, without echo")
def _():
    with lab.sandbox("--require-auth", "--password", "SEKRIT") as (home, box):
        text = os.open(home.write("t", "hi\n"), os.O_RDONLY)
        t = Terminal(home, "send", *box.server(), *lab.compose("--user", "sandbox"), stdin=text)
        t.read(until=b"Password of sandbox: ")
        assert not t.echo()
        t.type(b"SEKRIT\n")
        assert t.end() == 0, t.output
        assert b"SEKRIT" not in t.output and b"accepted by" in t.output, t.output
        assert len(box.mails()) == 1


@tap.case("an empty password is none")
def _():
    with lab.sandbox() as (home, box):
        text = os.open(home.write("t", "hi\n"), os.O_RDONLY)
        for typed in (b"\n", b"\x04"):
            t = Terminal(home, "send", *box.server(), *lab.compose("--user", "sandbox"), stdin=text)
            t.read(until=b"Password of sandbox: ")
            t.type(typed)
            assert t.end() == 77 and b"no password" in t.output, t.output
        assert box.connections() == []


@tap.case("a signal at the question puts the terminal back and ends the program")
def _():
    with lab.sandbox() as (home, box):
        text = os.open(home.write("t", "hi\n"), os.O_RDONLY)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, None):
            t = Terminal(home, "send", *box.server(), *lab.compose("--user", "sandbox"), stdin=text)
            t.read(until=b"Password of sandbox: ")
            assert not t.echo()
            # The slave must outlive the program to be looked at.
            slave = t.slave()
            if number is None:
                t.type(b"\x03")
            else:
                t.signal(number)
            end = time.monotonic() + 10
            while not termios.tcgetattr(slave)[3] & termios.ECHO:
                assert time.monotonic() < end, "the terminal stays silent"
                time.sleep(0.01)
            os.close(slave)
            assert t.end() == -(number or signal.SIGINT), t.status


@tap.case("without a terminal on standard input the text is read, with one it is asked for")
def _():
    with lab.sandbox() as (home, box):
        t = Terminal(home, "send", *box.plain(), *lab.compose())
        assert t.end() == 64 and b"--text -" in t.output, t.output
        t = Terminal(home, "send", *box.plain(), *lab.compose("--text", "-"))
        t.type(b"typed\n\x04")
        assert t.end() == 0, t.output
        assert b"\r\n\r\ntyped\r\n" in box.mail()[1]


@tap.case("waiting is shown on a terminal after two seconds, and taken away")
def _():
    with lab.sandbox("--fault", "delay-at=connect:2.8") as (home, box):
        text = home.write("t", "hi\n")
        t = Terminal(home, "send", *box.plain(), *lab.compose("--text", text))
        t.read(until=b"waiting for the greeting")
        assert t.end() == 0, t.output
        shown, _, last = t.output.rpartition(b"\r\x1b[K")
        assert b"waiting" in shown and b"waiting" not in last and b"accepted by" in last, t.output
        done = home.run("send", *box.plain(), *lab.compose("--text", text))
        assert b"waiting" not in done.stderr, done


@tap.case("a transfer that takes long shows how far it is")
def _():
    with lab.sandbox("--fault", "data-stall=1000000") as (home, box):
        big = home.write("big", os.urandom(8000000))
        t = Terminal(home, "send", *box.plain(), *lab.compose("--html", home.write("t", "hi\n"), "--attach", big,
                     "--deadline", "3"))
        t.read(until=b" of 1")
        assert t.end() == 74 and b"sending: " in t.output and b" MB" in t.output, t.output


@tap.case("Ctrl-C ends a call that waits, and what is known is told")
def _():
    with lab.sandbox("--fault", "hang-at=rcpt") as (home, box):
        text = home.write("t", "hi\n")
        t = Terminal(home, "-v", "send", *box.plain(), *lab.compose("--text", text))
        t.read(until=b"RCPT TO")
        with lab.Watch() as watch:
            t.type(b"\x03")
            assert t.end() == 75, t.output
        assert watch.seconds < 2.5 * lab.SLOW, watch.seconds
        assert b"not_sent   you@example.net" in t.output, t.output
    with lab.sandbox("--fault", "hang-after-dot") as (home, box):
        text = home.write("t", "hi\n")
        t = Terminal(home, "-v", "send", *box.plain(), *lab.compose("--text", text))
        t.read(until=b"<- 354")
        end = time.monotonic() + 10 * lab.SLOW
        while not any("fault hang-after-dot" in line for line in box.log):
            assert time.monotonic() < end, box.log
            time.sleep(0.02)
        t.type(b"\x03")
        assert t.end() == 79 and b"uncertain" in t.output, t.output


@tap.case("a dry run shows a message on a terminal without its control bytes")
def _():
    with lab.Home() as home:
        path = home.write("m.eml", b"From: a@example.org\r\nTo: b@example.org\r\nSubject: \x1b]0;x\x07\r\n\r\n"
                                   b"\x1b[2J\x9b31m " + b"y" * 5000 + b"\r\nlast")
        err = os.open(home.write("err", ""), os.O_WRONLY)
        t = Terminal(home, "send", "--dry-run", "--server", "x", "--message", path, "--color", "never", stderr=err)
        assert t.end() == 0, t.output
        out = t.output.replace(b"\r\n", b"\n")
        assert not lab.raw_bytes(out), out
        assert b"Subject: \\x1b]0;x\\x07\n" in out and b"\\x1b[2J" in out and out.endswith(b"\nlast\n"), out[-100:]
        done = home.run("send", "--dry-run", "--server", "x", "--message", path)
        assert ESC in done.stdout, "as it is when it goes into a file"


if __name__ == "__main__":
    sys.exit(tap.main())
