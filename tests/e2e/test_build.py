# SPDX-License-Identifier: ISC
# check: slow
# check: timeout 900
"""Building bundles: the three profiles over a small story, held against
coreutils; the same inputs give the same bytes; a build that was cut short is
made again; loose ends and undecided documents stop it; numbers go on."""
import csv
import filecmp
import glob
import html
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import warnings
import zipfile

import dkim
import openpyxl

import lib
import loglib
import test_vouch

import authority  # noqa: E402: loglib knows where

CASE = "K-2026-0001"
# Numbers of the office; the journal's own lines, which are disclosed as they
# are, name them everywhere.
INTERNAL = re.compile(rb"\b[DC]-\d{4,}\b|uid:\d")


def mail(n, subject="lease", attach=b"AAECAwQ="):
    return (b"From: Anna <anna@client.example>\r\nTo: office@example.org\r\n"
            b"Subject: %s %d\r\nMessage-ID: <m%d@client.example>\r\n"
            b"%sDate: Mon, 02 Mar 2026 10:15:00 +0000\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
            b"Content-Type: text/plain; charset=utf-8\r\n\r\nHello %d\r\n"
            b"--b\r\nContent-Type: application/octet-stream\r\n"
            b"Content-Disposition: attachment; filename=\"d.bin\"\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n" % (
                subject.encode(), n, n,
                b"In-Reply-To: <m%d@client.example>\r\n" % (n - 1)
                if n > 1 else b"", n, attach))


def files(top):
    found = []
    for at, _, names in os.walk(top):
        found += [os.path.relpath(os.path.join(at, n), top) for n in names]
    return sorted(found)


def swap(path, old, new):
    """Replaces what must be there, once."""
    with open(path, "rb") as f:
        data = f.read()
    assert old in data, (path, old)
    with open(path, "wb") as f:
        f.write(data.replace(old, new, 1))


class Story:
    """An office with one case, in which everything is filed."""

    def __init__(self, mails=3, office=None):
        self.o = office or lib.Office()
        self.run("client", "add", "Anna", "--email", "anna@client.example")
        self.run("case", "open", "C-0001", "Lease")
        self.mails(1, mails)
        path = os.path.join(self.o.top, "letter.txt")
        with open(path, "w", encoding="utf-8") as f:
            f.write("Dear Anna\n")
        self.run("add", path, "--case", CASE, "--channel", "post",
                 "--received", "2026-03-05")
        self.run("call", "log", CASE, "--note", "She agreed",
                 "--at", "2026-03-06T10:00")
        self.file()

    def mails(self, first, last):
        for n in range(first, last + 1):
            self.o.send(mail(n), sender="anna@client.example")

    def run(self, *args, code=0):
        done = self.o.dossier(*args)
        assert done.returncode == code, (args, done.returncode, done.stderr)
        return done.stdout.decode()

    def file(self):
        self.o.wait_read()
        for d in self.o.documents():
            if d["state"] != "filed":
                self.run("triage", "file", d["id"], "--case", CASE)

    def folder(self, name):
        return os.path.join(self.o.top, name)

    def build(self, bundle, name, *args):
        self.run("bundle", "build", bundle, "-o", self.folder(name), *args)
        return self.folder(name)


class Build(unittest.TestCase):
    maxDiff = 2000

    def sums(self, bag):
        for n in ("256", "512"):
            done = subprocess.run(
                ["sha%ssum" % n, "-c", "--quiet", "--strict",
                 "manifest-sha%s.txt" % n, "tagmanifest-sha%s.txt" % n],
                cwd=bag, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(done.returncode, 0, done.stdout)
        with open(os.path.join(bag, "manifest-sha256.txt")) as f:
            listed = [line[66:].rstrip("\n") for line in f]
        self.assertEqual(listed, sorted(
            p for p in files(bag) if p.startswith("data/")))

    def same(self, a, b):
        """Byte for byte, but for the seal."""
        def rest(top):
            return [p for p in files(top) if not p.startswith("seal/")]
        self.assertEqual(rest(a), rest(b))
        for path in rest(a):
            self.assertTrue(filecmp.cmp(os.path.join(a, path),
                                        os.path.join(b, path), False), path)

    def dat(self, bag):
        path = os.path.join(bag, "data/production/VOL001/DATA/VOL001.dat")
        with open(path, encoding="utf-8-sig", newline="") as f:
            return list(csv.DictReader(f, delimiter="\x14", quotechar="þ"))

    def internal(self, bag):
        """Files that name what is no business of who gets the bundle."""
        found = []
        for path in files(bag):
            if path.startswith("proof/") or "/NATIVES/" in path or \
                    "/TEXT/" in path or path == "seal/export.json":
                continue    # the journal's lines; what the documents say
            with open(os.path.join(bag, path), "rb") as f:
                data = f.read()
            if path.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(data)) as z:
                    data = b"".join(z.read(n) for n in z.namelist())
            hit = INTERNAL.search(data)
            if hit:
                found.append((path, hit.group()))
        return found

    def test_profiles(self):
        with lib.Office() as office:
            s = Story(office=office)
            for i, profile in enumerate(("production", "audit", "dsar"), 1):
                b = "B-%04d" % i
                s.run("bundle", "new", CASE, "--profile", profile)
                bag = s.build(b, profile)
                self.sums(bag)
                done = office.dossier("verify", bag)
                self.assertEqual(done.returncode, 0, done.stdout)
                rows = self.dat(bag)
                self.assertEqual(len(rows), 3 * 2 + 2)
                for r in rows:
                    native = os.path.join(
                        bag, "data/production/VOL001",
                        r["NATIVELINK"].replace("\\", "/"))
                    said = subprocess.run(["sha256sum", native], check=True,
                                          stdout=subprocess.PIPE).stdout
                    self.assertEqual(said[:64].decode(), r["SHA256HASH"])
                if profile != "audit":
                    self.assertEqual(self.internal(bag), [])
            self.assertEqual(
                [p for p in files(s.folder("audit")) if "/audit/" in p],
                ["data/audit/" + n for n in (
                    "audit-trail.csv", "documents.txt", "events.txt",
                    "gdpdu-01-09-2004.dtd", "holds.csv", "index.xml",
                    "parties.txt")])
            self.assertIn("data/processing-info.csv",
                          files(s.folder("dsar")))

    def test_families_and_threads(self):
        with lib.Office() as office:
            s = Story(office=office)
            s.run("bundle", "new", CASE)
            rows = self.dat(s.build("B-0001", "b"))
        mails = [r for r in rows if r["RECORDTYPE"] == "email"]
        parts = {r["BEGDOC"]: r for r in rows
                 if r["RECORDTYPE"] == "attachment"}
        self.assertEqual(len(mails), 3)
        for r in mails:
            part = parts[r["ATTACHIDS"]]
            self.assertEqual(part["PARENTID"], r["BEGDOC"])
            self.assertEqual(part["BEGATTACH"], r["BEGATTACH"])
            self.assertEqual(r["ENDATTACH"], part["ENDDOC"])
            self.assertEqual(part["FILENAME"], "d.bin")
            self.assertEqual(r["THREADID"], mails[0]["BEGDOC"])
        numbers = [r["BEGDOC"] for r in rows]
        self.assertEqual(numbers, sorted(numbers))
        self.assertEqual(len(set(numbers)), len(numbers))

    def book(self, bag):
        """The tabs of the workbook: name -> rows as texts, no dates."""
        path = os.path.join(bag, "data/timeline/timeline.xlsx")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path)
        found = {}
        for tab in book:
            head = [c.value for c in tab[1]]
            keep = [i for i, n in enumerate(head) if "(date)" not in n]
            found[tab.title] = [
                ["" if r[i] is None else str(r[i]) for i in keep]
                for r in tab.iter_rows(values_only=True)]
            self.assertFalse([c for r in tab for c in r
                              if c.data_type == "f"])
        links = [c.hyperlink.target for c in book["documents"][2]
                 if c.hyperlink]
        for link in links:
            self.assertTrue(os.path.exists(os.path.join(
                bag, "data/timeline", link)), link)
        return found, links

    def table(self, bag, path):
        with open(os.path.join(bag, "data", path), encoding="utf-8-sig",
                  newline="") as f:
            return list(csv.reader(f))

    def test_workbook_and_custody(self):
        """The tabs are the tables; custody knows what went out before."""
        with lib.Office() as office:
            s = Story(office=office)
            contact = s.run("contact", "add", "Other Side").strip()
            s.run("party", "add", CASE, contact, "opposing-party")
            s.run("bundle", "new", CASE)
            first = s.build("B-0001", "first")
            mails = [d["id"] for d in office.documents()
                     if d["channel"] == "email"]
            s.run("bundle", "new", CASE, "--profile", "audit")
            s.run("bundle", "withhold", "B-0002", mails[0], "--basis",
                  "legal-advice", "--description", "Letter to counsel")
            audit = s.build("B-0002", "audit")
            s.run("bundle", "new", CASE, "--profile", "dsar")
            dsar = s.build("B-0003", "dsar")
            ended = [e for e in office.rows("/api/v1/entries?limit=500")
                     if e["kind"] == "bundle.built"]

            tabs, links = self.book(audit)
            self.assertEqual(len(links), 2)
            self.assertEqual(list(tabs), [
                "timeline", "documents", "parties", "custody", "privilege",
                "checks", "about"])
            self.assertEqual(list(self.book(first)[0]), [
                "timeline", "documents", "custody", "privilege", "checks",
                "about"])
            self.assertEqual(list(self.book(dsar)[0]), [
                "timeline", "documents", "custody", "checks", "about"])
            rows = self.dat(audit)
            self.assertEqual(tabs["documents"][0], list(rows[0]))
            for at in "BEGDOC", "SHA256HASH", "PAGECOUNT":
                n = tabs["documents"][0].index(at)
                self.assertEqual([r[n] for r in tabs["documents"][1:]],
                                 [r[at] for r in rows])
            self.assertEqual(tabs["custody"],
                             self.table(audit, "custody/custody.csv"))
            self.assertEqual(tabs["privilege"], self.table(
                audit, "production/privilege-log.csv"))
            self.assertEqual(len(tabs["privilege"]), 2)
            self.assertIn("Other Side", [r[1] for r in tabs["parties"]])
            said = {r[0]: r[1] for r in tabs["checks"]}
            for name in ("timeline", "documents", "parties", "custody",
                         "privilege"):
                self.assertEqual(said["rows_" + name],
                                 str(len(tabs[name]) - 1))
            self.assertEqual(said["exceptions"], str(len(self.table(
                audit, "production/exceptions.csv")) - 1))
            with open(os.path.join(audit, "proof/case/checkpoint"),
                      encoding="utf-8") as f:
                self.assertEqual(f.read().split("\n")[:3], [
                    said["checkpoint_" + n]
                    for n in ("origin", "size", "root")])
            with open(os.path.join(audit, "proof/case/disclosed.jsonl"),
                      encoding="utf-8") as f:
                self.assertEqual(said["entries_disclosed"], str(sum(
                    b'"case_seq"' in line.encode() for line in f)))

            def exports(bag):
                head, *rest = self.table(bag, "custody/custody.csv")
                return [(r[0], r[head.index("CASESEQ")],
                         r[head.index("METHOD")]) for r in rest
                        if r[head.index("ACTION")] == "dissemination"]
            self.assertEqual([e[0] for e in exports(first)], ["B-0001"])
            # What others got is no business of the person's.
            self.assertEqual([e[0] for e in exports(dsar)], ["B-0003"])
            self.assertEqual([e[0] for e in exports(audit)],
                             ["B-0001", "B-0002"])
            self.assertIn(ended[0]["body"]["tagmanifest"],
                          exports(audit)[0][2])
            with open(os.path.join(audit, "data/custody/custody.jsonl"),
                      encoding="utf-8") as f:
                last = [json.loads(x) for x in f][-2:]
            self.assertEqual(last[0]["AT"], ended[0]["at"])
            s.run("bundle", "new", CASE, "--supplements", "B-0001")
            more = s.build("B-0004", "more")
            self.assertEqual([e[0] for e in exports(more)],
                             ["B-0001", "B-0004"])
            # At the first one's position there was none before it.
            self.same(first, s.build("B-0001", "again", "--as-known-on",
                                     str(self.position(office, 1))))
            for bag in first, audit, dsar:
                done = office.dossier("verify", bag)
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_again_the_same(self):
        with lib.Office() as office:
            s = Story(office=office)
            s.run("bundle", "new", CASE)
            first = s.build("B-0001", "first")
            self.same(first, s.build("B-0001", "second", "--as-known-on",
                                     str(self.position(office, 1))))
            # More comes: the past stays as it was, the new goes on.
            s.mails(4, 5)
            s.file()
            third = s.build("B-0001", "third", "--earlier", "B-0001.1")
            self.same(first, s.build("B-0001", "fourth", "--as-known-on",
                                     str(self.position(office, 1))))
            old = {r["SHA256HASH"]: r["BEGDOC"] for r in self.dat(first)
                   if r["RECORDTYPE"] != "attachment"}
            new = {r["SHA256HASH"]: r["BEGDOC"] for r in self.dat(third)
                   if r["RECORDTYPE"] != "attachment"}
            self.assertEqual(len(new), len(old) + 2)
            for sha, number in old.items():
                self.assertEqual(new[sha], number)
            self.assertGreater(min(new[x] for x in new if x not in old),
                               max(old.values()))
            with open(os.path.join(third, "data/delta/added.csv"),
                      encoding="utf-8-sig", newline="") as f:
                added = list(csv.DictReader(f))
            self.assertEqual({r["SHA256HASH"] for r in added},
                             set(new) - set(old))
            self.assertTrue(os.path.exists(
                os.path.join(third, "proof/case-consistency.txt")))
            done = office.dossier("verify", third)
            self.assertEqual(done.returncode, 0, done.stdout)

    @staticmethod
    def position(office, build):
        return office.get("/api/v1/jobs/B-0001.%d" % build)["row"]["position"]

    def test_zip_is_the_folder(self):
        with lib.Office() as office:
            s = Story(office=office)
            s.run("bundle", "new", CASE)
            bag = s.build("B-0001", "b")
            zips = [office.request("GET", "/api/v1/bundles/B-0001/zip")[2]
                    for _ in range(2)]
            self.assertEqual(zips[0], zips[1])
            with zipfile.ZipFile(io.BytesIO(zips[0])) as z:
                self.assertIsNone(z.testzip())
                names = z.namelist()
                self.assertEqual(names, sorted(names))
                self.assertEqual(sorted(n.split("/", 1)[1] for n in names),
                                 files(bag))
                self.assertEqual({n.split("/")[0] for n in names},
                                 {"B-0001"})
                for n in names:
                    with open(os.path.join(bag, n.split("/", 1)[1]),
                              "rb") as f:
                        self.assertEqual(z.read(n), f.read())
            # What stands there already is not written over.
            done = office.dossier("bundle", "build", "B-0001", "-o", bag)
            self.assertEqual(done.returncode, 1)
            os.unlink(office.path("export", "B-0001.1.zip"))
            status, answer = office.api("GET", "/api/v1/bundles/B-0001/zip")
            self.assertEqual((status, answer["title"] != ""), (404, True))

    def test_what_stands_in_the_way(self):
        with lib.Office() as office:
            s = Story(office=office)
            s.run("bundle", "new", CASE)
            office.send(mail(9, "K-2026-0001 again"), sender="x@y.example")
            office.wait_read()
            loose = [d["id"] for d in office.documents()
                     if d["state"] != "filed"]
            if not loose:       # a rule was sure of it
                s.run("misfiled", office.documents()[-1]["id"], "--from",
                      CASE)
                loose = [office.documents()[-1]["id"]]
            done = office.dossier("bundle", "build", "B-0001")
            self.assertEqual(done.returncode, 6, done.stderr)
            self.assertIn(loose[0], done.stderr.decode())
            s.run("bundle", "leave-out", "B-0001", loose[0], "--reason",
                  "of another matter")
            marked = [d["id"] for d in office.documents()
                      if d["channel"] == "email"][0]
            s.run("mark", marked, "--as", "privileged")
            done = office.dossier("bundle", "build", "B-0001")
            self.assertEqual(done.returncode, 6)
            self.assertIn(marked, done.stderr.decode())
            s.run("bundle", "withhold", "B-0001", marked, "--basis",
                  "legal-advice", "--description", "Letter to counsel",
                  "--counsel", "Ward, Ms", "--counsel", "Hale")
            note = [d["id"] for d in office.documents()
                    if d["channel"] == "note"][0]
            s.run("bundle", "withhold", "B-0001", note, "--basis",
                  "work-product", "--description", "Note of a call")
            items = {r["document"]: r for r in office.rows(
                "/api/v1/bundles/B-0001/items")}
            self.assertEqual(items[marked]["counsel"], "Ward, Ms; Hale")
            self.assertNotIn("counsel", items[note])
            bag = s.build("B-0001", "b")
            self.sums(bag)
            held = [r for r in self.dat(bag) if r["PRIVILEGED"] == "Y"]
            self.assertEqual([r["NATIVELINK"] + r["SUBJECT"] + r["FROM"] +
                              r["AUTHOR"] for r in held], ["", ""])
            with open(os.path.join(bag, "data/production/privilege-log.csv"),
                      encoding="utf-8-sig", newline="") as f:
                log = list(csv.DictReader(f))
            self.assertEqual(
                [(r["PRIVID"], r["BEGDOC"], r["PRIVBASIS"], r["COUNSEL"])
                 for r in log],
                [("PRIV-0001", held[0]["BEGDOC"], "work-product", ""),
                 ("PRIV-0002", held[1]["BEGDOC"], "legal-advice",
                  "Ward, Ms; Hale")])
            self.assertEqual(log[0]["AUTHOR"], log[0]["ASSERTEDBY"])
            self.assertIn("anna@client.example", log[1]["AUTHOR"])
            with open(os.path.join(bag, "data/README.html"),
                      encoding="utf-8") as f:
                readme = f.read()
            self.assertIn("of another matter", readme)
            raw = office.raw(marked)
            for path in files(bag):
                with open(os.path.join(bag, path), "rb") as f:
                    self.assertNotIn(raw[:200], f.read(), path)
            self.assertEqual(office.dossier("verify", bag).returncode, 0)

    def test_stopped_in_the_middle(self):
        """An orderly end gives a build up, states nothing, leaves nothing in
        clear; the next start makes it."""
        with lib.Office() as office:
            s = Story(mails=12, office=office)
            s.run("bundle", "new", CASE)
            office.api("POST", "/api/v1/bundles/B-0001/build", {})
            office.wait_line("bundle.begun")
            self.assertEqual(office.stop(), 0)
            # On a machine in a hurry it may have been done by then.
            built = any("result=built" in x for x in office.lines)
            self.assertEqual(os.path.exists(
                office.path("export", "B-0001.1.zip")), built)
            office.start()
            s.run("job", "wait", "B-0001.1")
            self.assertTrue(zipfile.is_zipfile(
                office.path("export", "B-0001.1.zip")))

    def test_killed_in_the_middle(self):
        with lib.Office() as office:
            s = Story(mails=12, office=office)
            s.run("bundle", "new", CASE)
            status, answer = office.api(
                "POST", "/api/v1/bundles/B-0001/build", {})
            self.assertEqual(status, 202, answer)
            office.wait_line("bundle.begun")
            office.kill()
            office.start()
            office.wait_line("bundle.ended.*result=built")
            s.run("job", "wait", "B-0001.1")
            self.assertEqual(s.run("job", "list"), "")
            with tempfile.TemporaryDirectory() as top:
                data = office.request("GET", "/api/v1/bundles/B-0001/zip")[2]
                with zipfile.ZipFile(io.BytesIO(data)) as z:
                    z.extractall(top)
                self.sums(os.path.join(top, "B-0001"))
            kinds = [e["kind"] for e in office.rows(
                "/api/v1/entries?limit=500") if e["kind"].startswith(
                    "bundle.")]
            self.assertEqual(kinds, ["bundle.opened", "bundle.asked",
                                     "bundle.built"])

    def test_supplement(self):
        with lib.Office() as office:
            s = Story(office=office)
            s.run("bundle", "new", CASE)
            first = self.dat(s.build("B-0001", "first"))
            s.mails(4, 4)
            s.file()
            s.run("bundle", "new", CASE, "--supplements", "B-0001")
            more = self.dat(s.build("B-0002", "more"))
            self.assertEqual(len(more), 2)
            self.assertGreater(more[0]["BEGDOC"], first[-1]["ENDDOC"])

    def test_sealed(self):
        with lib.Office(start=False) as office:
            key, cert = office.path("seal.key"), office.path("seal.pem")
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                 "-subj", "/CN=Office", "-days", "30", "-keyout", key,
                 "-out", cert], check=True, stderr=subprocess.DEVNULL)
            office.append('seal {\n\tcertificate = "%s"\n\tkey = "%s"\n}\n' %
                          (cert, key))
            office.start()
            s = Story(office=office)
            s.run("bundle", "new", CASE)
            bag = s.build("B-0001", "b")
            self.sums(bag)

            def verify():
                return subprocess.run(
                    ["openssl", "cms", "-verify", "-cades", "-binary",
                     "-inform", "DER", "-purpose", "any", "-in",
                     "seal/tagmanifest-sha512.txt.p7s", "-content",
                     "tagmanifest-sha512.txt", "-CAfile", cert, "-out",
                     "/dev/null"], cwd=bag, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL).returncode
            self.assertEqual(verify(), 0)
            with open(os.path.join(bag, "tagmanifest-sha512.txt"), "a") as f:
                f.write("x")
            self.assertNotEqual(verify(), 0)

    def readme(self, bag):
        """The README's commands, English then Chinese: the same."""
        with open(os.path.join(bag, "data/README.html"),
                  encoding="utf-8") as f:
            page = f.read()
        self.assertNotRegex(page, r"<script|https?://")
        self.assertIn('lang="zh-Hans"', page)
        commands = [html.unescape(c) for c in re.findall(
            r"<pre>(.*?)</pre>", page, re.S)]
        half = len(commands) // 2
        self.assertEqual(commands[:half], commands[half:])
        return commands[:half]

    @staticmethod
    def typed(bag, command, **env):
        done = subprocess.run(
            ["bash", "-c", command.replace("/tmp/", bag + ".")], cwd=bag,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=dict(os.environ, **env))
        return done.returncode, done.stdout.decode()

    def test_readme_commands(self):
        """What the README tells people to type does what it says."""
        verified = "Signature Verified Successfully\n"
        with lib.Office() as office:
            s = Story(office=office)
            s.run("bundle", "new", CASE)
            bag = s.build("B-0001", "b")
            commands = self.readme(bag)
            self.assertEqual(len(commands), 9)   # no seal, no email
            for i, want in ((0, ""), (1, ""), (2, verified), (3, ""),
                            (5, verified), (8, "1\n" + verified)):
                self.assertEqual(self.typed(bag, commands[i]), (0, want),
                                 commands[i])
            # Another head, or one that nobody signed.
            head = os.path.join(bag, "seal/master-checkpoint")
            swap(head, b"\n", b"\n1")
            code, said = self.typed(bag, commands[5])
            self.assertNotEqual(code, 0)
            self.assertRegex(said, "(?m)^[<>]")
            swap(os.path.join(bag, "tagmanifest-sha512.txt"), b"bag-info",
                 b"bag-inf0")
            self.assertEqual(self.typed(bag, commands[8])[1],
                             "0\n" + verified)

    def test_readme_of_others(self):
        """The commands for what others signed: authority, witness, and the
        domain of a sender."""
        loglib.install()
        top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, top)
        outside = authority.Authority(top)
        self.addCleanup(outside.close)
        domain = test_vouch.Vouch("test_pass")
        domain.setUpClass()
        self.addCleanup(domain.tearDownClass)
        with lib.Office() as office:
            master = office.dossier("log", "key", "master")
            office.stop()
            witness = loglib.Witness(os.path.join(top, "w"), "witness.example",
                                     master.stdout.decode().strip())
            self.addCleanup(witness.close)
            office.append(outside.conf() + witness.conf() +
                          '\ndns {\n\tresolver = "127.0.0.1:%d"\n}\n' %
                          domain.dns.port)
            office.start()
            s = Story(mails=0, office=office)
            office.send(domain.signed(1))
            mail_id = office.documents()[-1]["id"]
            domain.vouched(office, mail_id)
            s.file()
            office.dossier("log", "checkpoint", "--stamp")
            office.wait_for(lambda: {"tree.stamped", "tree.cosigned"} <= {
                e["kind"] for e in office.rows(
                    "/api/v1/entries?limit=1000")}, "stamp and line")
            head = office.get("/api/v1/log/checkpoint")["row"]["position"]
            s.run("bundle", "new", CASE)
            bag = s.build("B-0001", "b", "--as-known-on", str(head))
            done = office.dossier("verify", bag)
            self.assertEqual(done.returncode, 0, done.stdout)
            number = self.check_auth(bag, office.raw(mail_id))
            for path, data in ("ca.pem", None), ("roots.pem", None), (
                    "witness.vkey", witness.key + "\n"):
                if data is None:
                    shutil.copy(outside.ca, os.path.join(bag, path))
                    continue
                with open(os.path.join(bag, path), "w") as f:
                    f.write(data)
            commands = self.readme(bag)
            env = {"PATH": os.path.join(
                lib.BUILD, "npm/node_modules/.bin") + ":" +
                os.environ["PATH"]}
            verified = "Signature Verified Successfully"
            said = []
            for i, want in enumerate((
                    None, None, verified, "", "CAdES Verification successful",
                    "Verification: OK", verified, "Verification: OK",
                    verified, verified, number + " pass / pass")):
                said.append(self.typed(bag, commands[i], **env))
                if want is not None:    # the first two name what was added
                    self.assertEqual(said[i][0], 0, (commands[i], said[i]))
                    self.assertIn(want, said[i][1], commands[i])
            self.assertEqual(len(commands), 11)
            # Each of them notices what was changed.
            swap(os.path.join(bag, "seal/master-checkpoint"), b"\n",
                        b"\n1")
            self.typed(bag, commands[6])
            for i in 7, 8:
                self.assertNotEqual(self.typed(bag, commands[i])[0], 0)
            native, = glob.glob(os.path.join(
                bag, "data/production/VOL001/NATIVES/*", number + ".eml"))
            swap(native, b"Number 1", b"Number 7")
            self.assertNotIn("pass / pass",
                             self.typed(bag, commands[10], **env)[1])

    def check_auth(self, bag, raw):
        """email-auth/ of the one mail; its number."""
        row, = [r for r in self.dat(bag) if r["RECORDTYPE"] == "email"]
        found = [p for p in files(bag) if p.startswith("data/email-auth/")]
        self.assertEqual(found, ["data/email-auth/" + row["BEGDOC"] + x
                                 for x in (".auth.json", ".dns.json")])
        with open(os.path.join(bag, found[0]), encoding="utf-8") as f:
            auth = json.load(f)
        with open(os.path.join(bag, found[1]), encoding="utf-8") as f:
            dns = json.load(f)
        self.assertEqual([(r["method"], r["result"])
                          for r in auth["results"]],
                         [("dkim", "pass"), ("dmarc", "pass")])
        native = os.path.join(bag, "data/production/VOL001",
                              row["NATIVELINK"].replace("\\", "/"))
        with open(native, "rb") as f:
            data = f.read()
        self.assertEqual(data, raw)

        def kept(name, timeout=5):
            return "".join(dns[name.decode().rstrip(".")]["TXT"][0]).encode()
        self.assertTrue(dkim.verify(data, dnsfunc=kept))
        self.assertFalse(dkim.verify(data.replace(b"Number 1", b"Number 7"),
                                     dnsfunc=kept))
        return row["BEGDOC"]


if __name__ == "__main__":
    unittest.main()
