# SPDX-License-Identifier: ISC
# check: slow
"""Cancelling builds: one that waits, one that is being made, one of a daemon
that was killed; nothing of them is left, and whoever waits is told."""
import os
import signal
import subprocess
import threading
import unittest

import lib
import loglib  # noqa: F401: knows where authority is
import test_build

import authority  # noqa: E402

SHA512 = bytes.fromhex("0609608648016503040203")


class Slow(authority.Authority):
    """One that answers about bundles only when it may: until then their
    builds do not end."""

    def __init__(self, folder):
        self.asked_for, self.may = threading.Semaphore(0), threading.Event()
        super().__init__(folder)
        self.server.handle_error = lambda *_: None  # who asked has gone

    def answer(self, query):
        if SHA512 in query:
            self.asked_for.release()
            self.may.wait()
        return super().answer(query)

    def close(self):
        self.may.set()
        super().close()


class Cancel(unittest.TestCase):
    def setUp(self):
        self.o = lib.Office()
        self.addCleanup(self.o.close)
        self.outside = Slow(self.o.top)
        self.addCleanup(self.outside.close)
        self.o.stop()
        self.o.append(self.outside.conf())
        self.o.start()
        self.s = test_build.Story(mails=1, office=self.o)
        self.s.run("bundle", "new", test_build.CASE)

    def ask(self):
        status, answer = self.o.api("POST", "/api/v1/bundles/B-0001/build",
                                    {})
        self.assertEqual(status, 202, answer)
        return answer["row"]["id"]

    def sealing(self):
        self.assertTrue(self.outside.asked_for.acquire(
            timeout=lib.PATIENCE))

    def state(self, build):
        return self.o.get("/api/v1/jobs/B-0001.%d" % build)["row"]["state"]

    def left(self):
        return os.listdir(self.o.path("export"))

    def test_waiting_and_running(self):
        self.ask()
        self.sealing()
        self.ask()
        # Without a number it is the last one that was asked for.
        said = self.s.run("bundle", "cancel", "B-0001", "--reason", "too soon")
        self.assertEqual(said.strip(), "B-0001.2")
        self.assertEqual([self.state(1), self.state(2)],
                         ["asked", "cancelled"])
        self.assertEqual([r["id"] for r in self.o.rows("/api/v1/jobs")],
                         ["B-0001.1"])
        self.assertNotEqual(self.left(), [])
        self.s.run("bundle", "cancel", "B-0001.1")
        self.o.wait_line("bundle.ended.*result=cancelled")
        self.assertEqual(self.left(), [])
        done = self.o.dossier("job", "wait", "B-0001.1")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"was cancelled", done.stderr)
        for which in "B-0001", "B-0001.1", "B-0001.2", "B-0001.9":
            done = self.o.dossier("bundle", "cancel", which)
            self.assertEqual(done.returncode, 6, (which, done.stderr))
        entries = [e for e in self.o.rows("/api/v1/entries?limit=500")
                   if e["kind"] == "bundle.cancelled"]
        self.assertEqual([(e["body"], e["case"]) for e in entries],
                         [({"build": 2, "reason": "too soon"},
                           test_build.CASE),
                          ({"build": 1}, test_build.CASE)])
        # The next one is made; what has ended is not cancelled any more.
        self.outside.may.set()
        bag = self.s.build("B-0001", "b")
        self.assertEqual(self.o.dossier("verify", bag).returncode, 0)
        self.assertEqual(self.o.dossier("bundle", "cancel",
                                        "B-0001.3").returncode, 6)
        self.assertEqual(self.state(3), "built")

    def test_over_a_kill(self):
        self.ask()
        self.sealing()
        self.o.kill()
        self.o.start()
        self.sealing()      # it is made again
        self.s.run("bundle", "cancel", "B-0001.1")
        self.o.kill()
        self.o.start()
        self.o.wait_for(lambda: not self.left(), "the leftovers")
        self.assertEqual(self.state(1), "cancelled")
        self.assertEqual(self.o.rows("/api/v1/jobs"), [])

    def test_whoever_waits(self):
        """Who leaves is told how to come back; the build goes on."""
        waiting = subprocess.Popen(
            [lib.DOSSIER, "bundle", "build", "B-0001"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.o.environment(
                DOSSIER_SOCKET=self.o.path("dossier.sock")))
        self.sealing()
        waiting.send_signal(signal.SIGINT)
        _, said = waiting.communicate(timeout=lib.PATIENCE)
        self.assertEqual(waiting.returncode, -signal.SIGINT)
        for verb in "job wait", "bundle fetch", "bundle cancel":
            self.assertIn("dossier %s B-0001.1" % verb, said.decode())
        self.assertEqual(self.state(1), "asked")
        self.outside.may.set()
        self.s.run("job", "wait", "B-0001.1")


if __name__ == "__main__":
    unittest.main()
