# SPDX-License-Identifier: ISC
"""
The past as it was on a date: the date ends with the office's own midnight,
east and west of Greenwich, and dates without a time of day stay those dates.
"""
import json
import unittest

import lib

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


if __name__ == "__main__":
    unittest.main()
