"""`relay run` with stand-ins for the daemons: what they inherit, when they are restarted, how they
end. The stand-ins write what happens to them to a file each."""

import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from relay_process import binary_folder, free_port, temporary_folder

DAEMON = f"""#!{sys.executable}
import json, os, signal, socket, sys, time
name = os.path.basename(sys.argv[0])
folder = os.path.dirname(sys.argv[0])
options = json.load(open(folder + "/options.json")).get(name, {{}})

def note(what):
    with open(folder + "/events", "a") as events:
        events.write(json.dumps([time.monotonic(), name, os.getpid(), what]) + "\\n")

def ended(number, frame):
    note(signal.Signals(number).name)
    if options.get("ignores"):
        return
    time.sleep(options.get("drain", 0))
    note("end")
    os._exit(0)

for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, ended)
signal.signal(signal.SIGHUP, lambda number, frame: note("SIGHUP"))
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGHUP])
note({{"arguments": sys.argv[1:],
      "sockets": os.environ.get("LISTEN_FDNAMES"), "count": os.environ.get("LISTEN_FDS"),
      "is_own_pid": os.environ.get("LISTEN_PID") == str(os.getpid()),
      "overrides": {{k: v for k, v in os.environ.items() if k.startswith("RELAY_")}},
      "open": sorted(int(f) for f in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + f)),
      "listens": socket.socket(fileno=os.dup(3)).getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)}})
if options.get("exit") is not None:
    os._exit(options["exit"])
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
    notify.connect(os.environ["NOTIFY_SOCKET"])
    notify.send(b"STATUS=fine\\nREADY=1")
while True:
    time.sleep(1)
    if not options.get("hangs"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.connect(os.environ["NOTIFY_SOCKET"])
            notify.send(b"WATCHDOG=1")
"""


class Launcher:
    def __init__(self):
        self.folder = Path(temporary_folder())
        self.port = free_port()
        self.process = None
        shutil.copy(binary_folder() / "relay", self.folder / "relay")
        for name in ("relay-ingest", "relay-projects", "relay-processor"):
            (self.folder / name).write_text(DAEMON)
            (self.folder / name).chmod(0o755)
        self.options({})

    def options(self, options):
        (self.folder / "options.json").write_text(json.dumps(options))

    def start(self, *arguments, ready=True, timeout_seconds=5, **options):
        (self.folder / "config.yml").write_text(json.dumps({
            "relay": {"mode": "proxy", "port": self.port},
            "limits": {"shutdown_timeout": timeout_seconds}, "logging": {"level": "debug"},
        }))
        self.process = subprocess.Popen(
            [self.folder / "relay", "-c", self.folder, "run", "--processors", "2", *arguments],
            stdin=subprocess.DEVNULL, stderr=open(self.folder / "log", "ab"), **options)
        if ready:
            self.wait_for(lambda: "ready" in self.log())
        return self

    def wait_for(self, condition, timeout=15):
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, self.log()
            assert self.process.poll() is None, self.log()
            time.sleep(0.01)

    def log(self):
        return (self.folder / "log").read_text()

    def events(self, name=None):
        path = self.folder / "events"
        lines = path.read_text().splitlines() if path.exists() else []
        return [event for event in map(json.loads, lines) if name in (None, event[1])]

    def starts(self, name):
        return [event for event in self.events(name) if isinstance(event[3], dict)]

    def processes(self):
        return {event[2] for event in self.events()}


@pytest.fixture
def launcher():
    made = Launcher()
    yield made
    if made.process and made.process.poll() is None:
        made.process.kill()
        made.process.wait()
    time.sleep(0.1)
    left = [process for process in made.processes() if alive(process)]
    for process in left:
        os.kill(process, signal.SIGKILL)
    shutil.rmtree(made.folder)
    assert left == []


def alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_children_inherit_their_listeners_and_nothing_else(launcher):
    launcher.start("--upstream", "http://127.0.0.1:9", "--source-id", "me")
    [ingest] = launcher.starts("relay-ingest")
    [projects] = launcher.starts("relay-projects")
    processors = launcher.starts("relay-processor")
    assert len(processors) == 2
    for start, name in [(ingest, "http"), (projects, "projects"), *((p, "processor") for p in processors)]:
        facts = start[3]
        assert (facts["sockets"], facts["count"]) == (name, "1")
        assert facts["is_own_pid"] and facts["listens"] == 1
        assert facts["open"] == [0, 1, 2, 3]
        assert facts["overrides"]["RELAY_UPSTREAM_URL"] == "http://127.0.0.1:9"
        assert facts["overrides"]["RELAY_SOURCE_ID"] == "me"
        assert facts["arguments"][:2] == ["-c", str(launcher.folder)]
    runtime = Path(ingest[3]["arguments"][3])
    assert (runtime / "projects.sock").is_socket()
    assert sorted(os.listdir(runtime / "processor")) == ["1.sock", "2.sock"]
    assert runtime.stat().st_mode & 0o777 == 0o700
    assert sorted(p[3]["arguments"][-1] for p in processors) == ["1", "2"]
    launcher.process.send_signal(signal.SIGTERM)
    assert launcher.process.wait(10) == 0
    assert not runtime.exists()


def test_a_killed_child_comes_back_and_its_listener_never_refuses(launcher):
    launcher.start()
    for round in range(3):
        os.kill(launcher.starts("relay-ingest")[-1][2], signal.SIGKILL)
        socket.create_connection(("127.0.0.1", launcher.port), timeout=1).close()
        launcher.wait_for(lambda: len(launcher.starts("relay-ingest")) == round + 2)
    assert len(launcher.starts("relay-projects")) == 1


def test_a_crash_loop_is_slowed_down(launcher):
    launcher.options({"relay-projects": {"exit": 1}})
    launcher.start(ready=False)
    launcher.wait_for(lambda: len(launcher.starts("relay-projects")) >= 6)
    times = [start[0] for start in launcher.starts("relay-projects")]
    # Five pauses that double from 20 ms, each at least half of its step.
    assert times[5] - times[0] >= 0.31
    socket.create_connection(("127.0.0.1", launcher.port), timeout=1).close()


def test_terminate_stops_in_order(launcher):
    launcher.options({"relay-ingest": {"drain": 0.3}})
    launcher.start()
    launcher.process.send_signal(signal.SIGTERM)
    assert launcher.process.wait(10) == 0
    [drained] = [event[0] for event in launcher.events("relay-ingest") if event[3] == "end"]
    others = [e for e in launcher.events() if e[3] == "SIGTERM" and e[1] != "relay-ingest"]
    assert len(others) == 3
    assert all(event[0] > drained for event in others)


def test_children_that_ignore_the_stop_are_killed_in_time(launcher):
    everyone = {name: {"ignores": True} for name in ("relay-ingest", "relay-projects", "relay-processor")}
    launcher.options(everyone)
    launcher.start(timeout_seconds=2)
    begun = time.monotonic()
    launcher.process.send_signal(signal.SIGTERM)
    assert launcher.process.wait(10) == 0
    assert time.monotonic() - begun < 2
    assert not any(alive(process) for process in launcher.processes())


def test_interrupt_ends_at_once(launcher):
    launcher.options({"relay-ingest": {"ignores": True}})
    launcher.start(timeout_seconds=10)
    begun = time.monotonic()
    launcher.process.send_signal(signal.SIGINT)
    assert launcher.process.wait(10) == 0
    assert time.monotonic() - begun < 1
    assert not any(alive(process) for process in launcher.processes())


def test_no_child_outlives_a_killed_launcher(launcher):
    launcher.start()
    assert all(alive(process) for process in launcher.processes())
    launcher.process.kill()
    launcher.process.wait()
    deadline = time.monotonic() + 5
    while any(alive(process) for process in launcher.processes()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_folder_of_a_killed_launcher_is_removed_by_the_next_one(launcher):
    launcher.start()
    [abandoned] = {Path(start[3]["arguments"][3]) for start in launcher.starts("relay-ingest")}
    launcher.process.kill()
    launcher.process.wait()
    while any(alive(process) for process in launcher.processes()):
        time.sleep(0.01)
    assert abandoned.exists()
    (launcher.folder / "log").unlink()
    launcher.start()
    assert not abandoned.exists()
    current = Path(launcher.starts("relay-ingest")[-1][3]["arguments"][3])
    assert (current / "projects.sock").is_socket()


def test_a_refused_configuration_ends_all_with_78(launcher):
    launcher.options({"relay-processor": {"exit": 78}})
    launcher.start(ready=False)
    assert launcher.process.wait(10) == 78
    assert not any(alive(process) for process in launcher.processes())


def test_a_taken_port_is_named(launcher):
    with socket.socket() as other:
        other.bind(("127.0.0.1", launcher.port))
        other.listen()
        launcher.start(ready=False)
        assert launcher.process.wait(10) == 1
    assert f"error: cannot listen on 127.0.0.1:{launcher.port}: Address already in use" in launcher.log()
    assert launcher.events() == []


def test_the_service_managers_socket_is_used_and_told(launcher):
    with socket.socket() as listener, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        manager.bind(str(launcher.folder / "manager"))
        manager.settimeout(10)
        # The variables name the process itself, so a shell fills in its own id and executes.
        (launcher.folder / "config.yml").write_text("relay: {mode: proxy}")
        launcher.process = subprocess.Popen(
            ["bash", "-c", 'exec 3<&"$0"; LISTEN_PID=$$ LISTEN_FDS=1 exec "$1/relay" -c "$1" run --processors 1',
             str(listener.fileno()), launcher.folder],
            pass_fds=[listener.fileno()], stderr=open(launcher.folder / "log", "ab"),
            env={**os.environ, "NOTIFY_SOCKET": str(launcher.folder / "manager")})
        assert b"READY=1" in manager.recv(1000)
        assert f"address=http://127.0.0.1:{listener.getsockname()[1]}" in launcher.log()
        launcher.process.send_signal(signal.SIGTERM)
        assert b"STOPPING=1" in manager.recv(1000)
        assert launcher.process.wait(10) == 0


def test_hangup_reaches_every_child_unless_the_configuration_is_bad(launcher):
    launcher.start()
    children = launcher.processes()
    launcher.process.send_signal(signal.SIGHUP)
    launcher.wait_for(
        lambda: {e[2] for e in launcher.events() if e[3] == "SIGHUP"} == children)
    (launcher.folder / "config.yml").write_text("relay:\n  mode: proxy\n  port: none\n")
    launcher.process.send_signal(signal.SIGHUP)
    launcher.wait_for(lambda: "the previous one stays" in launcher.log())
    assert "config.yml:3: relay.port: " in launcher.log()
    (launcher.folder / "config.yml").write_text("relay: {mode: managed}")
    launcher.process.send_signal(signal.SIGHUP)
    launcher.wait_for(lambda: launcher.log().count("the previous one stays") == 2)
    assert "relay has no credentials" in launcher.log()
    (launcher.folder / "config.yml").write_text("relay: {mode: proxy, port: 4001}")
    launcher.process.send_signal(signal.SIGHUP)
    launcher.wait_for(lambda: "after a restart only" in launcher.log())
    launcher.wait_for(
        lambda: len([e for e in launcher.events() if e[3] == "SIGHUP"]) == 2 * len(children))
    assert launcher.processes() == children


def test_a_child_that_hangs_is_started_again(launcher):
    launcher.options({"relay-projects": {"hangs": True}})
    launcher.start()
    [hung] = launcher.starts("relay-projects")
    launcher.wait_for(lambda: len(launcher.starts("relay-projects")) == 2, timeout=20)
    assert 9 < launcher.starts("relay-projects")[1][0] - hung[0] < 15
    assert "child gives no sign of life" in launcher.log()
    assert len(launcher.starts("relay-ingest")) == 1
    assert len(launcher.starts("relay-processor")) == 2


def test_a_terminal_that_is_gone_stops_everything(launcher):
    (launcher.folder / "config.yml").write_text(
        json.dumps({"relay": {"mode": "proxy", "port": launcher.port}}))
    child, terminal = pty.fork()
    if child == 0:
        os.dup2(os.open(launcher.folder / "log", os.O_CREAT | os.O_APPEND | os.O_WRONLY), 2)
        os.execv(launcher.folder / "relay", ["relay", "-c", str(launcher.folder), "run"])
    deadline = time.monotonic() + 15
    while not (launcher.folder / "log").exists() or " ready" not in launcher.log():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert "configuration read again" not in launcher.log()
    assert not any(alive(process) for process in launcher.processes())
