# SPDX-License-Identifier: ISC
"""
The auditor's export: one timeline of corpus mails, the demo's mails and made-up
hostile ones in all its formats, held against each other by programs that are
not ours; and again from an earlier position, and from rebuilt views.

check: slow
check: timeout 900
"""
import csv
import io
import json
import os
import re
import shutil
import subprocess
import unittest
import warnings

import jsonschema
import openpyxl
from openpyxl.utils.escape import unescape

import lib
import readers

warnings.simplefilter("ignore", DeprecationWarning)
CORPUS = os.path.abspath(readers.CORPUS)
FORMULA = "=cmd|' /C calc'!A0"
FLAT = ("csv", "jsonl", "timesketch", "mactime")


def out(*args, code=0):
    done = office.dossier(*args)
    assert done.returncode == code, (args, done.returncode, done.stdout[-500:],
                                     done.stderr[-2000:])
    return done.stdout


def parsed(*args):
    return json.loads(out(*args, "--json"))


def number(*args):
    return parsed(*args)["id"]


def hostile(n, subject, date="Mon, 02 Mar 2026 10:15:00 +0000"):
    return ("From: =HYPERLINK(1) <a@b.example>\r\nTo: office@example.org\r\n"
            "Subject: %s\r\nMessage-ID: <h%d@b.example>\r\nDate: %s\r\n\r\n"
            "Number %d.\r\n" % (subject, n, date, n)).encode()


def write_mails(folder):
    os.mkdir(folder)
    subjects = [FORMULA, "+1-1", "-2+3", "@SUM(1)", "\ttab", "a,b;\"c\"|d",
                "=?utf-8?q?line=0D=0Aend=00=01=7F=EF=BF=BF?=",
                "x" * 40000, "租赁合同", "_x0041_", "<b>&amp;</b>", ""]
    for n, subject in enumerate(subjects):
        with open(os.path.join(folder, "%d.eml" % n), "wb") as f:
            f.write(hostile(n, subject))
    for n, date in enumerate(("Fri, 2 Jan 1925 10:00:00 +0000",
                              "Fri, 31 Dec 1999 23:59:59 -1130",
                              "Thu, 1 Jan 1970 00:00:01 +0000")):
        with open(os.path.join(folder, "d%d.eml" % n), "wb") as f:
            f.write(hostile(100 + n, "old %d" % n, date))


def write_record():
    """What is not mail: calls, facts that correct each other, papers."""
    out("call", "log", case, "--direction", "in", "--with", "Lin Mei",
        "--at", "2026-01-14T10:15", "--minutes", "12", "--note",
        "=1+1 and more")
    paper = os.path.join(office.top, "paper.txt")
    for n, dated in enumerate(("2026-05-04", "2026-05", "2026")):
        with open(paper, "w", encoding="ascii") as f:
            f.write("paper %d\n" % n)
        out("add", paper, "--case", case, "--channel", "post", "--received",
            dated, "--title", FORMULA)
    old = number_of_fact("1 Mill Row", "--reason", "=reason")
    number_of_fact("22 Carrow Street", "--supersedes", str(old))


def number_of_fact(value, *more):
    out("fact", "state", contact, "address", value, "--from", "2026-03-01",
        *more)
    facts = parsed("fact", "list", contact)
    return [f["seq"] for f in facts if f["value"] == value][0]


def settle():
    office.wait_for(lambda: not [
        d for d in office.documents() if d["status"] == "received"],
        "the reader")


def setUpModule():
    global office, client, case, contact
    readers.need_corpus()
    office = lib.Office()
    unittest.addModuleCleanup(office.close)
    office.append('office { zone = "America/St_Johns" }\n')
    office.stop()
    office.start()
    client = number("client", "add", "Lin Mei", "--email", "lin@example.org")
    contact = parsed("contact", "list")[0]["id"]
    case = number("case", "open", client, "Lease dispute")
    folder = os.path.join(office.top, "mails")
    write_mails(folder)
    out("import", folder, "--case", case)
    out("import", os.path.abspath("conf/demo/mail"), "--case", case)
    known = sorted(os.listdir(os.path.join(CORPUS, "mail/eml")))
    for name in known[:4]:
        done = office.dossier("import", os.path.join(CORPUS, "mail/eml", name),
                              "--case", case)
        assert done.returncode in (0, 1), done.stderr
    write_record()
    settle()


def fetch(where, *more):
    """Every format of the timeline in a folder; name to bytes."""
    if os.path.isdir(where):
        shutil.rmtree(where)
    os.mkdir(where)
    for form in FLAT + ("schema",):
        with open(os.path.join(where, form), "wb") as f:
            f.write(out("timeline", case, "--" + form, *more))
    with open(os.path.join(where, "json"), "wb") as f:
        f.write(out("timeline", case, "--json", *more))
    with open(os.path.join(where, "client"), "wb") as f:
        f.write(out("timeline", client, "--jsonl", *more))
    for form in ("html", "xlsx"):
        out("timeline", case, "--" + form, os.path.join(where, "t." + form),
            *more)
    files = {}
    for name in sorted(os.listdir(where)):
        with open(os.path.join(where, name), "rb") as f:
            files[name] = f.read()
    return files


def rows_of_csv(data, mark=True):
    assert data.startswith(b"\xef\xbb\xbf") == mark
    text = data.decode("utf-8-sig" if mark else "utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def neutral(text):
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def key(row):
    return (str(row["row"]), row.get("sha256") or "", row["event_time_utc"])


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.where = os.path.join(office.top, "first")
        cls.files = fetch(cls.where)
        cls.json = [json.loads(x) for x in
                    cls.files["jsonl"].decode().splitlines()]
        cls.csv = rows_of_csv(cls.files["csv"])

    def test_json_and_lines(self):
        """The answer that rules has the same events, gaps apart."""
        rows = [r for r in json.loads(self.files["json"])["rows"]
                if r["kind"] != "gap"]
        self.assertGreater(len(rows), 60)
        self.assertEqual(
            [(str(n), r.get("sha256", ""), r["at"]) for n, r in
             enumerate(rows, 1)], [key(r) for r in self.json])
        self.assertEqual([r["sentence"].replace("\r", "\n").strip()[:20]
                          for r in rows if "\x00" not in r["sentence"]
                          and r["lane"] == "record"],
                         [r["summary"].strip()[:20] for r in self.json
                          if r["lane"] == "record"])

    def test_csv(self):
        """Each cell as in JSON Lines, formulas neutralised."""
        self.assertEqual(len(self.csv), len(self.json))
        kinds = json.loads(self.files["schema"])["properties"]
        for line, raw in zip(self.csv, self.json):
            for name, text in line.items():
                want = raw.get(name, "")
                if kinds[name]["type"] == "string" and \
                        "pattern" not in kinds[name]:
                    want = neutral(want)
                self.assertEqual(text, str(want), name)
                if not re.fullmatch(r"-\d+", text):
                    self.assertNotRegex(text, r"\A[=+\-@\t\r]", name)
        subjects = {r["subject"] for r in self.csv}
        self.assertIn("'" + FORMULA, subjects)
        self.assertIn(FORMULA, {r.get("subject") for r in self.json})

    def test_schema(self):
        schema = json.loads(self.files["schema"])
        jsonschema.Draft202012Validator.check_schema(schema)
        check = jsonschema.Draft202012Validator(
            schema, format_checker=jsonschema.FormatChecker())
        for row in self.json:
            check.validate(row)
        for bad in ({"row": "1"}, {"drift_s": 1.5}, {"event_time_utc": "x"},
                    {"unknown": 1}, {"subject": ""}, {"native_path": "../x"}):
            with self.assertRaises(jsonschema.ValidationError):
                check.validate({**self.json[0], **bad})
        short = dict(self.json[0])
        del short["event_time_utc"]
        with self.assertRaises(jsonschema.ValidationError):
            check.validate(short)
        one = os.path.join(self.where, "row.json")
        with open(one, "w", encoding="utf-8") as f:
            json.dump(self.json[0], f)
        subprocess.run(
            ["/usr/bin/python3", "-W", "ignore", "-m", "jsonschema", "-i", one,
             os.path.join(self.where, "schema")], check=True)

    def test_workbook(self):
        """String cells and numbers, the values of JSON Lines, no formula."""
        book = openpyxl.load_workbook(os.path.join(self.where, "t.xlsx"))
        self.assertEqual(book.sheetnames, ["timeline", "about"])
        for tab in book:
            for line in tab.iter_rows():
                for cell in line:
                    self.assertNotEqual(cell.data_type, "f", cell.coordinate)
        tab = book["timeline"]
        self.assertEqual(tab.freeze_panes, "A2")
        self.assertEqual(tab.auto_filter.ref.split(":")[0], "A1")
        lines = list(tab.iter_rows(values_only=True))
        names = lines[0]
        self.assertEqual(len(lines) - 1, len(self.json))
        for line, raw in zip(lines[1:], self.json):
            self.same_cells(dict(zip(names, line)), raw)
        about = {r[0]: str(r[1]) for r in book["about"].iter_rows(
            values_only=True)}
        self.assertEqual(about["rows"], str(len(self.json)))
        self.assertEqual(about["zone"], "America/St_Johns")
        self.assertIn("Record", about["mode"])
        self.assertEqual(about["cells_cut"], "0")

    def same_cells(self, cells, raw):
        date = cells.pop("event_time_utc (date)")
        if raw["event_time_utc"] >= "1900-03":
            self.assertEqual(date.strftime("%Y-%m-%dT%H:%M"),
                             raw["event_time_utc"][:16])
        else:
            self.assertIsNone(date)
        for name, value in cells.items():
            want = raw.get(name)
            if isinstance(value, str):  # openpyxl shows the escapes
                value = unescape(value)
            if isinstance(want, str) and len(want.encode()) > 32767:
                self.assertTrue(want.startswith(value[:-3]), name)
                self.assertTrue(value.endswith("..."))
            else:
                self.assertEqual(value, want, name)

    def test_second_reader(self):
        """ssconvert, which knows nothing of openpyxl, reads the same."""
        path = os.path.join(self.where, "book-%s.csv")
        subprocess.run(["ssconvert", "-S", os.path.join(self.where, "t.xlsx"),
                        path], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL,
                       env=dict(os.environ, LC_ALL="C.UTF-8"))
        with open(path.replace("%s", "timeline"), "rb") as f:
            lines = rows_of_csv(f.read(), mark=False)
        self.assertEqual([key(r) for r in lines], [key(r) for r in self.json])
        for name in ("lane", "kind", "case_id", "message_id", "document"):
            self.assertEqual([r[name] for r in lines],
                             [r.get(name, "") for r in self.json], name)
        subjects = {r["subject"] for r in lines}
        self.assertIn(FORMULA, subjects)

    def test_timesketch(self):
        lines = rows_of_csv(self.files["timesketch"], mark=False)
        self.assertEqual(list(lines[0])[:3],
                         ["message", "datetime", "timestamp_desc"])
        self.assertEqual(
            [(r["row"], r["sha256"], r["datetime"]) for r in lines],
            [key(r) for r in self.json])
        for line in lines:
            for name in ("message", "datetime", "timestamp_desc"):
                self.assertTrue(line[name])

    def test_mactime(self):
        """As many events in the same order; mactime begins at 1970."""
        body = self.files["mactime"].decode().splitlines()
        self.assertEqual([len(x.split("|")) for x in body],
                         [11] * len(self.json))
        done = subprocess.run(
            ["mactime", "-b", os.path.join(self.where, "mactime"), "-d",
             "-y", "-z", "UTC"], check=True, stdout=subprocess.PIPE)
        lines = list(csv.DictReader(io.StringIO(done.stdout.decode())))
        want = [(r["event_time_utc"][:19] + "Z", str(r["row"]))
                for r in self.json if r["event_time_utc"] >= "1970-01-01T00"
                ":00:01"]
        self.assertLess(len(want), len(self.json))
        self.assertEqual([(r["Date"], r["Meta"]) for r in lines], want)

    def test_page(self):
        """An anchor for each row, machine-readable times, no script."""
        page = self.files["t.html"].decode()
        self.assertEqual(re.findall(r'id="s(\d+)"', page),
                         [str(r["row"]) for r in self.json])
        self.assertNotIn("<script", page)
        self.assertNotRegex(page, r"""(src|href)="?https?:""")
        self.assertIn("Record: made from records alone", page)
        times = re.findall(r'<time datetime="([^"]*)"', page)
        self.assertGreater(len(times), 60)
        for one in times:
            self.assertRegex(one, r"\A\d{4}(-\d\d){0,2}(T[0-9:]*Z)?\Z")

    def test_page_of_two(self):
        """A document in two columns: each anchor once, each link to one."""
        path = os.path.join(self.where, "two.html")
        out("timeline", case, client, "--html", path)
        with open(path, encoding="utf-8") as f:
            page = f.read()
        ids = re.findall(r' id="([^"]*)"', page)
        self.assertEqual(len(ids), len(set(ids)))
        links = re.findall(r' href="#([^"]*)"', page)
        self.assertLessEqual(set(links), set(ids))
        self.assertGreater(len(links), 100)

    def test_columns(self):
        """What each kind of row says."""
        call = [r for r in self.json if r["lane"] == "call"][0]
        self.assertEqual(call["duration_s"], 720)
        self.assertEqual(call["event_time"],
                         "2026-01-14T10:15:00.000000-03:30")
        self.assertEqual(call["tz"], "America/St_Johns")
        self.assertEqual(call["end_time"],
                         "2026-01-14T10:27:00.000000-03:30")
        self.assertEqual({r["event_time"]: r["precision"] for r in self.json
                          if r["lane"] == "post"},
                         {"2026-05-04": "date", "2026-05": "month",
                          "2026": "year"})
        mails = {r.get("message_id"): r for r in self.json}
        self.assertEqual(mails["h0@b.example"]["mime"], "message/rfc822")
        for row in self.json:
            self.assertTrue(row["recorded_by"])
            self.assertEqual(row["case_id"], case)
            self.assertEqual(row["client_id"], client)
            self.assertTrue(row["entries"])

    def test_facts(self):
        rows = [json.loads(x) for x in out(
            "timeline", client, "--jsonl").decode().splitlines()]
        facts = [r for r in rows if "Mill Row" in r["summary"] or
                 "Carrow" in r["summary"]]
        old = [r for r in facts if r.get("superseded_by")]
        new = [r for r in facts if r.get("supersedes")]
        self.assertEqual((len(old), len(new)), (1, 1))
        self.assertEqual(str(old[0]["superseded_by"]), new[0]["entries"])
        self.assertEqual(str(new[0]["supersedes"]), old[0]["entries"])

    def test_aid(self):
        """Notes only there, and every page and book says what it is."""
        where = os.path.join(office.top, "aid.")
        aid = [json.loads(x) for x in out(
            "timeline", client, "--jsonl", "--mode", "aid").decode()
            .splitlines()]
        self.assertEqual([r["note"] for r in aid if "note" in r], ["=reason"])
        plain = out("timeline", client, "--jsonl").decode()
        self.assertNotIn("=reason", plain)
        self.assertNotIn('"note"', out("timeline", case, "--schema").decode())
        self.assertIn('"note"', out("timeline", case, "--schema", "--mode",
                                    "aid").decode())
        self.assertIn(b"'=reason", out("timeline", client, "--csv", "--mode",
                                       "aid"))
        out("timeline", client, "--html", where + "html", "--mode", "aid")
        with open(where + "html", encoding="utf-8") as f:
            page = f.read()
        self.assertGreaterEqual(page.count("Illustrative aid (FRE 107)"), 3)
        self.assertIn("note: =reason", page)
        out("timeline", client, "--xlsx", where + "xlsx", "--mode", "aid")
        book = openpyxl.load_workbook(where + "xlsx")
        self.assertIn("Illustrative aid", book["about"]["B2"].value)
        self.assertEqual(book["timeline"][1][-1].value, "note")

    def test_refused(self):
        self.assertEqual(office.dossier(
            "timeline", case, "--csv", "--jsonl").returncode, 2)
        status, _ = office.api("GET", "/api/v1/timeline?of=%s&mode=x" % case)
        self.assertEqual(status, 400)
        status, answer = office.api("GET", "/api/v1/timeline?format=schema")
        self.assertEqual((status, answer["title"]), (200, "timeline"))

    def test_books_at_once(self):
        """Several callers get the same book, those who leave cost nothing."""
        import threading
        path = "/api/v1/timeline?format=xlsx&of=" + case
        got = []
        threads = [threading.Thread(target=lambda: got.append(
            office.request("GET", path))) for _ in range(5)]
        gone = lib.UnixHTTP(office.path("dossier.sock"))
        gone.request("GET", path)
        gone.close()
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual({g[0] for g in got}, {200})
        self.assertEqual({g[2] for g in got}, {self.files["t.xlsx"]})
        self.assertEqual(os.listdir(office.path("export")), [])


class SameBytes(unittest.TestCase):
    """As known on a position: again, later, and from rebuilt views."""

    def test_again(self):
        where = os.path.join(office.top, "again")
        at = str(office.status()["entries"])
        before = fetch(where, "--as-known-on", at)
        last = [f["seq"] for f in parsed("fact", "list", contact)
                if "Carrow" in f["value"]][0]
        number_of_fact("elsewhere", "--supersedes", str(last))
        out("call", "log", case, "--direction", "out", "--at",
            "2025-12-24T10:00", "--note", "learned later")
        later = fetch(where)
        for name in ("jsonl", "client"):
            self.assertNotEqual(later[name], before[name])
        self.assertEqual(later["client"].count(b'"superseded_by"'),
                         before["client"].count(b'"superseded_by"') + 1)
        self.same(before, fetch(where, "--as-known-on", at))
        self.assertEqual(office.stop(), 0)
        shutil.rmtree(office.path("views"))
        office.start()
        office.wait_for(lambda: office.status()["applied"] ==
                        office.status()["entries"])
        self.same(before, fetch(where, "--as-known-on", at))

    def same(self, before, after):
        self.assertEqual(sorted(before), sorted(after))
        for name in before:
            self.assertTrue(before[name] == after[name], name)


if __name__ == "__main__":
    unittest.main()
