# SPDX-License-Identifier: ISC
# check: timeout 240
"""Scanner folders as offices have them: several, on shares that come and go,
with folders in them, with a day's thousands of pages, with what systems leave
there; what stays is listed with why."""
import json
import os
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402

KEPT = r"drop\.kept .*folder=%s "
JUNK = [".DS_Store", "._page.pdf", "desktop.ini", "Thumbs.db"]
JUNK_FOLDERS = [".stfolder", ".stversions", "@eaDir", ".Trashes",
                ".Spotlight-V100", "__MACOSX"]


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def put_at_once(path, data):
    """As a careful program does: another name first."""
    put(path + ".tmp", data)
    os.rename(path + ".tmp", path)


class Folders(unittest.TestCase):
    def office(self, *sections, record=None):
        """A store with these drop sections, {folder} being its top."""
        office = lib.Office(start=False)
        self.addCleanup(office.close)
        self.top = os.path.join(office.top, "in")
        os.mkdir(self.top)
        if record is not None:
            office.start()
            record(office)
            office.stop()
        for section in sections:
            office.append("\n" + section.replace("{folder}", self.top))
        return office

    def entry(self, office, document):
        return office.rows("/api/v1/entries?from=%d&limit=1" %
                           document["seq"])[0]["body"]

    def waiting(self, office):
        """What stays: {path: why} of all folders."""
        return {r["name"]: r["why"] for r in
                office.rows("/api/v1/sources/waiting")}

    def by_name(self, office, count, folder):
        line = office.wait_line(KEPT % folder, count)
        seq = int(line.split("entry=")[1].split()[0])
        return {d["filename"]: d for d in office.documents(after=seq)
                if self.entry(office, d)["source"] == "drop:" + folder}

    def test_each_folder_says_what_it_is(self):
        office = self.office(
            'drop "desk" {\n folder = "{folder}/desk"\n quiet = "50ms"\n'
            ' device = "Canon DR-G2110"\n channel = "hand"\n'
            ' kind = "contract"\n}',
            'drop "share" {\n folder = "{folder}/share"\n quiet = "50ms"\n'
            ' network = true\n channel = "post"\n}')
        os.mkdir(os.path.join(self.top, "desk"))
        os.mkdir(os.path.join(self.top, "share"))
        office.start()
        put(os.path.join(self.top, "desk", "a.tif"), b"II*\0desk")
        put(os.path.join(self.top, "share", "b.tif"), b"II*\0share")
        a = self.by_name(office, 1, "desk")["a.tif"]
        b = self.by_name(office, 1, "share")["b.tif"]
        self.assertEqual((a["channel"], a["kind"]), ("hand", "contract"))
        self.assertEqual(self.entry(office, a)["sidecar"],
                         {"device": "Canon DR-G2110"})
        self.assertEqual(b["channel"], "post")
        self.assertNotIn("sidecar", self.entry(office, b))

    def test_folders_as_tags(self):
        office = self.office('drop "t" {\n folder = "{folder}"\n'
                             ' quiet = "50ms"\n subfolders = "tags"\n'
                             ' done = "{folder}/done"\n}')
        os.mkdir(os.path.join(self.top, "done"))
        put(os.path.join(self.top, "2026", "信件", "a.tif"), b"II*\0one")
        put(os.path.join(self.top, "2026", "信件", "a.tif.json"),
            b'{"tags":["own"],"pages":2}')
        put(os.path.join(self.top, "top.tif"), b"II*\0two")
        office.start()
        found = self.by_name(office, 2, "t")
        self.assertEqual(self.entry(office, found["a.tif"])["sidecar"],
                         {"pages": 2, "tags": ["own", "2026", "信件"]})
        self.assertNotIn("sidecar", self.entry(office, found["top.tif"]))
        day = os.listdir(os.path.join(self.top, "done"))[0]
        self.assertRegex(day, r"^\d{4}-\d\d-\d\d$")
        there = os.path.join(self.top, "done", day)
        self.assertEqual(sorted(os.listdir(there)), ["2026", "top.tif"])
        self.assertEqual(sorted(os.listdir(
            os.path.join(there, "2026", "信件"))), ["a.tif", "a.tif.json"])
        # Notices come from folders that were made since, too.
        put(os.path.join(self.top, "new", "b.tif"), b"II*\0three")
        self.by_name(office, 3, "t")
        self.assertEqual(len(office.documents()), 3)    # done is not read

    def test_folders_as_cases(self):
        def record(office):
            office.dossier("client", "add", "Example Trading Ltd")
            for title, more in (("Lease", ()), ("Tax", (
                    "--reference", "2026/117-TX"))):
                r = office.dossier("case", "open", "C-0001", title, *more)
                self.assertEqual(r.returncode, 0, r.stderr)
                self.cases.append(r.stdout.decode().split()[0])
        self.cases = []
        office = self.office('drop "c" {\n folder = "{folder}"\n'
                             ' quiet = "50ms"\n subfolders = "case"\n}',
                             record=record)
        one, two = self.cases
        put(os.path.join(self.top, one, "a.tif"), b"II*\0a")
        put(os.path.join(self.top, one.lower(), "incoming", "b.tif"),
            b"II*\0b")
        put(os.path.join(self.top, "C-0001", "c.tif"), b"II*\0c")
        put(os.path.join(self.top, "K-2026-9999", "d.tif"), b"II*\0d")
        put(os.path.join(self.top, "e.tif"), b"II*\0e")
        office.start()
        found = self.by_name(office, 5, "c")
        office.wait_for(lambda: not [
            d for d in office.documents() if d["state"] == "new"], "filing")
        found = {d["filename"]: d for d in office.documents()}
        self.assertEqual(found["a.tif"]["case"], one)
        self.assertEqual(found["c.tif"]["client"], "C-0001")
        self.assertNotIn("case", found["c.tif"])
        self.assertEqual(found["d.tif"]["state"], "triage")
        self.assertEqual(self.entry(office, found["d.tif"])["sidecar"],
                         {"tags": ["K-2026-9999"]})
        self.assertEqual(found["e.tif"]["state"], "triage")
        why = office.api("GET", "/api/v1/documents/%s/why" %
                         found["a.tif"]["id"])[1]
        self.assertIn("drop-folder", str(why))
        if "case" in found["b.tif"]:        # numbers in small letters
            self.assertEqual(found["b.tif"]["case"], one)
            self.assertEqual(self.entry(office, found["b.tif"])["sidecar"],
                             {"tags": ["incoming"]})
        self.assertEqual(len(set(self.cases)), 2)

    def test_reference_names_a_case(self):
        def record(office):
            office.dossier("client", "add", "Example Trading Ltd")
            r = office.dossier("case", "open", "C-0001", "Tax",
                               "--reference", "TX-117")
            self.assertEqual(r.returncode, 0, r.stderr)
        office = self.office('drop "c" {\n folder = "{folder}"\n'
                             ' quiet = "50ms"\n subfolders = "case"\n}',
                             record=record)
        put(os.path.join(self.top, "TX-117", "a.tif"), b"II*\0a")
        office.start()
        self.by_name(office, 1, "c")
        office.wait_for(lambda: office.documents()[0]["state"] == "filed",
                        "filing")
        self.assertEqual(office.documents()[0]["client"], "C-0001")

    def test_what_stays_is_listed(self):
        office = self.office('drop "s" {\n folder = "{folder}"\n'
                             ' quiet = "50ms"\n}')
        for name in JUNK:
            put(os.path.join(self.top, name), b"x")
        for name in JUNK_FOLDERS:
            put(os.path.join(self.top, name, "x.pdf"), b"x")
        put(os.path.join(self.top, "folder", "x.pdf"), b"x")
        put(os.path.join(self.top, "page.part"), b"x")
        put(os.path.join(self.top, "empty.pdf"), b"")
        put(os.path.join(self.top, "two.pdf"), b"x")
        os.link(os.path.join(self.top, "two.pdf"),
                os.path.join(self.top, "names.pdf"))
        os.symlink("/etc/passwd", os.path.join(self.top, "link.pdf"))
        put(os.path.join(self.top, "good.pdf"), b"good")
        office.start()
        self.by_name(office, 1, "s")
        stays = self.waiting(office)
        for name in JUNK + JUNK_FOLDERS:
            self.assertIn("no document", stays[name], name)
        for name, why in (("folder", "is a folder"), ("page.part", "name"),
                          ("empty.pdf", "empty"), ("two.pdf", "second name"),
                          ("names.pdf", "second name"),
                          ("link.pdf", "link")):
            self.assertIn(why, stays[name], name)
        self.assertEqual(len(office.documents()), 1)
        source = [r for r in office.rows("/api/v1/sources")
                  if r["source"] == "drop:s"][0]
        self.assertEqual(source["waiting"], 6)      # not what systems leave
        listed = office.dossier("sources")
        self.assertIn(b"drop:s", listed.stdout)

    def test_links_in_the_middle(self):
        """A folder that is a link is not gone into."""
        office = self.office('drop "l" {\n folder = "{folder}/in"\n'
                             ' quiet = "50ms"\n subfolders = "tags"\n}')
        put(os.path.join(self.top, "elsewhere", "secret.pdf"), b"secret")
        os.mkdir(os.path.join(self.top, "in"))
        os.symlink(os.path.join(self.top, "elsewhere"),
                   os.path.join(self.top, "in", "sub"))
        put(os.path.join(self.top, "in", "a", "b", "good.pdf"), b"good")
        put(os.path.join(self.top, "in", *"12345678", "deep.pdf"), b"deep")
        put(os.path.join(self.top, "in", *"123456789", "far.pdf"), b"far")
        office.start()
        self.by_name(office, 2, "l")
        stays = self.waiting(office)
        self.assertIn("link", stays["sub"])
        self.assertIn("too deep", stays["1/2/3/4/5/6/7/8/9"])
        self.assertEqual(len(office.documents()), 2)

    def test_pages_in_their_order(self):
        office = self.office('drop "p" {\n folder = "{folder}"\n'
                             ' quiet = "50ms"\n}')
        for n in range(40):
            put(os.path.join(self.top, "scan_%04d.tif" % n), b"II*\0%d" % n)
        office.start()
        found = self.by_name(office, 40, "p")
        ids = [found["scan_%04d.tif" % n]["id"] for n in range(40)]
        self.assertEqual(ids, sorted(ids))

    def test_pdf_page_by_page(self):
        """The scanner closes the file between pages."""
        office = self.office('drop "h" {\n folder = "{folder}"\n'
                             ' quiet = "100ms"\n}')
        office.start()
        path = os.path.join(self.top, "long.pdf")
        put(path, b"%PDF-1.4\npage 1\n")
        office.wait_line("drop.waiting .*why=DROP_HALF")
        self.assertIn("no end yet", self.waiting(office)["long.pdf"])
        with open(path, "ab") as f:
            f.write(b"page 2\n%%EOF\n")
        found = self.by_name(office, 1, "h")
        self.assertEqual(office.raw(found["long.pdf"]["id"]),
                         b"%PDF-1.4\npage 1\npage 2\n%%EOF\n")
        # One that never gets its end is kept as it is.
        put(os.path.join(self.top, "broken.pdf"), b"%PDF-1.4\nbroken")
        self.by_name(office, 2, "h")

    def test_same_name_twice(self):
        office = self.office('drop "n" {\n folder = "{folder}"\n'
                             ' quiet = "50ms"\n}')
        office.start()
        for n in range(5):
            put_at_once(os.path.join(self.top, "scan.tif"), b"II*\0%d" % n)
            office.wait_line(KEPT % "n", n + 1)
        found = office.documents(after=office.status()["entries"])
        self.assertEqual(len(found), 5)
        self.assertEqual({d["filename"] for d in found}, {"scan.tif"})

    def test_share_that_goes_and_returns(self):
        office = self.office('drop "w" {\n folder = "{folder}/share"\n'
                             ' quiet = "50ms"\n network = true\n}')
        share = os.path.join(self.top, "share")
        office.start()                      # it is away at the start
        office.wait_line(r"drop\.gone .*folder=w ")
        self.assertIn("not there", self.waiting(office)["."])
        os.mkdir(share)
        office.wait_line(r"drop\.returned .*folder=w")
        put(os.path.join(share, "a.tif"), b"II*\0one")
        self.by_name(office, 1, "w")
        put(os.path.join(share, "stays.part"), b"x")
        office.wait_for(lambda: "stays.part" in self.poke(office), "it")
        os.rename(share, share + ".away")
        office.wait_line(r"drop\.gone .*folder=w ", 2)
        self.assertEqual(list(self.waiting(office)), ["."])
        os.rename(share + ".away", share)
        office.wait_line(r"drop\.returned .*folder=w", 2)
        put(os.path.join(share, "b.tif"), b"II*\0two")
        self.assertEqual(set(self.by_name(office, 2, "w")),
                         {"a.tif", "b.tif"})

    def poke(self, office):
        """What stays; an entry follows, so that wait_for looks again."""
        stays = self.waiting(office)
        office.send(lib.mail(len(office.lines), subject="poke"))
        return stays

    @unittest.skipUnless(os.geteuid() == 0, "only root can mount")
    def test_share_that_is_unmounted(self):
        office = self.office('drop "m" {\n folder = "{folder}/share"\n'
                             ' quiet = "50ms"\n network = true\n}')
        share = os.path.join(self.top, "share")
        os.mkdir(share)

        def mount():
            return subprocess.run(["mount", "-t", "tmpfs", "none", share],
                                  stderr=subprocess.PIPE, check=False)
        got = mount()
        if got.returncode:
            self.skipTest("mount: " + got.stderr.decode().strip())
        try:
            office.start()
            put(os.path.join(share, "a.tif"), b"II*\0one")
            self.by_name(office, 1, "m")
            # Nothing keeps it busy; two tries, as a scan may run.
            end = time.monotonic() + lib.PATIENCE
            while subprocess.run(["umount", share], check=False,
                                 stderr=subprocess.DEVNULL).returncode:
                self.assertLess(time.monotonic(), end, "it stays busy")
            self.assertEqual(mount().returncode, 0)
            put(os.path.join(share, "b.tif"), b"II*\0two")
            self.by_name(office, 2, "m")
        finally:
            subprocess.run(["umount", "-l", share], check=False,
                           stderr=subprocess.DEVNULL)

    @unittest.skipUnless(os.geteuid() == 0, "needs two users")
    def test_unreadable(self):
        office = self.office('drop "u" {\n folder = "{folder}"\n'
                             ' quiet = "50ms"\n subfolders = "tags"\n}')
        if shutil.which("setpriv") is None:
            self.skipTest("no setpriv")
        put(os.path.join(self.top, "mine.tif"), b"II*\0mine")
        os.chmod(os.path.join(self.top, "mine.tif"), 0o600)
        put(os.path.join(self.top, "closed", "in.tif"), b"II*\0in")
        os.chmod(os.path.join(self.top, "closed"), 0o700)
        put(os.path.join(self.top, "good.tif"), b"II*\0good")
        for folder, names, files in os.walk(office.top):
            if not folder.startswith(os.path.join(self.top, "closed")):
                os.chown(folder, 65534, 65534)
            for name in files:
                if name not in ("mine.tif", "in.tif"):
                    os.chown(os.path.join(folder, name), 65534, 65534)
        wrapper = os.path.join(office.top, "as-nobody")
        with open(wrapper, "w", encoding="utf-8") as f:
            f.write('#!/bin/sh\nexec setpriv --reuid 65534 --regid 65534 '
                    '--clear-groups %s "$@"\n' % lib.DOSSIERD)
        os.chmod(wrapper, 0o755)
        mask = os.umask(0)      # the socket that hears of its readiness
        try:
            office.start(program=wrapper)
        except lib.NotReady as e:
            self.skipTest("nobody cannot run it here: %s" % e.args[1])
        finally:
            os.umask(mask)
        self.by_name(office, 1, "u")
        stays = self.waiting(office)
        self.assertIn("cannot be read", stays["mine.tif"])
        self.assertIn("cannot be read", stays["closed"])

    def test_clock_far_off(self):
        office = self.office('drop "k" {\n folder = "{folder}"\n'
                             ' quiet = "50ms"\n}')
        times = {"old.tif": 0, "before.tif": -86400, "future.tif": 4e9}
        for name, at in times.items():
            put(os.path.join(self.top, name), b"II*\0" + name.encode())
            os.utime(os.path.join(self.top, name), (at, at))
        office.start()
        found = self.by_name(office, 3, "k")
        self.assertEqual(self.entry(office, found["old.tif"])["modified"],
                         "1970-01-01T00:00:00.000000Z")
        self.assertEqual(self.entry(office, found["before.tif"])["modified"],
                         "1969-12-31T00:00:00.000000Z")
        self.assertEqual(set(found), set(times))

    def test_odd_sidecars(self):
        office = self.office('drop "o" {\n folder = "{folder}"\n'
                             ' quiet = "50ms"\n channel = "fax"\n}')
        sidecars = {
            "a": json.dumps({"direction": "out", "to": "+44 20 7946 0001",
                             "sent": "2026-03-02T10:15:00+00:00",
                             "title": "Reply", "kind": "letter"}).encode(),
            "b": json.dumps({"direction": "sideways", "from": 7,
                             "received": "yesterday", "title": ""}).encode(),
            "c": b"\x01" * 16000,       # more than an entry once escaped
            "d": b"x" * 16385,          # past the limit: a document
            "e": b"\xff\xfe no text",
            "f": b"[1, 2]",
        }
        for name, raw in sidecars.items():
            put(os.path.join(self.top, name + ".tif.json"), raw)
            put(os.path.join(self.top, name + ".tif"),
                b"II*\0" + name.encode())
        office.start()
        found = self.by_name(office, 6, "o")
        body = self.entry(office, found["a.tif"])
        self.assertEqual(body["direction"], "out")
        self.assertEqual(body["to"], ["+44 20 7946 0001"])
        self.assertEqual(body["title"], "Reply")
        self.assertEqual(body["kind"], "letter")
        self.assertEqual(found["a.tif"]["happened_at"],
                         "2026-03-02T10:15:00.000000Z")
        body = self.entry(office, found["b.tif"])
        for field in ("direction", "from", "received", "title"):
            self.assertNotIn(field, body)
        self.assertEqual(body["sidecar"]["direction"], "sideways")
        for name in ("c", "d", "e"):
            self.assertNotIn("sidecar", self.entry(office,
                                                   found[name + ".tif"]))
        self.assertEqual(self.entry(office, found["f.tif"])["sidecar"],
                         {"text": "[1, 2]"})
        self.assertEqual(sorted(os.listdir(self.top)), [
            "c.tif.json", "d.tif.json", "e.tif.json"])

    def test_ten_thousand_at_once(self):
        """All are kept, memory stays bounded, and mail keeps its pace."""
        count = 10000 if not lib.SANITIZED else 1000
        office = self.office('drop "x" {\n folder = "{folder}/x"\n'
                             ' quiet = "50ms"\n}')
        aside = os.path.join(self.top, "aside")
        for n in range(count):
            put(os.path.join(aside, "%05d.tif" % n), b"II*\0page %d" % n)
        os.rename(aside, os.path.join(self.top, "x"))
        office.start()
        slowest, most, sent = 0, 0, 0
        with office.lmtp() as s:
            while len(os.listdir(os.path.join(self.top, "x"))) > 0:
                began = time.monotonic()
                lib.receipt(s.send(lib.mail(sent, subject="beside"))[0])
                slowest = max(slowest, time.monotonic() - began)
                most = max(most, anon(office.process.pid))
                sent += 1
                self.assertLess(began, self.began + 200, "too slow")
        line = office.wait_line(KEPT % "x", count)
        office.get("/api/v1/documents?limit=1&after=%s" %
                   line.split("entry=")[1].split()[0])
        self.assertEqual(office.status()["documents"], count + sent)
        self.assertLess(slowest, 5)
        self.assertLess(most, 96 << 20)
        self.assertGreater(sent, 10)

    def setUp(self):
        self.began = time.monotonic()


def anon(pid):
    """Private memory in bytes; that of a sanitizer is not ours."""
    if lib.SANITIZED:
        return 0
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        for line in f:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    unittest.main()
