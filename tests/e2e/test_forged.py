# SPDX-License-Identifier: ISC
# check: slow
# check: timeout 600
"""A forger who can write every byte of a real bundle, and makes all of its
manifests anew, but has no key: what `dossier verify' refuses, and what it
says of what nobody could refuse."""
import base64
import glob
import hashlib
import io
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import unittest
import zipfile

import lib
import test_build
import test_verify
from test_verify import read, write

DAT = test_verify.DAT
GIVEN = "proof/case/disclosed.jsonl"
OTHER = "K-2026-0002"


def book(data, change):
    """A workbook with each of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, \
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)))
    return out.getvalue()


def rows(bag):
    """The load file's rows by name of column."""
    lines = read(bag, DAT).decode("utf-8-sig").splitlines()
    head, *rest = [[c.strip("þ") for c in x.split("\x14")] for x in lines]
    return [dict(zip(head, r)) for r in rest]


class Forged(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = o = lib.Office()
        cls.folder = tempfile.mkdtemp()
        story = test_build.Story(office=o)
        story.run("bundle", "new", test_build.CASE, "--profile", "production")
        cls.old = story.build("B-0001", "old")
        story.mails(4, 4)
        story.file()
        story.run("bundle", "new", test_build.CASE, "--profile", "production")
        cls.good = story.build("B-0002", "good")
        story.run("case", "open", "C-0001", "Another")
        path = os.path.join(o.top, "other.txt")
        write(b"of another case\n", path)
        story.run("add", path, "--case", OTHER, "--channel", "post")
        o.wait_read()
        story.run("bundle", "new", OTHER, "--profile", "production")
        cls.other = story.build("B-0003", "other")
        cls.keys = {}
        for case in test_build.CASE, OTHER, "master":
            cls.keys[case] = os.path.join(cls.folder, case)
            write(story.run("log", "key", case).encode(), cls.keys[case])

    @classmethod
    def tearDownClass(cls):
        cls.office.close()
        shutil.rmtree(cls.folder)

    def copy(self, of=None):
        bag = os.path.join(tempfile.mkdtemp(dir=self.folder), "bag")
        shutil.copytree(of or self.good, bag)
        return bag

    def seal(self, bag):
        """All sums anew, and what seal/ says of them.  What the log proves
        of the export nobody can make anew: it is left out."""
        test_verify.reseal(bag)
        for name in glob.glob(os.path.join(bag, "seal/export.*")):
            os.unlink(name)
        path = os.path.join(bag, "seal/build.json")
        now = hashlib.sha512(read(bag, "tagmanifest-sha512.txt")).hexdigest()
        write(re.sub(b'(_sha512":")[0-9a-f]+', b"\\g<1>" + now.encode(),
                     read(path)), path)

    def everywhere(self, bag, *pairs):
        """Replaces bytes in all that is about the documents."""
        def change(data):
            for old, new in pairs:
                data = data.replace(old.encode(), new.encode())
            return data
        for name in list(test_verify.files(bag)):
            if name.startswith("data/") and "/NATIVES/" not in name:
                data = read(bag, name)
                write(book(data, change) if name.endswith(".xlsx")
                      else change(data), bag, name)

    def verify(self, path, *options):
        done = subprocess.run([lib.DOSSIER, "verify", "--json", *options,
                               path], capture_output=True, timeout=120)
        self.assertIn(done.returncode, (0, 7), done.stderr)
        checks = json.loads(done.stdout)["checks"]
        return done.returncode, {c["check"]: c for c in checks}

    def broken(self, check, path, *options):
        code, checks = self.verify(path, "--key", self.keys[test_build.CASE],
                                   *options)
        self.assertEqual([c for c in checks if checks[c]["state"] ==
                          "broken"], [check],
                         [c for c in checks.values()
                          if c["state"] == "broken"])
        self.assertEqual(code, 7)
        return checks[check]["text"]

    def partly(self, check, path, *options):
        code, checks = self.verify(path, "--key", self.keys[test_build.CASE],
                                   *options)
        self.assertEqual((code, checks[check]["state"]), (0, "partly"),
                         checks)
        return checks[check]["text"]

    def lines(self, bag, keep):
        """disclosed.jsonl with only some of its lines."""
        write(b"".join(x for x in read(bag, GIVEN).splitlines(True)
                       if keep(json.loads(x))), bag, GIVEN)

    def mail(self, bag):
        return next(r for r in rows(bag) if r["RECORDTYPE"] == "email")

    # ---- documents ---------------------------------------------------------

    def test_good(self):
        for key in test_build.CASE, "master":
            code, checks = self.verify(self.good, "--key", self.keys[key])
            self.assertEqual(code, 0)
            self.assertEqual(checks["bound-arrivals"]["state"], "ok", checks)
        bag = self.copy()
        self.everywhere(bag)
        self.seal(bag)
        code, checks = self.verify(bag)
        self.assertEqual(code, 0, checks)

    def change(self, bag):
        """Another text of a mail, and all that is said of its bytes."""
        row = self.mail(bag)
        path = os.path.join(bag, os.path.dirname(os.path.dirname(DAT)),
                            row["NATIVELINK"].replace("\\", "/"))
        was, now = read(path), read(path).replace(b"Hello", b"Hallo")
        self.assertNotEqual(was, now)
        write(now, path)
        self.everywhere(bag, *[
            (getattr(hashlib, h)(was).hexdigest(),
             getattr(hashlib, h)(now).hexdigest())
            for h in ("md5", "sha1", "sha256")])
        return row["BEGDOC"], hashlib.sha256(was).hexdigest()

    def test_native(self):
        bag = self.copy()
        bates, was = self.change(bag)
        self.seal(bag)
        self.broken("bound-arrivals", bag)
        # Without its arrival nothing but the sums is left to hold it, and
        # that is said.
        self.lines(bag, lambda x: was not in x["entry"])
        self.seal(bag)
        self.assertIn(bates, self.partly("bound-arrivals", bag))

    def test_time(self):
        bag = self.copy()
        row = self.mail(bag)
        self.everywhere(bag, (row["RECORDEDAT"],
                              "2025" + row["RECORDEDAT"][4:]))
        self.seal(bag)
        self.assertIn(row["BEGDOC"], self.broken("bound-arrivals", bag))

    def test_dropped(self):
        bag = self.copy()
        bates = next(r for r in rows(bag) if r["RECORDTYPE"] ==
                     "callnote")["BEGDOC"].encode()
        loads = os.path.join(bag, os.path.dirname(DAT), "VOL001")
        for name in loads + ".dat", loads + ".opt", os.path.join(
                bag, "data/timeline/timeline.jsonl"):
            write(b"".join(x for x in read(name).splitlines(True)
                           if bates not in x), name)
        xml = read(loads + ".edrm.xml")
        write(re.sub(rb'<Document DocID="%s".*?</Document>\n' % bates, b"",
                     xml, flags=re.S), loads + ".edrm.xml")
        for name in list(test_verify.files(bag)):
            if bates.decode() in name or re.search(
                    r"timeline\.(csv|xlsx)", name):
                os.remove(os.path.join(bag, name))
        self.seal(bag)
        self.broken("bound-arrivals", bag)

    # ---- entries -----------------------------------------------------------

    def test_withheld(self):
        bag = self.copy()
        seq = [json.loads(x) for x in read(bag, GIVEN).splitlines()]
        last = seq[-1]["bound_by"]
        self.lines(bag, lambda x: x.get("bound_by") != last)
        self.seal(bag)
        self.partly("bound-arrivals", bag)
        self.lines(bag, lambda x: x.get("case_seq") != last)
        self.seal(bag)
        self.partly("bound-arrivals", bag)
        self.lines(bag, lambda x: False)
        self.seal(bag)
        self.partly("bound-arrivals", bag)

    def test_claimed(self):
        lines = read(self.good, GIVEN).splitlines(True)
        bound = [x for x in lines if b"bound_by" in x]
        first, last = (json.loads(x)["bound_by"] for x in
                       (bound[0], bound[-1]))
        for forged in (
                lines + bound[-1:],             # twice
                lines[:-1] + [bound[-1].replace(b'"bound_by":%d,' % last,
                                                b'"bound_by":%d,' % first)],
                lines[:-2] + [bound[-1], bound[-2]],
                lines[:-1] + [bound[-1].replace(b"document.received",
                                                b"document.filed")]):
            bag = self.copy()
            write(b"".join(forged), bag, GIVEN)
            self.seal(bag)
            self.broken("bound-arrivals", bag)

    def test_monsters(self):
        deep = json.dumps("[" * 20000 + "]" * 20000).encode()
        for line in (b'{"case_seq":99999999999999999999999,"entry":"{}",',
                     b'{"case_seq":1e400,"entry":"{}",',
                     b'{"case_seq":1,"entry":"\\u0000",',
                     b'{"case_seq":1,"entry":' + deep + b",",
                     b"[" * 30000):
            bag = self.copy()
            write(line + b'"nonce":"' + b"0" * 64 + b'"}\n', bag, GIVEN)
            self.seal(bag)
            self.broken("commitments", bag)

    # ---- trees -------------------------------------------------------------

    def proof_of(self, bag, other):
        """The log of another bundle, and what bag-info.txt says of it."""
        shutil.rmtree(os.path.join(bag, "proof"))
        shutil.copytree(os.path.join(other, "proof"),
                        os.path.join(bag, "proof"))
        shutil.copy(os.path.join(other, "seal/master-checkpoint"),
                    os.path.join(bag, "seal"))
        said = {x.split(b":")[0]: x for x in
                read(other, "bag-info.txt").splitlines(True)}
        write(b"".join(said[x.split(b":")[0]] if x.startswith(b"Log-") else x
                       for x in read(bag, "bag-info.txt").splitlines(True)),
              bag, "bag-info.txt")

    def test_older(self):
        """Any head that was ever signed is true of its time."""
        bag = self.copy()
        self.proof_of(bag, self.old)
        self.seal(bag)
        self.partly("bound-arrivals", bag)
        # Who has a later bundle sees that it is the older one.
        code, checks = self.verify(bag, "--earlier", self.good)
        self.assertIn(checks["earlier"]["state"], "ok")
        self.assertEqual(code, 0)

    def test_other_case(self):
        bag = self.copy()
        self.proof_of(bag, self.other)
        self.seal(bag)
        code, checks = self.verify(bag, "--key", self.keys["master"])
        self.assertEqual((code, checks["bound-arrivals"]["state"]),
                         (7, "broken"))
        self.lines(bag, lambda x: False)
        self.seal(bag)
        self.broken("key", bag)
        code, checks = self.verify(bag, "--key", self.keys["master"])
        self.assertEqual((code, checks["bound-arrivals"]["state"]),
                         (0, "partly"))
        self.assertEqual(self.verify(self.other, "--key",
                                     self.keys[OTHER])[0], 0)

    def test_master(self):
        name = "proof/case-checkpoint.tlog-proof"
        bag = self.copy()
        write(read(self.other, name), bag, name)
        self.seal(bag)
        self.broken("master", bag)
        bag = self.copy()
        name = "seal/master-checkpoint"
        write(read(self.old, name), bag, name)
        self.broken("master", bag)

    def test_own_key(self):
        """Everything signed again, with a key of the forger's."""
        bag, secret = self.copy(), os.path.join(self.folder, "forger.pem")
        test_verify.run("openssl", "genpkey", "-algorithm", "ed25519", "-out",
                        secret)
        public = test_verify.run("openssl", "pkey", "-in", secret, "-pubout",
                                 "-outform", "DER").stdout[-32:]

        def ident(name):
            return hashlib.sha256(name + b"\n\1" + public).digest()[:4]

        def sign(path):
            before, body = b"", read(bag, path)
            if body.startswith(b"c2sp.org"):
                before, body = body.split(b"\n\n", 1)
                before += b"\n\n"
            body = body.split(b"\n\n")[0] + b"\n"
            name = body.split(b"\n")[0]
            with tempfile.NamedTemporaryFile() as f:
                f.write(body)
                f.flush()
                sig = test_verify.run(
                    "openssl", "pkeyutl", "-sign", "-rawin", "-inkey", secret,
                    "-in", f.name).stdout
            write(before + body + b"\n\xe2\x80\x94 " + name + b" " +
                  base64.b64encode(ident(name) + sig) + b"\n", bag, path)

        for path in ("proof/case/checkpoint", "seal/master-checkpoint",
                     "proof/case-checkpoint.tlog-proof"):
            sign(path)
        names = [x.split(b"+")[0] for x in
                 read(bag, "proof/keys.vkey").splitlines()]
        write(b"".join(b"%s+%s+%s\n" % (
            n, ident(n).hex().encode(), base64.b64encode(b"\1" + public))
            for n in names), bag, "proof/keys.vkey")
        self.seal(bag)
        code, checks = self.verify(bag)
        self.assertEqual((code, checks["key"]["state"]), (0, "partly"))
        self.assertIn("--key", checks["key"]["text"])
        for key in self.keys[test_build.CASE], self.keys["master"]:
            code, checks = self.verify(bag, "--key", key)
            self.assertEqual(code, 7)
            self.assertEqual(checks["case-checkpoint"]["state"], "broken")

    # ---- around it ---------------------------------------------------------

    def test_seal(self):
        bag = self.copy()
        write(b"<p>Do not check it.</p>", bag, "seal/README.html")
        self.assertIn("README.html", self.partly("tagmanifests", bag))
        # A forger takes a seal out that does not fit any more.
        bag, ca = self.copy(), os.path.join(self.folder, "ca.pem")
        test_verify.run("openssl", "req", "-x509", "-newkey", "rsa:2048",
                        "-nodes", "-keyout", ca + ".key", "-out", ca,
                        "-subj", "/CN=ca")
        self.broken("seal", bag, "--ca", ca)
        self.broken("stamp", bag, "--tsa-ca", ca)

    def test_tags(self):
        bag = self.copy()
        write(b"\xef\xbb\xbf" + read(bag, "bagit.txt"), bag, "bagit.txt")
        self.seal(bag)
        self.assertEqual(self.verify(bag)[1]["structure"]["state"], "broken")
        bag = self.copy()
        self.seal(bag)
        for n in "256", "512":
            name = "tagmanifest-sha%s.txt" % n
            text = read(bag, name).decode()
            write((text + "%s  %s\n" % ("0" * (int(n) // 4), name)).encode(),
                  bag, name)
        self.assertEqual(self.verify(bag)[1]["tagmanifests"]["state"],
                         "broken")
        bag = self.copy()
        name = "data/README.html"
        write(read(bag, name).replace(b"journal", b"fantasy"), bag, name)
        self.broken("manifests", bag)

    def test_lone(self):
        """A table alone can always have been changed."""
        for ending in "jsonl", "csv", "xlsx":
            path = os.path.join(self.folder, "t." + ending)
            data = read(self.good, "data/timeline/timeline." + ending)
            write(book(data, lambda x: x.replace(b"lease 1", b"lease 9"))
                  if ending == "xlsx" else data.replace(b"lease 1",
                                                        b"lease 9"), path)
            code, checks = self.verify(path)
            self.assertEqual((code, checks["timeline"]["state"]),
                             (0, "partly"))
            bag = self.copy()
            shutil.copy(path, os.path.join(
                bag, "data/timeline/timeline." + ending))
            self.seal(bag)
            self.broken("timeline", bag)

    # ---- archives ----------------------------------------------------------

    def zip(self):
        path = tempfile.mktemp(dir=self.folder, suffix=".zip")
        with zipfile.ZipFile(path, "w") as z:
            for name in sorted(test_verify.files(self.good)):
                z.write(os.path.join(self.good, name), "b/" + name)
        return path, read(path)

    def test_twofold(self):
        """Archives in which another program finds other files."""
        path, data = self.zip()
        self.assertEqual(self.verify(path)[0], 0)
        start = struct.unpack_from("<I", data, len(data) - 6)[0]
        name, other = (b"b/%s256.txt" % x for x in (b"manifest-sha",
                                                    b"manifest-shb"))
        at = data.index(name, start)
        header = b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, 0, 0,
                                         0, 6, 0) + b"b/evil"
        hidden = data[:start] + header + data[start:-6] + struct.pack(
            "<IH", start + len(header), 0)
        for forged in (data[:at] + other + data[at + len(other):],
                       data + b"x", data + data, hidden,
                       data[:-2] + b"\1\0x",
                       data[:data.index(name)] + other +
                       data[data.index(name) + len(name):]):
            write(forged, path)
            code, checks = self.verify(path)
            self.assertEqual((code, checks["structure"]["state"]),
                             (7, "broken"))
        write(data, path)
        self.assertEqual(self.verify(path)[0], 0)

    def test_own_zip(self):
        path = os.path.join(self.folder, "own.zip")
        done = self.office.dossier("bundle", "build", "B-0002", "-o", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.verify(path)[0], 0)


if __name__ == "__main__":
    unittest.main()
