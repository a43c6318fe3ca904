# SPDX-License-Identifier: ISC
# check: timeout 120
"""Faxes: HylaFAX's hooks with the arguments that its programs give, into the
fax drop folder, and out again byte for byte with what the server knew."""
import glob
import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
HOOKS = os.path.join(HERE, "..", "..", "conf", "hooks", "hylafax")
CORPUS = os.environ.get("DOSSIER_CORPUS", os.path.join(
    HERE, "..", "..", "..", "shared", "corpus"))
FAST = {'channel = "fax"\n\tquiet = "2s"':
        'channel = "fax"\n\tdevice = "fax server"\n\tquiet = "60ms"'}

LOG = """Mar 02 10:15:01.20: [ 2211]: SESSION BEGIN 000000034 442079460001
Mar 02 10:15:20.11: [ 2211]: RECV/CQ: 1089 total lines, 3 bad lines, 2 consecutive bad lines
Mar 02 10:15:20.12: [ 2211]: --> [4:DATA] -- data [1024]
Mar 02 10:15:41.90: [ 2211]: RECV/CQ: 1102 total lines, 4 bad lines, 1 consecutive bad lines
Mar 02 10:15:44.00: [ 2211]: SESSION END
"""
JOB = """tts:1772446500
killtime:1772457300
sender:Jane Roe
mailaddr:jane@office.example
jobtag:Lease
jobid:57
number:442079460002
external:+44 20 7946 0002
receiver:Example "Trading" Ltd
company:Example
regarding:Reply to your letter
modem:ttyS0
csi:+44 20 7946 0002
totpages:2
npages:%(npages)s
totdials:%(dials)s
ntries:0
commid:000000035
status:%(status)s
doneop:default
!postscript:0::docq/doc12.cover
!tiff:0::docq/doc12.tif.57
fax:0::docq/doc12.tif.57
"""


def sample(name):
    path = os.path.join(CORPUS, "fax", name)
    if not os.path.exists(path):
        raise unittest.SkipTest("no corpus at " + path)
    with open(path, "rb") as f:
        return f.read()


class Fax(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not os.path.isdir(os.path.join(CORPUS, "fax")):
            raise unittest.SkipTest("no corpus")

    def setUp(self):
        self.office = lib.Office(conf=FAST)
        self.addCleanup(self.office.close)
        self.spool = os.path.join(self.office.top, "spool")
        for name in ("recvq", "docq", "doneq", "log", "bin"):
            os.makedirs(os.path.join(self.spool, name))
        for path in glob.glob(os.path.join(HOOKS, "*")):
            shutil.copy(path, os.path.join(self.spool, "bin"))
        self.count = 0

    def spooled(self, path, data):
        with open(os.path.join(self.spool, path), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())

    def hook(self, name, *args, code=0, **env):
        r = subprocess.run(
            [os.path.join("bin", name), *args], cwd=self.spool, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
            env=lib.Office.environment(
                DOSSIER_FAX=self.office.path("drop", "fax"), **env))
        self.assertEqual(r.returncode, code, r.stderr)
        self.assertEqual(r.stdout, b"")
        return r.stderr.decode()

    def taken(self, count=1):
        """The next documents: [(row, body, bytes)]."""
        self.count += count
        line = self.office.wait_line(r"drop\.kept .*folder=fax", self.count)
        seq = int(line.split("entry=")[1].split()[0])
        self.office.get("/api/v1/documents?limit=1&after=%d" % seq)
        out = []
        for entry in self.office.rows("/api/v1/entries?from=1"):
            if entry["kind"] == "document.received":
                row = self.office.get("/api/v1/documents/" +
                                      entry["document"])["row"]
                out.append((row, entry["body"], self.office.raw(
                    entry["document"])))
        out = out[-count:]
        self.assertEqual(os.listdir(self.office.path("drop", "fax")), [])
        for row, body, _ in out:
            self.assertEqual(row["channel"], "fax")
            self.assertEqual(body["source"], "drop:fax")
        return out

    def test_received(self):
        tiff = sample("libtiff.net/G31D.TIF")
        self.spooled("recvq/fax000000012.tif", tiff)
        self.spooled("log/c000000034", LOG)
        self.hook("faxrcvd-dossier", "recvq/fax000000012.tif", "ttyS0",
                  "000000034", "", "+44 20 7946 0001",
                  'Jane "J" Roe \\ Söhne', PAGES="2",
                  SENDER="44 20 79460001", RECEIVED="2026:03:02 10:15:01",
                  TIMETORECV="0:43", TZ="Europe/Berlin")
        (row, body, raw), = self.taken()
        self.assertEqual(raw, tiff)
        self.assertEqual(row["filename"], "fax000000012-000000034.tif")
        self.assertEqual(row["direction"], "in")
        self.assertEqual(row["happened_at"], "2026-03-02T09:15:01.000000Z")
        self.assertEqual(body["from"], 'Jane "J" Roe \\ Söhne')
        self.assertEqual(body["sidecar"], {
            "caller": "+44 20 7946 0001", "commid": "000000034",
            "device": "ttyS0", "direction": "in", "duration": "0:43",
            "errors": 7, "from": 'Jane "J" Roe \\ Söhne',
            "name": 'Jane "J" Roe \\ Söhne', "pages": 2,
            "received": "2026-03-02T09:15:01Z", "result": "ok",
            "station": "44 20 79460001"})
        # The server's own file is the server's.
        self.assertTrue(os.path.exists(os.path.join(
            self.spool, "recvq/fax000000012.tif")))

    def test_every_sample(self):
        names = sorted(os.path.relpath(p, os.path.join(CORPUS, "fax"))
                       for p in glob.glob(os.path.join(
                           CORPUS, "fax", "*", "*.[tT][iI][fF]*"))
                       if os.path.getsize(p) > 0)
        self.assertGreater(len(names), 20)
        want = []
        for n, name in enumerate(names):
            path = "recvq/fax%09d.tif" % n
            self.spooled(path, sample(name))
            want.append(sample(name))
            self.hook("faxrcvd-dossier", path, "ttyS1", "%09d" % n, "")
        got = self.taken(len(names))
        self.assertEqual(sorted(raw for _, _, raw in got), sorted(want))
        for _, body, _ in got:
            self.assertEqual(body["sidecar"]["result"], "ok")
            self.assertNotIn("caller", body["sidecar"])

    def test_broken_off(self):
        tiff = sample("derived/ccitt-4p-g4-truncated.tif")
        self.spooled("recvq/fax000000013.tif", tiff)
        self.hook("faxrcvd-dossier", "recvq/fax000000013.tif", "ttyS0",
                  "000000036", "RSPREC error/got DCN", "<UNSPECIFIED>")
        (_, body, raw), = self.taken()
        self.assertEqual(raw, tiff)
        self.assertEqual(body["sidecar"]["result"], "incomplete")
        self.assertEqual(body["sidecar"]["reason"], "RSPREC error/got DCN")
        self.assertNotIn("caller", body["sidecar"])

    def test_call_without_a_page(self):
        self.spooled("log/c000000037", LOG)
        self.hook("faxrcvd-dossier", "recvq/fax000000014.tif", "ttyS0",
                  "000000037", "T.30 T1 timeout", "+442079460001", "")
        (row, body, raw), = self.taken()
        self.assertEqual(row["filename"], "fax-call-000000037.txt")
        self.assertEqual(body["sidecar"]["result"], "failed")
        self.assertEqual(body["sidecar"]["caller"], "+442079460001")
        self.assertIn(b"T.30 T1 timeout", raw)
        self.assertIn(b"3 bad lines", raw)
        self.assertNotIn(b"-- data", raw)

    def job(self, **values):
        facts = dict({"npages": "2", "dials": "1", "status": ""}, **values)
        self.spooled("doneq/q57", JOB % facts)

    def test_sent(self):
        tiff = sample("derived/cn1-204x196-g4.tif")
        self.spooled("docq/doc12.cover", b"%!PS-Adobe-3.0\n% cover\n")
        self.spooled("docq/doc12.tif.57", tiff)
        self.job()
        self.hook("notify-dossier", "doneq/q57", "done", "1:07")
        got = self.taken(2)
        self.assertEqual([raw for _, _, raw in got],
                         [b"%!PS-Adobe-3.0\n% cover\n", tiff])
        row, body, _ = got[1]
        self.assertEqual(row["filename"], "fax-sent-57-2.tif")
        self.assertEqual(row["direction"], "out")
        self.assertEqual(body["to"], ["+44 20 7946 0002"])
        self.assertEqual(body["title"], "Reply to your letter")
        facts = dict(body["sidecar"])
        self.assertEqual(facts.pop("sent"), body["sent"])
        self.assertEqual(facts, {
            "commid": "000000035", "company": "Example", "device": "ttyS0",
            "direction": "out", "duration": "1:07", "job": "57",
            "name": 'Example "Trading" Ltd', "number": "+44 20 7946 0002",
            "pages": 2, "pages total": 2, "result": "ok",
            "sender": "Jane Roe", "station": "+44 20 7946 0002",
            "title": "Reply to your letter", "to": "+44 20 7946 0002",
            "tries": 1})

    def test_not_sent(self):
        """Each failed call is an event; in the end the document, too."""
        self.spooled("docq/doc12.tif.57", b"II*\0page")
        self.job(npages="0", dials="1", status="No answer from remote;\\\n"
                 "too many attempts")
        self.hook("notify-dossier", "doneq/q57", "requeued", "0:20", "10:45")
        (row, body, raw), = self.taken()
        self.assertEqual(body["sidecar"]["result"], "retry")
        self.assertEqual(body["sidecar"]["next try"], "10:45")
        self.assertEqual(body["sidecar"]["reason"],
                         "No answer from remote; too many attempts")
        self.assertEqual(row["direction"], "out")
        self.assertIn(b"tried again", raw)
        self.job(npages="0", dials="3", status="Busy signal detected")
        self.hook("notify-dossier", "doneq/q57", "failed", "0:20")
        got = self.taken(2)
        self.assertEqual({b["sidecar"]["result"] for _, b, _ in got},
                         {"failed"})
        self.assertEqual({b["sidecar"]["tries"] for _, b, _ in got}, {3})
        self.assertIn(b"II*\0page", [raw for _, _, raw in got])
        self.assertIn("not sent", " ".join(
            raw.decode() for _, _, raw in got if raw[:2] != b"II"))
        self.hook("notify-dossier", "doneq/q57", "blocked", "0:00")
        self.assertEqual(os.listdir(self.office.path("drop", "fax")), [])

    def test_timeline(self):
        """Number, pages and result stand in the row, in both languages."""
        self.office.dossier("client", "add", "Example Trading Ltd",
                            "--phone", "+44 20 7946 0001")
        kase = self.office.dossier("case", "open", "C-0001",
                                   "Lease").stdout.decode().split()[0]
        self.spooled("recvq/fax000000012.tif", b"II*\0in")
        self.hook("faxrcvd-dossier", "recvq/fax000000012.tif", "ttyS0",
                  "000000034", "", "+442079460001", PAGES="2")
        self.spooled("docq/doc12.tif.57", b"II*\0out")
        self.job(npages="1", dials="3", status="Busy signal detected")
        self.hook("notify-dossier", "doneq/q57", "failed", "0:20")
        got = self.taken(3)
        self.assertEqual(
            [(r["fax_number"], r.get("fax_pages"), r["fax_result"])
             for r, _, _ in got],
            [("+442079460001", 2, "ok")] +
            [("+44 20 7946 0002", 1, "failed")] * 2)
        self.office.wait_read()
        r = self.office.dossier("triage", "file", *[
            row["id"] for row, _, _ in got], "--case", kase)
        self.assertEqual(r.returncode, 0, r.stderr)
        said = {row["document"]: row["sentence"] for row in json.loads(
            self.office.dossier("timeline", kase, "--json").stdout)["rows"]
            if row.get("lane") == "fax"}
        self.assertEqual(said[got[0][0]["id"]],
                         "Fax received: fax000000012-000000034.tif "
                         "(+442079460001, 2 pages, complete)")
        self.assertIn("Fax not sent: Reply to your letter "
                      "(+44 20 7946 0002, 1 page, failed)", said.values())
        zh = self.office.dossier("timeline", kase, lang="zh").stdout.decode()
        self.assertIn("传真未发出", zh)

    def test_gateway_mail(self):
        """The mail stays what it was and is shown as a fax; the number is
        evidence, the gateway's address is none."""
        self.office.stop()
        self.office.append(
            'fax "box" {\n from = { "*@fax.example" }\n subject = { '
            '"Fax from {number} ({pages} pages)*", "Fax from {number}" }\n}\n'
            'fax "sent" {\n from = { "*@fax.example" }\n subject = { '
            '"Fax to {number}: {result}" }\n direction = "out"\n}\n')
        self.office.start()
        self.office.dossier("client", "add", "Example Trading Ltd",
                            "--phone", "+44 20 7946 0001")
        self.office.dossier("case", "open", "C-0001", "Lease")
        raws = {}
        for subject, sender in (
                ("Fax from +44 20 7946 0001 (3 pages) line 2", "fax.example"),
                ("Fax to +44 20 7946 0001: no answer", "fax.example"),
                ("Fax from +44 20 7946 0001", "elsewhere.example"),
                ("Your bill", "fax.example")):
            raw = ("From: Box <box@%s>\r\nTo: office@example.org\r\n"
                   "Subject: %s\r\nAuto-Submitted: auto-generated\r\n"
                   "Date: Mon, 02 Mar 2026 10:15:00 +0000\r\n\r\nx\r\n" %
                   (sender, subject)).encode()
            document, _, _ = lib.receipt(self.office.send(raw)[0])
            raws[subject + " " + sender] = (document, raw)
        self.office.wait_read()
        rows = {}
        for key, (document, raw) in raws.items():
            rows[key] = self.office.get("/api/v1/documents/" + document)["row"]
            self.assertEqual(self.office.raw(document), raw)
        fax = rows["Fax from +44 20 7946 0001 (3 pages) line 2 fax.example"]
        self.assertEqual((fax["channel"], fax["lane"], fax["direction"],
                          fax["from"]),
                         ("fax", "fax", "in", "+44 20 7946 0001"))
        self.assertEqual(fax["received"]["channel"], "email")
        self.assertEqual((fax["fax_number"], fax["fax_pages"]),
                         ("+44 20 7946 0001", 3))
        sent = rows["Fax to +44 20 7946 0001: no answer fax.example"]
        self.assertEqual(sent["fax_result"], "no answer")
        self.assertEqual((sent["channel"], sent["direction"], sent["to"]),
                         ("fax", "out", ["+44 20 7946 0001"]))
        for key in ("Fax from +44 20 7946 0001 elsewhere.example",
                    "Your bill fax.example"):
            self.assertEqual(rows[key]["channel"], "email", key)
        waiting = {r["id"]: r for r in self.office.rows("/api/v1/triage")}
        suggested = waiting[fax["id"]]["suggestions"]
        self.assertEqual({s["client"] for s in suggested}, {"C-0001"})
        # The same from the journal alone.
        self.office.stop()
        shutil.rmtree(self.office.path("views"))
        self.office.start()
        self.office.wait_read()
        self.assertEqual(self.office.get(
            "/api/v1/documents/" + fax["id"])["row"], fax)

    def test_wrong_use(self):
        self.assertIn("usage", self.hook("faxrcvd-dossier", "x", code=2))
        self.assertIn("usage", self.hook("notify-dossier", "x", code=2))
        self.assertIn("cannot read", self.hook(
            "notify-dossier", "doneq/q99", "done", "0:01", code=1))
        self.spooled("recvq/fax000000015.tif", b"II*\0")
        shutil.rmtree(self.office.path("drop", "fax"))
        self.assertIn("cannot write", self.hook(
            "faxrcvd-dossier", "recvq/fax000000015.tif", "ttyS0",
            "000000038", "", code=1))

    def test_nothing_is_written_over(self):
        """The same call twice while the folder is not taken."""
        self.office.stop()
        for text in (b"II*\0one", b"II*\0two"):
            self.spooled("recvq/fax000000016.tif", text)
            self.hook("faxrcvd-dossier", "recvq/fax000000016.tif", "ttyS0",
                      "000000039", "")
        self.assertEqual(sorted(os.listdir(self.office.path(
            "drop", "fax"))), [
                "fax000000016-000000039-2.tif",
                "fax000000016-000000039-2.tif.json",
                "fax000000016-000000039.tif",
                "fax000000016-000000039.tif.json"])
        self.office.start()
        self.assertEqual({raw for _, _, raw in self.taken(2)},
                         {b"II*\0one", b"II*\0two"})

    def test_shell(self):
        for path in sorted(glob.glob(os.path.join(HOOKS, "*"))):
            for shell in ("sh", "dash", "bash"):
                if shutil.which(shell):
                    subprocess.run([shell, "-n", path], check=True)
            if shutil.which("shellcheck"):
                r = subprocess.run(
                    ["shellcheck", "-x", "-P", HOOKS, "-s", "sh", path],
                    stdout=subprocess.PIPE, check=False)
                self.assertEqual(r.returncode, 0, r.stdout.decode())


if __name__ == "__main__":
    unittest.main()
