# SPDX-License-Identifier: ISC
# check: timeout 300
"""SIGKILL at random moments under load: every message that got its 250, and
every file that left its folder, is there byte for byte after the restart,
once, and `dossierd verify' is clean.  10 rounds, 200 in soak."""
import hashlib
import os
import random
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
import lib  # noqa: E402
import load  # noqa: E402

ROUNDS = 200 if os.environ.get("DOSSIER_SOAK") else 10
SESSIONS = 50
SIZES = [800, 4096, 30000, 100000, 300000]
FILES = 12


class Kill(load.Loaded):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("DOSSIER_SEED", random.randrange(1 << 30)))
        print("seed", seed)
        self.random = random.Random(seed)
        self.files = {}         # sha256 of what was dropped: name

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
        generator = load.generator(
            self.office, log, self.random.choice(SIZES), number + 1,
            messages=1000000, connections=SESSIONS)
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

    def test_kill(self):
        office = self.office
        everything = {}
        for number in range(ROUNDS):
            log = os.path.join(office.top, "ack-%d" % number)
            office.start()
            self.drop_files(number)
            self.load(log, number)
            found = load.acknowledged(log)
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
        self.applied()
        arrivals = {row["sha256"]: row["arrivals"]
                    for row in office.documents()}
        for digest, name in self.files.items():
            self.assertEqual(arrivals.get(digest), 1, name)
        self.check(everything)
        self.assertEqual(office.stop(), 0)
        self.verify()
        print("%d acknowledged in %d rounds" % (len(everything), ROUNDS))


if __name__ == "__main__":
    unittest.main()
