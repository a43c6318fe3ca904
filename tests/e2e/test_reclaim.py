# SPDX-License-Identifier: ISC
# check: slow
"""Space of uploads that were given up: it goes back to the disk while the
daemon runs, or by `dossierd reclaim' after a crash, and verification knows
which frames were given back and takes no other one for spare."""
import base64
import hashlib
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402

MIB = 1 << 20


def large(n, size):
    """A mail whose bytes hardly pack."""
    lines = [base64.b64encode(hashlib.sha384(b"%d %d" % (n, k)).digest())
             for k in range(size // 66)]
    return lib.mail(n) + b"\r\n".join(lines) + b"\r\n"


def held(office):
    """Bytes that the blob series takes on the disk."""
    folder = office.path("blobs")
    return sum(os.stat(os.path.join(folder, n)).st_blocks * 512
               for n in os.listdir(folder))


def run(office, command):
    done = office.dossierd(command, "-c", office.conf)
    done.stdout = done.stdout.decode()
    done.stderr = done.stderr.decode()
    return done


def give_up(office, size):
    """A sender that breaks off within a mail; the daemon has all it sent."""
    s = office.lmtp()
    s.command("MAIL FROM:<a@b.example>")
    s.command("RCPT TO:<office@example.org>")
    s.command("DATA")
    s.write(large(999, size))
    return s


class Reclaim(unittest.TestCase):
    def test_while_running(self):
        with lib.Office() as office:
            s = give_up(office, 24 * MIB)
            office.wait_for(lambda: held(office) > 16 * MIB, "pieces")
            s.close()
            kept = large(1, 64 * MIB)
            reply = office.send(kept)[0]
            number = lib.receipt(reply)
            office.wait_line(r"reclaim\.done.*bytes=\d{8}")
            entries = [e for e in office.rows("/api/v1/entries?limit=100")
                       if e["kind"] == "space.reclaimed"]
            self.assertEqual(entries[0]["body"]["series"], "blobs")
            self.assertEqual(entries[0]["actor"], "dossierd")
            document = office.documents()[0]["id"]
            self.assertEqual(office.raw(document), kept)
            self.assertTrue(number)
            office.stop()
            self.assertLess(held(office), 60 * MIB)
            done = run(office, "verify")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r"\d{8} bytes of such senders")
            self.assertNotIn("gave up before the end", done.stdout)

    def test_after_a_crash(self):
        with lib.Office() as office:
            kept = large(2, 3 * MIB)
            office.send(kept)
            s = give_up(office, 16 * MIB)
            # The whole mail, and enough of the other one.
            office.wait_for(lambda: held(office) > 13 * MIB, "pieces")
            office.kill()
            s.close()
            done = run(office, "verify")
            self.assertIn("gave up before the end", done.stdout)
            office.start()
            office.wait_read()
            refused = run(office, "reclaim")
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn("in use", refused.stderr)
            office.stop()
            before = held(office)
            done = run(office, "reclaim")
            self.assertEqual(done.returncode, 0, done.stderr)
            given = int(re.search(r"(\d+) bytes were given", done.stdout)[1])
            self.assertGreater(given, 9 * MIB)
            # The file system may take a block to note where the holes are.
            self.assertLessEqual(held(office), before - given + MIB // 16)
            done = run(office, "verify")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("gave up before the end", done.stdout)
            again = run(office, "reclaim")
            self.assertIn("0 bytes were given", again.stdout)
            office.start()
            self.assertEqual(office.raw(office.documents()[0]["id"]), kept)

    def test_no_other_frame_is_spare(self):
        """A piece that a document has, zeroed, is damage, not space."""
        with lib.Office() as office:
            office.send(large(3, 3 * MIB))
            office.stop()
            path = office.path("blobs", "00000001.seg")
            with open(path, "r+b") as f:
                f.seek(1 * MIB)
                f.write(bytes(8192))
            done = run(office, "verify")
            self.assertEqual(done.returncode, 7, done.stdout)


if __name__ == "__main__":
    unittest.main()
