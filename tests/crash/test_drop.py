# SPDX-License-Identifier: ISC
# check: slow
"""Death at every step of taking a file and its sidecar out of a drop folder:
after the restart the folder is empty, the file is one arrival with the facts
that came with it, and nobody else gets these."""
import json
import os
import re
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
import lib  # noqa: E402

FAULT = os.path.join(lib.BUILD, "dossierd-fault")
SOURCE = os.path.join(os.path.dirname(os.path.dirname(HERE)),
                      "daemon/intake/drop_away.c")
FACTS = {"caller": "+44 20 7946 0001", "pages": 3}
KEPT = r"drop\.kept .*folder=fax .*again=%d"


def steps():
    """The names in the source: none is left out unseen."""
    with open(SOURCE, encoding="utf-8") as f:
        return set(re.findall(r'sys_step\("(drop:\w+)"\)', f.read()))


class Drop(unittest.TestCase):
    DONE = False

    def setUp(self):
        conf = {'quiet = "2s"': 'quiet = "50ms"'}
        self.office = lib.Office(start=False, conf=conf)
        self.addCleanup(self.office.close)
        self.fax = self.office.path("drop", "fax")
        self.done = self.office.path("drop", "fax-done")
        if self.DONE:
            os.mkdir(self.done)
            self.office.change('drop "fax" {', 'drop "fax" {\n'
                               '\tdone = "%s"' % self.done)

    def put(self, name, data, facts=None):
        for name, data in ((name + ".json", facts), (name, data)):
            if data is None:
                continue
            aside = os.path.join(self.fax, "." + name)
            with open(aside, "wb") as f:
                f.write(data)
            os.rename(aside, os.path.join(self.fax, name))

    def die(self, step):
        self.office.stop()
        self.office.start(FAULT, DOSSIER_FAULT="step=" + step)
        self.assertEqual(self.office.gone(), -9, self.office.lines)

    def empty(self):
        """Until nothing is left; scans are told by no entry."""
        end = time.monotonic() + lib.PATIENCE
        while os.listdir(self.fax):
            self.assertLess(time.monotonic(), end, os.listdir(self.fax))
            self.office.status()

    def sidecars(self):
        """What the arrivals say came beside them, by their bytes."""
        said = {}
        for row in self.office.rows("/api/v1/entries?from=1&limit=500"):
            if row["kind"] == "document.received":
                said.setdefault(self.office.raw(row["document"]), []).append(
                    row["body"].get("sidecar"))
        return said

    def in_done(self):
        return sorted(name for _, _, names in os.walk(self.done)
                      for name in names)

    def test_steps(self):
        for n, step in enumerate(sorted(steps() - {"drop:shown"})):
            with self.subTest(step):
                data = b"II*\0" + step.encode()
                self.put("%d.tif" % n, data, json.dumps(FACTS).encode())
                self.die(step)
                self.office.start()
                self.empty()
                self.assertEqual(self.sidecars()[data], [FACTS])
                if self.DONE:
                    self.assertEqual(self.in_done(), [
                        "%d.tif" % i + tail for i in range(n + 1)
                        for tail in ("", ".json")])

    def test_died_giving_back(self):
        data = b"II*\0twice"
        self.put("a.tif", data, json.dumps(FACTS).encode())
        self.die("drop:facts")
        self.die("drop:shown")
        self.office.start()
        self.empty()
        self.assertEqual(self.sidecars(), {data: [FACTS]})

    def test_name_is_used_again(self):
        """The next document of that name was there before the restart.  What
        stands beside it in plain sight is its own: there is no telling."""
        for n, step in enumerate(sorted(steps() - {"drop:shown"})):
            for facts in (None, {"caller": "+44 20 7946 0002", "pages": n}):
                if step == "drop:hidden" and facts is None:
                    continue
                with self.subTest((step, facts)):
                    self.one_name(step, facts)

    def one_name(self, step, facts):
        first = b"II*\0first %s %d" % (step.encode(), facts is None)
        second = b"II*\0second %s %d" % (step.encode(), facts is None)
        self.put("a.tif", first, json.dumps(FACTS).encode())
        self.die(step)
        if os.path.exists(os.path.join(self.fax, "a.tif")):
            os.unlink(os.path.join(self.fax, "a.tif"))
            os.unlink(os.path.join(self.fax, "a.tif.json"))
        self.put("a.tif", second, facts and json.dumps(facts).encode())
        self.office.start()
        self.empty()
        said = self.sidecars()
        self.assertEqual(said[first][0], FACTS)
        self.assertEqual(said[second], [facts])


class Done(Drop):
    DONE = True


if __name__ == "__main__":
    unittest.main()
