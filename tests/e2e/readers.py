# SPDX-License-Identifier: ISC
"""
readers: what tests of dossier-reader share: the program behind its socket,
as dossierd sees it, and the mails of the corpus.
"""
import array
import io
import json
import os
import re
import select
import socket
import struct
import subprocess
import sys
import tarfile

BUILD = os.environ.get("DOSSIER_BUILD", "build")
READER = os.path.join(BUILD, "dossier-reader")
DRAWER = os.path.join(BUILD, "dossier-drawer")
CORPUS = os.environ.get("DOSSIER_CORPUS", "../shared/corpus")

MAGIC, HELLO = 0x44525232, 0x44524832
DONE, DIED, TIMEOUT, TOO_LARGE, NO_MEMORY = range(5)
(ITSELF, NONE, UNSUPPORTED, ENCRYPTED, CORRUPT, EMPTY, ABSENT) = range(5, 12)
ANY, MAIL = range(2)
READ, PART, TEXT, DRAW, SLIP = range(5)
NO_GLYPH, CUT, CHARSET, FROM_HTML = 1, 2, 4, 8
TAIL = struct.Struct("IIQII64s")
TAIL_MAGIC = 0x44525431
REQUEST = struct.Struct("IIQIIIIII32s")
AT_ONCE = 2


def need_corpus():
    """Ends the program when the corpus is not here; in CI that is a fault."""
    if not os.path.isdir(CORPUS):
        print("skipped: ../shared/corpus is not here")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)


def memfd(data):
    fd = os.memfd_create("document")
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]
    return fd


class Reader:
    """The program, as a context; ask() and wait() are its protocol."""

    def __init__(self, program=READER):
        self.program = program
        self.next = 0
        self.answers = {}

    def __enter__(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX,
                                         socket.SOCK_SEQPACKET)
        self.sock = ours
        self.process = subprocess.Popen(
            [self.program, str(theirs.fileno())],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin"})
        theirs.close()
        magic, text, maker = struct.unpack("I124s192s", self.receive())
        assert magic == HELLO
        self.maker = maker.rstrip(b"\0").decode()
        self.name = text.rstrip(b"\0").decode()
        return self

    def __exit__(self, *_):
        self.sock.close()
        self.status = self.process.wait(timeout=20)

    def receive(self):
        if not select.select([self.sock], [], [], 90)[0]:
            raise AssertionError("the reader is silent")
        return self.sock.recv(4096)

    def alive(self):
        return self.process.poll() is None

    def ask(self, data, hint=MAIL, deadline_ms=0, size=None, role=READ,
            part=0, lang=0, words=b"", charset=b""):
        """Sends a request, gives its id."""
        self.next += 1
        doc = memfd(data) if isinstance(data, bytes) else data
        answer = os.memfd_create("answer")
        packet = REQUEST.pack(MAGIC, self.next,
                              len(data) if size is None else size, hint,
                              deadline_ms, role, part, lang, len(words),
                              charset) + words
        self.sock.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                      array.array("i", [doc, answer]))])
        os.close(doc)
        self.answers[self.next] = answer
        return self.next

    def wait(self):
        """The next verdict: id, outcome, detail, reading or None."""
        packet = self.receive()
        if not packet:
            raise AssertionError("the reader has gone")
        magic, number, outcome, detail = struct.unpack("IIII", packet)
        assert magic == MAGIC
        answer = self.answers.pop(number)
        text = os.pread(answer, 1 << 24, 0) if outcome == DONE else None
        os.close(answer)
        return number, outcome, detail, text

    def one(self, data, **how):
        number = self.ask(data, **how)
        got, outcome, detail, text = self.wait()
        assert got == number
        return outcome, detail, json.loads(text) if text else None

    def answer(self, data, role, **how):
        """What a role other than READ says: outcome, pages, notes, bytes."""
        number = self.ask(data, role=role, **how)
        packet = self.receive()
        if not packet:
            raise AssertionError("the reader has gone")
        magic, got, outcome, detail = struct.unpack("IIII", packet)
        assert (magic, got) == (MAGIC, number)
        fd = self.answers.pop(number)
        try:
            if outcome != DONE:
                return outcome, detail, 0, None
            size = os.fstat(fd).st_size - TAIL.size
            magic, outcome, told, pages, notes, _ = TAIL.unpack(
                os.pread(fd, TAIL.size, size))
            assert (magic, told) == (TAIL_MAGIC, size)
            return outcome, pages, notes, os.pread(fd, size, 0)
        finally:
            os.close(fd)

    def many(self, items, **how):
        """items of (name, bytes) to (name, outcome, detail, reading)."""
        names = {}
        for name, data in items:
            if len(names) == AT_ONCE:
                yield self.named(names)
            names[self.ask(data, **how)] = name
        while names:
            yield self.named(names)

    def named(self, names):
        number, outcome, detail, text = self.wait()
        return (names.pop(number), outcome, detail,
                json.loads(text) if text else None)


def unzst(path):
    return subprocess.run(["zstd", "-dc", path], check=True,
                          stdout=subprocess.PIPE).stdout


def mbox(data):
    """
    Numbers and bytes of the messages of an mbox, as the corpus was counted
    (its README, messages_strict): from behind a From_ line to the next one.
    """
    starts = [m.span() for m in re.finditer(
        rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\d\d:\d\d[^\n]*\d{4}"
        rb"[^\n]*\n", data)]
    ends = [begin for begin, _ in starts[1:]] + [len(data)]
    for i, ((_, begin), end) in enumerate(zip(starts, ends), 1):
        yield "%05d" % i, data[begin:end]


def archive(path):
    """Names and bytes of the messages of an archive of the corpus."""
    data = unzst(path)
    if path.endswith(".mbox.zst"):
        yield from mbox(data)
        return
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            if member.isfile():
                yield member.name, tar.extractfile(member).read()
