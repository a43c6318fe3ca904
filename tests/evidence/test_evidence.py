# SPDX-License-Identifier: ISC
# check: slow
# check: timeout 1800
"""Bundles held against tools that are not ours: two of a case of the corpus
(mail, faxes, scans, PDFs, office files), for auditors and for the other side,
and the one that the demonstration ends with.  Each row of checks.py must accept the bundle and refuse a copy of
it that its breaker has changed.

    test_evidence.py [NAME...]    as any unittest program
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/e2e")]
import authority  # noqa: E402
import checks  # noqa: E402
import lib  # noqa: E402
import loglib  # noqa: E402
import test_vouch  # noqa: E402

CORPUS = os.environ.get("DOSSIER_CORPUS", os.path.join(ROOT,
                                                       "../shared/corpus"))
MAIL = "mail/archives/usrp-users-2021-05_2023-05_2023-06.tar.zst"
FOLDERS = (("fax/ccitt", "fax", 8), ("fax/pillow", "fax", 8),
           ("scan/court", "post", 10), ("scan/chinese", "post", 6),
           ("pdf/court", "post", 10), ("pdf/cjk", "post", 6),
           ("pdf/encrypted", "post", 3), ("pdf/hostile", "post", 4),
           ("office/enron", "post", 8), ("office/odf", "post", 4),
           ("mail/eml/lists", "import", 30))
MAILS = 260


def tools():
    """Where things are that conf/install-packages and npm brought."""
    build = os.environ["DOSSIER_BUILD"]
    npm = os.path.join(build, "npm")
    subprocess.run([os.path.join(HERE, "install"), build], check=True,
                   stdout=subprocess.DEVNULL)
    return {"HERE": HERE, "NODE_PATH": os.path.join(npm, "node_modules"),
            "GOVFY": os.path.join(build, "tests/evidence/log"),
            "VNU": os.path.join(npm, "node_modules/vnu-jar/build/dist/"
                                "vnu.jar"),
            "GDPDU": os.path.join(ROOT,
                                  "../shared/reference/gdpdu-01-09-2004.dtd"),
            "DOSSIER": lib.DOSSIER}


class Bundle:
    """A bundle as it was delivered, and unpacked."""

    def __init__(self, name, folder, archive, vkeys, env):
        self.name, self.top = name, folder
        self.zip, self.bag = archive, archive
        if os.path.isfile(archive):
            with zipfile.ZipFile(archive) as z:
                z.extractall(os.path.join(folder, "bag"))
            self.bag = glob.glob(os.path.join(folder, "bag/*"))[0]
        known = os.path.join(folder, "known")
        with open(known, "wb") as f:
            subprocess.run(["hashdeep", "-r", "-l", "-c", "sha256", "data"],
                           cwd=self.bag, stdout=f, check=True)
        self.env = dict(os.environ, KNOWN=known, VKEYS=vkeys, **env)

    def has(self, needs):
        return all(os.path.exists(self.env.get(n[1:], ""))
                   if n.startswith("$") else
                   glob.glob(os.path.join(self.bag, n))
                   for n in (needs or "").split())

    def run(self, check, bag, archive):
        place = tempfile.mkdtemp(dir=self.top)
        try:
            return subprocess.run(
                ["bash", "-c", "set -euo pipefail\n" + check.command],
                env=dict(self.env, BAG=bag, ZIP=archive, T=place),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=600)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def broken(self, check):
        """A changed copy of what the check looks at."""
        place = tempfile.mkdtemp(dir=self.top)
        archive = os.path.join(place, "b.zip")
        bag = os.path.join(place, os.path.basename(self.bag))
        if check.zip:
            shutil.copy(self.zip, archive)
            check.breaker(archive)
        else:
            subprocess.run(["cp", "-a", "--reflink=auto", self.bag, bag],
                           check=True)
            check.breaker(bag)
        return place, bag, archive


BUNDLES = {}


def corpus_files(folder, most):
    paths = sorted(p for p in glob.glob(os.path.join(CORPUS, folder, "**"),
                                        recursive=True) if os.path.isfile(p))
    return paths[:most]


def fill(office, live):
    """The case of the corpus, everything in it filed by hand."""
    def dossier(*args):
        done = office.dossier(*args)
        assert done.returncode == 0, (args, done.stderr)
        return done.stdout.decode()

    dossier("client", "add", "Ettus Users", "--email",
            "usrp-users@lists.ettus.com")
    dossier("case", "open", "C-0001", "Radio that would not tune")
    case = dossier("case", "list").split("\t")[0]
    live.send(office, case)
    mails = os.path.join(office.top, "mails")
    os.mkdir(mails)
    subprocess.run(["tar", "--zstd", "-xf", os.path.join(CORPUS, MAIL),
                    "-C", mails], check=True)
    some = os.path.join(office.top, "some")
    os.mkdir(some)
    paths = sorted(p for p in glob.glob(mails + "/**", recursive=True)
                   if os.path.isfile(p))[:MAILS]
    for i, path in enumerate(paths):
        shutil.copy(path, os.path.join(some, "%04d.eml" % i))
    dossier("import", some, "--case", case)
    for folder, channel, most in FOLDERS:
        for path in corpus_files(folder, most):
            if not os.path.getsize(path):
                continue
            dossier("add", path, "--case", case, "--channel", channel)
    office.wait_read()
    return case


def build(office, case, profile, out):
    """A bundle of everything; what might belong to it is left out."""
    number = office.dossier("bundle", "new", case, "--profile",
                            profile).stdout.decode().split()[0]
    loose = [r["document"] for r in office.rows(
        "/api/v1/bundles/%s/loose" % number)]
    if loose:
        done = office.dossier("bundle", "leave-out", number, *loose,
                              "--reason", "another matter")
        assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [lib.DOSSIER, "bundle", "build", number, "-o", out],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=office.environment(
            DOSSIER_SOCKET=office.path("dossier.sock")))
    if done.returncode != 0:
        raise AssertionError(done.stdout.decode() +
                             "\n".join(office.lines[-20:]))


class Live:
    """A domain whose keys DNS has, and mails that it signed."""

    def __init__(self):
        self.domain = test_vouch.Vouch("test_pass")
        self.domain.setUpClass()
        self.dns = self.domain.dns
        self.conf = '\ndns {\n\tresolver = "127.0.0.1:%d"\n}\n' % \
            self.dns.port

    def send(self, office, case):
        for n in range(3):
            office.send(self.domain.signed(n))
        office.wait_for(lambda: 3 == len([
            e for e in office.rows("/api/v1/entries?limit=1000")
            if e["kind"] == "document.authenticated"]), "DNS")
        done = office.dossier("triage", "file", "D-000001", "D-000002",
                              "D-000003", "--case", case)
        assert done.returncode == 0, done.stderr


def corpus_bundles(env):
    top = tempfile.mkdtemp(prefix="corpus")
    outside = authority.Authority(top)
    live = Live()
    office = lib.Office(renditions=True)
    master = office.dossier("log", "key", "master").stdout.decode().strip()
    office.stop()
    witness = loglib.Witness(os.path.join(top, "witness"), "witness.example",
                             master)
    office.append(outside.conf() + witness.conf() + live.conf)
    env = dict(env, CA=outside.ca, TSA=outside.tsa, WITNESS=witness.key)
    with office:
        office.start()
        case = fill(office, live)
        keys = os.path.join(top, "vkeys")
        with open(keys, "w", encoding="ascii") as f:
            f.write(master + "\n")
        for profile in ("audit", "production"):
            folder = os.path.join(top, profile)
            os.mkdir(folder)
            archive = os.path.join(folder, "b.zip")
            build(office, case, profile, archive)
            BUNDLES[profile] = Bundle(profile, folder, archive, keys, env)
        office.stop()
    witness.close()
    outside.close()
    live.dns.close()


def demo_bundle(env):
    top = tempfile.mkdtemp(prefix="demo")
    for name in ("dossierd", "dossier", "dossier-reader",
                 "tests/tools/lmtpgen"):
        path = os.path.join(top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(os.path.join(os.environ["DOSSIER_BUILD"], name), path)
    done = subprocess.run([os.path.join(ROOT, "conf/demo/run"), top],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise AssertionError(done.stdout.decode())
    BUNDLES["demo"] = Bundle(
        "demo", tempfile.mkdtemp(dir=top),
        os.path.join(top, "demo/bundle"),
        os.path.join(top, "demo/log.vkey"), env)


def setUpModule():
    env = tools()
    demo_bundle(env)
    if os.path.isdir(CORPUS):
        corpus_bundles(env)


class Evidence(unittest.TestCase):
    def check(self, name, check):
        if name != "demo" and not os.path.isdir(CORPUS):
            self.skipTest("there is no ../shared/corpus")
        bundle = BUNDLES[name]
        if check.zip and not os.path.isfile(bundle.zip):
            self.skipTest("it was delivered as a folder")
        if not bundle.has(check.needs):
            self.assertNotEqual(name, "audit", "it has no " + check.needs)
            self.skipTest("this bundle has no " + check.needs)
        good = bundle.run(check, bundle.bag, bundle.zip)
        self.assertEqual(good.returncode, 0, good.stdout.decode()[-3000:])
        place, bag, archive = bundle.broken(check)
        bad = bundle.run(check, bag, archive)
        self.assertNotEqual(bad.returncode, 0,
                            "what was broken on purpose passed")
        shutil.rmtree(place)


def row(name, check):
    def test(self):
        self.check(name, check)
    test.__doc__ = "%s %s: %s" % (name, check.number, check.name)
    return test


for _name in ("demo", "audit", "production"):
    for _i, _check in enumerate(checks.CHECKS):
        setattr(Evidence, "test_%s_%02d" % (_name, _i), row(_name, _check))


if __name__ == "__main__":
    unittest.main()
