# SPDX-License-Identifier: ISC
# check: timeout 120
"""Journal reports of Exchange: the message in them is read, filed and shown,
the report is kept, copies of one message are one row."""
import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402
import readers  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "..", "samples", "journal")
EXCHANGE = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@office.example"


def sample(name):
    with open(os.path.join(SAMPLES, name + ".eml"), "rb") as f:
        return f.read()


class Reading(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.reader = readers.Reader()
        cls.reader.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.reader.__exit__(None, None, None)

    def read(self, name):
        data = sample(name)
        outcome, detail, reading = self.reader.one(data)
        self.assertEqual((outcome, detail), (readers.DONE, 0))
        for part in reading["parts"]:
            if part["type"] != "message/rfc822":
                continue
            inner = data[part["start"]:part["end"]]
            self.assertEqual(inner.split(b":")[0] in (
                b"From", b"Received"), True)
        return reading

    def test_facts_are_the_message_s(self):
        plain, direct = self.read("plain"), self.read("direct")
        for member in ("from", "to", "subject", "date", "message_id",
                       "received", "body"):
            self.assertEqual(direct[member], plain[member], member)
        self.assertNotIn("auto_submitted", direct)
        self.assertNotIn("journal", plain)
        self.assertEqual(direct["journal"], {
            "message_id": "rent-1@client.example", "part": 2,
            "recipients": [{"address": "lawyer@office.example",
                            "as": "to"}],
            "reporter": EXCHANGE, "sender": "anna@client.example",
            "subject": "Notice of rent increase"})
        self.assertEqual(direct["parts"][2]["type"], "message/rfc822")

    def test_expanded_and_forwarded(self):
        self.assertEqual(self.read("expanded")["journal"]["recipients"], [
            {"address": "clerk@office.example", "as": "to",
             "how": "expanded", "via": "all@office.example"},
            {"address": "deputy@office.example", "as": "to",
             "how": "forwarded", "via": "partner@office.example"}])

    def test_blind_copies(self):
        reading = self.read("bcc")
        self.assertEqual(reading["journal"]["recipients"], [
            {"address": "anna@client.example", "as": "to"},
            {"address": "expert@survey.example", "as": "bcc"}])
        self.assertEqual(reading["journal"]["on_behalf_of"],
                         "partner@office.example")
        self.assertEqual(reading["journal"]["subject"],
                         "关于租金 K-2026-0001")
        self.assertEqual(reading["subject"], "关于租金 K-2026-0001")
        self.assertEqual(reading["body"], "我们已收到您的来信。")
        self.assertNotIn("bcc", reading)

    def test_in_a_bounce(self):
        """A report that could not be delivered is read all the same, and
        is no bounce of the client's message."""
        reading = self.read("bounced")
        self.assertEqual(reading["message_id"], "rent-1@client.example")
        self.assertNotIn("bounce", reading)
        self.assertNotIn("auto_submitted", reading)
        self.assertEqual(reading["body"], self.read("plain")["body"])
        self.assertEqual(reading["journal"]["reporter"], EXCHANGE)
        self.assertEqual(reading["journal"]["recipients"], [
            {"address": "archivist@office.example", "as": "recipient"}])

    def test_of_a_bounce(self):
        reading = self.read("reported-bounce")
        self.assertEqual(reading["bounce"], {
            "action": "failed",
            "message_id": "answer-1@office.example",
            "recipient": "anna@client.example", "status": "5.2.2"})
        self.assertEqual(reading["auto_submitted"], "auto-replied")

    def test_without_the_message(self):
        reading = self.read("alone")
        self.assertNotIn("part", reading["journal"])
        self.assertEqual(reading["message_id"], "gone-1@client.example")
        self.assertEqual(reading["subject"], "About the flat")
        self.assertEqual(reading["from"],
                         [{"address": "anna@client.example"}])

    def test_no_lines(self):
        data = sample("direct").replace(b"Sender: ", b"Sender; ").replace(
            b"To: lawyer", b"To; lawyer")
        _, _, reading = self.reader.one(data)
        self.assertEqual(reading["journal"]["recipients"], [])
        self.assertIn("no-journal-envelope", reading["doubts"])
        self.assertEqual(reading["message_id"], "rent-1@client.example")

    def test_look_alike(self):
        """A report that somebody attached is an attachment."""
        reading = self.read("look-alike")
        self.assertNotIn("journal", reading)
        self.assertEqual(reading["message_id"], "fwd-1@elsewhere.example")

    def test_cut_off(self):
        """Any front of a report is read, or said not to be one."""
        for name in ("direct", "bounced", "bcc"):
            data = sample(name)
            for n in range(0, len(data), 7):
                outcome, detail, _ = self.reader.one(data[:n])
                self.assertEqual((outcome, detail), (readers.DONE, 0),
                                 (name, n))

    def test_envelope_to(self):
        data = b"X-Envelope-To: a@b.example, <c@d.example>\r\n" + lib.mail(1)
        _, _, reading = self.reader.one(data)
        self.assertEqual(reading["envelope_to"], [
            {"address": "a@b.example"}, {"address": "c@d.example"}])


class Rows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = lib.Office(conf={
            'domains = {}\n\t# Mail addresses':
            'domains = { "office.example" }\n\t# Mail addresses'})
        for args in (["client", "add", "Anna Keller", "--email",
                      "anna@client.example"],
                     ["case", "open", "C-0001", "The lease"]):
            done = cls.office.dossier(*args)
            assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.office.close()

    def take(self, name):
        replies = self.office.send(sample(name), to=["journal@archive."
                                                     "example"],
                                   sender=EXCHANGE)
        document, seq, _ = lib.receipt(replies[0])
        self.office.documents(after=seq)
        self.office.wait_read()
        return document

    def test_copies_are_one_row(self):
        first = self.take("direct")
        others = [self.take(n) for n in ("expanded", "bounced", "plain")]
        for document, name in zip([first] + others, (
                "direct", "expanded", "bounced", "plain")):
            self.assertEqual(  # the report itself is the document
                hashlib.sha256(self.office.raw(document)).hexdigest(),
                hashlib.sha256(sample(name)).hexdigest())
        rows = {d["id"]: d for d in self.office.documents()}
        row = rows[first]
        self.assertEqual(row["subject"], "Notice of rent increase")
        self.assertIn("anna@client.example", row["from"])
        self.assertEqual(row["direction"], "in")
        self.assertEqual(set(row["copies"]), set(others))

        self.assertEqual(self.office.dossier(
            "triage", "file", first, "--case", "K-2026-0001").returncode, 0)
        lines = self.office.get("/api/v1/timeline?of=K-2026-0001")["rows"]
        shown = [x["document"] for x in lines if x.get("document")]
        self.assertEqual(shown, [first])

    def test_filed_by_what_is_in_it(self):
        document = self.take("bcc")
        row = {d["id"]: d for d in self.office.documents()}[document]
        self.assertEqual(row["direction"], "out")
        self.assertIn("lawyer@office.example", row["from"])
        self.assertNotIn("expert@survey.example", str(row))
        self.assertNotIn("journal@archive.example", str(row))
        # The expert is no party: a token suggests the case, no more.
        self.assertIn("K-2026-0001", str(self.office.get(
            "/api/v1/triage")))


if __name__ == "__main__":
    unittest.main()
