# SPDX-License-Identifier: ISC
"""
Machine mail and what ties documents: rules that set aside, delivery reports
that join their message, auto-replies that are no contact, equal attachments,
copies on one row, what we sent on paper and its proof.
"""
import base64
import json
import subprocess
import unittest

import lib
import terminal

OURS = "office@wardhale.example"
CONF = """
office {
	name = "Ward & Hale"
	zone = "Europe/London"
	region = "GB"
	domains = { "wardhale.example" }
}
rule "newsletters" {
	title = "Newsletters nobody reads"
	from = { "*@news.example" }
	action = "set-aside"
	as = "marketing"
}
"""


def setUpModule():
    global office
    office = lib.Office()
    office.stop()
    office.append(CONF)
    office.start()


def tearDownModule():
    office.close()


def out(*args, code=0, stdin=None):
    done = office.dossier(*args, stdin=stdin)
    assert done.returncode == code, (args, done.returncode,
                                     done.stdout.decode(),
                                     done.stderr.decode())
    return done.stdout.decode()


def parsed(*args, **kw):
    return json.loads(out(*args, "--json", **kw))


class Base(unittest.TestCase):
    n = 0

    def setUp(self):
        Base.n += 1
        self.address = "client%d@example.org" % Base.n
        self.client = out("client", "add", "Client %d Ltd" % Base.n,
                          "--email", self.address).strip()
        self.case = out("case", "open", self.client, "Matter %d" %
                        Base.n).strip()

    def mail(self, sender, to, subject, more="", body="x", own=None,
             when="Mon, 02 Mar 2026 10:15:00 +0000"):
        Base.n += 1
        self.own = own or "m%d@machine.example" % Base.n
        return ("From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s>\r\n"
                "Date: %s\r\n%sMIME-Version: 1.0\r\n\r\n%s\r\n" % (
                    sender, to, subject, self.own, when, more,
                    body)).encode()

    def take(self, raw, to=OURS, sender="a@b.example"):
        d = lib.receipt(office.send(raw, to=[to], sender=sender)[0])[0]
        office.wait_read()
        return d

    def send(self, sender, to, subject, **kw):
        return self.take(self.mail(sender, to, subject, **kw))

    def timeline(self):
        return [r for r in parsed("timeline", self.case)["rows"]
                if r["lane" if "lane" in r else "kind"] != "record"]

    def seen(self):
        """The timeline as a terminal shows it, lines joined."""
        text, code = terminal.run(
            [lib.DOSSIER, "timeline", self.case], 200,
            office.environment(DOSSIER_SOCKET=office.path("dossier.sock"),
                               LC_ALL="C.UTF-8"))
        self.assertEqual(code, 0, text)
        return " ".join(terminal.plain(text).split())


class Aside(Base):
    def test_rule(self):
        before = parsed("status")["aside"]
        d = self.send("sale@news.example", OURS, "Buy %s" % self.case)
        shown = parsed("show", d)
        self.assertEqual((shown["state"], shown["aside"]),
                         ("aside", "marketing"))
        why = shown["aside_why"]
        self.assertEqual((why["by"], why["rule"], why["reason"]),
                         ("rules", "newsletters", "Newsletters nobody reads"))
        row, = [r for r in parsed("triage", "aside") if r["id"] == d]
        self.assertEqual((row["as"], row["rule"], row["reason"]),
                         ("marketing", "newsletters",
                          "Newsletters nobody reads"))
        self.assertIn("Newsletters nobody reads", out("show", d))
        self.assertEqual(parsed("status")["aside"], before + 1)
        out("triage", "undo", d)
        self.assertEqual(parsed("show", d)["state"], "triage")
        self.assertNotIn("aside_why", parsed("show", d))
        self.assertEqual(parsed("status")["aside"], before)

    def test_built_in_rules_stand_behind_it(self):
        d = self.send(self.address, OURS, "About %s" % self.case)
        self.assertEqual(parsed("show", d)["case"], self.case)

    def test_many_by_hand(self):
        ds = []
        with office.lmtp() as session:
            for i in range(150):
                raw = self.mail("list%d@else.example" % i, OURS, "n %d" % i)
                ds.append(lib.receipt(session.send(raw, to=[OURS])[0])[0])
        office.wait_read()
        before = parsed("status")
        out("triage", "set-aside", *ds, "--as", "marketing")
        status = parsed("status")
        self.assertEqual(status["aside"], before["aside"] + 150)
        self.assertEqual(status["triage"], before["triage"] - 150)
        out("triage", "undo", *ds)
        status = parsed("status")
        self.assertEqual((status["aside"], status["triage"]),
                         (before["aside"], before["triage"]))


REPORT = ("From: MAILER-DAEMON@mx.example\r\nTo: %(ours)s\r\n"
          "Subject: Undelivered\r\nMessage-ID: <%(id)s>\r\n"
          "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
          "Content-Type: multipart/report; report-type=delivery-status;\r\n"
          " boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n\r\n"
          "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
          "Reporting-MTA: dns; mx.example\r\n\r\n"
          "Final-Recipient: rfc822; fine@example.net\r\n"
          "Action: relayed\r\nStatus: 2.0.0\r\n\r\n"
          "Final-Recipient: rfc822; %(to)s\r\nAction: %(action)s\r\n"
          "Status: %(status)s\r\n\r\n"
          "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
          "Message-ID: <%(of)s>\r\nSubject: x\r\n\r\n--b--\r\n")


class Bounce(Base):
    def report(self, of, action="failed", status="5.1.1"):
        Base.n += 1
        return (REPORT % {"ours": OURS, "to": self.address, "of": of,
                          "action": action, "status": status,
                          "id": "r%d@mx.example" % Base.n}).encode()

    def sent(self):
        """A message of ours, filed by hand."""
        d = self.send(OURS, self.address, "Our answer %d" % Base.n)
        out("triage", "file", d, "--case", self.case)
        return d, self.own

    def due(self):
        return [r["id"] for r in parsed("documents", "--not-delivered")]

    def test_joins_and_marks(self):
        d, own = self.sent()
        before = parsed("status")["not_delivered"]
        self.assertNotIn(d, self.due())
        bounce = self.take(self.report(own), sender="")
        shown = parsed("show", bounce)
        self.assertEqual((shown["state"], shown["case"], shown["client"]),
                         ("filed", self.case, self.client))
        self.assertTrue(shown["machine"])
        self.assertEqual(shown["reports"]["document"], d)
        filing = parsed("why", bounce)["filings"][0]
        self.assertEqual((filing["rule"], filing["certainty"]),
                         ("bounce", "certain"))
        failed, = parsed("show", d)["not_delivered"]
        self.assertEqual(
            (failed["document"], failed["recipient"], failed["status"]),
            (bounce, self.address, "5.1.1"))
        row, = [r for r in self.timeline() if r.get("document") == d]
        self.assertEqual(row["not_delivered"], [failed])
        self.assertIn("not delivered to %s, says %s" % (
            self.address, bounce), self.seen())
        self.assertIn(d, self.due())
        line, = [x.split("\t") for x in out(
            "documents", "--not-delivered").splitlines() if d in x]
        self.assertEqual(line[2:6], [OURS, self.address, "5.1.1", bounce])
        self.assertEqual(parsed("status")["not_delivered"], before + 1)
        out("correct", d, "--field", "delivery", "--value",
            "sent again by post")
        self.assertNotIn(d, self.due())
        self.assertEqual(parsed("status")["not_delivered"], before)
        shown = parsed("show", d)
        self.assertEqual(shown["delivery"], "sent again by post")
        self.assertEqual(shown["not_delivered"], [failed])

    def test_before_its_message(self):
        own = "late%d@wardhale.example" % Base.n
        bounce = self.take(self.report(own), sender="")
        self.assertEqual(parsed("show", bounce)["state"], "triage")
        d = self.send(OURS, self.address, "Late", own=own)
        self.assertEqual(parsed("show", d)["not_delivered"][0]["document"],
                         bounce)
        self.assertEqual(parsed("show", bounce)["reports"]["document"], d)
        self.assertIn(d, self.due())

    def test_leaves_triage_when_its_message_is_filed(self):
        d = self.send(OURS, self.address, "Filed later")
        bounce = self.take(self.report(self.own), sender="")
        more = [self.take(self.report(self.own, *how), sender="") for how in (
            (), ("delayed", "4.4.1"), ("relayed", "2.0.0"))]
        other = self.take(self.report(self.own), sender="")
        self.assertEqual(parsed("show", bounce)["state"], "triage")
        out("triage", "set-aside", other, "--as", "internal")
        out("triage", "undo", other)
        out("triage", "file", d, "--case", self.case)
        office.wait_for(lambda: parsed("show", bounce)["state"] == "filed")
        self.assertEqual(parsed("show", bounce)["case"], self.case)
        filing = parsed("why", bounce)["filings"][0]
        self.assertEqual((filing["rule"], filing["certainty"]),
                         ("bounce", "certain"))
        # So do a second one, a late and a good one, which it does not name.
        for one in more:
            office.wait_for(lambda: parsed("show", one)["state"] == "filed")
            self.assertEqual(parsed("show", one)["case"], self.case)
        self.assertEqual([x["document"] for x in parsed("show", d)[
            "not_delivered"]], [bounce])
        # What a person brought back is for a person.
        self.assertEqual(parsed("show", other)["state"], "triage")

    def test_comes_before_its_message_and_joins_it(self):
        own = "later%d@wardhale.example" % Base.n
        bounce = self.take(self.report(own), sender="")
        d = self.send(OURS, self.address, "Later", own=own)
        self.assertEqual(parsed("show", bounce)["state"], "triage")
        out("triage", "file", d, "--client", self.client)
        office.wait_for(lambda: parsed("show", bounce)["state"] == "filed")
        self.assertEqual(parsed("show", bounce)["client"], self.client)

    def test_several_recipients(self):
        d, own = self.sent()
        raw = self.report(own).decode()
        raw = raw.replace(
            "\r\n--b\r\nContent-Type: text/rfc822-headers",
            "\r\nFinal-Recipient: rfc822; second@example.org\r\n"
            "Action: failed\r\nStatus: 5.2.2\r\n\r\n"
            "Final-Recipient: rfc822; third@example.org\r\n"
            "Action: delayed\r\nStatus: 4.4.1\r\n\r\n"
            "--b\r\nContent-Type: text/rfc822-headers")
        bounce = self.take(raw.encode(), sender="")
        self.assertEqual(
            [(x["recipient"], x["status"], x["document"])
             for x in parsed("show", d)["not_delivered"]],
            [(self.address, "5.1.1", bounce),
             ("second@example.org", "5.2.2", bounce)])
        self.assertEqual(
            [x["recipient"] for x in parsed("show", bounce)["reports"][
                "recipients"]], [self.address, "second@example.org"])
        row, = [r for r in self.timeline() if r.get("document") == d]
        self.assertEqual([x["recipient"] for x in row["not_delivered"]],
                         [self.address, "second@example.org"])
        line, = [x.split("\t") for x in out(
            "documents", "--not-delivered").splitlines() if d in x]
        self.assertIn(self.address, line[3])
        self.assertIn("second@example.org", line[3])
        # The same again says nothing new.
        self.take(self.report(own), sender="")
        self.assertEqual(len(parsed("show", d)["not_delivered"]), 2)

    def test_delay_is_no_failure(self):
        d, own = self.sent()
        bounce = self.take(self.report(own, "delayed", "4.4.1"), sender="")
        self.assertEqual(parsed("show", bounce)["case"], self.case)
        self.assertNotIn("not_delivered", parsed("show", d))
        self.assertNotIn(d, self.due())

    def test_of_what_came_in_is_not_ours(self):
        d = self.send(self.address, OURS, "About %s" % self.case)
        bounce = self.take(self.report(self.own), sender="")
        self.assertEqual(parsed("show", bounce)["state"], "triage")
        self.assertNotIn("not_delivered", parsed("show", d))
        self.assertNotIn(d, self.due())

    def test_html_and_csv(self):
        d, own = self.sent()
        self.take(self.report(own), sender="")
        text = out("timeline", self.case, "--csv")
        self.assertIn("%s 5.1.1" % self.address, text)
        path = office.path("t.html")
        out("timeline", self.case, "--html", path)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for words in ("not delivered to %s (5.1.1)" % self.address,
                      "sent by a machine"):
            self.assertTrue(words in text, words)


class NoContact(Base):
    def test_gap_goes_on_over_an_auto_reply(self):
        path = office.path("old.eml")
        for when, more in (
                ("Mon, 05 Jan 2026 10:00:00 +0000", ""),
                ("Mon, 19 Jan 2026 10:00:00 +0000",
                 "Auto-Submitted: auto-replied\r\n"),
                ("Mon, 02 Feb 2026 10:00:00 +0000",
                 "List-Id: <all.example.org>\r\n"),
                ("Mon, 16 Feb 2026 10:00:00 +0000", "")):
            with open(path, "wb") as f:
                f.write(self.mail(self.address, OURS, "At %s" % when,
                                  when=when, more=more))
            out("import", path, "--case", self.case)
        office.wait_read()
        rows = self.timeline()
        gap, = [r for r in rows if r["kind"] == "gap"]
        self.assertEqual(gap["gap_days"], 42)
        self.assertEqual([r.get("machine", False) for r in rows
                          if r["kind"] != "gap"], [False, True, True, False])
        self.assertEqual(self.seen().count("sent by a machine"), 2)


class Shares(Base):
    def with_file(self, name, data, subject):
        body = base64.encodebytes(data).decode().replace("\n", "\r\n")
        Base.n += 1
        return ("From: %s\r\nTo: %s\r\nSubject: %s\r\n"
                "Message-ID: <a%d@machine.example>\r\n"
                "Date: Mon, 02 Mar 2026 10:15:00 +0000\r\n"
                "MIME-Version: 1.0\r\n"
                "Content-Type: multipart/mixed; boundary=c\r\n\r\n"
                "--c\r\n\r\nSee %d\r\n--c\r\n"
                "Content-Type: application/pdf; name=%s\r\n"
                "Content-Disposition: attachment; filename=%s\r\n"
                "Content-Transfer-Encoding: base64\r\n\r\n%s--c--\r\n" % (
                    self.address, OURS, subject, Base.n, Base.n, name, name,
                    body)).encode()

    def test_two_mails_and_a_scan(self):
        data = b"%PDF-1.4\n" + b"lease %d\n" % Base.n * 300
        one = self.take(self.with_file("lease.pdf", data, "One"))
        two = self.take(self.with_file("copy.pdf", data, "Two"))
        path = office.path("SCN_1.pdf")
        with open(path, "wb") as f:
            f.write(data)
        scan = out("add", path).strip()
        office.wait_read()
        self.assertEqual(parsed("show", one)["shares"], [
            {"document": two, "filename": "copy.pdf", "of": 2, "part": 2},
            {"document": scan, "filename": "SCN_1.pdf", "of": 2}])
        self.assertEqual(parsed("show", scan)["shares"], [
            {"document": one, "filename": "lease.pdf", "part": 2},
            {"document": two, "filename": "copy.pdf", "part": 2}])
        self.assertIn(scan, out("show", two))

    def test_small_and_common_ones_say_nothing(self):
        small = [self.take(self.with_file("s.pdf", b"x" * 1023, "s%d" % i))
                 for i in range(2)]
        self.assertEqual(parsed("show", small[0])["shares"], [])
        data = b"letterhead %d" % Base.n * 200
        ds = [self.take(self.with_file("l.pdf", data, "l%d" % i))
              for i in range(15)]
        self.assertEqual(len(parsed("show", ds[0])["shares"]), 14)
        ds.append(self.take(self.with_file("l.pdf", data, "l15")))
        self.assertEqual(parsed("show", ds[0])["shares"], [])
        self.assertEqual(parsed("show", ds[15])["shares"], [])


class Folded(Base):
    def test_list_and_case(self):
        raw = self.mail(self.address, OURS, "Twice")
        one = self.take(raw)
        two = self.take(b"Received: by relay.example; Mon, 2 Mar 2026 "
                        b"10:16:00 +0000\r\n" + raw)
        # From an archive: other line ends, one quoted, one more at the end.
        path = office.path("old.eml")
        with open(path, "wb") as f:
            f.write(raw.replace(b"\r\n", b"\n") + b"\n")
        out("import", path)
        office.wait_read()
        row, = [r for r in parsed("documents") if r["id"] == one]
        self.assertEqual(len(row["copies"]), 2)
        self.assertEqual(row["copies"][0], two)
        self.assertEqual(row["arrivals"], 3)
        line, = [x.split("\t") for x in out("documents").splitlines()
                 if one in x]
        self.assertEqual(line[9], "3")
        heads = [r["id"] for r in parsed("documents")]
        self.assertNotIn(two, heads)
        self.assertIn(two, [r["id"] for r in parsed("documents", "--all")])
        # Filed is a copy alone: its case lists that one.
        out("triage", "file", two, "--case", self.case)
        rows = parsed("documents", "--case", self.case)
        self.assertEqual([r["id"] for r in rows], [two])
        out("triage", "file", one, "--case", self.case)
        rows = parsed("documents", "--case", self.case)
        self.assertEqual([r["id"] for r in rows], [one])
        rows = parsed("documents", "--case", self.case, "--all")
        self.assertEqual([r["id"] for r in rows], [one, two])

    def test_by_hand(self):
        one = out("add", "-", stdin=b"first %d" % Base.n).strip()
        two = out("add", "-", stdin=b"second %d" % Base.n).strip()
        office.wait_read()
        out("link", two, "--as", "copy-of", "--to", one)
        self.assertEqual(parsed("show", one)["copies"], [two])
        out("link", one, "--as", "copy-of", "--to", one, code=6)
        out("link", one, "--as", "cousin", "--to", two, code=2)


class Sent(Base):
    def test_courier_with_proof(self):
        slip = out("add", "-", stdin=b"slip %d" % Base.n).strip()
        office.wait_read()
        d = out("add", "-", "--case", self.case, "--sent-by", "courier",
                "--tracking", "RR 123", "--proof", slip, "--title", "Notice",
                "--sent", "2026-03-02", "--to", "Landlord Ltd",
                stdin=b"notice %d" % Base.n).strip()
        office.wait_read()
        shown = parsed("show", d)
        self.assertEqual((shown["direction"], shown["sent_by"],
                          shown["tracking"], shown["proofs"]),
                         ("out", "courier", "RR 123", [slip]))
        proof = parsed("show", slip)
        self.assertEqual((proof["proof_of"], proof["case"]), (d, self.case))
        # The slip is no contact that would end a gap.
        self.assertEqual([r["at"] for r in self.timeline()
                          if r["kind"] == "gap"], [])
        row, = [r for r in self.timeline() if r.get("document") == d]
        self.assertEqual((row["sent_by"], row["tracking"], row["proofs"]),
                         ("courier", "RR 123", [slip]))
        text = self.seen()
        self.assertIn("sent by courier, number RR 123", text)
        self.assertIn("proof of sending: %s" % slip, text)

    def test_proof_that_comes_later(self):
        d = out("add", "-", "--case", self.case, "--sent-by", "hand",
                "--direction", "out", stdin=b"later %d" % Base.n).strip()
        slip = out("add", "-", stdin=b"later slip %d" % Base.n).strip()
        office.wait_read()
        self.assertEqual(parsed("show", d)["channel"], "hand")
        out("link", d, "--as", "proof-of-sending", "--to", slip)
        self.assertEqual(parsed("show", d)["proofs"], [slip])
        self.assertEqual(parsed("show", slip)["proof_of"], d)

    def test_refused(self):
        out("add", "-", "--sent-by", "pigeon", stdin=b"a", code=2)
        out("add", "-", "--sent-by", "post", "--direction", "in",
            stdin=b"a", code=2)
        out("add", "-", "--proof", "D-999999", stdin=b"a", code=3)


class Rebuilt(unittest.TestCase):
    def test_same_answers(self):
        """Runs last: everything above once more out of the journal."""
        def all_of_it():
            ds = parsed("documents", "--all")
            return [ds, parsed("documents"), parsed("documents",
                    "--not-delivered"), parsed("triage", "aside")] + [
                        parsed("show", d["id"]) for d in ds[-40:]] + [
                        parsed("timeline", k["id"]) for k in
                        parsed("case", "list")]
        before, entries = all_of_it(), parsed("status")["entries"]
        office.stop()
        subprocess.run(["rm", "-rf", office.path("views")], check=True)
        office.start()
        office.wait_read()
        self.assertEqual(all_of_it(), before)
        self.assertEqual(parsed("status")["entries"], entries)


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for case in (Aside, Bounce, NoContact, Shares, Folded, Sent, Rebuilt):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
