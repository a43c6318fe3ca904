# SPDX-License-Identifier: ISC
"""bundles: a production bundle of corpus mail, and what coreutils and OpenSSL
need for the same files.

Memory is private memory (RssAnon), looked at while a command runs.
"""
import json
import os
import re
import shutil
import subprocess
import time

import peers

AT_ONCE = 200       # documents of one command line
# One message a file, and hardly any in two of them: copies are produced once.
ARCHIVES = ("spamassassin-easy-ham-1", "linux-mips-2000-10_2003-04_2005-04",
            "spamassassin-hard-ham-1", "openbmc-2019-09", "enron-cmu-allen-p",
            "spamassassin-spam-2-part", "openbmc-2020-10",
            "usrp-users-2021-05_2023-05_2023-06")
TICKS = os.sysconf("SC_CLK_TCK")


def mails(folder, n):
    """A folder of n different mails."""
    names, enough = [], []
    while len(enough) < n:
        if len(names) == len(ARCHIVES):
            raise peers.Missing("the corpus has %d mails" % len(enough))
        names.append(ARCHIVES[len(names)])
        top = peers.mail_folder(folder, names[-1:], names[-1])
        enough += sorted(os.path.join(at, name) for at, _, files in
                         os.walk(top) for name in files)
    out = os.path.join(folder, "mails")
    shutil.rmtree(out, ignore_errors=True)
    os.mkdir(out)
    for i, path in enumerate(enough[:n]):
        os.link(path, os.path.join(out, "%06d.eml" % i))
    return out


def fill(store, folder, n):
    """A case in which n mails are filed, all of them read, their text and
    pages made; its number."""
    client = store.dossier("client", "add", "Example Trading Ltd",
                           "--email", "sender@example.net").split()[0]
    case = store.dossier("case", "open", client, "Lease").split()[0]
    peers.lmtpgen(store.build, store.port, n, "--folder",
                  mails(folder, n), senders=20)
    store.settle(1800)
    for first in range(1, n + 1, AT_ONCE):
        last = min(first + AT_ONCE, n + 1)
        store.dossier("triage", "file", "--case", case,
                      *("D-%06d" % i for i in range(first, last)))
    status = store.status()
    if status["read"] < n or status["unfiled"]:
        raise peers.Missing("%d of %d are read, %d are not filed" % (
            status["read"], n, status["unfiled"]))
    rendered(store, 120 + n // 20)
    return case


def rendered(store, seconds):
    """Waits until text and pages of all that is filed are made."""
    end = time.monotonic() + seconds
    while (left := store.status()["to_render"]) > 0:
        if time.monotonic() > end:
            raise peers.Missing("%d documents have no text and pages after "
                                "%d s" % (left, seconds))
        time.sleep(0.5)


def rss_anon(pid):
    """0 once it has ended."""
    try:
        with open("/proc/%d/status" % pid, encoding="ascii") as f:
            found = re.search(r"RssAnon:\s+(\d+)", f.read())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(found[1]) * 1024 if found else 0


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid),
                  encoding="ascii") as f:
            return [int(word) for word in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def run(command, pids):
    """(seconds, most private memory that one of pids() had)."""
    start, peak = time.monotonic(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:
        while True:
            peak = max([peak] + [rss_anon(p) for p in pids(process.pid)])
            try:
                process.wait(0.01)
                break
            except subprocess.TimeoutExpired:
                pass
        seconds = time.monotonic() - start
        if process.returncode:
            raise peers.Missing("%s: exit %d: %s" % (
                " ".join(command[:3]), process.returncode,
                process.stderr.read().strip()[-200:]))
    return seconds, peak


def processor(pid):
    """Seconds of a process, and of those that it had and waited for."""
    with open("/proc/%d/stat" % pid, encoding="ascii") as f:
        words = f.read().rsplit(")", 1)[1].split()
    own, theirs = (sum(map(int, words[i:i + 2])) / TICKS for i in (11, 13))
    return own, theirs


class Built:
    """A bundle of the case, built and fetched into a folder."""

    def __init__(self, store, case, bag):
        daemon = store.process.pid
        bundle = store.dossier("bundle", "new", case, "--profile",
                               "production").split()[0]
        before = processor(daemon)
        self.seconds, self.memory = run(
            [os.path.join(store.build, "dossier"), "--socket", store.socket,
             "bundle", "build", bundle, "-o", bag], lambda _: [daemon])
        after = processor(daemon)
        self.daemon, self.readers = (b - a for a, b in zip(before, after))
        said = json.loads(store.dossier("bundle", "show", bundle, "--json"))
        self.documents = said["builds"][-1]["documents"]
        self.bag = bag
        self.payload = self.paths("data")
        self.bytes = sum(map(os.path.getsize, self.payload))

    def paths(self, under=""):
        return sorted(os.path.join(at, name) for at, _, names in
                      os.walk(os.path.join(self.bag, under))
                      for name in names)


def sums(tool, paths):
    """A list is too long for one command line."""
    for i in range(0, len(paths), 5000):
        subprocess.run(tool + paths[i:i + 5000], check=True,
                       stdout=subprocess.DEVNULL)


def copied_and_summed(built, folder):
    """Seconds of cp, sha256sum and sha512sum of the payload."""
    copy = os.path.join(folder, "payload")
    shutil.rmtree(copy, ignore_errors=True)
    tools = [[peers.tool("sha%dsum" % n)] for n in (256, 512)]
    start = time.monotonic()
    subprocess.run(["cp", "-r", "--", os.path.join(built.bag, "data"), copy],
                   check=True)
    for tool in tools:
        sums(tool, built.payload)
    seconds = time.monotonic() - start
    shutil.rmtree(copy)
    return seconds


def digested(paths):
    """Seconds of openssl dgst -sha256."""
    tool = [peers.tool("openssl"), "dgst", "-sha256"]
    start = time.monotonic()
    sums(tool, paths)
    return time.monotonic() - start


def verified(build, bag):
    """(seconds, memory) of a `dossier verify' that finds nothing broken."""
    return run([os.path.join(build, "dossier"), "verify", bag], children)
