# SPDX-License-Identifier: ISC
"""
The record through the command line: facts on two axes (as known on, as it was
on), clients, cases and parties, who did it, corrections and late notes.
"""
import json
import pwd
import os
import unittest

import lib


def setUpModule():
    global office
    office = lib.Office()
    unittest.addModuleCleanup(office.close)
    office.stop()
    office.append('\noffice {\n\tname = "Ward & Hale"\n'
                  '\tzone = "Europe/London"\n\tregion = "GB"\n}\n')
    office.start()


def out(*args, code=0, lang="en", stdin=None):
    done = office.dossier(*args, lang=lang, stdin=stdin)
    assert done.returncode == code, (args, done.returncode,
                                     done.stdout.decode(),
                                     done.stderr.decode())
    return done.stdout.decode()


def parsed(*args, **kw):
    return json.loads(out(*args, "--json", **kw))


def position():
    return str(parsed("status")["entries"])


def new_client(name, *more):
    """(client, contact) of a new one."""
    client = out("client", "add", name, *more).strip()
    return client, parsed("client", "show", client)["contacts"][0]


class Facts(unittest.TestCase):
    def test_two_axes(self):
        """Asked in February, true from March, known in between."""
        _, p = new_client("Two Axes Ltd", "--address", "Flat 9, 4 Mill Row")
        before = position()
        proof = out("add", "-", "--title", "request", "--received",
                    "2026-02-20", stdin=b"please change").strip()
        old = [f["seq"] for f in parsed("fact", "list", p)
               if f["name"] == "address"][0]
        out("fact", "state", p, "address", "22 Carrow Street", "--from",
            "2026-03-01", "--asked", "2026-02-20", "--document", proof,
            "--supersedes", str(old))

        def addresses(*args):
            return [f["value"] for f in parsed("fact", "list", p, *args)
                    if f["name"] == "address"]
        self.assertEqual(addresses(), ["Flat 9, 4 Mill Row",
                                       "22 Carrow Street"])
        self.assertEqual(addresses("--as-known-on", before),
                         ["Flat 9, 4 Mill Row"])
        self.assertEqual(addresses("--as-it-was-on", "2026-02-25"),
                         ["Flat 9, 4 Mill Row"])
        self.assertEqual(addresses("--as-it-was-on", "2026-03-01"),
                         ["22 Carrow Street"])
        self.assertEqual(addresses("--as-it-was-on", "2026-03-02",
                                   "--as-known-on", before),
                         ["Flat 9, 4 Mill Row"])
        new = [f for f in parsed("fact", "list", p)
               if f["value"] == "22 Carrow Street"][0]
        self.assertEqual((new["asked"], new["from"], new["document"]),
                         ("2026-02-20", "2026-03-01", proof))

    def test_superseded(self):
        _, p = new_client("Supersede Ltd")
        out("fact", "state", p, "sector", "Bakery")
        first = [f for f in parsed("fact", "list", p)
                 if f["name"] == "sector"][0]
        out("fact", "state", p, "sector", "Café", "--supersedes",
            str(first["seq"]), "--reason", "misheard")
        both = [f for f in parsed("fact", "list", p)
                if f["name"] == "sector"]
        self.assertEqual([f["value"] for f in both], ["Bakery", "Café"])
        self.assertEqual(both[0]["superseded_by"], both[1]["seq"])
        self.assertEqual(both[1]["supersedes"], both[0]["seq"])
        out("fact", "state", p, "sector", "x", "--supersedes", "999999",
            code=6)

    def test_until(self):
        _, p = new_client("Until Ltd")
        out("fact", "state", p, "vat", "exempt", "--from", "2026-01-01",
            "--until", "2026-06-30")

        def vat(day):
            return [f["value"] for f in parsed("fact", "list", p,
                    "--as-it-was-on", day) if f["name"] == "vat"]
        self.assertEqual(vat("2025-12-31"), [])
        self.assertEqual(vat("2026-01-01"), ["exempt"])
        self.assertEqual(vat("2026-06-30"), ["exempt"])
        self.assertEqual(vat("2026-07-01"), [])

    def test_of_case_client_and_staff(self):
        c, _ = new_client("Facts Of Ltd")
        k = out("case", "open", c, "Facts").strip()
        s = out("staff", "add", "Fact Clerk").strip()
        for of in (c, k, s):
            out("fact", "state", of, "colour", "blue")
            self.assertIn("blue", out("fact", "list", of))

    def test_unknown(self):
        out("fact", "state", "P-9999", "x", "y", code=3)
        _, p = new_client("Unknown Proof Ltd")
        out("fact", "state", p, "x", "y", "--document", "D-999999", code=3)
        out("fact", "state", p, "x", "y", "--from", "soon", code=2)

    def test_timeline_knows_both_axes(self):
        c, p = new_client("Axes In Time Ltd", "--since", "2025-11-03")
        k = out("case", "open", c, "Axes", "--opened", "2026-01-14").strip()
        before = position()
        out("fact", "state", p, "address", "1 New Road", "--from",
            "2026-03-01")

        def sentences(*args):
            return " ".join(r["sentence"] for r in parsed(
                "timeline", k, *args)["rows"])
        self.assertIn("1 New Road", sentences())
        self.assertNotIn("1 New Road", sentences("--as-known-on", before))
        self.assertNotIn("1 New Road",
                         sentences("--as-it-was-on", "2026-02-01"))
        self.assertIn("1 New Road",
                      sentences("--as-it-was-on", "2026-03-02"))


class Clients(unittest.TestCase):
    def test_show(self):
        c, p = new_client("Shown Ltd", "--email", "a@shown.example",
                          "--email", "b@shown.example", "--phone",
                          "020 7946 0001", "--since", "2025-11-03")
        shown = parsed("client", "show", c)
        self.assertEqual((shown["id"], shown["name"], shown["since"]),
                         (c, "Shown Ltd", "2025-11-03"))
        contact = parsed("contact", "show", p)
        self.assertEqual(contact["emails"],
                         ["a@shown.example", "b@shown.example"])
        self.assertEqual(contact["clients"], [c])

    def test_contact_that_is_there(self):
        p = out("contact", "add", "Old Friend", "--type", "person").strip()
        c = out("client", "add", "Friend's Firm", "--contact", p).strip()
        self.assertEqual(parsed("client", "show", c)["contacts"], [p])
        out("client", "add", "x", "--contact", "P-9999", code=3)

    def test_same_as(self):
        one, _ = new_client("Twice Ltd")
        two, _ = new_client("Twice Limited")
        k = out("case", "open", one, "Of the first").strip()
        before = position()
        out("client", "same-as", one, two, "--reason", "typed twice")
        self.assertEqual(parsed("client", "show", one)["same_as"], two)
        self.assertIn(k, json.dumps(parsed("timeline", two)))
        self.assertNotIn("same_as", parsed("client", "show", one,
                                           "--as-known-on", before))
        out("client", "same-as", one, one, code=2)

    def test_name_changes(self):
        c, p = new_client("Before Ltd")
        out("fact", "state", p, "name", "After Ltd", "--from", "2026-05-01")
        self.assertEqual(parsed("contact", "show", p)["names"],
                         ["Before Ltd", "After Ltd"])


class Cases(unittest.TestCase):
    def setUp(self):
        self.client, self.contact = new_client("Cases %s Ltd" % self.id())
        self.case = out("case", "open", self.client, "First").strip()

    def test_close_and_reopen(self):
        out("case", "close", self.case, "--reason", "settled")
        shown = parsed("case", "show", self.case)
        self.assertEqual(shown["status"], "closed")
        self.assertTrue(shown["closed_at"])
        self.assertEqual(parsed("client", "show", self.client)["open_cases"],
                         0)
        out("case", "close", self.case, code=6)
        out("case", "reopen", self.case, "--reason", "not after all")
        shown = parsed("case", "show", self.case)
        self.assertEqual(shown["status"], "open")
        self.assertNotIn("closed_at", shown)
        text = out("timeline", self.case)
        self.assertIn("settled", text)
        self.assertIn("not after all", text)

    def test_link(self):
        second = out("case", "open", self.client, "Appeal").strip()
        out("case", "link", second, self.case, "--as", "appeal-of")
        self.assertEqual(parsed("case", "show", second)["links"],
                         [{"as": "appeal-of", "case": self.case}])
        self.assertIn(second, json.dumps(parsed("case", "show", self.case)
                                         ["links"]))
        out("case", "link", second, self.case, "--as", "cousin", code=2)

    def test_parties(self):
        p = out("contact", "add", "Opposing Lawyer", "--email",
                "law@opposing.example").strip()
        out("party", "add", self.case, p, "lawyer", "--from", "2026-01-05")
        party = [r for r in parsed("party", "list", self.case)
                 if r["contact"] == p][0]
        self.assertEqual((party["role"], party["name"], party["from"]),
                         ("lawyer", "Opposing Lawyer", "2026-01-05"))
        out("party", "end", self.case, str(party["seq"]), "--until",
            "2026-04-30", "--reason", "replaced")
        party = [r for r in parsed("party", "list", self.case)
                 if r["contact"] == p][0]
        self.assertEqual(party["until"], "2026-04-30")
        out("party", "end", self.case, "1", code=6)
        out("party", "end", self.case, "one", code=2)
        out("party", "add", self.case, "P-9999", "witness", code=3)

    def test_number_of_the_year(self):
        second = out("case", "open", self.client, "Second").strip()
        self.assertEqual(second[:7], self.case[:7])
        self.assertEqual(int(second[7:]), int(self.case[7:]) + 1)


class Who(unittest.TestCase):
    def test_staff_by_login_is_the_actor(self):
        login = pwd.getpwuid(os.getuid()).pw_name
        before = parsed("entries", "--from", "1", "--limit", "3")
        c, _ = new_client("Before The Clerk")
        seq = parsed("entries")[-1]["seq"]
        s = out("staff", "add", "The Clerk", "--login", login).strip()
        k = out("case", "open", c, "By the clerk").strip()
        entries = {e["seq"]: e for e in parsed("entries")}
        self.assertEqual(entries[seq]["actor"], "uid:%d" % os.getuid())
        opened = [e for e in entries.values() if e["kind"] == "case.opened"
                  and e.get("case") == k][0]
        self.assertEqual(opened["actor"], s)
        self.assertTrue(before)


class Dates(unittest.TestCase):
    def setUp(self):
        self.client, _ = new_client("Dates %s Ltd" % self.id())
        self.case = out("case", "open", self.client, "Dates").strip()

    def row(self, document):
        return [r for r in parsed("timeline", self.case)["rows"]
                if r.get("document") == document][0]

    def test_correction_keeps_the_first_date(self):
        d = out("add", "-", "--case", self.case, "--received", "2026-05-06",
                "--title", "Letter", stdin=self.id().encode()).strip()
        before = position()
        out("correct", d, "--field", "received", "--value", "2026-05-04",
            "--reason", "postmark")
        self.assertEqual(self.row(d)["at"][:10], "2026-05-04")
        shown = parsed("show", d)
        self.assertEqual(shown["received"]["received"], "2026-05-06")
        correction = shown["corrections"][0]
        self.assertEqual((correction["was"], correction["value"],
                          correction["reason"]),
                         ("2026-05-06", "2026-05-04", "postmark"))
        self.assertEqual(parsed("show", d, "--as-known-on", before)
                         ["happened_at"][:10], "2026-05-06")
        out("correct", d, "--field", "colour", "--value", "x", code=2)
        out("correct", d, "--field", "received", "--value", "x", code=2)

    def test_correction_of_a_note(self):
        d = out("call", "log", self.case, "--at", "2026-06-10T09:30",
                "--note", "first words").strip()
        self.assertEqual(self.row(d)["at"][:16], "2026-06-10T08:30")
        out("correct", d, "--field", "note-text", "--value", "better words")
        out("correct", d, "--field", "note-at", "--value",
            "2026-06-11T09:30")
        row = self.row(d)
        self.assertEqual(row["at"][:16], "2026-06-11T08:30")
        self.assertIn("better words", row["sentence"])
        shown = parsed("show", d)
        self.assertEqual({c["was"] for c in shown["corrections"]},
                         {"first words", "2026-06-10T09:30+01:00"})
        self.assertIn(b"first words", office.dossier("get", d).stdout)

    def test_late_note(self):
        """Noted now, happened long ago: both times, and how much later."""
        d = out("call", "log", self.case, "--at", "2026-01-14T10:15",
                "--note", "late").strip()
        row = self.row(d)
        self.assertEqual(row["time_from"], "note")
        self.assertLess(row["at"], row["captured_at"])
        page = os.path.join(office.top, "late.html")
        out("timeline", self.case, "--html", page)
        with open(page, encoding="utf-8") as f:
            self.assertRegex(f.read(), r"\d+ days later")

    def test_times_of_the_zone(self):
        d = out("add", "-", "--case", self.case, "--received",
                "2026-07-01T12:00", stdin=self.id().encode()).strip()
        self.assertEqual(self.row(d)["at"][:16], "2026-07-01T11:00")
        d = out("add", "-", "--case", self.case, "--received",
                "2026-07-01T12:00Z", stdin=self.id().encode() + b"z").strip()
        self.assertEqual(self.row(d)["at"][:16], "2026-07-01T12:00")


if __name__ == "__main__":
    unittest.main()
