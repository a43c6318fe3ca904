# SPDX-License-Identifier: ISC
# check: slow
"""What senders' domains vouch for: mails signed by python3-dkim, keys served
by dnsmasq, asked for by the daemon, kept as entries, and checked again from
those entries alone by python3-dkim and npm mailauth's shape of a cache."""
import base64
import http.client
import os
import re
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dkim  # noqa: E402
import lib  # noqa: E402

DOMAIN = b"sender.example"
FAULT = os.path.join(lib.BUILD, "dossierd-fault")


def openssl(*args, stdin=None):
    return subprocess.run(["openssl", *args], input=stdin, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE).stdout


class Resolver:
    """dnsmasq on a port of the loopback that knows TXT records alone."""

    def __init__(self, records):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        args = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
                "--no-resolv", "--no-hosts", "--listen-address=127.0.0.1",
                "--bind-interfaces", "--port=%d" % self.port,
                "--local=/example/", "--user=", "--group=", "--pid-file="]
        for name, text in records.items():
            parts = [text[i:i + 250] for i in range(0, len(text), 250)]
            args.append("--txt-record=%s,%s" % (
                name, ",".join(parts)))
        self.process = subprocess.Popen(
            args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        self.wait()

    def wait(self):
        """Until it answers; a question of one byte too few is answered."""
        query = (b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                 b"\x01a\x07example\x00\x00\x10\x00\x01")
        end = time.monotonic() + 30
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            while time.monotonic() < end:
                if self.process.poll() is not None:
                    raise AssertionError(self.process.stderr.read())
                try:
                    s.sendto(query, ("127.0.0.1", self.port))
                    s.recv(512)
                    return
                except (socket.timeout, ConnectionRefusedError):
                    pass
        raise AssertionError("dnsmasq does not answer")

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()


class Vouch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.key = openssl("genrsa", "-traditional", "2048")
        public = openssl("rsa", "-pubout", "-outform", "DER", stdin=cls.key)
        cls.record = "v=DKIM1; k=rsa; p=" + \
            base64.b64encode(public).decode()
        cls.dns = Resolver({
            "one._domainkey.sender.example": cls.record,
            "_dmarc.sender.example": "v=DMARC1; p=reject; adkim=r"})

    @classmethod
    def tearDownClass(cls):
        cls.dns.close()

    def office(self, resolver=None):
        office = lib.Office(start=False)
        office.append('\ndns {\n\tresolver = "%s"\n}\n' % (
            resolver or "127.0.0.1:%d" % self.dns.port))
        self.addCleanup(office.close)
        return office.start()

    def signed(self, n, selector=b"one"):
        raw = lib.mail(n).replace(b"a@b.example", b"lin@" + DOMAIN)
        return dkim.sign(raw, selector, DOMAIN, self.key,
                         canonicalize=(b"relaxed", b"relaxed")) + raw

    def vouched(self, office, document):
        """The entry that says what came of it."""
        def there():
            return [e for e in office.rows("/api/v1/entries?limit=100")
                    if e["kind"] == "document.authenticated" and
                    e["document"] == document]
        office.wait_for(there, "the answer")
        entry, = there()
        return entry["body"]

    def test_pass(self):
        office = self.office()
        raw = self.signed(1)
        office.send(raw)
        body = self.vouched(office, "D-000001")
        one, dmarc = body["results"]
        self.assertEqual((one["result"], one["domain"], one["aligned"]),
                         ("pass", "sender.example", "strict"))
        self.assertEqual(one["bits"], 2048)
        self.assertEqual((dmarc["method"], dmarc["policy"], dmarc["result"]),
                         ("dmarc", "reject", "pass"))
        self.assertEqual(body["dns"]["one._domainkey.sender.example"],
                         {"TXT": [[self.record]]})
        self.assertEqual(body["resolver"], "127.0.0.1:%d" % self.dns.port)

        def from_entry(name, timeout=5):
            texts = body["dns"][name.decode().rstrip(".")]["TXT"]
            return "".join(texts[0]).encode()
        kept = office.raw("D-000001")
        self.assertEqual(kept, raw)
        self.assertTrue(dkim.verify(kept, dnsfunc=from_entry))
        self.assertFalse(dkim.verify(kept.replace(b"Number 1", b"Number 7"),
                                     dnsfunc=from_entry))
        shown = office.get("/api/v1/documents/D-000001")["row"]
        self.assertEqual(shown["authentication"]["results"][0]["result"],
                         "pass")
        office.stop()
        office.start()
        self.vouched(office, "D-000001")      # once, also after a restart

    def test_altered_no_key_and_unsigned(self):
        office = self.office()
        office.send(self.signed(2).replace(b"Number 2", b"Number 3"))
        office.send(self.signed(4, b"gone"))
        office.send(lib.mail(5))
        self.assertEqual(self.vouched(office, "D-000001")["results"][0]
                         ["result"], "fail")
        body = self.vouched(office, "D-000002")
        self.assertEqual(body["results"][0]["result"], "nokey")
        self.assertEqual(body["dns"]["gone._domainkey.sender.example"],
                         {"TXT": []})
        office.wait_read()
        self.assertFalse([
            e for e in office.rows("/api/v1/entries?limit=100")
            if e["kind"] == "document.authenticated" and
            e["document"] == "D-000003"])

    def test_nobody_answers(self):
        """It is said, and nothing else waits for it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            office = self.office("127.0.0.1:%d" % s.getsockname()[1])
            office.send(self.signed(6))
            office.wait_read()
            body = self.vouched(office, "D-000001")
        self.assertEqual(body["results"][0]["result"], "temperror")
        self.assertEqual(body["dns"], {})

    def test_imported_mail_is_not_asked_for(self):
        office = self.office()
        path = os.path.join(office.top, "a.eml")
        with open(path, "wb") as f:
            f.write(self.signed(8))
        self.assertEqual(office.dossier("import", path).returncode, 0)
        office.send(self.signed(9))
        self.vouched(office, "D-000002")
        self.assertFalse([
            e for e in office.rows("/api/v1/entries?limit=100")
            if e["kind"] == "document.authenticated" and
            e["document"] == "D-000001"])

    def lives_until_vouched(self, office):
        """A question that waits for more would hold up its end."""
        end = time.monotonic() + lib.PATIENCE
        while time.monotonic() < end:
            try:
                if "document.authenticated" in [
                        e["kind"] for e in office.rows(
                            "/api/v1/entries?limit=100")]:
                    return True
            except (OSError, http.client.HTTPException):
                return False
        raise AssertionError(office.lines)

    def stopped_at(self, call):
        """A mail, and the log dies at a file call: whether it did after the
        mail was kept.  What is to be vouched for then is after a restart."""
        office = lib.Office(start=False)
        try:
            office.append('\ndns {\n\tresolver = "127.0.0.1:%d"\n}\n' %
                          self.dns.port)
            try:
                office.start(FAULT, DOSSIER_FAULT="call=%d,errno=5" % call)
                kept = office.send(self.signed(1))[0].startswith("250")
            except lib.NotReady:
                return False        # it died before there was a mail
            except (lib.Gone, OSError):
                kept = False
            if not kept:
                self.assertEqual(office.gone(), 1)
                return False
            died = not self.lives_until_vouched(office)
            self.assertEqual(office.gone() if died else office.stop(),
                             int(died), office.lines)
            office.start()
            self.vouched(office, "D-000001")
            return died
        finally:
            office.close()

    def test_log_dies(self):
        """Also just when the statement is with it."""
        died = ""
        while not re.search("x{4,}__$", died):      # past the statement
            died += "_x"[self.stopped_at(37 + len(died))]
            self.assertLess(len(died), 40, died)

    def test_wrong_resolver(self):
        office = lib.Office(start=False)
        self.addCleanup(office.close)
        office.append('\ndns {\n\tresolver = "not an address"\n}\n')
        with self.assertRaises(lib.NotReady) as why:
            office.start()
        self.assertIn("resolver", str(why.exception))


if __name__ == "__main__":
    unittest.main()
