# SPDX-License-Identifier: ISC
# check: timeout 180
"""dossierd's commands: init, checks, verify, rebuild, backup, restore."""
import glob
import os
import pwd
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402


def text_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def fill(office, count=30):
    """Some mails; the bytes by document."""
    kept = {}
    with office.lmtp() as s:
        for n in range(count):
            raw = lib.mail(n, size=(n % 5) * 40000)
            document, seq, _ = lib.receipt(s.send(raw)[0])
            kept[document] = raw
    office.documents(after=seq)
    return kept


class Words(unittest.TestCase):
    def setUp(self):
        self.office = lib.Office(start=False)

    def tearDown(self):
        self.office.close()

    def run_it(self, *args, code=0, lang="en"):
        r = self.office.dossierd(*args, lang=lang)
        self.assertEqual(r.returncode, code, (args, r.stdout, r.stderr))
        return r.stdout.decode() + r.stderr.decode()

    def test_init(self):
        said = self.office.said
        with open(self.office.path("master.key"), encoding="ascii") as f:
            key = f.read().split()
        self.assertIn(" ".join(key[-9:]), said)
        for text in ("RECOVERY SHEET", self.office.conf, "dossier.sock",
                     self.office.path("keys")):
            self.assertIn(text, said)
        self.assertEqual(os.stat(self.office.path("master.key")).st_mode &
                         0o777, 0o600)
        for name in ("drop/scan", "drop/fax", "journal", "keys"):
            self.assertTrue(os.path.isdir(self.office.path(name)))
        self.assertEqual(self.run_it("-n", "-c", self.office.conf), "ok\n")
        text = self.run_it("init", self.office.dir, code=1)
        self.assertIn("exists already", text)

    def test_init_elsewhere(self):
        top = self.office.top
        text = self.run_it("init", os.path.join(top, "t"), "--key",
                           os.path.join(top, "k"), "--lmtp",
                           "127.0.0.1:2424", lang="zh")
        self.assertIn("恢复单", text)
        self.assertTrue(os.path.exists(os.path.join(top, "k")))
        with open(os.path.join(top, "t", "dossierd.conf"),
                  encoding="utf-8") as f:
            conf = f.read()
        self.assertIn('key = "%s/k"' % top, conf)
        self.assertIn('listen = { "127.0.0.1:2424" }', conf)
        self.run_it("-n", "-c", os.path.join(top, "t", "dossierd.conf"))
        self.run_it("init", os.path.join(top, "u"), "--lmtp", "nowhere",
                    code=2)
        self.assertFalse(os.path.exists(os.path.join(top, "u")))

    def test_help(self):
        text = self.run_it("--help")
        for word in ("init", "verify", "rebuild", "backup", "restore",
                     "restore-test", "accept-rollback", "--keys"):
            self.assertIn(word, text)
        self.assertIn("用法", self.run_it("--help", lang="zh"))
        self.assertIn("用法", self.run_it("--lang", "zh"))
        self.assertRegex(self.run_it("--version"), r"^dossierd \d+\.\d+")

    def test_wrong_usage(self):
        for args, want in (
                (["verfiy"], 'Did you mean "verify"'),
                (["verify"], "-c CONF"),
                (["init"], "missing"),
                (["init", "a", "b"], '"b"'),
                (["verify", "-c"], '"-c"'),
                (["verify", "--nonsense", "-c", "x"], "--nonsense")):
            self.assertIn(want, self.run_it(*args, code=2))

    def test_errors_have_file_line_and_nearest_word(self):
        good = text_of(self.office.conf)
        number = {}
        for n, line in enumerate(good.split("\n"), 1):
            number.setdefault(line, n)      # the first of its kind
        cases = (
            ("lmtp {", "lmtp {\n\tsokcet = \"x\"", number["lmtp {"] + 1,
             'Did you mean "socket"'),
            ("lmtp {", "lmpt {", number["lmtp {"], 'Did you mean "lmtp"'),
            ('zone = "UTC"', 'zone = "Europe/Lodnon"',
             number['\tzone = "UTC"'], "no time zone"),
            ("compression = 3", "compression = 30",
             number["compression = 3"], "0 ... 19"),
            ("compression = 3", "compression = many",
             number["compression = 3"], "whole number"),
            ('mail-size = "150M"', 'mail-size = "150 apples"',
             number['\tmail-size = "150M"'], "not a size"),
            ('channel = "fax"', 'channel = "fxa"',
             number['\tchannel = "fax"'], 'Did you mean "fax"'),
            ('listen = {}', 'listen = { "localhost" }',
             number["\tlisten = {}"], "with a port"),
            ('drop "fax"', 'drop "scan"', None, "already a section"),
            ("\tname = \"\"", "\tname \"\"", number['\tname = ""'], "="),
            ("api {", "api {\n\t{", None, "no partner"),
        )
        for old, new, line, want in cases:
            with open(self.office.conf, "w", encoding="utf-8") as f:
                f.write(good.replace(old, new, 1))
            text = self.run_it("-n", "-c", self.office.conf, code=2)
            self.assertIn(want, text)
            self.assertIn(self.office.conf, text)
            if line is not None:
                self.assertIn("line %d:" % line, text, (new, text))
            self.assertRegex(self.run_it("-n", "-c", self.office.conf,
                                         code=2, lang="zh"), "[一-龥]")

    def test_unclosed_section(self):
        good = text_of(self.office.conf)
        last = good.rindex("\n}\n\n# Faxes")
        with open(self.office.conf, "w", encoding="utf-8") as f:
            f.write(good[:last] + good[last + 2:])
        text = self.run_it("-n", "-c", self.office.conf, code=2)
        self.assertIn("no partner", text)
        line = good[:good.index('drop "fax"')].count("\n") + 1
        self.assertIn("line %d:" % line, text)

    def test_no_such_file(self):
        self.assertIn("cannot be read", self.run_it(
            "-n", "-c", "/nonexistent/x.conf", code=2))


class Running(unittest.TestCase):
    def test_two_daemons(self):
        with lib.Office() as office:
            r = office.dossierd("-c", office.conf, "-f")
            self.assertEqual(r.returncode, 8, r.stderr)
            with office.lmtp() as s:
                lib.receipt(s.send(lib.mail(1))[0])
            # With other sockets it is the store's lock that speaks.
            other = office.conf + ".other"
            with open(office.conf, encoding="utf-8") as f:
                text = f.read().replace("lmtp.sock", "l2.sock").replace(
                    "dossier.sock", "d2.sock")
            with open(other, "w", encoding="utf-8") as f:
                f.write(text)
            r = office.dossierd("-c", other, "-f")
            self.assertEqual(r.returncode, 8, r.stderr)
            self.assertIn(b"in use", r.stderr)

    def test_in_the_background(self):
        with lib.Office(start=False) as office:
            # Its log is whatever stderr was; here a file.
            with open(os.path.join(office.top, "log"), "wb") as log:
                r = subprocess.run([lib.DOSSIERD, "-c", office.conf],
                                   stderr=log, stdout=subprocess.DEVNULL,
                                   timeout=lib.PATIENCE)
            self.assertEqual(r.returncode, 0)
            with office.lmtp() as s:    # it was ready when the parent ended
                lib.receipt(s.send(lib.mail(1))[0])
            pid = int(subprocess.run(
                ["fuser", office.path("lock")], stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL).stdout.split()[0]) \
                if shutil.which("fuser") else self.holder(office)
            os.kill(pid, 15)
            s = office.path("dossier.sock")
            self.gone(pid)
            self.assertIn("loop.ended code=0",
                          text_of(os.path.join(office.top, "log")))

    @staticmethod
    def holder(office):
        want = os.path.realpath(office.path("lock"))
        for path in glob.glob("/proc/[0-9]*/fd/*"):
            try:
                if os.path.realpath(path) == want:
                    return int(path.split("/")[2])
            except OSError:
                continue
        raise AssertionError("nobody holds the lock")

    @staticmethod
    def gone(pid):
        fd = os.pidfd_open(pid)
        import select
        assert select.select([fd], [], [], lib.PATIENCE)[0]
        os.close(fd)

    def test_becomes_its_user(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become someone else")
        with lib.Office(start=False, conf={
                '#user = "dossier"': 'user = "nobody"'}) as office:
            who = pwd.getpwnam("nobody")
            os.chmod(office.top, 0o755)
            for folder, _, files in os.walk(office.dir):
                for name in [folder] + [os.path.join(folder, f)
                                        for f in files]:
                    os.chown(name, who.pw_uid, who.pw_gid)
            try:
                office.start()
            except lib.NotReady as e:
                if "master.key" in str(e) or "Permission" in str(e):
                    self.skipTest("nobody cannot come here")
                raise
            with open("/proc/%d/status" % office.process.pid,
                      encoding="ascii") as f:
                uids = [x.split()[1:] for x in f if x.startswith("Uid:")][0]
            self.assertEqual(set(uids), {str(who.pw_uid)})
            self.assertEqual(os.stat(office.path("lmtp.sock")).st_uid,
                             who.pw_uid)
            lib.receipt(office.send(lib.mail(1))[0])
            office.wait_read()
            self.assertEqual(office.documents()[0]["status"], "read")
            self.assertEqual(office.stop(), 0)
            self.assertFalse(os.path.exists(office.path("lmtp.sock")))

    def test_wrong_key(self):
        with lib.Office(start=False) as office, \
                lib.Office(start=False) as other:
            office.change(office.path("master.key"),
                          other.path("master.key"))
            with self.assertRaises(lib.NotReady) as caught:
                office.start()
            self.assertEqual(caught.exception.args[0], 1)
            self.assertIn("not the key of this store",
                          caught.exception.args[1])

    def test_no_store(self):
        with lib.Office(start=False) as office:
            shutil.rmtree(office.path("journal"))
            shutil.rmtree(office.path("keys"))
            with self.assertRaises(lib.NotReady):
                office.start()

    def test_missing_drop_folder(self):
        with lib.Office(start=False) as office:
            os.rmdir(office.path("drop", "fax"))
            with self.assertRaises(lib.NotReady) as caught:
                office.start()
            self.assertIn("drop/fax", caught.exception.args[1])


class Store(unittest.TestCase):
    def setUp(self):
        self.office = lib.Office()
        self.kept = fill(self.office)

    def tearDown(self):
        self.office.close()

    def ok(self, *args, code=0):
        r = self.office.dossierd(*args)
        self.assertEqual(r.returncode, code,
                         (args, r.stdout.decode(), r.stderr.decode()))
        return r.stdout.decode() + r.stderr.decode()

    def same(self, office):
        for document, raw in self.kept.items():
            self.assertEqual(office.raw(document), raw)

    def test_verify(self):
        conf = self.office.conf
        text = self.ok("verify", "-c", conf)        # beside the daemon
        self.assertIn("All is well", text)
        self.office.wait_read()
        self.office.stop()
        text = self.ok("verify", "--views", "-c", conf)
        self.assertIn("equal a fresh rebuild", text)
        self.assertNotIn("\r", text)                # no bar without terminal
        segment = sorted(glob.glob(self.office.path("journal", "*.seg")))[-1]
        with open(segment, "r+b") as f:
            f.seek(os.path.getsize(segment) // 2)
            byte = f.read(1)
            f.seek(-1, 1)
            f.write(bytes([byte[0] ^ 1]))
        text = self.ok("verify", "-c", conf, code=7)
        self.assertIn(os.path.basename(segment), text)

    def test_rebuild(self):
        self.office.wait_read()
        before = self.office.get("/api/v1/documents")
        entries = self.office.status()["entries"]
        self.office.stop()
        self.ok("rebuild", "-c", self.office.conf)
        self.office.start()
        self.office.wait_read()
        self.assertEqual(self.office.get("/api/v1/documents"), before)
        self.assertEqual(self.office.status()["entries"], entries)
        self.office.stop()
        shutil.rmtree(self.office.path("views"))
        self.office.start()
        self.office.wait_read()
        self.assertEqual(self.office.get("/api/v1/documents"), before)
        self.assertEqual(self.office.status()["entries"], entries)
        self.same(self.office)

    def test_backup_and_restore(self):
        top = self.office.top
        dest, keys = os.path.join(top, "b"), os.path.join(top, "k")
        conf = self.office.conf
        self.ok("backup", dest, "--keys", keys, "-c", conf)
        self.kept.update(fill(self.office, 45))
        self.ok("backup", dest, "--keys", keys, "-c", conf)
        text = self.ok("restore-test", dest, "--keys", keys, "-c", conf)
        self.assertIn("can be restored", text)
        self.assertEqual(sorted(os.listdir(top)), ["b", "k", "notify", "s"])
        self.office.stop()
        shutil.copy(self.office.path("master.key"), top)
        shutil.rmtree(self.office.dir)
        self.ok("restore", dest, self.office.dir, "--keys", keys)
        shutil.move(os.path.join(top, "master.key"), self.office.dir)
        os.chmod(self.office.path("master.key"), 0o600)
        self.office.start()
        seq = self.office.status()["entries"]
        self.office.documents(after=seq)
        self.same(self.office)
        # It says once, and before anything else, that it was restored.
        for _ in range(2):
            said = [e for e in self.office.rows("/api/v1/entries?from=1")
                    if e["kind"] == "store.restored"]
            self.assertEqual(len(said), 1)
            self.assertEqual(said[0]["body"]["position"], said[0]["seq"] - 1)
            self.office.stop()
            self.assertIn("All is well", self.ok("verify", "-c", conf))
            self.office.start()
        # A store is never overwritten.
        self.assertIn("not touched", self.ok(
            "restore", dest, self.office.dir, "--keys", keys, code=1))

    def test_damaged_backup(self):
        top = self.office.top
        dest = os.path.join(top, "b")
        self.ok("backup", dest, "-c", self.office.conf)
        self.assertTrue(os.path.isdir(dest + ".keys"))
        largest = max(glob.glob(dest + "/**/*.seg", recursive=True),
                      key=os.path.getsize)
        with open(largest, "r+b") as f:
            f.seek(os.path.getsize(largest) // 2)
            f.write(b"damage")
        r = self.office.dossierd("restore-test", dest, "-c",
                                 self.office.conf)
        self.assertIn(r.returncode, (1, 7), r.stderr)
        self.assertFalse(glob.glob(dest + "*test*"))

    def test_rollback(self):
        """An older copy of the journal is served read-only until it is
        accepted, which is an entry."""
        office = self.office
        office.wait_read()
        office.stop()
        old = os.path.join(office.top, "old")
        shutil.copytree(office.dir, old, ignore=shutil.ignore_patterns(
            "*.sock", "views"))
        office.start()
        fill(office, 3)
        office.wait_read()
        office.stop()
        for name in ("journal", "blobs", "derived", "keys"):
            shutil.rmtree(office.path(name))
            shutil.copytree(os.path.join(old, name), office.path(name))
        office.start()
        office.wait_line("log.readonly")
        with office.lmtp() as s:
            self.assertTrue(s.send(lib.mail(99))[0].startswith("4"))
        office.stop()
        self.ok("accept-rollback", "-c", office.conf)
        office.start()
        with office.lmtp() as s:
            _, seq, _ = lib.receipt(s.send(lib.mail(99))[0])
        office.documents(after=seq)
        self.same(office)
        kinds = [e["kind"] for e in office.rows("/api/v1/entries?from=1")]
        self.assertIn("rollback.accepted", kinds)
        office.stop()
        self.assertIn("All is well", self.ok("verify", "-c", office.conf))


if __name__ == "__main__":
    unittest.main()
