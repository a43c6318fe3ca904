# SPDX-License-Identifier: ISC
# check: timeout 300
"""The whole daemon with file calls that die or fail: at each step of a
commit, and at calls spread over a run.  What was acknowledged is there; a
failed write or sync ends the process with 1 and 4xx to the senders."""
import os
import signal
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
import lib  # noqa: E402
import load  # noqa: E402

FAULT = os.path.join(lib.BUILD, "dossierd-fault")
EIO, ENOSPC = 5, 28
STEPS = ["group:written", "group:synced", "group:told", "blobs:written",
         "blobs:synced", "segment:synced", "segment:renamed",
         "views:applied", "views:committed"]


class Faults(load.Loaded):
    def run_with(self, fault, size=4096):
        """A load under the fault until the daemon ends or the load does;
        the exit code of the daemon, None if it lives, -1 if it did not
        even start; and what was acknowledged."""
        self.number += 1
        log = os.path.join(self.office.top, "ack-%d" % self.number)
        try:
            self.office.start(program=FAULT, DOSSIER_FAULT=fault)
        except lib.NotReady:
            return -1, {}       # it died or failed before it was ready
        lost = load.generate(self.office, log, size, self.number,
                             messages=1500, connections=8) == 8
        code = None
        if lost or self.ending():
            code = self.office.gone()
        return code, load.acknowledged(log)

    def ending(self):
        """Whether it says that it ends."""
        with self.office.more:
            return any("loop.stopping" in x or x == "(end)"
                       for x in self.office.lines)

    def restart(self, found, late):
        """late: how it ends when the fault comes behind the load only, as
        the views' do."""
        if self.office.process is not None:
            self.assertIn(self.office.stop(), (0, late))
        self.office.start()
        self.check(found)
        self.assertEqual(self.office.stop(), 0)
        self.verify()

    def test_die_at_each_step(self):
        for step in STEPS:
            for nth in (1, 7):
                with self.subTest(step=step, nth=nth):
                    size = 100000 if step.startswith("blobs") else 4096
                    code, found = self.run_with(
                        "step=%s,nth=%d,seed=%d" % (step, nth, nth), size)
                    if nth == 1 and code is not None:
                        self.assertNotEqual(code, 0)
                    if step in ("group:synced", "blobs:synced"):
                        self.assertIsNotNone(code, "it never came there")
                    self.restart(found, -signal.SIGKILL)

    def test_failing_calls(self):
        dead = 0
        for error in (EIO, ENOSPC):
            for call in (5, 20, 33, 47, 70, 110, 170, 260):
                with self.subTest(error=error, call=call):
                    code, found = self.run_with(
                        "call=%d,errno=%d" % (call, error))
                    self.assertIn(code, (None, -1, 1))
                    dead += code == 1
                    self.restart(found, 1)
        self.assertGreater(dead, 0, "no failure was ever final")


if __name__ == "__main__":
    unittest.main()
