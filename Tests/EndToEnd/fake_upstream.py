"""A Sentry that polices: it records what a relay sends and notes every request it did not expect.

`errors` must be empty at the end of a test (the fixture asserts it). Faults are switched on by
setting attributes; every attribute is read per request.
"""

import base64
import gzip
import json
import re
import socket
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def decode_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parse_envelope(body):
    """(headers, [(item headers, payload)]) of a serialised envelope; raises on any deviation."""
    end = body.find(b"\n")
    end = len(body) if end < 0 else end
    headers = json.loads(body[:end])
    position, items = end + 1, []
    while position < len(body):
        end = body.find(b"\n", position)
        end = len(body) if end < 0 else end
        if end == position:
            position += 1
            continue
        item = json.loads(body[position:end])
        position = end + 1
        if "length" in item:
            stop = position + item["length"]
            assert stop <= len(body), "item longer than the envelope"
        else:
            stop = body.find(b"\n", position)
            stop = len(body) if stop < 0 else stop
        items.append((item, body[position:stop]))
        assert stop == len(body) or body[stop : stop + 1] == b"\n", "no newline after an item"
        position = stop + 1
    return headers, items


class ReceivedEnvelope:
    """One envelope as it arrived, with the headers of its request."""

    def __init__(self, project, http_headers, body, arrived):
        self.project = project
        self.http_headers = http_headers
        self.headers, self.items = parse_envelope(body)
        self.arrived = arrived

    @property
    def event(self):
        for item, payload in self.items:
            if item.get("type") in ("event", "transaction", "security", "feedback"):
                return json.loads(payload)
        return None


class FakeUpstream:
    def __init__(self):
        self.lock = threading.Lock()
        self.arrived = threading.Condition(self.lock)
        self.errors = []
        self.envelopes = []
        self.requests = []
        self.forwarded = []
        self.project_states = {}
        self.known_relays = {}  # relay id -> {"publicKey", "internal"}
        self.trust_on_first_use = True
        self.registrations = 0
        # Faults.
        self.deny_registration = False
        self.project_state_delay = 0.0
        self.pending_answers = 0
        self.malformed_keys = set()
        self.query_status = None
        self.envelope_status = None
        self.envelope_answers = []  # one (status, headers) per coming envelope, then normal again
        self.envelope_delay = 0.0
        self.hang_up_envelopes = 0
        self.server = None
        self.port = None

    # Life cycle

    def start(self, port=0):
        upstream = self

        class Handler(_Handler):
            fake = upstream

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    # What tests ask

    def add_project(self, project_id, key, config=None, **fields):
        state = {
            "projectId": project_id,
            "organizationId": 1,
            "slug": f"project-{project_id}",
            "disabled": False,
            "rev": "1",
            "lastChange": "2026-01-01T00:00:00Z",
            "publicKeys": [{"publicKey": key, "isEnabled": True, "numericId": 123}],
            "config": {
                "allowedDomains": ["*"],
                "trustedRelays": [],
                "datascrubbingSettings": {
                    "scrubData": True,
                    "scrubDefaults": True,
                    "scrubIpAddresses": False,
                    "excludeFields": [],
                    "sensitiveFields": [],
                },
                **(config or {}),
            },
        }
        state.update(fields)
        with self.lock:
            self.project_states[key] = state

    def wait_for_envelopes(self, count, timeout=20.0, matching=lambda envelope: True):
        """The envelopes so far once there are `count` that match; fails after `timeout`."""
        deadline = time.monotonic() + timeout
        with self.arrived:
            while True:
                found = [envelope for envelope in self.envelopes if matching(envelope)]
                if len(found) >= count:
                    return found
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(
                        f"{len(found)} of {count} envelopes within {timeout} s; "
                        f"requests: {[path for _, path in self.requests][-20:]}"
                    )
                self.arrived.wait(left)

    def hits(self, path):
        with self.lock:
            return sum(1 for _, seen in self.requests if seen.split("?")[0] == path)

    def fail(self, text):
        with self.lock:
            self.errors.append(text)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeUpstream

    def log_message(self, format, *arguments):
        pass

    def answer(self, status, body=b"{}", headers=(), content_type="application/json"):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def read_body(self):
        if self.headers.get("Transfer-Encoding"):
            self.fake.fail(f"{self.path}: chunked request; Content-Length is required")
            return b""
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def do_GET(self):
        self.handle_request()

    def do_POST(self):
        self.handle_request()

    def do_PUT(self):
        self.handle_request()

    def do_DELETE(self):
        self.handle_request()

    def handle_request(self):
        fake = self.fake
        with fake.lock:
            fake.requests.append((self.command, self.path))
        body = self.read_body()
        path = self.path.split("?")[0]
        try:
            if path == "/api/0/relays/live/":
                self.answer(200, {"is_healthy": True})
            elif path.startswith("/api/0/relays/"):
                self.query(path, body)
            elif match := re.fullmatch(r"/api/(\d+)/envelope/", path):
                self.envelope(int(match[1]), body)
            elif path.startswith("/api/0/forward-test"):
                with fake.lock:
                    fake.forwarded.append((self.command, self.path, dict(self.headers), body))
                self.answer(201, b"forwarded:" + body, [("X-Fake", "yes")], "text/plain")
            else:
                fake.fail(f"unexpected request {self.command} {self.path}")
                self.answer(404, {"detail": "not found"})
        except (BrokenPipeError, ConnectionResetError):
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must fail on it
            fake.fail(f"{self.command} {self.path}: {error!r}")
            self.answer(400, {"detail": str(error)})

    # Relay protocol

    def verified(self, body, public_key):
        signature, _, header = self.headers["X-Sentry-Relay-Signature"].partition(".")
        header = decode_base64url(header)
        assert "t" in json.loads(header)
        key = Ed25519PublicKey.from_public_bytes(decode_base64url(public_key))
        try:
            key.verify(decode_base64url(signature), header + b"\x00" + body)
        except InvalidSignature:
            raise AssertionError("bad signature") from None

    def query(self, path, body):
        fake = self.fake
        if fake.query_status:
            return self.answer(fake.query_status, {"detail": "fault"})
        relay_id = self.headers.get("X-Sentry-Relay-Id")
        assert relay_id, "no X-Sentry-Relay-Id"
        data = json.loads(body)
        if path.startswith("/api/0/relays/register/"):
            if fake.deny_registration:
                return self.answer(403, {"detail": "denied", "relay": "stop"})
            if path.endswith("/challenge/"):
                assert data["relay_id"] == relay_id
                self.verified(body, data["public_key"])
                with fake.lock:
                    if relay_id not in fake.known_relays:
                        assert fake.trust_on_first_use, "unknown relay"
                        fake.known_relays[relay_id] = {
                            "publicKey": data["public_key"],
                            "internal": True,
                        }
                return self.answer(200, {"relay_id": relay_id, "token": "token-" + relay_id})
            assert data["token"] == "token-" + relay_id
            self.verified(body, fake.known_relays[relay_id]["publicKey"])
            with fake.lock:
                fake.registrations += 1
            return self.answer(200, {"relay_id": relay_id})
        self.verified(body, fake.known_relays[relay_id]["publicKey"])
        if path == "/api/0/relays/projectconfigs/":
            return self.project_configs(data)
        if path == "/api/0/relays/publickeys/":
            relays = {each: fake.known_relays.get(each) for each in data["relay_ids"]}
            keys = {each: relay and relay["publicKey"] for each, relay in relays.items()}
            return self.answer(200, {"public_keys": keys, "relays": relays})
        if path == "/api/0/relays/outcomes/":
            return self.answer(202, {})
        fake.fail(f"unexpected query {path}")
        return self.answer(404, {"detail": "not found"})

    def project_configs(self, data):
        fake = self.fake
        assert "version=" in self.path, "project configurations asked without a version"
        if fake.project_state_delay:
            time.sleep(fake.project_state_delay)
        keys = data["publicKeys"]
        with fake.lock:
            if fake.pending_answers > 0:
                fake.pending_answers -= 1
                return self.answer(200, {"configs": {}, "pending": keys})
            configs = {key: fake.project_states.get(key) for key in keys}
            for key in fake.malformed_keys & set(configs):
                configs[key] = {"publicKeys": "this is not a list", "config": 7}
        return self.answer(200, {"configs": configs})

    def envelope(self, project, body):
        fake = self.fake
        if fake.hang_up_envelopes > 0:
            fake.hang_up_envelopes -= 1
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        if fake.envelope_delay:
            time.sleep(fake.envelope_delay)
        with fake.lock:
            answer = fake.envelope_answers.pop(0) if fake.envelope_answers else None
        if answer or fake.envelope_status:
            status, headers = answer or (fake.envelope_status, [])
            return self.answer(status, {"detail": "fault"}, headers)
        assert self.headers["Content-Type"] == "application/x-sentry-envelope"
        assert self.headers["X-Sentry-Auth"].startswith("Sentry "), "no auth header"
        assert self.headers["X-Sentry-Relay-Id"] or True
        encoding = self.headers.get("Content-Encoding", "identity")
        if encoding == "gzip":
            body = gzip.decompress(body)
        elif encoding == "deflate":
            body = zlib.decompress(body)
        else:
            assert encoding == "identity", f"encoding {encoding}"
        received = ReceivedEnvelope(project, dict(self.headers), body, time.monotonic())
        with fake.arrived:
            fake.envelopes.append(received)
            fake.arrived.notify_all()
        return self.answer(200, {"id": received.headers.get("event_id")})
