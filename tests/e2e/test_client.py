# SPDX-License-Identifier: ISC
"""
The command line against a running daemon: every command, what it prints into
a pipe and on a terminal, in both languages, and its exit codes.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import lib
import terminal

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
YEAR = r"\d{4}"


def setUpModule():
    global office
    office = lib.Office()
    unittest.addModuleCleanup(office.close)
    office.stop()
    office.append('\noffice {\n\tname = "Ward & Hale"\n'
                  '\tzone = "Europe/London"\n\tregion = "GB"\n'
                  '\tdomains = { "wardhale.example" }\n}\n')
    office.start()


def run(*args, lang="en", code=0, stdin=None):
    """stdout and stderr of a command that must end with the code."""
    done = office.dossier(*args, lang=lang, stdin=stdin)
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, (args, done.returncode, out, err)
    return out, err


def out(*args, **kw):
    return run(*args, **kw)[0]


def rows(*args):
    """The rows of a list, which must be the same set in both forms."""
    office.wait_read()
    listed = json.loads(out("--json", *args))
    assert isinstance(listed, list), listed
    lines = out(*args).splitlines()
    assert len(lines) == len(listed), (args, lines, listed)
    return listed


def on_terminal(*args, columns=80, lang="en", code=0, **more):
    env = office.environment(DOSSIER_SOCKET=office.path("dossier.sock"),
                             LC_ALL="zh_CN.UTF-8" if lang == "zh" else
                             "C.UTF-8", TERM="xterm", **more)
    text, ended = terminal.run([lib.DOSSIER, *args], columns, env)
    assert ended == code, (args, ended, text)
    return text


def file_of(data, name="paper.txt"):
    path = os.path.join(office.top, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


class Test1Record(unittest.TestCase):
    """First in the order of names: the numbers begin here."""

    def test_1_numbers(self):
        client, err = run("client", "add", "Example Trading Ltd",
                          "--email", "office@example.org",
                          "--phone", "+44 20 7946 0000")
        self.assertEqual(client, "C-0001\n")
        self.assertIn("Example Trading Ltd", err)
        case, err = run("case", "open", "C-0001", "Lease dispute")
        self.assertRegex(case, r"^K-%s-0001\n$" % YEAR)
        self.assertIn("Example Trading Ltd", err)
        self.assertIn("Lease dispute", err)

    def test_2_lists_and_things(self):
        case = rows("case", "list")[0]
        self.assertEqual((case["client"], case["title"], case["status"]),
                         ("C-0001", "Lease dispute", "open"))
        self.assertEqual(rows("client", "list")[0]["open_cases"], 1)
        self.assertEqual(rows("case", "list", "--client", "C-0001"), [case])
        contact = rows("contact", "list")[0]
        self.assertEqual(contact["emails"], ["office@example.org"])
        self.assertEqual(contact["phones"], ["+44 20 7946 0000"])
        shown = json.loads(out("--json", "client", "show", "C-0001"))
        self.assertEqual(shown["name"], "Example Trading Ltd")
        self.assertIn("Example Trading Ltd", out("client", "show", "c-0001"))
        shown = json.loads(out("case", "show", case["id"], "--json"))
        self.assertEqual(shown["title"], "Lease dispute")
        shown = json.loads(out("contact", "show", "P-0001", "--json"))
        self.assertEqual(shown["name"], "Example Trading Ltd")

    def test_3_staff_and_parties(self):
        case = rows("case", "list")[0]["id"]
        self.assertRegex(out("staff", "add", "Jonathan Hale", "--login",
                             "jhale", "--email", "hale@wardhale.example",
                             "--from", "2020-01-06"), r"^S-\d+\n$")
        self.assertEqual(rows("staff", "list")[0]["login"], "jhale")
        self.assertEqual(out("contact", "add", "R. Osei", "--email",
                             "osei@valuers.example"), "P-0002\n")
        out("party", "add", case, "P-0002", "witness", "--from", "2026-01-01")
        party = [r for r in rows("party", "list", case)
                 if r["contact"] == "P-0002"][0]
        self.assertEqual(party["role"], "witness")
        out("party", "end", case, str(party["seq"]), "--until", "2026-06-30")
        party = [r for r in rows("party", "list", case)
                 if r["contact"] == "P-0002"][0]
        self.assertEqual(party["until"][:10], "2026-06-30")

    def test_4_reference_instead_of_number(self):
        case = out("case", "open", "C-0001", "By reference", "--reference",
                   "WH/77", "--opened", "2026-02-03").strip()
        self.assertEqual(json.loads(out("case", "show", "WH/77",
                                        "--json"))["id"], case)
        out("case", "link", case, rows("case", "list")[0]["id"])
        self.assertTrue(json.loads(out("case", "show", case, "--json"))
                        ["links"])
        out("case", "close", "WH/77", "--reason", "settled")
        self.assertEqual(json.loads(out("case", "show", case, "--json"))
                         ["status"], "closed")
        out("case", "reopen", case)
        self.assertEqual(json.loads(out("case", "show", case, "--json"))
                         ["status"], "open")


class Test2Documents(unittest.TestCase):
    def test_1_add_and_get(self):
        data = bytes(range(256)) * 700 + "Kündigung 终止".encode()
        path = file_of(data)
        case = rows("case", "list")[0]["id"]
        said, receipt = run("add", path, "--case", case, "--channel", "post",
                            "--kind", "letter", "--dated", "2026-05-04",
                            "--received", "2026-05-06", "--from", "Lin Mei",
                            "--title", "Complaint")
        self.assertEqual(said, "D-000001\n")
        digest = hashlib.sha256(data).hexdigest()
        self.assertIn("D-000001", receipt)
        self.assertIn(digest, receipt)
        self.assertIn("Lease dispute  Example Trading Ltd", receipt)
        back = path + ".back"
        run("get", "D-000001", "-o", back)
        with open(back, "rb") as f:
            self.assertEqual(f.read(), data)
        self.assertEqual(os.path.exists(back + ".part"), False)
        done = office.dossier("get", "D-000001")
        self.assertEqual(done.stdout, data)

    def test_2_members(self):
        row = rows("documents")[0]
        for name in ("id", "kind", "channel", "sha256", "size",
                     "captured_at", "happened_at", "client", "case",
                     "filings", "seq", "status"):
            self.assertIn(name, row)
        self.assertEqual((row["id"], row["kind"], row["channel"]),
                         ("D-000001", "letter", "post"))
        self.assertEqual(row["happened_at"][:10], "2026-05-06")

    def test_3_again(self):
        path = os.path.join(office.top, "paper.txt")
        said, receipt = run("add", path)
        self.assertEqual(said, "D-000001\n")
        said, _ = run("--lang", "zh", "add", path)
        self.assertEqual(said, "D-000001\n")
        self.assertEqual(len(rows("receipt", "D-000001")), 3)
        self.assertEqual(len(rows("documents")), 1)
        self.assertEqual(json.loads(out("status", "--json"))["duplicates"], 2)

    def test_4_stdin_and_several(self):
        said, _ = run("add", "-", "--title", "piped", stdin=b"from a pipe")
        self.assertEqual(said, "D-000002\n")
        one, two = file_of(b"one", "1.txt"), file_of(b"two", "2.txt")
        said, _ = run("add", one, two)
        self.assertEqual(said, "D-000003\nD-000004\n")
        said, err = run("add", one + ".absent", file_of(b"three", "3.txt"),
                        code=1)
        self.assertEqual(said, "D-000005\n")
        self.assertIn("1.txt.absent", err)
        run("add", office.top, code=1)
        receipt = json.loads(out("add", "-", "--json", stdin=b"as json"))
        self.assertEqual(receipt["document"], "D-000006")

    def test_5_empty(self):
        _, err = run("add", file_of(b"", "empty"), code=2)
        self.assertIn("empty", err)
        office.wait_for(lambda: rows("refused"))
        self.assertEqual(rows("refused")[0]["filename"], "empty")

    def test_6_limit(self):
        every = rows("documents")
        self.assertEqual(rows("documents", "--limit", "2"), every[:2])
        self.assertGreater(len(every), 5)
        run("documents", "--limit", "0", code=2)
        run("documents", "--limit", "x", code=2)

    def test_7_show_why_correct(self):
        shown = json.loads(out("show", "D-000001", "--json"))
        self.assertEqual(shown["received"]["title"], "Complaint")
        case = shown["case"]
        self.assertIn(case, out("why", "D-000001"))
        why = json.loads(out("why", "D-000001", "--json"))
        self.assertEqual(why["filings"][0]["case"], case)
        run("correct", "D-000001", "--field", "received", "--value",
            "2026-05-05", "--reason", "stamp")
        shown = json.loads(out("show", "D-000001", "--json"))
        self.assertEqual(shown["happened_at"][:10], "2026-05-05")
        self.assertEqual(shown["received"]["received"], "2026-05-06")
        self.assertEqual(shown["corrections"][0]["was"], "2026-05-06")
        run("misfiled", "D-000001", "--from", case, "--reason", "slip")
        self.assertEqual(json.loads(out("show", "D-000001", "--json"))
                         ["state"], "triage")

    def test_8_notes(self):
        case = rows("case", "list")[0]["id"]
        said, err = run("call", "log", case, "--direction", "in", "--with",
                        "office manager", "--at", "2026-03-02T10:15",
                        "--note", "Asked about the lease.",
                        "--next", "2026-03-09")
        self.assertRegex(said, r"^D-\d+\n$")
        self.assertEqual(err, case + "  Lease dispute  Example Trading Ltd\n")
        note = json.loads(out("show", said.strip(), "--json"))
        self.assertEqual(note["kind"], "call")
        self.assertEqual(note["note"]["with"], ["office manager"])
        self.assertEqual(note["note"]["next"], "2026-03-09")
        said, _ = run("note", "log", "--type", "meeting", "--note", "No case",
                      "--minutes", "30", "--with", "A", "--with", "B")
        waiting = [r["id"] for r in rows("triage", "list")]
        self.assertIn(said.strip(), waiting)
        run("note", "log", "--note", "no type", code=2)
        run("call", "log", case, code=2)
        run("call", "log", case, "--note", "x", "--minutes", "ten", code=2)

    def test_9_triage(self):
        case = rows("case", "list")[0]["id"]
        one, two = [r["id"] for r in rows("triage", "list")][:2]
        said = out("triage", "file", one, two, "--case", case)
        self.assertEqual(said.count("Example Trading Ltd"), 2)
        self.assertEqual(said.count("Lease dispute"), 2)
        run("triage", "show", one, code=3)
        out("triage", "undo", one)
        self.assertIn(one, out("triage", "show", one))
        self.assertEqual(json.loads(out("--json", "triage", "show", one))
                         ["id"], one)
        out("triage", "set-aside", one, "--as", "marketing")
        self.assertEqual(rows("triage", "aside")[0]["id"], one)
        self.assertTrue(rows("triage", "filed", "--since", "2026-01-01"))
        run("triage", "set-aside", two, code=2)
        run("triage", "file", two, code=2)
        run("triage", "set-aside", two, "--as", "nonsense", code=2)


class Test3Exits(unittest.TestCase):
    def test_usage(self):
        for args in (["frobnicate"], ["documents", "--bogus"], ["get"],
                     ["get", "D-1", "D-2"], ["documents", "--case"],
                     ["documents", "--case=K-1", "--case=K-2"],
                     ["completion", "tcsh"], ["case"],
                     ["documents", "--case", "not an id"]):
            said, err = run(*args, code=3 if "not an id" in args else 2)
            self.assertEqual(said, "", args)
            self.assertTrue(err.startswith("dossier: "), (args, err))

    def test_unknown_things(self):
        for args in (["show", "D-999999"], ["get", "D-999999"],
                     ["why", "D-999999"], ["receipt", "D-999999"],
                     ["client", "show", "C-9999"],
                     ["case", "show", "K-2001-0001"],
                     ["contact", "show", "P-9999"],
                     ["fact", "list", "P-9999"],
                     ["timeline", "K-2001-0001"],
                     ["triage", "show", "D-999999"]):
            said, err = run(*args, code=3)
            self.assertEqual(said, "", args)
            self.assertIn(args[-1], err)

    def test_away(self):
        nowhere = os.path.join(office.top, "nowhere.sock")
        for lang, word in (("en", "no daemon"), ("zh", "没有服务")):
            _, err = run("--socket", nowhere, "status", code=8, lang=lang)
            self.assertIn(word, err)
            self.assertIn(nowhere, err)
        target = os.path.join(office.top, "not-there")
        run("--socket", nowhere, "get", "D-000001", "-o", target, code=8)
        self.assertFalse(os.path.exists(target))
        self.assertFalse(os.path.exists(target + ".part"))

    def test_unwritable(self):
        _, err = run("get", "D-000001", "-o", "/nonexistent/x", code=1)
        self.assertIn("cannot write", err)

    def test_broken_pipe(self):
        done = subprocess.run(
            ["/bin/sh", "-c", '"%s" entries | head -n 1' % lib.DOSSIER],
            env=office.environment(
                DOSSIER_SOCKET=office.path("dossier.sock")),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.stderr, b"")
        self.assertEqual(done.stdout.count(b"\n"), 1)

    def test_full_device(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [lib.DOSSIER, "entries"], stdout=full,
                stderr=subprocess.PIPE, env=office.environment(
                    DOSSIER_SOCKET=office.path("dossier.sock")))
        self.assertEqual(done.returncode, 1)

    def test_status(self):
        status = json.loads(out("status", "--json"))
        for name in ("documents", "entries", "applied", "unfiled", "refused",
                     "duplicates"):
            self.assertIsInstance(status[name], int)
        self.assertEqual(status["zone"], "Europe/London")
        self.assertRegex(out("status"), r"(?m)^documents +\d+$")

    def test_entries_and_refused(self):
        entries = rows("entries")
        self.assertEqual([e["seq"] for e in entries],
                         list(range(1, len(entries) + 1)))
        self.assertEqual([e["seq"] for e in rows("entries", "--from", "3",
                                                 "--limit", "2")], [3, 4])

    def test_rule_test(self):
        path = file_of(b"From: a@b.example\r\nSubject: nothing\r\n\r\nx\r\n",
                       "test.eml")
        before = json.loads(out("status", "--json"))["entries"]
        verdict = json.loads(out("rule", "test", path, "--json"))
        self.assertEqual(verdict["suggestions"], [])
        out("rule", "test", path)
        self.assertEqual(json.loads(out("status", "--json"))["entries"],
                         before)
        run("rule", "undo", "case-token", code=2)
        run("rule", "test", path + ".absent", code=1)


class Test4Help(unittest.TestCase):
    def verbs(self):
        page = out("help")
        found = [line.strip()[len("dossier "):] for line in page.splitlines()
                 if line.startswith("  dossier ")]
        words = []
        for line in found:
            words.append([w for w in line.split("  ")[0].split()
                          if re.match(r"^[a-z][a-z-]*$", w)])
        return words

    def test_every_verb(self):
        verbs = self.verbs()
        self.assertGreater(len(verbs), 35)
        for words in verbs:
            english = out(*words, "--help")
            chinese = out(*words, "--help", lang="zh")
            self.assertTrue(english.startswith("dossier " + " ".join(words)),
                            (words, english))
            self.assertNotEqual(english, chinese)
            self.assertRegex(chinese, "[\u4e00-\u9fff]")
            self.assertEqual(english, out("help", *words))

    def test_both_languages(self):
        self.assertIn("所有命令", out("--lang", "zh", "help"))
        self.assertIn("Every command", out("--lang", "en", "help", lang="zh"))

    def test_version(self):
        self.assertRegex(out("--version"), r"^dossier \d+\.\d+\.\d+\n$")

    def test_completions(self):
        for shell in ("bash", "zsh", "fish"):
            text = out("completion", shell)
            self.assertIn("set-aside", text)
            if shutil.which(shell) is None:
                continue
            path = file_of(text.encode(), "completion." + shell)
            subprocess.run([shell, "-n", path], check=True)

    def test_bash_completes(self):
        path = file_of(out("completion", "bash").encode(), "complete.sh")

        def complete(*words):
            script = ('. "%s"; COMP_WORDS=(%s); COMP_CWORD=%d; _dossier; '
                      'echo "${COMPREPLY[@]}"' % (
                          path, " ".join("'%s'" % w for w in words),
                          len(words) - 1))
            return subprocess.run(
                ["bash", "-c", script], check=True, stdout=subprocess.PIPE,
                env=office.environment()).stdout.decode().split()
        self.assertIn("triage", complete("dossier", "tri"))
        self.assertEqual(complete("dossier", "triage", "set"), ["set-aside"])
        self.assertEqual(complete("dossier", "triage", "list", "--lim"),
                         ["--limit"])
        self.assertIn("--as-known-on",
                      complete("dossier", "timeline", "--as"))

    def test_manual(self):
        manlist = os.path.join(ROOT, "tests/tools/manlist")
        page = os.path.join(ROOT, "conf/man/dossier.1")
        done = subprocess.run([manlist, lib.DOSSIER, page],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        if shutil.which("mandoc"):
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning",
                                   page], stdout=subprocess.PIPE)
            self.assertEqual(done.returncode, 0, done.stdout.decode())


class Test5Terminal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = out("client", "add", "Übersee 江苏省建筑工程集团有限公司",
                         "--email", "jiang@jiangsu.example").strip()
        cls.case = out("case", "open", cls.client,
                       "关于南京路租赁合同终止及押金返还的争议").strip()
        cls.other = out("case", "open", cls.client, "Second").strip()
        for month in (1, 3, 6):
            run("call", "log", cls.case, "--direction", "in", "--with", "江",
                "--at", "2026-0%d-10T09:30" % month, "--note",
                "租客询问何时可以退还押金，并说明已经两次书面要求，"
                "但一直没有得到答复；约定下周再谈。 Mixed with words of "
                "English, number %d" % month)
        office.send(b"From: \"evil \x1b[31m red\" <x@evil.example>\r\n"
                    b"Subject: bell \x07 and \xc2\x9b31m and "
                    b"=?utf-8?q?tab=09esc=1B]0;title=07_=E2=80=AEdrow?=\r\n"
                    b"Message-ID: <evil@evil.example>\r\n\r\nx\r\n",
                    to=["office@wardhale.example"])
        office.wait_read()

    def lines(self, *args, columns=80, lang="en"):
        text = on_terminal(*args, columns=columns, lang=lang)
        plain = terminal.plain(text)
        self.assertEqual(terminal.controls(plain), [], args)
        for line in plain.splitlines():
            self.assertLessEqual(terminal.width(line), columns,
                                 (args, columns, line))
        return plain

    def test_lists_fit(self):
        for columns in (80, 100, 160):
            for lang in ("en", "zh"):
                for args in (["documents"], ["client", "list"],
                             ["case", "list"], ["contact", "list"],
                             ["entries"], ["triage", "filed"],
                             ["receipt", "D-000001"], ["fact", "list",
                                                       self.client]):
                    self.lines(*args, columns=columns, lang=lang)

    def test_numbers_stay_whole(self):
        for columns in (80, 120):
            text = self.lines("documents", columns=columns)
            for row in rows("documents"):
                self.assertIn(row["id"], text)
                if "case" in row:
                    self.assertIn(row["case"], text)

    def test_triage_is_tame(self):
        text = on_terminal("triage", "list")
        self.assertEqual(terminal.controls(terminal.plain(text)), [])
        self.assertIn("evil", text)

    def test_no_colour(self):
        self.assertIn("\033[", on_terminal("documents"))
        self.assertNotIn("\033", on_terminal("documents", NO_COLOR="1"))
        self.assertNotIn("\033", out("documents"))

    def test_timeline_fits(self):
        for columns in (80, 100, 160):
            for lang in ("en", "zh"):
                text = self.lines("timeline", self.case, columns=columns,
                                  lang=lang)
                self.assertIn("│", text)
                text = self.lines("timeline", self.case, self.other,
                                  columns=columns, lang=lang)

    def test_sides(self):
        """Record left, contact right, with the rule between them."""
        text = self.lines("timeline", self.case, columns=100)
        for line in text.splitlines():
            if "←" in line:
                self.assertGreater(line.index("←"), line.index("│"))
            if "Case opened" in line:
                self.assertLess(line.index("Case opened"), line.index("│"))
        self.assertIn("59 days without contact", text)
        self.assertRegex(text, r"noted \d+ days later")
        # 09:30 in London is 08:30 UTC in June: shown as it was said
        self.assertIn("2026-06-10 09:30", text)
        june = [r for r in json.loads(out("timeline", self.case, "--json"))
                ["rows"] if r.get("at", "").startswith("2026-06-10")]
        self.assertEqual(june[0]["at"][:16], "2026-06-10T08:30")

    def test_words_stay_whole(self):
        text = self.lines("timeline", self.case, columns=100)
        for word in ("English,", "number", "Mixed"):
            self.assertIn(word, text)
        self.assertNotRegex(text, r"(?m)│   [，。；]")

    def test_two_cases_have_a_side_each(self):
        text = self.lines("timeline", self.case, self.other, columns=160)
        head = [x for x in text.splitlines() if "│" in x][0]
        self.assertLess(head.index(self.case), head.index(self.other))
        line = [x for x in text.splitlines() if "Case opened: Second" in x]
        self.assertGreater(line[0].index("Case opened"), line[0].index("│"))

    def test_pipe_is_whole(self):
        line = [x for x in out("timeline", self.case).splitlines()
                if "2026-01-10" in x and "call" in x][0]
        self.assertIn("English, number 1", line)
        self.assertGreaterEqual(len(line.split("\t")), 12)

    def test_formats(self):
        page = os.path.join(office.top, "t.html")
        said, _ = run("timeline", self.case, "--html", page)
        self.assertEqual(said, "")
        with open(page, encoding="utf-8") as f:
            self.assertIn("南京路", f.read())
        self.assertTrue(json.loads(out("timeline", self.case, "--json"))
                        ["rows"])
        self.assertIn("summary", out("timeline", self.case, "--csv")
                      .splitlines()[0])

    def test_progress_only_on_a_terminal(self):
        folder = tempfile.mkdtemp(dir=office.top)
        for n in range(3):
            with open(os.path.join(folder, str(n)), "wb") as f:
                f.write(lib.mail(n, subject="progress"))
        _, err = run("import", folder)
        self.assertEqual(err, "")
        text = on_terminal("import", folder)
        self.assertIn("3/3", text)
        self.assertIn("offered 3 = captured 0 + already here 3 + refused 0",
                      text)


if __name__ == "__main__":
    unittest.main()
