# SPDX-License-Identifier: MIT
"""Logins with OAuth: where tokens come from, how long they are kept, what a refusal leads to."""
import http.server
import json
import subprocess
import sys
import threading
import time
import urllib.parse

import lab
import tap

GOOD, SECRET, REFRESH = "ya29.g00d-t0ken", "cl1ent-s3cret-word", "1//refr3sh-t0ken"


class TokenServer:
    """Answers as it is told; counts and keeps the forms that came."""

    def __init__(self, *answers):
        self.answers, self.forms, self.delay = list(answers), [], 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.forms.append(dict(urllib.parse.parse_qsl(body)))
                time.sleep(outer.delay)
                status, answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_):
                pass

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}/token"

    def __enter__(self):
        threading.Thread(target=self.httpd.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.httpd.shutdown()
        self.httpd.server_close()


def token(value, **more):
    return 200, {"access_token": value, "expires_in": 3600, "token_type": "Bearer", **more}


def words(home, box, url, *more):
    return ["verify", "login", "--server", f"localhost:{box.port}", "--ca", box.ca, "--user", "sandbox",
            "--oauth-token-url", url, "--oauth-client-id", "me", "--oauth-scope", "mail send",
            "--oauth-client-secret-file", home.write("client", SECRET + "\n"),
            "--oauth-refresh-token-file", home.write("refresh", REFRESH + "\n"), *more]


def run(home, args, **env):
    return tap.sendwell(*args, env=home.env(**env))


def nothing_shows(home, done):
    for secret in (GOOD, SECRET, REFRESH):
        assert secret.encode() not in done.stdout + done.stderr, secret
    for path in home.path.rglob("*"):
        if path.is_file() and path.parent.name == "tokens" and path.suffix == ".json":
            assert path.stat().st_mode & 0o777 == 0o600, path
        elif path.is_file() and path.name not in ("client", "refresh", "config"):
            raw = path.read_bytes()
            assert not any(s.encode() in raw for s in (GOOD, SECRET, REFRESH)), path


@tap.case("a token is asked for once, kept 0600 and used again")
def _():
    with lab.sandbox("--password", GOOD) as (home, box), TokenServer(token(GOOD)) as server:
        for _ in range(2):
            done = run(home, words(home, box, server.url, "-v"))
            assert done.returncode == 0, done.stderr
            assert b"OAUTHBEARER" in done.stderr, done.stderr
            nothing_shows(home, done)
        assert server.forms == [{"grant_type": "refresh_token", "refresh_token": REFRESH, "client_id": "me",
                                 "client_secret": SECRET, "scope": "mail send"}], server.forms


@tap.case("a token that the server refuses is replaced once, and the login tried once more")
def _():
    with lab.sandbox("--password", GOOD) as (home, box):
        with TokenServer(token("ya29.revoked"), token(GOOD)) as server:
            done = run(home, words(home, box, server.url))
            # Fresh from the server: another one would be no better.
            assert done.returncode != 0 and len(server.forms) == 1, (done.returncode, server.forms)
            done = run(home, words(home, box, server.url))
            assert done.returncode == 0 and len(server.forms) == 2, (done.stderr, server.forms)
        with TokenServer(token("ya29.also-bad")) as server:
            for asked in (1, 2):
                done = run(home, words(home, box, server.url))
                assert done.returncode == 77 and len(server.forms) == asked, (done.stderr, server.forms)
                assert b"said status 401 (expired, revoked, or not of this user)" in done.stderr, done.stderr


@tap.case("a refresh token that the server changed is kept, until the user sets another one")
def _():
    with lab.sandbox("--password", GOOD) as (home, box):
        with TokenServer(token(GOOD, expires_in=1, refresh_token="1//second"),
                         token(GOOD, expires_in=1), token(GOOD, expires_in=1)) as server:
            args = words(home, box, server.url)
            for _ in range(2):
                assert run(home, args).returncode == 0
            home.write("refresh", "1//third\n")
            assert run(home, args).returncode == 0
            assert [f["refresh_token"] for f in server.forms] == [REFRESH, "1//second", "1//third"], server.forms


@tap.case("many processes at once ask one time")
def _():
    with lab.sandbox("--password", GOOD) as (home, box), TokenServer(token(GOOD)) as server:
        server.delay = 0.3
        args = words(home, box, server.url)
        many = [subprocess.Popen([tap.PROGRAM, *args], env=home.env(), stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE) for _ in range(5)]
        for one in many:
            _, said = one.communicate(timeout=30)
            assert one.returncode == 0, said
        assert len(server.forms) == 1, server.forms


@tap.case("what the token server says instead of a token is told")
def _():
    cases = [((400, {"error": "invalid_grant", "error_description": "Token has been revoked."}), 78,
              [b"invalid_grant", b"log in anew", b"Token has been revoked."]),
             ((401, {"error": "invalid_client"}), 78, [b"invalid_client", b"client id"]),
             ((500, b"<html>oops</html>"), 74, [b"HTTP status 500"]),
             ((302, b""), 74, [b"HTTP status 302", b"elsewhere"]),
             ((200, b"x" * 100000), 74, [b"longer than any honest one"]),
             ((200, {"access_token": "a b"}), 74, [b"no token"])]
    with lab.sandbox("--password", GOOD) as (home, box):
        for answer, status, texts in cases:
            with TokenServer(answer) as server:
                done = run(home, words(home, box, server.url))
                assert done.returncode == status, (answer, done.returncode, done.stderr)
                assert all(text in done.stderr for text in texts), (answer, done.stderr)
                nothing_shows(home, done)
        done = run(home, words(home, box, "http://127.0.0.1:1/token"))
        assert done.returncode == 74 and b"not reached" in done.stderr, done.stderr
        done = run(home, words(home, box, "http://token.example.org/"))
        assert done.returncode == 78 and b"expected https://" in done.stderr, done.stderr


@tap.case("a program may give the token, and is asked again after a refusal")
def _():
    with lab.sandbox("--password", GOOD) as (home, box):
        count = home.path / "count"
        script = home.write("token.sh", f"#!/bin/sh\necho x >>{count}\n"
                            f"if [ $(wc -l <{count}) = 1 ]; then echo ya29.old; else echo {GOOD}; fi\n", 0o700)
        args = ["verify", "login", "--server", f"localhost:{box.port}", "--ca", box.ca, "--user", "sandbox",
                "--oauth-token-command", script]
        done = run(home, args)
        assert done.returncode == 0 and count.read_text() == "x\nx\n", (done.stderr, count.read_text())
        # The same one again is not sent again.
        script = home.write("same.sh", f"#!/bin/sh\necho x >>{count}\necho ya29.same\n", 0o700)
        count.write_text("")
        done = run(home, [*args[:-1], script, "-v"])
        assert done.returncode == 77 and done.stderr.count(b"AUTH ***") <= 1, done.stderr


@tap.case("a token is never sent as a password, nor without TLS")
def _():
    with lab.sandbox("--password", GOOD, "--auth", "PLAIN,LOGIN") as (home, box), TokenServer(token(GOOD)) as server:
        done = run(home, words(home, box, server.url))
        assert done.returncode != 0 and b"another kind of secret" in done.stderr, done.stderr
    with lab.sandbox("--password", GOOD) as (home, box), TokenServer(token(GOOD)) as server:
        done = run(home, words(home, box, server.url, "--tls", "none"))
        assert done.returncode != 0 and b"not used without TLS" in done.stderr, done.stderr


@tap.case("settings of OAuth that do not go together are told")
def _():
    with lab.sandbox("--password", GOOD) as (home, box):
        base = ["verify", "login", "--server", f"localhost:{box.port}", "--ca", box.ca, "--user", "sandbox"]
        for more, text in ((["--oauth-token-url", "https://x.test/"], b"refresh token"),
                           (["--oauth-token-url", "https://x.test/", "--oauth-refresh-token-command", "echo x"],
                            b"oauth-client-id")):
            done = run(home, base + more)
            assert done.returncode == 78 and text in done.stderr, (more, done.stderr)
        for one in ("--oauth-token-url=https://x.test/", "--password-command=true", "--password-from=netrc"):
            done = run(home, base + ["--oauth-token-command", "true", one])
            assert done.returncode == 64 and b"exclude each other" in done.stderr, done.stderr
        # The nearer one counts.
        home.config("[defaults]\noauth-token-command = false\n")
        done = run(home, base + ["--password-file", home.write("client", GOOD)])
        assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    sys.exit(tap.main())
