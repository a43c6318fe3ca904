#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""look: the short glue between a bundle and tools that are not ours: it reads
with their parsers (csv, json, openpyxl, xml.etree, jsonschema, mactime), and
fails when things do not agree.

    look.py disclosed BAG     nonce, file of the event, commitment: a line each
    look.py disclosed --count BAG
    look.py opt BAG           pages of the page list against the load file
    look.py printed BAG T     chromium's print has the first and the last row
    look.py same A B          two CSV files have the same cells
    look.py formulas XLSX     no cell is a formula
    look.py schema FOLDER     timeline.jsonl by timeline.schema.json
    look.py tables FOLDER     columns of the auditors' tables
    look.py mactime FOLDER    events in mactime's order
    look.py dkim BAG          DKIM of mails by the DNS answers kept
    look.py across BAG        the same rows in every format
"""
import csv
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

DATA = "data/production/VOL001/DATA"


def fail(why):
    print(why, file=sys.stderr)
    sys.exit(1)


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def sheet(path, encoding="utf-8-sig", **how):
    with open(path, encoding=encoding, newline="") as f:
        return list(csv.DictReader(f, **how))


def dat(bag):
    return sheet(os.path.join(bag, DATA, "VOL001.dat"), delimiter="\x14",
                 quotechar="þ")


def entries(bag):
    """The leaves of the case's tree, out of its entry tiles."""
    found, folder = {}, os.path.join(bag, "proof/case/tile/entries")
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            number = os.path.relpath(path, folder)
            number = re.sub(r"\.p/\d+$", "", number)
            base = int(number.replace("x", "").replace("/", "")) * 256
            with open(path, "rb") as f:
                data = f.read()
            i = 0
            while data:
                n = int.from_bytes(data[:2], "big")
                found.setdefault(base + i, data[2:2 + n])
                data, i = data[2 + n:], i + 1
    return [found[i] for i in range(len(found))]


def disclosed(args):
    count = args[0] == "--count"
    bag = args[-1]
    rows = lines(os.path.join(bag, "proof/case/disclosed.jsonl"))
    leaves = [json.loads(e) for e in entries(bag)]
    with open(os.path.join(bag, "proof/case/checkpoint"),
              encoding="utf-8") as f:
        size = int(f.read().split("\n")[1])
    if count:
        if len(leaves) != size or [e["case_seq"] for e in leaves] != \
                list(range(1, size + 1)):
            fail("%d leaves of %d entries" % (len(leaves), size))
        with open(os.path.join(bag, "data/README.html"),
                  encoding="utf-8") as f:
            text = f.read()
        seen = sum("case_seq" in r for r in rows)
        if "%d of them are disclosed" % seen not in text or \
                "The tree has %d entries" % size not in text or \
                "the other %d are" % (size - seen) not in text:
            fail("the README does not count %d of %d" % (seen, size))
        return
    folder = tempfile.mkdtemp(dir=os.environ.get("T"))
    given = 0
    by_number = {r["case_seq"]: json.loads(r["entry"]) for r in rows
                 if "case_seq" in r}
    for i, row in enumerate(rows):
        path = os.path.join(folder, str(i))
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(row["entry"])
        if "case_seq" in row:
            wants = [leaves[row["case_seq"] - 1]["commitment"]]
        else:       # a filing vouches for it, which is disclosed itself
            wants = by_number[row["bound_by"]]["body"]["commitments"]
        print(row["nonce"], path, ",".join(wants))
        given += 1
    if not given:
        fail("nothing is disclosed")


def opt(args):
    bag = args[0]
    pages, where = {}, os.path.join(bag, DATA)
    root = volume_root(bag)
    with open(os.path.join(where, "VOL001.opt"), encoding="utf-8",
              newline="") as f:
        rows = [line.rstrip("\r\n").split(",") for line in f]
    document = None
    for row in rows:
        if row[3] == "Y":
            document = row[0]
            pages[document] = [int(row[6]), 0]
        if document is None:
            fail("the first page begins no document")
        pages[document][1] += 1
        if not os.path.isfile(os.path.join(root, row[2].replace("\\", "/"))):
            fail("there is no " + row[2])
    for name, (said, seen) in pages.items():
        if seen not in (1, said):       # one PDF a document has one line
            fail("%s has %d pages, %d are listed" % (name, said, seen))
    for row in dat(bag):
        if row["BEGDOC"] and row["BEGDOC"] in pages and \
                int(row["PAGECOUNT"]) != pages[row["BEGDOC"]][0]:
            fail("%s: pages differ" % row["BEGDOC"])
    numbers = {r["BEGDOC"] for r in dat(bag)}
    if set(pages) != numbers:
        fail("the page list has other documents: %s" %
             sorted(set(pages) ^ numbers)[:3])


def volume_root(bag):
    """Links of load files are relative to one folder: the first that fits."""
    link = next(r["TEXTLINK"] or r["NATIVELINK"] for r in dat(bag)
                if r["TEXTLINK"] or r["NATIVELINK"]).replace("\\", "/")
    for root in (os.path.join(bag, "data/production/VOL001"),
                 os.path.join(bag, "data/production"),
                 os.path.join(bag, "data")):
        if os.path.isfile(os.path.join(root, link)):
            return root
    return os.path.join(bag, "data/production/VOL001")


def printed(args):
    bag, folder = args
    page = os.path.join(bag, "data/timeline/timeline.html")
    out = os.path.join(folder, "page.pdf")
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-quic",
         "--user-data-dir=" + os.path.join(folder, "browser"),
         "--host-resolver-rules=MAP * ~NOTFOUND",
         "--print-to-pdf=" + out, "file://" + os.path.abspath(page)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, timeout=180, check=True)
    text = subprocess.run(["pdftotext", "-raw", out, "-"], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    text = re.sub(r"\s+", "", text)
    rows = lines(os.path.join(bag, "data/timeline/timeline.jsonl"))
    events = [r for r in rows if r.get("kind") != "gap"]
    for row in (events[0], events[-1]):
        words = re.sub(r"\s+", "", row.get("subject") or row["summary"])
        if words[:24] not in text:
            fail("the page does not show: " + words)


def same(args):
    tables = []
    for path in args:
        with open(path, encoding="utf-8-sig", newline="") as f:
            tables.append([[c for c in row] for row in csv.reader(f)])
    a, b = tables
    names = [n for n in b[0] if n in a[0]]
    if names != b[0]:
        fail("columns differ: %s" % (set(b[0]) - set(a[0])))
    if len(a) != len(b):
        fail("%d rows and %d" % (len(a) - 1, len(b) - 1))
    for i, (x, y) in enumerate(zip(a[1:], b[1:])):
        for name in names:
            left, right = x[a[0].index(name)], y[b[0].index(name)]
            if left.lstrip("'") != right.lstrip("'"):
                fail("row %d, %s: %r and %r" % (i + 1, name, left, right))


def formulas(args):
    import openpyxl
    book = openpyxl.load_workbook(args[0])
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    fail("%s!%s is a formula" % (page.title, cell.coordinate))


def put_formula(path):
    """The breaker of the check above."""
    import openpyxl
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["A2"] = "=1+1"
    book.save(path)


def schema(args):
    import jsonschema
    with open(os.path.join(args[0], "timeline.schema.json"),
              encoding="utf-8") as f:
        how = json.load(f)
    jsonschema.Draft202012Validator.check_schema(how)
    judge = jsonschema.Draft202012Validator(how)
    rows = lines(os.path.join(args[0], "timeline.jsonl"))
    for row in rows:
        judge.validate(row)
    if not rows:
        fail("no rows")


def tables(args):
    tree = xml.parse(os.path.join(args[0], "index.xml"))
    seen = 0
    for table in tree.iter("Table"):
        columns = len(list(table.iter("VariableColumn"))) + \
            len(list(table.iter("VariablePrimaryKey")))
        path = os.path.join(args[0], table.findtext("URL"))
        with open(path, encoding="utf-8-sig", newline="") as f:
            for row in csv.reader(f, delimiter=";"):
                seen += 1
                if len(row) != columns:
                    fail("%s: %d cells, %d columns" % (
                        path, len(row), columns))
    if not seen:
        fail("no rows")


def mactime(args):
    body = os.path.join(args[0], "mactime.body")
    said = subprocess.run(["mactime", "-b", body, "-d", "-y", "-z", "UTC"],
                          check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout.decode()
    told = list(csv.reader(said.splitlines()))[1:]
    rows = [r for r in lines(os.path.join(args[0], "timeline.jsonl"))
            if r.get("kind") != "gap"]
    if len(told) != len(rows):
        fail("mactime prints %d events of %d" % (len(told), len(rows)))
    times = [r[0] for r in told]
    if times != sorted(times):
        fail("mactime's order differs")


def dkim(args):
    import dkim as judge
    folder = os.path.join(args[0], "data/email-auth")
    seen = 0
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".dns.json"):
            continue
        bates = name.split(".")[0]
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            answers = json.load(f)
        with open(os.path.join(folder, bates + ".auth.json"),
                  encoding="utf-8") as f:
            said = json.load(f)["results"][0]["result"]
        path = glob.glob(os.path.join(
            args[0], "data/production/VOL001/NATIVES/*", bates + ".eml"))[0]
        with open(path, "rb") as f:
            good = judge.verify(f.read(), dnsfunc=lambda n, timeout=5:
                                "".join(answers[n.decode().rstrip(".")]
                                        ["TXT"][0]).encode())
        if good != (said == "pass"):
            fail("%s: %s, and the bundle says %s" % (bates, good, said))
        seen += 1
    if not seen:
        fail("no mail has answers of DNS")


def across(args):
    bag = args[0]
    folder = os.path.join(bag, "data/timeline")
    js = [r for r in lines(os.path.join(folder, "timeline.jsonl"))]
    cs = sheet(os.path.join(folder, "timeline.csv"))
    key = [(str(r["row"]), r.get("sha256", ""), r.get("event_time_utc", ""))
           for r in js]
    if key != [(r["row"], r["sha256"], r["event_time_utc"]) for r in cs]:
        fail("CSV and JSON Lines differ")
    import openpyxl
    page = openpyxl.load_workbook(os.path.join(folder, "timeline.xlsx"),
                                  read_only=True)["timeline"]
    cells = [[str(c) if c is not None else "" for c in row]
             for row in page.iter_rows(values_only=True)]
    at = [cells[0].index(n) for n in ("row", "sha256")]
    if [tuple(r[i] for i in at) for r in cells[1:]] != \
            [k[:2] for k in key]:
        fail("the spreadsheet differs")
    load = {r["BEGDOC"]: r["SHA256HASH"] for r in dat(bag)}
    timeline = {r["bates_beg"]: r.get("sha256", "") for r in js
                if r.get("bates_beg")}
    for bates, sha in timeline.items():
        if bates not in load or (sha and load[bates] and load[bates] != sha):
            fail("%s is another document in the load file" % bates)
    tree = xml.parse(os.path.join(bag, DATA, "VOL001.edrm.xml"))
    found = {d.get("DocID") for d in tree.iter("Document")}
    if found != set(load):
        fail("the EDRM file has other documents")
    with open(os.path.join(bag, DATA, "VOL001.opt"), encoding="utf-8") as f:
        first = {row.split(",")[0] for row in f if row.split(",")[3] == "Y"}
    if first != set(load):
        fail("the page list has other documents")
    table = os.path.join(bag, "data/audit/events.txt")
    if not os.path.exists(table):
        return
    with open(table, encoding="utf-8-sig", newline="") as f:
        events = list(csv.reader(f, delimiter=";"))
    if len(events) not in (len(js), len(js) + 1):
        fail("the auditors' table has %d rows of %d" % (len(events),
                                                        len(js)))


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2:])
