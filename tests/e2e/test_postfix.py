# SPDX-License-Identifier: ISC
# check: slow
# check: timeout 300
"""A real Postfix in front of dossierd, set up by the snippets of
conf/hooks/postfix: copies of every mail arrive by LMTP over TCP and over a
Unix socket, wait in Postfix's queue while dossierd is away, and are neither
lost nor doubled.

The Postfix is private: its own configuration, queue and data folders, port
and log, ended by the test; nothing of the system's is touched.  Its programs
change to the user postfix, so the test needs root."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402

HOOKS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "..", "..", "conf", "hooks", "postfix")

MAIN = """\
compatibility_level = 3.6
config_directory = {top}/etc
queue_directory = {top}/spool
data_directory = {top}/data
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = gateway.example
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
# Whoever the mail is for gets it as far as this test is concerned.
default_transport = discard:
# A first try that fails is all that happens until the queue is flushed.
minimal_backoff_time = 1h
queue_run_delay = 1h
# Nothing here looks up names.
disable_dns_lookups = yes
smtp_host_lookup = native
biff = no
alias_maps =
local_recipient_maps =
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
flush     unix  n - n 1000? 0 flush
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
proxymap  unix  - - n - - proxymap
tlsmgr    unix  - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def snippet(name, **places):
    """A file of conf/hooks/postfix with the test's places put in."""
    with open(os.path.join(HOOKS, name), encoding="ascii") as f:
        text = f.read()
    for old, new in places.items():
        old = {"lmtp": "127.0.0.1:2424", "socket": "/run/dossier/lmtp.sock",
               "maps": "/etc/postfix"}[old]
        assert old in text, (name, old)
        text = text.replace(old, new)
    return text


class Postfix:
    """A private Postfix; `main' and `master' are added to its files."""

    def __init__(self, main, master="", files=()):
        # Where its unprivileged programs can go, unlike the runner's TMPDIR.
        self.top = tempfile.mkdtemp(prefix="postfix", dir="/tmp")
        os.chmod(self.top, 0o755)
        for name in ("etc", "spool", "data"):
            os.mkdir(os.path.join(self.top, name), 0o755)
        shutil.chown(os.path.join(self.top, "data"), "postfix")
        self.port = free_port()
        self.etc = os.path.join(self.top, "etc")
        self.write("main.cf", MAIN.format(top=self.top) + main)
        self.write("master.cf", MASTER.format(port=self.port) + master)
        for name, text in files:
            self.write(name, text)
        self.lines, self.more = [], threading.Condition()
        self.process = subprocess.Popen(
            ["postfix", "-c", self.etc, "start-fg"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=lib.Office.environment())
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        try:
            self.wait_line(r"daemon started")
        except AssertionError:
            self.close()
            raise

    def write(self, name, text):
        path = os.path.join(self.etc, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(path, 0o644)

    def _read(self):
        for line in self.process.stdout:
            with self.more:
                self.lines.append(line.decode("utf-8", "replace").rstrip())
                self.more.notify_all()

    def wait_line(self, pattern, count=1):
        """Waits until so many lines of the log match; all that do."""
        regex = re.compile(pattern)
        end = time.monotonic() + lib.PATIENCE
        with self.more:
            while True:
                hits = [x for x in self.lines if regex.search(x)]
                if len(hits) >= count:
                    return hits
                left = end - time.monotonic()
                assert left > 0, "no %d lines %r in\n%s" % (
                    count, pattern, "\n".join(self.lines))
                self.more.wait(left)

    def swaks(self, n, to, extra=()):
        """One mail by swaks; its Message-ID."""
        ident = "mail-%s@sender.example" % n
        subprocess.run(
            ["swaks", "--server", "127.0.0.1:%d" % self.port,
             "--helo", "sender.example", "--from", "anna@client.example",
             "--to", ",".join(to), "--h-Message-Id", "<%s>" % ident,
             "--h-Subject", "number %s" % n, "--body", "Text %s\n." % n,
             "--silent", "2", *extra], check=True, timeout=lib.PATIENCE,
            stdin=subprocess.DEVNULL)
        return ident

    def flush(self):
        subprocess.run(["postqueue", "-c", self.etc, "-f"], check=True)

    def queue(self):
        """What is in the queue now, as Postfix prints it."""
        return subprocess.run(["postqueue", "-c", self.etc, "-p"], check=True,
                              stdout=subprocess.PIPE).stdout.decode()

    def close(self):
        """Ends the master, which has a session of its own; the script that
        started it then ends too."""
        with open(os.path.join(self.top, "spool/pid/master.pid"),
                  encoding="ascii") as f:
            master = int(f.read())
        if self.process.poll() is None:
            os.kill(master, signal.SIGTERM)
        try:
            self.process.wait(lib.PATIENCE)
        except subprocess.TimeoutExpired:
            os.kill(master, signal.SIGKILL)
            self.process.wait(lib.PATIENCE)
        self.reader.join(lib.PATIENCE)
        self.process.stdout.close()
        shutil.rmtree(self.top, ignore_errors=True)


class Gateway(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("Postfix needs root")
        for program in ("postfix", "swaks"):
            if shutil.which(program, path="/usr/sbin:/usr/bin") is None:
                self.skipTest(program + " is not installed")

    def begin(self, main, master="", files=(), **office):
        self.office = lib.Office(**office)
        self.addCleanup(self.office.close)
        self.postfix = Postfix(main, master, files)
        self.addCleanup(self.postfix.close)

    def by_tcp(self):
        port = free_port()
        self.begin(snippet("always_bcc.cf", lmtp="127.0.0.1:%d" % port),
                   init=["--lmtp", "127.0.0.1:%d" % port])

    def captured(self, count):
        """{Message-ID: document} of so many documents, none twice."""
        self.office.wait_read()
        rows = self.office.documents()
        self.assertEqual(len(rows), count)
        found = {}
        for row in rows:
            raw = self.office.raw(row["id"])
            ident = re.search(rb"(?im)^Message-Id: <([^>]*)>", raw)
            self.assertNotIn(ident.group(1).decode(), found)
            found[ident.group(1).decode()] = row["id"]
        return found

    def envelopes(self):
        entries = self.office.rows("/api/v1/entries")
        return [e["body"]["envelope"] for e in entries
                if e["kind"] == "document.received"]

    def test_always_bcc(self):
        self.by_tcp()
        sent = [self.postfix.swaks(n, ["a@x.example", "b@y.example"])
                for n in range(5)]
        logged = self.postfix.wait_line(r"status=sent \(250 2\.0\.0 kept", 5)
        found = self.captured(5)
        self.assertEqual(set(found), set(sent))
        # The gateway's own log anchors the journal: our receipt stands in it.
        for line in logged:
            document = re.search(r"kept as (D-\d+), entry \d+, receipt "
                                 r"[0-9a-f]{16}", line).group(1)
            self.assertIn(document, found.values())
        for envelope in self.envelopes():
            self.assertEqual(envelope["to"], ["archive@dossier.invalid"])
            self.assertEqual(envelope["from"], "anna@client.example")
            self.assertEqual(envelope["peer"], "127.0.0.1")
        self.assertEqual(self.office.status()["duplicates"], 0)

    def test_daemon_away(self):
        """Stopped, then killed in the middle: Postfix keeps what was not
        acknowledged, and gives it once."""
        self.by_tcp()
        sent = [self.postfix.swaks("before", ["a@x.example"])]
        self.postfix.wait_line(r"status=sent \(250 2\.0\.0 kept", 1)
        self.assertEqual(self.office.stop(), 0)
        sent += [self.postfix.swaks(n, ["a@x.example"]) for n in range(8)]
        self.postfix.wait_line(r"dossier\.invalid.*status=deferred", 8)
        self.assertEqual(self.postfix.queue().count("dossier.invalid"), 8)
        self.office.start()
        self.postfix.flush()
        self.postfix.wait_line(r"status=sent \(250 2\.0\.0 kept", 9)
        self.assertEqual(set(self.captured(9)), set(sent))

        for n in range(8, 20):
            sent.append(self.postfix.swaks(n, ["a@x.example"]))
            if n == 13:
                self.office.kill()
        # Each is sent now, or was deferred: then the next flush sends it.
        self.office.start()
        self.postfix.wait_line(
            r"dossier\.invalid.*status=(sent|deferred)", 8 + 9 + 12)
        self.postfix.flush()
        self.postfix.wait_line(r"status=sent \(250 2\.0\.0 kept", 9 + 12)
        self.assertEqual(set(self.captured(21)), set(sent))
        self.assertIn("empty", self.postfix.queue())
        self.assertEqual(self.office.stop(), 0)
        self.assertEqual(self.office.dossierd(
            "verify", "-c", self.office.conf).returncode, 0)

    def test_recipient_bcc_by_unix_socket(self):
        """Who got it, blind copies too, in one arrival."""
        folder = tempfile.mkdtemp(prefix="lmtp", dir="/tmp")
        self.addCleanup(shutil.rmtree, folder, True)
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "s")
        self.begin(
            snippet("recipient_bcc.cf", socket=path,
                    maps="$config_directory"),
            snippet("dossier.master.cf"),
            [("dossier_bcc.regexp", snippet("dossier_bcc.regexp"))],
            start=False, conf={'#group = "postfix"': 'group = "postfix"',
                               'domains = {}\n\t# Mail':
                               'domains = { "office.example" }\n\t# Mail',
                               "addresses = {}":
                               'addresses = { "archive@dossier.invalid" }'})
        with open(self.office.conf, encoding="utf-8") as f:
            text = f.read()
        with open(self.office.conf, "w", encoding="utf-8") as f:
            f.write(text.replace(self.office.path("lmtp.sock"), path))
        self.office.start()
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o660)

        to = ["lawyer@office.example", "secret@office.example",
              "clerk+K-2026-0001@office.example"]
        sent = self.postfix.swaks(1, to, [
            "--h-To", "lawyer@office.example"])
        self.postfix.wait_line(r"status=sent \(250 2\.0\.0 kept", 3)
        self.assertEqual(list(self.captured(1)), [sent])
        envelope, = self.envelopes()
        self.assertEqual(sorted(envelope["to"]), sorted(
            "archive+%s@dossier.invalid" % t.replace("@", "=") for t in to))
        self.assertTrue(envelope["peer"].startswith("unix:"))
        row, = self.office.documents()
        self.assertEqual(row["direction"], "in")
        self.assertNotIn("secret", str(row))


if __name__ == "__main__":
    unittest.main()
