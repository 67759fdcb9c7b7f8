# SPDX-License-Identifier: MIT
"""Exim and OpenSMTPD, which Debian cannot install beside Postfix: their packages are fetched and unpacked into a folder of the build,
with what they need and the machine lacks. Nothing is installed. SW_EXIM names another program, SW_OPENSMTPD another folder;
SW_OFFLINE=1 fetches nothing."""
import fcntl
import functools
import os
import re
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402



def reachable(path):
    """Whether users of servers, who are not root, get there."""
    while True:
        if os.path.isdir(path) and not os.stat(path).st_mode & 0o001:
            return False
        if os.path.dirname(path) == path:
            return True
        path = os.path.dirname(path)


def place():
    if reachable(tap.BUILD):
        return os.path.join(tap.BUILD, "servers")
    # A build below a home that is closed, as root's is.
    path = "/var/tmp/sendwell-servers-%d" % os.getuid()
    os.makedirs(path, mode=0o755, exist_ok=True)
    there = os.lstat(path)
    if not stat.S_ISDIR(there.st_mode) or there.st_uid != os.getuid() or there.st_mode & 0o022:
        raise RuntimeError("%s is not ours alone" % path)
    return path


FOLDER = place()
PACKAGES = {"exim": "exim4-daemon-light", "opensmtpd": "opensmtpd"}
PROGRAMS = {"exim": "usr/sbin/exim4", "opensmtpd": "usr/sbin/smtpd"}
SECONDS = 40  # for one of them
why = {}      # it could not be had


def apt(*argv, cwd=None):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd,
                          timeout=SECONDS, check=False, env=dict(os.environ, LC_ALL="C"))
    if done.returncode:
        text = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise OSError("%s: %s" % (" ".join(argv[:2]), text[-1] if text else "failed"))
    return done.stdout.decode("utf-8", "replace")


def needed(package):
    """It, and what an installation would bring with it."""
    said = apt("apt-get", "-s", "-o", "Debug::NoLocking=1", "install", "--no-install-recommends", package)
    return sorted(set(re.findall(r"^Inst (\S+)", said, re.M)) | {package})


def fetch(name, where):
    new = where + ".new"
    shutil.rmtree(new, ignore_errors=True)
    os.makedirs(new)
    # The one that fetches has no rights; it says so, and goes on as we.
    apt("apt-get", "-q", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=15",
        "download", *needed(PACKAGES[name]), cwd=new)
    for deb in [f for f in os.listdir(new) if f.endswith(".deb")]:
        apt("dpkg-deb", "-x", os.path.join(new, deb), os.path.join(new, "root"))
        os.unlink(os.path.join(new, deb))
    path = os.path.join(new, "root", PROGRAMS[name])
    # No program of root's that anybody may start stays in a folder of the build.
    for folder, _, files in os.walk(os.path.join(new, "root", "usr")):
        for f in files:
            one = os.path.join(folder, f)
            if not os.path.islink(one) and os.stat(one).st_mode & 0o6000:
                os.chmod(one, 0o755)
    if not os.access(path, os.X_OK):
        raise OSError("%s has no %s" % (PACKAGES[name], PROGRAMS[name]))
    os.rename(new, where)


@functools.cache
def root(name):
    """The folder in which it lies as in /, or None: why[name]."""
    where = os.path.join(FOLDER, name)
    if os.path.isdir(where):
        return os.path.join(where, "root")
    if os.environ.get("SW_OFFLINE"):
        why[name] = "not unpacked, and SW_OFFLINE is set"
        return None
    try:
        os.makedirs(FOLDER, exist_ok=True)
        # Several suites may want it at once.
        with open(os.path.join(FOLDER, name + ".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.isdir(where):
                fetch(name, where)
    except (OSError, subprocess.SubprocessError) as e:
        why[name] = "could not be fetched: %s" % e
        return None
    return os.path.join(where, "root")


def program(name):
    """Its absolute path: one that is named, installed or unpacked; None: why[name]."""
    named = os.environ.get("SW_EXIM") if name == "exim" else None
    if not named and name == "exim":
        named = shutil.which("exim4", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if named:
        if os.access(named, os.X_OK):
            return os.path.abspath(named)
        why[name] = "%s is no program" % named
        return None
    where = root(name)
    return os.path.join(where, PROGRAMS[name]) if where else None


def folder(name):
    """The folder of which it is the system: one that is named, / when it is installed, or where it was unpacked."""
    for one in (os.environ.get("SW_OPENSMTPD"), "/"):
        # Postfix has an smtpd elsewhere.
        if one and os.access(os.path.join(one, PROGRAMS[name]), os.X_OK):
            return os.path.abspath(one)
    return root(name)


def environment():
    """With libraries that came along."""
    found = [os.path.join(FOLDER, name, "root", part) for name in PACKAGES
             for part in ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu")]
    found = [f for f in found if os.path.isdir(f)]
    return dict(os.environ, LD_LIBRARY_PATH=":".join(found)) if found else dict(os.environ)
