"""Clients that send events all the time and notice every request that is not answered 200."""

import http.client
import json
import socket
import threading
import time
import uuid

HOST, PORT = "127.0.0.1", 3000
KEY = "0123456789abcdef0123456789abcdef"


def event():
    identifier = uuid.uuid4().hex
    body = {
        "event_id": identifier,
        "platform": "python",
        "level": "error",
        "message": "jane.doe@example.com paid with 4242 4242 4242 4242",
        "extra": {"attempt": 3, "text": "x" * 500},
        "exception": {"values": [{"type": "ValueError", "value": "no such order"}]},
    }
    return identifier, json.dumps(body).encode()


def connect(timeout=30):
    connection = http.client.HTTPConnection(HOST, PORT, timeout=timeout)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def send(connection, project=1, body=None):
    """Sends an event; returns its id and whether the connection stays open."""
    identifier, own = event()
    connection.request(
        "POST", f"/api/{project}/store/", body or own,
        {"Content-Type": "application/json",
         "X-Sentry-Auth": f"Sentry sentry_key={KEY}, sentry_version=7, sentry_client=load/1"})
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise RuntimeError(f"answered {response.status}: {answer[:200]!r}")
    return identifier, not response.will_close


def get(path, timeout=30):
    connection = connect(timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


class Load:
    """Threads with a new connection for each request, and threads that keep theirs."""

    def __init__(self, per_second=200, clients=2):
        self.failures = []
        self.latencies = {"new": [], "kept": []}
        self.identifiers = []
        self._pause = 2 * clients / per_second
        self._ends = threading.Event()
        self._threads = [
            threading.Thread(target=run, daemon=True)
            for run in (self._send_on_new, self._send_on_kept) for _ in range(clients)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        time.sleep(0.3)
        return self

    def __exit__(self, *_):
        time.sleep(0.3)
        self._ends.set()
        for thread in self._threads:
            thread.join(60)
            if thread.is_alive():
                self.failures.append((time.time(), "a client got no answer", ""))

    @property
    def count(self):
        return sum(map(len, self.latencies.values()))

    @property
    def refused(self):
        return sum("ConnectionRefused" in text for _, _, text in self.failures)

    def worst(self, share=1.0, kinds=("new", "kept")):
        values = sorted(value for kind in kinds for value in self.latencies[kind])
        return values[min(len(values) - 1, int(len(values) * share))] if values else 0

    def summary(self):
        return (f"{len(self.latencies['new'])} new + {len(self.latencies['kept'])} kept, "
                f"{len(self.failures)} failed, {self.refused} refused, p50 {self.worst(0.5):.0f} ms, "
                f"p99.9 {self.worst(0.999):.0f} ms, max {self.worst():.0f} ms")

    def _timed(self, kind, action):
        start = time.monotonic()
        try:
            return action()
        except Exception as error:  # noqa: BLE001: whatever it is, it is counted
            self.failures.append((time.time(), kind, repr(error)))
            return None
        finally:
            self.latencies[kind].append((time.monotonic() - start) * 1000)
            time.sleep(max(0, self._pause - (time.monotonic() - start)))

    def _send_on_new(self):
        def once():
            connection = connect()
            try:
                self.identifiers.append(send(connection)[0])
            finally:
                connection.close()

        while not self._ends.is_set():
            self._timed("new", once)

    def _send_on_kept(self):
        connection = None

        def once():
            nonlocal connection
            current, connection = connection or connect(), None
            identifier, stays_open = send(current)
            self.identifiers.append(identifier)
            if stays_open:
                connection = current
            else:
                current.close()

        while not self._ends.is_set():
            self._timed("kept", once)
