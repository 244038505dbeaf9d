"""A processor's socket without a processor: says hello and tells what the front door does."""

import os
import socket
import struct
import time

FOLDER = "/run/relay/processor"
HELLO, DRAIN = 1, 4


def frame(kind, payload=b""):
    return struct.pack("<IBBHQ", len(payload), 1, kind, 0, 0) + payload


class FakeProcessor:
    """Listens under a name; the file appears at once, ready to be connected to."""

    def __init__(self, name):
        self.path = f"{FOLDER}/{name}.sock"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        hidden = f"{FOLDER}/.{name}.new"
        self._listener.bind(hidden)
        os.chmod(hidden, 0o666)
        self._listener.listen(8)
        self._listener.settimeout(10)
        self.appeared = time.monotonic()
        os.rename(hidden, self.path)
        self._link = None

    def milliseconds_to_first_frame(self):
        """From the moment the file was there until the front door's hello has been read."""
        self._link, _ = self._listener.accept()
        self._link.settimeout(10)
        assert self._read_frame() == HELLO
        milliseconds = (time.monotonic() - self.appeared) * 1000
        # Version 1 to 1, role processor, payloads of 1 MiB, no credits: no event comes here.
        self._link.sendall(frame(HELLO, struct.pack("<BBBBII", 1, 1, 3, 0, 1 << 20, 0)))
        time.sleep(0.1)
        return milliseconds

    def milliseconds_to_goodbye(self):
        """From the removal of the file until the front door says that it sends nothing more."""
        start = time.monotonic()
        os.unlink(self.path)
        while self._read_frame() not in (DRAIN, None):
            pass
        return (time.monotonic() - start) * 1000

    def close(self):
        """Leaves as a process does that dies: the file stays."""
        if self._link:
            self._link.close()
        self._listener.close()

    def _read_frame(self):
        """The type of the next frame; None at the end."""
        head = b""
        while len(head) < 16:
            more = self._link.recv(16 - len(head))
            if not more:
                return None
            head += more
        left = struct.unpack_from("<I", head)[0]
        while left:
            left -= len(self._link.recv(left))
        return head[5]
