# SPDX-License-Identifier: ISC
# check: slow
"""What comes for the seal of a bundle after it was built: the proof that the
export is in the log, stamps of an authority that was away, also over a
restart; each in what is fetched then, and the bundle stays valid."""
import json
import os
import re
import shutil
import subprocess
import unittest

import lib
import loglib
import test_build

import authority  # noqa: E402: loglib knows where

LATE = {"seal/tagmanifest-sha512.txt.tsr", "seal/tsa-chain.pem",
        "seal/master-checkpoint.tsr"}


class Late(unittest.TestCase):
    def fetch(self, s, name, bundle="B-0001"):
        s.run("bundle", "fetch", bundle, "-o", s.folder(name))
        return s.folder(name)

    def checks(self, office, bag, *args):
        done = office.dossier("verify", bag, "--json", *args)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return {c["check"]: c["state"] for c in json.loads(
            done.stdout)["checks"]}

    def awaited(self, office, bundle="B-0001"):
        return office.get("/api/v1/bundles/" + bundle)["row"].get(
            "awaited", [])

    def entries(self, office, kind):
        return [e for e in office.rows("/api/v1/entries?limit=1000")
                if e["kind"] == kind]

    def test_export_in_the_log(self):
        loglib.install()
        with lib.Office() as office:
            s = test_build.Story(mails=1, office=office)
            s.run("bundle", "new", test_build.CASE)
            bag = s.build("B-0001", "b")
            self.assertEqual(self.awaited(office), [])
            checks = self.checks(office, bag)
            self.assertEqual(checks["export"], "ok")
            # It is no stranger in seal/, and there is none.
            self.assertEqual(checks["tagmanifests"], "ok")
            built = self.entries(office, "bundle.built")[0]
            with open(os.path.join(bag, "seal/export.json"),
                      encoding="utf-8") as f:
                said = json.load(f)
            self.assertEqual(json.loads(said["entry"]), built)
            summed = subprocess.run(
                ["sha512sum", os.path.join(bag, "tagmanifest-sha512.txt")],
                check=True, stdout=subprocess.PIPE).stdout[:128].decode()
            self.assertEqual(built["body"]["tagmanifest"], summed)
            # What was recorded later changes nothing of it.
            again = self.fetch(s, "again")
            for name in "export.json", "export.tlog-proof":
                self.assertEqual(loglib.read(bag, "seal", name),
                                 loglib.read(again, "seal", name))
            # Who is trusted is published, and in the bundle the same.
            policy = loglib.read(office.path("log", "trust.policy"))
            self.assertEqual(policy, loglib.read(bag, "proof/trust.policy"))
            self.assertEqual(policy, b"log " + loglib.read(
                office.path("log", "master", "vkey")) + b"quorum none\n")
            self.broken(office, bag)

    def test_policy_names_witnesses(self):
        """It follows the configuration."""
        loglib.install()
        office = lib.Office()
        self.addCleanup(office.close)
        loglib.checkpoint(office)
        master = office.dossier("log", "key", "master").stdout.decode()
        office.stop()
        witnesses = [loglib.Witness(os.path.join(office.top, name), name,
                                    master.strip())
                     for name in ("one.example", "two.example")]
        for w in witnesses:
            self.addCleanup(w.close)
            office.append(w.conf(w.key.split("+")[0]))
        office.start()
        loglib.checkpoint(office)
        self.assertEqual(
            loglib.read(office.path("log", "trust.policy")).decode(),
            "log " + master + "".join(
                "witness w%d %s\n" % (i, w.key)
                for i, w in enumerate(witnesses, 1)) + "quorum none\n")
        office.stop()
        args = "verify", "-c", office.conf
        self.assertEqual(office.dossierd(*args).returncode, 0)
        path = office.path("log", "trust.policy")
        policy = loglib.read(path)
        for at in range(0, len(policy), 7):
            bad = bytearray(policy)
            bad[at] ^= 1
            with open(path, "wb") as f:
                f.write(bad)
            self.assertEqual(office.dossierd(*args).returncode, 7, at)
        for bad in policy[:-1], policy + b"\n", b"", policy * 2:
            with open(path, "wb") as f:
                f.write(bad)
            self.assertEqual(office.dossierd(*args).returncode, 7, bad)

    def broken(self, office, bag):
        def change(name, old, new):
            copy = bag + ".copy"
            shutil.copytree(bag, copy)
            path = os.path.join(copy, "seal", name)
            if new is None:
                os.unlink(path)
            else:
                data = loglib.read(path)
                self.assertTrue(re.search(old, data), old)
                with open(path, "wb") as f:
                    f.write(re.sub(old, new, data, count=1))
            done = office.dossier("verify", copy, "--json")
            shutil.rmtree(copy)
            self.assertEqual(done.returncode, 7, (name, old, done.stdout))
            self.assertEqual(json.loads(done.stdout)["first_broken"],
                             "export", (name, old))

        for name, old, new in (
                ("export.json", rb'"documents\\":\d', rb'"documents\\":9'),
                ("export.json", rb'"tagmanifest\\":\\".',
                 rb'"tagmanifest\\":\\"x'),
                ("export.json", rb'"bundle\\":\\"B-0001',
                 rb'"bundle\\":\\"B-0002'),
                ("export.json", rb'"case_seq":(\d)', rb'"case_seq":1\1'),
                ("export.json", rb'"nonce":"..', rb'"nonce":"00'),
                ("export.json", rb"\n", rb""),
                ("export.json", rb".*", None),
                ("export.tlog-proof", rb"index (\d)", rb"index 1\1"),
                ("export.tlog-proof", rb"\n(\d+)\n", rb"\n1\1\n"),
                ("export.tlog-proof", rb"(?s).*", rb""),
                ("export.tlog-proof", rb".*", None)):
            change(name, old, new)

    def test_authority_away(self):
        """Built while it is away, stamped after a restart."""
        office = lib.Office()
        outside = authority.Authority(office.top)
        try:
            outside.down = True
            office.stop()
            office.append(outside.conf())
            with office:
                office.start()
                s = test_build.Story(mails=1, office=office)
                s.run("bundle", "new", test_build.CASE)
                done = office.dossier("bundle", "build", "B-0001", "-o",
                                      s.folder("b"))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(b"Still awaited: the time stamp of its "
                              b"manifests", done.stderr)
                self.assertEqual(self.awaited(office),
                                 ["stamp", "master-stamp"])
                self.assertFalse(LATE & set(test_build.files(
                    s.folder("b"))))
                self.assertEqual(self.entries(office, "bundle.stamped"), [])
                outside.down = False
                office.stop()
                office.start()
                office.wait_for(lambda: not self.awaited(office), "stamps")
                self.assertEqual(
                    [e["body"]["authority"] for e in self.entries(
                        office, "bundle.stamped")], [outside.url])
                bag = self.fetch(s, "then")
                self.stamped(office, bag, outside)
                self.assertEqual(
                    set(test_build.files(bag)) - set(test_build.files(
                        s.folder("b"))), LATE)
                test_build.Build().same(bag, s.folder("b"))
                # Rebuilt views have found nothing more to ask for.
                asked = outside.asked
                office.stop()
                shutil.rmtree(office.path("views"))
                office.start()
                office.wait_for(lambda: not self.awaited(office), "views")
                self.assertEqual(asked, outside.asked)
        finally:
            outside.close()

    def stamped(self, office, bag, outside):
        said = self.checks(office, bag, "--tsa-ca", outside.tsa)
        self.assertEqual((said["stamp"], said["master-stamp"]), ("ok", "ok"))
        subprocess.run(
            ["openssl", "ts", "-verify", "-data",
             os.path.join(bag, "tagmanifest-sha512.txt"), "-in",
             os.path.join(bag, "seal/tagmanifest-sha512.txt.tsr"),
             "-CAfile", outside.tsa], check=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)


if __name__ == "__main__":
    unittest.main()
