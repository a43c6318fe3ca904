# SPDX-License-Identifier: ISC
"""
The HTTP API on its Unix socket: each route's success and its main errors,
every answer held against /api/v1/openapi.json; strict framing; uploads and
lists in bounded memory; exports.
"""
import hashlib
import html.parser
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import lib
import openapi

JSON = {"Content-Type": "application/json"}
V1 = "/api/v1"


class Desk:
    """Requests whose answers must be what OpenAPI says."""

    def __init__(self, office):
        self.office = office
        self.spec = office.get(V1 + "/openapi.json")

    def __call__(self, method, path, body=None, headers=None, raw=None):
        headers = dict(headers or {})
        if body is not None:
            raw = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        status, heads, data = self.office.request(
            method, V1 + path, raw, headers)
        value = json.loads(data)
        openapi.answers(self.spec, method, V1 + path, status,
                        heads["Content-Type"], value)
        assert heads["Dossier-Position"].isdigit()
        self.headers = heads
        return status, value

    def ok(self, method, path, body=None, **kw):
        status, value = self(method, path, body, **kw)
        assert status in (200, 201), (method, path, status, value)
        return value

    def row(self, method, path, body=None, **kw):
        return self.ok(method, path, body, **kw)["row"]

    def rows(self, method, path, body=None, **kw):
        return self.ok(method, path, body, **kw)["rows"]

    def add(self, data, query="", **headers):
        return self.row("POST", "/documents" + query, raw=data,
                        headers=headers)["document"]


class Shared(unittest.TestCase):
    n = 0       # makes things different

    @classmethod
    def setUpClass(cls):
        cls.office = lib.Office()
        cls.api = Desk(cls.office)

    @classmethod
    def tearDownClass(cls):
        cls.office.close()

    def client(self, **more):
        Shared.n += 1
        return self.api.row("POST", "/clients", dict(
            {"name": "Client %d" % Shared.n}, **more))["id"]

    def case(self, client=None, **more):
        return self.api.row("POST", "/cases", dict(
            {"client": client or self.client(), "title": "Matter"},
            **more))["id"]

    def document(self, query=""):
        Shared.n += 1
        return self.api.add(b"document %d\n" % Shared.n, query)

    def settle(self):
        """Until all that is durable is applied."""
        self.api.rows("GET", "/documents?limit=1&after=%d" %
                      self.office.status()["entries"])

    def refused(self, status, code, method, path, body=None, **kw):
        got, value = self.api(method, path, body, **kw)
        self.assertEqual((got, value["type"]),
                         (status, "urn:dossier:problem:" + code), value)
        return value

    def pointers(self, path, body):
        value = self.refused(422, "invalid", "POST", path, body)
        return {e["pointer"]: e["code"] for e in value["errors"]}


class Record(Shared):
    def test_openapi(self):
        openapi.sound(self.api.spec)

    def test_status(self):
        row = self.api.row("GET", "/status")
        self.assertFalse(row["dead"])
        self.assertFalse(row["readonly"])

    def test_client(self):
        row = self.api.row("POST", "/clients", {
            "name": "Example Trading Ltd", "emails": ["o@example.org"],
            "phones": ["+44 20 7946 0000"], "address": "1 Quay\nNorwich",
            "since": "2020-03"})
        self.assertEqual(row["name"], "Example Trading Ltd")
        self.assertEqual(self.api.headers["Location"],
                         V1 + "/clients/" + row["id"])
        contact = self.api.row("GET", "/contacts/" + row["contacts"][0])
        self.assertEqual(contact["emails"], ["o@example.org"])
        self.assertEqual(contact["phones"], ["+44 20 7946 0000"])
        self.assertEqual(contact["addresses"], ["1 Quay\nNorwich"])
        self.assertEqual(contact["type"], "organisation")
        self.assertIn(row["id"], [c["id"] for c in
                                  self.api.rows("GET", "/clients")])
        self.assertEqual(self.api.row("GET", "/clients/" + row["id"]), row)
        again = self.api.row("POST", "/clients", {
            "name": "Example Two", "contact": contact["id"]})
        self.assertEqual(again["contacts"], [contact["id"]])

    def test_client_errors(self):
        self.assertEqual(self.pointers("/clients", {}), {"/name": "missing"})
        self.assertEqual(self.pointers("/clients", {"name": "  "}),
                         {"/name": "empty"})
        self.assertEqual(self.pointers(
            "/clients", {"name": "x", "nom": 1, "emails": ["no"],
                         "type": 7}),
            {"/nom": "unknown", "/type": "type"})
        self.assertEqual(self.pointers(
            "/clients", {"name": "x", "emails": ["no"], "type": "cat"}),
            {"/emails/0": "address", "/type": "word"})
        self.assertEqual(self.pointers(
            "/clients", {"name": "a\x01b", "since": "soon"}),
            {"/name": "control", "/since": "date"})
        self.assertEqual(self.pointers("/clients", {"name": "x" * 501}),
                         {"/name": "too-long"})
        self.client(name="x" * 500)
        self.assertEqual(self.pointers(
            "/clients", {"name": "x", "emails": ["a@b.example"] * 65}),
            {"/emails": "too-many"})
        self.assertEqual(self.pointers(
            "/clients", {"name": "x", "contact": "P-9999"}),
            {"/contact": "not-found"})
        self.refused(404, "not-found", "GET", "/clients/C-9999")

    def test_bad_json(self):
        for raw in (b"{", b"[]", b'{"name":"a","name":"b"}',
                    b'{"name":"\xff"}', b'{"name":"a\\u0000b"}', b"7"):
            self.refused(400, "bad-request", "POST", "/clients", raw=raw,
                         headers=JSON)
        self.refused(415, "media-type", "POST", "/clients", raw=b"{}",
                     headers={"Content-Type": "text/plain"})
        self.refused(413, "bad-request", "POST", "/clients",
                     raw=b" " * 262145, headers=JSON)

    def test_same_as(self):
        a, b = self.client(), self.client()
        row = self.api.row("POST", "/clients/%s/same-as" % a, {"other": b})
        self.assertEqual(row["same_as"], b)
        self.refused(409, "conflict", "POST", "/clients/%s/same-as" % a,
                     {"other": b})
        self.refused(409, "state", "POST", "/clients/%s/same-as" % b,
                     {"other": a})
        self.assertEqual(self.pointers("/clients/%s/same-as" % a,
                                       {"other": a}), {"/other": "self"})

    def test_contact_and_staff(self):
        row = self.api.row("POST", "/contacts", {
            "name": "李伟", "emails": ["li@example.org"]})
        self.assertEqual((row["name"], row["type"]), ("李伟", "person"))
        staff = self.api.row("POST", "/staff", {
            "name": "Ada", "login": "ada-%d" % os.getpid(),
            "emails": ["ada@office.example"], "from": "2025-01-01"})
        self.assertEqual(staff["emails"], ["ada@office.example"])
        self.assertIn(staff, self.api.rows("GET", "/staff"))
        self.refused(409, "state", "POST", "/staff", {
            "name": "Eve", "login": "ada-%d" % os.getpid()})
        self.assertIn(row["id"], [c["id"] for c in
                                  self.api.rows("GET", "/contacts")])

    def test_case(self):
        client = self.client()
        row = self.api.row("POST", "/cases", {
            "client": client, "title": "Lease", "reference": "EX/17-é",
            "opened": "2025-11-03"})
        case = row["id"]
        self.assertRegex(case, r"^K-\d{4}-\d{4}$")
        etag = self.api.headers["ETag"]
        self.assertEqual(row, self.api.row("GET", "/cases/EX%2F17-%C3%A9"))
        self.assertEqual([row], self.api.rows(
            "GET", "/cases?client=" + client))
        self.refused(409, "state", "POST", "/cases", {
            "client": client, "title": "x", "reference": "EX/17-é"})
        row = self.api.row("POST", "/cases/%s/close" % case, {
            "reason": "settled"}, headers={"If-Match": etag})
        self.assertEqual(row["status"], "closed")
        self.refused(412, "changed", "POST", "/cases/%s/reopen" % case, {},
                     headers={"If-Match": etag})
        self.refused(409, "state", "POST", "/cases/%s/close" % case, {})
        row = self.api.row("POST", "/cases/%s/reopen" % case, {}, headers={
            "If-Match": self.api.office.request(
                "GET", V1 + "/cases/" + case)[1]["ETag"]})
        self.assertEqual(row["status"], "open")
        self.refused(400, "bad-request", "POST", "/cases/%s/close" % case,
                     {}, headers={"If-Match": "7"})
        self.refused(404, "not-found", "POST", "/cases/K-1999-0001/close",
                     {})

    def test_case_link(self):
        a, b = self.case(), self.case()
        row = self.api.row("POST", "/cases/%s/link" % a, {
            "other": b, "as": "appeal-of"})
        self.assertEqual(row["links"], [{"as": "appeal-of", "case": b}])
        self.assertEqual(self.api.row("GET", "/cases/" + b)["links"],
                         [{"as": "appealed-by", "case": a}])
        self.assertEqual(self.pointers("/cases/%s/link" % a,
                                       {"other": b, "as": "like"}),
                         {"/as": "word"})
        self.refused(409, "conflict", "POST", "/cases/%s/link" % a,
                     {"other": b, "as": "appeal-of"})

    def test_parties(self):
        case = self.case()
        contact = self.api.row("POST", "/contacts", {"name": "Court"})["id"]
        row = self.api.row("POST", "/cases/%s/parties" % case, {
            "contact": contact, "role": "court", "from": "2026-01-02"})
        self.assertIn(row, self.api.rows("GET", "/cases/%s/parties" % case))
        ended = self.api.row("POST", "/cases/%s/parties/end" % case, {
            "party": row["seq"], "until": "2026-02-03"})
        self.assertEqual(ended["until"], "2026-02-03")
        self.refused(409, "state", "POST", "/cases/%s/parties/end" % case,
                     {"party": row["seq"]})

    def test_facts(self):
        client = self.client()
        contact = self.api.row("GET", "/clients/" + client)["contacts"][0]
        document = self.document()
        one = self.api.row("POST", "/facts", {
            "of": contact, "name": "address", "value": "4 Mill Row",
            "from": "2020-01-01"})
        two = self.api.row("POST", "/facts", {
            "of": contact, "name": "address", "value": "22 Carrow Street",
            "from": "2026-02-20", "asked": "2026-02-18",
            "document": document, "supersedes": one["seq"]})
        self.assertEqual(two["document"], document)
        rows = {r["seq"]: r for r in
                self.api.rows("GET", "/facts?of=" + contact)}
        self.assertEqual(rows[one["seq"]]["superseded_by"], two["seq"])
        was = self.api.rows(
            "GET", "/facts?of=%s&as_it_was_on=2026-02-19" % contact)
        self.assertIn("4 Mill Row", [r["value"] for r in was])
        self.assertNotIn("22 Carrow Street", [r["value"] for r in was])
        self.refused(409, "conflict", "POST", "/facts", {
            "of": contact, "name": "address", "value": "x",
            "supersedes": one["seq"]})
        self.refused(409, "state", "POST", "/facts", {
            "of": contact, "name": "address", "value": "x",
            "supersedes": 1})
        self.refused(400, "bad-query", "GET", "/facts")
        case = self.case(client)
        fact = self.api.row("POST", "/facts", {
            "of": case, "name": "handler", "value": "Ada"})
        self.assertEqual(fact["subject"], case)
        self.assertEqual(self.api.row("GET", "/cases/" + case)["handlers"],
                         ["Ada"])


class Documents(Shared):
    def test_upload(self):
        data = bytes(range(256)) * 700
        case = self.case()
        row = self.api.row(
            "POST", "/documents?case=%s&title=Lease&filename=a%%20b.bin"
            "&channel=hand&dated=2026-01-05&from=Ada&to=Bob&kind=contract"
            "&direction=in" % case, raw=data)
        self.assertEqual(row["sha256"], hashlib.sha256(data).hexdigest())
        self.assertEqual((row["size"], row["again"]), (len(data), False))
        document = row["document"]
        self.api.rows("GET", "/documents?limit=1&after=%d" % row["seq"])
        one = self.api.row("GET", "/documents/" + document)
        self.assertEqual(
            [one[k] for k in ("case", "subject", "filename", "channel",
                              "kind", "direction", "from", "to", "state")],
            [case, "Lease", "a b.bin", "hand", "contract", "in", "Ada",
             ["Bob"], "filed"])
        status, heads, raw = self.office.request(
            "GET", V1 + "/documents/%s/raw" % document)
        self.assertEqual((status, raw), (200, data))
        self.assertEqual(heads["ETag"], '"%s"' % row["sha256"])
        self.assertIn("attachment", heads["Content-Disposition"])
        again = self.api.row("POST", "/documents", raw=data)
        self.assertEqual((again["document"], again["again"]),
                         (document, True))
        self.api.rows("GET", "/documents?limit=1&after=%d" % again["seq"])
        receipts = self.api.rows("GET", "/documents/%s/receipt" % document)
        self.assertEqual([r["seq"] for r in receipts],
                         [row["seq"], again["seq"]])
        self.assertEqual(receipts[0], dict(row))

    def test_upload_errors(self):
        for query in ("?channel=pigeon", "?direction=up", "?dated=soon",
                      "?nope=1", "?title=a&title=b", "?source=x",
                      "?title=%C2%85"):
            self.refused(400, "bad-query", "POST", "/documents" + query,
                         raw=b"x")
        self.refused(400, "bad-request", "POST", "/documents?title=%FF",
                     raw=b"x")
        self.refused(404, "not-found", "POST", "/documents?case=K-1999-0001",
                     raw=b"x")
        before = self.office.status()["refused"]
        self.refused(422, "invalid", "POST", "/documents", raw=b"")
        self.office.wait_for(
            lambda: self.office.status()["refused"] == before + 1)
        self.assertEqual(self.api.rows("GET", "/refused")[-1]["channel"],
                         "api")
        self.refused(404, "not-found", "GET", "/documents/D-999999")
        self.refused(404, "not-found", "GET", "/documents/D-999999/raw")
        self.refused(404, "not-found", "GET", "/documents/D-000001.2")

    def test_upload_key(self):
        key = {"Idempotency-Key": "upload-1"}
        one = self.api.row("POST", "/documents", raw=b"keyed", headers=key)
        two = self.api.row("POST", "/documents", raw=b"keyed", headers=key)
        self.assertEqual(one["seq"], two["seq"])
        self.refused(422, "key-reused", "POST", "/documents", raw=b"other",
                     headers=key)

    def test_note(self):
        case = self.case()
        row = self.api.row("POST", "/notes", {
            "type": "call", "case": case, "direction": "in",
            "with": ["office manager"], "at": "2026-03-02T10:15",
            "number": "+44 20 7946 0000", "minutes": 7,
            "note": "Wants it by Friday.\nSecond line.",
            "agreed": "we write", "next": "2026-03-09"})
        self.api.rows("GET", "/documents?limit=1&after=%d" % row["seq"])
        one = self.api.row("GET", "/documents/" + row["document"])
        self.assertEqual(one["note"]["text"],
                         "Wants it by Friday.\nSecond line.")
        self.assertEqual((one["lane"], one["case"]), ("call", case))
        self.assertIn(b"Second line.", self.office.raw(row["document"]))
        fixed = self.api.row(
            "POST", "/documents/%s/correct" % row["document"],
            {"field": "note-at", "value": "2026-03-01T09:00",
             "reason": "diary"})
        self.assertTrue(fixed["happened_at"].startswith("2026-03-01T09:00"))
        self.assertEqual(fixed["corrections"][0]["was"],
                         "2026-03-02T10:15")
        self.assertEqual(self.pointers("/notes", {"type": "song"}),
                         {"/note": "missing"})
        self.assertEqual(
            self.pointers("/notes", {"type": "song", "note": "x",
                                     "case": case, "client": "C-0001"}),
            {"/type": "word", "/client": "not-both"})
        path = "/documents/%s/correct" % row["document"]
        self.assertEqual(self.pointers(path, {"field": "x", "value": "y"}),
                         {"/field": "word"})
        self.assertEqual(self.pointers(path, {"field": "sent",
                                              "value": "y"}),
                         {"/value": "date"})

    def test_filing(self):
        one, two = self.case(reference="F/1"), self.case()
        client = self.client()
        a, b = self.document(), self.document()
        rows = self.api.rows("POST", "/triage/file", {
            "documents": [a, b, a], "under": ["F/1", two], "reason": "read"})
        self.assertEqual([(r["document"], r["case"], r["main"])
                          for r in rows],
                         [(a, one, True), (a, two, False), (b, one, True),
                          (b, two, False)])
        self.assertEqual(rows[0]["case_title"], "Matter")
        self.assertTrue(rows[0]["client_name"].startswith("Client"))
        self.refused(409, "state", "POST", "/triage/file", {
            "documents": [a], "under": [two]})
        self.assertEqual(
            [d["id"] for d in self.api.rows("GET", "/documents?case=" + two)],
            [a, b])
        row = self.api.row("POST", "/documents/%s/misfiled" % a,
                           {"from": two, "reason": "no"})
        self.assertEqual([f["case"] for f in row["filings"]], [one])
        self.refused(409, "state", "POST", "/documents/%s/misfiled" % a,
                     {"from": two})
        rows = self.api.rows("POST", "/triage/undo", {"documents": [b]})
        self.assertEqual((rows[0]["filings"], rows[0]["state"]),
                         ([], "triage"))
        self.refused(409, "state", "POST", "/triage/undo",
                     {"documents": [b]})
        self.api.rows("POST", "/triage/file", {"documents": [b],
                                               "under": [client]})
        why = self.api.row("GET", "/documents/%s/why" % b)
        self.assertEqual([f["state"] for f in why["filings"]],
                         ["withdrawn", "withdrawn", "in-force"])
        filed = self.api.rows("GET", "/triage/filed")
        self.assertIn((b, client), [(r["document"], r.get("client"))
                                    for r in filed])
        self.assertEqual(self.pointers("/triage/file", {
            "documents": ["D-999999", "C-0001"], "under": []}),
            {"/under": "empty"})
        self.assertEqual(self.pointers("/triage/file", {
            "documents": ["D-999999", "C-0001"], "under": [one]}),
            {"/documents/0": "not-found", "/documents/1": "wrong-kind"})

    def test_aside(self):
        a = self.document()
        row = self.api.rows("POST", "/triage/set-aside", {
            "documents": [a], "as": "spam", "reason": "advert"})[0]
        self.assertEqual((row["id"], row["as"]), (a, "spam"))
        self.refused(409, "state", "POST", "/triage/set-aside",
                     {"documents": [a], "as": "spam"})
        self.assertIn(a, [r["id"] for r in
                          self.api.rows("GET", "/triage/aside")])
        self.assertEqual(self.pointers("/triage/set-aside", {
            "documents": [a], "as": "junk"}), {"/as": "word"})
        row = self.api.rows("POST", "/triage/undo", {"documents": [a]})[0]
        self.assertEqual(row["state"], "triage")
        self.assertIn(a, [r["id"] for r in self.api.rows("GET", "/triage")])
        case = self.case()
        self.api.rows("POST", "/triage/file", {"documents": [a],
                                               "under": [case]})
        self.refused(409, "state", "POST", "/triage/set-aside",
                     {"documents": [a], "as": "spam"})

    def test_keys(self):
        key = {"Idempotency-Key": "k-1"}
        body = {"client": self.client(), "title": "once"}
        one = self.api.row("POST", "/cases", body, headers=key)
        self.assertEqual(self.api.row("POST", "/cases", body, headers=key),
                         one)
        self.refused(422, "key-reused", "POST", "/cases",
                     dict(body, title="twice"), headers=key)
        path = "/cases/%s/close" % one["id"]
        self.api.row("POST", path, {}, headers={"Idempotency-Key": "k-2"})
        self.api.row("POST", path, {}, headers={"Idempotency-Key": "k-2"})
        self.refused(409, "state", "POST", path, {},
                     headers={"Idempotency-Key": "k-3"})
        self.refused(400, "bad-request", "POST", path, {},
                     headers={"Idempotency-Key": "x" * 201})
        a = self.document()
        key = {"Idempotency-Key": "k-4"}
        body = {"documents": [a], "under": [one["id"]]}
        rows = self.api.rows("POST", "/triage/file", body, headers=key)
        self.assertEqual(rows, self.api.rows("POST", "/triage/file", body,
                                             headers=key))
        key = {"Idempotency-Key": "k-5"}
        body = {"documents": [a]}
        self.api.rows("POST", "/triage/undo", body, headers=key)
        self.api.rows("POST", "/triage/undo", body, headers=key)


class Lists(Shared):
    def test_pages(self):
        made = [self.document() for _ in range(7)]
        self.settle()
        got, path = [], "/documents?limit=3"
        while True:
            answer = self.api.ok("GET", path)
            self.assertLessEqual(len(answer["rows"]), 3)
            got += [r["id"] for r in answer["rows"]]
            if "next" not in answer:
                break
            path = "/documents?limit=3&cursor=" + answer["next"]
        whole = [r["id"] for r in self.api.rows("GET", "/documents")]
        self.assertEqual(got, whole)
        self.assertEqual(got[-7:], made)
        self.refused(400, "bad-query", "GET", "/documents?cursor=nonsense")
        self.refused(400, "bad-query", "GET", "/documents?limit=many")
        self.refused(404, "not-found", "GET", "/documents?case=K-1999-0001")

    def test_as_known(self):
        case = self.case()
        then = self.office.status()["position"]
        a = self.document("?case=" + case)
        after = "&after=%d" % (then + 2)
        self.assertEqual([a], [r["id"] for r in self.api.rows(
            "GET", "/documents?case=%s%s" % (case, after))])
        self.assertEqual([], self.api.rows(
            "GET", "/documents?case=%s&as_known_on=%d" % (case, then)))
        self.assertEqual([], self.api.rows(
            "GET", "/documents?case=%s&as_known_on=2001-01-01" % case))
        self.refused(404, "not-found", "GET",
                     "/documents/%s?as_known_on=%d" % (a, then))
        self.refused(400, "bad-query", "GET",
                     "/documents?as_known_on=yesterday")

    def test_entries(self):
        self.client()
        entries = self.api.rows("GET", "/entries")
        self.assertEqual([e["seq"] for e in entries],
                         list(range(1, len(entries) + 1)))
        self.assertEqual(
            self.api.rows("GET", "/entries?from=2&limit=1")[0]["seq"], 2)
        self.assertEqual(entries[0]["kind"], "store.created")

    def test_after_never(self):
        """What is not applied in ten seconds is answered so."""
        value = self.refused(503, "behind", "GET",
                             "/documents?after=999999999")
        self.assertIn("999999999", value["detail"])
        self.assertEqual(self.api.headers["Retry-After"], "1")

    def test_routes(self):
        self.refused(404, "no-route", "GET", "/nothing")
        value = self.refused(405, "method", "DELETE", "/status")
        self.assertIn("GET", value["detail"])
        self.assertEqual(self.api.headers["Allow"], "GET")
        self.refused(400, "bad-query", "GET", "/status?x=1")
        value = self.refused(404, "no-route", "GET", "/nothing?lang=zh")
        self.assertRegex(value["title"], "[\u4e00-\u9fff]")
        value = self.refused(404, "no-route", "GET", "/nothing", headers={
            "Accept-Language": "fr, zh-CN;q=0.8, en;q=0.5"})
        self.assertRegex(value["title"], "[\u4e00-\u9fff]")

    def test_every_route(self):
        """Each route of the table exists: none answers 404 no-route."""
        for path, item in self.api.spec["paths"].items():
            for method in item:
                status, heads, data = self.office.request(
                    method.upper(), path.replace("{id}",
                                                 "D-999999"), headers=JSON)
                if status >= 400:
                    self.assertNotIn("no-route", json.loads(data)["type"],
                                     path)

    def test_rules(self):
        for path in ("/rules/test", "/rules/undo"):
            status, value = self.api("POST", path, {"rule": "x",
                                                    "since": "2026-01-01"})
            self.assertIn(status, (200, 400, 404, 422, 501), value)


class Page(html.parser.HTMLParser):
    """Counts rows and what would load something."""

    def __init__(self):
        super().__init__()
        self.days = self.loads = 0
        self.text = []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.days += attrs.get("class") == "day"
        self.loads += tag in ("script", "link", "img", "iframe", "object")
        for name in ("src", "href"):
            if not attrs.get(name, "#").startswith("#"):
                self.loads += 1

    def handle_data(self, data):
        self.text.append(data)


class Timeline(Shared):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        self = cls("test_json")
        cls.k = self.case(reference="T/1")
        cls.other = self.case()
        for day, title, channel, way in (
                ("2025-11-03", "Lease", "email", "in"),
                ("2025-11-03", "=HYPERLINK(1)", "post", "out"),
                ("2025-11-05", "<b>Fax</b> & more", "fax", "in"),
                ("2026-02-02", "租赁合同", "post", "in")):
            self.document("?case=%s&title=%s&channel=%s&direction=%s&%s=%s"
                          % (cls.k, "".join("%%%02X" % b for b in
                                            title.encode()), channel, way,
                             "received" if way == "in" else "sent", day))
        note = self.api.row("POST", "/notes", {
            "type": "call", "case": cls.other, "direction": "out",
            "at": "2025-11-04T09:30", "note": "asked for papers"})
        cls.office.wait_read()
        cls.after = note["seq"]

    def timeline(self, query="", of=None):
        return self.office.request("GET", "%s/timeline?of=%s&after=%d%s" % (
            V1, of or self.k, self.after, query))

    def test_json(self):
        value = self.api.ok("GET", "/timeline?of=T%%2F1,%s&after=%d" % (
            self.other, self.after))
        self.assertEqual([c["id"] for c in value["columns"]],
                         [self.k, self.other])
        events = [r for r in value["rows"] if r["kind"] != "gap"]
        self.assertEqual([r["at"] for r in events],
                         sorted(r["at"] for r in events))
        docs = [r for r in events if r["kind"] == "document.received"]
        self.assertEqual(len(docs), 5)
        self.assertEqual({r["lane"] for r in docs},
                         {"email", "post", "fax", "call"})
        gaps = [r for r in value["rows"] if r["kind"] == "gap"]
        self.assertIn(self.k, [r["column"] for r in gaps])

    def test_filters(self):
        _, _, data = self.timeline("&since=2025-11-03&until=2025-11-03")
        rows = [r for r in json.loads(data)["rows"] if r["kind"] != "gap"]
        self.assertEqual({r["at"][:10] for r in rows}, {"2025-11-03"})
        self.assertEqual(len(rows), 2)
        _, _, data = self.timeline("&lane=fax,post")
        rows = [r for r in json.loads(data)["rows"] if r["kind"] != "gap"]
        self.assertEqual({r["lane"] for r in rows}, {"fax", "post"})
        _, _, data = self.timeline("&as_known_on=1")
        self.assertEqual(json.loads(data)["rows"], [])
        for query in ("&lane=pigeon", "&format=pdf", "&since=soon"):
            self.refused(400, "bad-query", "GET",
                         "/timeline?of=%s%s" % (self.k, query))
        self.refused(400, "bad-query", "GET", "/timeline")
        self.refused(404, "not-found", "GET", "/timeline?of=K-1999-0001")

    def test_csv(self):
        status, heads, data = self.timeline("&format=csv")
        self.assertEqual(status, 200)
        self.assertTrue(heads["Content-Type"].startswith("text/csv"))
        self.assertTrue(data.startswith(b"\xef\xbb\xbfrow,case_seq,"))
        self.assertIn(b"'=HYPERLINK(1)", data)
        lines = data.decode("utf-8-sig").split("\r\n")
        self.assertEqual(lines[-1], "")
        self.assertGreater(len(lines), 6)

    def html(self, lang, of=None):
        status, heads, data = self.timeline("&format=html&lang=" + lang, of)
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'",
                      heads["Content-Security-Policy"])
        self.assertTrue(data.rstrip().endswith(b"</html>"))
        return data

    def test_html(self):
        for lang in ("en", "zh"):
            page = Page()
            data = self.html(lang)
            page.feed(data.decode())
            self.assertEqual(page.loads, 0)
            self.assertGreater(page.days, 3)
            text = " ".join(page.text)
            self.assertIn("<b>Fax</b> & more", text)
            self.assertIn("租赁合同", text)
            self.assertEqual(bool(re.search("邮寄", text)), lang == "zh")
            self.assertEqual(data, self.html(lang))

    def test_same_after_rebuild(self):
        before = [self.timeline(f)[2] for f in
                  ("", "&format=csv", "&format=html", "&format=html&lang=zh")]
        self.assertEqual(self.office.stop(), 0)
        shutil.rmtree(self.office.path("views"))
        self.office.start()
        self.assertEqual(before, [self.timeline(f)[2] for f in (
            "", "&format=csv", "&format=html", "&format=html&lang=zh")])

    @unittest.skipUnless(shutil.which("chromium"), "no chromium")
    def test_screenshot(self):
        with tempfile.TemporaryDirectory() as d:
            for lang in ("en", "zh"):
                page = os.path.join(d, lang + ".html")
                with open(page, "wb") as f:
                    f.write(self.html(lang, self.k + "," + self.other))
                for width in (1600, 390):
                    shot = os.path.join(d, "%s%d.png" % (lang, width))
                    subprocess.run(
                        ["chromium", "--headless", "--no-sandbox",
                         "--disable-gpu", "--disable-background-networking",
                         "--user-data-dir=" + os.path.join(d, "profile"),
                         "--screenshot=" + shot,
                         "--window-size=%d,1200" % width, "file://" + page],
                        check=True, timeout=120, stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL)
                    self.assertGreater(os.path.getsize(shot), 20000)


class Rebuilt(unittest.TestCase):
    def test_named_meanwhile(self):
        """A case that the views do not show yet is never denied."""
        with lib.Office() as office:
            office.dossier("client", "add", "Mill Row Ltd")
            case = office.dossier("case", "open", "C-0001",
                                  "Lease").stdout.decode().strip()
            for n in range(300):
                office.send(lib.mail(n))
            for n in range(10):
                office.kill()
                shutil.rmtree(office.path("views"))
                office.start()
                if n % 2 == 0:
                    status, answer = office.api("POST", "/api/v1/notes", {
                        "type": "call", "at": "2026-03-02T10:15",
                        "direction": "in", "note": str(n), "case": case})
                    self.assertEqual(status, 201, answer)
                    continue
                status, heads, answer = office.request(
                    "POST", "/api/v1/documents?case=" + case, b"%d" % n)
                self.assertIn(status, (201, 503), answer)
                if status == 503:
                    self.assertIn(b"problem:behind", answer)
                    self.assertEqual(heads["Retry-After"], "1")
                status, _ = office.api("GET", "/api/v1/cases/" + case)
                self.assertEqual(status, 200)
            status, answer = office.api("POST", "/api/v1/notes", {
                "type": "call", "note": "x", "case": "K-1999-0001"})
            self.assertEqual(status, 422, answer)


class Framing(Shared):
    """Raw bytes: what is ambiguous is refused, and the connection closed."""

    def talk(self, *pieces):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(lib.PATIENCE)
            s.connect(self.office.path("dossier.sock"))
            for piece in pieces:
                s.sendall(piece)
            data = b""
            while True:
                more = s.recv(65536)
                if not more:
                    return data
                data += more

    def test_bad(self):
        head = b"POST /api/v1/clients HTTP/1.1\r\nHost: x\r\n"
        for name, raw in {
                "two lengths": head + b"Content-Length: 2\r\n"
                b"Content-Length: 3\r\n\r\n{}",
                "length and chunked": head + b"Content-Length: 2\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "xchunked": head + b"Transfer-Encoding: xchunked\r\n\r\n",
                "chunk 0x4": head + b"Transfer-Encoding: chunked\r\n\r\n"
                b"0x4\r\nabcd\r\n0\r\n\r\n",
                "negative chunk": head + b"Transfer-Encoding: chunked\r\n"
                b"\r\n-4\r\nabcd\r\n0\r\n\r\n",
                "length +4": head + b"Content-Length: +4\r\n\r\nabcd",
                "length -4": head + b"Content-Length: -4\r\n\r\nabcd",
                "NUL": head + b"X: a\0b\r\n\r\n",
                "space before colon": b"GET /api/v1/status HTTP/1.1\r\n"
                b"Host : x\r\n\r\n",
                "no Host": b"GET /api/v1/status HTTP/1.1\r\n\r\n",
                "bare LF": b"GET /api/v1/status HTTP/1.1\nHost: x\n\n",
                "folded": b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n"
                b"X: a\r\n b\r\n\r\n"}.items():
            with self.subTest(name):
                answer = self.talk(raw)
                self.assertRegex(answer[:13], rb"HTTP/1.1 (4\d\d|501) ", answer)
                self.assertIn(b"\r\nConnection: close\r\n", answer)
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1)

    def test_limits(self):
        line = b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n"
        self.assertIn(b" 414 ", self.talk(
            b"GET /" + b"a" * 8192 + b" HTTP/1.1\r\n\r\n")[:14])
        self.assertIn(b" 431 ", self.talk(
            line + b"X: y\r\n" * 100 + b"\r\n")[:14])
        self.assertIn(b" 200 ", self.talk(
            line + b"X: y\r\n" * 98 + b"Connection: close\r\n\r\n")[:14])

    def test_pipeline(self):
        one = b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n"
        answer = self.talk(one + b"\r\n" + one + b"\r\n" + one +
                           b"Connection: close\r\n\r\n")
        self.assertEqual(answer.count(b"HTTP/1.1 200 "), 3)

    def test_pieces(self):
        raw = b"POST /api/v1/contacts HTTP/1.1\r\nHost: x\r\n" \
            b"Content-Type: application/json\r\nConnection: close\r\n" \
            b"Transfer-Encoding: chunked\r\n\r\n" \
            b"5\r\n{\"nam\r\n8\r\ne\":\"Jo\"}\r\n0\r\n\r\n"
        answer = self.talk(*[raw[i:i + 1] for i in range(len(raw))])
        self.assertIn(b" 201 ", answer[:14])

    def test_continue(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(lib.PATIENCE)
            s.connect(self.office.path("dossier.sock"))
            s.sendall(b"POST /api/v1/documents HTTP/1.1\r\nHost: x\r\n"
                      b"Expect: 100-continue\r\nContent-Length: 3\r\n"
                      b"Connection: close\r\n\r\n")
            self.assertEqual(s.recv(25), b"HTTP/1.1 100 Continue\r\n\r\n")
            s.sendall(b"abc")
            self.assertTrue(s.recv(65536).startswith(b"HTTP/1.1 201 "))

    def test_early_answer(self):
        """A refused upload hears why, without being read to its end."""
        answer = self.office.request(
            "POST", V1 + "/documents?channel=pigeon", b"x" * 100000)
        self.assertEqual(answer[0], 400)

    def test_cut_upload(self):
        """A caller who hangs up in the middle leaves nothing behind."""
        self.settle()
        before = self.office.status()
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.office.path("dossier.sock"))
            s.sendall(b"POST /api/v1/documents HTTP/1.1\r\nHost: x\r\n"
                      b"Content-Length: 1000000\r\n\r\n" + b"y" * 300000)
        after = self.office.status()
        self.assertEqual(before["documents"], after["documents"])
        self.assertEqual(before["entries"], after["entries"])

    def test_too_many(self):
        held = []
        try:
            for _ in range(256):
                s = socket.socket(socket.AF_UNIX)
                s.connect(self.office.path("dossier.sock"))
                held.append(s)
            status, _, data = self.office.request("GET", V1 + "/status")
            self.assertEqual(status, 503)
            self.assertEqual(json.loads(data)["type"],
                             "urn:dossier:problem:busy")
        finally:
            for s in held:
                s.close()
        self.office.wait_for(lambda: self.office.request(
            "GET", V1 + "/status")[0] == 200)


class Ending(unittest.TestCase):
    def test_waits_for_what_never_comes(self):
        """Who waits past the journal's end does not hold up a stop."""
        with lib.Office() as office:
            c = lib.UnixHTTP(office.path("dossier.sock"))
            c.request("GET", V1 + "/documents?after=999999999")
            office.status()     # it is told of after the first
            began = time.monotonic()
            self.assertEqual(office.stop(), 0, office.lines)
            self.assertLess(time.monotonic() - began, 8, office.lines)
            self.assertEqual(c.getresponse().status, 503)
            c.close()
            self.assertNotIn("loop.unfinished", "\n".join(office.lines))


class Large(unittest.TestCase):
    def test_upload(self):
        """300 MiB in and out again, with little memory."""
        size, piece = 300 << 20, bytes(range(256)) * 4096

        def pieces():
            for i in range(size // len(piece)):
                yield i.to_bytes(8, "big") + piece[8:]

        digest = hashlib.sha256()
        for p in pieces():
            digest.update(p)
        with lib.Office() as office:
            peak = 0

            def memory():
                with open("/proc/%d/status" % office.process.pid) as f:
                    return int(re.search(r"RssAnon:\s+(\d+)",
                                         f.read()).group(1))

            def watched():
                nonlocal peak
                for i, p in enumerate(pieces()):
                    if i % 16 == 0:
                        peak = max(peak, memory())
                    yield p

            status, _, data = office.request(
                "POST", V1 + "/documents", watched(),
                {"Content-Length": str(size)})
            self.assertEqual(status, 201, data)
            row = json.loads(data)["row"]
            self.assertEqual((row["size"], row["sha256"]),
                             (size, digest.hexdigest()))
            office.get(V1 + "/documents?limit=1&after=%d" % row["seq"])
            c = lib.UnixHTTP(office.path("dossier.sock"))
            c.request("GET", V1 + "/documents/D-000001/raw")
            r, back, n = c.getresponse(), hashlib.sha256(), 0
            while True:
                p = r.read(1 << 20)
                if not p:
                    break
                back.update(p)
                n += len(p)
                if n % (16 << 20) == 0:
                    peak = max(peak, memory())
            c.close()
            self.assertEqual((n, back.hexdigest()),
                             (size, digest.hexdigest()))
            with open("/proc/%d/maps" % office.process.pid) as f:
                if "libasan" not in f.read():
                    self.assertLess(peak, 96 << 10, "KiB of it private")


if __name__ == "__main__":
    unittest.main()
