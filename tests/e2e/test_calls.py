# SPDX-License-Identifier: ISC
# check: timeout 200
"""
Reconciling what a fax server and a telephone system list: each call of
HylaFAX's xferfaxlog against the faxes that its hooks brought, each call of
Asterisk or of a CSV against the call notes.
"""
import datetime
import json
import os
import unittest
import zoneinfo

import lib
import test_reconcile

FAX = {'channel = "fax"\n\tquiet = "2s"': 'channel = "fax"\n\tquiet = "60ms"'}
OFFICE = """
office {
	name = "Ward & Hale"
	zone = "Europe/Berlin"
	region = "GB"
}
fax "box" {
	from = { "fax@box.example" }
	subject = { "Fax from {number} ({pages} pages)*" }
}
"""


def fax(day, kind, commid, what="", number="", tsi="", pages=0, reason="",
        caller="", name=""):
    """A line as HylaFAX 6 writes it: xferfaxlog(5)."""
    sent = kind == "SEND"
    return "\t".join([
        day, kind, commid, "ttyS0", what, '""' if sent else "",
        "ann" if sent else "fax", '"%s"' % number, '"%s"' % tsi, "10752",
        str(pages), "0:45", "0:40", '"%s"' % reason, '"%s"' % caller,
        '"%s"' % name, '""', '"ann"' if sent else "", '""']) + "\n"


def cdr(src, dst, start, how="ANSWERED"):
    """A line of cdr_csv."""
    return ",".join(['"%s"' % x for x in (
        "", src, dst, "from-trunk", '""%s"" <%s>' % (src, src), "PJSIP/t-1",
        "PJSIP/201-2", "Dial", "PJSIP/201,20,tT", start, start, start)] +
        ["185", "180", '"%s"' % how, '"DOCUMENTATION"', '"1.2"', '""']) + "\n"


class Case(test_reconcile.Case):
    ZONE = "Europe/Berlin"

    def setUp(self):
        self.office = lib.Office(conf=FAX)
        self.addCleanup(self.office.close)
        self.top = self.office.top
        self.office.stop()
        self.office.append(OFFICE.replace("Europe/Berlin", self.ZONE))
        self.office.start()
        self.kept = 0

    def faxed(self, name, data=None, **facts):
        """What the hooks put into the folder; its document."""
        folder = self.office.path("drop", "fax")
        with open(os.path.join(folder, name + ".json"), "w",
                  encoding="utf-8") as f:
            json.dump(facts, f)
        with open(os.path.join(folder, ".part"), "wb") as f:
            f.write(data or b"II*\0" + name.encode())
        os.rename(os.path.join(folder, ".part"), os.path.join(folder, name))
        self.kept += 1
        line = self.office.wait_line(r"drop\.kept .*folder=fax", self.kept)
        return line.split("document=")[1].split()[0]

    def received(self, name, commid, at, caller="", pages=1, **more):
        return self.faxed(name, direction="in", commid=commid, received=at,
                          caller=caller, pages=pages, result="ok", **more)

    def noted(self, at, *args):
        done = self.office.dossier("call", "log", "--at", at, "--note", "x",
                                   *args)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout.decode().split()[0]

    def states(self, *args, code=0):
        _, items = self.reconcile(*args, code=code)
        return [(i["state"], i["by"] if "by" in i else "", i.get(
            "document", "")) for i in items]


class London(Case):
    """Its clock is that of UTC in winter, and not in summer."""
    ZONE = "Europe/London"

    def test_both(self):
        for month, at, offset in (("01", "10:15", "Z"),
                                  ("07", "11:15", "+01:00")):
            day = "2026-%s-02" % month
            d = self.noted("%sT%s" % (day, at), "--number",
                           "+44 20 7946 0001", "--direction", "in")
            log = self.file("c.csv", "at,number\n%s %s,02079460001\n" % (
                day, at))
            self.assertEqual(self.states("--call-log", log),
                             [("captured", "number", d)])
            d = self.faxed("f%s.tif" % month, direction="in",
                           caller="02079460002", pages=1,
                           received="%sT%s:00%s" % (day, at, offset))
            log = self.file("log", fax("%s/02/26 %s" % (month, at), "RECV",
                                       "", "x.tif", caller="02079460002"))
            self.assertEqual(self.states("--fax-log", log),
                             [("captured", "number", d)])


class Calls(Case):

    def test_fax_log(self):
        a = self.received("a.tif", "000000012", "2026-03-02T09:15:20Z",
                          "+44 20 7946 0001", 2)
        # The same bytes in another call.
        self.received("b.tif", "000000013", "2026-03-02T10:15:20Z",
                      "+44 20 7946 0001", data=b"II*\0a.tif")
        sent = self.faxed("fax-sent-57-1.tif", direction="out", job="57",
                          commid="000000014", number="020 7946 0002",
                          sent="2026-03-02T10:40:00Z", pages=3, result="ok")
        failed = self.faxed("fax-call-15.txt", direction="in", result="failed",
                            commid="000000015",
                            received="2026-03-02T10:50:00Z")
        log = self.file("xferfaxlog", "".join([
            fax("03/02/26 10:15", "CALL", "000000012"),
            fax("03/02/26 10:15", "RECV", "000000012", "recvq/fax12.tif",
                caller="02079460001", pages=2),
            fax("03/02/26 11:15", "RECV", "000000013", "recvq/fax13.tif",
                caller="02079460001", pages=2),
            fax("03/02/26 11:38", "SEND", "000000014", "57",
                "02079460002", pages=3),
            # Another job in the same call has no fax of its own.
            fax("03/02/26 11:39", "SEND", "000000014", "58",
                "02079460002", pages=3),
            fax("03/02/26 11:50", "CALL", "000000015", reason="no page"),
            fax("03/02/26 12:00", "RECV", "000000016", "recvq/fax16.tif",
                tsi="+44 20 7946 0001", pages=1, reason="lost"),
            fax("03/02/26 12:01", "PAGE", "000000017", "9", "555")]))
        self.assertEqual(self.states("--fax-log", log, code=9), [
            ("captured", "commid", a), ("duplicate", "commid", a),
            ("captured", "commid", sent), ("missing", "", ""),
            ("captured", "commid", failed), ("missing", "", "")])
        self.assertIn("1 lines", self.said)
        done = self.office.dossier("reconcile", "--fax-log", log, "--missing")
        self.assertEqual(done.returncode, 9)
        self.assertEqual(done.stdout.decode().splitlines(), [
            "2026-03-02T11:39 SEND 000000014 02079460002",
            "2026-03-02T12:00 RECV 000000016 +44 20 7946 0001"])
        text = self.office.dossier("reconcile", "--fax-log", log, "--all")
        self.assertIn("by the fax server's number", text.stdout.decode())
        self.assertIn(": lost", self.office.dossier(
            "reconcile", "--fax-log", log).stdout.decode().replace(
                "\tlost", ": lost"))
        zh = self.office.dossier("reconcile", "--fax-log", log, "--all",
                                 lang="zh").stdout.decode()
        self.assertIn("缺失", zh)

    def test_fax_by_number_time_and_pages(self):
        """A gateway that knows no commid: number, time and pages decide."""
        limit = 1800
        a = self.faxed("a.tif", direction="in", caller="+44 20 7946 0001",
                       received="2026-03-02T09:00:00Z", pages=2)
        self.faxed("c.tif", direction="out", number="+44 20 7946 0001",
                   sent="2026-03-02T09:00:00Z", pages=2)

        def at(minute, **kw):
            return fax("03/02/26 10:%02d" % minute, "RECV", "1", "x.tif",
                       **dict({"caller": "020 7946 0001", "pages": 2}, **kw))
        log = "xferfaxlog"
        for line, found in (
                (at(0), True), (at(limit // 60), True),
                (at(limit // 60 + 1), False), (at(0, pages=3), False),
                (at(0, pages=0), True), (at(0, caller="020 7946 0002"), False),
                (at(0, caller="0001"), False),
                (at(0, caller="", tsi="44 20 79460001"), True)):
            self.assertEqual(
                self.states("--fax-log", self.file(log, line),
                            code=0 if found else 9),
                [("captured", "number", a) if found else
                 ("missing", "", "")], line)
        # One fax stands for one call.
        self.assertEqual(
            [s for s, _, _ in self.states("--fax-log", self.file(
                log, at(0) + at(1)), code=9)], ["captured", "missing"])

    def test_fax_that_came_by_mail(self):
        raw = (b"From: fax@box.example\r\nTo: office@a.example\r\n"
               b"Subject: Fax from 02079460003 (4 pages)\r\n"
               b"Message-ID: <f1@box.example>\r\n\r\nx\r\n")
        d = lib.receipt(self.office.send(raw)[0])[0]
        self.office.wait_read()
        row = self.office.get("/api/v1/documents/" + d)["row"]
        self.assertEqual((row["channel"], row["fax_number"]),
                         ("fax", "02079460003"))
        day = datetime.datetime.fromisoformat(
            row["happened_at"].replace("Z", "+00:00")).astimezone(
                zoneinfo.ZoneInfo("Europe/Berlin")).strftime(
                    "%m/%d/%y %H:%M")
        log = self.file("xferfaxlog", fax(
            day, "RECV", "5", "x.tif", caller="+44 20 7946 0003", pages=4))
        self.assertEqual(self.states("--fax-log", log),
                         [("captured", "number", d)])

    def test_bad_lines_are_told(self):
        log = self.file("log", fax("03/02/26 10:15", "CALL", "1") +
                        "nonsense\n")
        done = self.office.dossier("reconcile", "--fax-log", log)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("line 2", done.stderr.decode())
        log = self.file("calls.csv", "at,number\n2026-03-02 10:15,1\nx,2\n")
        done = self.office.dossier("reconcile", "--call-log", log)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("line 3", done.stderr.decode())
        log = self.file("no.csv", "hello\n")
        done = self.office.dossier("reconcile", "--call-log", log)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("no list of calls", done.stderr.decode())
        done = self.office.dossier("reconcile", "--call-log", "/nowhere")
        self.assertEqual(done.returncode, 1, done)

    def test_asterisk(self):
        self.office.dossier("client", "add", "Example Ltd", "--phone",
                            "+44 20 7946 0009")
        a = self.noted("2026-03-02T10:20", "--number", "+44 20 7946 0001",
                       "--direction", "in")
        b = self.noted("2026-03-02T11:00", "--number", "020 7946 0002",
                       "--direction", "out", "--result", "no answer")
        c = self.noted("2026-03-02T12:00", "--with", "Example  LTD",
                       "--direction", "in")
        d = self.noted("2026-03-02T13:00", "--direction", "in")
        log = self.file("Master.csv", "".join([
            cdr("02079460001", "201", "2026-03-02 10:15:00"),
            cdr("02079460001", "201", "2026-03-02 10:25:00"),
            cdr("201", "00442079460002", "2026-03-02 11:01:00", "NO ANSWER"),
            cdr("201", "202", "2026-03-02 11:30:00"),
            cdr("02079460009", "201", "2026-03-02 12:30:00"),
            cdr("", "201", "2026-03-02 13:10:00"),
            cdr("02079460007", "201", "2026-03-02 14:00:00", "NO ANSWER")]))
        self.assertEqual(self.states("--call-log", log, code=9), [
            ("captured", "number", a), ("missing", "", ""),
            ("captured", "number", b), ("captured", "contact", c),
            ("captured", "time", d), ("missing", "", "")])
        self.assertIn("1 lines", self.said)
        done = self.office.dossier("reconcile", "--call-log", log,
                                   "--missing")
        self.assertEqual(done.stdout.decode().splitlines(), [
            "2026-03-02T10:25:00 in 02079460001",
            "2026-03-02T14:00:00 in 02079460007"])
        self.assertIn("NO ANSWER", self.office.dossier(
            "reconcile", "--call-log", log).stdout.decode())

    def test_csv_and_how_far_apart(self):
        """An hour, and not a second more; the direction; corrections."""
        a = self.noted("2026-03-02T23:30", "--number", "+44 20 7946 0001",
                       "--direction", "in")

        def state(at, number="020 7946 0001", direction="in", code=0):
            log = self.file("c.csv", "at;number;direction;minutes;result\n"
                            "%s;%s;%s;3;\n" % (at, number, direction))
            (s, _, d), = self.states("--call-log", log, code=code)
            return s, d
        here, gone = ("captured", a), ("missing", "")
        self.assertEqual(state("2026-03-02 22:30"), here)
        self.assertEqual(state("2026-03-02 22:29:59", code=9), gone)
        self.assertEqual(state("2026-03-03 00:30"), here)
        self.assertEqual(state("2026-03-03 00:30:01", code=9), gone)
        self.assertEqual(state("2026-03-02T22:30:00Z"), here)
        self.assertEqual(state("2026-03-02 23:30", direction="out", code=9),
                         gone)
        self.assertEqual(state("2026-03-02 23:30", direction=""), here)
        self.assertEqual(state("2026-03-02 23:30", "020 7946 0002", code=9),
                         gone)
        self.assertEqual(state("2026-03-05 10:00", code=9), gone)
        done = self.office.dossier("correct", a, "--field", "note-at",
                                   "--value", "2026-03-05T10:10")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(state("2026-03-05 10:00"), here)
        self.assertEqual(state("2026-03-02 23:30", code=9), gone)


del test_reconcile

if __name__ == "__main__":
    unittest.main()
