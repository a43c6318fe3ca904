# SPDX-License-Identifier: ISC
# check: slow
# check: timeout 300
"""
Texts and pages of the corpus: no document ends a program, what is drawn has
the pages told, and what cannot be drawn says why.
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import readers      # noqa: E402
import test_drawer  # noqa: E402

LARGE = 1 << 20     # larger files of the corpus teach nothing here
SOME = 3            # one of so many of them
EVERY = 12          # of the drawn are given to pdfinfo


def corpus(*folders):
    for folder in folders:
        for path, dirs, names in sorted(os.walk(os.path.join(
                readers.CORPUS, folder))):
            dirs[:] = [d for d in dirs if d != "expected"]
            for name in sorted(names):
                name = os.path.join(path, name)
                if os.path.getsize(name) <= LARGE:
                    yield name


class Corpus(unittest.TestCase):
    def test_corpus(self):
        """Nothing ends a program; what is drawn has the pages told."""
        readers.need_corpus()
        drawn = 0
        with readers.Reader() as r, readers.Reader(readers.DRAWER) as d:
            for name in list(corpus("mail-hostile", "fax", "scan", "pdf",
                                    "office"))[::SOME]:
                with open(name, "rb") as f:
                    data = f.read()
                hint = readers.MAIL if "mail" in name else readers.ANY
                got = r.answer(data, readers.TEXT, hint=hint)
                self.assertIn(got[0], (readers.DONE, readers.NONE,
                                       readers.EMPTY), name)
                outcome, pages, _, pdf = d.answer(data, readers.DRAW,
                                                  hint=hint)
                self.assertNotIn(outcome, (readers.DIED, readers.TIMEOUT,
                                           readers.NO_MEMORY), name)
                self.assertEqual(pages > 0, outcome in (
                    readers.DONE, readers.ITSELF), name)
                drawn += outcome == readers.DONE
                if outcome == readers.DONE and drawn % EVERY == 0:
                    self.assertEqual(test_drawer.pages_of(pdf), pages, name)
            self.assertTrue(r.alive() and d.alive())
        self.assertGreater(drawn, 50)

    def test_exceptions(self):
        """PDFs that cannot be produced say why.  (Of some hostile ones
        pdfinfo never comes back.)"""
        readers.need_corpus()
        count = 0
        with readers.Reader(readers.DRAWER) as r:
            for name in corpus("pdf/encrypted", "pdf/cjk", "pdf/court"):
                with open(name, "rb") as f:
                    data = f.read()
                if not data.startswith(b"%PDF-"):
                    continue
                got = r.answer(data, readers.DRAW, hint=readers.ANY)
                info = test_drawer.tool("pdfinfo", "-", data=data)
                if b"Incorrect password" in info.stderr:
                    self.assertEqual(got[0], readers.ENCRYPTED, name)
                    count += 1
                elif got[0] == readers.ITSELF and info.returncode == 0:
                    self.assertRegex(info.stdout, rb"\nPages: +%d\n" %
                                     got[1], name)
                    count += 1
        self.assertGreater(count, 10)


if __name__ == "__main__":
    unittest.main()
