#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
The reader's facts against those that other tools found in the corpus.

check: slow
check: timeout 600

Every difference stands in tests/hostile/reading-exceptions.tsv, a line each:
message, field, what the other tools say, what ours says.  One that is not
listed fails, and so does one that is listed and gone: the list only shrinks.
DOSSIER_WRITE_EXCEPTIONS=FILE writes what a run found.

Compared are facts, not spelling: white space and controls in subjects count
once, the domain of an address has no case, a List-Id is what is within <>.
The offsets of every part are held against the bytes of the message as well.
"""
import collections
import datetime
import hashlib
import json
import os
import re
import unittest

import readers

EXCEPTIONS = "tests/hostile/reading-exceptions.tsv"


def squeeze(text):
    return " ".join(re.sub(r"[\0-\x1f\x7f]", " ", text or "").split())


def bare(text):
    """A message id or list id without what stands around it."""
    text = squeeze(text)
    found = re.search(r"<([^<>]*)>", text)
    return re.sub(r"\s", "", found.group(1) if found else text.strip("<>"))


def address(text):
    """A word without @ is a name, which is said elsewhere; X.500 is one."""
    text = squeeze(text)
    local, at, domain = text.rpartition("@")
    return local + at + domain.lower() if at or "/" in text else ""


def instant(text):
    """RFC 3339 to UTC to the second; a time of no zone stays one."""
    if not text:
        return ""
    try:
        at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    if at.tzinfo is None:
        return at.isoformat()
    try:
        return at.astimezone(datetime.timezone.utc).isoformat()
    except OverflowError:
        return text


def theirs(fact):
    return {
        "message_id": bare(fact["message_id"]),
        "subject": squeeze(fact["subject"]),
        "from": address(fact["from"]),
        "date": instant(fact["date_utc"]),
        "references": " ".join(map(bare, fact["references"])),
        "in_reply_to": " ".join(map(bare, fact["in_reply_to"])),
        "list_id": bare(fact["list_id"]),
        "types": " ".join(sorted(fact["types"])),
        "attachments": " | ".join(sorted(
            "%s %d %s" % (squeeze(a["filename"]), a["size"], a["sha256"])
            for a in fact["attachments"])),
    }


def attached(part):
    """For the other tools every message/... holds parts and is none itself."""
    return not part["type"].startswith("message/") and "sha256" in part and (
        "filename" in part or part.get("disposition") == "attachment")


def local(reading):
    """The date, without an offset where the reader says that it has none."""
    date = reading.get("date", "")
    if date.endswith("-00:00") and "bad-date" in reading.get("doubts", []):
        return date[:-6]
    return date


def ours(reading):
    parts = reading.get("parts", [])
    return {
        "message_id": reading.get("message_id", ""),
        "subject": squeeze(reading.get("subject")),
        "from": address(reading.get("from", [{}])[0].get("address")),
        "date": instant(local(reading)),
        "references": " ".join(reading.get("references", [])),
        "in_reply_to": " ".join(reading.get("in_reply_to", [])),
        "list_id": bare(reading.get("list_id")),
        "types": " ".join(sorted({p["type"] for p in parts})),
        "attachments": " | ".join(sorted(
            "%s %d %s" % (squeeze(p.get("filename")), p["size"], p["sha256"])
            for p in parts if attached(p))),
    }


def archived():
    """(name, fact, bytes) of every message of the archives."""
    folder = readers.CORPUS + "/mail"
    facts = collections.defaultdict(dict)
    for line in readers.unzst(
            folder + "/expected/archives.jsonl.zst").splitlines():
        fact = json.loads(line)
        facts[fact["archive"]][fact["name"]] = fact
    for name in sorted(facts):
        for member, data in readers.archive(folder + "/archives/" + name):
            fact = facts[name].pop(member, None)
            if fact:
                yield name.split(".")[0] + "/" + member, fact, data
        assert not facts[name], "%s lacks %s" % (name, sorted(facts[name])[:3])


def single():
    """The same for the single messages on which two tools agree."""
    for listing in ("mail/expected/eml.jsonl",
                    "mail-hostile/expected/hostile.jsonl"):
        with open(os.path.join(readers.CORPUS, listing),
                  encoding="utf-8") as f:
            facts = [json.loads(line) for line in f]
        for fact in facts:
            if fact.get("second_tool", {}).get("agrees"):
                with open(os.path.join(readers.CORPUS, fact["path"]),
                          "rb") as f:
                    yield fact["path"], fact, f.read()


def escape(text):
    return (text.encode("utf-8", "backslashreplace").decode()
            .replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n"))


PLAIN = (None, "7bit", "8bit", "binary")


def check_offsets(name, data, reading):
    """The content of a part stands where the reader says that it does."""
    for part in reading.get("parts", []):
        if "start" not in part:
            continue
        content = data[part["start"]:part["end"]]
        assert part["start"] <= part["end"] <= len(data), name
        if "sha256" not in part:            # a nested message
            assert re.match(rb"From |[!-~]+\s*:", content), (name, part)
            assert (part["end"] == len(data) or content.endswith(b"\n") or
                    data[part["end"]:part["end"] + 1] in b"\r\n"), name
        elif part.get("encoding") in PLAIN:
            assert part["sha256"] == hashlib.sha256(content).hexdigest(), (
                name, part)


def compare(reader, mails):
    """Sets of lines as the list of exceptions has them, and the count."""
    facts, found, count = {}, set(), 0

    def items():
        for name, fact, data in mails:
            assert hashlib.sha256(data).hexdigest() == fact["sha256"], name
            facts[name] = fact, data
            yield name, data

    for name, outcome, detail, reading in reader.many(items()):
        fact, data = facts.pop(name)
        count += 1
        if outcome != readers.DONE:
            found.add((name, "outcome", "0", "%d %d" % (outcome, detail)))
            continue
        check_offsets(name, data, reading)
        said, read = theirs(fact), ours(reading)
        if said["date"] + "+00:00" == read["date"] and \
                reading["date"].endswith("-00:00"):
            said["date"] = read["date"]     # RFC 5322, 3.3: -0000 is UTC
        for field in said:
            if said[field] != read[field]:
                found.add((name, field, escape(said[field]),
                           escape(read[field])))
    return found, count


class Facts(unittest.TestCase):
    def test_facts(self):
        with open(EXCEPTIONS, encoding="utf-8") as f:
            listed = {tuple(line.rstrip("\n").split("\t"))
                      for line in f if not line.startswith("#")}
        found, count = set(), 0
        with readers.Reader() as reader:
            for mails in (archived(), single()):
                more, n = compare(reader, mails)
                found |= more
                count += n
        out = os.environ.get("DOSSIER_WRITE_EXCEPTIONS")
        if out:
            with open(out, "w", encoding="utf-8") as f:
                f.writelines("\t".join(line) + "\n" for line in sorted(found))
        self.assertEqual(reader.status, 0)
        self.assertGreater(count, 9000)
        self.assertEqual(sorted(found - listed), [], "not listed")
        self.assertEqual(sorted(listed - found), [], "listed, but gone")


if __name__ == "__main__":
    readers.need_corpus()
    unittest.main()
