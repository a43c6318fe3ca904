# SPDX-License-Identifier: ISC
"""
load: what crash tests share: the generator, what it heard, and whether the
store still has that.
"""
import hashlib
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "e2e"))
import lib  # noqa: E402


def generator(office, log, size, seed, messages, connections):
    return subprocess.Popen(
        [lib.LMTPGEN, "--connect", "unix:" + office.path("lmtp.sock"),
         "--connections", str(connections), "--messages", str(messages),
         "--size", str(size), "--ack-log", log, "--seed", str(seed)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def generate(office, log, size, seed, messages, connections):
    """Runs it to its end; 8: the connections were lost."""
    return generator(office, log, size, seed, messages,
                     connections).wait(2 * lib.PATIENCE)


def acknowledged(log):
    """{document: sha256} of the log's whole lines."""
    found = {}
    if not os.path.exists(log):
        return found
    with open(log, encoding="ascii") as f:
        for line in f:
            if not line.endswith("\n"):
                break
            _, digest, _, reply = line.rstrip("\n").split(" ", 3)
            document, _, _ = lib.receipt(reply)
            found[document] = digest
    return found


class Reader:
    """Original bytes over one connection, to be fast."""

    def __init__(self, office):
        self.http = lib.UnixHTTP(office.path("dossier.sock"))

    def sha256(self, document):
        self.http.request("GET", "/api/v1/documents/%s/raw" % document)
        answer = self.http.getresponse()
        data = answer.read()
        assert answer.status == 200, (document, data)
        return hashlib.sha256(data).hexdigest()


class Loaded(unittest.TestCase):
    def setUp(self):
        self.office = lib.Office(start=False, conf={
            'quiet = "2s"': 'quiet = "50ms"'})
        self.number = 0

    def tearDown(self):
        self.office.close()

    def applied(self):
        def done():
            status = self.office.status()
            return status["applied"] == status["entries"]
        self.office.wait_for(done, "the views")

    def check(self, found):
        """Each is there with its bytes."""
        self.applied()
        rows = {row["id"]: row["sha256"] for row in self.office.documents()}
        reader = Reader(self.office)
        for document, digest in found.items():
            self.assertEqual(rows.get(document), digest, document)
            self.assertEqual(reader.sha256(document), digest, document)
        reader.http.close()

    def verify(self):
        r = self.office.dossierd("verify", "-c", self.office.conf)
        self.assertEqual(r.returncode, 0, r.stderr)
