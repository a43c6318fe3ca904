# SPDX-License-Identifier: ISC
# check: slow
# check: timeout 600
"""Death at every step of publishing the log, and in the middle of writing its
files: what was signed before and what is signed after the restart never
disagree, and all of it is good for a checker that is not ours."""
import os
import re
import shutil
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
import lib  # noqa: E402
import loglib  # noqa: E402

FAULT = os.path.join(lib.BUILD, "dossierd-fault")
SOURCE = os.path.join(os.path.dirname(os.path.dirname(HERE)),
                      "daemon/trees/publish.c")


def steps():
    """The names in the source: none is left out unseen."""
    with open(SOURCE, encoding="utf-8") as f:
        return sorted(set(re.findall(r'sys_step\("(publish:\w+)"\)',
                                     f.read())))


class Publish(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        loglib.install()

    def setUp(self):
        self.office = lib.Office(start=False)
        self.addCleanup(self.office.close)
        self.signed = {}

    def look(self):
        """No origin and size with two roots, ever."""
        for head, root in loglib.heads(
                loglib.published(self.office)).items():
            self.assertEqual(self.signed.setdefault(head, root), root)

    def check(self):
        top = self.office.path("log")
        for folder in ["journal", "master"] + [
                "case/" + n for n in os.listdir(os.path.join(top, "case"))]:
            path = os.path.join(top, folder)
            code, said = loglib.run(
                loglib.GO_LOG, "tree", path,
                loglib.read(path, "vkey").decode().strip())
            self.assertEqual(code, 0, (folder, said))

    def die(self, fault):
        """One round that ends in death, and the start after it."""
        office = self.office
        office.start(FAULT, DOSSIER_FAULT=fault)
        loglib.add(office, 2, fault)
        office.dossier("log", "checkpoint")
        died = office.gone() if self.gone_soon() else None
        if died is None:
            office.kill()
        self.look()
        office.start()
        office.wait_line("trees.published")
        self.look()
        self.check()
        loglib.checkpoint(office)
        self.look()
        self.check()
        office.stop()
        return died

    def gone_soon(self):
        """Whether the fault was met; the request has ended either way."""
        try:
            self.office.process.wait(2)
        except lib.subprocess.TimeoutExpired:
            return False
        return True

    def test_steps(self):
        office = self.office
        office.start()
        loglib.fill(office, 1)
        loglib.checkpoint(office)
        office.stop()
        self.look()
        names = [n for n in steps() if n != "publish:life"]
        self.assertGreaterEqual(len(names), 5)
        for name in names:
            for nth in (1, 2, 4):
                died = self.die("step=%s,nth=%d,seed=%d" % (name, nth, nth))
                if nth == 1:
                    self.assertIsNotNone(died, name)

    def test_life(self):
        """A restored store whose published files were kept, killed while
        these move away."""
        office = self.office
        office.start()
        loglib.fill(office, 2)
        loglib.checkpoint(office)
        backup, keys = (os.path.join(office.top, n) for n in ("b", "k"))
        done = office.dossierd("backup", backup, "--keys", keys, "-c",
                               office.conf)
        self.assertEqual(done.returncode, 0, done.stderr)
        loglib.add(office, 2, "lost")
        loglib.checkpoint(office)
        office.stop()
        self.look()
        old = office.dir + ".old"
        os.rename(office.dir, old)
        done = office.dossierd("restore", backup, office.dir, "--keys", keys)
        self.assertEqual(done.returncode, 0, done.stderr)
        shutil.copytree(old + "/log", office.path("log"))
        for name in ("log.key", "master.key"):
            shutil.copy(os.path.join(old, name), office.dir)
        self.assertIsNotNone(self.die("step=publish:life,nth=1,seed=1"))
        self.assertTrue(os.path.exists(office.path("log.1/master")))


if __name__ == "__main__":
    unittest.main()
