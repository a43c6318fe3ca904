# SPDX-License-Identifier: ISC
# check: timeout 240
"""
Text and pages made ahead: of what is filed, once, whatever happens between;
and a bundle is the same with them, without them, and when they are of no use
any more.
"""
import base64
import hashlib
import http.client
import os
import shutil
import signal
import stat
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402

FAULT = os.path.join(lib.BUILD, "dossierd-fault")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg==")


def pdf(pages=1):
    """A PDF without a mark on its pages."""
    out, at = b"%PDF-1.4\n", []
    kids = b" ".join(b"%d 0 R" % (3 + i) for i in range(pages))
    for n, body in enumerate(
            [b"<</Type/Catalog/Pages 2 0 R>>",
             b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages)] +
            [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>"] * pages):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n + 1, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(at) + 1)
    out += b"".join(b"%010d 00000 n \n" % x for x in at)
    return out + (b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
                  % (len(at) + 1, table))


def attached(n, *parts):
    """A mail with these parts: (type, name, bytes)."""
    out = (b"From: a@b.example\r\nTo: office@example.org\r\n"
           b"Subject: attached %d\r\nMessage-ID: <att%d@b.example>\r\n"
           b"Date: Mon, 02 Mar 2026 10:15:00 +0000\r\nMIME-Version: 1.0\r\n"
           b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
           b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
           b"See attached %d \xe7\xa7\x9f\xe8\xb5\x81.\r\n" % (n, n, n))
    for kind, name, data in parts:
        out += (b"--x\r\nContent-Type: %s; name=\"%s\"\r\n"
                b"Content-Disposition: attachment; filename=\"%s\"\r\n" % (
                    kind, name, name))
        if kind == b"message/rfc822":
            out += b"\r\n" + data
        else:
            out += (b"Content-Transfer-Encoding: base64\r\n\r\n" +
                    base64.encodebytes(data).replace(b"\n", b"\r\n"))
    return out + b"--x--\r\n"


MAILS = [
    lib.mail(1),
    attached(2, (b"application/pdf", b"two pages.pdf", pdf(2)),
             (b"image/png", b"dot.png", PNG),
             (b"text/html", b"page.html", b"<p>H&eacute;llo</p>")),
    attached(3, (b"message/rfc822", b"within.eml", lib.mail(33)),
             (b"application/pdf", b"broken.pdf", b"%PDF-1.7\nbroken"),
             (b"application/octet-stream", b"noise.bin", bytes(range(256)))),
    attached(4, (b"application/pdf", b"nothing.pdf", b""),
             (b"text/plain", b"long.txt", b"line upon line\n" * 9000)),
    (b"From: a@b.example\r\nSubject: html\r\nMessage-ID: <h@b.example>\r\n"
     b"Content-Type: text/html\r\n\r\n<h1>Title</h1><p>Text</p>\r\n"),
]


class Base(unittest.TestCase):
    def office(self, **kw):
        office = lib.Office(renditions=True, **kw)
        self.addCleanup(office.close)
        return office

    def case(self, office):
        done = office.dossier("client", "add", "Lin Mei")
        client = done.stdout.split()[0].decode()
        done = office.dossier("case", "open", client, "Lease")
        return done.stdout.split()[0].decode()

    def file(self, office, case, documents):
        done = office.dossier("triage", "file", "--case", case, *documents)
        self.assertEqual(done.returncode, 0, done.stderr)

    def filed(self, office, case, mails):
        with office.lmtp() as s:
            documents = [lib.receipt(s.send(m)[0])[0] for m in mails]
        office.wait_read()
        self.file(office, case, documents)
        return documents

    def wait_rendered(self, office):
        office.wait_for(lambda: office.status()["to_render"] == 0,
                        "text and pages")

    def rendered(self, office):
        found = {}
        for e in office.rows("/api/v1/entries?from=1"):
            if e["kind"] == "document.rendered":
                found.setdefault(e["document"], []).append(e["body"])
        return found


class Ahead(Base):
    def test_what_is_filed_once(self):
        office = self.office()
        case = self.case(office)
        with office.lmtp() as s:        # this one stays in triage
            lib.receipt(s.send(lib.mail(99))[0])
        documents = self.filed(office, case, MAILS)
        self.wait_rendered(office)
        found = self.rendered(office)
        self.assertEqual(sorted(found), documents)
        self.assertEqual({len(x) for x in found.values()}, {1})
        members = found[documents[1]][0]["members"]
        self.assertEqual([m.get("part") for m in members], [None, 3, 4, 5])
        self.assertEqual(
            [m["pages"]["outcome"] for m in members],
            ["done", "itself", "done", "done"])
        self.assertEqual(members[1]["pages"]["pages"], 2)
        self.assertEqual(
            [m["pages"]["outcome"] for m in
             found[documents[2]][0]["members"]],
            ["done", "done", "corrupt", "unsupported"])
        for body in found.values():
            self.assertEqual(body[0]["language"], "en")
            self.assertRegex(body[0]["maker"], "^text 1 .*, pages 1 .* fonts "
                             "[0-9a-f]{16}$")
        # Neither a part of its history, nor again after a restart.
        why = office.dossier("why", documents[0]).stdout
        self.assertNotIn(b"rendered", why)
        office.stop()
        shutil.rmtree(office.path("views"))
        office.start()
        self.assertEqual(office.dossier("status").returncode, 0)
        office.wait_for(lambda: office.status()["applied"] ==
                        office.status()["entries"])
        self.assertEqual(office.status()["to_render"], 0)
        self.file(office, case, ["D-000001"])
        self.wait_rendered(office)
        after = self.rendered(office)
        self.assertEqual(after.pop("D-000001")[0]["members"][0]["text"]
                         ["outcome"], "done")
        self.assertEqual(after, found)
        office.stop()
        done = office.dossierd("verify", "-c", office.conf)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_killed_in_between(self):
        office = self.office()
        case = self.case(office)
        documents = []
        for turn in range(4):
            documents += self.filed(office, case, [
                lib.mail(n, subject="turn %d" % turn) for n in range(8)])
            (office.kill if turn % 2 else office.stop)()
            office.start()
        self.wait_rendered(office)
        found = self.rendered(office)
        self.assertEqual(sorted(found), sorted(documents))
        self.assertEqual({len(x) for x in found.values()}, {1})

    def lives(self, office):
        """Until all is rendered: 1; or until it ends: 0."""
        try:
            self.wait_rendered(office)
            return True
        except (OSError, http.client.HTTPException):
            return False

    def test_log_dies(self):
        """At one file call after the other, blobs and statements with it."""
        office = lib.Office()
        self.addCleanup(office.close)
        documents = self.filed(office, self.case(office), [
            lib.mail(n) for n in range(6)] + [attached(
                9, (b"text/plain", b"long.txt", os.urandom(60000).hex()
                    .encode()))])
        office.stop()
        office.change("renditions = no", "renditions = yes")
        died = 0
        for call in range(21, 400, 6):
            try:
                office.start(FAULT, DOSSIER_FAULT="call=%d,errno=5" % call)
            except lib.NotReady:
                continue
            if self.lives(office) or died == 5:
                break
            died += 1
            self.assertEqual(office.gone(), 1)
        self.assertGreater(died, 1)
        office.end(signal.SIGKILL)
        office.start()
        self.wait_rendered(office)
        found = self.rendered(office)
        self.assertEqual(sorted(found), sorted(documents))
        self.assertEqual({len(x) for x in found.values()}, {1})
        office.stop()
        done = office.dossierd("verify", "-c", office.conf)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_off(self):
        office = lib.Office()
        self.addCleanup(office.close)
        case = self.case(office)
        documents = self.filed(office, case, MAILS[:2])
        self.assertEqual(office.status()["to_render"], len(documents))
        self.assertEqual(self.rendered(office), {})


class Programs(Base):
    """A reader and a drawer of our choosing."""

    def programs(self, office, **scripts):
        """The real ones, or a script in their place."""
        self.folder = os.path.join(office.top, "bin")
        os.makedirs(self.folder, exist_ok=True)
        for name in ("dossier-reader", "dossier-drawer"):
            self.put(name, scripts.get(name.replace("-", "_")))
        office.change("#reader = \"/usr/local/libexec/dossier/"
                      "dossier-reader\"",
                      "reader = \"%s/dossier-reader\"" % self.folder)

    def put(self, name, script=None):
        path = os.path.join(self.folder, name)
        if os.path.exists(path):
            os.unlink(path)
        if script is None:
            shutil.copy(os.path.join(lib.BUILD, name), path)
            return
        with open(path, "w", encoding="ascii") as f:
            f.write(script)
        os.chmod(path, stat.S_IRWXU)

    def test_no_drawer(self):
        """It is said, it rests, and the bundle's own attempt says why."""
        office = self.office(start=False)
        self.programs(office, dossier_drawer="no program\n")
        office.start()
        case = self.case(office)
        self.filed(office, case, MAILS[:1])
        office.wait_line("render.failed document=D-000001")
        self.assertEqual(office.status()["to_render"], 1)
        self.assertEqual(self.rendered(office), {})
        office.stop()
        self.put("dossier-drawer")
        office.start()
        self.wait_rendered(office)
        self.assertEqual(len(self.rendered(office)), 1)


class Bundles(Base):
    def build(self, office, bundle, name):
        where = os.path.join(office.top, name)
        done = office.dossier("bundle", "build", bundle, "-o", where)
        self.assertEqual(done.returncode, 0, done.stderr)
        sums = {}
        for at, _, names in os.walk(where):
            for one in names:
                path = os.path.join(at, one)
                short = os.path.relpath(path, where)
                if not short.startswith("seal/"):
                    with open(path, "rb") as f:
                        sums[short] = hashlib.sha256(f.read()).hexdigest()
        return sums

    def bundle(self, office, case, *more):
        """One whose builds all show the same position."""
        at = str(office.status()["position"])
        done = office.dossier("bundle", "new", case, "--profile",
                              "production", "--as-known-on", at, *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()[0].decode()

    def started(self, office):
        return len([x for x in office.lines if "reader.started why=export"
                    in x])

    def same(self, one, two):
        self.assertEqual(sorted(one), sorted(two))
        self.assertEqual([x for x in one if one[x] != two[x]], [])

    def test_same_bytes(self):
        office = self.office()
        case = self.case(office)
        self.filed(office, case, MAILS)
        self.wait_rendered(office)
        bundle = self.bundle(office, case)
        ahead = self.build(office, bundle, "ahead")
        self.assertEqual(self.build(office, bundle, "again"), ahead)
        office.stop()
        office.change("renditions = yes", "renditions = no")
        office.start()
        self.same(ahead, self.build(office, bundle, "asked"))
        # The blobs are gone: they can be made again, and are.
        office.stop()
        office.change("renditions = no", "renditions = yes")
        for name in os.listdir(office.path("derived")):
            os.truncate(office.path("derived", name), 200)
        office.start()
        self.same(ahead, self.build(office, bundle, "dropped"))

    def test_no_program_is_started(self):
        """For mails without attachments; but for another language."""
        office = self.office()
        case = self.case(office)
        self.filed(office, case, [lib.mail(n) for n in range(8)])
        self.wait_rendered(office)
        bundle = self.bundle(office, case)
        before = self.started(office)
        self.assertEqual(before, 2)     # by who made them ahead
        english = self.build(office, bundle, "en")
        self.assertEqual(self.started(office), before)
        other = self.bundle(office, case, "--in", "zh")
        chinese = self.build(office, other, "zh")
        self.assertGreater(self.started(office), before)
        self.assertEqual(self.of(english, "TEXT"), self.of(chinese, "TEXT"))
        for one, two in zip(self.of(english, "IMAGES"),
                            self.of(chinese, "IMAGES"), strict=True):
            self.assertNotEqual(one, two)

    def of(self, sums, folder):
        """In the order of their numbers, whose prefixes differ."""
        found = [sums[x] for x in sorted(sums) if "/%s/" % folder in x]
        self.assertEqual(len(found), 8)
        return found


if __name__ == "__main__":
    unittest.main()
