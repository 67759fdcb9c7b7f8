# SPDX-License-Identifier: MIT
"""Builds one scenario (servers, names, boxes on the way), runs the program as an ordinary user and takes everything down.

A scenario is a dictionary, see family/*.py:
  id, cause     code(s) without "SW-"; "" for a target with which nothing is wrong; several when the rows cannot be told
                apart from here, with the reason in `why`
  ask           "send": send, then diagnose --last;  "live": diagnose TARGET
  servers       {role: {port: profile}}; role "mx" is the one that is asked.  Ports are nominal: on loopback each is any
                free one; "odd" is a drawn one.  A profile is one of speak.py, {"sandbox": [faults], "args": [...]}
                (with TLS from the start on "tls_port", 465), or {"real": name, ...} of real.py.
                A role may have "cert": {...} of certs.py (names: default its own), "ip": count, "ip6": count, 0 for none,
                "name": host name.
  port, scheme  of the URL (default: the first port of mx, smtp; smtps when it is 465)
  mx            True: the way goes by the MX of {domain} instead of a URL;  [roles] of its MX records (default: mx)
  records       more lines for the name server; faults, names: see dnsd.py; resolvers: its whole list
  path          ["r1: shell", ...] in that space, needs the name spaces;  boxes: [{"at": "r1", "port": [25], ...between.py}]
  tls, login    --tls;  "good", "wrong", "plain-user" (without @), "empty", or a form of the secret
  sender, to, size, text, message, more, send_more, live_more, depth, ip_family, ehlo, ca, env: what the command has
  files         {name: content} in {dir};  secrets: the same, mode 0600
  envelope      True: diagnose TARGET is told sender and recipient
  texts         real-world replies, one of which becomes {refusal}
  before        commands that run first: number of sends, or ["login wrong", n]
  needs         of "root", programs;  ground: "loop", "net", "any" (drawn);  timeout: of a stage;  limit: seconds for all
  descriptors   so many open files the program may have (ulimit -n)
  patience      timeout of diagnose --last, when it gives the server more time than the send did
"""
import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

import certs
import draw
import net as spaces

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
NOBODY = 65534
BIND = ('mount --bind "$1" /etc/resolv.conf; mount --bind "$2" /etc/hosts; shift 2; '
        f'exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups "$@"')
PUBLIC = ["1.1.1.1", "8.8.8.8", "9.9.9.9", "8.8.4.4", "1.0.0.1", "149.112.112.112"]


class Failed(Exception):
    """The lab itself could not do its work."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Child:
    """A process of ours that says a line when it is ready."""

    def __init__(self, argv, env=None, log=None):
        self.log = open(log, "ab") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, env=env,
                                        start_new_session=True)
        ready, _, _ = select.select([self.process.stdout], [], [], 20)
        self.line = self.process.stdout.readline() if ready else b""
        if not self.line:
            self.stop()
            raise Failed(f"{argv[:6]} did not start" + (": " + open(log).read()[-400:] if log else ""))

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        if self.log != subprocess.DEVNULL:
            self.log.close()


class Shelf:
    """What the scenarios of one run share: authorities (making them takes a while) and the program."""

    def __init__(self, directory, program, seed):
        self.dir, self.program, self.seed = directory, program, seed
        d = draw.Draw(seed, "authorities")
        name = d.choice(["Sec", "Global", "Net", "Trust", "Inter", "Euro"]) + d.choice(["Sign", "Cert", "Trust", "ID"])
        self.root = certs.Authority(os.path.join(directory, "root"), name + " Root X" + str(d.randint(1, 9)))
        self.middle = certs.Authority(os.path.join(directory, "middle"), name + " TLS CA " + str(d.randint(1, 99)), self.root)
        self.stale = certs.Authority(os.path.join(directory, "stale"), name + " TLS CA R" + str(d.randint(1, 9)), self.root, end=-12)
        self.private = certs.Authority(os.path.join(directory, "private"), d.domain().split(".")[0].title() + " Internal CA")
        self.proxy = certs.Authority(os.path.join(directory, "proxy"), d.choice(
            ["Avast Web/Mail Shield Root", "ESET SSL Filter CA", "Kaspersky Anti-Virus Personal Root Certificate",
             "Bitdefender Personal CA.Net-Defender", "FortiGate CA", "Sophos SSL CA_" + d.domain().split(".")[0],
             "Zscaler Root CA", "Untangle Mail Inspector CA"]).replace("/", "-"))
        with open(os.path.join(ROOT, "src", "probe", "controls.def"), encoding="utf-8") as f:
            self.world = sorted({m.group(1) for m in re.finditer(r'SW_CONTROL\(\d+, "([^"]+)"', f.read())}) \
                if os.path.exists(os.path.join(ROOT, "src", "probe", "controls.def")) else []
        self.world_cert = self.root.leaf(self.world or ["localhost"])
        help_text = subprocess.run([program, "diagnose", "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.live = "--depth" in help_text
        self.options = {o for o in ("--resolver", "--hosts", "--ca", "--depth", "--timeout", "--from", "--to") if o in help_text}


class Bench:
    def __init__(self, scene, shelf, ground, directory):
        self.s, self.shelf, self.net, self.dir = scene, shelf, ground, directory
        self.draw = draw.Draw(shelf.seed, scene["id"])
        self.children, self.ctx, self.speakers, self.real = [], {}, [], []
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o755)
        self.home = os.path.join(directory, "home")
        os.makedirs(self.home)
        self.own(self.home)
        self.cost = 0.0

    @staticmethod
    def own(path):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)

    def file(self, name, content, mode=0o644):
        path = os.path.join(self.dir, name)
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)
        return path

    def fill(self, value):
        """{names} in all strings of a structure."""
        if isinstance(value, str):
            return re.sub(r"\{(\w+)\}", lambda m: str(self.ctx.get(m.group(1), m.group(0))), value)
        if isinstance(value, dict):
            return {self.fill(k) if isinstance(k, str) else k: self.fill(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.fill(v) for v in value]
        return value

    # ---- names and addresses

    def name(self):
        s, d, c = self.s, self.draw, self.ctx
        own, other = d.domain(), d.domain()
        user = s.get("user") or d.address(own)
        c.update(own=own, domain=other, sender=d.address(own), to=d.address(other), to2=d.address(other), to3=d.address(other),
                 user=user, user_short=user.partition("@")[0], secret=d.secret(), me=d.host(own), odd_domain=d.domain(),
                 odd=d.port(), server=d.choice(draw.SERVERS), n=d.randint(10, 99), id="".join(d.choices("0123456789ABCDEF", k=10)),
                 ip=self.net.sees if self.net else "127.0.0.1", ip6=self.net.client6 if self.net else "::1",
                 gateway=self.net.gateway if self.net else "127.0.0.1", client=self.net.client if self.net else "127.0.0.1",
                 dir=self.dir, root=self.shelf.root.cert, private=self.shelf.private.cert)
        c["reversed_ip"] = ".".join(reversed(c["ip"].split(".")))
        for k in ("dead", "dead2", "spare"):
            c[k] = d.ip4()
        c["dead6"] = d.ip6()
        base = d.choice([other, d.domain()])
        homes = []
        for role, ports in s.get("servers", {}).items():
            c[role] = self.fill(ports["name"]) if "name" in ports else d.host(base)
            ips = [d.ip4() for _ in range(ports.get("ip", 1))] if self.net else ["127.0.0.1"]
            ip6s = [d.ip6() for _ in range(ports.get("ip6", 0))] if self.net else []
            if "private" in ports:
                ips = [d.choice(["10.77.{}.{}", "192.168.{}.{}"]).format(d.randint(1, 250), d.randint(2, 250))]
            ports["ips"], ports["ip6s"] = ips, ip6s
            homes += ips + ip6s
            for i, ip in enumerate(ips):
                c[f"{role}_ip" + (str(i + 1) if i else "")] = ip
            for ip in ip6s:
                c[f"{role}_ip6"] = ip
        c["refusal"] = self.fill(d.choice(s.get("texts", [""])))
        if self.net:
            c["ns"] = d.choice(PUBLIC) if s.get("public_resolver") else d.ip4()
            # The well-known resolvers of the world are there, too.
            self.net.home(homes + [c["ns"]] + [p for p in PUBLIC if p != c["ns"]] + [self.fill(a) for a in s.get("homes", [])])

    def listeners(self):
        for role, ports in self.s.get("servers", {}).items():
            for nominal, profile in ports.items():
                if not isinstance(profile, dict) or nominal in ("cert",):
                    continue
                number = self.ctx["odd"] if nominal == "odd" else int(nominal)
                actual = number if self.net else free_port()
                self.ctx[f"{role}_{nominal}"] = actual
                yield role, ports, nominal, actual, profile

    def certificate(self, role, ports):
        spec = dict(self.fill(ports.get("cert", {})))
        authority = getattr(self.shelf, spec.pop("by", "middle"))
        names = spec.pop("names", None) or [self.ctx[role]]
        spec.pop("ca", None)
        cert = authority.leaf(names, **spec)
        return cert

    # ---- servers

    def rest_of_the_world(self):
        """The large providers to which one compares: all at one address that answers."""
        if not self.net or self.s.get("world") is False:
            return
        ip = self.ctx["world"] = self.draw.ip4()
        self.net.home([ip])
        tls = {"starttls": self.shelf.world_cert}
        for port, more in ((25, {}), (587, {}), (465, {"tls": "implicit"}), (443, {"speaks": "raw", "tls": "implicit"}),
                           (80, {"speaks": "raw"})):
            self.speakers.append({"at": [ip, port], "host": "mx.google.com", **tls, **more})

    def serve(self):
        made = {}
        for role, ports, nominal, port, profile in list(self.listeners()):
            if "sandbox" in profile:
                self.sandbox(role, ports, port, profile)
                continue
            if "real" in profile:
                self.real_server(role, ports, port, profile)
                continue
            p = self.fill(dict(profile))
            p.setdefault("host", self.ctx[role])
            p.setdefault("banner", "220 {host} " + self.ctx["server"])
            if "starttls" in p and "chain" not in p["starttls"]:
                key = (role, json.dumps(p["starttls"].get("cert", ports.get("cert", {})), sort_keys=True))
                if key not in made:
                    made[key] = self.certificate(role, {"cert": p["starttls"].get("cert", ports.get("cert", {}))})
                p["starttls"].update(made[key])
                for name, spec in list(p["starttls"].get("sni", {}).items()):
                    leaf = self.certificate(role, {"cert": spec})
                    p["starttls"]["sni"][name] = [leaf["chain"], leaf["key"]]
            if "auth" in p:
                p["auth"].setdefault("mechs", ["PLAIN", "LOGIN"])
                p["auth"].setdefault("users", {self.ctx["user"]: self.ctx["secret"]})
            chosen = p.pop("only", None)
            for i, ip in enumerate(ports["ips"] + ports["ip6s"]):
                if chosen is None or i in chosen:
                    self.speakers.append({**p, "at": [ip, port]})
        self.rest_of_the_world()
        if self.speakers:
            config = self.file("speak.json", json.dumps({"listen": self.speakers}), 0o600)
            self.start("s", [sys.executable, os.path.join(HERE, "speak.py"), config])

    def start(self, space, argv):
        child = Child(self.net.within(space, argv) if self.net else argv, log=os.path.join(self.dir, "servers.log"))
        self.children.append(child)
        return child

    def sandbox(self, role, ports, port, profile):
        directory = os.path.join(self.dir, "sandbox-" + role)
        os.makedirs(directory)
        tls = (465 if port != 465 else 4465) if self.net else free_port()
        argv = [self.shelf.program, "sandbox", "--json", "--dir", directory, "--listen", ports["ips"][0], "--port", str(port),
                "--tls-port", str(profile.get("tls_port", tls)), "--name", self.ctx[role], "--user", self.ctx["user"],
                "--password", self.ctx["secret"], *self.fill(profile.get("args", []))]
        for fault in self.fill(profile["sandbox"]):
            argv += ["--fault", fault]
        said = json.loads(self.start("s", argv).line)
        self.ctx[f"{role}_465"] = said.get("tls_port", tls)
        self.ctx["ca"] = said["ca_file"]

    def real_server(self, role, ports, port, profile):
        import daemons
        server = daemons.start(self, role, ports, port, self.fill(profile))
        self.real.append(server)

    # ---- names in DNS

    def resolvers(self):
        s, c = self.s, self.ctx
        records = []
        for role, ports in s.get("servers", {}).items():
            if ports.get("unlisted"):
                continue
            listed = {self.fill(r).split()[0] for r in s.get("records", [])}
            if c[role] not in listed:
                records += [f"{c[role]} A {ip}" for ip in ports["ips"] if not ports.get("only6")]
                records += [f"{c[role]} AAAA {ip}" for ip in ports["ip6s"]]
            for ip in ports["ips"]:
                if ip.count(".") == 3:
                    records.append(".".join(reversed(ip.split("."))) + f".in-addr.arpa PTR {c[role]}")
        if s.get("mx_records", True):
            roles = s["mx"] if isinstance(s.get("mx"), list) else ["mx"] if "mx" in s.get("servers", {}) else []
            records += [f"{c['domain']} MX {10 * (i + 1)} {c[r]}" for i, r in enumerate(roles)]
        if "world" in c:
            records += [f"{name} A {c['world']}" for name in [*self.shelf.world, "www.iana.org"]]
        records += [f"{c['own']} A {c['ip']}", f"{c['own']} MX 10 {c['me']}", f"{c['me']} A {c['ip']}"]
        if self.net and not s.get("no_ptr"):
            records.append(".".join(reversed(c["ip"].split("."))) + f".in-addr.arpa PTR {c['me']}")
        records = [r for r in records if not any(r.startswith(self.fill(x) + " ") for x in s.get("without", []))]
        records += self.fill(s.get("records", []))
        port = 53 if self.net else free_port()
        first = {"address": c["ns"] if self.net else "127.0.0.1", "port": port, "resolver": True, "records": records,
                 "faults": self.fill(s.get("faults", [])), **self.fill(s.get("resolver", {}))}
        servers = [] if s.get("no_resolver") else [first]
        if self.net:
            others = {"resolver": True, "port": 53, "records": records, "faults": [], **self.fill(s.get("others", {}))}
            servers += [{**others, "address": a} for a in PUBLIC if a != c["ns"]]
        servers += self.fill(s.get("authorities", []))
        for server in servers:
            server.setdefault("port", 53)
        c["dns"] = f"{c['ns'] if self.net else '127.0.0.1'}:{port}"
        if servers:
            config = self.file("dns.json", json.dumps(servers))
            self.start("s", [sys.executable, os.path.join(HERE, "dnsd.py"), config])
        self.resolv = self.file("resolv.conf", f"nameserver {c.get('ns', '127.0.0.1')}\noptions timeout:1 attempts:1\n")
        hosts = "127.0.0.1 localhost\n" + "".join(self.fill(line) + "\n" for line in s.get("hosts", []))
        self.hosts = self.file("hosts", hosts)

    def way(self):
        for i, box in enumerate(self.fill(self.s.get("boxes", []))):
            port = 20000 + i
            c = {**box, "port": port}
            if "intercept" in c:
                c["intercept"] = self.shelf.proxy.leaf([self.ctx[c["intercept"]] if c["intercept"] in self.ctx else c["intercept"]],
                                                       begin=-0.01)
            config = self.file(f"box{i}.json", json.dumps(c), 0o600)
            self.start(c["at"], [sys.executable, os.path.join(HERE, "between.py"), config])
            only = f"-d {c['only']}" if "only" in c else ""
            for p in box["port"]:
                self.net.rule(f"{c['at']}: iptables -w -t nat -A PREROUTING -i near {only} -p tcp --dport {p} -j REDIRECT "
                              f"--to-ports {port}")
        for line in self.fill(self.s.get("path", [])):
            self.net.rule(line)

    # ---- the client

    def set_up(self):
        self.name()
        self.ctx.setdefault("ca", self.shelf.root.cert)
        for name, content in self.s.get("files", {}).items():
            self.file(name, self.fill(content))
        for name, content in self.s.get("secrets", {}).items():
            self.own(self.file(name, content, 0o600))
        self.serve()
        self.resolvers()
        self.way()
        d = self.draw
        self.text = self.file("text", self.s.get("text") or d.choice(draw.TEXTS))
        login = self.s.get("login")
        if login:
            secret = {"good": self.ctx["secret"], "wrong": d.secret(), "empty": "", "plain-user": self.ctx["secret"]}.get(
                login, self.fill(login))
            self.secret = self.file("secret", secret + "\n", 0o600)
            self.own(self.secret)
        if self.s.get("message"):
            message = self.fill(self.s["message"])
            self.message = self.file("message.eml", message if isinstance(message, bytes) else message.encode("utf-8", "surrogateescape"))

    def env(self):
        keep = {k: v for k, v in os.environ.items() if k in ("PATH",) or k.startswith(("ASAN", "UBSAN"))}
        return {**keep, "LC_ALL": "C.UTF-8", "HOME": self.home, "XDG_STATE_HOME": self.home + "/state", "TMPDIR": self.home,
                "XDG_CONFIG_HOME": self.home + "/config", **self.fill(self.s.get("env", {}))}

    def client(self, argv, limit):
        if self.s.get("descriptors"):
            argv = ["sh", "-c", 'ulimit -n "$0"; exec "$@"', str(self.s["descriptors"]), *argv]
        if self.net:
            argv = self.net.within("c", ["sh", "-c", BIND, "sh", self.resolv, self.hosts, *argv])
        elif os.geteuid() == 0:
            argv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *argv]
        prefix = self.s.get("prefix")
        if prefix:
            argv = [*self.fill(prefix), *argv]
        start = time.monotonic()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.dir,
                                   env=self.env(), start_new_session=True)
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            err += b"\n(killed after %d s)" % limit
        self.cost += time.monotonic() - start
        return process.returncode, out, err

    def url(self):
        s = self.s
        first = next((n for n, p in s["servers"]["mx"].items() if isinstance(p, dict) and n != "cert"), None) \
            if "mx" in s.get("servers", {}) else None
        port = s.get("port", first)
        actual = self.ctx.get(f"mx_{port}", self.ctx.get(str(port), port))
        scheme = s.get("scheme") or ("smtps" if str(port) == "465" else "smtp")
        return f"{scheme}://{self.fill(s.get('host', '{mx}'))}:{actual}"

    def common(self):
        """Options of send and of diagnose."""
        s, out = self.s, []
        if s.get("ca", True):
            out += ["--ca", self.fill(s["ca"]) if isinstance(s.get("ca"), str) else self.ctx["ca"]]
        if s.get("tls"):
            out += ["--tls", s["tls"]]
        if s.get("login"):
            user = self.ctx["user_short"] if s["login"] == "plain-user" else self.fill(s.get("login_as", "{user}"))
            out += ["--user", user, "--password-file", self.secret]
        if s.get("ehlo"):
            out += ["--ehlo", self.fill(s["ehlo"])]
        if s.get("ip_family"):
            out += ["--family", str(s["ip_family"])]
        out += ["--timeout", str(s.get("timeout", 2))]
        return out + self.names() + self.fill(s.get("more", []))

    def names(self):
        """On loopback the machine's own names must not be asked."""
        return [] if self.net else ["--resolver", self.ctx["dns"], "--hosts", self.hosts]

    def send(self):
        s = self.s
        argv = [self.shelf.program, "send", *(["--mx"] if s.get("mx") else ["--server", self.url()]), *self.common()]
        sender = self.fill(s.get("sender", "{sender}"))
        if sender == "<>":
            argv += ["--from", self.ctx["sender"], "--envelope-from", "<>"]
        elif sender:
            argv += ["--from", sender]
        for to in s.get("to", ["{to}"]):
            argv += ["--to", self.fill(to)]
        if s.get("message"):
            argv += ["--message", self.message]
        else:
            argv += ["--subject", self.draw.choice(draw.SUBJECTS), "--text", self.text]
        if s.get("size"):
            argv += ["--attach", self.file("attachment.bin", os.urandom(s["size"]))]
        case = os.path.join(self.home, "case.json")
        return argv + self.fill(s.get("send_more", [])) + ["--save", case], case

    def run(self):
        """(outcome of diagnose as JSON, what went wrong in the lab)."""
        limit = self.s.get("limit", 40)
        for _ in range(self.s.get("before", 0)):
            argv, _ = self.send()
            self.client(argv, limit)
        self.cost = 0.0
        depth = ["--depth", str(self.s["depth"])] if "depth" in self.s else []
        if self.s["ask"] == "live":
            target = self.fill(self.s.get("target") or (self.ctx["to"] if self.s.get("mx") else self.url()))
            envelope = ["--from", self.ctx["sender"], "--to", self.fill(self.s.get("to", ["{to}"])[0])] if self.s.get("envelope") else []
            argv = [self.shelf.program, "diagnose", target, "--json", *depth, *envelope, *self.common(), *self.fill(self.s.get("live_more", []))]
            status, out, err = self.client(argv, limit)
        else:
            argv, case = self.send()
            status, sent, err = self.client(argv, limit)
            self.sent = (sent + err).decode("utf-8", "replace")
            which = ["--case", case] if status == 0 or self.s.get("offline") else ["--last"]
            more = [] if "--case" in which else depth + self.last_options()
            status, out, err = self.client([self.shelf.program, "diagnose", *which, "--json", *more], limit)
        self.said = err.decode("utf-8", "replace")
        try:
            value = json.loads(out)
            if "findings" not in value:
                raise ValueError
            return value
        except ValueError:
            raise Failed(f"no verdict (status {status}): {out[-200:]} {self.said[-300:]} {getattr(self, 'sent', '')[-300:]}") from None

    def last_options(self):
        """What diagnose --last takes besides: the names of the lab, when it asks the server itself."""
        if not {"--resolver", "--hosts", "--ca", "--timeout"} <= self.shelf.options:
            return []
        ca = self.fill(self.s["ca"]) if isinstance(self.s.get("ca"), str) else self.ctx["ca"]
        return self.names() + (["--ca", ca] if self.s.get("ca", True) else []) + ["--timeout", str(self.s.get("patience", self.s.get("timeout", 2)))]

    def take_down(self, keep=False):
        for server in self.real:
            server.stop()
        for child in reversed(self.children):
            child.stop()
        if self.net:
            self.net.reset()
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)
