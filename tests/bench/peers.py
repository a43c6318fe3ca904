# SPDX-License-Identifier: ISC
"""peers: what Dossier is measured against, each in a private folder.

A peer that cannot run raises Missing with the reason; its rows then say
"not measured".  Only processes started here are ended.
"""
import glob
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import time

CORPUS = os.environ.get("DOSSIER_CORPUS", "../shared/corpus")


class Missing(Exception):
    pass


def tool(name):
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not path:
        raise Missing(name + " is not installed")
    return path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(connect, process, seconds=20):
    """Waits until a socket answers; Missing if its process ends first."""
    until = time.monotonic() + seconds
    family = socket.AF_UNIX if isinstance(connect, str) else socket.AF_INET
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Missing("%s ended at once" % process.args[0])
        try:
            with socket.socket(family) as s:
                s.settimeout(5)
                s.connect(connect)
                # LMTP greets; HTTP waits to be asked.
                if family == socket.AF_UNIX or s.recv(1):
                    return
        except OSError:
            time.sleep(0.05)
    end_process(process)
    raise Missing("%s does not answer" % process.args[0])


def end_process(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


DOVECOT = """
base_dir = {d}/run
state_dir = {d}/state
log_path = {d}/log
protocols = lmtp
ssl = no
listen = 127.0.0.1
mail_location = maildir:{d}/mail/%u
first_valid_uid = 1
userdb {{
  driver = static
  args = uid=mail gid=mail home={d}/mail/%u allow_all_users=yes
}}
passdb {{
  driver = static
  args = nopassword=y
}}
service lmtp {{
  process_limit = 100
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""


class Dovecot:
    """Dovecot's LMTP server with a maildir, as it is installed."""
    def __init__(self, folder):
        if os.geteuid() != 0:
            raise Missing("Dovecot is started as root only")
        d = os.path.abspath(os.path.join(folder, "dovecot"))
        shutil.rmtree(d, ignore_errors=True)
        for name in ("run", "state", "mail"):
            os.makedirs(os.path.join(d, name))
        shutil.chown(os.path.join(d, "mail"), "mail", "mail")
        self.port = free_port()
        conf = os.path.join(d, "dovecot.conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(DOVECOT.format(d=d, port=self.port))
        self.process = subprocess.Popen(
            [tool("dovecot"), "-F", "-c", conf], stdin=subprocess.DEVNULL)
        wait_for(("127.0.0.1", self.port), self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end_process(self.process)


class Sink:
    """Postfix's smtp-sink, which answers and stores nothing."""
    def __init__(self, _folder):
        self.port = free_port()
        command = [tool("smtp-sink"), "-L", "127.0.0.1:%d" % self.port,
                   "1000"]
        if os.geteuid() == 0:
            command[1:1] = ["-u", "nobody"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        wait_for(("127.0.0.1", self.port), self.process)

    __enter__ = Dovecot.__enter__
    __exit__ = Dovecot.__exit__


def smtp_source(port, messages, size=4096, senders=50):
    """Messages a second of Postfix's generator, connections kept open."""
    start = time.monotonic()
    r = subprocess.run(
        [tool("smtp-source"), "-d", "-L", "-s", str(senders), "-m",
         str(messages), "-l", str(size), "-f", "sender@example.net", "-t",
         "office@example.org", "inet:127.0.0.1:%d" % port],
        capture_output=True, text=True, check=False)
    if r.returncode:
        raise Missing("smtp-source: " + r.stderr.strip()[-200:])
    return messages / (time.monotonic() - start)


def lmtpgen(build, port, messages, *more, senders=50):
    """What our generator says, as a dict of numbers."""
    r = subprocess.run(
        [os.path.join(build, "tests/tools/lmtpgen"), "--connect",
         "tcp:127.0.0.1:%d" % port, "--connections", str(senders),
         "--messages", str(messages), *more],
        capture_output=True, text=True, check=False)
    if r.returncode:
        raise Missing("lmtpgen: " + (r.stderr + r.stdout).strip()[-200:])
    return {k: float(v) for k, v in
            (w.split("=") for w in r.stdout.split())}


def fdatasync_p99(folder, rounds=2000, size=4096):
    """Microseconds of a bare write and fdatasync in zero-written space."""
    path = os.path.join(folder, "sync.bin")
    data = os.urandom(size)
    with open(path, "wb", buffering=0) as f:
        f.write(bytes(rounds * size))
        os.fsync(f.fileno())
        f.seek(0)
        times = []
        for _ in range(rounds):
            start = time.monotonic_ns()
            f.write(data)
            os.fdatasync(f.fileno())
            times.append((time.monotonic_ns() - start) / 1000)
    os.unlink(path)
    return sorted(times)[rounds * 99 // 100]


def mail_folder(folder, names=("spamassassin-easy-ham-1",), under="mail"):
    """Corpus mail, one message a file."""
    out = os.path.join(folder, under)
    if not os.path.isdir(out):
        os.makedirs(out + ".new", exist_ok=True)
        for name in names:
            archive = os.path.join(CORPUS, "mail/archives", name + ".tar.zst")
            if not os.path.exists(archive):
                raise Missing("no corpus at " + CORPUS)
            subprocess.run([tool("tar"), "--zstd", "-xf", archive, "-C",
                            out + ".new"], check=True)
        os.rename(out + ".new", out)
    return out


def copy_seconds(folder, to):
    """A copy of the folder, all of it on the disk."""
    shutil.rmtree(to, ignore_errors=True)
    start = time.monotonic()
    subprocess.run(["cp", "-r", "--", folder, to], check=True)
    subprocess.run(["sync", "-f", "--", to], check=True)
    seconds = time.monotonic() - start
    shutil.rmtree(to)
    return seconds


def copy_synced_seconds(folder, to):
    """The same, each file on the disk before the next is begun."""
    shutil.rmtree(to, ignore_errors=True)
    os.mkdir(to)
    start = time.monotonic()
    for name in os.listdir(folder):
        path = os.path.join(to, name)
        shutil.copyfile(os.path.join(folder, name), path)
        with open(path, "rb") as f:
            os.fsync(f.fileno())
    seconds = time.monotonic() - start
    shutil.rmtree(to)
    return seconds


def du(*paths):
    """Bytes on disk."""
    r = subprocess.run(["du", "-sck", "--", *paths], capture_output=True,
                       text=True, check=True)
    return int(r.stdout.split()[-2]) * 1024


def join(folder, out):
    """All files of a folder in one, for a bare hash of the same bytes."""
    with open(out, "wb") as f:
        for name in sorted(glob.glob(folder + "/**", recursive=True)):
            if os.path.isfile(name):
                with open(name, "rb") as g:
                    shutil.copyfileobj(g, f)
    return os.path.getsize(out)


def sqlite_json(folder, rows):
    """Seconds of sqlite3 -json for the same rows, read from a table."""
    path = os.path.join(folder, "rows.sqlite")
    if os.path.exists(path):
        os.unlink(path)
    names = sorted({k for row in rows for k in row})
    with sqlite3.connect(path) as db:
        db.execute("create table rows (n integer primary key, %s)" %
                   ", ".join('"%s"' % n for n in names))
        db.executemany(
            "insert into rows values (null%s)" % (",?" * len(names)),
            [[v if isinstance(v, (str, int, float, type(None)))
              else json.dumps(v) for v in
              (row.get(n) for n in names)] for row in rows])
    start = time.monotonic()
    subprocess.run([tool("sqlite3"), "-json", path,
                    "select * from rows order by n"], check=True,
                   stdout=subprocess.DEVNULL)
    return time.monotonic() - start
