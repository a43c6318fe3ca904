# SPDX-License-Identifier: ISC
"""
lib: what end-to-end tests share: a store in a private folder with its own
daemon, an LMTP client that sends exactly the bytes it is given, the API, the
command line.

    with lib.Office() as office:
        replies = office.send(b"Subject: x\r\n\r\n", to=["a@b.example"])
        office.api("GET", "/api/v1/documents")
        office.stop(); office.start()

Nothing here sleeps to wait for something: readiness is a datagram on
NOTIFY_SOCKET, events are lines of the log, positions are `after=N'.
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

BUILD = os.path.abspath(os.environ.get("DOSSIER_BUILD", "build"))
DOSSIERD = os.path.join(BUILD, "dossierd")
DOSSIER = os.path.join(BUILD, "dossier")
LMTPGEN = os.path.join(BUILD, "tests/tools/lmtpgen")
SANITIZED = bool(re.search("address|thread", BUILD))  # memory says nothing
REPORT = re.compile("(Address|Leak|Thread)Sanitizer|runtime error:")
PATIENCE = 60       # seconds until a test gives up waiting


class Gone(Exception):
    """The peer closed the connection."""


class Lmtp:
    """An LMTP session over a Unix socket path or a (host, port)."""

    def __init__(self, address, hello=True, timeout=PATIENCE):
        if isinstance(address, tuple):
            self.sock = socket.create_connection(address, timeout)
        else:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(timeout)
            try:
                self.sock.connect(address)
            except OSError:
                self.sock.close()
                raise
        self.file = self.sock.makefile("rb")
        try:
            self.greeting = self.reply()
            if hello:
                self.command("LHLO test.example")
        except Exception:
            self.close()
            raise

    def close(self):
        self.file.close()
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write(self, data):
        self.sock.sendall(data)

    def reply(self):
        """One reply as text, its lines joined by newlines."""
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                raise Gone("\n".join(lines))
            lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
            if line[3:4] != b"-":
                return "\n".join(lines)

    def command(self, text):
        if isinstance(text, str):
            text = text.encode("utf-8")
        self.write(text + b"\r\n")
        return self.reply()

    def message(self, raw):
        """The bytes of DATA, dots stuffed, ended.  raw must end with CRLF
        to come back as it is."""
        assert raw.endswith(b"\r\n")
        body = raw.replace(b"\r\n.", b"\r\n..")
        if body.startswith(b"."):
            body = b"." + body
        return body + b".\r\n"

    def send(self, raw, to=("office@example.org",), sender="a@b.example"):
        """One transaction; the replies of its recipients.  A transaction
        that was refused before DATA gives the refusal alone."""
        reply = self.command("MAIL FROM:<%s>" % sender)
        if not reply.startswith("250"):
            return [reply]
        taken = 0
        for one in to:
            reply = self.command("RCPT TO:<%s>" % one)
            taken += reply.startswith("250")
        if not taken:
            return [reply]
        reply = self.command("DATA")
        if not reply.startswith("354"):
            return [reply]
        self.write(self.message(raw))
        return [self.reply() for _ in range(taken)]

    def bdat(self, raw, to=("office@example.org",), sender="a@b.example"):
        """The same by BDAT in one chunk: any bytes at all."""
        self.command("MAIL FROM:<%s>" % sender)
        for one in to:
            self.command("RCPT TO:<%s>" % one)
        self.write(b"BDAT %d LAST\r\n" % len(raw) + raw)
        return [self.reply() for _ in to]


RECEIPT = re.compile(r"250 2\.0\.0 kept as (D-\d+), entry (\d+), "
                     r"receipt ([0-9a-f]{16})$")


def receipt(reply):
    """(document, entry, digits) of a 250."""
    found = RECEIPT.match(reply)
    assert found, reply
    return found.group(1), int(found.group(2)), found.group(3)


class UnixHTTP(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)


class NotReady(Exception):
    """dossierd ended instead of becoming ready: args are code and log."""


class Office:
    """A store, and a daemon for it while started.

    Text and pages are made ahead only if asked for: their entries come when
    nothing else is to be done, which is when tests hold answers against each
    other."""

    def __init__(self, start=True, conf=None, init=(), renditions=False):
        self.top = tempfile.mkdtemp(prefix="o")
        self.dir = os.path.join(self.top, "s")
        self.conf = os.path.join(self.dir, "dossierd.conf")
        self.process = None
        self.lines, self.more = [], threading.Condition()
        self.said = subprocess.run(
            [DOSSIERD, "init", self.dir, *init], check=True,
            stdout=subprocess.PIPE, env=self.environment(),
            stdin=subprocess.DEVNULL).stdout.decode()
        if not renditions:
            self.change("renditions = yes", "renditions = no")
        for old, new in (conf or {}).items():
            self.change(old, new)
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @staticmethod
    def environment(**more):
        env = dict(os.environ, LANG="C", LC_ALL="C")
        for name in ("NOTIFY_SOCKET", "JOURNAL_STREAM", "DOSSIER_SOCKET"):
            env.pop(name, None)
        env.update(more)
        return env

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def change(self, old, new):
        """Replaces a text of the configuration that must be there."""
        with open(self.conf, encoding="utf-8") as f:
            text = f.read()
        assert old in text, old
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new))

    def append(self, text):
        with open(self.conf, "a", encoding="utf-8") as f:
            f.write(text)

    # -- the daemon ------------------------------------------------------

    def _read(self, pipe):
        for line in pipe:
            with self.more:
                self.lines.append(line.decode("utf-8", "replace").rstrip())
                self.more.notify_all()
        with self.more:
            self.lines.append("(end)")
            self.more.notify_all()

    def start(self, program=DOSSIERD, **env):
        """Starts dossierd -f and waits until it is ready."""
        notify = os.path.join(self.top, "notify")
        if os.path.exists(notify):
            os.unlink(notify)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(notify)
            s.settimeout(0.5)
            self.lines.clear()
            self.process = subprocess.Popen(
                [program, "-c", self.conf, "-f"], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                env=self.environment(NOTIFY_SOCKET=notify, **env))
            self.reader = threading.Thread(
                target=self._read, args=(self.process.stderr,), daemon=True)
            self.reader.start()
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end:
                try:
                    if b"READY=1" in s.recv(4096):
                        return self
                except socket.timeout:
                    if self.process.poll() is not None:
                        break
        if self.process.poll() is None:
            self.process.kill()     # it hangs
        code = self.process.wait()
        self.reader.join(5)
        self.process.stderr.close()
        self.process = None
        raise NotReady(code, "\n".join(self.lines))

    def end(self, sig):
        """Sends a signal, if any, and gives the exit code."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        if sig is not None:
            process.send_signal(sig)
        code = process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        process.stderr.close()
        if SANITIZED and REPORT.search("\n".join(self.lines)):
            raise AssertionError("\n".join(self.lines))
        return code

    def gone(self):
        """Waits for a daemon that ends by itself."""
        return self.end(None)

    def stop(self):
        return self.end(signal.SIGTERM)

    def kill(self):
        return self.end(signal.SIGKILL)

    def close(self):
        try:        # leaks are looked for when it ends in order
            self.end(signal.SIGTERM if SANITIZED else signal.SIGKILL)
        finally:
            shutil.rmtree(self.top, ignore_errors=True)

    def wait_line(self, pattern, count=1):
        """Waits until so many lines of the log match; the last one."""
        regex = re.compile(pattern)
        end = time.monotonic() + PATIENCE
        with self.more:
            while True:
                hits = [x for x in self.lines if regex.search(x)]
                if len(hits) >= count:
                    return hits[count - 1]
                left = end - time.monotonic()
                if left <= 0 or (self.lines and self.lines[-1] == "(end)"):
                    raise AssertionError("no line %r in\n%s" % (
                        pattern, "\n".join(self.lines)))
                self.more.wait(left)

    # -- the doors ---------------------------------------------------------

    def lmtp(self, **kw):
        return Lmtp(self.path("lmtp.sock"), **kw)

    def send(self, raw, **kw):
        with self.lmtp() as session:
            return session.send(raw, **kw)

    def request(self, method, path, body=None, headers=None):
        """(status, headers, bytes) of one request on the Unix socket."""
        c = UnixHTTP(self.path("dossier.sock"))
        try:
            c.request(method, path, body=body, headers=headers or {})
            r = c.getresponse()
            return r.status, r.headers, r.read()
        finally:
            c.close()

    def api(self, method, path, body=None, headers=None):
        """(status, parsed JSON)."""
        headers = dict(headers or {})
        if body is not None:
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        status, _, data = self.request(method, path, body, headers)
        return status, json.loads(data) if data else None

    def get(self, path):
        """The JSON of a successful GET; waits for all that is durable."""
        status, answer = self.api("GET", path)
        assert status == 200, (path, status, answer)
        return answer

    def status(self):
        return self.get("/api/v1/status")["row"]

    def rows(self, path):
        """All rows of a list."""
        return self.get(path)["rows"]

    def documents(self, after=0):
        """Each document, copies too."""
        return self.rows("/api/v1/documents?copies=each" +
                         ("&after=%d" % after if after else ""))

    def raw(self, document):
        status, _, data = self.request(
            "GET", "/api/v1/documents/%s/raw" % document)
        assert status == 200, (document, status, data)
        return data

    def wait_for(self, true, what="it"):
        """Calls true() after each entry that is applied until it is so."""
        end = time.monotonic() + PATIENCE
        while True:
            seen = self.status()["applied"]
            if true():
                return
            assert time.monotonic() < end, "waited in vain for %s" % what
            self.api("GET", "/api/v1/documents?limit=1&after=%d" % (seen + 1))

    def wait_read(self):
        """Until followers have nothing left to do."""
        def done():
            s = self.status()
            return s["documents"] == s["read"] + s["unread"] and \
                s["applied"] == s["entries"] and not [
                    d for d in self.documents() if d["state"] == "new"]
        self.wait_for(done, "the followers")

    # -- the command line --------------------------------------------------

    def dossierd(self, *args, lang="en", stdin=None):
        return subprocess.run(
            [DOSSIERD, *args], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=PATIENCE, input=stdin,
            env=self.environment(LC_ALL="zh_CN.UTF-8" if lang == "zh"
                                 else "C"))

    def dossier(self, *args, lang="en", stdin=None):
        return subprocess.run(
            [DOSSIER, *args], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=PATIENCE, input=stdin,
            env=self.environment(DOSSIER_SOCKET=self.path("dossier.sock"),
                                 LC_ALL="zh_CN.UTF-8" if lang == "zh"
                                 else "C"))


def mail(n, size=0, subject="mail"):
    """A small mail of its own; size: at least so many bytes."""
    text = ("From: Sender <a@b.example>\r\nTo: office@example.org\r\n"
            "Subject: %s %d\r\nMessage-ID: <%d.%s@b.example>\r\n"
            "Date: Mon, 02 Mar 2026 10:15:00 +0000\r\n\r\n"
            "Number %d.\r\n" % (subject, n, n, subject, n)).encode()
    line = b"x" * 76 + b"\r\n"
    if size > len(text):
        text += line * ((size - len(text)) // len(line) + 1)
    return text
