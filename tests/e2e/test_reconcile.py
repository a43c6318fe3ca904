# SPDX-License-Identifier: ISC
"""
Reconciling: what senders still have against what is here, from folders,
Maildirs, mboxes, lists and the log of Postfix; the capture report and the
sources.  Totals must add up, nothing missing may be overlooked, and a journal
that is not the one which acknowledged must be noticed.
"""
import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import unittest

import lib
import test_postfix

V1 = "/api/v1"
CLASSES = ["captured", "duplicate", "aside", "sidecar", "refused", "missing",
           "contradicted"]


def postfix(n, queue, to, status, reply, pid=4711, process="lmtp",
            relay="gw.example.org[/run/dossier/lmtp.sock]", orig_to=None):
    """A line as Postfix 3.7 writes it."""
    word, dsn = {"sent": ("sent", "2.0.0"), "deferred": ("deferred", "4.3.2"),
                 "bounced": ("bounced", "5.1.1")}[status]
    return ("Mar  2 10:15:%02d gw postfix/%s[%d]: %s: to=<%s>, %srelay=%s, "
            "delay=0.12, delays=0.05/0.01/0.01/0.05, dsn=%s, status=%s (%s)\n"
            % (n % 60, process, pid, queue, to,
               "orig_to=<%s>, " % orig_to if orig_to else "", relay, dsn,
               word, reply))


class Case(unittest.TestCase):
    def setUp(self):
        self.office = lib.Office()
        self.addCleanup(self.office.close)
        self.top = self.office.top

    def file(self, name, data):
        path = os.path.join(self.top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return path

    def reconcile(self, *args, code=0):
        """(totals, items) of --json; totals must add up."""
        done = self.office.dossier("reconcile", *args, "--json")
        self.assertEqual(done.returncode, code, done)
        answer = json.loads(done.stdout)
        totals, items = answer["totals"], answer["items"]
        self.assertEqual(totals["offered"], sum(totals[c] for c in CLASSES))
        self.assertEqual(totals["offered"], len(items))
        for c in CLASSES:
            self.assertEqual(totals[c],
                             sum(i["state"] == c for i in items), c)
        self.said = done.stderr.decode()
        return totals, items

    def rows(self, path):
        return self.office.rows(V1 + path)


class Folders(Case):
    def test_each_class(self):
        office = self.office
        folder = os.path.join(self.top, "f")
        self.file("f/1.eml", lib.mail(1))
        self.file("f/2.eml", lib.mail(2))
        self.file("f/sub/3.eml", lib.mail(2))           # the same again
        self.file("f/4.txt", "set aside")
        self.file("f/5.pdf", "")                        # refused: empty
        done = office.dossier("import", folder)
        self.assertEqual(done.returncode, 1, done)
        office.wait_read()
        aside = [d["id"] for d in office.documents()
                 if d.get("filename") == "4.txt"]
        self.assertEqual(office.dossier(
            "triage", "set-aside", aside[0], "--as", "spam").returncode, 0)
        self.file("f/6.eml", lib.mail(6))               # never offered
        os.symlink("/etc/hostname", os.path.join(folder, "link"))
        totals, items = self.reconcile("--folder", folder, code=1)
        self.assertEqual([totals[c] for c in CLASSES],
                         [2, 1, 1, 0, 1, 2, 0])
        by = {os.path.basename(i["name"]): i for i in items}
        first = self.rows("/documents/%s/receipt" % by["1.eml"]["document"])
        self.assertEqual(by["1.eml"]["entry"], first[0]["seq"])
        self.assertEqual(by["1.eml"]["receipt"], first[0]["chain"][:16])
        self.assertEqual(by["1.eml"]["by"], "sha256")
        self.assertEqual(by["3.eml"]["duplicate_of"], by["2.eml"]["document"])
        self.assertEqual(by["4.txt"]["why"], "spam")
        self.assertEqual(by["5.pdf"]["by"], "file-name")
        self.assertTrue(by["5.pdf"]["why"])
        self.assertEqual(by["6.eml"]["state"], "missing")
        self.assertEqual(by["link"]["state"], "missing")
        os.unlink(os.path.join(folder, "link"))
        self.reconcile("--folder", folder, code=9)

    def test_how_it_is_said(self):
        office = self.office
        folder = os.path.join(self.top, "f")
        self.file("f/1.eml", lib.mail(1))
        office.dossier("import", folder)
        missing = self.file("f/2\x1b[31m.eml", lib.mail(2))
        done = office.dossier("reconcile", "--folder", folder)
        self.assertEqual(done.returncode, 9)
        lines = done.stdout.decode().splitlines()
        self.assertEqual(lines[-1], "offered 2 = captured 1 + duplicate of 0"
                         " + set aside 0 + refused 0 + missing 1")
        self.assertEqual(lines[0].split("\t")[0], "missing")
        self.assertNotIn(b"\x1b", done.stdout)
        self.assertEqual(len(lines), 2)
        done = office.dossier("reconcile", "--folder", folder, "--all")
        self.assertEqual(len(done.stdout.splitlines()), 3)
        done = office.dossier("reconcile", "--folder", folder, "--missing")
        self.assertEqual(done.stdout.decode().splitlines(),
                         [missing.replace("\x1b", " ")])
        self.assertIn(b"offered 2", done.stderr)
        done = office.dossier("reconcile", "--folder", folder, lang="zh")
        self.assertIn("提供 2 = 已收录 1", done.stdout.decode())
        done = office.dossier("reconcile")
        self.assertEqual(done.returncode, 2)
        office.stop()
        done = office.dossier("reconcile", "--folder", folder)
        self.assertEqual(done.returncode, 8)

    def test_many(self):
        """More than one question holds; all of them once."""
        office = self.office
        folder = os.path.join(self.top, "f")
        with office.lmtp() as session:
            for n in range(1203):
                raw = lib.mail(n)
                self.file("f/%05d.eml" % n, raw)
                if n % 100 != 7:
                    session.send(raw)
        totals, items = self.reconcile("--folder", folder, code=9)
        self.assertEqual(totals["missing"], 12)
        self.assertEqual(totals["captured"], 1191)
        self.assertEqual([i["name"][-9:-4] for i in items],
                         ["%05d" % n for n in range(1203)])

    def test_sidecars(self):
        office = self.office
        self.file("f/scan.pdf", b"%PDF-1.4 made up\n")
        office.dossier("import", os.path.join(self.top, "f"))
        self.file("f/scan.pdf.json", '{"title": "x"}')
        totals, _ = self.reconcile("--folder", os.path.join(self.top, "f"))
        self.assertEqual((totals["captured"], totals["sidecar"]), (1, 1))


class Mail(Case):
    def test_maildir(self):
        office = self.office
        for n, where in enumerate(["cur/1:2,S", "new/2", ".Sent/cur/3:2,",
                                   ".Sent/new/4"]):
            raw = lib.mail(n)
            self.file("m/" + where, raw)
            if n != 3:
                office.send(raw)
        self.file("m/tmp/5", "half")
        self.file("m/dovecot.index", "no mail")
        totals, items = self.reconcile(
            "--maildir", os.path.join(self.top, "m"), code=9)
        self.assertEqual((totals["captured"], totals["missing"]), (3, 1))
        self.assertEqual([i["name"] for i in items
                          if i["state"] == "missing"],
                         [os.path.join(self.top, "m/.Sent/new/4")])

    def test_mbox(self):
        """Imported: the same bytes.  Sent over LMTP: by Message-ID."""
        office = self.office
        box = b"".join(
            b"From a@b Mon Mar  2 10:15:00 2026\n" +
            lib.mail(n).replace(b"\r\n", b"\n") + b"\n" for n in range(4))
        path = self.file("in.mbox", box)
        office.dossier("import", "--mbox", path)
        totals, items = self.reconcile("--mbox", path)
        self.assertEqual(totals["captured"], 4)
        self.assertEqual({i["by"] for i in items}, {"sha256"})
        self.assertEqual(items[3]["name"], path + "#4")
        other = self.file("other.mbox", box.replace(b"mail", b"other"))
        for n in range(3):
            office.send(lib.mail(n, subject="other"))
        office.wait_read()
        totals, items = self.reconcile("--mbox", other, code=9)
        self.assertEqual((totals["captured"], totals["missing"]), (3, 1))
        self.assertEqual([i.get("by") for i in items],
                         ["message-id"] * 3 + [None])
        none = self.file("none.mbox", "Subject: no mbox\n\n")
        self.reconcile("--mbox", none, code=1)
        self.assertIn("none.mbox", self.said)

    def test_ids(self):
        office = self.office
        for n in range(3):
            office.send(lib.mail(n))
        office.wait_read()
        ids = self.file("ids", "<0.mail@b.example>\r\n1.mail@b.example\n\n"
                        " <2.mail@b.example> \n<1.mail@b.example>\n"
                        "<9.mail@b.example>\n" + "x" * 3000 + "\n")
        totals, items = self.reconcile("--ids", ids, code=9)
        self.assertEqual((totals["captured"], totals["duplicate"],
                          totals["missing"]), (3, 1, 2))
        self.assertEqual(items[3]["duplicate_of"], items[1]["document"])

    def test_corpus_mbox(self):
        corpus = os.environ.get("DOSSIER_CORPUS", "../shared/corpus")
        boxes = []
        for top, _, names in os.walk(os.path.join(corpus, "mail")):
            boxes += [os.path.join(top, n) for n in names
                      if n.endswith(".mbox")]
        if not boxes:
            self.skipTest("no mbox in the corpus")
        path = min(boxes, key=os.path.getsize)
        done = self.office.dossier("import", "--mbox", path, "--json")
        counts = json.loads(done.stdout)
        totals, items = self.reconcile("--mbox", path)
        self.assertEqual(totals["offered"], counts["offered"])
        self.assertEqual(totals["missing"], 0)
        # Removed from here, each is missed.
        other = lib.Office()
        self.addCleanup(other.close)
        self.office, kept = other, self.office
        self.addCleanup(setattr, self, "office", kept)
        totals, _ = self.reconcile("--mbox", path, code=9)
        self.assertEqual(totals["missing"], counts["offered"])


class Gateway(Case):
    def sent(self, n, queue, to="office@example.org", **more):
        """Sends a mail; the line that Postfix writes then."""
        reply = self.office.send(lib.mail(n))[0]
        return postfix(n, queue, to, "sent", reply, **more)

    def test_receipts(self):
        lines = [self.sent(n, "4F%04dAB" % n) for n in range(5)]
        totals, items = self.reconcile(
            "--postfix-log", self.file("mail.log", "".join(lines)))
        self.assertEqual(totals["captured"], 5)
        self.assertEqual({i["by"] for i in items}, {"entry"})
        self.assertEqual(items[0]["name"], "4F0000AB office@example.org")
        # Survives a rebuild of the views, and a restart.
        self.office.stop()
        shutil.rmtree(self.office.path("views"))
        self.office.start()
        again = self.reconcile("--postfix-log", self.file(
            "mail.log", "".join(lines)))
        self.assertEqual(again, (totals, items))

    def test_what_became_of_it(self):
        office = self.office
        first = self.sent(1, "A1", to="o@example.org")
        two = office.send(lib.mail(2), to=["a@example.org", "b@example.org"])
        log = [
            "Mar  2 10:15:00 gw postfix/smtpd[1]: connect from x[192.0.2.1]\n",
            # deferred while the daemon was away, then sent
            postfix(1, "A1", "o@example.org", "deferred", "connect to "
                    "/run/dossier/lmtp.sock: Connection refused",
                    relay="none"),
            first,
            # two recipients of one transaction
            postfix(2, "A2", "a@example.org", "sent", two[0]),
            postfix(2, "A2", "b@example.org", "sent", two[1],
                    orig_to="B@example.org"),
            # the same mail in another transaction
            self.sent(2, "A3"),
            # refused by us
            postfix(3, "A4", "x@example.org", "bounced",
                    "host gw said: 550 5.1.1 no such user "
                    "(in reply to RCPT TO command)"),
            # still at the gateway
            "Mar  2 10:15:03 gw postfix/cleanup[7]: A5: "
            "message-id=<5.mail@b.example>\n",
            postfix(4, "A5", "o@example.org", "deferred",
                    "host gw said: 452 4.3.1 no room"),
            # kept, but the gateway never heard so
            "Mar  2 10:15:03 gw postfix/cleanup[7]: A6: "
            "message-id=<6.mail@b.example>\n",
            postfix(5, "A6", "o@example.org", "deferred",
                    "conversation with gw timed out"),
            # elsewhere
            postfix(6, "A7", "friend@example.com", "sent", "250 2.0.0 OK",
                    process="smtp", relay="mx.example.com[192.0.2.9]:25"),
            "noise\n", "\n", "A8: to=<x>, status=sent (250 kept)\n",
        ]
        office.send(lib.mail(6))
        office.wait_read()
        path = self.file("mail.log", "".join(log))
        totals, items = self.reconcile("--postfix-log", path, code=9)
        self.assertEqual(
            [(i["name"].split()[0], i["state"]) for i in items],
            [("A1", "captured"), ("A2", "captured"), ("A2", "captured"),
             ("A3", "duplicate"), ("A4", "refused"), ("A5", "missing"),
             ("A6", "captured")])
        self.assertEqual(items[6]["by"], "message-id")
        self.assertIn("no such user", items[4]["why"])
        self.assertIn("no room", items[5]["why"])
        self.assertIn("1 deliveries", self.said)
        # In two logs, one after the other: the same.
        cut = len("".join(log[:2]))
        text = "".join(log)
        self.assertEqual(self.reconcile(
            "--postfix-log", self.file("mail.log.1", text[:cut]),
            "--postfix-log", self.file("mail.log.0", text[cut:]), code=9),
            (totals, items))

    def test_contradictions(self):
        office = self.office
        lines = [self.sent(n, "B%d" % n, pid=9) for n in range(4)]
        document, entry, digits = lib.receipt(
            office.send(lib.mail(9))[0])

        def one(text, state="contradicted", code=7):
            path = self.file("mail.log", text)
            _, items = self.reconcile("--postfix-log", path, code=code)
            self.assertEqual(items[-1]["state"], state, items)
            return items[-1].get("why", "")

        def line(document, entry, digits):
            return postfix(9, "BB", "o@x", "sent", "250 2.0.0 kept as %s, "
                           "entry %d, receipt %s" % (document, entry, digits))

        self.assertEqual(one(line(document, entry, digits), "captured", 0),
                         "")
        flipped = digits[:-1] + ("0" if digits[-1] != "0" else "1")
        self.assertIn(digits, one(line(document, entry, flipped)))
        self.assertIn("no entry", one(line(document, 999999, digits)))
        self.assertIn(document, one(line("D-000001", entry, digits)))
        self.assertIn("no arrival", one(line(document, 1, digits)))
        # The order of one process's deliveries.
        self.assertIn("behind", one(lines[1] + lines[0]))
        other = lines[0].replace("[9]", "[10]")
        one(lines[1] + other, "captured", 0)

    def test_rollback(self):
        """A store put back from an earlier day is not the one that said so."""
        office = self.office
        lines = [self.sent(n, "C%d" % n) for n in range(2)]
        office.stop()
        early = os.path.join(self.top, "early")
        shutil.copytree(office.dir, early,
                        ignore=shutil.ignore_patterns("*.sock"))
        office.start()
        lines += [self.sent(n, "C%d" % n) for n in range(2, 4)]
        office.stop()
        shutil.rmtree(office.dir)
        os.rename(early, office.dir)
        office.start()
        log = self.file("mail.log", "".join(lines))
        totals, items = self.reconcile("--postfix-log", log, code=7)
        self.assertEqual((totals["captured"], totals["contradicted"]), (2, 2))
        # Other mail under the same numbers does not hide it.
        for n in range(10, 14):
            office.send(lib.mail(n))
        totals, items = self.reconcile("--postfix-log", log, code=7)
        self.assertEqual((totals["captured"], totals["contradicted"]), (2, 2))


class RealPostfix(Case):
    """The log that a real Postfix wrote, while the daemon was away too."""

    def setUp(self):
        if os.geteuid() != 0 or not all(
                shutil.which(p, path="/usr/sbin:/usr/bin")
                for p in ("postfix", "swaks")):
            self.skipTest("Postfix, swaks and root are needed")
        port = test_postfix.free_port()
        self.office = lib.Office(init=["--lmtp", "127.0.0.1:%d" % port])
        self.addCleanup(self.office.close)
        self.top = self.office.top
        self.postfix = test_postfix.Postfix(test_postfix.snippet(
            "always_bcc.cf", lmtp="127.0.0.1:%d" % port))
        self.addCleanup(self.postfix.close)

    def log(self):
        with self.postfix.more:
            return self.file("mail.log", "\n".join(self.postfix.lines))

    def test_log(self):
        office, postfix = self.office, self.postfix
        postfix.swaks("one", ["a@x.example", "b@y.example"])
        postfix.wait_line(r"status=sent \(250 2\.0\.0 kept", 1)
        postfix.wait_line(r"relay=none.*status=sent", 2)
        totals, items = self.reconcile("--postfix-log", self.log())
        self.assertEqual(totals["captured"], 1)
        self.assertEqual(items[0]["by"], "entry")
        self.assertIn("2 deliveries", self.said)    # the discarded ones
        office.stop()
        for n in range(3):
            postfix.swaks(n, ["a@x.example"])
        postfix.wait_line(r"dossier\.invalid.*status=deferred", 3)
        office.start()
        totals, items = self.reconcile("--postfix-log", self.log(), code=9)
        self.assertEqual((totals["captured"], totals["missing"]), (1, 3))
        self.assertIn("refused", items[-1]["why"])
        postfix.flush()
        postfix.wait_line(r"status=sent \(250 2\.0\.0 kept", 4)
        totals, _ = self.reconcile("--postfix-log", self.log())
        self.assertEqual((totals["offered"], totals["captured"]), (4, 4))


class Known(Case):
    def ask(self, by, keys):
        status, answer = self.office.api("POST", V1 + "/known",
                                         {"by": by, "keys": keys})
        self.assertEqual(status, 200, answer)
        return answer["rows"]

    def test_rows(self):
        office = self.office
        raw = lib.mail(1)
        document, entry, digits = lib.receipt(office.send(raw)[0])
        office.send(raw)
        office.wait_read()
        sha = hashlib.sha256(raw).hexdigest()
        rows = self.ask("sha256", [sha, "00" * 32, "no hash", sha])
        self.assertEqual([len(r["documents"]) for r in rows], [1, 0, 0, 1])
        found = rows[0]["documents"][0]
        self.assertEqual(found["id"], document)
        self.assertEqual(found["arrivals"], 2)
        self.assertEqual(found["source"], "lmtp")
        self.assertEqual([r["seq"] for r in found["receipts"]],
                         [entry, found["receipts"][1]["seq"]])
        self.assertEqual(found["receipts"][0]["receipt"], digits)
        row = self.ask("entry", [str(entry)])[0]
        self.assertEqual(row["kind"], "document.received")
        self.assertEqual([r["receipt"] for r in
                          row["documents"][0]["receipts"]], [digits])
        self.assertEqual(self.ask("entry", ["x", "0", "99999"])[2],
                         {"by": "entry", "documents": [], "key": "99999"})
        one = office.rows(V1 + "/known?by=sha256&key=" + sha)
        self.assertEqual(one, rows[:1])

    def test_limits(self):
        office = self.office
        rows = self.ask("sha256", ["%064x" % n for n in range(1000)])
        self.assertEqual(len(rows), 1000)
        self.assertEqual(rows[999]["key"], "%064x" % 999)
        for body, status in [
                ({"by": "sha256", "keys": ["0"] * 1001}, 422),
                ({"by": "message-id", "keys": ["x" * 1001]}, 422),
                ({"by": "message-id", "keys": ["x" * 1000]}, 200),
                ({"by": "name", "keys": ["0"]}, 422),
                ({"by": "sha256", "keys": []}, 422),
                ({"keys": ["0"]}, 422)]:
            self.assertEqual(office.api("POST", V1 + "/known", body)[0],
                             status, body)
        self.assertEqual(office.api("GET", V1 + "/known?by=x&key=1")[0], 400)
        self.assertEqual(office.api("GET", V1 + "/known?by=entry")[0], 400)


class Report(Case):
    def report(self, *args):
        done = self.office.dossier("report", "capture", *args, "--json")
        self.assertEqual(done.returncode, 0, done)
        rows = json.loads(done.stdout)["rows"]
        for r in rows:
            self.assertEqual(r["arrivals"], r["new"] + r["again"], r)
            self.assertEqual(r["new"], r["filed"] + r["triage"] +
                             r["aside"] + r["undecided"], r)
            self.assertEqual(r["new"], r["read"] + r["unread"] +
                             r["to_read"], r)
            self.assertEqual(r["refused"],
                             sum(w["count"] for w in r["refused_why"]), r)
            self.assertEqual(r["unread"],
                             sum(w["count"] for w in r["unread_why"]), r)
        return {r["source"]: r for r in rows}

    def test_counts(self):
        office = self.office
        for n in range(7):
            office.send(lib.mail(n))
        office.send(lib.mail(3))
        self.file("f/1.eml", lib.mail(100))
        self.file("f/2.eml", "")
        office.dossier("import", os.path.join(self.top, "f"))
        office.wait_read()
        spam = office.documents()[0]["id"]
        office.dossier("triage", "set-aside", spam, "--as", "spam")
        rows = self.report()
        self.assertEqual(set(rows), {"lmtp", "import:f"})
        lmtp = rows["lmtp"]
        self.assertEqual((lmtp["arrivals"], lmtp["new"], lmtp["again"],
                          lmtp["aside"]), (8, 7, 1, 1))
        self.assertIn("last_at", lmtp)
        self.assertIn("rhythm_seconds", lmtp)
        self.assertEqual(rows["import:f"]["refused"], 1)
        self.assertTrue(rows["import:f"]["refused_why"][0]["reason"])
        status = office.status()
        self.assertEqual(sum(r["new"] for r in rows.values()),
                         status["documents"])
        self.assertEqual(sum(r["again"] for r in rows.values()),
                         status["duplicates"])
        self.assertEqual(sum(r["refused"] for r in rows.values()),
                         status["refused"])
        # Another period: sources stay, with their silence.
        later = self.report("--since", "2035-01-01")
        self.assertEqual({r["arrivals"] for r in later.values()}, {0})
        self.assertEqual(later["lmtp"]["last_at"], lmtp["last_at"])
        self.assertEqual(self.report("--until", "2001-01-01"), {})

    def test_quiet(self):
        """Silent beyond all that is usual, as of the end of the period."""
        for n in range(6):
            self.office.send(lib.mail(n))
        rows = self.report("--until", "2999-01-01")["lmtp"]
        self.assertLess(rows["silent_seconds"], 3600)
        self.assertLessEqual(rows["rhythm_seconds"], rows["longest_seconds"])

    def test_unusually_silent(self):
        """A mail an hour, then none for five; the other door is as it was,
        and a heap that ended a moment ago is no silence."""
        office = lib.Office(start=False)
        self.addCleanup(office.close)
        self.office = office
        fault = os.path.join(lib.BUILD, "dossierd-fault")
        clock = os.path.join(office.top, "clock")

        def hour(n):
            with open(clock + ".new", "w", encoding="ascii") as f:
                f.write("%d" % (n * 3600 * 1000000))
            os.rename(clock + ".new", clock)
        hour(-100)      # times never go back: it begins then
        shutil.rmtree(office.dir)
        subprocess.run([fault, "init", office.dir], check=True,
                       stdout=subprocess.DEVNULL, env=office.environment(
                           DOSSIER_FAULT="clock=" + clock))
        clock = office.path("clock")    # where its box lets it look
        hour(-100)
        office.start(program=fault, DOSSIER_FAULT="clock=" + clock)
        for n in range(-12, 1):
            hour(n)
            if n <= -5:
                office.send(lib.mail(n))
            status, _, said = office.request(
                "POST", "/api/v1/documents", b"%d" % n)
            self.assertEqual(status, 201, said)
        with open(office.path("drop", "fax", "a.tif"), "wb") as f:
            f.write(b"II*")
        office.wait_line("drop.kept")
        rows = self.report()
        self.assertEqual({k: r["quiet"] for k, r in rows.items()}, {
            "lmtp": True, "api": False, "drop:fax": False})
        self.assertEqual([round(rows["lmtp"][k] / 3600) for k in (
            "rhythm_seconds", "longest_seconds", "silent_seconds")],
            [1, 1, 5])
        rows = {r["source"]: r for r in self.rows("/sources")}
        self.assertTrue(rows["lmtp"]["quiet"])
        for args in (["report", "capture"], ["sources"]):
            lines = office.dossier(*args).stdout.decode().splitlines()
            self.assertEqual([x.split("\t")[0] for x in lines if
                              "unusually silent" in x], ["lmtp"], lines)
        for n in range(3):
            office.send(lib.mail(1000 + n))
        self.assertFalse(self.report()["lmtp"]["quiet"])

    def test_for_people(self):
        office = self.office
        office.send(lib.mail(1))
        self.file("f/2.eml", "")
        office.dossier("import", os.path.join(self.top, "f"))
        done = office.dossier("report", "capture")
        self.assertEqual(done.returncode, 0, done)
        lines = done.stdout.decode().splitlines()
        self.assertEqual([line.split("\t")[0] for line in lines[:3]],
                         ["lmtp", "import:f", "all"])
        self.assertTrue([line for line in lines[3:] if
                         line.startswith("import:f: 1 refused:")], lines)
        done = office.dossier("report", "capture", lang="zh")
        self.assertIn("合计", done.stdout.decode())
        done = office.dossier("report", "capture", "--csv")
        table = list(csv.DictReader(io.StringIO(
            done.stdout.decode("utf-8-sig"))))
        self.assertEqual([r["source"] for r in table], ["lmtp", "import:f"])
        self.assertEqual(table[0]["arrivals"], "1")
        self.assertTrue(table[1]["refused_why"].startswith("1 x "))

    def test_rebuilt(self):
        """The same rows from views that were made anew."""
        office = self.office
        for n in range(20):
            office.send(lib.mail(n % 15))
        office.wait_read()

        def steady():
            rows = self.report()
            for r in rows.values():
                del r["silent_seconds"]
            return rows
        before = steady()
        office.stop()
        shutil.rmtree(office.path("views"))
        office.start()
        self.assertEqual(steady(), before)


class Sources(Case):
    def test_doors_and_what_stays(self):
        office = self.office
        rows = {r["source"]: r for r in self.rows("/sources")}
        self.assertLessEqual({"lmtp", "drop:scan", "drop:fax"}, set(rows))
        self.assertNotIn("last_at", rows["lmtp"])
        self.assertEqual(rows["drop:scan"]["arrivals"], 0)
        office.send(lib.mail(1))
        self.file("s/drop/scan/empty.pdf", "")
        office.wait_line("drop.waiting .*why=DROP_EMPTY")
        rows = {r["source"]: r for r in self.rows("/sources")}
        self.assertEqual(rows["lmtp"]["arrivals"], 1)
        self.assertIn("last_at", rows["lmtp"])
        self.assertEqual(rows["drop:scan"]["waiting"], 1)
        self.assertEqual(rows["drop:fax"]["waiting"], 0)
        staying = self.rows("/sources/waiting")
        self.assertEqual([(r["source"], r["name"]) for r in staying],
                         [("drop:scan", "empty.pdf")])
        self.assertTrue(staying[0]["why"])
        done = office.dossier("sources")
        self.assertEqual(done.returncode, 0, done)
        text = done.stdout.decode()
        self.assertIn("drop:scan\tpost\t0", text)
        self.assertIn("drop:scan\tempty.pdf\t", text)
        done = office.dossier("sources", "--json")
        self.assertEqual(set(json.loads(done.stdout)),
                         {"sources", "waiting"})


if __name__ == "__main__":
    unittest.main()
