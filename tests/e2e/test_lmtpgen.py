# SPDX-License-Identifier: ISC
"""The LMTP generator against a server that writes down what it was sent:
what its log calls acknowledged must be those very bytes."""
import hashlib
import os
import re
import socket
import subprocess
import tempfile
import threading
import unittest

GEN = os.path.join(os.environ.get("DOSSIER_BUILD", "build"),
                   "tests/tools/lmtpgen")


class Server:
    """One thread a connection; ends a connection after `most` messages."""
    def __init__(self, refuse=False, most=None):
        self.folder = tempfile.mkdtemp()
        self.path = os.path.join(self.folder, "s")
        self.refuse, self.most = refuse, most
        self.mails, self.lock = [], threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def close(self):
        """A thread left in accept() would accept for the next server, whose
        listener gets this one's descriptor."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(s,),
                             daemon=True).start()

    def serve(self, s):
        with s, s.makefile("rb") as f:
            s.sendall(b"220 hello\r\n")
            done = 0
            for line in f:
                verb = line.split()[0].upper()
                if verb == b"LHLO":
                    s.sendall(b"250-x\r\n250 CHUNKING\r\n")
                elif verb == b"QUIT":
                    s.sendall(b"221 bye\r\n")
                    return
                elif verb == b"DATA" and not self.refuse:
                    s.sendall(b"354 go\r\n")
                    body = b""
                    for text in f:
                        if text == b".\r\n":
                            break
                        body += text[1:] if text[:1] == b"." else text
                    self.keep(s, body)
                    done += 1
                elif verb == b"BDAT":
                    self.keep(s, f.read(int(line.split()[1])))
                    done += 1
                elif verb == b"DATA":
                    s.sendall(b"503 no recipients\r\n")
                elif verb == b"RCPT" and self.refuse:
                    s.sendall(b"450 later\r\n")
                else:
                    s.sendall(b"250 ok\r\n")
                if done == self.most:
                    return

    def keep(self, s, body):
        with self.lock:
            self.mails.append(body)
        s.sendall(b"250 2.0.0 kept\r\n")

    def hashes(self):
        return sorted(hashlib.sha256(m).hexdigest() for m in self.mails)


class LmtpgenTest(unittest.TestCase):
    def run_gen(self, server, *args):
        log = os.path.join(server.folder, "log")
        r = subprocess.run(
            [GEN, "--connect", "unix:" + server.path, "--ack-log", log,
             "--timeout", "20", *args], capture_output=True, text=True,
            check=False)
        server.close()
        with open(log, encoding="utf-8") as f:
            logged = [line.split(None, 3) for line in f]
        said = dict(re.findall(r"(\w+)=([\d.]+)", r.stdout))
        return r.returncode, said, logged

    def same(self, server, args, count):
        code, said, logged = self.run_gen(server, *args)
        self.assertEqual(code, 0)
        self.assertEqual(said["acknowledged"], str(count))
        self.assertEqual(sorted(row[1] for row in logged), server.hashes())
        self.assertEqual(sorted(int(row[0]) for row in logged),
                         list(range(count)))
        for row in logged:
            self.assertEqual(row[3], "250 2.0.0 kept\n")

    def folder(self):
        folder = tempfile.mkdtemp()
        for i, text in enumerate((b".dot\n..\n.\nlone\n", b"no end",
                                  b"a\r\n.\r\nb\r\n", b"")):
            with open(os.path.join(folder, str(i)), "wb") as f:
                f.write(text)
        return folder

    def test_generated(self):
        server = Server()
        self.same(server, ("--connections", "5", "--messages", "60",
                           "--size", "700"), 60)
        self.assertEqual(len(set(server.hashes())), 60)

    def test_folder_as_lines(self):
        server = Server()
        self.same(server, ("--messages", "4", "--folder", self.folder()), 4)
        self.assertIn(b".dot\r\n..\r\n.\r\nlone\r\n", server.mails)
        self.assertIn(b"no end\r\n", server.mails)

    def test_folder_by_bdat(self):
        server = Server()
        self.same(server, ("--messages", "8", "--bdat", "--window", "3",
                           "--folder", self.folder()), 8)
        self.assertIn(b".dot\n..\n.\nlone\n", server.mails)
        self.assertIn(b"", server.mails)

    def test_unique(self):
        server = Server()
        self.same(server, ("--messages", "12", "--unique", "--folder",
                           self.folder()), 12)
        self.assertEqual(len(set(server.hashes())), 12)

    def test_refused(self):
        code, said, logged = self.run_gen(
            Server(refuse=True), "--messages", "7", "--connections", "2")
        self.assertEqual((code, said["refused"], logged), (1, "7", []))

    def test_lost(self):
        server = Server(most=3)
        code, said, logged = self.run_gen(
            server, "--messages", "100", "--connections", "2")
        self.assertEqual((code, said["acknowledged"]), (8, "6"))
        self.assertEqual(sorted(row[1] for row in logged), server.hashes())
        self.assertEqual(sum(int(said[k]) for k in (
            "acknowledged", "refused", "lost", "unsent")), 100)

    def test_only_this_machine(self):
        r = subprocess.run([GEN, "--connect", "tcp:192.0.2.1:24"],
                           capture_output=True, check=False)
        self.assertEqual(r.returncode, 2)


if __name__ == "__main__":
    unittest.main()
