# SPDX-License-Identifier: ISC
# check: slow
# check: timeout 400
"""Reception under attack: floods, slow and endless senders, large mails side
by side, senders that give up, a full disk.  Memory stays bounded, others keep
their pace, and what was acknowledged is there."""
import hashlib
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402

MOST = 96 << 20     # private memory, design section 11
PACE = 5            # seconds that a small mail beside an attack may take
MIB = 1 << 20


def anon(office):
    """Private memory in bytes; that of a sanitizer is not ours."""
    if lib.SANITIZED:
        return 0
    with open("/proc/%d/status" % office.process.pid, encoding="ascii") as f:
        for line in f:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0


class Beside(threading.Thread):
    """An honest sender beside the attack: how long its mails take, and how
    much memory the daemon has meanwhile."""

    def __init__(self, office):
        super().__init__(daemon=True)
        self.office, self.over = office, threading.Event()
        self.kept, self.slowest, self.most, self.failed = [], 0, 0, None

    def run(self):
        try:
            with self.office.lmtp() as s:
                while not self.over.wait(0.02):
                    raw = lib.mail(len(self.kept), subject="beside")
                    began = time.monotonic()
                    reply = s.send(raw)[0]
                    self.slowest = max(self.slowest,
                                       time.monotonic() - began)
                    self.kept.append((lib.receipt(reply), raw))
                    self.most = max(self.most, anon(self.office))
        except BaseException as e:          # told by the test
            self.failed = e

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join(lib.PATIENCE)

    def check(self, test):
        test.assertIsNone(self.failed)
        test.assertGreater(len(self.kept), 0)
        test.assertLess(self.slowest, PACE)
        test.assertLess(self.most, MOST)


def begin(session, size=None, to=1):
    session.command("MAIL FROM:<a@b.example>")
    for n in range(to):
        session.command("RCPT TO:<n%d@office.example>" % n)
    if size is not None:
        session.write(b"BDAT %d LAST\r\n" % size)


class Attack(unittest.TestCase):
    def check_kept(self, office, kept):
        """Each receipt's bytes are there."""
        last = max(receipt[1] for receipt, _ in kept)
        office.get("/api/v1/documents?limit=1&after=%d" % last)
        for (document, _, _), raw in kept:
            self.assertEqual(office.raw(document), raw)

    def check_verify(self, office):
        self.assertEqual(office.stop(), 0)
        r = office.dossierd("verify", "-c", office.conf)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        return r.stdout.decode()

    def test_ten_thousand_connections(self):
        """A thousand are held; all further ones hear 421 and lose nothing
        but themselves; the honest sender among the thousand goes on."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 2300:
            self.skipTest("too few descriptors allowed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2300), hard))
        with lib.Office() as office:
            with Beside(office) as beside:
                while not beside.kept and beside.is_alive():
                    time.sleep(0.01)
                held = [office.lmtp() for _ in range(999)]
                try:
                    refused = 0
                    for _ in range(9):
                        flood = []
                        for _ in range(1000):
                            s = socket.socket(socket.AF_UNIX)
                            s.settimeout(lib.PATIENCE)
                            s.connect(office.path("lmtp.sock"))
                            flood.append(s)
                        for s in flood:
                            with s, s.makefile("rb") as f:
                                refused += b"421 4.3.2" in f.read()
                    self.assertEqual(refused, 9000)
                    self.assertLess(anon(office), MOST)
                finally:
                    for s in held:
                        s.close()
            beside.check(self)
            with office.lmtp() as s:
                lib.receipt(s.send(lib.mail(1))[0])
            self.check_kept(office, beside.kept)

    def test_slow_senders(self):
        """Five hundred who give a byte now and then, or nothing at all."""
        with lib.Office(conf={'idle = "300s"': 'idle = "1s"'}) as office:
            slow = [office.lmtp() for _ in range(500)]
            with Beside(office) as beside:
                for n, s in enumerate(slow):
                    begin(s)
                    s.write(b"DATA\r\n" if n % 2 else b"BDAT 70000 LAST\r\n")
                ended = 0
                left = list(slow)
                end = time.monotonic() + lib.PATIENCE
                while left and time.monotonic() < end:
                    still = []
                    for s in left:
                        try:
                            s.sock.setblocking(False)
                            s.sock.send(b"x")
                        except BlockingIOError:
                            pass
                        except OSError:
                            ended += 1
                            continue
                        still.append(s)
                    left = still
                    time.sleep(0.2)     # what such senders do
                self.assertEqual(ended, 500)
            for s in slow:
                s.close()
            beside.check(self)
            self.check_kept(office, beside.kept)

    def test_endless_lines(self):
        with lib.Office() as office, Beside(office) as beside:
            with office.lmtp() as s:        # of commands
                try:
                    for _ in range(64):
                        s.write(b"X" * MIB)
                    s.write(b"\r\n")
                except OSError:
                    pass                    # it may well hang up
                try:
                    self.assertRegex(s.reply(), "^(500|421)")
                except (lib.Gone, OSError):
                    pass
            with office.lmtp() as s:        # of a mail: it is kept
                begin(s)
                s.command("DATA")
                digest = hashlib.sha256()
                for _ in range(64):
                    s.write(b"Y" * MIB)
                    digest.update(b"Y" * MIB)
                s.write(b"\r\n.\r\n")
                digest.update(b"\r\n")
                document, seq, _ = lib.receipt(s.reply())
            office.documents(after=seq)
            self.assertEqual(hashlib.sha256(office.raw(document)).digest(),
                             digest.digest())
            beside.over.set()
            beside.join(lib.PATIENCE)
            beside.check(self)

    def test_thousand_recipients(self):
        with lib.Office() as office, Beside(office) as beside:
            sessions = [office.lmtp() for _ in range(20)]
            for s in sessions:
                s.command("MAIL FROM:<a@b.example>")
                s.write(b"".join(b"RCPT TO:<n%d@o.example>\r\n" % n
                                 for n in range(1001)))
            for s in sessions:
                answers = [s.reply() for _ in range(1001)]
                self.assertEqual(sum(a.startswith("250")
                                     for a in answers), 1000)
                self.assertTrue(answers[-1].startswith("452 4.5.3"))
            for n, s in enumerate(sessions):
                s.command("DATA")
                s.write(s.message(lib.mail(n, subject="many")))
            for n, s in enumerate(sessions):
                replies = {s.reply() for _ in range(1000)}
                self.assertEqual(len(replies), 1)
                _, seq, _ = lib.receipt(replies.pop())
                s.close()
            office.get("/api/v1/documents?limit=1&after=%d" % seq)
            entry = office.rows("/api/v1/entries?from=%d&limit=1" % seq)[0]
            self.assertEqual(len(entry["body"]["envelope"]["to"]), 1000)
            beside.over.set()
            beside.join(lib.PATIENCE)
            beside.check(self)

    def test_large_mails_side_by_side(self):
        """Eight of 150 MiB at once, the most that is taken."""
        size = 150 * MIB if not lib.SANITIZED else 15 * MIB
        chunk = os.urandom(MIB)
        answers = [None] * 8

        def send(n):
            digest = hashlib.sha256()
            with office.lmtp(timeout=300) as s:
                begin(s, size)
                for k in range(size // MIB):
                    piece = b"%08d%08d" % (n, k) + chunk[16:]
                    digest.update(piece)
                    s.write(piece)
                answers[n] = (s.reply(), digest.hexdigest())

        with lib.Office() as office, Beside(office) as beside:
            threads = [threading.Thread(target=send, args=(n,))
                       for n in range(8)]
            for t in threads:
                t.start()
            for t in threads:
                t.join(300)
            beside.over.set()
            beside.join(lib.PATIENCE)
            beside.check(self)
            kept = {lib.receipt(a)[0]: h for a, h in answers}
            last = max(lib.receipt(a)[1] for a, _ in answers)
            found = {d["id"]: d["sha256"]
                     for d in office.documents(after=last)}
            for document, digest in kept.items():
                self.assertEqual(found[document], digest)
            document = sorted(kept)[0]
            self.assertEqual(hashlib.sha256(office.raw(document))
                             .hexdigest(), kept[document])
            self.assertLess(anon(office), MOST)

    def test_senders_that_give_up(self):
        """Pieces of mails that were never ended are nothing: no document,
        no harm to those beside them, and verify tells how much they take."""
        with lib.Office() as office:
            with Beside(office) as beside:
                for round_ in range(3):
                    some = [office.lmtp() for _ in range(10)]
                    for s in some:
                        begin(s, 20 * MIB)
                    for _ in range(4):
                        for s in some:
                            s.write(os.urandom(MIB))
                    for n, s in enumerate(some):
                        if n % 2:           # a reset, not an end
                            s.sock.setsockopt(
                                socket.SOL_SOCKET, socket.SO_LINGER,
                                b"\1\0\0\0\0\0\0\0")
                        s.close()
                with office.lmtp() as s:
                    raw = lib.mail(1, 3 * MIB, "whole")
                    whole = lib.receipt(s.send(raw)[0])
            beside.check(self)
            self.check_kept(office, beside.kept + [(whole, raw)])
            self.assertEqual(office.status()["documents"],
                             len(beside.kept) + 1)
            said = self.check_verify(office)
            spare = re.search(r"([0-9,. ]+) bytes belong to senders who gave",
                              said)
            self.assertIsNotNone(spare, said)
            # Some of the 120: a reset throws away what was not read yet, an
            # end what was not written yet.
            self.assertGreater(int(re.sub("[^0-9]", "", spare.group(1))),
                               30 * MIB)

    @unittest.skipUnless(os.geteuid() == 0, "only root can mount")
    def test_full_disk(self):
        """No room: 452 and nothing lost; room again: it goes on by itself,
        without a restart."""
        office = lib.Office(start=False)
        self.addCleanup(office.close)
        disk = os.path.join(office.top, "disk")
        image = os.path.join(office.top, "image")
        with open(image, "wb") as f:
            f.truncate(96 * MIB)
        for command in (["mkfs.ext4", "-q", "-m", "0", image],
                        ["mount", "-o", "loop", image, disk]):
            os.makedirs(disk, exist_ok=True)
            try:
                r = subprocess.run(command, stderr=subprocess.PIPE,
                                   check=False)
            except FileNotFoundError:
                self.skipTest("no " + command[0])
            if r.returncode:
                self.skipTest("%s: %s" % (command[0],
                                          r.stderr.decode().strip()))
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        old = office.dir
        subprocess.run(["cp", "-a", old + "/.", disk], check=True)
        os.rename(old, old + ".first")
        os.symlink(disk, old)       # the same paths, another file system
        office.start()
        kept = self.fill(office)
        scan = os.path.join(disk, "scan.bin")
        with open(scan, "wb") as f:
            f.write(os.urandom(300000))
        os.rename(scan, office.path("drop", "fax", "scan.bin"))
        office.wait_line(r"drop\.waiting .*why=DROP_NO_ROOM")
        # Room again: what stood in the way is not the store's.
        os.unlink(os.path.join(disk, "ballast"))
        room = time.monotonic()
        office.wait_line(r"drop\.room ")
        office.wait_line(r"drop\.kept .*bytes=300000")
        # By itself: not when the file would have been tried again anyway.
        self.assertLess(time.monotonic() - room, 30)
        end = time.monotonic() + lib.PATIENCE
        with office.lmtp() as s:
            while True:
                raw = lib.mail(9999, 100000, "after")
                reply = s.send(raw)[0]
                if reply.startswith("250"):
                    break
                self.assertRegex(reply, "^4")
                self.assertLess(time.monotonic(), end, "it never resumed")
                time.sleep(0.1)
        kept.append((lib.receipt(reply), raw))
        self.assertIsNone(office.process.poll())
        self.assertLess(anon(office), MOST)
        self.check_kept(office, kept)
        self.check_verify(office)
        office.start()
        self.check_kept(office, kept)

    def fill(self, office):
        """Mails until the disk is full; what was acknowledged."""
        with open(os.path.join(office.path("ballast")), "wb") as f:
            f.write(b"\0" * (20 * MIB))
            os.fsync(f.fileno())
        kept, refused = [], 0
        with office.lmtp() as s:
            for n in range(3000):
                raw = (b"Subject: %d\r\n\r\n" % n +
                       os.urandom(75000).hex().encode() + b"\r\n")
                reply = s.send(raw)[0]
                if reply.startswith("250"):
                    kept.append((lib.receipt(reply), raw))
                    continue
                self.assertRegex(reply, "^4[0-9][0-9] 4.3", reply)
                refused += 1
                if refused == 20:
                    break
            self.assertEqual(refused, 20, "%d kept" % len(kept))
        self.assertGreater(len(kept), 20)
        return kept


if __name__ == "__main__":
    unittest.main()
