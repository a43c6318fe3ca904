# SPDX-License-Identifier: ISC
# check: timeout 120
"""Followers: what waits is read and filed once, whatever happens between."""
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402


def parts(count):
    """A mail whose reading is too long for an entry."""
    out = (b"From: a@b.example\r\nSubject: many parts\r\n"
           b"Message-ID: <many@b.example>\r\nMIME-Version: 1.0\r\n"
           b"Content-Type: multipart/mixed; boundary=x\r\n\r\n")
    for n in range(count):
        out += (b"--x\r\nContent-Type: text/plain; name=\"part %d.txt\"\r\n"
                b"Content-Disposition: attachment; filename=\"part %d.txt\""
                b"\r\n\r\npart %d\r\n" % (n, n, n))
    return out + b"--x--\r\n"


class Follow(unittest.TestCase):
    def kinds(self, office):
        found = {}
        for e in office.rows("/api/v1/entries?from=1"):
            key = e["kind"], e.get("document")
            found[key] = found.get(key, 0) + 1
        return found

    def test_each_is_read_and_decided_once(self):
        with lib.Office() as office:
            with office.lmtp() as s:
                for n in range(60):
                    lib.receipt(s.send(lib.mail(n))[0])
                for n in range(60):     # a second arrival is no second work
                    lib.receipt(s.send(lib.mail(n))[0])
            office.wait_read()
            found = self.kinds(office)
            for n in range(1, 61):
                name = "D-%06d" % n
                self.assertEqual(found["document.received", name], 2)
                self.assertEqual(found["document.read", name], 1)
                self.assertEqual(found["document.triaged", name], 1)
            row = office.documents()[0]
            self.assertEqual(row["subject"], "mail 0")
            self.assertEqual(row["status"], "read")
            self.assertEqual(row["state"], "triage")
            entries = office.status()["entries"]
            office.stop()
            shutil.rmtree(office.path("views"))
            office.start()
            office.wait_read()
            self.assertEqual(office.status()["entries"], entries)
            self.assertEqual(self.kinds(office), found)

    def test_what_is_kept_shows(self):
        """Also when the views gather behind a flood of mail."""
        with lib.Office() as office:
            for turn in range(5):
                with office.lmtp() as s:
                    for n in range(100):
                        last, _, _ = lib.receipt(s.send(lib.mail(
                            n, subject="turn %d" % turn))[0])
                status, answer = office.api(
                    "GET", "/api/v1/documents/" + last)
                self.assertEqual(status, 200, answer)
                status, kept = office.api("POST", "/api/v1/notes", {
                    "type": "call", "note": "note %d" % turn})
                self.assertEqual(status, 201, kept)
                self.assertIn(kept["row"]["document"],
                              [d["id"] for d in office.documents()])

    def test_long_reading_is_derived(self):
        with lib.Office() as office:
            _, seq, _ = lib.receipt(office.send(parts(1500))[0])
            office.documents(after=seq)
            office.wait_read()
            body = [e["body"] for e in office.rows("/api/v1/entries?from=1")
                    if e["kind"] == "document.read"][0]
            self.assertEqual(body["status"], "read")
            self.assertNotIn("reading", body)
            self.assertEqual(len(body["reading_sha256"]), 64)
            row = office.documents()[0]
            self.assertEqual(row["subject"], "many parts")

    def test_killed_in_between(self):
        with lib.Office() as office:
            for turn in range(5):
                with office.lmtp() as s:
                    for n in range(40):
                        lib.receipt(s.send(lib.mail(
                            n, subject="turn %d" % turn))[0])
                office.kill()
                office.start()
            office.wait_read()
            found = self.kinds(office)
            for (kind, document), count in found.items():
                if kind in ("document.read", "document.triaged"):
                    self.assertEqual(count, 1, (kind, document))
            self.assertEqual(len([1 for kind, _ in found
                                  if kind == "document.read"]), 200)

    def test_no_reader_is_said(self):
        """Without its program nothing is read, nothing is lost, and mail
        still comes in."""
        with lib.Office(start=False) as office:
            office.append('reader = "/nonexistent/dossier-reader"\n')
            office.start()
            self.assertIn("reader=missing", office.wait_line("loop.ready"))
            _, seq, _ = lib.receipt(office.send(lib.mail(1))[0])
            self.assertEqual(len(office.documents(after=seq)), 1)
            self.assertEqual(office.stop(), 0)

    def test_hostile_document(self):
        with lib.Office(conf={'quiet = "2s"': 'quiet = "50ms"'}) as office:
            with open(office.path("drop", "scan", "x.pdf"), "wb") as f:
                f.write(b"%PDF-1.7\n" + os.urandom(200000))
            with open(office.path("drop", "scan", "y.bin"), "wb") as f:
                f.write(os.urandom(3 << 20))
            office.wait_line("drop.kept", 2)
            office.wait_for(lambda: len(office.documents()) == 2, "both")
            office.wait_read()
            self.assertEqual({d["state"] for d in office.documents()},
                             {"triage"})


if __name__ == "__main__":
    unittest.main()
