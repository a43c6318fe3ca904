# SPDX-License-Identifier: ISC
# check: timeout 120
"""
HylaFAX's own scripts: bin/faxrcvd and bin/notify of Debian's package, in its
own spool layout, call our hooks as their heads say.  faxgetty and faxsend,
which need a modem, are stood in for by their calls of these scripts; the
package is unpacked, nothing is installed or started.
"""
import glob
import os
import shutil
import stat
import subprocess
import tempfile
import unittest

import lib
import test_fax

PACKAGES = ("hylafax-server", "hylafax-client")
CACHE = """SBIN='%(sbin)s'
SED='sed'
AWK='awk'
GREP='grep'
CAT='cat'
SENDMAIL='%(sendmail)s'
SENDFAX='/bin/false'
TIFFBIN='/usr/bin'
DATE='date'
CHMOD='chmod'
MKDIR='mkdir'
RM='rm'
MV='mv'
CP='cp'
TTYCMD='tty'
TEMPLATE='en'
"""
DISPATCH = """SENDTO=
NOTIFY_FAXMASTER=never
bin/faxrcvd-dossier "$FILE" "$DEVICE" "$COMMID" "$MSG" \\
    "$CALLID1" "$CALLID2"
"""
NOTIFY = 'bin/notify-dossier "$QFILE" "$WHY" "$JTIME" "$NEXT"\n'


def unpack(folder):
    """The packages as Debian ships them, beneath the folder."""
    env = dict(os.environ, HOME=folder)
    r = subprocess.run(["apt-get", "-qq", "download", *PACKAGES], cwd=folder,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       timeout=lib.PATIENCE, check=False, env=env)
    if r.returncode:
        raise unittest.SkipTest("hylafax-server cannot be fetched: %s" %
                                r.stderr.decode().strip()[-200:])
    for deb in glob.glob(os.path.join(folder, "*.deb")):
        subprocess.run(["dpkg", "-x", deb, folder], check=True)


@unittest.skipUnless(shutil.which("apt-get") and shutil.which("dpkg"),
                     "no apt here")
class Hylafax(test_fax.Fax):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = tempfile.mkdtemp(prefix="h")
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        os.chmod(cls.root, 0o755)
        unpack(cls.root)

    def setUp(self):
        self.office = lib.Office(conf=test_fax.FAST)
        self.addCleanup(self.office.close)
        self.count = 0
        # Debian's spool, with the files of its configuration in etc.
        self.spool = os.path.join(self.office.top, "hylafax")
        shutil.copytree(os.path.join(self.root, "var/spool/hylafax"),
                        self.spool, symlinks=True)
        for path in glob.glob(os.path.join(self.root, "etc/hylafax/*")):
            if os.path.isdir(path):
                shutil.copytree(path, os.path.join(
                    self.spool, "etc", os.path.basename(path)),
                    dirs_exist_ok=True)
        for path in glob.glob(os.path.join(test_fax.HOOKS, "*")):
            shutil.copy(path, os.path.join(self.spool, "bin"))
        sendmail = os.path.join(self.office.top, "sendmail")
        with open(sendmail, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\ncat >>%s.sent\n" % sendmail)
        os.chmod(sendmail, stat.S_IRWXU)
        for name, text in (
                ("setup.cache", CACHE % {
                    "sbin": os.path.join(self.root, "usr/lib/hylafax/bin"),
                    "sendmail": sendmail}),
                ("FaxDispatch", DISPATCH), ("FaxNotify", NOTIFY)):
            self.spooled("etc/" + name, text)

    def script(self, name, *args, **env):
        """bin/faxrcvd or bin/notify, in the spool, as the daemons do."""
        r = subprocess.run(
            [os.path.join("bin", name), *args], cwd=self.spool, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
            env=lib.Office.environment(
                DOSSIER_FAX=self.office.path("drop", "fax"),
                FAXINFO=os.path.join(self.root,
                                     "usr/lib/hylafax/bin/faxinfo"),
                LD_LIBRARY_PATH=os.path.join(self.root, "usr/lib/hylafax"),
                TMPDIR=self.office.top, **env))
        self.assertEqual(r.returncode, 0, r.stderr.decode())
        return r.stderr.decode()

    def test_faxrcvd(self):
        tiff = test_fax.sample("libtiff.net/G31D.TIF")
        self.spooled("recvq/fax000000012.tif", tiff)
        self.spooled("log/c000000034", test_fax.LOG)
        self.script("faxrcvd", "recvq/fax000000012.tif", "ttyS0",
                    "000000034", "", "+442079460001", "Jane Roe", "5551212")
        (row, body, raw), = self.taken()
        self.assertEqual(raw, tiff)
        facts = body["sidecar"]
        self.assertEqual(
            (facts["caller"], facts["name"], facts["commid"], facts["device"],
             facts["result"], facts["errors"], facts["pages"]),
            ("+442079460001", "Jane Roe", "000000034", "ttyS0", "ok", 7, 1))
        self.assertEqual(row["direction"], "in")
        with open(os.path.join(self.spool, "recvq/fax000000012.tif"),
                  "rb") as f:
            self.assertEqual(f.read(), tiff)

    def test_faxrcvd_of_a_failed_call(self):
        self.script("faxrcvd", "recvq/none.tif", "ttyS0", "000000036",
                    "RSPREC error/got DCN", "+442079460001", "")
        (row, body, raw), = self.taken()
        self.assertEqual(body["sidecar"]["result"], "failed")
        self.assertEqual(body["sidecar"]["commid"], "000000036")
        self.assertIn(b"RSPREC error/got DCN", raw)
        self.assertEqual(row["direction"], "in")

    def test_notify(self):
        tiff = test_fax.sample("derived/cn1-204x196-g4.tif")
        self.spooled("docq/doc12.cover", b"%!PS-Adobe-3.0\n% cover\n")
        self.spooled("docq/doc12.tif.57", tiff)
        self.job()
        self.script("notify", "doneq/q57", "done", "1:07")
        got = self.taken(2)
        self.assertEqual([raw for _, _, raw in got],
                         [b"%!PS-Adobe-3.0\n% cover\n", tiff])
        self.assertEqual({b["sidecar"]["job"] for _, b, _ in got}, {"57"})
        self.assertEqual({b["sidecar"]["result"] for _, b, _ in got}, {"ok"})
        self.job(npages="0", dials="3", status="Busy signal detected")
        self.script("notify", "doneq/q57", "requeued", "0:20", "10:45")
        (_, body, raw), = self.taken()
        self.assertEqual((body["sidecar"]["result"],
                          body["sidecar"]["next try"]), ("retry", "10:45"))
        self.assertIn(b"tried again", raw)


# What the hooks do when they are called directly is shown there.
for _name in dir(test_fax.Fax):
    if _name.startswith("test_"):
        setattr(Hylafax, _name, None)
del test_fax.Fax

if __name__ == "__main__":
    unittest.main()
