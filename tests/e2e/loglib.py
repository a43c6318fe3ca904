# SPDX-License-Identifier: ISC
"""loglib: what tests of the log share: the checkers that are not ours, a
witness, and what is published."""
import os
import subprocess
import sys
import threading

import lib

EVIDENCE = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "evidence")
sys.path.insert(0, EVIDENCE)
GO_LOG = os.path.join(lib.BUILD, "tests/evidence/log")
GO_WITNESS = os.path.join(lib.BUILD, "tests/evidence/witness")


def install():
    subprocess.run([os.path.join(EVIDENCE, "install"), lib.BUILD], check=True,
                   stdout=subprocess.DEVNULL)


def run(*args):
    """(exit code, output and errors)."""
    done = subprocess.run(
        args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=lib.PATIENCE, env=dict(
            os.environ, NODE_PATH=os.path.join(lib.BUILD,
                                               "npm/node_modules")))
    return done.returncode, done.stdout.decode("utf-8", "replace")


def read(*path):
    with open(os.path.join(*path), "rb") as f:
        return f.read()


def published(office):
    """Name and bytes of every published file."""
    found = {}
    top = office.path("log")
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, top)] = read(path)
    return found


def heads(files):
    """Of the checkpoints among published files: {(origin, size): root}."""
    found = {}
    for name, data in files.items():
        if os.path.basename(name) == "checkpoint":
            origin, size, root = data.decode().split("\n")[:3]
            found[origin, int(size)] = root
    return found


def checkpoint(office, *args):
    """`dossier log checkpoint'; its text."""
    done = office.dossier("log", "checkpoint", *args)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def fill(office, count=3, text="x"):
    """A client, a case and documents in it."""
    assert office.dossier("client", "add", "Example").returncode == 0
    assert office.dossier("case", "open", "C-0001", "Lease").returncode == 0
    add(office, count, text)


def add(office, count, text):
    for i in range(count):
        path = os.path.join(office.top, "file")
        with open(path, "w", encoding="ascii") as f:
            f.write("%s %d\n" % (text, i))
        done = office.dossier("add", path, "--case", "K-2026-0001")
        assert done.returncode == 0, done.stderr
    office.wait_read()


class Witness:
    """A witness of C2SP tlog-witness that knows the logs it is told of."""

    def __init__(self, folder, name, *vkeys):
        os.makedirs(folder, exist_ok=True)
        self.process = subprocess.Popen(
            [GO_WITNESS, name, folder, *vkeys], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE)
        self.key = self.process.stdout.readline().decode().strip()
        self.url = self.process.stdout.readline().decode().strip()
        self.said = []
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self):
        for line in self.process.stdout:
            self.said.append(line.decode().strip())

    def conf(self, title="w"):
        return 'witness "%s" {\n\turl = "%s"\n\tkey = "%s"\n}\n' % (
            title, self.url, self.key)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()
