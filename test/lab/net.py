# SPDX-License-Identifier: MIT
"""A small internet of network name spaces: client - near router - far router - servers.

    client 10.../24 or public    r1: the client's side, gateway or provider     r2: the servers' side     s: all servers

Every address that is asked for lives in the servers' space, so one route leads to all. Needs root. Nothing can get
out: the spaces have no way to the machine's own network."""
import os
import subprocess
import threading

_ids = iter(range(1, 1 << 20))
_lock = threading.Lock()


def run(*argv, stdin=None, check=True):
    done = subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stdout.strip()[:400]}")
    return done.stdout


class Net:
    """Four name spaces; used for one scenario after the other."""

    def __init__(self, draw):
        with _lock:
            self.tag = f"lab-{os.getpid()}-{next(_ids)}"
        self.ns = {k: f"{self.tag}-{k}" for k in ("c", "r1", "r2", "s")}
        self.nat = draw.random() < 0.4
        a, b = draw.randint(1, 250), draw.randint(1, 250)
        public = draw.ip4().rsplit(".", 1)[0]
        self.client = f"10.{a}.{b}.2" if self.nat else f"{public}.34"
        self.gateway = self.client.rsplit(".", 1)[0] + ".1"
        self.outer = draw.ip4()             # of r1 towards the world
        self.transit = [self.outer, draw.ip4()]
        self.far = [draw.ip4(), draw.ip4()]
        self.sees = self.outer if self.nat else self.client     # what servers see
        p6 = draw.ip6().rsplit("::", 1)[0]
        self.client6, self.gateway6 = p6 + ":c::2", p6 + ":c::1"
        self.addresses = []
        self.dirty = self.spoiled = False
        try:
            self.build(p6)
        except BaseException:
            self.remove()
            raise

    def build(self, p6):
        for name in self.ns.values():
            run("ip", "netns", "add", name)
            # Addresses can be used at once: nobody else could have them.
            self.shell(name, "for k in all default; do echo 0 > /proc/sys/net/ipv6/conf/$k/accept_dad; "
                             "echo 0 > /proc/sys/net/ipv6/conf/$k/dad_transmits; done")
        c, r1, r2, s = (self.ns[k] for k in ("c", "r1", "r2", "s"))
        # Names of links are at most 15 bytes; they live inside the spaces only.
        run("ip", "-n", r1, "link", "add", "near", "type", "veth", "peer", "name", "eth0", "netns", c)
        run("ip", "-n", r1, "link", "add", "far", "type", "veth", "peer", "name", "near", "netns", r2)
        run("ip", "-n", r2, "link", "add", "far", "type", "veth", "peer", "name", "eth0", "netns", s)
        for ns, lines in (
                (c, [f"addr add {self.client}/24 dev eth0", f"addr add {self.client6}/64 dev eth0 nodad", "link set eth0 up",
                     f"route add default via {self.gateway}", f"route add ::/0 via {self.gateway6}"]),
                (r1, [f"addr add {self.gateway}/24 dev near", f"addr add {self.gateway6}/64 dev near nodad", "link set near up",
                      f"addr add {self.transit[0]}/32 peer {self.transit[1]} dev far", "link set far up",
                      f"addr add {p6}:1::1/64 dev far nodad", f"route add default via {self.transit[1]}",
                      f"route add ::/0 via {p6}:1::2"]),
                (r2, [f"addr add {self.transit[1]}/32 peer {self.transit[0]} dev near", "link set near up",
                      f"addr add {self.far[0]}/32 peer {self.far[1]} dev far", "link set far up",
                      f"addr add {p6}:1::2/64 dev near nodad", f"addr add {p6}:2::1/64 dev far nodad",
                      f"route add default via {self.far[1]}", f"route add ::/0 via {p6}:2::2",
                      f"route add {self.client}/32 via {self.transit[0]}", f"route add {p6}:c::/64 via {p6}:1::1"]),
                (s, [f"addr add {self.far[1]}/32 peer {self.far[0]} dev eth0", "link set eth0 up",
                     f"addr add {p6}:2::2/64 dev eth0 nodad", f"route add default via {self.far[0]}",
                     f"route add ::/0 via {p6}:2::1"])):
            run("ip", "-n", ns, "-batch", "-", stdin="\n".join(["link set lo up", *lines]) + "\n")
        for ns in (r1, r2):
            self.shell(ns, "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; "
                           "echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv6/icmp/ratelimit")
        self.reset()

    def shell(self, ns, script):
        return run("ip", "netns", "exec", ns, "sh", "-ec", script)

    def reset(self):
        """No rules, no addresses of the last scenario."""
        if self.spoiled:
            return
        if self.dirty:
            for key in ("c", "r1", "r2", "s"):
                self.shell(self.ns[key], "for t in iptables ip6tables; do for k in filter nat mangle; do "
                                         "$t -w -t $k -F; done; done; ip route flush cache")
        if self.addresses:
            run("ip", "-n", self.ns["s"], "-batch", "-",
                stdin="".join(f"addr del {a}/{128 if ':' in a else 32} dev lo\n" for a in self.addresses))
        self.addresses = []
        if self.nat and (self.dirty or not hasattr(self, "snat")):
            self.snat = True
            self.shell(self.ns["r1"], f"iptables -w -t nat -A POSTROUTING -s {self.client} -j SNAT --to-source {self.outer}")
        self.dirty = False

    def home(self, addresses):
        """Addresses of servers."""
        run("ip", "-n", self.ns["s"], "-batch", "-",
            stdin="".join(f"addr add {a}/{128 if ':' in a else 32} dev lo{' nodad' if ':' in a else ''}\n" for a in addresses))
        self.addresses += addresses

    def rule(self, line):
        """"r1: iptables ..." as a line of shell in that space."""
        key, _, script = line.partition(": ")
        self.dirty = True
        # Links and routes are not put back: such a net is used once.
        self.spoiled |= script.startswith("ip ")
        self.shell(self.ns[key], script)

    def within(self, key, argv):
        return ["ip", "netns", "exec", self.ns[key], *argv]

    def remove(self):
        for name in self.ns.values():
            for pid in run("ip", "netns", "pids", name, check=False).split():
                try:
                    os.kill(int(pid), 9)
                except (ValueError, OSError):
                    pass
            run("ip", "netns", "del", name, check=False)
