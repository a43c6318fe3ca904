# SPDX-License-Identifier: ISC
# check: slow
"""
One month of a mailing list out of three archives, whose copies differ in
their headers, in how they quote lines that begin with From, and in one mail
without a Message-ID: one row a message, with all its arrivals.
"""
import json
import os
import subprocess
import unittest

import lib

CORPUS = os.environ.get("DOSSIER_CORPUS", "../shared/corpus")
NAME = CORPUS + "/mail/archives/apache-maven-dev-2017-11-%s.mbox.zst"
ARCHIVES = "listsao", "mailarchivesao", "mboxvm"


def parsed(*args):
    done = office.dossier(*args, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def setUpModule():
    global office
    if not os.path.exists(NAME % ARCHIVES[0]):
        raise unittest.SkipTest("the corpus is not here")
    office = lib.Office()
    for archive in ARCHIVES:
        path = os.path.join(office.top, archive + ".mbox")
        with open(path, "wb") as f:
            subprocess.run(["zstd", "-dcq", NAME % archive], stdout=f,
                           check=True)
        done = office.dossier("import", "--mbox", path)
        assert done.returncode == 0, done.stderr
    office.wait_read()


def tearDownModule():
    office.close()


class Month(unittest.TestCase):
    def test_one_row_a_message(self):
        rows, each = parsed("documents"), parsed("documents", "--all")
        self.assertEqual(len(each), 320 + 317 + 317)
        self.assertEqual(len(rows), 317)
        ids = {}
        for row in rows:
            shown = parsed("show", row["id"])
            ids.setdefault(shown["reading"].get("message_id"), []).append(row)
            self.assertNotIn("copy_of", row)
        self.assertEqual(len(ids), 317)
        self.assertEqual(len(ids[None]), 1)
        for row in rows:
            self.assertGreaterEqual(len(row["copies"]), 2, row["id"])
            self.assertEqual(row["arrivals"], 1 + len(row["copies"]))
            self.assertEqual(row["id"], min([row["id"], *row["copies"]]))
        self.assertEqual(sum(row["arrivals"] for row in rows), len(each))
        self.assertEqual(
            sorted(d for row in rows for d in [row["id"], *row["copies"]]),
            sorted(row["id"] for row in each))

    def test_status_counts_apart(self):
        status = parsed("status")
        self.assertEqual(status["documents"], 954)
        self.assertEqual(status["copies"], 954 - 317)

    def test_pages_hold_whole_sets(self):
        rows, path = [], "/api/v1/documents?limit=50"
        cursor = ""
        while cursor is not None:
            answer = office.get(path + cursor)
            self.assertLessEqual(len(answer["rows"]), 50)
            rows += answer["rows"]
            cursor = "&cursor=" + answer["next"] if "next" in answer else None
        self.assertEqual(rows, parsed("documents"))

    def test_same_after_a_rebuild(self):
        before = parsed("documents"), parsed("documents", "--all")
        entries = parsed("status")["entries"]
        office.stop()
        subprocess.run(["rm", "-rf", office.path("views")], check=True)
        office.start()
        office.wait_read()
        self.assertEqual((parsed("documents"), parsed("documents", "--all")),
                         before)
        self.assertEqual(parsed("status")["entries"], entries)


if __name__ == "__main__":
    unittest.main()
