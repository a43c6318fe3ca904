# SPDX-License-Identifier: ISC
"""
All mail archives of the corpus through `dossier import': the totals, every
original back byte for byte, the same answers out of rebuilt views, and the
hostile mails, which must not make the daemon falter.

check: slow
check: alone
check: timeout 900
"""
import concurrent.futures
import hashlib
import json
import os
import subprocess
import tarfile
import threading
import unittest

import lib
import readers

CORPUS = os.path.abspath(readers.CORPUS)
ARCHIVES = os.path.join(CORPUS, "mail/archives")
EXPECTED = os.path.join(CORPUS, "mail/expected")


def zstd(path):
    return subprocess.run(["zstd", "-dcq", path], check=True,
                          stdout=subprocess.PIPE).stdout


def unpack(name, where):
    """(arguments of import) of an archive."""
    path = os.path.join(ARCHIVES, name)
    target = os.path.join(where, name.rsplit(".", 2)[0])
    if name.endswith(".mbox.zst"):
        with open(target, "wb") as f:
            f.write(zstd(path))
        return ["--mbox", target]
    tar = target + ".tar"
    with open(tar, "wb") as f:
        f.write(zstd(path))
    with tarfile.open(tar) as t:
        # One archive holds a README of its own, which is no mail.
        t.extractall(target, [m for m in t.getmembers()
                              if m.name.rsplit("/", 1)[-1] != "README"])
    os.unlink(tar)
    return [target]


def setUpModule():
    global office, summary, expected, sources
    readers.need_corpus()
    with open(os.path.join(EXPECTED, "archives-summary.json"),
              encoding="utf-8") as f:
        summary = {name: row for name, row in json.load(f).items()
                   if name.endswith(".zst")}
    expected = [json.loads(line) for line in
                zstd(os.path.join(EXPECTED, "archives.jsonl.zst"))
                .splitlines()]
    office = lib.Office()
    unittest.addModuleCleanup(office.close)
    where = os.path.join(office.top, "archives")
    os.mkdir(where)
    sources = {name: unpack(name, where) for name in sorted(summary)}


def out(*args, code=0, lang="en"):
    """A command without the patience of short ones."""
    done = subprocess.run(
        [lib.DOSSIER, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=office.environment(DOSSIER_SOCKET=office.path("dossier.sock"),
                               LC_ALL="zh_CN.UTF-8" if lang == "zh" else
                               "C.UTF-8"))
    assert done.returncode == code, (args, done.returncode,
                                     done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def parsed(*args):
    return json.loads(out(*args, "--json"))


def settle():
    """Until everything is read, and filed or in triage; gives up when
    nothing moves any more, however slow the machine is."""
    def still():
        s = office.status()
        return s["lag"] == 0 and s["unfiled"] == s["triage"] and \
            s["documents"] <= s["read"] + s["unread"]
    while not still():
        before = office.status()["applied"]
        office.api("GET", "/api/v1/documents?limit=1&after=%d" %
                   (before + 1))
        assert still() or office.status()["applied"] > before, \
            "the followers stand still: %s" % office.status()


class Test1Import(unittest.TestCase):
    def test_1_totals(self):
        """Clients first, so that the filer has something to find."""
        for name, address in (("Apache httpd users", "users@httpd.apache.org"),
                              ("Phillip Allen", "phillip.allen@enron.com"),
                              ("OpenBMC", "openbmc@lists.ozlabs.org")):
            client = out("client", "add", name, "--email", address).decode()
            out("case", "open", client.strip(), "Mail of " + name)
        seen, captured = set(), 0
        for name in sorted(sources):
            rows = [r for r in expected if r["archive"] == name]
            self.assertEqual(len(rows), summary[name]["messages"])
            new = {r["sha256"] for r in rows} - seen
            totals = parsed("import", *sources[name])
            self.assertEqual(totals, {
                "offered": len(rows), "captured": len(new),
                "again": len(rows) - len(new), "refused": 0}, name)
            seen |= new
            captured += totals["captured"]
        settle()
        self.assertEqual(office.status()["documents"], captured)

    def test_2_order_of_names(self):
        """The numbers of a folder follow its names."""
        folder = sources["enron-cmu-allen-p.tar.zst"][0]
        digests = []
        for top, names, files in os.walk(folder):
            names.sort()
            for name in sorted(files):
                with open(os.path.join(top, name), "rb") as f:
                    digests.append(hashlib.sha256(f.read()).hexdigest())
        mine = [r["sha256"] for r in parsed("documents", "--all")
                if r["sha256"] in set(digests)]
        if all(not files or not names
               for _, names, files in os.walk(folder)):
            self.assertEqual(mine, digests)
        self.assertEqual(sorted(mine), sorted(set(digests)))

    def test_3_again(self):
        settle()
        before = office.status()
        for name in sorted(sources):
            totals = parsed("import", *sources[name])
            self.assertEqual(totals["again"], totals["offered"], name)
            self.assertEqual(totals["captured"] + totals["refused"], 0, name)
        settle()
        after = office.status()
        self.assertEqual(after["documents"], before["documents"])
        # The same names from the same sources: not even another arrival.
        self.assertEqual(after["duplicates"], before["duplicates"])
        self.assertEqual(after["entries"], before["entries"])


class Test2Originals(unittest.TestCase):
    def test_1_every_hash(self):
        here = {r["sha256"]: r for r in parsed("documents", "--all")}
        for row in expected:
            self.assertTrue(row["sha256"] in here, row["name"])
            self.assertEqual(here[row["sha256"]]["size"], row["size"])
        self.assertEqual(len(here), len({r["sha256"] for r in expected}))

    def test_2_every_byte(self):
        """Through the API, all; through the command line, some hundred."""
        rows = parsed("documents", "--all")

        def check(row):
            data = office.raw(row["id"])
            return hashlib.sha256(data).hexdigest() == row["sha256"]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            self.assertTrue(all(pool.map(check, rows)))
        for row in rows[::90]:
            data = out("get", row["id"])
            self.assertEqual(hashlib.sha256(data).hexdigest(), row["sha256"])


def answers():
    """Everything that a reader can ask for, by command."""
    cases = [r["id"] for r in parsed("case", "list")]
    clients = [r["id"] for r in parsed("client", "list")]
    some = [r["id"] for r in parsed("documents", "--all")][::400]
    commands = [["documents"], ["client", "list"], ["case", "list"],
                ["contact", "list"], ["staff", "list"], ["triage", "list"],
                ["triage", "filed"], ["triage", "aside"], ["refused"],
                ["entries"]]
    commands += [["documents", "--case", k] for k in cases]
    commands += [["party", "list", k] for k in cases]
    commands += [["fact", "list", c] for c in clients]
    commands += [[verb, d] for d in some for verb in
                 ("show", "why", "receipt")]
    given = {}
    for command in commands:
        given[" ".join(command)] = out(*command)
        given[" ".join(command) + " --json"] = out(*command, "--json")
    page = os.path.join(office.top, "page.html")
    for of in [[k] for k in cases + clients] + [cases]:
        for lang in ("en", "zh"):
            out("timeline", *of, "--html", page, lang=lang)
            with open(page, "rb") as f:
                given["html %s %s" % (lang, of)] = f.read()
            for form in ("--json", "--csv"):
                given["timeline %s %s %s" % (form, lang, of)] = out(
                    "timeline", *of, form, lang=lang)
        known = str(office.status()["entries"] // 2)
        given["known %s" % of] = out("timeline", *of, "--json",
                                     "--as-known-on", known)
    return given


class Test3SameAnswers(unittest.TestCase):
    def test_1_rebuilt_views(self):
        settle()
        cases = [r["id"] for r in parsed("case", "list")]
        waiting = [r["id"] for r in parsed("triage", "list")]
        for i, case in enumerate(cases):
            out("triage", "file", *waiting[i * 100:i * 100 + 100],
                "--case", case)
        out("triage", "set-aside", *waiting[400:450], "--as", "spam")
        out("triage", "undo", *waiting[400:410])
        settle()
        before, counts = answers(), office.status()
        self.assertEqual(office.stop(), 0)
        subprocess.run(["rm", "-rf", office.path("views")], check=True)
        office.start()
        office.api("GET", "/api/v1/documents?limit=1&after=%d" %
                   counts["entries"])
        settle()
        after = office.status()
        self.assertEqual(after["entries"], counts["entries"],
                         "a rebuild appends nothing")
        again = answers()
        self.assertEqual(sorted(again), sorted(before))
        for command in before:
            self.assertEqual(again[command], before[command], command)

    def test_2_verify(self):
        self.assertEqual(office.stop(), 0)
        done = subprocess.run(
            [lib.DOSSIERD, "verify", "--views", "-c", office.conf],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=office.environment())
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        office.start()


class Test4Hostile(unittest.TestCase):
    def test_1_import(self):
        """The daemon answers all the while and keeps every byte."""
        folder = os.path.join(CORPUS, "mail-hostile")
        files = [os.path.join(top, name)
                 for top, _, names in os.walk(folder) for name in names]
        digests = {}
        for path in files:
            with open(path, "rb") as f:
                data = f.read()
            digests[path] = hashlib.sha256(data).hexdigest() if data else None
        done, slow = threading.Event(), []

        def ask():
            while not done.is_set():
                slow.append(office.status()["documents"])
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            empty = [p for p in files if digests[p] is None]
            said = out("import", folder, "--json", code=1 if empty else 0)
        finally:
            done.set()
            asking.join()
        totals = json.loads(said)
        self.assertEqual(totals["offered"], len(files))
        self.assertEqual(totals["refused"], len(empty))
        self.assertEqual(totals["captured"] + totals["again"],
                         len(files) - len(empty))
        settle()
        here = {r["sha256"] for r in parsed("documents", "--all")}
        self.assertEqual({d for d in digests.values() if d} - here, set())
        self.assertGreater(len(slow), 1)
        self.assertIsNone(office.process.poll())

    def test_2_answers_hold(self):
        for lang in ("en", "zh"):
            out("documents", lang=lang)
            out("triage", "list", lang=lang)
        for row in parsed("documents", "--all")[-280:]:
            json.loads(out("show", row["id"], "--json"))


if __name__ == "__main__":
    unittest.main()
