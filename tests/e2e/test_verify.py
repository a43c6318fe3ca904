# SPDX-License-Identifier: ISC
"""
verify: `dossier verify' on a small bundle and on broken copies of it: each
check has a breaker of its own, and the first broken thing must be that one.
Bundles come from bundlegen, seals and stamps from openssl.

check: timeout 600
"""
import hashlib
import json
import os
import shutil
import struct
import subprocess
import tempfile
import unittest
import zipfile

from lib import BUILD, DOSSIER

BUNDLEGEN = os.path.join(BUILD, "tests/tools/bundlegen")
DATA = "data/production/VOL001/"
DAT = DATA + "DATA/VOL001.dat"
OPT = DATA + "DATA/VOL001.opt"
XML = DATA + "DATA/VOL001.edrm.xml"
LINE = "data/timeline/timeline."
TSA_CONF = """
[tsa]
default_tsa = one
[one]
serial = serial
digests = sha256, sha512
default_policy = 1.2.3.4
signer_digest = sha256
signer_cert = tsa.pem
signer_key = tsa.key
certs = ca.pem
"""


def run(*args, **more):
    return subprocess.run(args, check=True, capture_output=True, **more)


def read(*parts):
    with open(os.path.join(*parts), "rb") as f:
        return f.read()


def write(data, *parts):
    with open(os.path.join(*parts), "wb") as f:
        f.write(data)


def swap(path, old, new):
    """Replaces bytes that must be there, once."""
    data = read(path)
    assert old in data, (path, old)
    write(data.replace(old, new, 1), path)


def flip(path, at):
    data = bytearray(read(path))
    data[at] ^= 1
    write(bytes(data), path)


def files(bag):
    for folder, _, names in os.walk(bag):
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), bag)


def reseal(bag):
    """New manifests and Payload-Oxum: what a forger would make."""
    payload = sorted(n for n in files(bag) if n.startswith("data/"))
    size = sum(os.path.getsize(os.path.join(bag, n)) for n in payload)
    info = read(bag, "bag-info.txt").decode().splitlines(True)
    write("".join(f"Payload-Oxum: {size}.{len(payload)}\n"
                  if x.startswith("Payload-Oxum") else x
                  for x in info).encode(), bag, "bag-info.txt")
    for tags in ("", "tag"):
        names = payload if not tags else sorted(
            n for n in files(bag) if not n.startswith(
                ("data/", "seal/", "tagmanifest-")))
        for kind in ("sha256", "sha512"):
            write("".join(
                hashlib.new(kind, read(bag, n)).hexdigest() + "  " + n + "\n"
                for n in names).encode(),
                bag, f"{tags}manifest-{kind}.txt")


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.good = os.path.join(cls.folder, "bundle")
        cls.earlier = os.path.join(cls.folder, "earlier")
        run(BUNDLEGEN, cls.good, "300")
        run(BUNDLEGEN, cls.earlier, "257")
        cls.key = cls.good + ".vkey"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def copy(self, of=None):
        bag = os.path.join(tempfile.mkdtemp(dir=self.folder), "bag")
        shutil.copytree(of or self.good, bag)
        return bag

    def verify(self, path, *options):
        """The exit code, the first broken check, all checks by name."""
        p = subprocess.run([DOSSIER, "verify", "--json", *options, path],
                           capture_output=True, text=True, timeout=120)
        self.assertIn(p.returncode, (0, 7), p.stderr)
        answer = json.loads(p.stdout)
        checks = {c["check"]: c for c in answer["checks"]}
        self.assertEqual(p.returncode == 7, answer["result"] == "broken")
        self.said = p.stderr
        return p.returncode, answer["first_broken"], checks

    def is_good(self, path, *options):
        code, first, checks = self.verify(path, *options)
        self.assertEqual((code, first), (0, None), self.said)
        return checks

    def is_broken(self, check, path, *options):
        code, first, checks = self.verify(path, *options)
        self.assertEqual((code, first), (7, check), self.said)
        return checks[check]["text"]


class Good(Case):
    def test_folder(self):
        checks = self.is_good(self.good, "--key", self.key)
        states = {n: c["state"] for n, c in checks.items()}
        absent = {"seal", "stamp", "master-stamp", "export", "earlier"}
        self.assertEqual({n for n, s in states.items() if s == "absent"},
                         absent)
        self.assertEqual({s for n, s in states.items() if n not in absent},
                         {"ok"})
        self.assertIn("150 of 300", checks["commitments"]["text"])
        self.assertIn("all 2 produced", checks["bound-arrivals"]["text"])

    def test_without_key(self):
        self.assertEqual(self.is_good(self.good)["key"]["state"], "partly")

    def test_text(self):
        p = run(DOSSIER, "verify", self.good, "--lang", "zh", text=True)
        self.assertIn("案件日志", p.stdout)
        self.assertEqual(len(p.stdout.splitlines()), 20)

    def test_zip(self):
        for kind in zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED:
            path = os.path.join(self.folder, f"b{kind}.zip")
            with zipfile.ZipFile(path, "w", kind) as z:
                for name in sorted(files(self.good)):
                    z.write(os.path.join(self.good, name), "base/" + name)
            self.is_good(path, "--key", self.key)

    def test_earlier(self):
        for one, other in ((self.good, self.earlier),
                           (self.earlier, self.good)):
            checks = self.is_good(one, "--earlier", other)
            self.assertEqual(checks["earlier"]["state"], "ok")

    def test_lone(self):
        for kind in "csv", "jsonl", "xlsx":
            path = os.path.join(self.good, LINE + kind)
            checks = self.is_good(path)
            self.assertEqual(checks["timeline"]["state"], "partly")
            self.assertIn("4 rows", checks["timeline"]["text"])

    def test_no_such(self):
        p = subprocess.run([DOSSIER, "verify", "/nowhere"],
                           capture_output=True)
        self.assertEqual(p.returncode, 3)

    def test_given_files(self):
        empty = os.path.join(self.folder, "empty")
        write(b"", empty)
        large = os.path.join(self.folder, "large")
        for size, code in ((1 << 20, 7), ((1 << 20) + 1, 1)):
            write(b"x" * size, large)
            p = subprocess.run([DOSSIER, "verify", "--key", large, self.good],
                               capture_output=True)
            self.assertEqual(p.returncode, code)
        p = subprocess.run([DOSSIER, "verify", "--ca", empty, self.good],
                           capture_output=True)
        self.assertEqual(p.returncode, 1)


class Bag(Case):
    """What stands wrong around the files."""

    def test_changed(self):
        for name, check in (
                (DATA + "NATIVES/0001/FELD-0000001.eml", "manifests"),
                (LINE + "csv", "manifests"),
                ("proof/case/checkpoint", "tagmanifests"),
                ("proof/case/tile/0/000", "tagmanifests"),
                ("proof/keys.vkey", "tagmanifests")):
            bag = self.copy()
            flip(os.path.join(bag, name), 3)
            self.assertIn(name, self.is_broken(check, bag))

    def test_one_manifest_only(self):
        """A forger who has corrected one of the two."""
        for kind in "sha256", "sha512":
            bag = self.copy()
            keep = read(bag, f"manifest-{kind}.txt")
            flip(os.path.join(bag, DATA + "TEXT/0001/FELD-0000001.txt"), 0)
            reseal(bag)
            write(keep, bag, f"manifest-{kind}.txt")
            self.assertIn(kind, self.is_broken("manifests", bag))

    def test_added_and_gone(self):
        bag = self.copy()
        write(b"x", bag, "data/more.txt")
        self.assertIn("added", self.is_broken("manifests", bag))
        bag = self.copy()
        write(b"x", bag, "proof/more.txt")
        self.assertIn("added", self.is_broken("tagmanifests", bag))
        bag = self.copy()
        write(b"x", bag, "more.txt")
        self.is_broken("tagmanifests", bag)
        bag = self.copy()
        os.remove(os.path.join(bag, DATA + "TEXT/0001/FELD-0000001.txt"))
        self.assertIn("missing", self.is_broken("manifests", bag))
        for name in ("manifest-sha512.txt", "tagmanifest-sha256.txt"):
            bag = self.copy()
            os.remove(os.path.join(bag, name))
            self.assertEqual(self.verify(bag)[0], 7)

    def test_line_gone(self):
        bag = self.copy()
        lines = read(bag, "manifest-sha256.txt").splitlines(True)
        write(b"".join(lines[1:]), bag, "manifest-sha256.txt")
        self.is_broken("manifests", bag)

    def test_oxum(self):
        bag = self.copy()
        swap(os.path.join(bag, "bag-info.txt"), b"Payload-Oxum: ",
             b"Payload-Oxum: 1")
        tags = read(bag, "bag-info.txt")
        for kind in "sha256", "sha512":
            path = os.path.join(bag, f"tagmanifest-{kind}.txt")
            old = hashlib.new(kind, read(self.good, "bag-info.txt"))
            swap(path, old.hexdigest().encode(),
                 hashlib.new(kind, tags).hexdigest().encode())
        self.is_broken("payload-oxum", bag)

    def test_structure(self):
        def change(name, data):
            bag = self.copy()
            write(data, bag, name)
            self.is_broken("structure", bag)
        change("bagit.txt", b"\xef\xbb\xbf" + read(self.good, "bagit.txt"))
        change("bagit.txt", b"")
        change("bag-info.txt", b"Payload-Oxum: 1.1")
        change("fetch.txt", b"")
        change("data/README.HTML.", b"")
        change("data/a b", b"")
        change("data/nul.txt", b"")
        change("data/a%41", b"")
        change("data/production/vol001", b"")
        for name in ("bagit.txt", "bag-info.txt"):
            bag = self.copy()
            os.remove(os.path.join(bag, name))
            self.is_broken("structure", bag)

    def test_links_and_pipes(self):
        bag = self.copy()
        os.symlink("/etc/passwd", os.path.join(bag, "data/link"))
        self.is_broken("structure", bag)
        bag = self.copy()
        os.symlink("/etc", os.path.join(bag, "data/folder"))
        self.is_broken("structure", bag)
        bag = self.copy()
        os.mkfifo(os.path.join(bag, "data/pipe"))
        self.is_broken("structure", bag)

    def test_depth(self):
        for depth, code in ((14, "manifests"), (15, "structure")):
            bag = self.copy()
            deep = os.path.join(bag, "data", *(["d"] * depth))
            os.makedirs(deep)
            write(b"", deep, "x")
            self.is_broken(code, bag)


class Zip(Case):
    """Archives that want more than to be read."""

    def zip(self, more=None, skip=()):
        path = tempfile.mktemp(dir=self.folder, suffix=".zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
            for name in sorted(files(self.good)):
                if name not in skip:
                    z.write(os.path.join(self.good, name), "b/" + name)
            if more:
                more(z)
        return path

    def test_names(self):
        for name in ("b/../../x", "../x", "/x", "b//x", "x", "c/x", "b/a b",
                     "b/data/../x", "b/data\\..\\x", "b/CON"):
            self.is_broken("structure", self.zip(
                lambda z, n=name: z.writestr(zipfile.ZipInfo(n), b"")))

    def test_twice(self):
        def twice(z):
            z.writestr("b/bagit.txt", read(self.good, "bagit.txt"))
        self.is_broken("structure", self.zip(twice))

    def test_link(self):
        def link(z):
            info = zipfile.ZipInfo("b/data/link")
            info.create_system = 3
            info.external_attr = 0o120777 << 16
            z.writestr(info, "/etc/passwd")
        self.is_broken("structure", self.zip(link))

    def test_encrypted(self):
        path = self.zip()
        data = bytearray(read(path))
        at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"PK\x05\x06"))
        name = struct.unpack_from("<I", data, at + 42)[0]
        for flags in (at + 8, name + 6):
            data[flags] |= 1
        write(bytes(data), path)
        self.is_broken("structure", path)

    def test_bomb(self):
        def bomb(z):
            z.writestr("b/data/zero", b"\0" * (64 << 20))
        path = self.zip(bomb)
        self.assertLess(os.path.getsize(path), 300000)
        self.assertIn("unpacks", self.is_broken("structure", path))

    def test_ratio(self):
        """Zeros in an archive just large enough for them, and in one that
        is a byte smaller."""
        def filled(zeros, rest):
            def more(z):
                z.writestr("b/data/zero", b"\0" * zeros)
                z.writestr(zipfile.ZipInfo("b/data/rest"), b"r" * rest)
            return self.zip(more)
        plain = sum(os.path.getsize(os.path.join(self.good, n))
                    for n in files(self.good))
        zeros = 200 * 1200 * (os.path.getsize(filled(0, 0)) + 50000) // 1000
        size = os.path.getsize(filled(zeros, 0))
        rest = ((plain + zeros) // 200 - size) * 200 // 199
        while (plain + zeros + rest) // 200 > size + rest:
            rest += 1
        self.assertGreater(rest, 0)
        self.assertIn("added", self.is_broken("manifests",
                                              filled(zeros, rest)))
        while (plain + zeros + rest) // 200 <= size + rest:
            rest -= 1
        self.assertIn("unpacks", self.is_broken("structure",
                                                filled(zeros, rest)))

    def test_cut(self):
        data = read(self.zip())
        path = os.path.join(self.folder, "cut.zip")
        for n in (len(data) - 1, len(data) // 2, 30, 5):
            write(data[:n], path)
            self.is_broken("structure", path)

    def test_kept(self):
        """As many bytes of proof as are kept, and one more."""
        used = sum(os.path.getsize(os.path.join(self.good, n))
                   for n in files(self.good) if not n.startswith("data/")
                   and n != "proof/case/disclosed.jsonl")
        for more, check in ((0, "tagmanifests"), (1, "structure")):
            bag = self.copy()
            path = os.path.join(bag, "proof/more")
            write(b"", path)
            os.truncate(path, (256 << 20) - used + more)
            self.is_broken(check, bag)

    def test_flipped(self):
        """Whatever is flipped, it ends with 0 or 7 and never by a signal."""
        data = read(self.zip())
        path = os.path.join(self.folder, "flipped.zip")
        for at in range(0, len(data), max(1, len(data) // 60)):
            changed = bytearray(data)
            changed[at] ^= 0x81
            write(bytes(changed), path)
            self.verify(path)
            self.assertNotIn("signal", self.said)


class Log(Case):
    """Forgeries that come with manifests of their own."""

    def forged(self, check, name, old, new, *options):
        bag = self.copy()
        swap(os.path.join(bag, name), old, new)
        reseal(bag)
        return self.is_broken(check, bag, *options)

    def test_key(self):
        other = os.path.join(self.folder, "other.vkey")
        write(read(self.key).replace(b"001122", b"001123"), other)
        self.is_broken("key", self.good, "--key", other)
        write(b"not a key\n", other)
        self.is_broken("key", self.good, "--key", other)

    def test_checkpoint(self):
        name = "proof/case/checkpoint"
        text = read(self.good, name).decode()
        lines = text.split("\n")
        self.forged("case-checkpoint", name, lines[2].encode(),
                    lines[2].replace(lines[2][5], "A" if lines[2][5] != "A"
                                     else "B", 1).encode())
        self.forged("case-checkpoint", name, b"\n300\n", b"\n299\n")
        self.forged("case-checkpoint", name, b"\n\n", b"\nmore\n\n")
        self.forged("case-checkpoint", "bag-info.txt",
                    b"Log-Tree-Size: 300", b"Log-Tree-Size: 301")
        bag = self.copy()
        os.remove(os.path.join(bag, name))
        reseal(bag)
        self.is_broken("case-checkpoint", bag)

    def test_older_head(self):
        """A head that was signed once, over fewer entries than are here."""
        bag = self.copy()
        for name in ("proof/case/checkpoint",
                     "proof/case-checkpoint.tlog-proof"):
            write(read(self.earlier, name), bag, name)
        swap(os.path.join(bag, "bag-info.txt"), b"Size: 300", b"Size: 257")
        reseal(bag)
        self.is_broken("case-tree", bag)

    def test_tree(self):
        self.forged("case-tree", "proof/case/tile/entries/000",
                    b"note.added", b"note.xdded")
        self.forged("case-tree", "proof/case/tile/entries/001.p/44",
                    b'"case_seq":300', b'"case_seq":301')
        for tile in ("0/000", "1/000.p/1", "0/001.p/44"):
            bag = self.copy()
            flip(os.path.join(bag, "proof/case/tile", tile), 3)
            reseal(bag)
            self.assertIn(tile, self.is_broken("case-tree", bag))
        bag = self.copy()
        os.remove(os.path.join(bag, "proof/case/tile/entries/000"))
        reseal(bag)
        self.is_broken("case-tree", bag)

    def test_consistency(self):
        bag = self.copy()
        write(b"old 257\nsize 300\n", bag, "proof/case-consistency.txt")
        reseal(bag)
        self.is_broken("case-tree", bag)

    def test_disclosed(self):
        name = "proof/case/disclosed.jsonl"
        self.forged("commitments", name, b'dossierd', b'dossierx')
        self.forged("commitments", name, b'0404', b'0504')
        self.forged("commitments", name, b'"case_seq":2,', b'"case_seq":3,')
        self.forged("commitments", name, b'"case_seq":300,',
                    b'"case_seq":302,')
        self.forged("commitments", name, b'"case_seq":4,', b'"case_seq":2,')
        self.forged("commitments", name, b'{"case', b' {"case')
        self.forged("bound-arrivals", name, b'"bound_by":2,',
                    b'"bound_by":4,')
        self.forged("bound-arrivals", name, b'"bound_by":2,',
                    b'"bound_by":3,')
        bag = self.copy()
        data = read(bag, name)
        write(data[:-1], bag, name)
        reseal(bag)
        self.is_broken("commitments", bag)
        line = data.splitlines(True)[-1].replace(b"received", b"recieved")
        write(data + line, bag, name)
        reseal(bag)
        self.is_broken("bound-arrivals", bag)

    def test_nothing_bound(self):
        name = "proof/case/disclosed.jsonl"
        bag = self.copy()
        write(b"".join(x for x in read(bag, name).splitlines(True)
                       if b"bound_by" not in x), bag, name)
        reseal(bag)
        checks = self.is_good(bag)
        self.assertEqual(checks["bound-arrivals"]["state"], "partly")

    def test_master(self):
        name = "proof/case-checkpoint.tlog-proof"
        self.forged("master", name, b"index 3", b"index 2")
        lines = read(self.good, name).split(b"\n")
        self.forged("master", name, lines[2] + b"\n", b"")
        self.forged("master", name, lines[2], lines[3])
        self.forged("master", name, b"\n5\n", b"\n6\n")
        bag = self.copy()
        write(read(self.earlier, name), bag, name)
        reseal(bag)
        self.is_broken("master", bag)
        os.remove(os.path.join(bag, name))
        reseal(bag)
        self.is_broken("master", bag)

    def test_earlier(self):
        bag = self.copy(self.earlier)
        flip(os.path.join(bag, "proof/case/checkpoint"), 80)
        self.is_broken("earlier", self.good, "--earlier", bag)
        self.is_broken("earlier", self.good, "--earlier", self.key)
        empty = tempfile.mkdtemp(dir=self.folder)
        self.is_broken("earlier", self.good, "--earlier", empty)
        # Larger, and not what was signed.
        bag = self.copy()
        flip(os.path.join(bag, "proof/case/tile/entries/000"), 200)
        self.is_broken("earlier", self.earlier, "--earlier", bag)


class Tables(Case):
    def forged(self, check, name, old, new):
        bag = self.copy()
        swap(os.path.join(bag, name), old, new)
        reseal(bag)
        return self.is_broken(check, bag)

    def test_dat(self):
        self.forged("production", DAT, b"\xef\xbb\xbf", b"")
        self.forged("production", DAT, b"\xc3\xbeENDDOC", b"\xc3\xbeENDDOX")
        self.forged("production", DAT, b"\r\n", b"\n")
        self.forged("production", DAT, b"01/02/2026", b"2026-01-02")
        self.forged("production", DAT, b"FELD-0000004", b"FELD-0000002")
        self.forged("production", DAT, b"\xc3\xbeFELD-0000001\xc3\xbe\x14"
                    b"\xc3\xbeFELD-0000002", b"\xc3\xbeFELD-0000001\xc3\xbe"
                    b"\x14\xc3\xbeFELD-0000003")
        rows = read(self.good, DAT).split(b"\r\n")
        self.forged("production", DAT, rows[2] + b"\r\n", b"")
        bag = self.copy()
        os.remove(os.path.join(bag, DAT))
        reseal(bag)
        self.is_broken("production", bag)

    def test_opt(self):
        self.forged("production", OPT, b",Y,,,3", b",Y,,,4")
        self.forged("production", OPT, b"FELD-0000003,", b"FELD-0000002,")
        self.forged("production", OPT, b",Y,,,2\r\n", b",,,,\r\n")
        self.forged("production", OPT, b"\r\n", b"\n")
        rows = read(self.good, OPT).split(b"\r\n")
        self.forged("production", OPT, rows[3] + b"\r\n", b"")
        self.forged("production", OPT, rows[3] + b"\r\n",
                    rows[3] + b"\r\n" + rows[3] + b"\r\n")

    def test_edrm(self):
        self.forged("production", XML, b'DocID="FELD-0000003"',
                    b'DocID="FELD-0000009"')
        self.forged("production", XML, b'"SHA256HASH" TagDataType="Text" '
                    b'TagValue="', b'"SHA256HASH" TagDataType="Text" '
                    b'TagValue="0')
        self.forged("production", XML, b"</Batch>", b"")
        self.forged("production", XML, b"<Root", b"<!DOCTYPE Root [<!ENTITY "
                    b"x \"y\">]><Root")
        self.forged("production", XML, b"&lt;", b"&x;")
        self.forged("natives", XML, b'FileSize="', b'FileSize="1')

    def test_natives(self):
        native = DATA + "NATIVES/0001/FELD-0000001.eml"
        bag = self.copy()
        flip(os.path.join(bag, native), 3)
        reseal(bag)
        self.assertIn(native, self.is_broken("natives", bag))
        bag = self.copy()
        os.remove(os.path.join(bag, native))
        reseal(bag)
        self.assertIn(native, self.is_broken("natives", bag))
        for name in ("NATIVES/0001/more.eml", "IMAGES/0001/more.pdf"):
            bag = self.copy()
            write(b"x", bag, DATA + name)
            reseal(bag)
            self.assertIn("no load file",
                          self.is_broken("natives", bag))

    def test_timeline(self):
        self.forged("timeline", LINE + "csv", b"Kauf", b"kauf")
        self.forged("timeline", LINE + "jsonl", b"Kauf", b"kauf")
        self.forged("timeline", LINE + "csv", b"'=HYPER", b"=HYPER")
        self.forged("timeline", LINE + "csv", b"\xef\xbb\xbf", b"")
        self.forged("timeline", LINE + "jsonl", b'"row":1,', b'"row":"1",')
        self.forged("timeline", LINE + "jsonl", b'{"bates', b' {"bates')
        rows = read(self.good, LINE + "csv").split(b"\r\n")
        self.forged("timeline", LINE + "csv", rows[-2] + b"\r\n", b"")
        bag = self.copy()
        os.remove(os.path.join(bag, LINE + "jsonl"))
        reseal(bag)
        self.is_broken("timeline", bag)

    def book(self, old, new, number=1):
        """The workbook with one tab changed."""
        bag = self.copy()
        path = os.path.join(bag, LINE + "xlsx")
        tab = "xl/worksheets/sheet%d.xml" % number
        with zipfile.ZipFile(path) as z:
            parts = {n: z.read(n) for n in z.namelist()}
        self.assertIn(old, parts[tab])
        parts[tab] = parts[tab].replace(old, new, 1)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
            for name, data in parts.items():
                z.writestr(name, data)
        reseal(bag)
        return self.is_broken("timeline", bag)

    def test_book(self):
        self.book(b"Kauf", b"kauf")
        self.book(b"<v>-17</v>", b"<v>17</v>")
        self.book(b"case_seq", b"case_sex")
        self.assertIn("formula", self.book(b"<v>-17</v>",
                                           b"<f>-17</f><v>-17</v>"))
        self.book(b"</sheetData>", b"")
        self.book(b'r="A2"', b'r="ZZZ2"')
        self.book(b'r="B2"', b'r="A2"')
        # Its documents are those of the load files.
        for old, new in ((b"FELD-0000001<", b"FELD-0000009<"),
                         (b"SHA256HASH", b"SHA256HUSH"),
                         (b"</sheetData>", b'<row r="9"><c r="A9" '
                          b't="inlineStr"><is><t>FELD-0000009</t></is></c>'
                          b"</row></sheetData>")):
            self.book(old, new, 2)
        self.assertIn("formula", self.book(
            b"<is><t>FELD-0000001<", b"<f>1</f><is><t>FELD-0000001<", 2))
        self.book(b"<worksheet", b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet")
        bag = self.copy()
        flip(os.path.join(bag, LINE + "xlsx"), 2000)
        reseal(bag)
        self.is_broken("timeline", bag)

    def test_book_size(self):
        """A workbook as large as is read, and one byte more."""
        path = os.path.join(self.folder, "zeros.xlsx")
        for size, words in ((128 << 20, "form"), ((128 << 20) + 1, "longer")):
            write(b"PK\3\4", path)
            os.truncate(path, size)
            self.assertIn(words, self.is_broken("timeline", path))

    def test_book_rows(self):
        """A tab with as many rows as are read, and with one more."""
        path = os.path.join(self.folder, "rows.xlsx")
        for rows in (4000000, 4000001):
            shutil.copy(os.path.join(self.good, LINE + "xlsx"), path)
            with zipfile.ZipFile(path, "a") as z:
                z.writestr("xl/worksheets/sheet9.xml",
                           b"<x>" + b"<row/>" * rows + b"</x>")
            if rows == 4000000:
                self.is_good(path)
            else:
                self.assertIn("longer", self.is_broken("timeline", path))

    def test_all_formats_forged(self):
        """All say the same, and cite what the load files do not have."""
        bag = self.copy()
        for name in ("csv", "jsonl"):
            swap(os.path.join(bag, LINE + name), b"FELD-0000004",
                 b"FELD-0000005")
        os.remove(os.path.join(bag, LINE + "xlsx"))
        reseal(bag)
        self.assertIn("FELD-0000005", self.is_broken("timeline", bag))

    def test_audit(self):
        self.forged("audit", "data/audit/index.xml", b"<Name>case_seq<",
                    b"<Name>case_sex<")
        self.forged("audit", "data/audit/index.xml", b"events.txt",
                    b"other.txt")
        self.forged("audit", "data/audit/index.xml", b"</Media>", b"")
        self.forged("audit", "data/audit/events.txt", b"\r\n", b"\n")
        self.forged("audit", "data/audit/events.txt", b"1;2;", b"1;3;")
        rows = read(self.good, "data/audit/events.txt").split(b"\r\n")
        self.forged("audit", "data/audit/events.txt", rows[2] + b"\r\n", b"")
        bag = self.copy()
        os.remove(os.path.join(bag, "data/audit/events.txt"))
        reseal(bag)
        self.is_broken("audit", bag)


class Seal(Case):
    """With an authority of the test's own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        f = cls.folder
        for name in "ca", "other":
            cls.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes",
                        "-keyout", name + ".key", "-out", name + ".pem",
                        "-subj", "/CN=" + name, "-days", "30")
        for name, usage in (("seal", "digitalSignature"),
                            ("tsa", "digitalSignature")):
            cls.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout",
                        name + ".key", "-out", name + ".csr", "-subj",
                        f"/CN={name} of Feld & Partner")
            ext = "keyUsage=critical," + usage + "\n"
            if name == "tsa":
                ext += "extendedKeyUsage=critical,timeStamping\n"
            write(ext.encode(), f, name + ".ext")
            cls.openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem",
                        "-CAkey", "ca.key", "-CAcreateserial", "-out",
                        name + ".pem", "-days", "30", "-extfile",
                        name + ".ext")
        write(TSA_CONF.encode(), f, "tsa.conf")
        write(b"01\n", f, "serial")
        cls.ca = os.path.join(f, "ca.pem")
        cls.other = os.path.join(f, "other.pem")
        os.mkdir(os.path.join(cls.good, "seal"))
        sealed = os.path.join(cls.good, "tagmanifest-sha512.txt")
        out = os.path.join(cls.good, "seal/tagmanifest-sha512.txt")
        cls.openssl("cms", "-sign", "-binary", "-cades", "-md", "sha256",
                    "-in", sealed, "-signer", "seal.pem", "-inkey",
                    "seal.key", "-outform", "DER", "-out", out + ".p7s")
        cls.stamp(sealed, out + ".tsr")
        proof = read(cls.good, "proof/case-checkpoint.tlog-proof")
        head = proof.split(b"\n\n", 1)[1].split(b"\n\n")[0] + b"\n"
        body = os.path.join(f, "body")
        write(head, body)
        cls.stamp(body, os.path.join(cls.good, "seal/master-checkpoint.tsr"))

    @classmethod
    def openssl(cls, *args):
        run("openssl", *args, cwd=cls.folder)

    @classmethod
    def stamp(cls, path, out):
        cls.openssl("ts", "-query", "-data", path, "-sha256", "-cert",
                    "-out", "q.tsq")
        cls.openssl("ts", "-reply", "-config", "tsa.conf", "-section", "one",
                    "-queryfile", "q.tsq", "-out", out)

    def test_good(self):
        checks = self.is_good(self.good, "--ca", self.ca, "--tsa-ca", self.ca)
        for name in "seal", "stamp", "master-stamp":
            self.assertEqual(checks[name]["state"], "ok")
        self.assertIn("seal of Feld", checks["seal"]["text"])

    def test_unknown(self):
        checks = self.is_good(self.good)
        for name in "seal", "stamp", "master-stamp":
            self.assertEqual(checks[name]["state"], "partly")

    def test_other_authority(self):
        self.is_broken("seal", self.good, "--ca", self.other)
        self.is_broken("stamp", self.good, "--tsa-ca", self.other)
        self.is_broken("seal", self.good, "--ca", self.key)

    def test_forged(self):
        bag = self.copy()
        flip(os.path.join(bag, DATA + "TEXT/0001/FELD-0000001.txt"), 0)
        reseal(bag)
        self.is_broken("seal", bag)
        os.remove(os.path.join(bag, "seal/tagmanifest-sha512.txt.p7s"))
        self.is_broken("stamp", bag)
        for name, check in (("tagmanifest-sha512.txt.p7s", "seal"),
                            ("tagmanifest-sha512.txt.tsr", "stamp"),
                            ("master-checkpoint.tsr", "master-stamp")):
            bag = self.copy()
            path = os.path.join(bag, "seal", name)
            flip(path, os.path.getsize(path) - 20)
            self.is_broken(check, bag, "--ca", self.ca, "--tsa-ca", self.ca)
            self.is_broken(check, bag)
            write(b"", path)
            self.is_broken(check, bag)

    def test_swapped_stamps(self):
        bag = self.copy()
        write(read(bag, "seal/tagmanifest-sha512.txt.tsr"),
              bag, "seal/master-checkpoint.tsr")
        self.is_broken("master-stamp", bag)


if __name__ == "__main__":
    unittest.main()
