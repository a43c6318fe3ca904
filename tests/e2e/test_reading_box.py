#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
The reader behind its socket: deadlines, bombs, wrong packets, and every
hostile file of the corpus.  Whatever a child does, the parent goes on.
"""
import json
import os
import socket
import subprocess
import tempfile
import time
import unittest

import readers
from readers import DIED, DONE, MAIL, NO_MEMORY, TIMEOUT, TOO_LARGE

SANITIZED = "address" in readers.BUILD or "thread" in readers.BUILD
SMALL = b"From: a@example.org\nSubject: small\n\ntext\n"


def slow_mail():
    """It takes the reader a good deal longer than a millisecond."""
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJz\n"
    return (b"From: a@example.org\nContent-Transfer-Encoding: base64\n"
            b"Content-Type: application/octet-stream\n\n" + line * 600000)


def bomb(parts):
    """Many parts: the tree of a parser that keeps them all grows."""
    return (b"From: a@example.org\nContent-Type: multipart/mixed; "
            b"boundary=b\n\n" + b"--b\n\nx\n" * parts + b"--b--\n")


class Box(unittest.TestCase):
    def setUp(self):
        self.reader = readers.Reader()
        self.reader.__enter__()
        self.addCleanup(self.reader.__exit__)

    def still_works(self):
        self.assertTrue(self.reader.alive())
        outcome, _, reading = self.reader.one(SMALL)
        self.assertEqual((outcome, reading["subject"]), (DONE, "small"))

    def test_deadline(self):
        mail = slow_mail()
        outcome, detail, _ = self.reader.one(mail, deadline_ms=1)
        self.assertEqual((outcome, detail), (TIMEOUT, 9))
        self.still_works()
        outcome, _, reading = self.reader.one(mail)
        self.assertEqual(outcome, DONE)
        self.assertEqual(reading["parts"][0]["size"], 600000 * 45)

    def test_memory(self):
        if SANITIZED:
            return          # it has no limit: shadow memory is most of it
        outcome, _, _ = self.reader.one(bomb(3000000))
        self.assertIn(outcome, (NO_MEMORY, DIED))
        self.still_works()

    def test_many_parts(self):
        outcome, _, reading = self.reader.one(bomb(1999))
        self.assertEqual((outcome, len(reading["parts"])), (DONE, 2000))
        self.assertNotIn("many-parts", reading["doubts"])
        outcome, _, reading = self.reader.one(bomb(2000))
        self.assertEqual((outcome, len(reading["parts"])), (DONE, 2000))
        self.assertIn("many-parts", reading["doubts"])

    def test_many_headers(self):
        mail = b"X-A: b\n" * 19999 + b"Subject: last\n\ntext\n"
        outcome, _, reading = self.reader.one(mail)
        self.assertEqual((outcome, reading["subject"]), (DONE, "last"))
        self.assertNotIn("truncated", reading["doubts"])
        mail = b"X-A: b\n" * 20000 + b"Subject: last\n\ntext\n"
        outcome, _, reading = self.reader.one(mail)
        self.assertEqual(outcome, DONE)
        self.assertNotIn("subject", reading)
        self.assertIn("truncated", reading["doubts"])

    def test_long_header(self):
        # GMime grows its buffer by small steps, each of which a sanitizer
        # makes a copy.
        size = 2 << 20 if SANITIZED else 40 << 20
        mail = b"Subject: " + b"a" * size + b"\n\ntext\n"
        outcome, _, reading = self.reader.one(mail)
        self.assertEqual(outcome, DONE)
        self.assertEqual(len(reading["subject"]), 8192)
        self.assertIn("truncated", reading["doubts"])

    def test_size(self):
        fd = os.memfd_create("large")
        os.ftruncate(fd, (256 << 20) + 1)
        number = self.reader.ask(fd, size=(256 << 20) + 1)
        self.assertEqual(self.reader.wait()[:2], (number, TOO_LARGE))
        self.still_works()

    def test_shorter_than_said(self):
        """A size that lies ends the child, not the parent."""
        outcome, _, _ = self.reader.one(SMALL, size=1 << 20)
        self.assertEqual(outcome, DIED)
        self.still_works()

    def test_empty(self):
        for hint in (readers.ANY, MAIL):
            outcome, _, reading = self.reader.one(b"", hint=hint)
            self.assertEqual(outcome, DONE)
            self.assertEqual(reading["type"], "application/x-empty")

    def test_two_at_once(self):
        slow, quick = self.reader.ask(slow_mail()), self.reader.ask(SMALL)
        third = self.reader.ask(SMALL)
        ends = [self.reader.wait()[0] for _ in range(3)]
        self.assertEqual(sorted(ends), [slow, quick, third])
        self.assertEqual(ends[-1], slow)

    def test_nothing_stays(self):
        """No descriptor and no child is left of a hundred documents."""
        def count():
            pid = self.reader.process.pid
            with open("/proc/%d/task/%d/children" % (pid, pid),
                      encoding="ascii") as f:
                children = len(f.read().split())
            return len(os.listdir("/proc/%d/fd" % pid)), children
        self.still_works()
        before = count()
        for _ in self.reader.many(("m", SMALL) for _ in range(100)):
            pass
        self.assertEqual(count(), before)


class Socket(unittest.TestCase):
    def end_after(self, packet):
        with readers.Reader() as reader:
            reader.sock.send(packet)
            reader.process.wait(timeout=20)
        return reader.status

    def test_wrong_packets(self):
        for packet in (b"x", readers.REQUEST.pack(1, 1, 1, *[0] * 6, b""),
                       readers.REQUEST.pack(readers.MAGIC, 1, 1, *[0] * 6,
                                            b"")):
            self.assertEqual(self.end_after(packet), 1)

    def test_end_of_socket_ends_children(self):
        with readers.Reader() as reader:
            reader.ask(slow_mail())
            reader.ask(slow_mail())
        self.assertEqual(reader.status, 0)

    def test_no_socket(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            done = subprocess.run(
                [readers.READER, str(theirs.fileno())],
                pass_fds=[theirs.fileno()], stderr=subprocess.PIPE,
                timeout=20, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"what=socket", done.stderr)

    def test_usage(self):
        for args in (["x"], ["1", "2"], ["-1"], ["--one"]):
            done = subprocess.run([readers.READER] + args, timeout=20,
                                  stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 2)

    def test_one(self):
        with tempfile.NamedTemporaryFile() as f:
            f.write(SMALL)
            f.flush()
            done = subprocess.run([readers.READER, "--one", f.name],
                                  stdout=subprocess.PIPE, timeout=20,
                                  check=True)
        self.assertEqual(json.loads(done.stdout)["subject"], "small")


class Hostile(unittest.TestCase):
    @unittest.skipUnless(os.path.isdir(readers.CORPUS), "no corpus")
    def test_all(self):
        """Each is read, or unread for a reason; none is waited for long."""
        files = []
        for folder in ("mail-hostile", "mail/eml/mimekit-messages",
                       "fax/hostile", "scan/hostile", "pdf/hostile"):
            for place, _, names in os.walk(readers.CORPUS + "/" + folder):
                files += [os.path.join(place, n) for n in sorted(names)]
        self.assertGreater(len(files), 300)

        def items(hint):
            for path in files:
                with open(path, "rb") as f:
                    yield path, f.read()
        begin = time.monotonic()
        with readers.Reader() as reader:
            for hint in (readers.ANY, MAIL):
                for path, outcome, detail, reading in reader.many(
                        items(hint), hint=hint):
                    self.assertEqual((path, outcome, detail),
                                     (path, DONE, 0))
                    self.assertIn("type", reading)
            self.assertTrue(reader.alive())
        self.assertEqual(reader.status, 0)
        self.assertLess(time.monotonic() - begin, 120)


if __name__ == "__main__":
    unittest.main()
