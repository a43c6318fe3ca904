# SPDX-License-Identifier: ISC
"""
Texts and pages by the real programs: what other tools read in them.
"""
import os
import re
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import readers  # noqa: E402


def tool(*args, data):
    return subprocess.run(args, input=data, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def pages_of(pdf):
    """What pdfinfo counts; it must find nothing to complain about."""
    got = tool("pdfinfo", "-", data=pdf)
    assert got.returncode == 0 and not got.stderr, got.stderr
    return int(re.search(rb"^Pages: +(\d+)", got.stdout, re.M).group(1))


def words_of(pdf):
    return tool("pdftotext", "-layout", "-", "-", data=pdf).stdout.decode()


def letter(subject, body, charset="utf-8", kind="plain"):
    return ("From: =?utf-8?q?Ann_L=C3=A9e?= <ann@example.org>\r\n"
            "To: 王小明 <wang@example.cn>\r\nSubject: %s\r\n"
            "Date: Mon, 2 Mar 2026 10:15:00 +0100\r\n"
            "Content-Type: text/%s; charset=%s\r\n\r\n" %
            (subject, kind, charset)).encode() + body.encode(charset)


def tiff(pages):
    """One grey dot a page."""
    fields = ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8),
              (277, 1), (278, 1), (279, 1))
    size = 2 + 12 * len(fields) + 4
    out = [b"II*\0" + struct.pack("<I", 12) + b"\x80\0\0\0"]
    for n in range(1, pages + 1):
        out.append(struct.pack("<H", len(fields)) + b"".join(
            struct.pack("<HHII", tag, 3, 1, value) for tag, value in fields) +
            struct.pack("<I", 12 + n * size if n < pages else 0))
    return b"".join(out)


def blank(pdf):
    """Characters whose place on the page is white."""
    boxes = re.findall(
        r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">'
        r'(.)</word>', tool("pdftotext", "-bbox", "-", "-",
                            data=pdf).stdout.decode())
    page = tool("pdftoppm", "-r", "72", "-gray", "-", data=pdf).stdout
    head = re.match(rb"P5\s+(\d+)\s+\d+\s+255\s", page)
    width, dots = int(head.group(1)), page[head.end():]
    found = []
    for x0, y0, x1, y1, c in boxes:
        x0, y0, x1, y1 = (int(float(v)) for v in (x0, y0, x1, y1))
        if all(v > 200 for y in range(y0, y1)
               for v in dots[y * width + x0:y * width + x1]):
            found.append(c)
    return found, {b[4] for b in boxes}


class Drawer(unittest.TestCase):
    def test_each_character_is_visible(self):
        """Those of daily use (GB 2312, level 1), few in a document, as the
        makers of fonts' subsets are at their worst there."""
        chars = [bytes([high, low]).decode("gb2312")
                 for high in range(0xb0, 0xd7) for low in range(0xa1, 0xff)]
        seen = set()
        with readers.Reader(readers.DRAWER) as r:
            for i in range(0, len(chars), 120):
                some = chars[i:i + 120]
                text = "\n".join(" ".join(some[k:k + 30])
                                 for k in range(0, len(some), 30)) + "\n"
                _, _, _, pdf = r.answer(text.encode(), readers.DRAW)
                found, shown = blank(pdf)
                self.assertEqual(found, [])
                seen |= shown
        self.assertEqual(set(chars) - seen, set())

    def test_words(self):
        """pdftotext finds what was written, in both scripts."""
        with readers.Reader(readers.DRAWER) as r:
            self.assertRegex(r.name, r"^dossier-drawer \S+ cairo 1\.\S+ pango "
                             r"1\.\S+ poppler \S+ libtiff \S+")
            for subject, body, charset, lang, labels in (
                    ("notice", "The lease ends on 1 March.\r\n" * 3, "utf-8",
                     0, ("From", "Page 1 of 1")),
                    ("合同终止通知", "合同自三月一日起终止。\r\n", "gb18030",
                     1, ("发件人", "第 1 页，共 1 页"))):
                outcome, pages, notes, pdf = r.answer(
                    letter(subject, body, charset), readers.DRAW, lang=lang,
                    hint=readers.MAIL)
                self.assertEqual((outcome, pages, notes), (0, 1, 0))
                self.assertEqual(pages_of(pdf), 1)
                words = words_of(pdf)
                for word in (subject, body.strip().split("\r\n")[0],
                             "Ann Lée <ann@example.org>", "王小明",
                             "Mon, 2 Mar 2026 10:15:00 +0100") + labels:
                    self.assertIn(word, words)
                self.assertNotIn(b"/CreationDate (D:2026", pdf)

    def test_many_pages(self):
        with readers.Reader(readers.DRAWER) as r:
            text = "".join("line %d\n" % n for n in range(1000)).encode()
            outcome, pages, _, pdf = r.answer(text, readers.DRAW,
                                              hint=readers.ANY)
            self.assertEqual(outcome, readers.DONE)
            self.assertGreater(pages, 10)
            self.assertEqual(pages_of(pdf), pages)
            words = words_of(pdf)
            for n in range(1000):
                self.assertIn("line %d\n" % n, words)
            self.assertIn("Page %d of %d" % (pages, pages), words)

    def test_no_glyph(self):
        """A letter that no font has is noted; the rest is drawn."""
        with readers.Reader(readers.DRAWER) as r:
            outcome, pages, notes, pdf = r.answer(
                "known \U00013000 \U0001e900 words\n".encode(), readers.DRAW,
                hint=readers.ANY)
            self.assertEqual((outcome, pages), (0, 1))
            self.assertEqual(notes, readers.NO_GLYPH)
            self.assertIn("known", words_of(pdf))

    def test_limits(self):
        with readers.Reader() as r:
            limit = 32 << 20
            line = b"x" * 63 + b"\n"
            for size, notes in ((limit, 0), (limit + 64, readers.CUT)):
                got = r.answer(line * (size // 64), readers.TEXT,
                               hint=readers.ANY)
                self.assertEqual(got[:3], (0, 0, notes))
                self.assertEqual(len(got[3]), limit)
            # Roles that the program has not, and words that are missing.
            self.assertEqual(r.answer(b"x", readers.DRAW)[0], readers.DIED)
            self.assertEqual(r.answer(b"x", 77)[0], readers.DIED)
            self.assertTrue(r.alive())

    def test_pages(self):
        """As many pages as are drawn, and one more, of a text and a TIFF."""
        with readers.Reader(readers.DRAWER) as r:
            lines = 1
            while r.answer(b"x\n" * (lines + 1), readers.DRAW)[1] == 1:
                lines += 1
            for inside, past in (
                    (b"x\n" * (lines * 5000), b"x\n" * (lines * 5000 + 1)),
                    (tiff(5000), tiff(5001))):
                for data, notes in ((inside, 0), (past, readers.CUT)):
                    got = r.answer(data, readers.DRAW)
                    self.assertEqual(got[:3], (0, 5000, notes))

    def test_slip(self):
        with readers.Reader(readers.DRAWER) as r:
            got = r.answer(b"", readers.SLIP, words="以原生格式提供\nABC0000001"
                           .encode())
            self.assertEqual(got[:3], (0, 1, 0))
            self.assertIn("以原生格式提供", words_of(got[3]))
            self.assertIn("ABC0000001", words_of(got[3]))
            self.assertNotIn("Page", words_of(got[3]))


if __name__ == "__main__":
    unittest.main()
