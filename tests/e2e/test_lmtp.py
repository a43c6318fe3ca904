# SPDX-License-Identifier: ISC
# check: timeout 120
"""The door for mail: bytes, replies, refusals, limits, many sessions."""
import hashlib
import os
import random
import resource
import socket
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402

NASTY = [
    b"Subject: plain\r\n\r\nhello\r\n",
    b"\r\n",
    b".\r\n..\r\n.x\r\n\r\n.\r\n",
    b"bare\nline feeds\n.\nand a dot\r\n",
    b"bare\rreturns\r.\r\r\n",
    b"\xff\xfe\x00eight bits and NUL\x80\r\n",
    b"Subject: " + b"long " * 20000 + b"\r\n\r\nx\r\n",
    b"From someone Mon Mar  2 10:15:00 2026\r\n>From x\r\n",
    b"\r\n.\r\n.\r\n..\r\n" * 3,
    b"text with a \n.\n and \n.\r\n inside\r\n",
]


def anon(pid):
    """Private memory in bytes; that of a sanitizer is not ours."""
    if lib.SANITIZED:
        return 0
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        for line in f:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0


class Bytes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = lib.Office()

    @classmethod
    def tearDownClass(cls):
        cls.office.close()

    def kept(self, reply, raw):
        document, seq, digits = lib.receipt(reply)
        self.office.documents(after=seq)
        self.assertEqual(self.office.raw(document), raw)
        return document, seq, digits

    def test_data_exact(self):
        with self.office.lmtp() as s:
            for raw in NASTY:
                self.kept(s.send(raw)[0], raw)

    def test_bdat_exact(self):
        with self.office.lmtp() as s:
            for raw in NASTY + [b"no line end", b"x" * 200000, b".\r"]:
                self.kept(s.bdat(raw)[0], raw)

    def test_byte_by_byte(self):
        raw = b".\r\n..\r\n\r\nbyte by byte\n.\n\r\n"
        with self.office.lmtp() as s:
            s.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            s.command("MAIL FROM:<>")
            s.command("RCPT TO:<x@y.example>")
            s.command("DATA")
            for byte in s.message(raw):
                s.write(bytes([byte]))
            self.kept(s.reply(), raw)

    def test_each_recipient_has_the_receipt(self):
        raw = lib.mail(1, subject="three")
        with self.office.lmtp() as s:
            replies = s.send(raw, to=["a@x.example", "b@x.example",
                                      "c@y.example"])
        self.assertEqual(len(replies), 3)
        self.assertEqual(len(set(replies)), 1)
        document, seq, digits = self.kept(replies[0], raw)
        rows = self.office.rows("/api/v1/entries?from=%d&limit=1" % seq)
        self.assertEqual(rows[0]["seq"], seq)
        self.assertEqual(rows[0]["document"], document)
        body = rows[0]["body"]
        self.assertEqual(body["envelope"]["to"], [
            "a@x.example", "b@x.example", "c@y.example"])
        self.assertEqual(body["envelope"]["from"], "a@b.example")
        self.assertEqual(body["envelope"]["helo"], "test.example")
        self.assertEqual(body["envelope"]["protocol"], "LMTP")
        self.assertEqual(body["sha256"], hashlib.sha256(raw).hexdigest())
        self.assertEqual(body["size"], len(raw))
        status, receipts = self.office.api(
            "GET", "/api/v1/documents/%s/receipt" % document)
        text = str(receipts)
        self.assertIn(digits, text)

    def test_again_is_another_arrival(self):
        raw = lib.mail(2, subject="twice")
        with self.office.lmtp() as s:
            one = lib.receipt(s.send(raw)[0])
            two = lib.receipt(s.send(raw)[0])
        self.assertEqual(one[0], two[0])
        self.assertLess(one[1], two[1])
        self.assertNotEqual(one[2], two[2])

    def test_pipelining(self):
        raws = [lib.mail(n, subject="piped") for n in range(20)]
        with self.office.lmtp() as s:
            out = b""
            for raw in raws:
                out += (b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>"
                        b"\r\nDATA\r\n" + s.message(raw))
            s.write(out + b"NOOP\r\n")
            for raw in raws:
                self.assertTrue(s.reply().startswith("250 2.1.0"))
                self.assertTrue(s.reply().startswith("250 2.1.5"))
                self.assertTrue(s.reply().startswith("354"))
                self.kept(s.reply(), raw)
            self.assertTrue(s.reply().startswith("250"))
            self.assertTrue(s.command("QUIT").startswith("221"))
            self.assertEqual(s.file.read(), b"")

    def test_half_a_mail_is_nothing(self):
        before = self.office.status()
        for cut in (b"Subject: half\r\n", b"x" * 300000):
            with self.office.lmtp() as s:
                s.command("MAIL FROM:<a@b.example>")
                s.command("RCPT TO:<c@d.example>")
                s.command("DATA")
                s.write(cut)
        with self.office.lmtp() as s:   # RSET and a second MAIL forget, too
            s.command("MAIL FROM:<first@b.example>")
            s.command("RCPT TO:<first@d.example>")
            s.command("RSET")
            document, seq, _ = self.kept(s.send(lib.mail(
                3, subject="whole"))[0], lib.mail(3, subject="whole"))
        self.office.documents(after=seq)
        self.assertEqual(self.office.status()["documents"],
                         before["documents"] + 1)

    def test_gone_before_the_reply(self):
        """Bytes that were ended are kept though nobody hears of it."""
        raw = lib.mail(4, subject="deaf")
        s = self.office.lmtp()
        s.write(b"MAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" +
                s.message(raw))
        s.close()
        digest = hashlib.sha256(raw).hexdigest()
        self.office.wait_for(lambda: digest in [
            d["sha256"] for d in self.office.documents()], "the mail")

    def test_recipients_past_an_entry(self):
        """An envelope that no entry could hold is cut by 452, and the
        sender gives the rest in another transaction."""
        long = "x" * 60 + "%d@" + ("y" * 60 + ".") * 3 + "example"
        with self.office.lmtp() as s:
            s.command("MAIL FROM:<a@b.example>")
            answers = [s.command("RCPT TO:<%s>" % (long % n))
                       for n in range(300)]
            taken = [a for a in answers if a.startswith("250")]
            rest = [a for a in answers if not a.startswith("250")]
            self.assertGreaterEqual(len(taken), 100)
            self.assertTrue(rest)
            self.assertTrue(all(a.startswith("452") for a in rest), rest[:1])
            s.command("DATA")
            s.write(s.message(lib.mail(5, subject="many")))
            replies = [s.reply() for _ in taken]
        self.assertEqual(len({lib.receipt(r) for r in replies}), 1)

    def test_utf8_sender(self):
        with self.office.lmtp() as s:
            self.assertTrue(s.command(
                "MAIL FROM:<李@例子.example> SMTPUTF8").startswith("250"))
            s.command("RCPT TO:<办公@例子.example>")
            s.command("DATA")
            s.write(s.message(lib.mail(6, subject="utf8")))
            _, seq, _ = lib.receipt(s.reply())
        self.office.documents(after=seq)
        rows = self.office.rows("/api/v1/entries?from=%d&limit=1" % seq)
        envelope = rows[0]["body"]["envelope"]
        self.assertEqual(envelope["from"], "李@例子.example")
        self.assertEqual(envelope["to"], ["办公@例子.example"])
        self.assertEqual(envelope["protocol"], "UTF8LMTP")


class Refusals(unittest.TestCase):
    def test_domains(self):
        with lib.Office(conf={"are accepted; others": "are accepted; others",
                              "domains = {}\n\t# The largest":
                              'domains = { "Ours.example" }\n\t# The'
                              ' largest'}) as office:
            with office.lmtp() as s:
                s.command("MAIL FROM:<a@b.example>")
                self.assertTrue(s.command("RCPT TO:<x@theirs.example>")
                                .startswith("550 5.1.1"))
                self.assertTrue(s.command("RCPT TO:<x@ours.EXAMPLE>")
                                .startswith("250"))
                s.command("DATA")
                s.write(s.message(lib.mail(1)))
                lib.receipt(s.reply())
                self.assertTrue(s.send(lib.mail(2), to=["nobody"])[0]
                                .startswith("550 5.1.1"))
            office.wait_for(lambda: office.status()["refused"] == 2,
                            "the refusals")
            rows = office.rows("/api/v1/refused")
            self.assertEqual(sorted(r["to"] for r in rows),
                             ["nobody", "x@theirs.example"])
            self.assertEqual({r["channel"] for r in rows}, {"email"})
            self.assertTrue(rows[0]["reason"].startswith("550"))
            self.assertEqual(rows[0]["from"], "a@b.example")

    def test_what_cannot_be_an_address(self):
        """What the session itself refuses for good is listed too."""
        with lib.Office() as office:
            with office.lmtp() as s:
                for said, code in (
                        (b"MAIL FROM:<a@@b>", "501"),
                        (b"MAIL FROM:<a@b.example> XTRA=1", "555"),
                        (b"MAIL FROM:<\xc3\xa4@b.example>", "553"),
                        (b"MAIL FROM:<a@b.example>", "250"),
                        (b"RCPT TO:<c@d", "501"),
                        (b"RCPT TO:<>", "501"),
                        (b"RCPT TO:<" + b"x" * 900 + b"@d.example>", "501"),
                        (b"RCPT TO:<c@d.example> NOTIFY=NEVER", "555"),
                        (b"RCPT TO:<c@d.example>", "250")):
                    self.assertEqual(s.command(said)[:3], code, said)
            office.wait_for(lambda: office.status()["refused"] == 7,
                            "the refusals")
            rows = [line.split("\t") for line in office.dossier(
                "refused").stdout.decode().splitlines()]
            self.assertEqual([(r[4], r[5][:40], r[7][:3]) for r in rows], [
                ("FROM:<a@@b>", "", "501"),
                ("FROM:<a@b.example> XTRA=1", "", "555"),
                ("FROM:<??@b.example>", "", "553"),
                ("a@b.example", "TO:<c@d", "501"),
                ("a@b.example", "TO:<>", "501"),
                ("a@b.example", "TO:<" + "x" * 36, "501"),
                ("a@b.example", "TO:<c@d.example> NOTIFY=NEVER", "555")])

    def test_flood_is_counted(self):
        with lib.Office(conf={"domains = {}\n\t# The largest":
                              'domains = { "ours.example" }\n\t# The'
                              ' largest'}) as office:
            with office.lmtp() as s:
                s.command("MAIL FROM:<a@b.example>")
                out = b"".join(b"RCPT TO:<n%d@theirs.example>\r\n" % n
                               for n in range(250))
                s.write(out)
                for _ in range(250):
                    self.assertTrue(s.reply().startswith("550"))
            self.assertEqual(office.stop(), 0)  # writes the counts down
            office.start()
            office.wait_for(lambda: office.status()["refused"] == 250,
                            "the refusals")
            rows = office.rows("/api/v1/refused")
            self.assertEqual(sum(r["count"] for r in rows), 250)
            self.assertLessEqual(len(rows), 101)

    def test_size_at_and_past_the_limit(self):
        with lib.Office(conf={'mail-size = "150M"':
                              'mail-size = "64K"'}) as office:
            at = b"x" * 65536
            with office.lmtp() as s:
                lib.receipt(s.bdat(at)[0])
                reply = s.bdat(at + b"y")[0]
                self.assertTrue(reply.startswith("552 5.3.4"), reply)
                line = b"y" * 1022 + b"\r\n"
                lib.receipt(s.send(line * 64)[0])
                reply = s.send(line * 64 + b"\r\n")[0]
                self.assertTrue(reply.startswith("552 5.3.4"), reply)
                self.assertTrue(s.command("MAIL FROM:<a@b.example> SIZE=65536")
                                .startswith("250"))
                s.command("RSET")
                self.assertTrue(s.command("MAIL FROM:<a@b.example> SIZE=65537")
                                .startswith("552 5.3.4"))
                lib.receipt(s.send(lib.mail(1))[0])
            office.wait_for(lambda: office.status()["refused"] == 3,
                            "the refusals")
            self.assertEqual(office.status()["documents"], 3)

    def test_strange_peer(self):
        port = free_port()
        with lib.Office(init=["--lmtp", "127.0.0.1:%d" % port], conf={
                "peers = {}": 'peers = { "10.0.0.0/8" }'}) as office:
            with self.assertRaises((lib.Gone, ConnectionError)):
                lib.Lmtp(("127.0.0.1", port))
            office.wait_for(lambda: office.status()["refused"] == 1,
                            "the refusal")
            self.assertEqual(office.rows("/api/v1/refused")[0]["peer"],
                             "127.0.0.1")

    def test_tcp(self):
        port = free_port()
        with lib.Office(init=["--lmtp", "127.0.0.1:%d" % port]) as office:
            with lib.Lmtp(("127.0.0.1", port)) as s:
                _, seq, _ = lib.receipt(s.send(lib.mail(1))[0])
            office.documents(after=seq)
            rows = office.rows("/api/v1/entries?from=%d&limit=1" % seq)
            self.assertEqual(rows[0]["body"]["envelope"]["peer"],
                             "127.0.0.1")


class Sessions(unittest.TestCase):
    def test_silent_and_slow_senders(self):
        with lib.Office(conf={'idle = "300s"': 'idle = "300ms"'}) as office:
            with office.lmtp() as s:        # says nothing
                self.assertTrue(s.reply().startswith("421 4.4.2"))
                self.assertEqual(s.file.read(), b"")
            with office.lmtp() as s:        # stops inside a mail
                s.command("MAIL FROM:<a@b.example>")
                s.command("RCPT TO:<c@d.example>")
                s.command("DATA")
                s.write(b"Subject: slow\r\n")
                self.assertTrue(s.reply().startswith("421 4.4.2"))
            with office.lmtp() as s:        # a byte now and then
                s.command("MAIL FROM:<a@b.example>")
                s.command("RCPT TO:<c@d.example>")
                s.command("DATA")
                s.sock.settimeout(0.05)
                answer = b""
                for _ in range(200):
                    try:
                        s.write(b"x")
                        answer = s.sock.recv(200)
                        break
                    except socket.timeout:
                        continue
                    except OSError:
                        break
                self.assertTrue(answer.startswith(b"421 4.4.2"), answer)
            self.assertEqual(office.status()["documents"], 0)

    def test_a_thousand_at_once(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 2300:
            self.skipTest("too few descriptors allowed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2300), hard))
        with lib.Office() as office:
            sessions = [office.lmtp() for _ in range(1000)]
            try:
                extra = lib.Lmtp(office.path("lmtp.sock"), hello=False)
                while not extra.greeting.startswith("421"):
                    extra.greeting = extra.reply()
                self.assertTrue(extra.greeting.startswith("421 4.3.2"))
                extra.close()
                for s in sessions:          # each stops inside a mail
                    s.write(b"MAIL FROM:<a@b.example>\r\n"
                            b"RCPT TO:<c@d.example>\r\nDATA\r\n" +
                            b"y" * 60000)
                for s in sessions:
                    for _ in range(3):
                        s.reply()
                self.assertLess(anon(office.process.pid), 96 << 20)
                for n, s in enumerate(sessions):
                    s.write(b"%d\r\n.\r\n" % n)
                found = {lib.receipt(s.reply())[0] for s in sessions}
                self.assertEqual(len(found), 1000)
                self.assertLess(anon(office.process.pid), 96 << 20)
            finally:
                for s in sessions:
                    s.close()
            with office.lmtp() as s:        # and there is room again
                lib.receipt(s.send(lib.mail(1))[0])

    def test_stopping_answers_what_was_sent(self):
        with lib.Office() as office:
            idle = office.lmtp()
            self.assertEqual(office.stop(), 0)
            self.assertTrue(idle.reply().startswith("421 4.3.2"))
            idle.close()
            office.start()

    def test_large_mails_side_by_side(self):
        """Back-pressure: senders that are faster than the disk wait."""
        rng = random.Random(7)
        raws = [rng.randbytes(3 << 20) for _ in range(8)]
        with lib.Office() as office:
            sessions = [office.lmtp() for _ in raws]
            todo = []
            for s, raw in zip(sessions, raws):
                s.command("MAIL FROM:<a@b.example>")
                s.command("RCPT TO:<c@d.example>")
                s.write(b"BDAT %d LAST\r\n" % len(raw))
                todo.append([s, memoryview(raw)])
            while any(left for _, left in todo):    # interleaved
                for one in todo:
                    one[0].write(one[1][:100000])
                    one[1] = one[1][100000:]
            seq = 0
            ids = []
            for s in sessions:
                document, n, _ = lib.receipt(s.reply())
                ids.append(document)
                seq = max(seq, n)
                s.close()
            office.documents(after=seq)
            for document, raw in zip(ids, raws):
                self.assertEqual(office.raw(document), raw)
            self.assertLess(anon(office.process.pid), 96 << 20)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


if __name__ == "__main__":
    unittest.main()
