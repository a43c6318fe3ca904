# SPDX-License-Identifier: ISC
"""
Bundles as they are recorded: marks, what a bundle would hold, what is decided
for it, its order, and the loose ends that no build passes over.

Each test makes its own client and cases, so that none sees another's.
"""
import json
import os
import unittest

import lib
import terminal

OFFICE = "office@wardhale.example"
CONF = ('\noffice {\n\tname = "Ward & Hale"\n\tzone = "Europe/London"\n'
        '\tregion = "GB"\n\tdomains = { "wardhale.example" }\n}\n')


def setUpModule():
    global office
    office = lib.Office()
    unittest.addModuleCleanup(office.close)
    office.stop()
    office.append(CONF)
    office.start()


def out(*args, code=0, lang="en", stdin=None):
    done = office.dossier(*args, lang=lang, stdin=stdin)
    assert done.returncode == code, (args, done.returncode,
                                     done.stdout.decode(),
                                     done.stderr.decode())
    return done.stdout.decode()


def parsed(*args, **kw):
    return json.loads(out(*args, "--json", **kw))


def said(*args, code, lang="en"):
    done = office.dossier(*args, lang=lang)
    assert done.returncode == code, (args, done)
    return done.stderr.decode()


def seen(*args, lang="en"):
    """The same on a terminal."""
    env = dict(office.environment(
        DOSSIER_SOCKET=office.path("dossier.sock"),
        LC_ALL="zh_CN.UTF-8" if lang == "zh" else "C.UTF-8"))
    text, code = terminal.run([lib.DOSSIER, *args], 120, env)
    assert code == 0, (args, text)
    return terminal.plain(text)


class Sender:
    count = 0


def send(sender, subject, refs=(), body="x"):
    """A mail, read and looked at by the rules; its number and Message-ID."""
    Sender.count += 1
    own = "b%d@bundles.example" % Sender.count
    raw = ("From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s>\r\n"
           "Date: Mon, 02 Mar 2026 10:%02d:00 +0000\r\n%s"
           "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n%s\r\n" % (
               sender, OFFICE, subject, own, Sender.count % 60,
               "In-Reply-To: <%s>\r\n" % refs[-1] if refs else "", body))
    reply = office.send(raw.encode(), to=[OFFICE], sender=sender)
    office.wait_read()
    return lib.receipt(reply[0])[0], own


class Base(unittest.TestCase):
    n = 0

    def setUp(self):
        Base.n += 1
        self.address = "client%d@example.org" % Base.n
        self.client = out("client", "add", "Bundle Client %d Ltd" % Base.n,
                          "--email", self.address).strip()
        self.case = self.open("Matter %d" % Base.n)

    def open(self, title):
        return out("case", "open", self.client, title).strip()

    def add(self, text, received, *more):
        path = office.path("letter-%s" % text)
        with open(path, "w") as file:
            file.write("%s %d\n" % (text, Base.n))
        line = out("add", path, "--case", self.case, "--received", received,
                   *more)
        office.wait_read()
        return line.split()[0]

    def items(self, bundle):
        return [(i["document"], i["treatment"])
                for i in parsed("bundle", "items", bundle)]

    def loose(self, bundle):
        return {i["document"]: i for i in parsed("bundle", "loose", bundle)}


class Record(Base):
    def test_new(self):
        bundle = out("bundle", "new", self.case, "--title", "For court",
                     "--in", "zh").strip()
        row = parsed("bundle", "show", bundle)
        self.assertEqual(
            (row["id"], row["case"], row["client"], row["profile"],
             row["title"], row["lang"], row["builds"]),
            (bundle, self.case, self.client, "production", "For court", "zh",
             []))
        self.assertEqual(row["prefix"],
                         self.case.replace("-", "") + "-")
        # No two bundles begin with the same numbers unless asked to.
        other = parsed("bundle", "new", self.case)
        self.assertEqual(other["prefix"], row["prefix"] + "2-")
        listed = parsed("bundle", "list", "--case", self.case)
        self.assertEqual([b["id"] for b in listed], [bundle, other["id"]])
        listed = parsed("bundle", "list", "--client", self.client)
        self.assertEqual(len(listed), 2)
        self.assertEqual(parsed("bundle", "list", "--case",
                                self.open("Other")), [])
        self.assertIn(bundle, out("bundle", "list"))

    def test_new_is_checked(self):
        for args in (["--profile", "court"], ["--prefix", "a b"],
                     ["--prefix", "x" * 21], ["--prefix", "\u00e9"],
                     ["--in", "fr"]):
            said("bundle", "new", self.case, *args, code=2)
        self.assertEqual(parsed("bundle", "new", self.case, "--prefix",
                                "x" * 20)["prefix"], "x" * 20)
        said("bundle", "new", "K-2026-9999", code=3)
        self.assertIn("dsar", said("bundle", "new", self.client, "--profile",
                                   "audit", code=2))
        self.assertEqual(parsed("bundle", "new", self.client)["profile"],
                         "dsar")

    def test_supplement(self):
        first = out("bundle", "new", self.case, "--prefix", "AB-").strip()
        elsewhere = self.open("Elsewhere")
        self.assertIn(self.case, said("bundle", "new", elsewhere,
                                      "--supplements", first, code=6))
        self.assertIn("AB-", said("bundle", "new", self.case, "--supplements",
                                  first, "--prefix", "CD-", code=6))
        second = parsed("bundle", "new", self.case, "--supplements", first)
        self.assertEqual(second["prefix"], "AB-")
        self.assertEqual(second["supplements"], first)
        self.assertEqual(parsed("bundle", "show", first)["continued"],
                         second["id"])
        # Two supplements of one bundle would give numbers twice.
        self.assertIn(second["id"], said("bundle", "new", self.case,
                                         "--supplements", first, code=6))


class Plan(Base):
    def test_decide(self):
        a = self.add("a", "2026-03-01")
        b = self.add("b", "2026-01-01")
        c = self.add("c", "2026-02-01")
        bundle = out("bundle", "new", self.case).strip()
        self.assertEqual(self.items(bundle), [
            (b, "produce"), (c, "produce"), (a, "produce")])
        out("mark", a, c, "--as", "privileged", "--reason", "to counsel")
        self.assertEqual(parsed("show", a)["marks"], ["privileged"])
        self.assertIn(a, out("documents", "--case", self.case))
        self.assertEqual(self.items(bundle), [
            (b, "produce"), (c, "undecided"), (a, "undecided")])
        # The privilege log needs both, a reason is stated.
        said("bundle", "withhold", bundle, a, code=2)
        said("bundle", "withhold", bundle, a, "--basis", "litigation", code=2)
        said("bundle", "withhold", bundle, a, "--basis", "secret",
             "--description", "advice", code=2)
        status, problem = office.api(
            "POST", "/api/v1/bundles/%s/decide" % bundle,
            {"as": "withhold", "documents": [a], "basis": "litigation"})
        self.assertEqual(status, 422, problem)
        said("bundle", "leave-out", bundle, b, code=2)
        out("bundle", "withhold", bundle, a, "--basis", "litigation",
            "--description", "Letter to counsel")
        out("bundle", "add", bundle, c)
        out("bundle", "leave-out", bundle, b, "--reason", "not relevant")
        self.assertEqual(self.items(bundle), [
            (b, "leave-out"), (c, "produce"), (a, "withhold")])
        row = parsed("bundle", "items", bundle)[2]
        self.assertEqual(
            (row["basis"], row["description"], row["marks"], row["order"],
             row["bundle"]),
            ("litigation", "Letter to counsel", ["privileged"], 3, bundle))
        out("bundle", "order", bundle, a, b)
        self.assertEqual([d for d, _ in self.items(bundle)], [a, b, c])
        out("bundle", "order", bundle, "-", stdin=("%s\n%s" % (c, a))
            .encode())
        self.assertEqual([d for d, _ in self.items(bundle)], [c, a, b])
        # What is not filed there cannot be produced.
        stray = send("nobody@else.example", "stray")[0]
        self.assertIn(self.case, said("bundle", "add", bundle, stray, code=6))
        history = parsed("why", a)["history"]
        self.assertEqual([h["kind"] for h in history][-2:],
                         ["document.marked", "bundle.decided"])
        said("bundle", "diff", bundle, code=6)      # nothing was built

    def test_lift(self):
        a = self.add("lift", "2026-01-01")
        bundle = out("bundle", "new", self.case).strip()
        out("mark", a, "--as", "received-in-error")
        self.assertEqual(self.items(bundle), [(a, "undecided")])
        out("mark", a, "--as", "received-in-error", "--lift")
        self.assertEqual(self.items(bundle), [(a, "produce")])
        self.assertNotIn("marks", parsed("show", a))
        said("mark", a, code=2)
        said("mark", a, "--as", "secret", code=2)

    def test_words(self):
        """People read words, in their language; pipes keep the API's."""
        a = self.add("words", "2026-01-01")
        bundle = out("bundle", "new", self.case).strip()
        out("mark", a, "--as", "privileged")
        self.assertIn("undecided", seen("bundle", "items", bundle))
        text = seen("bundle", "items", bundle, lang="zh")
        for word in ("待决定", "受特权保护", "处理", "标记"):
            self.assertIn(word, text)
        self.assertIn("undecided", out("bundle", "items", bundle, lang="zh"))
        self.assertIn("未结", seen("case", "list", "--client", self.client,
                                 lang="zh"))
        text = seen("show", a, lang="zh")
        for word in ("已归档", "文件名", "标记", "受特权保护"):
            self.assertIn(word, text)
        self.assertNotIn("happened_at", text)
        self.assertIn("happened_at", out("show", a, lang="zh"))

    def test_as_known(self):
        a = self.add("early", "2026-01-02")
        then = office.status()["position"]
        self.add("later", "2026-01-01")
        bundle = out("bundle", "new", self.case, "--as-known-on",
                     str(then)).strip()
        self.assertEqual(parsed("bundle", "show", bundle)["as_known"], then)
        self.assertEqual(self.items(bundle), [(a, "produce")])
        # A mark that came later keeps it out of what was known before, too.
        out("mark", a, "--as", "privileged")
        self.assertEqual(self.items(bundle), [(a, "undecided")])

    def test_copies(self):
        a = self.add("twin", "2026-01-02")
        path = office.path("letter-twin2")
        with open(path, "w") as file:
            file.write("another scan of it\n")
        b = out("add", path, "--case", self.case).split()[0]
        out("link", b, "--as", "copy-of", "--to", a)
        bundle = out("bundle", "new", self.case).strip()
        rows = parsed("bundle", "items", bundle)
        self.assertEqual([(r["document"], r["duplicates"]) for r in rows],
                         [(a, [b])])

    def test_views_again(self):
        a = self.add("again", "2026-01-02")
        bundle = out("bundle", "new", self.case).strip()
        out("mark", a, "--as", "without-prejudice")
        out("bundle", "withhold", bundle, a, "--basis", "without-prejudice",
            "--description", "an offer")
        before = (out("bundle", "items", bundle, "--json"),
                  out("bundle", "show", bundle, "--json"))
        office.stop()
        done = office.dossierd("rebuild", "-c", office.conf)
        self.assertEqual(done.returncode, 0, done.stderr)
        office.start()
        self.assertEqual((out("bundle", "items", bundle, "--json"),
                          out("bundle", "show", bundle, "--json")), before)


class Loose(Base):
    def test_loose(self):
        bundle = out("bundle", "new", self.case).strip()
        self.assertEqual(self.loose(bundle), {})
        # Filed by the rules: no loose end.
        filed, own = send(self.address, "About [%s]" % self.case)
        self.assertEqual(self.loose(bundle), {})
        # Suggested, in triage.
        token = send("someone@else.example", "Re [%s]" % self.case)[0]
        # Nothing to do with it.
        send("nobody@else.example", "weather")
        # An answer to what is filed there, set aside by a person.
        thread = send("third@else.example", "Re: no token", refs=[own])[0]
        out("triage", "set-aside", thread, "--as", "private")
        # The client's own address in a mail that was set aside.
        second = self.open("Second matter")
        party = send(self.address, "hello")[0]
        if parsed("show", party)["state"] == "filed":
            out("misfiled", party, "--from", parsed("show", party)["case"])
        out("triage", "set-aside", party, "--as", "office")
        loose = self.loose(bundle)
        self.assertEqual(sorted(loose), sorted([token, thread, party]))
        self.assertEqual(loose[token]["why"], "suggested")
        self.assertEqual(loose[token]["state"], "triage")
        self.assertIn(loose[thread]["why"], ("suggested", "thread"))
        self.assertEqual((loose[thread]["state"], loose[thread]["aside"]),
                         ("aside", "private"))
        self.assertIn(loose[party]["why"], ("suggested", "party"))
        for row in loose.values():
            self.assertTrue(row["subject"] and row["from"] and row["at"])
        # Each goes by being filed, or left out with a reason.
        out("triage", "file", token, "--case", second)
        out("bundle", "leave-out", bundle, thread, "--reason", "private")
        self.assertEqual(sorted(self.loose(bundle)), [party])
        out("bundle", "leave-out", bundle, party, "--reason", "a greeting")
        self.assertEqual(self.loose(bundle), {})
        self.assertIn("No loose ends", seen("bundle", "loose", bundle))
        # ... in this bundle alone.
        other = out("bundle", "new", self.case).strip()
        self.assertEqual(sorted(self.loose(other)), sorted([thread, party]))
        # What supplements it goes on from what was decided.
        more = out("bundle", "new", self.case, "--supplements",
                   bundle).strip()
        self.assertEqual(self.loose(more), {})

    def test_party_that_was_added_later(self):
        bundle = out("bundle", "new", self.case).strip()
        d = send("opponent%d@else.example" % Base.n, "offer")[0]
        self.assertEqual(self.loose(bundle), {})
        contact = out("contact", "add", "Other Side", "--email",
                      "opponent%d@else.example" % Base.n).strip()
        out("party", "add", self.case, contact, "opposing-party")
        loose = self.loose(bundle)
        self.assertEqual([(k, v["why"], v["word"]) for k, v in
                          loose.items()],
                         [(d, "party", "opponent%d@else.example" % Base.n)])

    def test_unread(self):
        bundle = out("bundle", "new", self.case).strip()
        raw = (b"From: " + self.address.encode() + b"\r\nSubject: deep\r\n"
               b"MIME-Version: 1.0\r\n")
        for n in range(400):
            raw += (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n"
                    b"--b%d\r\n" % (n, n))
        reply = office.send(raw + b"\r\nx\r\n", to=[OFFICE],
                            sender=self.address)
        document = lib.receipt(reply[0])[0]
        office.wait_read()
        shown = parsed("show", document)
        if shown["state"] == "filed":
            out("misfiled", document, "--from", shown["case"])
        self.assertIn(document, self.loose(bundle))


class Builds(Base):
    """What the record says of builds; what is in them is told elsewhere."""

    def build(self, bundle, code=0):
        done = office.dossier("bundle", "build", bundle, "-o",
                              office.path("built-%s-%d" % (bundle,
                                                           self.builds)))
        self.assertEqual(done.returncode, code, done)
        self.builds += 1
        return done.stderr.decode()

    def test_refused_then_built(self):
        self.builds = 0
        a = self.add("one", "2026-01-01")
        b = self.add("two", "2026-01-02")
        bundle = out("bundle", "new", self.case).strip()
        prefix = parsed("bundle", "show", bundle)["prefix"]
        loose = send("someone@else.example", "Re [%s]" % self.case)[0]
        out("mark", b, "--as", "privileged")
        self.assertIn(b, self.build(bundle, code=6))
        out("bundle", "withhold", bundle, b, "--basis", "litigation",
            "--description", "advice")
        self.assertIn(loose, self.build(bundle, code=6))
        self.assertEqual(parsed("bundle", "show", bundle)["builds"], [])
        out("bundle", "leave-out", bundle, loose, "--reason", "not ours")
        self.build(bundle)
        built = parsed("bundle", "show", bundle)["builds"]
        self.assertEqual([(x["build"], x["state"], x["documents"],
                           x["withheld"]) for x in built],
                         [(1, "built", 1, 1)])
        first = parsed("bundle", "items", bundle)[0]
        self.assertEqual(first["bates_first"], prefix + "0000001")
        # Another one: what is new goes on, what was numbered stays.
        c = self.add("three", "2025-12-31")
        self.build(bundle)
        items = {i["document"]: i for i in parsed("bundle", "items", bundle)}
        self.assertEqual(items[a]["bates_first"], first["bates_first"])
        self.assertGreater(items[c]["bates_first"], items[a]["bates_last"])
        diff = parsed("bundle", "diff", bundle)
        self.assertEqual([(d["change"], d["document"]) for d in diff],
                         [("added", c)])
        diff = parsed("bundle", "diff", bundle + ".1", bundle + ".2")
        self.assertEqual([(d["change"], d["document"]) for d in diff],
                         [("removed", c)])
        # The supplement has what came later, and goes on with the numbers.
        d = self.add("four", "2026-01-03")
        more = out("bundle", "new", self.case, "--supplements",
                   bundle).strip()
        self.assertEqual(self.items(more), [
            (c, "produced-before"), (a, "produced-before"),
            (b, "withhold"), (d, "produce")])
        self.build(more)
        later = {i["document"]: i for i in parsed("bundle", "items", more)}
        self.assertGreater(later[d]["bates_first"], items[c]["bates_last"])
        diff = parsed("bundle", "diff", more, bundle)
        self.assertIn(("added", d), [(x["change"], x["document"])
                                     for x in diff])


if __name__ == "__main__":
    unittest.main()
