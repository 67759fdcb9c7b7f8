#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The diagnosis lab: makes failures whose cause is known, and asks the program for it.

usage: run.py [options]
  --filter TEXT    scenarios whose id, family or cause contains it (several: any of them)
  --seed N         of names, ports, addresses and texts (default: the time; it is printed)
  --jobs N         scenarios at once (default 6: most of them wait)
  --subset         the quick ones: the step `lab` of tools/check
  --json           one JSON object a scenario, then one with the sums
  --keep           leave directories of scenarios that went wrong in place, and say where
  --peers FILE     what curl, msmtp, swaks and openssl say of the same scenarios, as a table
  --list           scenarios and their causes, nothing is run
environment: SW_BUILD, the build directory (default build)

Exit status: 0 all bars held, 1 not, 2 the lab itself failed.
"""
import argparse
import collections
import concurrent.futures
import importlib
import json
import os
import pathlib
import queue
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import bench  # noqa: E402
import draw  # noqa: E402
import net  # noqa: E402
import peers  # noqa: E402

FAMILIES = ["sandbox", "config", "dns", "route", "middlebox", "tls", "greeting", "auth", "sender_recipient", "data", "rate",
            "policy", "identity", "real", "street", "words", "plain", "ways", "odd", "healthy", "blind1", "blind2", "blind3", "blind4"]
BARS = {"top1": 95.0, "top2": 99.0}
HIGH = 85
LIVE = ("confirmed", "likely", "possible")


def scenes():
    out = []
    for family in FAMILIES:
        for scene in importlib.import_module("family." + family).SCENES:
            causes = scene["cause"]
            scene["cause"] = [causes] if isinstance(causes, str) and causes else list(causes or [])
            out.append({"family": family, "ground": "any", **scene})
    seen = collections.Counter(s["id"] for s in out)
    twice = [i for i, n in seen.items() if n > 1]
    if twice:
        raise SystemExit(f"two scenarios of one name: {twice}")
    unsaid = [s["id"] for s in out if len(s["cause"]) > 1 and not s.get("why")]
    if unsaid:
        raise SystemExit(f"several causes and no reason: {unsaid}")
    return out


def no_spaces(seed):
    """(a net, "") or (None, why this machine gives us none): containers often keep name spaces to themselves."""
    if os.geteuid():
        return None, "needs root for name spaces"
    made = None
    try:
        made = net.Net(draw.Draw(seed, "net0"))
        net.run(*made.within("c", ["sh", "-ec", bench.BIND, "sh", "/etc/resolv.conf", "/etc/hosts", "true"]))
        made.shell(made.ns["r1"], "for t in iptables ip6tables; do for k in filter nat mangle; do $t -w -t $k -L -n; done; done")
        return made, ""
    except (RuntimeError, OSError) as error:
        if made:
            made.remove()
        return None, "no name spaces here: " + " ".join(str(error).split())[-160:]


def lacking(scene, shelf, spaces):
    """Why it cannot run here; "" when it can. spaces: why there are no name spaces."""
    needs = list(scene.get("needs", []))
    if spaces and (scene["ground"] == "net" or scene.get("path") or scene.get("boxes")):
        return spaces
    if "root" in needs and os.geteuid():
        return "needs root"
    if scene["ask"] == "live" and not shelf.live:
        return "this program diagnoses no live target"
    if "exim" in needs:
        import exims
        needs.remove("exim")
        if not exims.program():
            return "needs exim and its user: " + exims.missing()
    for program in needs:
        if program != "root" and not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            return f"needs {program}"
    return ""


class Outcome:
    """What came of one scenario."""

    def __init__(self, scene):
        self.scene = scene
        self.skipped = self.error = ""
        self.findings, self.seconds, self.probes, self.value = [], 0.0, 0, {}
        self.peers = {}
        self.said = ""

    @property
    def codes(self):
        return [f["code"].removeprefix("SW-") for f in self.findings]

    @property
    def healthy(self):
        return not self.scene["cause"]

    @property
    def blocking(self):
        return [f["code"] for f in self.findings if f["level"] == "blocking"]

    @property
    def first_right(self):
        return bool(set(self.codes[:1]) & set(self.scene["cause"])) if not self.healthy else not self.blocking

    @property
    def second_right(self):
        return bool(set(self.codes[:2]) & set(self.scene["cause"])) if not self.healthy else not self.blocking

    @property
    def sure_and_wrong(self):
        return not self.healthy and bool(self.findings) and not self.first_right and self.findings[0]["confidence"] >= HIGH

    def take(self, value):
        self.value = value
        self.findings = [f for f in value["findings"] if f["state"] in LIVE]
        self.probes = len({(f.get("source"), f.get("type")) for f in value.get("facts", [])
                           if str(f.get("source", "")).startswith("probe")})

    def line(self):
        shown = [f"{f['code'][3:]} {f['confidence']} {f['state']}" for f in self.findings[:2]]
        expected = "/".join(self.scene["cause"]) or "healthy"
        if self.skipped or self.error:
            mark, what = ("skip", self.skipped) if self.skipped else ("LAB!", self.error)
            return f"{mark} {self.scene['id']:32} {expected:12} {what}"
        mark = "ok  " if self.first_right else "2nd " if self.second_right else "MISS"
        mark = "SURE" if self.sure_and_wrong else mark
        return (f"{mark} {self.scene['id']:32} {expected:12} {' | '.join(shown) or '-':44} probes {self.probes:2} "
                f"{self.seconds:6.2f} s" + (f"\n     said: {self.said}" if self.said and not self.first_right else ""))

    def json(self):
        return {"id": self.scene["id"], "family": self.scene["family"], "ask": self.scene["ask"], "expected": self.scene["cause"],
                "first_right": self.first_right, "second_right": self.second_right, "skipped": self.skipped, "error": self.error,
                "findings": [{k: f[k] for k in ("code", "state", "confidence", "level")} for f in self.findings[:4]],
                "probes": self.probes, "seconds": round(self.seconds, 3), "peers": self.peers}


class Lab:
    def __init__(self, shelf, options):
        self.shelf, self.options = shelf, options
        self.nets = queue.LifoQueue()
        self.all_nets = []
        self.lock = threading.Lock()
        first, self.spaces = no_spaces(shelf.seed)
        if first:
            self.all_nets.append(first)
            self.nets.put(first)

    def ground(self, scene):
        choice = scene["ground"]
        if scene.get("path") or scene.get("boxes"):
            choice = "net"
        if choice == "any" and self.options.peers:
            choice = "net"      # where names lead to the servers for every program
        if choice == "any":
            choice = draw.Draw(self.shelf.seed, scene["id"] + "/ground").choice(["loop", "net"])
        if choice == "loop" or self.spaces:
            return None
        try:
            return self.nets.get_nowait()
        except queue.Empty:
            made = net.Net(draw.Draw(self.shelf.seed, f"net{len(self.all_nets)}"))
            with self.lock:
                self.all_nets.append(made)
            return made

    def one(self, scene):
        out = Outcome(scene)
        out.skipped = lacking(scene, self.shelf, self.spaces)
        if out.skipped:
            return out
        ground = made = None
        wrong = True
        try:
            ground = self.ground(scene)
            made = bench.Bench(json.loads(json.dumps(scene)), self.shelf, ground,
                               os.path.join(self.shelf.dir, scene["id"].replace("/", "-")))
            made.set_up()
            out.take(made.run())
            out.seconds = made.cost
            out.said = made.ctx["refusal"].replace("\n", " / ")
            wrong = not out.first_right
            if self.options.peers:
                out.peers = peers.ask(made)
        except Exception as error:  # one scenario that cannot be made must not hide the others
            out.error = f"{type(error).__name__}: {error}"[:600]
        finally:
            if made:
                made.take_down(keep=self.options.keep and wrong)
                if self.options.keep and wrong:
                    with open(os.path.join(made.dir, "verdict.json"), "w") as f:
                        json.dump(out.value, f, indent=1)
            if ground and ground.spoiled:
                ground.remove()
            elif ground:
                self.nets.put(ground)
        return out

    def close(self):
        for made in self.all_nets:
            made.remove()


def sums(outcomes):
    """The figures of a run."""
    ran = [o for o in outcomes if not o.skipped and not o.error]
    ill = [o for o in ran if not o.healthy]
    well = [o for o in ran if o.healthy]
    confusion = collections.Counter(("/".join(o.scene["cause"]), (o.codes or ["nothing"])[0]) for o in ill if not o.first_right)
    seconds = [o.seconds for o in ran] or [0.0]
    return {
        "scenarios": len(outcomes), "ran": len(ran), "skipped": sum(bool(o.skipped) for o in outcomes),
        "broken": [o.scene["id"] for o in outcomes if o.error],
        "causes": len({o.scene["cause"][0] for o in ill}), "ill": len(ill), "healthy": len(well),
        "top1": 100.0 * sum(o.first_right for o in ill) / max(1, len(ill)),
        "top2": 100.0 * sum(o.second_right for o in ill) / max(1, len(ill)),
        "false_on_healthy": [o.scene["id"] for o in well if o.blocking],
        "sure_and_wrong": [o.scene["id"] for o in ill if o.sure_and_wrong],
        "confusion": [[a, b, n] for (a, b), n in confusion.most_common()],
        "median_s": statistics.median(seconds), "worst_s": max(seconds),
    }


def told(s):
    print(f"\nscenarios {s['scenarios']} (ran {s['ran']}, skipped {s['skipped']}, broken {len(s['broken'])}); "
          f"causes {s['causes']}, healthy targets {s['healthy']}")
    print(f"top-1 {s['top1']:.1f} %   top-2 {s['top2']:.1f} %   of {s['ill']} failures")
    print(f"false blocking findings on healthy targets: {len(s['false_on_healthy'])} {' '.join(s['false_on_healthy'])}")
    print(f"wrong with confidence >= {HIGH}: {len(s['sure_and_wrong'])} {' '.join(s['sure_and_wrong'])}")
    print(f"seconds: median {s['median_s']:.2f}, worst {s['worst_s']:.2f}")
    if s["confusion"]:
        print("taken for another (expected > first): " +
              ", ".join(f"{a} > {b}" + (f" x{n}" if n > 1 else "") for a, b, n in s["confusion"]))


def held(s):
    # Of a few scenarios one may miss: a hundredth of them is none.
    def enough(bar):
        return s[bar] >= min(BARS[bar], 100.0 * (s["ill"] - 1) / max(1, s["ill"])) if s["ill"] else True
    return (enough("top1") and enough("top2") and not s["false_on_healthy"] and
            not s["sure_and_wrong"] and not s["broken"])


def program():
    build = os.path.join(bench.ROOT, os.environ.get("SW_BUILD", "build"))
    path = os.path.join(build, "sendwell")
    if not os.access(path, os.X_OK):
        raise SystemExit(f"{path} is not there: build first, or set SW_BUILD")
    return path


def options():
    p = argparse.ArgumentParser(add_help=True)
    p.add_argument("--filter", action="append", default=[])
    p.add_argument("--seed", type=int, default=int(time.time()) % 100000)
    p.add_argument("--jobs", type=int, default=6)
    for name in ("--subset", "--json", "--keep", "--list"):
        p.add_argument(name, action="store_true")
    p.add_argument("--peers")
    return p.parse_args()


def chosen(o):
    out = scenes()
    if o.subset:
        out = [s for s in out if s.get("quick")]
    if o.filter:
        out = [s for s in out if any(f in s["id"] or f == s["family"] or f in s["cause"] for f in o.filter)]
    return out


def main():
    # What was built is taken down, whoever ends us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    o = options()
    todo = chosen(o)
    if o.list:
        for s in todo:
            print(f"{s['family']:17} {s['id']:34} {s['ask']:5} {'/'.join(s['cause']) or 'healthy'}")
        print(f"{len(todo)} scenarios, {len({s['cause'][0] for s in todo if s['cause']})} causes")
        return 0
    directory = tempfile.mkdtemp(prefix="sendwell-lab-")
    os.chmod(directory, 0o755)
    copy = os.path.join(directory, "sendwell")
    shutil.copy(program(), copy)        # a place that an ordinary user can enter
    print(f"seed {o.seed}", file=sys.stderr if o.json else sys.stdout, flush=True)
    lab = Lab(bench.Shelf(directory, copy, o.seed), o)
    outcomes = []
    try:
        # Those that wait longest first.
        todo.sort(key=lambda s: -s.get("limit", 0))
        with concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
            for done in concurrent.futures.as_completed([pool.submit(lab.one, s) for s in todo]):
                outcomes.append(done.result())
                print(json.dumps(outcomes[-1].json()) if o.json else outcomes[-1].line(), flush=True)
    finally:
        lab.close()
        if not o.keep:
            shutil.rmtree(directory, ignore_errors=True)
    s = sums(outcomes)
    if o.json:
        print(json.dumps(s))
    else:
        told(s)
        if o.keep:
            print(f"kept in {directory}")
    if o.peers:
        pathlib.Path(o.peers).write_text(peers.table(outcomes), encoding="utf-8")
    return 2 if s["broken"] else 0 if held(s) else 1


if __name__ == "__main__":
    sys.exit(main())
