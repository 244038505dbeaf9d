"""A relay under test: the real launcher with its real children, a private configuration folder."""

import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdef0123456789abcdef"


def binary_folder():
    folder = os.environ.get("RELAY_BIN") or str(ROOT / ".build" / "release")
    if not (Path(folder) / "relay").exists():
        raise RuntimeError(f"no relay in {folder}: run `make build` or set RELAY_BIN")
    return Path(folder)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class RelayProcess:
    def __init__(self, folder, mode="managed", upstream=None, processors=1, config=None):
        self.folder = Path(folder)
        self.port = free_port()
        self.processors = processors
        self.process = None
        self.log_path = self.folder / "relay.log"
        settings = {
            "relay": {
                "mode": mode,
                "host": "127.0.0.1",
                "port": self.port,
                **({"upstream": upstream} if upstream else {}),
            },
            "cache": {"batch_interval": 50, "file_interval": 1},
            "limits": {"shutdown_timeout": 10},
            "logging": {"level": "debug"},
            "http": {"timeout": 5, "max_retry_interval": 1},
        }
        for section, values in (config or {}).items():
            settings.setdefault(section, {}).update(values)
        (self.folder / "projects").mkdir(parents=True, exist_ok=True)
        (self.folder / "config.yml").write_text(json.dumps(settings))

    # Life cycle

    def command(self, *arguments, **options):
        return subprocess.run(
            [binary_folder() / "relay", "-c", self.folder, *arguments],
            capture_output=True, text=True, timeout=60, **options,
        )

    def generate_credentials(self):
        done = self.command("credentials", "generate", "--overwrite")
        assert done.returncode == 0, done.stderr
        return json.loads((self.folder / "credentials.json").read_text())

    def write_project(self, project_id, key=KEY, config=None, **fields):
        state = {
            "projectId": project_id,
            "slug": f"project-{project_id}",
            "publicKeys": [{"publicKey": key, "isEnabled": True}],
            "config": {
                "datascrubbingSettings": {"scrubData": True, "scrubDefaults": True},
                **(config or {}),
            },
        }
        state.update(fields)
        (self.folder / "projects" / f"{project_id}.json").write_text(json.dumps(state))

    def start(self, wait=True):
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [binary_folder() / "relay", "-c", self.folder, "run",
             "--processors", str(self.processors)],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            env={key: value for key, value in os.environ.items() if not key.startswith("RELAY_")},
        )
        log.close()
        if wait:
            self.wait_until_live()
        return self

    def wait_until_live(self, path="/api/relay/healthcheck/live/", timeout=20):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"relay ended with {self.process.returncode}:\n{self.log()}")
            try:
                if self.get(path, timeout=2).status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"not live after {timeout} s:\n{self.log()}")

    def wait_until_ready(self, timeout=20):
        self.wait_until_live("/api/relay/healthcheck/ready/", timeout)

    def stop(self, with_signal=signal.SIGTERM, timeout=30):
        """Sends the signal and returns the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"relay did not stop within {timeout} s:\n{self.log()}") from None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # Children

    def children(self, name=None):
        """Process ids of the launcher's children, of one program if `name` is given."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
                program = os.readlink(f"/proc/{entry}/exe")
            except OSError:
                continue
            parent = int(stat.rsplit(")", 1)[1].split()[1])
            if parent == self.process.pid and (name is None or os.path.basename(program) == name):
                found.append(int(entry))
        return sorted(found)

    def kill_child(self, name, with_signal=signal.SIGKILL, index=0):
        child = self.children(name)[index]
        os.kill(child, with_signal)
        return child

    def wait_for_child(self, name, other_than, timeout=10):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            fresh = [child for child in self.children(name) if child not in other_than]
            if fresh:
                return fresh[0]
            time.sleep(0.02)
        raise AssertionError(f"{name} was not restarted within {timeout} s:\n{self.log()}")

    # Requests

    def request(self, method, path, body=None, headers=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, headers=None, **options):
        return self.request("POST", path, body, headers, **options)

    def metrics(self):
        """Figures of /metrics: name with labels -> value."""
        answer = self.get("/metrics")
        assert answer.status == 200
        found = {}
        for line in answer.body.decode().splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                assert name not in found, line
                found[name] = float(value)
        return found

    @staticmethod
    def auth(key=KEY, client="relay-test/1.0", version=7):
        return {
            "X-Sentry-Auth": f"Sentry sentry_key={key}, sentry_version={version}, "
            f"sentry_client={client}"
        }

    def send_event(self, event=None, project=42, key=KEY, **options):
        event = dict(event or {"message": "hello"})
        event.setdefault("event_id", uuid.uuid4().hex)
        answer = self.post(
            f"/api/{project}/store/", json.dumps(event),
            {"Content-Type": "application/json", **self.auth(key)}, **options,
        )
        answer.event_id = event["event_id"]
        return answer

    def send_envelope(self, items, project=42, key=KEY, headers=None):
        """Items are (item headers, payload bytes)."""
        head = {"event_id": uuid.uuid4().hex, **(headers or {})}
        body = json.dumps(head).encode() + b"\n"
        for item, payload in items:
            body += json.dumps({"length": len(payload), **item}).encode() + b"\n" + payload + b"\n"
        answer = self.post(
            f"/api/{project}/envelope/", body,
            {"Content-Type": "application/x-sentry-envelope", **self.auth(key)},
        )
        answer.event_id = head["event_id"]
        return answer

    def captured(self, event_id, timeout=10):
        """The captured envelope of an event as (headers, items)."""
        from fake_upstream import parse_envelope

        deadline = time.monotonic() + timeout
        while True:
            answer = self.get(f"/api/relay/events/{event_id}/")
            if answer.status == 200:
                return parse_envelope(answer.body)
            assert answer.status == 404, answer.body
            if time.monotonic() > deadline:
                raise AssertionError(f"event {event_id} was not captured:\n{self.log()[-4000:]}")
            time.sleep(0.02)

    def captured_event(self, event_id, timeout=10):
        _, items = self.captured(event_id, timeout)
        for item, payload in items:
            if item["type"] in ("event", "transaction", "security", "feedback"):
                return json.loads(payload)
        raise AssertionError(f"no event among {[item for item, _ in items]}")


def temporary_folder():
    return tempfile.mkdtemp(prefix="relay-e2e-")
