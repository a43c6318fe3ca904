# SPDX-License-Identifier: ISC
# check: slow
"""What was marked as received in error since: asked as known earlier, its row
says so and tells nothing else, in lists, one by one, in each format of the
timeline and in what an audit is given; lifting the mark brings it back."""
import io
import json
import os
import unittest
import zipfile

import lib
import test_build

SECRET = "Strategy of the other side"
WORDS = (SECRET, "secret.example", "wrong-box", "m77@")
MAIL = (b"From: Counsel <x@secret.example>\r\nTo: wrong-box@example.org\r\n"
        b"Subject: " + SECRET.encode() + b"\r\nMessage-ID: <m77@secret.example"
        b">\r\nDate: Mon, 02 Mar 2026 10:15:00 +0000\r\n\r\nOur plan\r\n")
FORMATS = ("json", "csv", "jsonl", "html", "xlsx", "timesketch", "mactime")


class Hindsight(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.o = lib.Office()
        self.addCleanup(self.o.close)
        self.s = test_build.Story(mails=1, office=self.o)
        before = {d["id"] for d in self.o.documents()}
        self.o.send(MAIL, sender="x@secret.example")
        self.s.file()
        self.id, = {d["id"] for d in self.o.documents()} - before
        row = self.row()
        self.sha = row["sha256"]
        self.at = self.o.status()["applied"]

    def row(self, known=None):
        return self.o.get("/api/v1/documents/%s%s" % (
            self.id, "?as_known_on=%d" % known if known else ""))["row"]

    def listed(self, known):
        return {d["id"]: d for d in self.o.rows(
            "/api/v1/documents?case=%s&as_known_on=%d" % (
                test_build.CASE, known))}

    def timeline(self, name, known):
        status, _, data = self.o.request(
            "GET", "/api/v1/timeline?of=%s&format=%s&as_known_on=%d" % (
                test_build.CASE, name, known))
        self.assertEqual(status, 200, (name, data[:300]))
        if name == "xlsx":
            with zipfile.ZipFile(io.BytesIO(data)) as z:
                data = b"".join(z.read(n) for n in z.namelist())
        return data.decode("utf-8", "replace")

    def everything(self, known):
        return {"one": json.dumps(self.row(known)),
                "list": json.dumps(self.listed(known)),
                **{f: self.timeline(f, known) for f in FORMATS}}

    def test_rows(self):
        then = self.everything(self.at)
        for name, text in then.items():
            self.assertIn(SECRET, text, name)
        self.s.run("mark", self.id, "--as", "received-in-error")
        now = self.o.status()["applied"]
        # Now it is shown with its mark: somebody has to decide on it.
        self.assertIn(SECRET, json.dumps(self.row()))
        self.assertEqual(self.row()["marks"], ["received-in-error"])
        for name, text in self.everything(self.at).items():
            for word in WORDS + (self.sha,):
                self.assertNotIn(word, text, (name, word))
            self.assertIn("received-in-error" if name in ("one", "list")
                          else "received in error", text, name)
        hidden, shown = self.row(self.at), json.loads(then["one"])
        self.assertEqual(hidden["hidden"], "received-in-error")
        self.assertEqual(hidden["marks"], ["received-in-error"])
        for name in ("id", "at", "happened_at", "channel", "direction",
                     "filings", "arrivals", "seq", "state"):
            self.assertEqual(hidden[name], shown[name], name)
        for name in ("subject", "from", "sha256", "size", "received",
                     "reading", "type", "filename"):
            self.assertNotIn(name, hidden)
        # The others are as they were.
        others = json.loads(then["list"])
        del others[self.id]
        listed = self.listed(self.at)
        del listed[self.id]
        self.assertEqual(listed, others)
        # Known at the mark, it is a document with a mark.
        self.assertIn(SECRET, json.dumps(self.row(now)))
        self.s.run("mark", self.id, "--as", "received-in-error", "--lift")
        self.assertEqual(self.everything(self.at), then)

    def test_other_marks_hide_nothing(self):
        then = self.everything(self.at)
        self.s.run("mark", self.id, "--as", "privileged")
        self.assertEqual(self.everything(self.at), then)

    def test_copies(self):
        """The same mail that came to another is hidden with it."""
        self.o.send(b"Received: by other.example\r\n" + MAIL,
                    sender="x@secret.example")
        self.s.file()
        at = self.o.status()["applied"]
        self.s.run("mark", self.id, "--as", "received-in-error")
        rows = self.o.rows("/api/v1/documents?case=%s&copies=each"
                           "&as_known_on=%d" % (test_build.CASE, at))
        self.assertEqual(sum("hidden" in r for r in rows), 2)
        self.assertNotIn(SECRET, json.dumps(rows))

    def test_audit(self):
        self.s.run("mark", self.id, "--as", "received-in-error")
        self.s.run("bundle", "new", test_build.CASE, "--profile", "audit",
                   "--as-known-on", str(self.at))
        done = self.o.dossier("bundle", "build", "B-0001")
        self.assertEqual(done.returncode, 6)
        self.s.run("bundle", "leave-out", "B-0001", self.id, "--reason",
                   "not meant for us")
        bag = self.s.build("B-0001", "out")
        for path in test_build.files(bag):
            with open(os.path.join(bag, path), "rb") as f:
                data = f.read()
            for word in WORDS + (self.sha,):
                self.assertNotIn(word.encode(), data, (path, word))
        done = self.o.dossier("verify", bag)
        self.assertEqual(done.returncode, 0, done.stdout)
        # Whoever decides to produce it all the same gives all of it.
        self.s.run("bundle", "add", "B-0001", self.id)
        bag = self.s.build("B-0001", "in")
        with open(os.path.join(bag, "data/timeline/timeline.csv"),
                  encoding="utf-8-sig") as f:
            self.assertIn(SECRET, f.read())
        done = self.o.dossier("verify", bag)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
