# SPDX-License-Identifier: ISC
"""
terminal: a command on a terminal of its own, and how wide its lines are.
"""
import fcntl
import os
import pty
import re
import struct
import sys
import termios
import unicodedata


def run(argv, columns=80, env=None):
    """(text, exit code) of a command whose every stream is a terminal."""
    inner, outer = os.pipe(), None
    pid, outer = pty.fork()
    if pid == 0:
        try:
            os.read(inner[0], 1)        # until the size is set
            os.execve(argv[0], argv, env or os.environ)
        finally:
            os._exit(127)
    fcntl.ioctl(outer, termios.TIOCSWINSZ,
                struct.pack("HHHH", 50, columns, 0, 0))
    os.write(inner[1], b"x")
    text = b""
    while True:
        try:
            piece = os.read(outer, 65536)
        except OSError:                 # EIO: the other end is closed
            break
        if not piece:
            break
        text += piece
    os.close(outer)
    os.close(inner[0])
    os.close(inner[1])
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return text.decode("utf-8", "replace").replace("\r\n", "\n"), code


def plain(text):
    """Without bold and dim."""
    return re.sub(r"\033\[[0-9]m", "", text)


def width(text):
    """Columns: what is wide or full-width counts two."""
    return sum(0 if unicodedata.combining(c) else
               2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in text)


def controls(text):
    """The control characters in it, line ends apart."""
    return [c for c in text
            if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]


if __name__ == "__main__":      # terminal.py COLUMNS COMMAND...
    said, ended = run(sys.argv[2:], int(sys.argv[1]))
    sys.stdout.write(said)
    sys.exit(ended)
