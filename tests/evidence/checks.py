# SPDX-License-Identifier: ISC
"""The acceptance checks of a bundle: each row is a name, the command of a tool
that is not ours, and a breaker, which changes a copy of the bundle so that
the same command must refuse it.

A command is a bash script.  It runs with `set -euo pipefail' and

    BAG     the unpacked bundle         ZIP    the same as it was delivered
    KNOWN   what hashdeep wrote at the sender, of the good bundle
    CA      certificate of the office's authority
    TSA     certificate of the time stamp authority
    HERE    this folder                 T      an empty folder
    GOVFY   the Go verifier             NODE_PATH  npm packages
    VNU     vnu.jar                     WITNESS    the witness's key
    VKEYS   the office's published keys, as it handed them out before

A breaker takes the path of the copy (BAG); those of zip files take ZIP.
"""
import glob
import json
import os
import re

import look


class Check:
    def __init__(self, number, name, command, breaker, needs=None, zip=False):
        self.number, self.name, self.command = number, name, command
        self.breaker, self.needs, self.zip = breaker, needs, zip


def only(bag, pattern):
    """The first file of a pattern, in the order of names."""
    found = sorted(p for p in glob.glob(os.path.join(bag, pattern),
                                        recursive=True) if os.path.isfile(p))
    if not found:
        raise AssertionError("nothing is called " + pattern)
    return found[0]


def flip(pattern, at=-2):
    """One bit of one byte."""
    def breaker(bag):
        path = only(bag, pattern)
        with open(path, "rb") as f:
            data = bytearray(f.read())
        data[at % len(data)] ^= 1
        with open(path, "wb") as f:
            f.write(data)
    return breaker


def flip_middle(path):
    """One bit in the middle of a file."""
    with open(path, "r+b") as f:
        f.seek(os.path.getsize(path) // 2)
        byte = f.read(1)[0]
        f.seek(-1, os.SEEK_CUR)
        f.write(bytes([byte ^ 1]))


def edit(pattern, change):
    """The bytes of one file, changed by a function that must change them."""
    def breaker(bag):
        path = only(bag, pattern)
        with open(path, "rb") as f:
            old = f.read()
        new = change(old)
        assert new != old, "the breaker of %s broke nothing" % pattern
        with open(path, "wb") as f:
            f.write(new)
    return breaker


def replace(pattern, old, new):
    return edit(pattern, lambda data: data.replace(old, new, 1))


def add(name, data=b"one more\n"):
    def breaker(bag):
        with open(os.path.join(bag, name), "wb") as f:
            f.write(data)
    return breaker


def remove(pattern):
    return lambda bag: os.unlink(only(bag, pattern))


def cut_line(pattern, which):
    def change(data):
        lines = data.splitlines(keepends=True)
        del lines[which]
        return b"".join(lines)
    return edit(pattern, change)


def lose_cell(data):
    """The last cell of the second row of a DAT."""
    rows = data.split(b"\r\n")
    rows[1] = rows[1][:rows[1].rindex(b"\x14")]
    return b"\r\n".join(rows)


def event_changed(data):
    """A letter of an event that is disclosed, its line being sound JSON."""
    lines = data.splitlines(keepends=True)
    for i, line in enumerate(lines):
        row = json.loads(line)
        if row.get("entry"):
            row["entry"] = row["entry"].replace("actor", "actur", 1)
            lines[i] = json.dumps(row).encode() + b"\n"
            return b"".join(lines)
    return data


def export_changed(data):
    """One more document, its line being sound JSON."""
    row = json.loads(data)
    row["entry"] = re.sub(r'"documents":(\d+)', lambda m: '"documents":%d' %
                          (int(m[1]) + 1), row["entry"], count=1)
    return json.dumps(row).encode() + b"\n"


def row_number(data):
    """JSON Lines: the number of the first row as a text."""
    return re.sub(rb'"row":(\d+)', rb'"row":"\1"', data, count=1)


def size_changed(data):
    return re.sub(rb"\n(\d+)\n", lambda m: b"\n%d\n" % (int(m[1]) + 1),
                  data, count=1)


def mail_changed(bag):
    """One letter in the body of a mail that has an answer of DNS."""
    name = os.path.basename(only(bag, "data/email-auth/*.dns.json"))
    replace("data/production/VOL001/NATIVES/*/%s.eml" % name.split(".")[0],
            b"Number", b"Numbir")(bag)


DATA = "production/VOL001/DATA"
DAT = "$BAG/data/%s/VOL001.dat" % DATA
VOL = "$BAG/data/production/VOL001"

# The leaf of the recorded export, out of its entry and salt.
LEAF = """cd "$BAG/seal"
sum=$( (jq -r .nonce export.json | xxd -r -p; jq -j .entry export.json) |
  sha256sum | cut -c1-64)
jq -j --arg c "$sum" '.case_seq as $n | .entry | fromjson |
  {case_seq: $n, commitment: $c, kind, recorded_at: .at, v} | tojson' \\
  export.json > "$T/leaf"
"""

CHECKS = [
    Check("1", "BagIt: the whole bag",
          'node "$HERE/bag.js" "$BAG"', flip("data/production/**/NATIVES/**")),
    Check("1", "BagIt: a file that no manifest has",
          'node "$HERE/bag.js" "$BAG"', add("data/added.txt")),
    Check("1", "BagIt: a line taken out of a manifest",
          'node "$HERE/bag.js" "$BAG"', cut_line("manifest-sha512.txt", 0)),
    Check("2", "coreutils: every sum, payload and tag files",
          'cd "$BAG"; sha256sum -c --quiet --strict manifest-sha256.txt '
          'tagmanifest-sha256.txt; sha512sum -c --quiet --strict '
          'manifest-sha512.txt tagmanifest-sha512.txt',
          flip("data/timeline/timeline.csv")),
    Check("2", "coreutils: a tag file changed",
          'cd "$BAG"; sha256sum -c --quiet --strict manifest-sha256.txt '
          'tagmanifest-sha256.txt; sha512sum -c --quiet --strict '
          'manifest-sha512.txt tagmanifest-sha512.txt',
          replace("bag-info.txt", b"Bagging-Date: 2", b"Bagging-Date: 1")),
    Check("3", "nothing beside what the manifests list",
          'cd "$BAG"; export LC_ALL=C; for n in 256:67 512:131; do '
          'diff <(cut -c${n#*:}- manifest-sha${n%:*}.txt | sort) '
          '<(find data -type f | sort); '
          'diff <(cut -c${n#*:}- tagmanifest-sha${n%:*}.txt | sort) '
          '<(find . -type f ! -path "./data/*" ! -path "./seal/*" '
          '! -name "tagmanifest-*" | cut -c3- | sort); done',
          add("proof/added")),
    Check("4", "hashdeep, between sender and receiver",
          'cd "$BAG"; hashdeep -r -l -a -k "$KNOWN" data | '
          'grep -q "Audit passed"', flip("data/custody/custody.csv")),
    Check("5", "unzip: sound, one folder at the top",
          'unzip -tqq "$ZIP"; test "$(zipinfo -1 "$ZIP" | cut -d/ -f1 | '
          'sort -u | wc -l)" = 1', flip_middle, zip=True),
    Check("6", "openssl ts: the stamp of the manifests",
          'cd "$BAG"; openssl ts -verify -data tagmanifest-sha512.txt '
          '-in seal/tagmanifest-sha512.txt.tsr -CAfile "$TSA" >/dev/null 2>&1',
          flip("tagmanifest-sha512.txt"), needs="seal/*.txt.tsr"),
    Check("6", "openssl ts: the stamp of the master log's head",
          'cd "$BAG/seal"; sed "/^$/,\\$d" master-checkpoint > "$T/body"; '
          'openssl ts -verify -data "$T/body" -in master-checkpoint.tsr '
          '-CAfile "$TSA" >/dev/null 2>&1',
          edit("seal/master-checkpoint", size_changed),
          needs="seal/master-checkpoint.tsr"),
    Check("7", "openssl cms: the office's seal",
          'cd "$BAG"; openssl cms -verify -cades -binary -inform DER '
          '-in seal/tagmanifest-sha512.txt.p7s '
          '-content tagmanifest-sha512.txt -CAfile "$CA" -purpose any '
          '-out "$T/copy" 2>/dev/null; cmp "$T/copy" tagmanifest-sha512.txt',
          flip("tagmanifest-sha512.txt"), needs="seal/*.p7s"),
    Check("7", "certtool: the same seal",
          'cd "$BAG"; certtool --p7-verify --inder '
          '--infile seal/tagmanifest-sha512.txt.p7s '
          '--load-data tagmanifest-sha512.txt '
          '--load-ca-certificate "$CA" >/dev/null 2>&1',
          flip("tagmanifest-sha512.txt"), needs="seal/*.p7s"),
    Check("8", "Go sumdb: signature, every entry, the tree",
          '"$GOVFY" tree "$BAG/proof/case" "$(head -1 "$BAG/proof/keys.vkey")"'
          ' >/dev/null',
          flip("proof/case/tile/entries/**", at=60)),
    Check("9", "npm sigstore: the case's head in the master tree",
          'cd "$BAG/proof"; awk "NF==0{exit} {print}" case/checkpoint '
          '> "$T/leaf"; node "$HERE/proof.js" case-checkpoint.tlog-proof '
          '"$(tail -1 keys.vkey)" "$T/leaf" >/dev/null',
          edit("proof/case-checkpoint.tlog-proof",
               lambda d: re.sub(rb"index (\d+)", lambda m: b"index %d" %
                                (int(m[1]) + 1), d, count=1))),
    Check("8", "Go sumdb: the export itself is in the log",
          LEAF + '"$GOVFY" proof export.tlog-proof '
          '"$(head -1 "$BAG/proof/keys.vkey")" "$T/leaf" >/dev/null',
          edit("seal/export.json", export_changed)),
    Check("8", "Go sumdb: its proof",
          LEAF + '"$GOVFY" proof export.tlog-proof '
          '"$(head -1 "$BAG/proof/keys.vkey")" "$T/leaf" >/dev/null',
          edit("seal/export.tlog-proof", size_changed)),
    Check("9", "npm sigstore: the export itself is in the log",
          LEAF + 'node "$HERE/proof.js" export.tlog-proof '
          '"$(head -1 "$BAG/proof/keys.vkey")" "$T/leaf" >/dev/null',
          edit("seal/export.tlog-proof",
               lambda d: re.sub(rb"index (\d+)", lambda m: b"index %d" %
                                (int(m[1]) + 1), d, count=1))),
    Check("9", "jq: what was recorded is this bundle",
          LEAF + 'jq -j .entry export.json | jq -e --arg s "$(sha512sum '
          '"$BAG/tagmanifest-sha512.txt" | cut -c1-128)" '
          "'.kind == \"bundle.built\" and .body.tagmanifest == $s' >/dev/null",
          flip("tagmanifest-sha512.txt")),
    Check("10", "openssl alone: the signature of the case's head",
          'cd "$BAG/proof"; printf %s "$(head -1 keys.vkey)" | '
          'cut -d+ -f3- | base64 -d | tail -c 32 > "$T/raw"; '
          '(printf 302a300506032b6570032100 | xxd -r -p; cat "$T/raw") | '
          'openssl pkey -pubin -inform DER -out "$T/pub.pem"; '
          'sed "/^$/,\\$d" case/checkpoint > "$T/body"; '
          'tail -1 case/checkpoint | cut -d" " -f3 | base64 -d | tail -c +5 '
          '> "$T/sig"; openssl pkeyutl -verify -rawin -pubin '
          '-inkey "$T/pub.pem" -in "$T/body" -sigfile "$T/sig" >/dev/null',
          edit("proof/case/checkpoint", size_changed)),
    Check("11", "openssl alone: the witness's cosignature",
          'cd "$BAG/seal"; sed "/^$/,\\$d" master-checkpoint > "$T/body"; '
          'printf %s "$WITNESS" | cut -d+ -f3- | base64 -d | tail -c 32 '
          '> "$T/raw"; (printf 302a300506032b6570032100 | xxd -r -p; '
          'cat "$T/raw") | openssl pkey -pubin -inform DER '
          '-out "$T/pub.pem"; grep " ${WITNESS%%+*} " master-checkpoint | '
          'cut -d" " -f3 | base64 -d > "$T/line"; '
          'at=$((16#$(head -c 12 "$T/line" | tail -c 8 | xxd -p))); '
          '(printf "cosignature/v1\\ntime %d\\n" $at; cat "$T/body") '
          '> "$T/text"; tail -c 64 "$T/line" > "$T/sig"; '
          'openssl pkeyutl -verify -rawin -pubin -inkey "$T/pub.pem" '
          '-in "$T/text" -sigfile "$T/sig" >/dev/null',
          edit("seal/master-checkpoint", size_changed),
          needs="seal/master-checkpoint.tsr"),
    Check("12", "coreutils: each disclosed event and its commitment",
          '/usr/bin/python3 "$HERE/look.py" disclosed "$BAG" | while read -r nonce file '
          'want; do got=$( (printf %s "$nonce" | xxd -r -p; cat "$file") | '
          'sha256sum | cut -d" " -f1); [[ ",$want," == *",$got,"* ]]; done',
          edit("proof/case/disclosed.jsonl", event_changed)),
    Check("12", "disclosed and withheld make the whole tree",
          '/usr/bin/python3 "$HERE/look.py" disclosed --count "$BAG"',
          cut_line("proof/case/disclosed.jsonl", 0)),
    Check("14", "csvkit: the load file has no bad row",
          'csvclean -n -d $\'\\x14\' -q þ -e utf-8-sig "%s" | '
          'grep -qx "No errors."' % DAT,
          edit("data/%s/VOL001.dat" % DATA, lose_cell)),
    Check("14", "csvkit: no number twice",
          'test -z "$(csvcut -d $\'\\x14\' -q þ -e utf-8-sig -c BEGDOC "%s" | '
          'sort | uniq -d)"' % DAT,
          edit("data/%s/VOL001.dat" % DATA, lambda d: d + d.split(
              b"\r\n")[1] + b"\r\n")),
    Check("15", "sha256sum: each native, by the load file",
          'csvcut -d $\'\\x14\' -q þ -e utf-8-sig -c SHA256HASH,NATIVELINK '
          '"%s" | tail -n +2 | grep -v ",$" | '
          "tr '\\\\' '/' | sed 's/,/  /' | tr -d '\"' > \"$T/sums\"; "
          'test -s "$T/sums"; cd "%s"; '
          'sha256sum -c --quiet "$T/sums" >/dev/null 2>&1' % (DAT, VOL),
          flip("data/production/VOL001/NATIVES/**")),
    Check("16", "awk: the page list is whole and its files are there",
          '/usr/bin/python3 "$HERE/look.py" opt "$BAG"',
          cut_line("data/%s/VOL001.opt" % DATA, 0)),
    Check("16", "awk: its form",
          'tr -d "\\r" < "$BAG/data/%s/VOL001.opt" | '
          'awk -F, \'NF!=7 || (NR==1 && $4!="Y"){exit 1}\'' % DATA,
          edit("data/%s/VOL001.opt" % DATA,
               lambda d: d.replace(b",Y,", b",,", 1))),
    Check("17", "xmllint: the EDRM file",
          'f="$BAG/data/%s/VOL001.edrm.xml"; xmllint --noout "$f"; '
          'test "$(xmllint --xpath "count(//Relationship[not(@ParentDocID='
          '//Document/@DocID)])" "$f")" = 0; '
          'test "$(xmllint --xpath "count(//Document)" "$f")" = '
          '"$(($(csvcut -d $\'\\x14\' -q þ -e utf-8-sig -c BEGDOC "%s" | '
          'wc -l) - 1))"' % (DATA, DAT),
          edit("data/%s/VOL001.edrm.xml" % DATA,
               lambda d: d.replace(b'<Document ', b'<Document2 ', 1)
               .replace(b'</Document>', b'</Document2>', 1))),
    Check("22", "vnu: the timeline is valid HTML",
          'java -jar "$VNU" --errors-only '
          '"$BAG/data/timeline/timeline.html" "$BAG/data/README.html"',
          edit("data/timeline/timeline.html",
               lambda d: d.replace(b"</table>", b"", 1)), needs="$VNU"),
    Check("22", "nothing in it asks a network",
          '! grep -Eq "(src|href)=.?https?:" '
          '"$BAG/data/timeline/timeline.html" "$BAG/data/README.html"',
          edit("data/README.html", lambda d: d.replace(
              b"</body>", b'<img src="https://a.example/b"></body>', 1))),
    Check("22", "chromium prints the first and the last row",
          '/usr/bin/python3 "$HERE/look.py" printed "$BAG" "$T"',
          edit("data/timeline/timeline.html", lambda d: re.sub(
              rb"<tbody>.*</tbody>", b"<tbody></tbody>", d, flags=re.S))),
    Check("23", "ssconvert and miller: the spreadsheet is the CSV",
          'cd "$T"; ssconvert -S "$BAG/data/timeline/timeline.xlsx" x-%s.csv '
          '>/dev/null 2>&1; /usr/bin/python3 "$HERE/look.py" same x-timeline.csv '
          '"$BAG/data/timeline/timeline.csv"',
          cut_line("data/timeline/timeline.csv", -1)),
    Check("23", "openpyxl: no formula",
          '/usr/bin/python3 "$HERE/look.py" formulas "$BAG/data/timeline/timeline.xlsx"',
          lambda bag: look.put_formula(
              only(bag, "data/timeline/timeline.xlsx"))),
    Check("24", "jsonschema: each row of the JSON Lines",
          '/usr/bin/python3 "$HERE/look.py" schema "$BAG/data/timeline"',
          edit("data/timeline/timeline.jsonl", row_number)),
    Check("24", "Timesketch: the columns that it must have",
          'mlr --icsv --ojsonl head -n 1 '
          '"$BAG/data/timeline/timesketch.csv" | jq -e \'has("message") and '
          'has("datetime") and has("timestamp_desc")\' >/dev/null',
          replace("data/timeline/timesketch.csv", b"datetime", b"dateline")),
    Check("25", "xmllint: the auditors' index, by its own DTD",
          'cd "$BAG/data/audit"; xmllint --noout --valid index.xml',
          edit("data/audit/index.xml",
               lambda d: d.replace(b"<Version>", b"<Vershun>", 1)
               .replace(b"</Version>", b"</Vershun>", 1)),
          needs="data/audit/index.xml"),
    Check("25", "xmllint: the same by the published DTD",
          'cd "$BAG/data/audit"; cp index.xml "$T"; cp "$GDPDU" '
          '"$T/gdpdu-01-09-2004.dtd"; cd "$T"; sed -i '
          '"s/<!DOCTYPE.*>/<!DOCTYPE DataSet SYSTEM '
          '\\"gdpdu-01-09-2004.dtd\\">/" index.xml; '
          'xmllint --noout --valid index.xml',
          edit("data/audit/index.xml",
               lambda d: d.replace(b"<Version>", b"<Vershun>", 1)
               .replace(b"</Version>", b"</Vershun>", 1)),
          needs="data/audit/index.xml $GDPDU"),
    Check("25", "each row of its tables has the columns declared",
          '/usr/bin/python3 "$HERE/look.py" tables "$BAG/data/audit"',
          edit("data/audit/events.txt",
               lambda d: d.replace(b";", b" ", 1)),
          needs="data/audit/index.xml"),
    Check("26", "mailauth: DKIM again, offline, by the answers kept",
          'cd "$BAG/data"; for d in email-auth/*.dns.json; do '
          'n=$(basename "$d" .dns.json); m=$(ls production/VOL001/NATIVES/'
          '*/"$n".eml); "$NODE_PATH/.bin/mailauth" report -n "$d" '
          '-i 127.0.0.1 -e example.org "$m" > "$T/r" 2>/dev/null; '
          'test "$(jq -r ".dkim.results[0].status.result" "$T/r")" = '
          '"$(jq -r ".results[0].result" "${d%.dns.json}.auth.json")"; done',
          mail_changed, needs="data/email-auth/*.dns.json"),
    Check("26", "python3-dkim: the same",
          '/usr/bin/python3 "$HERE/look.py" dkim "$BAG"',
          mail_changed, needs="data/email-auth/*.dns.json"),
    Check("27", "mactime prints as many events, in order",
          '/usr/bin/python3 "$HERE/look.py" mactime "$BAG/data/timeline"',
          cut_line("data/timeline/mactime.body", 0)),
    Check("29", "all formats say the same",
          '/usr/bin/python3 "$HERE/look.py" across "$BAG"',
          cut_line("data/timeline/timeline.jsonl", -1)),
    Check("verify", "dossier verify, given the published key",
          '"$DOSSIER" verify "$BAG" --key "$VKEYS" >/dev/null',
          flip("data/production/VOL001/TEXT/**")),
]
