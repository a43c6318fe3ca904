# SPDX-License-Identifier: ISC
"""authority: a certificate authority with two certificates, one for the
office's seal and one for a time stamp authority (RFC 3161), which answers on
the loopback by `openssl ts -reply'.  Real signatures by OpenSSL, none of our
own code."""
import http.server
import os
import subprocess
import threading

EXTENSIONS = """[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[seal]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
"""

SERVICE = """[tsa]
default_tsa = it
[it]
dir = %(dir)s
serial = %(dir)s/serial
signer_cert = %(dir)s/tsa.pem
certs = %(dir)s/ca.pem
signer_key = %(dir)s/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.13762.3
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(*args, **how):
    return subprocess.run(["openssl", *args], check=True,
                          stdin=subprocess.DEVNULL if "input" not in how
                          else None, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **how).stdout


class Authority:
    def __init__(self, folder):
        self.dir = os.path.join(folder, "authority")
        os.mkdir(self.dir)
        self.lock, self.asked, self.down = threading.Lock(), 0, False
        with open(self.path("ext.cnf"), "w", encoding="ascii") as f:
            f.write(EXTENSIONS)
        with open(self.path("ts.cnf"), "w", encoding="ascii") as f:
            f.write(SERVICE % {"dir": self.dir})
        with open(self.path("serial"), "w", encoding="ascii") as f:
            f.write("01\n")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                "3650", "-subj", "/O=Test/CN=Test Authority", "-keyout",
                self.path("ca.key"), "-out", self.path("ca.pem"),
                "-addext", "keyUsage = critical, keyCertSign, cRLSign")
        for name, subject in (("tsa", "/O=Test/CN=Test Time Stamps"),
                              ("seal", "/O=Ward and Hale/CN=The Office")):
            self.certify(name, subject)
        self.ca = self.tsa = self.path("ca.pem")
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), self.handler())
        self.url = "http://127.0.0.1:%d/ts" % self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def path(self, name):
        return os.path.join(self.dir, name)

    def certify(self, name, subject):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", subject,
                "-keyout", self.path(name + ".key"), "-out",
                self.path(name + ".csr"))
        openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA",
                self.path("ca.pem"), "-CAkey", self.path("ca.key"),
                "-CAcreateserial", "-days", "3650", "-extfile",
                self.path("ext.cnf"), "-extensions", name, "-out",
                self.path(name + ".pem"))

    def answer(self, query):
        """The reply to one query; their serial numbers are one after one."""
        with self.lock:
            self.asked += 1
            path = self.path("query")
            with open(path, "wb") as f:
                f.write(query)
            return openssl("ts", "-reply", "-config", self.path("ts.cnf"),
                           "-queryfile", path)

    def handler(self):
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if owner.down or self.headers["Content-Type"] != \
                        "application/timestamp-query":
                    self.send_error(503)
                    return
                reply = owner.answer(body)
                self.send_response(200)
                self.send_header("Content-Type",
                                 "application/timestamp-reply")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass

        return Handler

    def conf(self):
        """Sections of dossierd.conf that use it."""
        return ('\nseal {\n\tcertificate = "%s"\n\tkey = "%s"\n'
                '\tchain = "%s"\n}\nlog {\n\tstamp = { "%s" }\n}\n' % (
                    self.path("seal.pem"), self.path("seal.key"),
                    self.path("ca.pem"), self.url))

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
