# SPDX-License-Identifier: ISC
# check: timeout 300
"""SIGKILL at random moments under load: every message that got its 250, and
every file that left its folder, is there byte for byte after the restart,
once, and `dossierd verify' is clean.  10 rounds, 200 in soak."""
import hashlib
import os
import random
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "e2e"))
import lib  # noqa: E402

ROUNDS = 200 if os.environ.get("DOSSIER_SOAK") else 10
SESSIONS = 50
SIZES = [800, 4096, 30000, 100000, 300000]
FILES = 12


class Reader:
    """Original bytes over one connection, to be fast."""

    def __init__(self, office):
        self.http = lib.UnixHTTP(office.path("dossier.sock"))

    def sha256(self, document):
        self.http.request("GET", "/api/v1/documents/%s/raw" % document)
        answer = self.http.getresponse()
        data = answer.read()
        assert answer.status == 200, (document, data)
        return hashlib.sha256(data).hexdigest()


class Kill(unittest.TestCase):
    def setUp(self):
        seed = int(os.environ.get("DOSSIER_SEED", random.randrange(1 << 30)))
        print("seed", seed)
        self.random = random.Random(seed)
        self.office = lib.Office(start=False, conf={
            'quiet = "2s"': 'quiet = "50ms"'})
        self.files = {}         # sha256 of what was dropped: name

    def tearDown(self):
        self.office.close()

    def drop_files(self, number):
        for n in range(FILES):
            name = "%d-%d.pdf" % (number, n)
            data = ("file %s " % name).encode() * self.random.randrange(
                1, 20000)
            self.files[hashlib.sha256(data).hexdigest()] = name
            part = self.office.path("drop", "scan", "." + name)
            with open(part, "wb") as f:
                f.write(data)
            os.rename(part, self.office.path("drop", "scan", name))

    def load(self, log, number):
        """The generator, and a kill at a random moment of its run."""
        count = self.random.choice([1, 20, 100, 400])
        generator = subprocess.Popen(
            [lib.LMTPGEN, "--connect", "unix:" + self.office.path(
                "lmtp.sock"), "--connections", str(SESSIONS), "--messages",
             "1000000", "--size", str(self.random.choice(SIZES)),
             "--ack-log", log, "--seed", str(number + 1)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait = threading.Event()
        while generator.poll() is None:     # a random number of replies
            if os.path.exists(log):
                with open(log, "rb") as f:
                    if f.read().count(b"\n") >= count:
                        break
            wait.wait(0.001)
        wait.wait(self.random.random() * 0.05)
        self.assertEqual(self.office.kill(), -9)
        self.assertEqual(generator.wait(lib.PATIENCE), 8)

    def acknowledged(self, log):
        """{document: sha256} of the log's whole lines."""
        found = {}
        with open(log, encoding="ascii") as f:
            for line in f:
                if not line.endswith("\n"):
                    break
                _, digest, _, reply = line.rstrip("\n").split(" ", 3)
                document, _, _ = lib.receipt(
                    reply if reply.startswith("250") else "250 " + reply)
                found[document] = digest
        return found

    def check(self, found):
        office = self.office
        last = max([int(d[2:]) for d in found], default=0)
        rows = {}
        office.wait_for(lambda: office.status()["applied"] ==
                        office.status()["entries"], "the views")
        for row in office.documents():
            rows[row["id"]] = row["sha256"]
        self.assertGreaterEqual(len(rows), last)
        reader = Reader(office)
        for document, digest in found.items():
            self.assertEqual(rows.get(document), digest, document)
            self.assertEqual(reader.sha256(document), digest, document)
        reader.http.close()

    def test_kill(self):
        office = self.office
        everything = {}
        for number in range(ROUNDS):
            log = os.path.join(office.top, "ack-%d" % number)
            office.start()
            self.drop_files(number)
            self.load(log, number)
            found = self.acknowledged(log)
            self.assertTrue(found, "nothing was acknowledged")
            self.assertFalse(set(found) & set(everything),
                             "a number was given twice")
            everything.update(found)
            office.start()
            self.check(found)
            office.kill()       # also in the middle of reading and filing
        office.start()
        office.wait_for(lambda: not os.listdir(office.path("drop", "scan")),
                        "the drop folder")
        office.wait_for(lambda: office.status()["applied"] ==
                        office.status()["entries"], "the views")
        arrivals = {row["sha256"]: row["arrivals"]
                    for row in office.documents()}
        for digest, name in self.files.items():
            self.assertEqual(arrivals.get(digest), 1, name)
        self.check(everything)
        self.assertEqual(office.stop(), 0)
        r = office.dossierd("verify", "-c", office.conf)
        self.assertEqual(r.returncode, 0, r.stderr)
        print("%d acknowledged in %d rounds" % (len(everything), ROUNDS))


if __name__ == "__main__":
    unittest.main()
