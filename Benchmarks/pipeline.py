#!/usr/bin/env python3
"""The whole pipeline against nginx in the same run.

nginx `proxy_pass` moves 10 KB bodies to an nginx that answers 200; then a relay (static mode, local
project with default data scrubbing) takes the same bodies as events and delivers them to the same
sink. Printed: events per second that reach the sink, CPU microseconds per event of each process,
and the ratios to nginx. Needs nginx and wrk (both Debian packages).
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEY = "0123456789abcdef0123456789abcdef"

NGINX = """
daemon off; master_process on; worker_processes 1; pid {folder}/{name}.pid;
error_log {folder}/{name}.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-p;
  fastcgi_temp_path {folder}/{name}-f; uwsgi_temp_path {folder}/{name}-u;
  scgi_temp_path {folder}/{name}-s; client_max_body_size 10m; client_body_buffer_size 64k;
  keepalive_requests 100000000;
  {upstream}
  server {{
    listen 127.0.0.1:{port};
    location = /status {{ stub_status; }}
    location / {{ {action} }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_event(size):
    """A Python error event of exactly `size` bytes of compact JSON."""
    generator = random.Random(42)

    def word():
        letters = "abcdefghijklmnop"
        return "".join(generator.choice(letters) for _ in range(generator.randint(3, 11)))

    frames = [
        {
            "filename": f"app/{word()}/{word()}.py",
            "abs_path": f"/srv/app/{word()}/{word()}.py",
            "function": word(),
            "module": f"app.{word()}",
            "lineno": generator.randint(1, 900),
            "pre_context": [f"    {word()} = {word()}({word()})" for _ in range(5)],
            "context_line": f"    raise {word().title()}({word()})",
            "post_context": [f"    return {word()}" for _ in range(5)],
            "in_app": True,
            "vars": {word(): repr(word()) for _ in range(4)},
        }
        for _ in range(9)
    ]
    event = {
        "level": "error",
        "platform": "python",
        "release": "shop@1.2.3",
        "environment": "production",
        "server_name": "web-1",
        "exception": {"values": [{
            "type": "ValueError", "value": "no such item: 17", "module": "builtins",
            "mechanism": {"type": "generic", "handled": False},
            "stacktrace": {"frames": frames},
        }]},
        "breadcrumbs": {"values": [
            {"timestamp": 1700000000 + n, "type": "default", "category": "query", "level": "info",
             "message": f"SELECT {word()} FROM {word()}"} for n in range(10)]},
        "request": {"url": "https://shop.example/cart", "method": "POST",
                    "headers": {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0",
                                "Accept": "*/*", "Host": "shop.example"},
                    "data": {"item": 17, "password": "hunter2", "card": "4111111111111111"}},
        "user": {"id": "17", "ip_address": "203.0.113.7", "email": "jane@example.com"},
        "tags": {"component": "cart", "shard": "7"},
        "contexts": {"runtime": {"name": "CPython", "version": "3.11.7"}},
        "sdk": {"name": "sentry.python", "version": "2.19.2"},
        "extra": {"filler": ""},
    }
    spare = size - len(json.dumps(event, separators=(",", ":")))
    while spare < 0:
        frames.pop()
        spare = size - len(json.dumps(event, separators=(",", ":")))
    words = []
    while sum(map(len, words)) + len(words) < spare:
        words.append(word())
    event["extra"]["filler"] = " ".join(words)[:spare].ljust(spare, "x")
    return json.dumps(event, separators=(",", ":")).encode()


def cpu_seconds(pid):
    """CPU time of all threads of a process, nanosecond clock of the scheduler."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            total += int(Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
    except OSError:
        return 0.0
    return total / 1e9


def children_of(parent):
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            if int(stat[1]) == parent:
                found.append((int(entry), os.path.basename(os.readlink(f"/proc/{entry}/exe"))))
        except OSError:
            continue
    return found


def resident_mib(pid):
    match = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) / 1024


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = Path(tempfile.mkdtemp(prefix="relay-bench-"))
        self.processes = []
        self.body = make_event(arguments.bytes)
        (self.folder / "body").write_bytes(self.body)
        (self.folder / "post.lua").write_text(
            'local f = io.open("%s/body", "rb"); wrk.body = f:read("*a"); f:close()\n'
            'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
            'wrk.headers["X-Sentry-Auth"] = '
            '"Sentry sentry_key=%s, sentry_version=7, sentry_client=bench/1.0"\n'
            % (self.folder, KEY))

    def nginx(self, name, action, upstream=""):
        port = free_port()
        path = self.folder / f"{name}.conf"
        path.write_text(NGINX.format(
            folder=self.folder, name=name, port=port, action=action, upstream=upstream))
        process = subprocess.Popen(["nginx", "-p", self.folder, "-c", path])
        self.processes.append(process)
        self.wait_for(port)
        # The master listens before its worker is there.
        while not (workers := children_of(process.pid)):
            time.sleep(0.02)
        return port, workers[0][0]

    @staticmethod
    def wait_for(port):
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"nothing listens on port {port}")

    def sink_requests(self):
        """Requests the sink has had, less the ones of this very question."""
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.sink_port}/status").read().decode()
        self.status_requests += 1
        return int(re.search(r"\n\s*\d+\s+\d+\s+(\d+)", text)[1]) - self.status_requests

    def wrk(self, port, seconds):
        done = subprocess.run(
            ["wrk", "-t1", f"-c{self.arguments.connections}", f"-d{seconds}s", "--latency",
             "-s", self.folder / "post.lua", f"http://127.0.0.1:{port}/api/42/store/"],
            capture_output=True, text=True, check=True)
        return done.stdout

    def drained_requests(self):
        """The sink's count once it stands still."""
        while True:
            seen = self.sink_requests()
            time.sleep(0.5)
            if self.sink_requests() == seen:
                return seen

    def measure(self, title, port, processes):
        """Loads `port`; returns (events per second at the sink, {process name: CPU us/event})."""
        self.wrk(port, 1)
        count = self.drained_requests()
        before = {pid: cpu_seconds(pid) for pid, _ in processes}
        begun = time.monotonic()
        output = self.wrk(port, self.arguments.seconds)
        loaded = time.monotonic() - begun
        rate = (self.sink_requests() - count) / loaded
        # What was accepted and is not delivered yet still costs CPU.
        delivered = max(1, self.drained_requests() - count)
        costs = {}
        for pid, name in processes:
            cost = (cpu_seconds(pid) - before[pid]) / delivered * 1e6
            costs[name] = costs.get(name, 0) + cost
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
        p99 = re.search(r"99%\s+(\S+)", output)
        print(f"{title:34} {rate:9.0f} /s at the sink, p99 of the answer {p99[1]:>9}, "
              f"refused {refused[1] if refused else 0}")
        for name, cost in costs.items():
            print(f"    {name:30} {cost:9.1f} us CPU per event")
        return rate, costs

    def relay(self, processors):
        binaries = Path(os.environ.get("RELAY_BIN") or ROOT / ".build" / "release")
        folder = self.folder / f"relay-{processors}"
        (folder / "projects").mkdir(parents=True)
        port = free_port()
        (folder / "config.yml").write_text(json.dumps({
            "relay": {"mode": "static", "port": port,
                      "upstream": f"http://127.0.0.1:{self.sink_port}/"},
            "http": {"encoding": "identity"},
            "logging": {"level": "warn"}}))
        (folder / "projects" / "42.json").write_text(json.dumps({
            "projectId": 42, "slug": "bench", "publicKeys": [{"publicKey": KEY, "isEnabled": True}],
            "config": {"datascrubbingSettings": {"scrubData": True, "scrubDefaults": True}}}))
        process = subprocess.Popen(
            [binaries / "relay", "-c", folder, "run", "--processors", str(processors)],
            stdout=subprocess.DEVNULL, stderr=open(folder / "log", "wb"))
        self.processes.append(process)
        self.wait_for(port)
        time.sleep(1)
        return port, process, [
            (pid, name) for pid, name in children_of(process.pid) if name.startswith("relay-")]

    def run(self):
        self.status_requests = 0
        self.sink_port, _ = self.nginx("sink", "return 200;")
        proxy_port, proxy = self.nginx(
            "proxy", 'proxy_pass http://sink; proxy_http_version 1.1; '
            'proxy_set_header Connection "";',
            f"upstream sink {{ server 127.0.0.1:{self.sink_port}; keepalive 64; }}")
        print(f"events of {len(self.body)} bytes, {self.arguments.connections} connections, "
              f"{self.arguments.seconds} s each, {os.cpu_count()} cores shared with load and sink\n")
        base, base_costs = self.measure(
            "nginx proxy_pass", proxy_port, [(proxy, "nginx proxy_pass")])
        for processors in self.arguments.processors:
            port, process, children = self.relay(processors)
            idle = {pid: resident_mib(pid) for pid, _ in children}
            rate, costs = self.measure(f"relay, {processors} processor(s)", port, children)
            print("    resident MiB idle -> after load: " + ", ".join(
                f"{name} {idle[pid]:.1f} -> {resident_mib(pid):.1f}" for pid, name in children))
            print(f"    ratio of events per second to nginx proxy_pass: {rate / base:.2f}")
            ratio = costs.get("relay-ingest", 0) / base_costs["nginx proxy_pass"]
            print(f"    ratio of ingest CPU to nginx proxy_pass:        {ratio:.2f}")
            process.send_signal(signal.SIGTERM)
            process.wait(30)

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--bytes", type=int, default=10_240)
    parser.add_argument("--processors", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    for program in ("nginx", "wrk"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: apt-get install nginx-light wrk")
    bench = Bench(arguments)
    try:
        bench.run()
    finally:
        bench.close()


if __name__ == "__main__":
    main()
