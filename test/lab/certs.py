# SPDX-License-Identifier: MIT
"""Certificates of every kind, made with openssl."""
import datetime
import os
import subprocess
import threading

CONF = """[ca]
default_ca = a
[a]
dir = {d}
database = {d}/index
serial = {d}/serial
new_certs_dir = {d}
default_md = sha256
policy = p
unique_subject = no
email_in_dn = no
copy_extensions = none
[p]
commonName = supplied
organizationName = optional
"""
_lock = threading.Lock()     # openssl ca keeps its state in files


def openssl(*argv):
    done = subprocess.run(["openssl", *argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
    if done.returncode:
        raise RuntimeError(f"openssl {argv[0]}: {done.stdout[-500:]}")


def stamp(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


class Authority:
    """A CA in a directory; `parent` signs it, itself without one."""

    def __init__(self, directory, name, parent=None, end=3000):
        self.dir, self.name, self.parent = directory, name, parent
        os.makedirs(directory, exist_ok=True)
        self.cert, self.key = os.path.join(directory, "ca.pem"), os.path.join(directory, "ca.key")
        self.conf = os.path.join(directory, "ca.conf")
        with open(self.conf, "w") as f:
            f.write(CONF.format(d=directory))
        with open(os.path.join(directory, "index"), "w"):
            pass
        with open(os.path.join(directory, "serial"), "w") as f:
            f.write("%016X\n" % int.from_bytes(b"\x10" + os.urandom(7), "big"))
        self.key_file(self.key)
        ext = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
        (parent or self).sign(self.cert, self.key, f"/O={name}/CN={name}", ext, -400, end, own=parent is None)

    @staticmethod
    def key_file(path, kind="ec"):
        if kind.startswith("rsa"):
            openssl("genrsa", "-out", path, kind[3:])
        else:
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)

    def sign(self, out, key, subject, ext, begin, end, own=False, md="sha256"):
        with _lock:
            self.sign_alone(out, key, subject, ext, begin, end, own, md)

    def sign_alone(self, out, key, subject, ext, begin, end, own, md):
        csr, ext_file = out + ".csr", out + ".ext"
        openssl("req", "-new", "-key", key, "-subj", subject, "-out", csr)
        with open(ext_file, "w") as f:
            f.write(ext)
        openssl("ca", "-batch", "-config", self.conf, "-notext", "-in", csr, "-out", out, "-extfile", ext_file, "-md", md,
                "-startdate", stamp(begin), "-enddate", stamp(end), "-keyfile", self.key,
                *(["-selfsign"] if own else ["-cert", self.cert]))

    def leaf(self, names, kind="", begin=-20, end=70, key="ec", chain=True, cn=None, aia=True, md="sha256", order=None):
        """{"chain", "key"} of a certificate. kind: "", self-signed, cn-only, client."""
        base = os.path.join(self.dir, "leaf" + os.urandom(6).hex())
        self.key_file(base + ".key", key)
        san = ",".join(("IP:" if n.replace(".", "").isdigit() or ":" in n else "DNS:") + n for n in names)
        ext = "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\n"
        ext += f"extendedKeyUsage={'clientAuth' if kind == 'client' else 'serverAuth'}\n"
        if kind != "cn-only":
            ext += f"subjectAltName={san}\n"
        if kind != "self-signed" and aia:
            ext += "authorityInfoAccess=caIssuers;URI:http://ca.{}.invalid/i.crt\n".format(
                self.name.lower().replace(" ", "-"))
        subject = "/CN=" + (cn or names[0])[:60]
        if kind == "self-signed":
            own = Signer(base + ".d", base + ".key")
            own.sign(base + ".pem", base + ".key", subject, ext, begin, end, own=True)
        else:
            self.sign(base + ".pem", base + ".key", subject, ext, begin, end, md=md)
        parts = [base + ".pem"] + (self.above() if chain and kind != "self-signed" else [])
        if order is not None and self.parent:
            parts.append(self.parent.cert)
        with open(base + ".chain", "w") as f:
            for path in parts if order is None else [parts[i] for i in order]:
                with open(path) as part:
                    f.write(part.read())
        return {"chain": base + ".chain", "key": base + ".key"}

    def above(self):
        """The certificates between a leaf and the root."""
        return [self.cert] + self.parent.above() if self.parent else []


class Signer(Authority):
    """Signs with a key that is there already."""

    def __init__(self, directory, key):
        self.dir, self.key, self.parent, self.cert = directory, key, None, None
        os.makedirs(directory, exist_ok=True)
        self.conf = os.path.join(directory, "ca.conf")
        with open(self.conf, "w") as f:
            f.write(CONF.format(d=directory))
        with open(os.path.join(directory, "index"), "w"):
            pass
        with open(os.path.join(directory, "serial"), "w") as f:
            f.write("%016X\n" % int.from_bytes(b"\x10" + os.urandom(7), "big"))
