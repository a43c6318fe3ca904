# SPDX-License-Identifier: ISC
"""
The default filing rules from mail at the door to filing or triage, and what
people do about it: file, set aside, undo, misfiled, why, rule undo.

Each test makes its own clients and cases, so that none sees another's.
"""
import base64
import json
import os
import unittest

import lib

OFFICE = "office@wardhale.example"
CONF = ('\noffice {\n\tname = "Ward & Hale"\n\tzone = "Europe/London"\n'
        '\tregion = "GB"\n\tdomains = { "wardhale.example" }\n}\n')


def setUpModule():
    global office
    office = lib.Office()
    unittest.addModuleCleanup(office.close)
    office.stop()
    office.append(CONF)
    office.start()


def out(*args, code=0, lang="en", stdin=None):
    done = office.dossier(*args, lang=lang, stdin=stdin)
    assert done.returncode == code, (args, done.returncode,
                                     done.stdout.decode(),
                                     done.stderr.decode())
    return done.stdout.decode()


def parsed(*args, **kw):
    return json.loads(out(*args, "--json", **kw))


class Sender:
    """Mails with a Message-ID each."""
    count = 0

    @classmethod
    def mail(cls, sender, subject, to=OFFICE, refs=(), body="x", more="",
             cc=None, message_id=None):
        cls.count += 1
        own = message_id or "m%d@filing.example" % cls.count
        if not subject.isascii():
            subject = "=?utf-8?B?%s?=" % base64.b64encode(
                subject.encode()).decode()
        text = ("From: %s\r\nTo: %s\r\n%sSubject: %s\r\n"
                "Message-ID: <%s>\r\nDate: Mon, 02 Mar 2026 10:15:%02d "
                "+0000\r\n%s%sMIME-Version: 1.0\r\n"
                "Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n" % (
                    sender, to, "Cc: %s\r\n" % cc if cc else "", subject,
                    own, cls.count % 60,
                    "In-Reply-To: <%s>\r\nReferences: %s\r\n" % (
                        refs[-1], " ".join("<%s>" % r for r in refs))
                    if refs else "", more, body))
        return text.encode(), own


def send(sender, subject, to=OFFICE, **kw):
    """Sends and waits for the filer; the document's number."""
    raw, own = Sender.mail(sender, subject, to, **kw)
    replies = office.send(raw, to=[to], sender=sender)
    document = lib.receipt(replies[0])[0]
    office.wait_read()
    return document


class Base(unittest.TestCase):
    n = 0

    def setUp(self):
        Base.n += 1
        self.address = "client%d@example.org" % Base.n
        self.client = out("client", "add", "Client Number %d Ltd" % Base.n,
                          "--email", self.address).strip()
        self.case = self.open("Matter %d" % Base.n)

    def open(self, title):
        return out("case", "open", self.client, title).strip()

    def places(self, document):
        shown = parsed("show", document)
        return sorted(f.get("case", f["client"]) for f in shown["filings"])

    def suggestions(self, document):
        return [(s["certainty"], s.get("case", s.get("client")))
                for s in parsed("triage", "show", document)["suggestions"]]

    def assertFiled(self, document, *cases, rule=None):
        self.assertEqual(self.places(document), sorted(cases),
                         parsed("why", document))
        if rule:
            filing = parsed("why", document)["filings"][0]
            self.assertEqual((filing["rule"], filing["certainty"]),
                             (rule, "certain"))

    def assertWaits(self, document, *wanted, never="certain"):
        self.assertEqual(self.places(document), [], parsed("why", document))
        given = self.suggestions(document)
        for one in wanted:
            self.assertIn(one, given)
        self.assertNotIn(never, [certainty for certainty, _ in given])
        return given


class Rules(Base):
    def test_token_from_a_party(self):
        d = send(self.address, "About [%s] again" % self.case)
        self.assertFiled(d, self.case, rule="case-token")
        filing = parsed("why", d)["filings"][0]
        self.assertIn(self.case, filing["words"])
        self.assertTrue(filing["title"])

    def test_token_from_a_stranger(self):
        d = send("stranger@else.example", "About %s" % self.case)
        self.assertWaits(d, ("likely", self.case))

    def test_token_inside_other_letters(self):
        d = send("other@else.example", "X%s and %s7" % (self.case, self.case))
        self.assertEqual(self.assertWaits(d), [])

    def test_token_in_quoted_text_only(self):
        d = send("quoting@else.example", "Nothing",
                 body="hello\r\n> see %s\r\n" % self.case)
        self.assertEqual(self.assertWaits(d), [])

    def test_chinese_subject_with_token(self):
        wide = self.case.replace("-", "－")
        for token in (self.case, wide):
            d = send(self.address, "关于%s案的续租问题" % token)
            self.assertFiled(d, self.case, rule="case-token")

    def test_address_of_the_case(self):
        d = send(self.address, "Hello", to="%s@wardhale.example" % self.case)
        self.assertFiled(d, self.case, rule="case-address")
        d = send(self.address, "Hello",
                 to="office+%s@wardhale.example" % self.case.lower())
        self.assertFiled(d, self.case, rule="case-address")
        d = send("nobody@else.example", "Hello",
                 to="%s@wardhale.example" % self.case)
        self.assertWaits(d, ("likely", self.case))

    def start_thread(self):
        """A filed mail without a token, by hand: what answers hang on."""
        raw, own = Sender.mail(self.address, "Lease %s" % self.client)
        d = lib.receipt(office.send(raw, to=[OFFICE],
                                    sender=self.address)[0])[0]
        office.wait_read()
        out("triage", "file", d, "--case", self.case)
        return own

    def test_thread_of_parties(self):
        own = self.start_thread()
        d = send(self.address, "Re: Lease %s" % self.client, refs=[own])
        self.assertFiled(d, self.case, rule="thread")

    def test_thread_with_another_subject(self):
        own = self.start_thread()
        d = send(self.address, "Quite another thing", refs=[own])
        self.assertWaits(d, ("likely", self.case))

    def test_thread_with_an_outsider(self):
        own = self.start_thread()
        d = send(self.address, "Re: Lease %s" % self.client, refs=[own],
                 cc="outsider@else.example")
        self.assertWaits(d, ("likely", self.case))
        d = send("outsider@else.example", "Re: Lease %s" % self.client,
                 refs=[own])
        self.assertWaits(d, ("likely", self.case))

    def test_known_address_of_one_open_case(self):
        d = send(self.address, "Hello")
        self.assertWaits(d, ("likely", self.case))
        self.open("A second one")
        d = send(self.address, "Hello again")
        given = self.assertWaits(d)
        self.assertNotIn("likely", [c for c, _ in given])

    def test_name_alone_is_weak(self):
        out("contact", "add", "Bartholomew Quill %d" % Base.n)
        d = send("b.quill@else.example", "Client Number %d Ltd owes us" %
                 Base.n)
        given = self.assertWaits(d)
        self.assertNotIn("likely", [c for c, _ in given])

    def test_list_mail_is_never_certain(self):
        for more in ("List-Id: <all.lists.example>\r\n",
                     "Auto-Submitted: auto-replied\r\n",
                     "Precedence: bulk\r\n"):
            d = send(self.address, "About %s" % self.case, more=more)
            self.assertEqual(self.places(d), [], more)

    def test_closed_case_is_never_certain(self):
        out("case", "close", self.case)
        d = send(self.address, "About %s" % self.case)
        self.assertWaits(d)
        out("case", "reopen", self.case)
        d = send(self.address, "About %s once more" % self.case)
        self.assertFiled(d, self.case, rule="case-token")

    def test_two_cases_in_one_mail(self):
        second = self.open("Second")
        d = send(self.address, "About %s and %s" % (self.case, second))
        self.assertFiled(d, self.case, second)
        self.assertEqual([f["main"] for f in parsed("show", d)["filings"]]
                         .count(True), 1)

    def test_our_own_address_says_nothing(self):
        d = send("someone@wardhale.example", "To ourselves")
        self.assertEqual(self.assertWaits(d), [])

    def test_one_transaction_is_one_document(self):
        raw, _ = Sender.mail(self.address, "About %s" % self.case)
        replies = office.send(raw, to=[OFFICE, "second@wardhale.example"],
                              sender=self.address)
        self.assertEqual(len({lib.receipt(r)[0] for r in replies}), 1)


class Notes(Base):
    def test_note_without_case_waits(self):
        d = out("call", "log", "--note", "Wrong number?", "--number",
                "+44 20 7946 0099").strip()
        office.wait_read()
        self.assertIn(d, [r["id"] for r in parsed("triage", "list")])

    def test_number_known_from_one_open_case(self):
        number = "+44 20 7946 %04d" % (100 + Base.n)
        out("fact", "state", "P-%04d" % int(parsed(
            "client", "show", self.client)["contacts"][0][2:]),
            "phone", number)
        d = out("call", "log", "--note", "Asked to be called back",
                "--number", number.replace("+44 ", "0").replace(" ", ""),
                "--direction", "in").strip()
        office.wait_read()
        self.assertWaits(d, ("likely", self.case))

    def test_upload_names_its_case(self):
        d = out("add", "-", "--case", self.case,
                stdin=b"letter %d" % Base.n).strip()
        office.wait_read()
        self.assertFiled(d, self.case)


class People(Base):
    def test_filing_answers_with_client_and_title(self):
        d = send("someone@else.example", "Odd %d" % Base.n)
        second = self.open("Second of %s" % self.client)
        lines = out("triage", "file", d, "--case", self.case, "--case",
                    second, "--reason", "she said so").splitlines()
        self.assertEqual(len(lines), 2)
        for line, title in zip(lines, ("Matter", "Second of")):
            self.assertIn(d, line)
            self.assertIn("Client Number %d Ltd" % Base.n, line)
            self.assertIn(title, line)
        self.assertFiled(d, self.case, second)
        why = parsed("why", d)["filings"]
        self.assertEqual({f["reason"] for f in why}, {"she said so"})
        self.assertEqual({f["certainty"] for f in why}, {"person"})

    def test_several_documents_under_a_client(self):
        ds = [send("someone@else.example", "Several %d %d" % (Base.n, i))
              for i in range(3)]
        lines = out("triage", "file", *ds, "--client", self.client)
        self.assertEqual(len(lines.splitlines()), 3)
        for d in ds:
            self.assertEqual(self.places(d), [self.client])

    def test_undo_of_a_filing(self):
        d = send("someone@else.example", "Undo %d" % Base.n)
        out("triage", "file", d, "--case", self.case)
        out("triage", "undo", d, "--reason", "slip")
        self.assertEqual(self.places(d), [])
        self.assertIn(d, [r["id"] for r in parsed("triage", "list")])
        why = parsed("why", d)["filings"]
        self.assertEqual([f["state"] for f in why], ["withdrawn"])

    def test_set_aside_and_undo(self):
        d = send("ads@else.example", "Buy %d" % Base.n)
        before = parsed("status")
        out("triage", "set-aside", d, "--as", "marketing", "--reason", "ad")
        self.assertNotIn(d, [r["id"] for r in parsed("triage", "list")])
        self.assertIn((d, "marketing"), [(r["id"], r["as"])
                      for r in parsed("triage", "aside")])
        after = parsed("status")
        self.assertEqual(after["unfiled"], before["unfiled"] - 1)
        self.assertEqual(after["aside"], before["aside"] + 1)
        out("triage", "undo", d)
        self.assertIn(d, [r["id"] for r in parsed("triage", "list")])

    def test_misfiled(self):
        second = self.open("Second")
        d = send(self.address, "About %s and %s" % (self.case, second))
        self.assertFiled(d, self.case, second)
        out("misfiled", d, "--from", second, "--reason", "not hers")
        self.assertFiled(d, self.case)
        out("misfiled", d, "--from", second, code=6)
        out("misfiled", d, "--from", self.case)
        self.assertIn(d, [r["id"] for r in parsed("triage", "list")])

    def test_filed_since_by_rule(self):
        d = send(self.address, "About %s" % self.case)
        rows = parsed("triage", "filed", "--since", "2026-01-01", "--rule",
                      "case-token")
        self.assertIn(d, [r["document"] for r in rows])
        self.assertEqual({r["rule"] for r in rows}, {"case-token"})
        self.assertEqual(parsed("triage", "filed", "--since", "2990-01-01"),
                         [])

    def test_rule_test_keeps_nothing(self):
        raw, _ = Sender.mail(self.address, "About %s" % self.case)
        path = os.path.join(office.top, "rule.eml")
        with open(path, "wb") as f:
            f.write(raw)
        before = parsed("status")["entries"]
        verdict = parsed("rule", "test", path)
        self.assertEqual(parsed("status")["entries"], before)
        self.assertIn(self.case, [s.get("case")
                                  for s in verdict["suggestions"]])
        self.assertIn("case-token", out("rule", "test", path))


class RuleUndo(Base):
    """Takes back what the rule did in the tests before, too."""

    def test_undo_of_a_rule(self):
        d = send(self.address, "About %s" % self.case)
        self.assertFiled(d, self.case, rule="case-token")
        kept = send("kept@else.example", "Kept %d" % Base.n)
        out("triage", "file", kept, "--case", self.case)
        said = out("rule", "undo", "case-token", "--since", "2026-01-01",
                   "--reason", "the rule was wrong")
        self.assertIn(d, said)
        self.assertEqual(self.places(d), [])
        self.assertIn(d, [r["id"] for r in parsed("triage", "list")])
        self.assertFiled(kept, self.case)
        rows = parsed("triage", "filed", "--since", "2026-01-01", "--rule",
                      "case-token")
        self.assertEqual({r["state"] for r in rows}, {"withdrawn"})


if __name__ == "__main__":
    unittest.main()
