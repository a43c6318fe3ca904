# SPDX-License-Identifier: ISC
# check: timeout 120
"""Parts of mails: their bytes by number, as the reading says they are."""
import base64
import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib      # noqa: E402
import readers  # noqa: E402

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 5000


def mail():
    return (b"From: a@b.example\r\nSubject: two\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n"
            b"see the attached\r\n--x\r\nContent-Type: application/pdf; "
            b"name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
            base64.encodebytes(PDF).replace(b"\n", b"\r\n") +
            b"--x\r\nContent-Type: message/rfc822\r\n\r\n"
            b"Subject: within\r\n\r\nbody\r\n--x--\r\n")


class Parts(unittest.TestCase):
    def raw(self, office, name):
        return office.request("GET", "/api/v1/documents/%s/raw" % name)

    def test_by_number(self):
        with lib.Office() as office:
            lib.receipt(office.send(mail())[0])
            office.wait_read()
            status, head, body = self.raw(office, "D-000001.3")[:3]
            self.assertEqual(status, 200)
            self.assertEqual(body, PDF)
            head = {k.lower(): v for k, v in dict(head).items()}
            self.assertEqual(head["repr-digest"], "sha-256=:%s:" %
                             base64.b64encode(hashlib.sha256(PDF).digest())
                             .decode())
            self.assertIn("D-000001.3", head["content-disposition"])
            self.assertEqual(self.raw(office, "D-000001.2")[2],
                             b"see the attached")
            self.assertEqual(self.raw(office, "D-000001.4")[2],
                             b"Subject: within\r\n\r\nbody")
            # A multipart has no bytes; no such part; no such document.
            for name in ("D-000001.1", "D-000001.6", "D-000001.65535",
                         "D-000002.1"):
                self.assertEqual(self.raw(office, name)[0], 404, name)
            out = office.path("a.pdf")
            got = office.dossier("get", "D-000001.3", "-o", out)
            self.assertEqual(got.returncode, 0, got.stderr)
            with open(out, "rb") as f:
                self.assertEqual(f.read(), PDF)
            self.assertEqual(office.dossier("get", "D-000001.9").returncode,
                             office.dossier("get", "D-000009").returncode)

    def test_corpus(self):
        """Each leaf of mails with attachments has the hash it should."""
        if not os.path.isdir(readers.CORPUS):
            self.skipTest("no corpus")
        folder = os.path.join(readers.CORPUS, "mail/eml/mimekit-messages")
        names = sorted(n for n in os.listdir(folder) if n.endswith(".eml") or
                       n.endswith(".msg") or n.startswith("multipart"))[:12]
        self.assertTrue(names)
        count = 0
        with lib.Office() as office:
            for name in names:
                with open(os.path.join(folder, name), "rb") as f:
                    data = f.read().replace(b"\r\n", b"\n").replace(
                        b"\n", b"\r\n")
                lib.receipt(office.send(data.rstrip(b"\r\n") + b"\r\n")[0])
            office.wait_read()
            for row in office.documents():
                one = office.get("/api/v1/documents/" + row["id"])["row"]
                for n, part in enumerate(one["reading"].get("parts", []), 1):
                    name = "%s.%d" % (row["id"], n)
                    status, _, body = self.raw(office, name)[:3]
                    if "sha256" not in part:
                        continue
                    self.assertEqual(status, 200, name)
                    self.assertEqual(hashlib.sha256(body).hexdigest(),
                                     part["sha256"], name)
                    count += 1
        self.assertGreater(count, 10)


if __name__ == "__main__":
    unittest.main()
