# SPDX-License-Identifier: ISC
# check: timeout 120
"""The door for senders that speak SMTP only: replies, bytes, look-alikes of
the end of data, refusals, STARTTLS."""
import csv
import os
import socket
import ssl
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402

CORPUS = os.environ.get("DOSSIER_CORPUS", "../shared/corpus")
SEQUENCES = os.path.join(CORPUS, "mail-hostile/smtp-smuggling",
                         "eod-sequences.csv")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Smtp(lib.Lmtp):
    """The same with EHLO, and one reply for all recipients."""

    def __init__(self, address, verb="EHLO"):
        super().__init__(address, hello=False)
        self.offer = self.command(verb + " scanner.example") if verb else ""

    def send(self, raw, to=("office@example.org",), sender="a@b.example"):
        self.command("MAIL FROM:<%s>" % sender)
        taken = [self.command("RCPT TO:<%s>" % one) for one in to]
        if not taken[-1].startswith("250"):
            return taken[-1]
        assert self.command("DATA").startswith("354")
        self.write(self.message(raw))
        return self.reply()

    def starttls(self, context):
        reply = self.command("STARTTLS")
        assert reply.startswith("220"), reply
        self.file.close()
        self.sock = context.wrap_socket(self.sock)
        self.file = self.sock.makefile("rb")


def certificate(folder):
    """A certificate of its own and its key: (path, path)."""
    paths = [os.path.join(folder, n) for n in ("tls.pem", "tls.key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=dossier.example", "-out", paths[0],
                    "-keyout", paths[1]], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return paths


class Door(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.address = ("127.0.0.1", free_port())
        cls.office = lib.Office(
            init=["--smtp", "%s:%d" % cls.address], start=False)
        pem, key = certificate(cls.office.top)
        cls.office.change('#certificate = "/etc/ssl/certs/dossier.pem"',
                          'certificate = "%s"' % pem)
        cls.office.change('#key = "/etc/ssl/private/dossier.key"',
                          'key = "%s"' % key)
        cls.office.start()

    @classmethod
    def tearDownClass(cls):
        cls.office.close()

    def body(self, reply):
        _, seq, _ = lib.receipt(reply)
        self.office.documents(after=seq)
        return self.office.rows("/api/v1/entries?from=%d&limit=1" % seq)[0][
            "body"]

    def test_one_reply_for_all(self):
        raw = lib.mail(1, subject="smtp")
        with Smtp(self.address) as s:
            self.assertIn("STARTTLS", s.offer)
            for word in ("PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING",
                         "SIZE", "ENHANCEDSTATUSCODES"):
                self.assertIn(word, s.offer)
            reply = s.send(raw, to=["a@x.example", "postmaster"])
            body = self.body(reply)
            self.assertTrue(s.command("NOOP").startswith("250"))
        self.assertEqual(self.office.raw(lib.receipt(reply)[0]), raw)
        self.assertEqual(body["source"], "smtp")
        self.assertEqual(body["channel"], "email")
        self.assertEqual(body["envelope"], {
            "from": "a@b.example", "helo": "scanner.example",
            "peer": "127.0.0.1", "protocol": "ESMTP",
            "to": ["a@x.example", "postmaster"]})

    def test_half_closed(self):
        """A sender that shuts its side behind QUIT gets its replies, as
        Exim does; one that shuts it inside a mail has sent none."""
        for n in range(20):
            raw = lib.mail(n, subject="half", size=n * 5000)
            with Smtp(self.address) as s:
                s.command("MAIL FROM:<a@b.example>")
                s.command("RCPT TO:<c@d.example>")
                s.command("DATA")
                s.write(s.message(raw) + b"QUIT\r\n")
                s.sock.shutdown(socket.SHUT_WR)
                _, seq, _ = lib.receipt(s.reply())
                self.assertTrue(s.reply().startswith("221"))
                self.assertEqual(s.file.read(), b"")
        before = len(self.office.documents(after=seq))
        with Smtp(self.address) as s:
            s.command("MAIL FROM:<a@b.example>")
            s.command("RCPT TO:<c@d.example>")
            s.command("DATA")
            s.write(b"Subject: cut off\r\n\r\n.")
            s.sock.shutdown(socket.SHUT_WR)
            self.assertEqual(s.file.read(), b"")
        with Smtp(self.address) as s:
            self.body(s.send(lib.mail(99, subject="behind half")))
        self.assertEqual(len(self.office.documents()), before + 1)

    def test_helo(self):
        with Smtp(self.address, verb="HELO") as s:
            self.assertNotIn("\n", s.offer)
            body = self.body(s.send(lib.mail(2, subject="helo")))
        self.assertEqual(body["envelope"]["protocol"], "SMTP")
        with Smtp(self.address, verb=None) as s:
            self.assertTrue(s.command("LHLO x").startswith("500"))

    def test_bdat(self):
        raw = b"\r\n.\r\nQUIT\r\nno end"
        with Smtp(self.address) as s:
            reply = s.bdat(raw)[0]
            self.office.documents(after=lib.receipt(reply)[1])
            self.assertEqual(self.office.raw(lib.receipt(reply)[0]), raw)

    @unittest.skipUnless(os.path.exists(SEQUENCES), "the corpus is not here")
    def test_look_alikes_end_nothing(self):
        """Each sequence but the right one stays inside the message."""
        with open(SEQUENCES, encoding="ascii") as f:
            rows = list(csv.DictReader(f))
        self.assertGreater(len(rows), 10)
        for row in rows:
            sequence = bytes.fromhex(row["bytes_hex"])
            if sequence == b"\r\n.\r\n":
                continue
            inside = (b"Subject: %d\r\n\r\nfirst" % int(row["id"]) +
                      sequence + b"MAIL FROM:<smuggled@b.example>\r\n")
            with Smtp(self.address) as s:
                s.command("MAIL FROM:<a@b.example>")
                s.command("RCPT TO:<c@d.example>")
                s.command("DATA")
                s.write(inside + b"\r\n.\r\n")
                document, seq, _ = lib.receipt(s.reply())
                self.assertTrue(s.command("NOOP").startswith("250"))
            self.office.documents(after=seq)
            # Stuffed dots are taken out, all else is as it was sent.
            self.assertEqual(self.office.raw(document), (inside + b"\r\n")
                             .replace(b"\r\n.", b"\r\n"), row["shown"])

    def test_starttls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(
            os.path.join(self.office.top, "tls.pem"))
        raw = lib.mail(3, subject="secret", size=300000)
        with Smtp(self.address) as s:
            s.starttls(context)
            self.assertTrue(s.command("MAIL FROM:<a@b.example>")
                            .startswith("503"))
            self.assertNotIn("STARTTLS", s.command("EHLO again.example"))
            reply = s.send(raw)
            body = self.body(reply)
            self.assertTrue(s.command("QUIT").startswith("221"))
            self.assertEqual(s.file.read(), b"")
        self.assertEqual(body["envelope"]["protocol"], "ESMTPS")
        self.assertEqual(body["envelope"]["helo"], "again.example")
        self.assertEqual(self.office.raw(lib.receipt(reply)[0]), raw)

    def test_words_before_tls_are_let_go(self):
        """Commands injected behind STARTTLS in clear are never obeyed."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with Smtp(self.address) as s:
            s.write(b"STARTTLS\r\nEHLO injected\r\n")
            self.assertTrue(s.reply().startswith("220"))
            s.file.close()
            s.sock = context.wrap_socket(s.sock)
            s.file = s.sock.makefile("rb")
            self.assertTrue(s.command("NOOP").startswith("250"))
            self.assertTrue(s.command("RSET").startswith("250"))
            self.assertTrue(s.command("MAIL FROM:<a@b.example>")
                            .startswith("503"))

    def test_no_tls_in_it(self):
        """Noise in place of a handshake ends that session alone."""
        with Smtp(self.address) as s:
            s.command("STARTTLS")
            s.write(b"EHLO not-tls\r\n" * 10)
            try:
                while s.file.read(1):
                    pass
            except OSError:
                pass
        with Smtp(self.address) as s:
            lib.receipt(s.send(lib.mail(4, subject="after noise")))


class Shut(unittest.TestCase):
    def test_refusals_name_the_door(self):
        address = ("127.0.0.1", free_port())
        with lib.Office(init=["--smtp", "%s:%d" % address]) as office:
            office.stop()
            with open(office.conf, encoding="utf-8") as f:
                head, tail = f.read().split("smtp {", 1)
            with open(office.conf, "w", encoding="utf-8") as f:
                f.write(head + "smtp {" + tail.replace(
                    "domains = {}", 'domains = { "ours.example" }', 1))
            office.start()
            with Smtp(address) as s:
                self.assertNotIn("STARTTLS", s.offer)
                self.assertTrue(s.command("STARTTLS").startswith("502"))
                self.assertTrue(s.send(lib.mail(1), to=["x@theirs.example"])
                                .startswith("550 5.1.1"))
                s.command("RSET")
                lib.receipt(s.send(lib.mail(1), to=["postmaster"]))
            office.wait_for(lambda: office.status()["refused"] == 1,
                            "the refusal")
            self.assertEqual(office.rows("/api/v1/refused")[0]["source"],
                             "smtp")
            with office.lmtp() as s:        # lmtp { } has no such list
                lib.receipt(s.send(lib.mail(2), to=["x@theirs.example"])[0])

    def test_bad_certificate(self):
        with lib.Office(init=["--smtp", "127.0.0.1:%d" % free_port()],
                        start=False) as office:
            office.change('#certificate = "/etc/ssl/certs/dossier.pem"',
                          'certificate = "%s"' % office.conf)
            office.change('#key = "/etc/ssl/private/dossier.key"',
                          'key = "none.key"')
            done = office.dossierd("-c", office.conf, "-f")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(b"dossierd.conf", done.stderr)


if __name__ == "__main__":
    unittest.main()
