#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Facts of made-up mails: what reading.h lists, one by one."""
import hashlib
import unittest

import readers
from readers import ANY, DONE, MAIL

BOUNCE = b"""\
From: mailer-daemon@example.net
Subject: failed
Auto-Submitted: auto-replied (bounce)
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; ok@example.net
Action: delivered
Status: 2.0.0

Final-Recipient: rfc822; <gone@example.net>
Action: failed
Status: 5.1.1 (no such user)

--b
%s

Message-ID: <lost@example.org>
Subject: lost

text
--b--
"""


class Mail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.reader = readers.Reader()
        cls.reader.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.reader.__exit__()

    def read(self, text, hint=MAIL):
        if isinstance(text, str):
            text = text.encode()
        outcome, _, reading = self.reader.one(text, hint=hint)
        self.assertEqual(outcome, DONE)
        return reading

    def test_names_the_program(self):
        self.assertRegex(self.reader.name,
                         r"^dossier-reader \S+ gmime 3\.\S+ libmagic \d+$")

    def test_all_facts(self):
        self.assertEqual(self.read(
            "Received: from a by b; Mon, 2 Mar 2026 10:16:00 +0100\n"
            "Received: from c by d; Mon, 2 Mar 2026 10:15:30 +0100\n"
            "From: =?utf-8?Q?J=C3=B8rn?= <jorn@Example.ORG>\n"
            "Reply-To: desk@example.org\n"
            "To: a@example.com, \"B, C\" <b@example.com>\n"
            "Cc: c@example.com\nBcc: d@example.com\n"
            "Subject: =?utf-8?B?5L+h?= K-2026-0031\n"
            "Date: Mon, 2 Mar 2026 10:15:00 +0100\n"
            "Message-ID: <m1@example.org>\nIn-Reply-To: <m0@example.com>\n"
            "References: <r@example.com>\n\t<m0@example.com>\n"
            "List-Id: A list <list.example.org>\nPrecedence: list\n"
            "Auto-Submitted: auto-generated; x=y\n\nhello\n> quoted\n"), {
                "auto_submitted": "auto-generated",
                "bcc": [{"address": "d@example.com"}],
                "body": "hello",
                "cc": [{"address": "c@example.com"}],
                "date": "2026-03-02T10:15:00+01:00",
                "date_raw": "Mon, 2 Mar 2026 10:15:00 +0100",
                "from": [{"address": "jorn@example.org", "name": "Jørn"}],
                "in_reply_to": ["m0@example.com"],
                "list_id": "list.example.org",
                "message_id": "m1@example.org",
                "parts": [{"depth": 0, "end": 545, "parent": -1,
                           "sha256": hashlib.sha256(
                               b"hello\n> quoted\n").hexdigest(),
                           "size": 15, "start": 530, "type": "text/plain"}],
                "precedence": "list",
                "received": "2026-03-02T10:16:00+01:00",
                "references": ["r@example.com", "m0@example.com"],
                "reply_to": [{"address": "desk@example.org"}],
                "subject": "信 K-2026-0031",
                "to": [{"address": "a@example.com"},
                       {"address": "b@example.com", "name": "B, C"}],
                "type": "message/rfc822"})

    def test_nothing_said(self):
        reading = self.read("X-A: b\n\ntext\n")
        self.assertEqual(reading["doubts"],
                         ["no-from", "no-message-id", "no-date"])

    def test_doubts(self):
        for head, doubt in (
                (b"From: a@b.example\nFrom: c@d.example\n",
                 "duplicate-header:From"),
                (b"Date: tomorrow\n", "bad-date"),
                (b"Date: 2 Mar 2026 10:15\n", "bad-date"),
                (b"Subject: caf\xe9\n", "8bit-header"),
                (b"Subject: =?x-odd?Q?a?=\n", "bad-charset:x-odd"),
                (b"Content-Type: text/plain; charset=unknown-8bit\n",
                 "bad-charset:unknown-8bit")):
            self.assertIn(doubt, self.read(head + b"\ncaf\xe9\n")["doubts"])

    def test_auto_submitted_no(self):
        for value in ("no", " No (really)"):
            self.assertNotIn("auto_submitted", self.read(
                "Auto-Submitted: %s\n\n" % value))

    def test_bounce(self):
        for kind in (b"Content-Type: message/rfc822",
                     b"Content-Type: text/rfc822-headers"):
            reading = self.read(BOUNCE % kind)
            self.assertEqual(reading["bounce"], {
                "action": "failed", "message_id": "lost@example.org",
                "recipient": "gone@example.net",
                "recipients": reading["bounce"]["recipients"],
                "status": "5.1.1"})
            self.assertIn({"action": "failed", "status": "5.1.1",
                           "recipient": "gone@example.net"},
                          reading["bounce"]["recipients"])
            self.assertEqual(reading["auto_submitted"], "auto-replied")
            self.assertEqual(reading["body"], "Sorry.")
            self.assertNotIn("message_id", reading)

    def test_bounce_of_several(self):
        groups = (b"Final-Recipient: rfc822; late@example.net\n"
                  b"Action: delayed\nStatus: 4.4.1\n",
                  b"Final-Recipient: rfc822; gone@example.net\n"
                  b"Status: 5.1.1\nAction: Failed (no such user)\n",
                  b"Final-Recipient: rfc822; other@example.net\n"
                  b"Action: failed\nStatus: 5.2.2\n")
        mail = BOUNCE % b"Content-Type: message/rfc822"
        first = mail.index(b"Final-Recipient")
        last = mail.index(b"\n--b\nContent-Type: message/rfc822")
        for end in (b"\n", b"\r\n"):
            reading = self.read((mail[:first] + b"\n".join(groups) +
                                 mail[last:]).replace(b"\n", end))
            self.assertEqual(reading["bounce"], {
                "action": "failed", "message_id": "lost@example.org",
                "recipient": "gone@example.net", "recipients": [
                    {"action": "delayed", "recipient": "late@example.net",
                     "status": "4.4.1"},
                    {"action": "failed", "recipient": "gone@example.net",
                     "status": "5.1.1"},
                    {"action": "failed", "recipient": "other@example.net",
                     "status": "5.2.2"}], "status": "5.1.1"})

    def test_text_that_copies_have_in_common(self):
        head = b"Content-Type: text/plain\n\n"
        plain = hashlib.sha256(b"a\nFrom me\n> b\n").hexdigest()
        for text in (b"a\n>>From me\n> b\n", b"a\r\nFrom me\r\n> b\r\n",
                     b"a\nFrom me\n> b", b"a\n>From me\n> b\n\n\n"):
            part, = self.read(head + text)["parts"]
            self.assertEqual(part["sha256"],
                             hashlib.sha256(text).hexdigest())
            self.assertEqual(part["text_sha256"], plain)
        part, = self.read(head + b"a\nFrom me\n> b\n")["parts"]
        self.assertNotIn("text_sha256", part)
        self.assertEqual(part["sha256"], plain)

    def test_tree(self):
        reading = self.read(BOUNCE % b"Content-Type: message/rfc822")
        self.assertEqual(
            [(p["parent"], p["depth"], p["type"]) for p in reading["parts"]],
            [(-1, 0, "multipart/report"), (0, 1, "text/plain"),
             (0, 1, "message/delivery-status"), (0, 1, "message/rfc822"),
             (3, 2, "text/plain")])
        mail = BOUNCE % b"Content-Type: message/rfc822"
        nested = reading["parts"][3]
        self.assertEqual(mail[nested["start"]:nested["end"]],
                         b"Message-ID: <lost@example.org>\n"
                         b"Subject: lost\n\ntext")

    def test_file_names(self):
        for head, name in (
                ('filename="a b.pdf"', "a b.pdf"), ("filename=a.pdf", "a.pdf"),
                ("filename*=utf-8''%E4%BF%A1.pdf", "信.pdf"),
                ("filename*0=a;\n filename*1=b.pdf", "ab.pdf"),
                ('filename="=?gb2312?B?0MU=?=.pdf"', "信.pdf"),
                ('filename="=?utf-8?B?YQ==?= =?utf-8?B?Yi5wZGY=?="',
                 "ab.pdf")):
            part = self.read("Content-Disposition: attachment; %s\n"
                             "Content-Type: application/pdf\n\nx" % head)
            part = part["parts"][0]
            self.assertEqual((part["filename"], part["disposition"]),
                             (name, "attachment"))

    def test_html_body(self):
        self.assertEqual(self.read(
            "Content-Type: text/html\n\n<p>See K-2026-0031</p>"
            "<blockquote>K-2025-0001</blockquote>")["body"],
                         "See K-2026-0031")

    def test_attachment_is_no_body(self):
        self.assertNotIn("body", self.read(
            "Content-Disposition: attachment; filename=a.txt\n\ntext"))

    def test_other_files(self):
        for data, kind in ((b"%PDF-1.4\n", "application/pdf"),
                           (b"II*\0\x08\0\0\0", "image/tiff"),
                           (b"Dear all,\n", "text/plain")):
            self.assertEqual(self.read(data, ANY), {"type": kind})

    def test_saved_mail(self):
        self.assertEqual(self.read("Subject: a\nFrom: b@c.example\n\n",
                                   ANY)["type"], "message/rfc822")

    def test_no_message(self):
        reading = self.read(b"\x89PNG\r\n\x1a\n\0\0\0")
        self.assertIn("no-message", reading["doubts"])
        self.assertEqual(len(reading["parts"]), 1)


if __name__ == "__main__":
    unittest.main()
