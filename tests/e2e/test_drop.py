# SPDX-License-Identifier: ISC
# check: timeout 120
"""Drop folders: what is taken, when, and what is left where it is."""
import json
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402

FAST = {'quiet = "2s"': 'quiet = "60ms"'}
KEPT = r"drop\.kept .*folder=%s "


def put(path, data):
    with open(path, "wb") as f:
        f.write(data)


class Drop(unittest.TestCase):
    def setUp(self):
        self.office = lib.Office(conf=FAST)
        self.scan = self.office.path("drop", "scan")
        self.fax = self.office.path("drop", "fax")

    def tearDown(self):
        self.office.close()

    def taken(self, count=1, folder="scan"):
        """Waits until so many files of a folder were kept; documents."""
        line = self.office.wait_line(KEPT % folder, count)
        seq = int(line.split("entry=")[1].split()[0])
        return self.office.documents(after=seq)

    def bytes_of(self, documents):
        return sorted(self.office.raw(d["id"]) for d in documents)

    def entry(self, document):
        seq = [d["seq"] for d in self.office.documents()
               if d["id"] == document][0]
        return self.office.rows(
            "/api/v1/entries?from=%d&limit=1" % seq)[0]["body"]

    def test_scan_and_fax(self):
        data = b"%PDF-1.4\n" + bytes(range(256)) * 1000
        put(os.path.join(self.scan, "letter 信.pdf"), data)
        put(os.path.join(self.fax, "in.tif"), b"II*\0fax")
        self.taken(1, "scan")
        documents = self.taken(1, "fax")
        self.assertEqual(self.bytes_of(documents),
                         sorted([data, b"II*\0fax"]))
        channels = {d["channel"]: d for d in documents}
        self.assertEqual(set(channels), {"post", "fax"})
        self.assertEqual(channels["post"]["filename"], "letter 信.pdf")
        body = self.entry(channels["post"]["id"])
        self.assertEqual(body["source"], "drop:scan")
        self.assertEqual(body["sidecar"], {"device": "scanner"})
        self.assertIn("modified", body)
        self.assertEqual(os.listdir(self.scan), [])
        self.assertEqual(os.listdir(self.fax), [])

    def test_there_before_the_start(self):
        self.office.stop()
        for n in range(20):
            put(os.path.join(self.scan, "%d.pdf" % n), b"%d" % n)
        self.office.start()
        self.assertEqual(self.bytes_of(self.taken(20)),
                         sorted(b"%d" % n for n in range(20)))
        self.assertEqual(os.listdir(self.scan), [])

    def test_renamed_in(self):
        aside = os.path.join(self.office.dir, "drop", "aside")
        put(aside, b"moved")
        os.rename(aside, os.path.join(self.scan, "moved.pdf"))
        self.assertEqual(self.bytes_of(self.taken()), [b"moved"])

    def test_debris_is_left(self):
        names = [".hidden", "a.part", "b.TMP", "c~", "~$d.docx",
                 "Thumbs.db", ".dossier-other"]
        for name in names:
            put(os.path.join(self.scan, name), b"not yet")
        put(os.path.join(self.scan, "whole.pdf"), b"whole")
        self.assertEqual(self.bytes_of(self.taken()), [b"whole"])
        self.assertEqual(sorted(os.listdir(self.scan)), sorted(names))

    def test_links_and_folders_are_left(self):
        secret = os.path.join(self.office.dir, "secret")
        put(secret, b"not for you")
        os.symlink(secret, os.path.join(self.scan, "sym.pdf"))
        os.link(secret, os.path.join(self.scan, "hard.pdf"))
        os.mkdir(os.path.join(self.scan, "folder"))
        os.mkfifo(os.path.join(self.scan, "fifo"))
        put(os.path.join(self.scan, "empty.pdf"), b"")
        put(os.path.join(self.scan, "whole.pdf"), b"whole")
        self.assertEqual(self.bytes_of(self.taken()), [b"whole"])
        for why in ("LINK", "NAMES", "FOLDER", "SPECIAL", "EMPTY"):
            self.office.wait_line("drop.waiting .*why=DROP_%s" % why)
        self.assertEqual(len(os.listdir(self.scan)), 5)
        log = "\n".join(self.office.lines)
        for name in ("sym.pdf", "hard.pdf", "empty.pdf", "whole.pdf"):
            self.assertNotIn(name, log)     # no names of files in the log
        # A second name that goes away, bytes that come: both are taken.
        os.unlink(secret)
        put(os.path.join(self.scan, "empty.pdf"), b"filled")
        self.assertEqual(self.bytes_of(self.taken(3)),
                         [b"filled", b"not for you", b"whole"])

    def test_open_for_writing_waits(self):
        path = os.path.join(self.scan, "slow.pdf")
        f = open(path, "wb")
        f.write(b"first ")
        f.flush()
        self.office.wait_line("drop.waiting .*why=DROP_OPEN")
        f.write(b"second")
        f.flush()
        self.assertEqual(os.listdir(self.scan), ["slow.pdf"])
        f.close()
        self.assertEqual(self.bytes_of(self.taken()), [b"first second"])

    def test_opened_again_after_it_was_read(self):
        """A writer that comes while the commit runs is not cut off."""
        path = os.path.join(self.scan, "log.txt")
        for n in range(40):
            with open(path, "ab") as f:
                f.write(b"line %d\n" % n)
        self.office.wait_line(KEPT % "scan")
        self.office.wait_for(lambda: not os.listdir(self.scan), "the folder")
        want = {b"line %d" % n for n in range(40)}

        def lines():
            return {line for d in self.office.documents()
                    for line in self.office.raw(d["id"]).splitlines()}
        self.office.wait_for(lambda: lines() == want, "all lines")

    def test_sidecar(self):
        facts = {"caller": "+44 20 7946 0001", "pages": 3, "bad lines": 0,
                 "ratio": 0.5, "who": {"name": "李"},
                 "list": [1, None, True], "big": 2 ** 60}
        put(os.path.join(self.fax, "a.tif.json"), json.dumps(facts).encode())
        put(os.path.join(self.fax, "a.tif"), b"II*\0page")
        documents = self.taken(1, "fax")
        body = self.entry(documents[0]["id"])
        want = dict(facts, ratio="0.5", big=str(2 ** 60))
        self.assertEqual(body["sidecar"], want)
        self.assertEqual(os.listdir(self.fax), [])
        put(os.path.join(self.fax, "b.tif.json"), b"no json at all")
        put(os.path.join(self.fax, "b.tif"), b"II*\0page two")
        documents = self.taken(2, "fax")
        body = self.entry(documents[1]["id"])
        self.assertEqual(body["sidecar"], {"text": "no json at all"})
        put(os.path.join(self.fax, "c.tif.json"), b"{}")
        self.office.wait_line("drop.waiting .*why=DROP_SIDECAR")
        put(os.path.join(self.fax, "c.tif"), b"II*\0page three")
        self.taken(3, "fax")
        self.office.wait_for(lambda: not os.listdir(self.fax), "the folder")

    def test_same_bytes_twice(self):
        put(os.path.join(self.scan, "one.pdf"), b"same")
        self.taken(1)
        put(os.path.join(self.scan, "two.pdf"), b"same")
        documents = self.taken(2)
        self.assertEqual(len(documents), 1)
        self.assertEqual(documents[0]["arrivals"], 2)

    def test_large(self):
        data = os.urandom(1 << 20) * 40
        put(os.path.join(self.scan, "large.tif"), data)
        self.assertEqual(self.bytes_of(self.taken()), [data])

    def test_unreadable(self):
        if os.geteuid() == 0:
            self.skipTest("root reads everything")
        path = os.path.join(self.scan, "mine.pdf")
        put(path, b"mine")
        os.chmod(path, 0)
        self.office.wait_line("drop.waiting .*why=DROP_UNREADABLE")


class Configured(unittest.TestCase):
    def test_done_folder(self):
        conf = dict(FAST)
        conf['#done = "'] = 'done = "'
        with lib.Office(start=False, conf=conf) as office:
            done = office.path("drop", "scan-done")
            os.mkdir(done)
            office.start()
            scan = office.path("drop", "scan")
            put(os.path.join(scan, "a.pdf"), b"one")
            office.wait_line(KEPT % "scan", 1)
            day = os.path.join(done, time.strftime("%Y-%m-%d", time.gmtime()))
            office.wait_for(lambda: os.listdir(day) == ["a.pdf"], "done")
            put(os.path.join(scan, "a.pdf"), b"two")
            office.wait_line(KEPT % "scan", 2)
            office.wait_for(lambda: sorted(os.listdir(day)) ==
                            ["a.pdf", "a.pdf.1"], "done")
            with open(os.path.join(day, "a.pdf"), "rb") as f:
                self.assertEqual(f.read(), b"one")

    def test_folder_of_a_case(self):
        with lib.Office(conf=FAST) as office:
            self.assertEqual(office.dossier(
                "client", "add", "Example Trading Ltd").stdout.split()[:1],
                [b"C-0001"])
            kase = office.dossier("case", "open", "C-0001",
                                  "Lease dispute").stdout.decode().split()[0]
            office.stop()
            office.change('#case = "K-2026-0001"', 'case = "%s"' % kase)
            office.start()
            put(office.path("drop", "scan", "a.pdf"), b"of the case")
            office.wait_line(KEPT % "scan")
            office.wait_for(lambda: office.documents() and
                            office.documents()[0]["state"] == "filed", "it")
            document = office.documents()[0]
            self.assertEqual(document["case"], kase)
            self.assertEqual(document["client"], "C-0001")
            why = office.api("GET", "/api/v1/documents/%s/why" %
                             document["id"])[1]
            self.assertIn("drop-folder", str(why))

    def test_kept_and_not_removed_is_one_arrival(self):
        """Killed between commit and removal, a file is offered again and
        gets the receipt that it had.  Putting the very file back from the
        done folder looks the same to the daemon."""
        conf = dict(FAST)
        conf['#done = "'] = 'done = "'
        with lib.Office(start=False, conf=conf) as office:
            done = office.path("drop", "scan-done")
            os.mkdir(done)
            office.start()
            put(office.path("drop", "scan", "a.pdf"), b"once")
            first = office.wait_line(KEPT % "scan")
            day = os.path.join(done, time.strftime("%Y-%m-%d", time.gmtime()))
            office.wait_for(lambda: os.listdir(day) == ["a.pdf"], "done")
            office.kill()
            os.rename(os.path.join(day, "a.pdf"),
                      office.path("drop", "scan", ".dossier-taken.a.pdf"))
            office.start()
            again = office.wait_line(KEPT % "scan")
            self.assertIn("again=1", again)
            self.assertEqual(first.split("entry=")[1].split()[0],
                             again.split("entry=")[1].split()[0])
            office.wait_for(lambda: len(office.documents()) == 1, "it")
            self.assertEqual(office.documents()[0]["arrivals"], 1)


if __name__ == "__main__":
    unittest.main()
