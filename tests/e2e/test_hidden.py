# SPDX-License-Identifier: ISC
# check: slow
"""Recipients that only an envelope knows (blind copies, X-Envelope-To, the
address in archive+user=host@office) stand in no list, no timeline and, but
for the files as they came, in no bundle that leaves the office."""
import csv
import io
import json
import os
import unittest
import zipfile

import lib

CASE = "K-2026-0001"
CONF = {'domains = {}\n\t# Mail addresses':
        'domains = { "office.example" }\n\t# Mail addresses'}
PLUS = "archive+hidden.one=else.example@office.example"


def mail(n, sender, to, more=""):
    return ("%sFrom: %s\r\nTo: %s\r\nSubject: %s number %d\r\n"
            "Message-ID: <h%d@client.example>\r\n"
            "Date: Mon, 02 Mar 2026 10:15:00 +0000\r\n\r\nHello %d\r\n" % (
                more, sender, to, CASE, n, n, n)).encode()


class Hidden(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = lib.Office(conf=CONF)
        cls.addClassCleanup(cls.office.close)
        anna, lawyer = "anna@client.example", "lawyer@office.example"
        cls.run_("client", "add", "Anna", "--email", anna)
        cls.run_("case", "open", "C-0001", "Lease")
        cls.open = [
            cls.take(mail(1, anna, lawyer), anna, [lawyer]),
            # The archive's own mailbox says nothing of anybody.
            cls.take(mail(2, anna, lawyer), anna,
                     ["archive@dossier.invalid"]),
            # Both are told: by To, and as a mailbox of the office.
            cls.take(mail(8, anna, "friend@else.example"), anna,
                     ["archive+friend=else.example@dossier.invalid",
                      "archive+clerk=office.example@dossier.invalid"])]
        cls.hidden = [
            cls.take(mail(3, anna, lawyer), anna, [lawyer, PLUS]),
            cls.take(mail(4, anna, lawyer), anna,
                     [lawyer, "hidden.two@else.example"]),
            cls.take(mail(7, anna, lawyer), anna, [PLUS])]
        cls.native = cls.take(
            mail(5, anna, lawyer, "X-Envelope-To: hidden.three@else.example"
                 "\r\n"), anna, [lawyer])
        cls.out = cls.take(mail(6, lawyer, anna), lawyer,
                           [anna, "hidden.four@else.example"])
        cls.office.wait_read()
        for d in cls.office.documents():
            if d["state"] != "filed":
                cls.run_("triage", "file", d["id"], "--case", CASE)

    @classmethod
    def run_(cls, *args):
        done = cls.office.dossier(*args)
        assert done.returncode == 0, (args, done)
        return done.stdout

    @classmethod
    def take(cls, raw, sender, to):
        return lib.receipt(cls.office.send(raw, to=to, sender=sender)[0])[0]

    def bag(self, profile):
        bundle = self.run_("bundle", "new", CASE, "--profile",
                           profile).decode().split()[0]
        folder = os.path.join(self.office.top, profile)
        self.run_("bundle", "build", bundle, "-o", folder)
        done = self.office.dossier("verify", folder)
        self.assertEqual(done.returncode, 0, done.stdout)
        return folder

    @staticmethod
    def saying(bag, word):
        """The files, their tables unpacked, that have it."""
        found = set()
        for at, _, names in os.walk(bag):
            for name in names:
                path = os.path.join(at, name)
                with open(path, "rb") as f:
                    data = f.read()
                if name.endswith(".xlsx"):
                    with zipfile.ZipFile(io.BytesIO(data)) as z:
                        data = b"".join(z.read(n) for n in z.namelist())
                if word in data:
                    found.add(os.path.relpath(path, bag))
        return found

    @staticmethod
    def custodians(bag):
        path = os.path.join(bag, "data/production/VOL001/DATA/VOL001.dat")
        with open(path, encoding="utf-8-sig", newline="") as f:
            return [r["CUSTODIAN"] for r in csv.DictReader(
                f, delimiter="\x14", quotechar="þ")]

    @staticmethod
    def arrivals(bag):
        with open(os.path.join(bag, "proof/case/disclosed.jsonl"),
                  encoding="utf-8") as f:
            entries = [json.loads(json.loads(line)["entry"]) if isinstance(
                json.loads(line).get("entry"), str) else
                json.loads(line)["entry"] for line in f]
        return {e["document"] for e in entries
                if e["kind"] == "document.received"}

    def test_lists_and_timelines(self):
        said = [self.run_("documents", "--json"), self.run_("documents"),
                self.run_("timeline", CASE), self.run_("timeline", "C-0001")]
        for form in ("--json", "--csv"):
            said.append(self.run_("timeline", CASE, form))
        for form, name in (("--html", "t.html"), ("--xlsx", "t.xlsx")):
            path = os.path.join(self.office.top, name)
            self.run_("timeline", CASE, form, path)
            with open(path, "rb") as f:
                said.append(f.read())
        with zipfile.ZipFile(io.BytesIO(said.pop())) as z:
            said += [z.read(n) for n in z.namelist()]
        for text in said:
            self.assertNotIn(b"hidden.", text)
        self.assertIn(b"number 3", said[0])

    def test_bundles_that_leave(self):
        for profile in ("production", "dsar"):
            bag = self.bag(profile)
            left = self.saying(bag, b"hidden.")
            self.assertEqual({p for p in left if "/NATIVES/" not in p},
                             set(), profile)
            self.assertEqual(len(left), 1)      # the header of that file
            self.assertEqual(set(self.custodians(bag)), {
                "lawyer@office.example", "archive@dossier.invalid",
                "archive+friend=else.example@dossier.invalid; "
                "archive+clerk=office.example@dossier.invalid",
                "anna@client.example", "lmtp"})     # the last: the door
            given = self.arrivals(bag)
            for d in self.open + [self.native]:
                self.assertIn(d, given)
            for d in self.hidden + [self.out]:
                self.assertNotIn(d, given)

    def test_auditors_see_all(self):
        bag = self.bag("audit")
        self.assertIn(PLUS, "; ".join(self.custodians(bag)))
        self.assertLessEqual(set(self.hidden), self.arrivals(bag))


if __name__ == "__main__":
    unittest.main()
