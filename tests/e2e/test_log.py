# SPDX-License-Identifier: ISC
# check: slow
# check: timeout 600
"""The log as others see it: published files, proofs, stamps and cosignatures
checked by code that is not ours; and what happens when the store goes back."""
import base64
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import threading
import unittest

import lib
import loglib

# In an origin: a life of the store after its first.
LATER = r"\.\d+-[0-9a-f]{8}/"


class Log(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        loglib.install()

    def setUp(self):
        self.office = lib.Office()
        self.addCleanup(self.office.close)

    def vkey(self, *of):
        done = self.office.dossier("log", "key", *of)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode().strip()

    def go_tree(self, folder, *old):
        path = self.office.path("log", folder)
        key = loglib.read(path, "vkey").decode().strip()
        return loglib.run(loglib.GO_LOG, "tree", path, key, *old)


class Published(Log):
    def test_by_others(self):
        office = self.office
        loglib.fill(office, 3)
        loglib.checkpoint(office)
        old = {}
        for folder in self.folders():
            code, said = self.go_tree(folder)
            self.assertEqual(code, 0, (folder, said))
            old[folder] = os.path.join(office.top, folder.replace("/", "-"))
            shutil.copy(office.path("log", folder, "checkpoint"), old[folder])
        self.assertEqual(len(old), 4)   # journal, master, client, case
        for folder in ("journal", "master"):
            self.assertEqual(self.vkey(folder), loglib.read(
                office.path("log", folder, "vkey")).decode().strip())
        # Past a full tile, and as a continuation of what was.
        with office.lmtp() as session:
            for i in range(300):
                session.send(lib.mail(i), to=["a@b.example"])
        office.wait_read()
        loglib.add(office, 1, "later")
        loglib.checkpoint(office)
        for folder, before in old.items():
            code, said = self.go_tree(folder, before)
            self.assertEqual(code, 0, (folder, said))
            self.assertIn("of them as before", said)
        self.assertTrue(os.path.exists(
            office.path("log/journal/tile/entries/000")))
        self.broken("journal")

    def folders(self):
        top = self.office.path("log")
        return ["journal", "master"] + [
            "case/" + n for n in os.listdir(os.path.join(top, "case"))]

    def broken(self, folder):
        """One byte changed anywhere is found."""
        for name in ("tile/entries/000", "tile/0/000", "checkpoint"):
            path = self.office.path("log", folder, name)
            good = loglib.read(path)
            bad = bytearray(good)
            bad[len(bad) // 2] ^= 1
            with open(path, "wb") as f:
                f.write(bad)
            code, said = self.go_tree(folder)
            self.assertNotEqual(code, 0, (name, said))
            with open(path, "wb") as f:
                f.write(good)
        self.assertEqual(self.go_tree(folder)[0], 0)

    def test_quiet(self):
        """Asked again with nothing new there is no other; GET makes none."""
        office = self.office
        code = office.dossier("log", "checkpoint", "--last")
        self.assertEqual(code.returncode, 6, code.stderr)
        loglib.fill(office, 1)
        first = loglib.checkpoint(office)
        entries = office.status()["entries"]
        self.assertEqual(loglib.checkpoint(office), first)
        self.assertEqual(loglib.checkpoint(office, "--last"), first)
        self.assertEqual(office.status()["entries"], entries)

    def test_same_bytes(self):
        """Views and published files made again are the same, byte for byte."""
        office = self.office
        loglib.fill(office, 4)
        loglib.checkpoint(office)
        loglib.add(office, 2, "more")
        loglib.checkpoint(office)
        before = loglib.published(office)
        office.stop()
        shutil.rmtree(office.path("views"))
        shutil.rmtree(office.path("log"))
        office.start()
        office.wait_line("trees.published")
        after = loglib.published(office)
        # Sizes between two checkpoints are not published again.
        for name, data in after.items():
            if name in before:
                self.assertEqual(data, before[name], name)
        for name in before:
            if os.path.basename(name) == "checkpoint":
                self.assertEqual(after[name], before[name], name)
        for folder in self.folders():
            self.assertEqual(self.go_tree(folder)[0], 0)


class Proofs(Log):
    def check(self, folder, tree):
        """Three programs on one proof; then each on a broken one."""
        proof = os.path.join(folder, tree + ".tlog-proof")
        leaf = os.path.join(folder, tree + "-leaf")
        note = loglib.read(proof).decode().split("\n\n", 1)[1]
        origin = note.split("\n")[0]
        keys = loglib.read(folder, "keys.vkey").decode().splitlines()
        key = [k for k in keys if k.startswith(origin + "+")][0]
        node = os.path.join(loglib.EVIDENCE, "proof.js")
        for command in ([loglib.GO_LOG, "proof"], ["node", node]):
            code, said = loglib.run(*command, proof, key, leaf)
            self.assertEqual(code, 0, said)
            other = os.path.join(folder, "other")
            with open(other, "wb") as f:
                f.write(loglib.read(leaf) + b" ")
            code, said = loglib.run(*command, proof, key, other)
            self.assertNotEqual(code, 0, said)
        self.openssl(folder, note)

    def openssl(self, folder, note):
        """OpenSSL alone, as a README can print it."""
        pem = os.path.join(folder, "pem")
        with open(pem, "wb") as f:
            f.write(self.office.dossier("log", "key", "--pem").stdout)
        body = note.split("\n\n")[0] + "\n"
        line = note.split("\n\n")[1].splitlines()[0]
        sig = base64.b64decode(line.split(" ")[2])[4:]
        for text, good in ((body, True), (body + "x", False)):
            for name, data in (("body", text.encode()), ("sig", sig)):
                with open(os.path.join(folder, name), "wb") as f:
                    f.write(data)
            code, said = loglib.run(
                "openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey",
                pem, "-in", os.path.join(folder, "body"), "-sigfile",
                os.path.join(folder, "sig"))
            self.assertEqual(code == 0, good, said)

    def test_document(self):
        office = self.office
        loglib.fill(office, 5)
        to = os.path.join(office.top, "proof")
        done = office.dossier("proof", "D-000003", "-o", to)
        self.assertEqual(done.returncode, 0, done.stderr)
        cases = 0
        for name in os.listdir(to):
            folder = os.path.join(to, name)
            self.check(folder, "journal")
            self.check(folder, "master")
            if os.path.exists(os.path.join(folder, "case-leaf")):
                self.check(folder, "case")
                cases += 1
            # The commitment by coreutils: salt, then the entry.
            leaf = json.loads(loglib.read(folder, "journal-leaf"))
            self.assertEqual(leaf["commitment"], hashlib.sha256(
                loglib.read(folder, "salt") +
                loglib.read(folder, "entry.json")).hexdigest())
            entry = json.loads(loglib.read(folder, "entry.json"))
            self.assertEqual((leaf["seq"], leaf["kind"], leaf["recorded_at"]),
                             (entry["seq"], entry["kind"], entry["at"]))
        self.assertEqual(cases, 1)          # its filing
        self.assertGreater(len(os.listdir(to)), 1)
        # The same question later has the same answer.
        before = office.get("/api/v1/documents/D-000003/proof")["rows"]
        loglib.add(office, 3, "later")
        loglib.checkpoint(office)
        self.assertEqual(
            office.get("/api/v1/documents/D-000003/proof")["rows"], before)

    def test_entries(self):
        office = self.office
        loglib.fill(office, 1)
        loglib.checkpoint(office)
        last = office.status()["entries"]   # a tree.checkpoint itself
        for seq in (1, last):
            done = office.dossier("--json", "proof", "entry", str(seq))
            self.assertEqual(done.returncode, 0, done.stderr)
            row = json.loads(done.stdout)[0]
            self.assertEqual(row["seq"], seq)
            self.assertNotIn("case", row)
        for bad in ("0", "999", "1x", "99999999999999999999"):
            self.assertEqual(office.api(
                "GET", "/api/v1/entries/%s/proof" % bad)[0], 404, bad)
        self.assertEqual(office.dossier("proof", "entry", "999").returncode, 3)
        self.assertEqual(office.dossier("proof", "D-000099").returncode, 3)

    def test_consistency(self):
        office = self.office
        loglib.fill(office, 2)
        row = office.get("/api/v1/log/consistency?from=3&to=9")["row"]
        self.assertEqual((row["from"], row["to"]), (3, 9))
        self.assertEqual(self.climb(row), (row["from_root"], row["to_root"]))
        for query in ("from=9&to=3", "from=1&to=99999"):
            self.assertEqual(office.api(
                "GET", "/api/v1/log/consistency?" + query)[0], 400)
        done = office.dossier("log", "consistency", "1", "--of",
                              "K-2026-0001")
        self.assertEqual(done.returncode, 0, done.stderr)

    @staticmethod
    def climb(row):
        """RFC 9162, 2.1.4.2, written again from the text."""
        proof = [bytes.fromhex(h) for h in row["hashes"]]
        first, second = row["from"], row["to"]

        def node(a, b):
            return hashlib.sha256(b"\x01" + a + b).digest()
        if first & (first - 1) == 0:
            proof.insert(0, bytes.fromhex(row["from_root"]))
        fn, sn = first - 1, second - 1
        while fn & 1:
            fn, sn = fn >> 1, sn >> 1
        fr = sr = proof[0]
        for c in proof[1:]:
            if fn & 1 or fn == sn:
                fr, sr = node(c, fr), node(c, sr)
                while fn and not fn & 1:
                    fn, sn = fn >> 1, sn >> 1
            else:
                sr = node(sr, c)
            fn, sn = fn >> 1, sn >> 1
        return fr.hex(), sr.hex()


class Seals(Log):
    def setUp(self):
        super().setUp()
        import authority
        self.authority = authority.Authority(self.office.top)
        self.addCleanup(self.authority.close)
        self.witness = None

    def witnessed(self, folder="w", key=None):
        master = key or self.vkey("master")
        witness = loglib.Witness(os.path.join(self.office.top, folder),
                                 "witness.example/1", master)
        self.addCleanup(witness.close)
        return witness

    def restart(self, conf=None):
        self.office.stop()
        if conf is not None:
            self.office.append(conf)
        self.office.start()

    def entries(self, kind):
        return [e for e in self.office.rows("/api/v1/entries?limit=1000")
                if e["kind"] == kind]

    def stamp_conf(self):
        return 'log {\n\tstamp = { "%s" }\n}\n' % self.authority.url

    def test_both(self):
        office = self.office
        self.witness = self.witnessed()
        self.restart(self.stamp_conf() + self.witness.conf())
        loglib.fill(office, 2)
        loglib.checkpoint(office)
        office.wait_for(lambda: self.entries("tree.stamped") and
                        self.entries("tree.cosigned"), "stamp and line")
        row = office.get("/api/v1/log/checkpoint")["row"]
        self.check_stamp(row)
        self.check_line(row)
        # A second one: the witness is asked again, the authority is not.
        loglib.add(office, 1, "later")
        loglib.checkpoint(office)
        office.wait_for(lambda: len(self.entries("tree.cosigned")) == 2)
        self.assertEqual(self.authority.asked, 1)
        loglib.add(office, 1, "export")
        loglib.checkpoint(office, "--stamp")
        office.wait_for(lambda: len(self.entries("tree.stamped")) == 2)
        self.check_stamp(office.get("/api/v1/log/checkpoint")["row"])
        # Nothing is asked twice after a restart, and no entry is made.
        office.wait_for(lambda: len(self.entries("tree.cosigned")) == 3)
        entries = office.status()["entries"]
        self.restart()
        office.wait_line("trees.published")
        self.assertEqual(loglib.checkpoint(office),
                         loglib.checkpoint(office, "--last"))
        self.assertEqual(self.authority.asked, 2)
        self.assertEqual(office.status()["entries"], entries)
        self.assertNotIn("422", " ".join(self.witness.said))

    def check_stamp(self, row):
        top = self.office.top
        for name, data in (
                ("cp", row["master"].split("\n\n")[0].encode() + b"\n"),
                ("tsr", base64.b64decode(row["stamped"][0]["token"]))):
            with open(os.path.join(top, name), "wb") as f:
                f.write(data)
        command = ["openssl", "ts", "-verify", "-data",
                   os.path.join(top, "cp"), "-in", os.path.join(top, "tsr"),
                   "-CAfile", self.authority.ca]
        code, said = loglib.run(*command)
        self.assertEqual(code, 0, said)
        with open(os.path.join(top, "cp"), "ab") as f:
            f.write(b"x")
        self.assertNotEqual(loglib.run(*command)[0], 0)

    def check_line(self, row):
        """By OpenSSL alone (evidence: the witness's line)."""
        line = row["cosigned"][0]["line"]
        self.assertIn(line, row["master"].splitlines())
        name, blob = line.split(" ")[1:]
        self.assertEqual(name, "witness.example/1")
        raw = base64.b64decode(blob)
        body = row["master"].split("\n\n")[0] + "\n"
        text = "cosignature/v1\ntime %d\n%s" % (
            int.from_bytes(raw[4:12], "big"), body)
        key = base64.b64decode(self.witness.key.split("+", 2)[2])[1:]
        der = bytes.fromhex("302a300506032b6570032100") + key
        top = self.office.top
        for name, data in (("wkey", der), ("wbody", text.encode()),
                           ("wsig", raw[12:])):
            with open(os.path.join(top, name), "wb") as f:
                f.write(data)
        code, said = loglib.run(
            "openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform",
            "DER", "-inkey", os.path.join(top, "wkey"), "-in",
            os.path.join(top, "wbody"), "-sigfile", os.path.join(top, "wsig"))
        self.assertEqual(code, 0, said)

    def test_offline(self):
        """A stamp is fetched later; what is no stamp is not kept."""
        office = self.office
        self.authority.down = True
        self.restart(self.stamp_conf())
        loglib.fill(office, 1)
        loglib.checkpoint(office)
        office.wait_line("trees.unsealed.*503")
        self.assertEqual(self.entries("tree.stamped"), [])
        self.authority.down = False
        good = self.authority.answer
        self.authority.answer = lambda q: good(q)[:-1] + b"x"
        self.restart()
        office.wait_line("trees.unsealed.*not valid")
        older = []

        def replay(query):
            older.append(query)
            return good(older[0])
        self.authority.answer = replay
        self.restart()      # the first answer is its own
        office.wait_for(lambda: self.entries("tree.stamped"))
        loglib.add(office, 1, "x")
        loglib.checkpoint(office, "--stamp")
        office.wait_line("trees.unsealed.*what was asked")
        self.assertEqual(len(self.entries("tree.stamped")), 1)

    def test_limits(self):
        """Answers as long as they may be are looked at, longer ones are not:
        LIMIT_STAMP, LIMIT_WITNESS."""
        office = self.office
        length = [0]

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(length[0]))
                self.end_headers()
                self.wfile.write(b"x" * length[0])

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        url = "http://127.0.0.1:%d" % server.server_address[1]
        loglib.fill(office, 1)
        loglib.checkpoint(office)
        office.stop()
        with open(office.conf, encoding="utf-8") as f:
            plain = f.read()
        for more, limit, within in (
                ('log {\n\tstamp = { "%s" }\n}\n' % url, 32768,
                 "no time stamp response"),
                ('witness "w" {\n\turl = "%s"\n\tkey = "witness.example/1+'
                 '000952e9+BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM"\n}\n'
                 % url, 16384, "no signature lines")):
            with open(office.conf, "w", encoding="utf-8") as f:
                f.write(plain + more)
            for length[0] in (limit, limit + 1):
                office.start()
                line = office.wait_line("trees.unsealed")
                self.assertEqual(within in line, length[0] == limit, line)
                office.stop()

    def test_witness_ahead(self):
        """An old copy of everything: only the witness knows better."""
        office = self.office
        witness = self.witnessed()
        self.restart(witness.conf())
        loglib.fill(office, 1)
        loglib.checkpoint(office)
        office.wait_for(lambda: self.entries("tree.cosigned"))
        office.stop()
        copy = os.path.join(office.top, "copy")
        shutil.copytree(office.dir, copy, symlinks=True, ignore=lambda d, n: [
            x for x in n if x.endswith(".sock")])
        office.start()
        loglib.add(office, 3, "lost")
        loglib.checkpoint(office)
        office.wait_for(lambda: len(self.entries("tree.cosigned")) == 2)
        office.stop()
        shutil.rmtree(office.dir)
        os.rename(copy, office.dir)
        office.start()
        loglib.add(office, 1, "other")
        done = office.dossier("log", "checkpoint")
        office.wait_line("trees.broken.*has seen")
        self.assertEqual(done.returncode, 0)    # before the witness said so
        files = loglib.published(office)
        loglib.add(office, 1, "more")
        done = office.dossier("log", "checkpoint")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn(b"Nothing is signed", done.stderr)
        self.assertEqual(loglib.published(office), files)


class Rollback(Log):
    def test_published_ahead(self):
        """An old copy under newer published files: nothing is signed."""
        office = self.office
        loglib.fill(office, 2)
        loglib.checkpoint(office)
        office.stop()
        copy = os.path.join(office.top, "copy")
        shutil.copytree(office.dir, copy, symlinks=True, ignore=lambda d, n: [
            x for x in n if x.endswith(".sock") or x == "log"])
        office.start()
        loglib.add(office, 3, "lost")
        loglib.checkpoint(office)
        files = loglib.published(office)
        office.stop()
        os.rename(office.path("log"), os.path.join(copy, "log"))
        shutil.rmtree(office.dir)
        os.rename(copy, office.dir)
        office.start()
        office.wait_line("trees.broken.*published")
        loglib.add(office, 1, "kept all the same")
        for args in (("log", "checkpoint"), ("proof", "entry", "1")):
            done = office.dossier(*args)
            self.assertEqual(done.returncode, 6, done.stderr)
            self.assertIn(b"Nothing is signed", done.stderr)
        self.assertEqual(loglib.published(office), files)
        # The way on that the sentence names: another origin.
        signed = loglib.heads(files)
        self.accept()
        self.go_on(signed)
        self.assertTrue(os.path.exists(office.path("log.1/master")))

    def accept(self):
        office = self.office
        if office.process is not None:
            office.stop()
        said = office.dossierd("accept-rollback", "-c", office.conf)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn(b"--older-copy", said.stdout + said.stderr)
        said = office.dossierd("accept-rollback", "--older-copy", "-c",
                               office.conf)
        self.assertEqual(said.returncode, 0, said.stderr)
        office.start()

    def go_on(self, signed):
        """What is signed now disagrees with nothing that was."""
        self.office.wait_read()
        loglib.add(self.office, 1, "after")
        self.assertRegex(loglib.checkpoint(self.office), LATER + r"master\n")
        for head, root in loglib.heads(loglib.published(self.office)).items():
            self.assertRegex(head[0], LATER)
            self.assertEqual(signed.setdefault(head, root), root)
        for folder in ("journal", "master"):
            code, said = self.go_tree(folder)
            self.assertEqual(code, 0, said)

    def test_copied(self):
        """An old copy with its log, put in place twice: only who did it
        knows, and says so before the start."""
        office = self.office
        loglib.fill(office, 1)
        loglib.checkpoint(office)
        office.stop()
        copy = os.path.join(office.top, "copy")
        shutil.copytree(office.dir, copy, symlinks=True, ignore=lambda d, n: [
            x for x in n if x.endswith(".sock")])
        office.start()
        loglib.add(office, 2, "lost")
        loglib.checkpoint(office)
        signed = loglib.heads(loglib.published(office))
        office.stop()
        for _ in range(2):
            shutil.rmtree(office.dir)
            shutil.copytree(copy, office.dir, symlinks=True)
            self.accept()
            self.go_on(signed)
            office.stop()
            said = office.dossierd("verify", "-c", office.conf)
            self.assertEqual(said.returncode, 0, said.stderr)

    def test_forked(self):
        """The same size, another content: found, and nothing is signed."""
        office = self.office
        loglib.fill(office, 1)
        loglib.checkpoint(office)
        path = office.path("log/master/checkpoint")
        lines = loglib.read(path).decode().split("\n")
        lines[2] = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
        office.stop()
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines))
        office.start()
        office.wait_line("trees.broken.*not the same tree")

    def test_restored(self):
        """A restored store signs under another origin."""
        office = self.office
        loglib.fill(office, 2)
        loglib.checkpoint(office)
        backup, keys = (os.path.join(office.top, n) for n in ("b", "k"))
        done = office.dossierd("backup", backup, "--keys", keys, "-c",
                               office.conf)
        self.assertEqual(done.returncode, 0, done.stderr)
        loglib.add(office, 2, "lost")
        loglib.checkpoint(office)
        signed = loglib.heads(loglib.published(office))
        office.stop()
        for name in ("log.key", "master.key"):
            shutil.copy(office.path(name), office.top)
        os.rename(office.dir, office.dir + ".old")
        done = office.dossierd("restore", backup, office.dir, "--keys", keys)
        self.assertEqual(done.returncode, 0, done.stderr)
        # As if the folder of published files had been kept.
        shutil.copytree(office.dir + ".old/log", office.path("log"))
        for name in ("log.key", "master.key"):
            shutil.copy(os.path.join(office.top, name), office.dir)
        office.start()
        loglib.add(office, 1, "new")
        self.assertRegex(loglib.checkpoint(office), LATER + r"master\n")
        after = loglib.heads(loglib.published(office))
        for head, root in after.items():
            self.assertRegex(head[0], LATER)
            self.assertEqual(signed.get(head, root), root)
        self.assertTrue(os.path.exists(office.path("log.1/master")))
        for folder in ("journal", "master"):
            code, said = self.go_tree(folder)
            self.assertEqual(code, 0, said)


class Verify(Log):
    def verify(self):
        done = self.office.dossierd("verify", "-c", self.office.conf)
        return done.returncode, (done.stdout + done.stderr).decode()

    def test_trees(self):
        """`dossierd verify' makes the trees again and looks at each file."""
        office = self.office
        loglib.fill(office, 3)
        loglib.checkpoint(office)
        with office.lmtp() as session:
            for i in range(150):
                session.send(lib.mail(i), to=["a@b.example"])
        office.wait_read()
        loglib.checkpoint(office)
        code, said = self.verify()      # beside the daemon
        self.assertEqual(code, 0, said)
        self.assertRegex(said, "Trees: [0-9]+ heads .* 4 published")
        office.stop()
        files = loglib.published(office)
        for name, data in sorted(files.items()):
            path = office.path("log", name)
            tile, _, width = name.partition(".p/")
            if width and (tile in files or any(
                    n.startswith(tile + ".p/") and
                    int(n.rpartition("/")[2]) > int(width)
                    for n in files)):
                continue        # of an earlier size
            bad = bytearray(data)
            bad[len(bad) // 2] ^= 1
            with open(path, "wb") as f:
                f.write(bad)
            code, said = self.verify()
            self.assertEqual(code, 7, name + said)
            self.assertIn(name.split("/")[0], said)
            with open(path, "wb") as f:
                f.write(data)
        self.assertEqual(self.verify()[0], 0)

    def test_ahead(self):
        office = self.office
        loglib.fill(office, 1)
        loglib.checkpoint(office)
        office.stop()
        copy = os.path.join(office.top, "copy")
        shutil.copytree(office.path("journal"), copy)
        office.start()
        loglib.add(office, 2, "lost")
        loglib.checkpoint(office)
        office.stop()
        shutil.rmtree(office.path("journal"))
        os.rename(copy, office.path("journal"))
        shutil.rmtree(office.path("views"))
        code, said = self.verify()
        self.assertNotEqual(code, 0, said)


class Keys(Log):
    def test_made(self):
        """A store without a key gets one, and says so."""
        office = self.office
        loglib.fill(office, 1)
        first = self.vkey()
        self.assertEqual(os.stat(office.path("log.key")).st_mode & 0o777,
                         0o600)
        self.assertIn("log.key", office.said)
        office.stop()
        os.unlink(office.path("log.key"))
        office.start()
        office.wait_line("trees.key made=yes")
        self.assertNotEqual(self.vkey(), first)
        office.stop()
        with open(office.path("log.key"), "w", encoding="ascii") as f:
            f.write("nonsense")
        office.start()
        office.wait_line("error trees.key")
        self.assertEqual(office.dossier("log", "key").returncode, 6)
        loglib.add(office, 1, "kept")
        # OpenSSL makes keys of the same form.
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519",
                        "-out", office.path("log.key")], check=True)
        office.stop()
        office.start()
        loglib.checkpoint(office)
        self.assertEqual(self.go_tree("journal")[0], 0)


if __name__ == "__main__":
    unittest.main()
