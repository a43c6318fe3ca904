# SPDX-License-Identifier: ISC
"""
The past as it was on a date: the date ends with the office's own midnight,
east and west of Greenwich, and dates without a time of day stay those dates.
"""
import csv
import io
import json
import unittest

import lib
import terminal

V1 = "/api/v1"


class Past(unittest.TestCase):
    def office(self, zone):
        office = lib.Office(start=False)
        self.addCleanup(office.close)
        office.append('\noffice {\n\tname = "Ward & Hale"\n'
                      '\tzone = "%s"\n}\n' % zone)
        office.start()
        return office

    def post(self, path, body):
        status, heads, data = self.desk.request(
            "POST", V1 + path, json.dumps(body).encode(),
            {"Content-Type": "application/json"})
        self.assertIn(status, (200, 201), data)
        self.after = heads["Dossier-Position"]
        return json.loads(data)["row"]

    def record(self):
        """Addresses of dates, and a call a minute before each midnight."""
        client = self.post("/clients", {"name": "Ann Hale"})["id"]
        case = self.post("/cases", {"client": client, "title": "Lease",
                                    "opened": "2026-01-05"})["id"]
        row = None
        for day in ("2026-02-18", "2026-02-19", "2026-02-20"):
            row = self.post("/facts", {
                "of": client, "name": "address", "value": "from " + day,
                "from": day, **({"supersedes": row["seq"]} if row else {})})
        for at in self.calls:
            self.post("/notes", {
                "type": "call", "at": at, "direction": "in", "case": case,
                "note": "call at " + at, "with": ["Ann", "Tom"]})
        return client, case

    def was(self, client, case, date):
        facts = self.desk.get(V1 + "/facts?of=%s&as_it_was_on=%s" % (
            client, date))["rows"]
        lines = self.desk.get(
            V1 + "/timeline?of=%s&as_it_was_on=%s&after=%s" % (
                case, date, self.after))["rows"]
        return ([r["value"] for r in facts if r["name"] == "address"],
                [r["args"][0] for r in lines
                 if r.get("kind") == "fact.stated"],
                [r["title"][8:] for r in lines if r.get("lane") == "call"])

    def held(self, zone, offset):
        self.desk = self.office(zone)
        self.calls = ["2026-02-%d%s%s" % (day, clock, offset)
                      for day in (18, 19)
                      for clock in ("T00:01:00", "T23:59:00")]
        client, case = self.record()
        for date, last in (("2026-02-18", 2), ("2026-02-19", 4)):
            facts, rows, calls = self.was(client, case, date)
            self.assertEqual(facts, ["from " + date])
            self.assertEqual(rows, ["from " + date])
            self.assertEqual(calls, self.calls[:last])
        # A month is asked for as its end.
        facts, _, calls = self.was(client, case, "2026-02")
        self.assertEqual(facts, ["from 2026-02-20"])
        self.assertEqual(calls, self.calls)
        # A minute is itself, on both axes.
        facts, _, calls = self.was(client, case, "2026-02-19T23:30")
        self.assertEqual(facts, ["from 2026-02-19"])
        self.assertEqual(calls, self.calls[:3])

    def test_west(self):
        self.held("America/New_York", "-05:00")

    def test_east(self):
        self.held("Asia/Shanghai", "+08:00")

    def test_greenwich(self):
        self.held("UTC", "Z")

    def test_asked(self):
        """When did she ask, when did we do it: in every form."""
        self.desk = self.office("UTC")
        self.calls = ["2026-02-18T10:15:00Z"]
        client, case = self.record()
        self.post("/facts", {
            "of": client, "name": "phone", "value": "+44 20 7946 0000",
            "from": "2026-03-06", "asked": "2026-02-20"})
        path = V1 + "/timeline?of=%s&after=%s" % (client, self.after)
        rows = self.desk.get(path)["rows"]
        fact = [r for r in rows if r.get("asked")]
        self.assertEqual([r["asked"] for r in fact], ["2026-02-20"])
        self.assertEqual(fact[0]["at"][:10], "2026-03-06")
        # Nobody sends the record; a call has a way and a case.
        for row in rows:
            self.assertEqual("direction" in row, row.get("lane") == "call")
        call = [r for r in rows if r.get("lane") == "call"]
        self.assertEqual([r["case"] for r in call], [case])
        self.forms(path, client, case)

    def forms(self, path, client, case):
        _, _, data = self.desk.request("GET", path + "&format=csv")
        rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
        self.assertEqual([r["asked"] for r in rows if r["asked"]],
                         ["2026-02-20"])
        self.assertEqual([r["case_id"] for r in rows if r["lane"] == "call"],
                         [case])
        self.assertEqual({r["client_id"] for r in rows}, {client})
        self.assertEqual({r["direction"] for r in rows
                          if r["lane"] == "record"}, {""})
        for lang, asked in (("en", "asked 20 Feb 2026"),
                            ("zh", "2026年2月20日 提出")):
            _, _, data = self.desk.request(
                "GET", "%s&format=html&lang=%s" % (path, lang))
            text = data.decode()
            self.assertTrue(asked in text, lang)
            self.assertTrue('<span class="id">%s</span>' % case in text)
            self.assertFalse('class="e record unknown"' in text)
        done, _ = terminal.run([lib.DOSSIER, "--socket",
                             self.desk.path("dossier.sock"), "timeline",
                             client])
        self.assertIn("asked 2026-02-20", done)
        self.assertIn(case, done)


if __name__ == "__main__":
    unittest.main()
