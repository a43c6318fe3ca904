# SPDX-License-Identifier: ISC
"""
senders: an office's machines and people, each with a log of its own.

Each offers what it has until that is acknowledged, as gateways, scanners and
careful people do: what was refused for now, or whose answer never came, is
offered again.  What it offered stays in its folder or list, its originals;
reconcile() holds them against the store.

It must never take from the store what it checks the store with.
"""
import hashlib
import http.client
import json
import os
import random
import subprocess
import threading

import lib
from test_calls import fax
from test_reconcile import postfix
from test_smtp import Smtp

PAUSE = 0.03        # seconds until a sender tries again


class Again(Exception):
    """Refused for now."""


def text(seed, size):
    """Text that does not compress much, in lines."""
    digits = random.Random(seed).randbytes(size // 2).hex().encode()
    return b"\r\n".join(digits[n:n + 76] for n in range(0, len(digits), 76))


class Sender:
    """A way in.  ITEMS of it are offered on a day."""
    ITEMS = 10

    def __init__(self, week, name):
        self.week, self.name, self.office = week, name, week.office
        self.folder = os.path.join(week.office.top, "senders", name)
        os.makedirs(self.folder)
        self.hashes, self.failed, self.thread = set(), None, None
        self.kept = self.refused = self.lost = 0

    # -- its originals -----------------------------------------------------

    def original(self, name, data):
        """Keeps what is going to be offered."""
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(data)
        self.hashes.add(hashlib.sha256(data).hexdigest())
        return data

    def note(self, name, line):
        with open(os.path.join(self.office.top, "senders", name), "a",
                  encoding="utf-8") as f:
            f.write(line)

    def noted(self, name):
        return os.path.join(self.office.top, "senders", name)

    # -- a day -------------------------------------------------------------

    def begin(self, day):
        self.thread = threading.Thread(target=self.run, args=(day,),
                                       daemon=True)
        self.thread.start()

    def run(self, day):
        try:
            for item in self.items(day):
                self.insist(item)
            self.leave()
        except BaseException as e:      # told by the test
            self.failed = e
            self.week.told()

    def insist(self, item):
        while not self.week.over.is_set():
            try:
                self.offer(*item)
                self.kept += 1
                self.week.told()
                return
            except Again:
                self.refused += 1
            except (lib.Gone, OSError, http.client.HTTPException):
                self.lost += 1
                self.leave()
            self.week.told()
            self.week.over.wait(PAUSE)

    def leave(self):
        """Ends its connection."""

    def left(self):
        """What it still waits for, as far as that can be seen."""
        return ""

    def items(self, day):
        """What is offered on that day: arguments of offer()."""
        for n in range(self.ITEMS):
            yield self.item(day, n)

    def reconcile(self):
        """What it tells `dossier reconcile', and how many are captured."""
        return [(["--folder", self.folder], len(self.hashes))]

    def strange(self):
        """The option for a log that has what never came, and its text."""
        return None


class Gateway(Sender):
    """Postfix: LMTP to several recipients, its log in the log's own words."""
    ITEMS = 40
    session = None

    def item(self, day, n):
        number = day * 1000 + n
        size = self.week.random.choice([300, 3000, 30000, 200000])
        raw = lib.mail(number, subject="%s %s" % (
            self.week.case if n % 3 == 0 else "gateway", self.name)) + \
            text(number, size) + b"\r\n"
        self.original("%06d.eml" % number, raw)
        to = ["office@example.org", "clerk@example.org"][:1 + n % 2]
        return "%X" % (0xA000000 + number), raw, to

    def leave(self):
        if self.session:
            self.session.close()
        self.session = None

    def log(self, queue, to, reply):
        sent = reply.startswith("250")
        self.note("mail.log", postfix(
            0, queue, to, "sent" if sent else "deferred",
            reply if sent else "host gw said: " + reply))

    def offer(self, queue, raw, to):
        try:
            self.session = self.session or self.office.lmtp()
            replies = self.session.send(raw, to=to)
        except (lib.Gone, OSError):
            for one in to:
                self.log(queue, one, "lost connection with gw while sending "
                         "end of data")
            raise
        replies += replies[-1:] * (len(to) - len(replies))
        left = []
        for one, reply in zip(to[:], replies):
            self.log(queue, one, reply)
            if reply.startswith("250"):
                lib.receipt(reply)
            else:
                assert reply.startswith("4"), reply
                left.append(one)
        to[:] = left        # those who have it are not sent it again
        if left:
            raise Again()

    def reconcile(self):
        return super().reconcile() + [(
            ["--postfix-log", self.noted("mail.log")],
            len(self.hashes) + self.twice())]

    def twice(self):
        """Second recipients."""
        return sum(1 for name in os.listdir(self.folder)
                   if int(name[:6]) % 1000 % 2)


class Scanner(Sender):
    """A machine that can only mail: SMTP."""
    ITEMS = 15
    session = None

    def item(self, day, n):
        number = day * 1000 + n
        raw = lib.mail(number, subject="smtp", size=2000 * n)
        self.note("ids", "<%d.smtp@b.example>\n" % number)
        return (self.original("%06d.eml" % number, raw),)

    leave = Gateway.leave

    def offer(self, raw):
        self.session = self.session or Smtp(self.week.smtp)
        reply = lib.Lmtp.send(self.session, raw)[0]
        if not reply.startswith("250"):
            assert reply.startswith("4"), reply
            raise Again()
        lib.receipt(reply)

    def reconcile(self):
        return super().reconcile() + [
            (["--ids", self.noted("ids")], len(self.hashes))]


class Flood(Sender):
    """Many mails over many connections; a run that was cut off is made
    again from its beginning."""
    COUNT = 150

    def items(self, day):
        yield day, self.week.random.choice([700, 4096, 20000])

    def offer(self, day, size):
        log = os.path.join(self.folder, "%d-%d" % (day, self.lost))
        code = subprocess.run(
            [lib.LMTPGEN, "--connect", "unix:" + self.office.path(
                "lmtp.sock"), "--connections", "10", "--messages",
             str(self.COUNT), "--size", str(size), "--seed", str(day + 1),
             "--ack-log", log], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False).returncode
        found = set()
        if os.path.exists(log):
            with open(log, encoding="ascii") as f:
                for line in f:
                    if line.endswith("\n"):
                        _, digest, _, reply = line.split(" ", 3)
                        found.add(digest)
                        lib.receipt(reply.rstrip("\n"))
        self.hashes |= found
        if code != 0:
            raise OSError("cut off")
        assert len(found) == self.COUNT, found
        for n in range(self.COUNT):
            self.note("flood-ids", "<%016x.%010d@lmtpgen.example>\n" % (
                day + 1, n))

    def reconcile(self):
        return [(["--ids", self.noted("flood-ids")], len(self.hashes))]


class Folder(Sender):
    """A drop folder: the same names every day, other bytes.  A file that
    left it is acknowledged."""
    ITEMS = 12

    def item(self, day, n):
        number = day * 1000 + n
        data = b"%PDF-1.4\n" + text("%s %d" % (self.name, number), 500 << n)
        self.original("%06d.pdf" % number, data)
        return "%04d.pdf" % n, data, number

    def put(self, name, data):
        aside = os.path.join(self.drop(), "." + name)
        with open(aside, "wb") as f:
            f.write(data)
        os.rename(aside, os.path.join(self.drop(), name))

    def drop(self):
        return self.office.path("drop", self.name)

    def offer(self, name, data, _):
        self.put(name, data)
        self.week.over.wait(PAUSE)

    def left(self):
        return os.listdir(self.drop())

    def leave(self):
        while os.listdir(self.drop()) and not self.week.over.wait(PAUSE):
            pass


class Fax(Folder):
    """A fax server: HylaFAX's hooks bring what came, what was sent and a
    call without a page; its own list of calls has each."""
    ITEMS = 8

    def item(self, day, n):
        number = day * 1000 + n
        kind = {3: "SEND", 6: "CALL"}.get(n, "RECV")
        data = (b"" if kind == "CALL" else b"II*\0") + text(
            "%s %d" % (self.name, number), 500 << n)
        tail = ".txt" if kind == "CALL" else ".tif"
        self.original("%06d%s" % (number, tail), data)
        return "%04d%s" % (n, tail), data, self.called(kind, day, n)

    def called(self, kind, day, n):
        """Writes the call down; the facts that go with its document."""
        number, other = day * 1000 + n, "+44 20 7946 %04d" % (1000 + n)
        commid, at = "%09d" % number, "03/%02d/26 10:%02d" % (day % 28 + 1, n)
        sent, lost = kind == "SEND", "no page" if kind == "CALL" else ""
        facts = {"commid": commid, "direction": "out" if sent else "in",
                 "number" if sent else "caller": other,
                 "sent" if sent else "received": "2026-03-%02dT10:%02d:00Z" %
                 (day % 28 + 1, n), "result": "failed" if lost else "ok"}
        if sent:
            facts["job"] = str(number)
        if not lost:
            facts["pages"] = 1 + n
        if kind == "RECV":
            self.note("xferfaxlog", fax(at, "CALL", commid))
        self.note("xferfaxlog", fax(
            at, kind, commid, facts.get("job", "recvq/fax%d.tif" % number),
            other if sent else "", pages=facts.get("pages", 0), reason=lost,
            caller="" if sent else other))
        return facts

    def offer(self, name, data, facts):
        self.put(name + ".json", json.dumps(facts).encode())
        super().offer(name, data, facts)

    def reconcile(self):
        return super().reconcile() + [
            (["--fax-log", self.noted("xferfaxlog")], len(self.hashes))]

    def strange(self):
        return ["--fax-log"], fax("03/02/26 10:00", "RECV", "999999999",
                                  "x.tif", caller="+44 20 7946 1000", pages=1)


class Upload(Sender):
    """A program that uploads, with a key for each upload."""
    ITEMS = 10

    def item(self, day, n):
        number = day * 1000 + n
        return number, self.original("%06d.bin" % number, text(
            "upload %d" % number, 1500000 if n == 5 else 4000 * n + 100))

    def post(self, path, key, body, kind):
        status, _, data = self.office.request("POST", path, body, {
            "Idempotency-Key": key, "Content-Type": kind})
        if status in (503, 507):
            raise Again()
        assert status == 201 or status == 200, (status, data)
        row = json.loads(data)["row"]
        self.note(self.name + ".log", "%s %s %s\n" % (
            key, row["document"], row["sha256"]))
        return row

    def offer(self, number, data):
        row = self.post("/api/v1/documents?channel=hand&filename=%06d.bin" %
                        number, "upload-%d" % number, data,
                        "application/octet-stream")
        assert row["sha256"] in self.hashes, row


class Notes(Upload):
    """Staff who write down calls; the store makes the document.  The
    telephone system has its own list of them."""

    def item(self, day, n):
        number = day * 1000 + n
        at, way = "2026-03-%02dT10:%02d" % (day % 28 + 1, n), "in out".split()[
            n % 2]
        # It knows the time a little better, and no blanks.
        self.note("calls.csv", ("" if number else "at,number,direction\n") +
                  "%s:%02d,+4420%08d,%s\n" % (at, n, number, way))
        return number, {
            "type": "call", "direction": way, "at": at,
            "note": "Call %d." % number, "number": "+44 20 %04d %04d" % (
                number // 10000, number % 10000), "case": self.week.case}

    def offer(self, number, data):
        row = self.post("/api/v1/notes", "note-%d" % number,
                        json.dumps(data).encode(), "application/json")
        assert row["sha256"] not in self.hashes, row
        self.hashes.add(row["sha256"])

    def reconcile(self):
        return [(["--call-log", self.noted("calls.csv")], len(self.hashes))]

    def strange(self):
        return ["--call-log"], "at,number,direction\n" \
            "2026-03-01T10:00,+442099999999,in\n"


class Importer(Sender):
    """Old mail in bulk, until `dossier import' says that all is here."""
    ITEMS = 20

    def items(self, day):
        folder = os.path.join(self.folder, str(day))
        os.mkdir(folder)
        for n in range(self.ITEMS):
            number = day * 1000 + n
            self.original("%d/%06d.eml" % (day, number), lib.mail(
                number, subject="old", size=300 * n))
        yield (folder,)

    def offer(self, folder):
        done = self.office.dossier("import", folder)
        if done.returncode:
            raise Again()


def all_of(week):
    return [Gateway(week, "gateway"), Scanner(week, "scanner"),
            Flood(week, "flood"), Folder(week, "scan"), Fax(week, "fax"),
            Upload(week, "upload"), Notes(week, "notes"),
            Importer(week, "importer")]
