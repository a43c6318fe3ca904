# SPDX-License-Identifier: ISC
"""
loadfiles: what others' tools say of a bag and of load files, each tool on a
good one and on a broken one.
"""
import os
import shutil
import subprocess
import tempfile
import unittest

from lib import BUILD

BUNDLEGEN = os.path.join(BUILD, "tests/tools/bundlegen")
PUBLISHED = os.path.join(os.environ.get("DOSSIER_CORPUS", "../shared/corpus"),
                         "../reference/gdpdu-01-09-2004.dtd")
DELIMITER = ["-d", "\x14", "-q", "þ", "-e", "utf-8-sig"]


def tool(*args, cwd=None, text=None):
    return subprocess.run(args, cwd=cwd, input=text, text=True,
                          capture_output=True, timeout=120)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.bag = os.path.join(self.folder, "bag")
        subprocess.run([BUNDLEGEN, self.bag, "6"], check=True)
        self.volume = os.path.join(self.bag, "data/production/VOL001")
        self.audit = os.path.join(self.bag, "data/audit")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def swap(self, path, old, new):
        with open(path, "rb") as f:
            data = f.read()
        self.assertIn(old, data)
        with open(path, "wb") as f:
            f.write(data.replace(old, new, 1))

    def sums(self):
        codes = []
        for kind in "sha256", "sha512":
            codes.append(tool(
                kind + "sum", "-c", "--quiet", "--strict",
                f"manifest-{kind}.txt", f"tagmanifest-{kind}.txt",
                cwd=self.bag).returncode)
        return codes

    def test_sums(self):
        self.assertEqual(self.sums(), [0, 0])
        self.swap(os.path.join(self.volume, "TEXT/0001/FELD-0000001.txt"),
                  b"text", b"test")
        self.assertEqual(self.sums(), [1, 1])

    def test_dat(self):
        dat = os.path.join(self.volume, "DATA/VOL001.dat")
        said = tool("csvclean", "-n", *DELIMITER, dat).stdout
        self.assertIn("No errors.", said)
        said = tool("csvcut", *DELIMITER, "-c", "BEGDOC,SUBJECT", dat).stdout
        self.assertIn('FELD-0000001,"Kauf <""=A1""> & 安®2nd line"', said)
        self.assertEqual(len(said.splitlines()), 5)
        self.swap(dat, "þ\x14þ".encode(), b"")
        self.assertNotIn("No errors.",
                         tool("csvclean", "-n", *DELIMITER, dat).stdout)

    def natives(self):
        dat = os.path.join(self.volume, "DATA/VOL001.dat")
        rows = tool("csvcut", *DELIMITER, "-c", "SHA256HASH,NATIVELINK",
                    dat).stdout.splitlines()[1:]
        lines = [r.replace("\\", "/").replace(",", "  ", 1) for r in rows
                 if r != ","]
        self.assertEqual(len(lines), 3)
        return tool("sha256sum", "-c", "--strict", "-", cwd=self.volume,
                    text="\n".join(lines) + "\n").returncode

    def test_natives(self):
        self.assertEqual(self.natives(), 0)
        self.swap(os.path.join(self.volume, "NATIVES/0001/FELD-0000004.tif"),
                  b"native", b"nativf")
        self.assertEqual(self.natives(), 1)

    def opt(self):
        path = os.path.join(self.volume, "DATA/VOL001.opt")
        return tool("awk", "-F,", '{sub(/\\r$/, "")} NF != 7 || '
                    '(NR == 1 && $4 != "Y") {exit 1} {n += $7} '
                    'END {if (n != 7) exit 1}', path).returncode

    def test_opt(self):
        self.assertEqual(self.opt(), 0)
        self.swap(os.path.join(self.volume, "DATA/VOL001.opt"), b",Y,", b",")
        self.assertEqual(self.opt(), 1)

    def test_edrm(self):
        path = os.path.join(self.volume, "DATA/VOL001.edrm.xml")
        self.assertEqual(tool("xmllint", "--noout", path).returncode, 0)
        orphans = "count(//Relationship[not(@ParentDocID=//Document/@DocID)])"
        for what, n in (("count(//Document)", "4"), (orphans, "0"),
                        ("count(//Relationship)", "1")):
            self.assertEqual(tool("xmllint", "--xpath", what,
                                  path).stdout.strip(), n)
        self.swap(path, b'ParentDocID="FELD-0000001', b'ParentDocID="X')
        self.assertEqual(tool("xmllint", "--xpath", orphans,
                              path).stdout.strip(), "1")
        self.swap(path, b"</Root>", b"")
        self.assertNotEqual(tool("xmllint", "--noout", path).returncode, 0)

    def index(self):
        return tool("xmllint", "--noout", "--valid", "--nonet",
                    os.path.join(self.audit, "index.xml")).returncode

    def test_index(self):
        """With our DTD, then with the published one in its place."""
        ours = os.path.join(self.audit, "gdpdu-01-09-2004.dtd")
        index = os.path.join(self.audit, "index.xml")
        shutil.copy(index, index + ".good")
        for dtd in ours, PUBLISHED:
            if not os.path.exists(dtd):
                self.skipTest("the published DTD is not here")
            if dtd != ours:
                shutil.copyfile(dtd, ours)
            self.assertEqual(self.index(), 0)
            self.swap(index, b"<UTF8/>", b"<UTF9/>")
            self.assertNotEqual(self.index(), 0)
            shutil.copy(index + ".good", index)

    def test_table(self):
        """As many columns in each row as are described."""
        path = os.path.join(self.audit, "events.txt")
        n = tool("xmllint", "--xpath",
                 "count(//VariableColumn | //VariablePrimaryKey)",
                 os.path.join(self.audit, "index.xml")).stdout.strip()
        said = tool("csvcut", "-d", ";", "-n", path).stdout.splitlines()
        self.assertEqual(str(len(said)), n)
        self.assertIn("No errors.",
                      tool("csvclean", "-n", "-d", ";", path).stdout)
        self.swap(path, b";", b"")
        self.assertNotIn("No errors.",
                         tool("csvclean", "-n", "-d", ";", path).stdout)


if __name__ == "__main__":
    unittest.main()
