# SPDX-License-Identifier: ISC
# check: slow
# check: longer
# check: timeout 600
"""A week in an office, on all channels at once: restarts, SIGKILL, views
thrown away, a full disk, clock steps, a power failure.  At the end the
senders' own logs are held against the store: nothing missing, nothing
doubled.  One week; ten in soak."""
import hashlib
import json
import os
import random
import shutil
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402
import senders  # noqa: E402
from test_smtp import free_port  # noqa: E402

WEEKS = 10 if os.environ.get("DOSSIER_SOAK") else 1
FAULT = os.path.join(lib.BUILD, "dossierd-fault")
HOUR = 3600 * 1000000


class Week(unittest.TestCase):
    def setUp(self):
        seed = int(os.environ.get("DOSSIER_SEED", random.randrange(1 << 30)))
        print("seed", seed)
        self.random = random.Random(seed)
        self.smtp = ("127.0.0.1", free_port())
        self.office = lib.Office(
            conf={'quiet = "2s"': 'quiet = "50ms"'},
            init=["--smtp", "%s:%d" % self.smtp])
        self.addCleanup(self.office.close)
        self.full = self.office.path("fault.full")
        self.clock = self.office.path("fault.clock")
        self.more, self.over = threading.Condition(), threading.Event()
        self.addCleanup(self.end_senders)
        self.client = self.out("client", "add", "Mill Row Ltd", "--email",
                               "a@b.example").strip()
        self.case = self.out("case", "open", self.client, "Lease").strip()
        self.senders = senders.all_of(self)
        self.kills, self.own = 0, set()     # own: what we sent ourselves

    def end_senders(self):
        self.over.set()
        for one in getattr(self, "senders", []):
            if one.thread:
                one.thread.join(lib.PATIENCE)

    def out(self, *args):
        done = self.office.dossier(*args)
        self.assertEqual(done.returncode, 0, (args, done))
        return done.stdout.decode()

    # -- waiting for the senders --------------------------------------------

    def told(self):
        with self.more:
            self.more.notify_all()

    def until(self, true, what):
        """Waits as long as the senders move."""
        seen, end = None, 0
        with self.more:
            while not true():
                for one in self.senders:
                    if one.failed is not None:
                        raise AssertionError(one.name) from one.failed
                now = self.sum("kept")
                if now != seen:
                    seen, end = now, time.monotonic() + 2 * lib.PATIENCE
                self.assertLess(time.monotonic(), end, "in vain for %s: %s" % (
                    what, [(s.name, s.kept, s.refused, s.lost, s.left())
                           for s in self.busy()]))
                self.more.wait(0.05)

    def sum(self, what):
        return sum(getattr(one, what) for one in self.senders)

    def kept(self, count):
        """Until so much more was acknowledged, or the day is over."""
        goal = self.sum("kept") + count
        self.until(lambda: self.sum("kept") >= goal or not self.busy(),
                   "%d acknowledgements" % goal)

    def busy(self):
        return [s for s in self.senders if s.thread.is_alive()]

    def sending(self):
        return [s for s in self.busy() if not isinstance(s, senders.Folder)]

    # -- what happens to the store ------------------------------------------

    def restart(self, how, views=False, **more):
        code = how()
        self.kills += code == -9
        if views:
            shutil.rmtree(self.office.path("views"))
        self.office.start(**more)

    def stop(self):
        code = self.office.stop()
        self.assertEqual(code, 0, self.office.lines[-5:])
        return code

    def fault(self, order):
        return {"program": FAULT, "DOSSIER_FAULT": order}

    def orderly(self):
        self.kept(20)
        self.restart(self.stop)

    def killed(self):
        for _ in range(3):
            self.kept(self.random.randrange(5, 25))
            self.restart(self.office.kill)

    def without_views(self):
        self.kept(10)
        self.restart(self.stop, views=True)
        self.kept(self.random.randrange(1, 20))
        self.restart(self.office.kill, views=True)

    def full_disk(self):
        """The space that is there is used up, then nobody is answered that
        it was kept; then there is room again, without a restart."""
        self.restart(self.stop, **self.fault("full=" + self.full))
        self.kept(5)
        with open(self.full, "wb"):
            pass
        while True:         # what is there still is used up
            data = os.urandom(100000)
            status, _, said = self.office.request(
                "POST", "/api/v1/documents", data)
            if status != 201:
                break
            self.own.add(hashlib.sha256(data).hexdigest())
        self.assertEqual(status, 507, said)
        before = self.sum("refused")
        self.until(lambda: self.sum("refused") > before + 5 or
                   not self.busy(), "refusals")
        self.assertIsNone(self.office.process.poll())
        os.unlink(self.full)
        self.until(lambda: not self.sending(), "room")
        self.restart(self.stop)     # folders would look again in a minute

    def set_clock(self, shift):
        with open(self.clock + ".new", "w", encoding="ascii") as f:
            f.write("%d" % shift)
        os.rename(self.clock + ".new", self.clock)

    def clock_steps(self):
        self.restart(self.stop, **self.fault("clock=" + self.clock))
        for shift in (2 * HOUR, -3 * HOUR, 0):
            self.kept(12)
            self.set_clock(shift)
        self.kept(12)
        self.restart(self.stop)

    def power_fails(self):
        """What was not synced is gone, in part."""
        for step in ("group:written", "blobs:written", "group:synced"):
            self.kept(5)
            self.stop()
            raw = None
            try:
                self.office.start(**self.fault("step=%s,nth=%d,seed=%d" % (
                    step, self.random.randrange(5, 30),
                    self.random.randrange(1, 1000))))
                raw = self.send_until_dead()
                self.assertNotEqual(self.office.gone(), 0)
            except lib.NotReady:
                pass            # it was dead before
            self.kills += 1
            self.office.start()
            if raw:
                lib.receipt(self.office.send(raw)[0])

    def send_until_dead(self):
        """A mail that nobody answered."""
        while True:
            raw = lib.mail(len(self.own), 0, "power") + senders.text(
                len(self.own), 100000) + b"\r\n"
            self.own.add(hashlib.sha256(raw).hexdigest())
            try:
                lib.receipt(self.office.send(raw)[0])
            except (lib.Gone, OSError):
                return raw

    def all_together(self):
        self.restart(self.office.kill, views=True,
                     **self.fault("full=%s,clock=%s" % (self.full,
                                                        self.clock)))
        with open(self.full, "wb"):
            pass
        self.set_clock(5 * HOUR)
        self.until(lambda: self.sum("refused") > 3 or not self.busy(), "it")
        os.unlink(self.full)
        self.set_clock(0)
        self.kept(20)
        self.restart(self.stop, views=True)
        self.kept(20)
        self.restart(self.office.kill)

    def a_week(self, week):
        days = [self.orderly, self.killed, self.without_views,
                self.full_disk, self.clock_steps, self.power_fails,
                self.all_together]
        for n, day in enumerate(days):
            began = time.monotonic()
            for one in self.senders:
                one.begin(week * 7 + n)
            day()
            self.until(lambda: not self.busy(), "the end of the day")
            print("%-14s %5.1f s, %d kept" % (
                day.__name__, time.monotonic() - began, self.sum("kept")),
                flush=True)

    # -- the senders' logs against the store -----------------------------------

    def settle(self):
        """Readers may take long; as long as they move it is well."""
        seen = None
        while True:
            try:
                return self.office.wait_read()
            except AssertionError:
                now = self.office.status()["entries"]
                self.assertNotEqual(now, seen)
                seen = now

    def check_reconciled(self):
        for one in self.senders:
            for args, count in one.reconcile():
                done = self.office.dossier("reconcile", *args, "--json")
                self.assertEqual(done.returncode, 0, (args, done.stdout[-2000:],
                                                      done.stderr))
                totals = json.loads(done.stdout)["totals"]
                print(one.name, args[0], {k: v for k, v in totals.items()
                                          if v}, flush=True)
                self.assertEqual(totals["captured"], count, (args, totals))
                self.assertEqual(totals["captured"] + totals["sidecar"],
                                 totals["offered"], (args, totals))

    def check_strange(self):
        """A call that no document stands for is told."""
        told = 0
        for one in self.senders:
            if one.strange() is None:
                continue
            option, text = one.strange()
            path = os.path.join(self.office.top, "strange")
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            done = self.office.dossier("reconcile", *option, path, "--json")
            self.assertEqual(done.returncode, 9, (option, done))
            self.assertEqual(json.loads(done.stdout)["totals"]["missing"], 1)
            told += 1
        self.assertEqual(told, 2)

    def check_nothing_doubled(self):
        rows = self.office.documents()
        self.assertEqual(len({r["sha256"] for r in rows}), len(rows))
        arrivals = {r["sha256"]: r["arrivals"] for r in rows}
        offered = set().union(*(one.hashes for one in self.senders))
        self.assertEqual(set(arrivals), offered | self.own)
        # Who has a key, or a name that goes away, arrives once only.
        for one in self.senders:
            if one.name in ("scan", "fax", "upload", "notes"):
                self.assertEqual({arrivals[h] for h in one.hashes}, {1},
                                 one.name)

    def check_bytes(self):
        http = lib.UnixHTTP(self.office.path("dossier.sock"))
        for row in self.office.documents():
            http.request("GET", "/api/v1/documents/%s/raw" % row["id"])
            answer = http.getresponse()
            self.assertEqual(hashlib.sha256(answer.read()).hexdigest(),
                             row["sha256"], row["id"])
        http.close()

    def check_entries(self):
        """Numbers without a gap, times that never go back."""
        seq, at, moved = 0, "", []
        while True:
            rows = self.office.rows("/api/v1/entries?from=%d&limit=500" %
                                    (seq + 1))
            for r in rows:
                self.assertEqual(r["seq"], seq + 1)
                self.assertGreaterEqual(r["at"], at)
                seq, at = r["seq"], r["at"]
                if r["kind"] == "clock.stepped":
                    moved.append(r["body"]["microseconds"])
            if not rows:
                break
        self.assertEqual(seq, self.office.status()["entries"])
        self.assertTrue([m for m in moved if m > HOUR], moved)
        self.assertTrue([m for m in moved if m < -2 * HOUR], moved)

    def answers(self):
        return [self.out("timeline", self.client, "--json"),
                self.out("timeline", self.case),
                json.dumps(self.office.documents(), sort_keys=True)]

    def test_week(self):
        for week in range(WEEKS):
            self.a_week(week)
        self.settle()
        self.check_reconciled()
        self.check_strange()
        self.check_nothing_doubled()
        self.check_bytes()
        self.check_entries()
        before = self.answers()
        self.assertGreater(len(json.loads(before[0])["rows"]), 100)
        self.stop()
        shutil.rmtree(self.office.path("views"))
        self.office.start()
        self.settle()
        self.assertEqual(self.answers(), before)
        self.stop()
        done = self.office.dossierd("verify", "--views", "-c",
                                    self.office.conf)
        self.assertEqual(done.returncode, 0, done)
        print(done.stdout.decode(), "refused %d, lost %d, deaths %d" % (
            self.sum("refused"), self.sum("lost"), self.kills))


if __name__ == "__main__":
    unittest.main()
