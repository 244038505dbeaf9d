"""Restarts, crashes, scaling, configuration: what clients must not notice."""

import glob
import os
import re
import shutil
import signal
import statistics
import threading
import time

from fake_processor import FakeProcessor
from figures import held, measured
from load import KEY, Load, connect, event, get, send
from machine import (INGEST, KILLS, PROCESSOR, PROJECTS, RATE, ROUNDS, SERVICES, SOCKETS, active,
                     captured, configure, cpu_milliseconds, journal, kill, main_process, reload_all,
                     resident_kilobytes, run, send_one, systemctl, value, wait)

TAIL_GOAL = 250


def no_failures(load, what):
    """Nobody was refused and every request was answered 200, and soon."""
    if load.failures:
        first = [(round(at % 1000, 3), kind, text) for at, kind, text in load.failures[:5]]
        raise AssertionError(f"{what}: {load.summary()}; first: {first}")
    held(what, load.summary())
    measured(f"{what}: p99.9", load.worst(0.999), "ms", TAIL_GOAL)


def first_request():
    start = time.monotonic()
    status, _ = get("/api/relay/healthcheck/live/")
    milliseconds = (time.monotonic() - start) * 1000
    assert status == 200, status
    measured("first 200 from nothing, by socket activation", milliseconds, "ms", 150)
    wait("ingest says that it serves", lambda: active(INGEST))


def status_lines():
    """STATUS= with live figures, in each of them."""
    configure()
    systemctl("start", *SERVICES)
    reload_all()
    captured([send_one() for _ in range(3)])
    forms = {INGEST: r"ready, \d+ connections, 1 processors, [3-9]\d* items accepted, ",
             PROJECTS: r"capture: ok; \d+ projects, ",
             PROCESSOR: r"ready, 1 links, [3-9]\d* events processed"}
    for unit, form in forms.items():
        wait(f"the status of {unit} follows: {value(unit, 'StatusText')}",
             lambda: re.match(form, value(unit, "StatusText")))
    held("STATUS= has live figures", f"e.g. \"{value(PROCESSOR, 'StatusText')}\"")


def reload_applies():
    """A new configuration counts without a restart; a wrong one changes nothing."""
    before = [main_process(unit) for unit in SERVICES]
    configure(limits__max_event_size=300)
    systemctl("reload", INGEST)

    def refuses():
        try:
            send_one()
            return False
        except RuntimeError as error:
            return "answered 413" in str(error)

    wait("the new limit counts", refuses)
    configure(limits__max_event_size="lots")
    refused = run("systemctl", "reload", INGEST, check=False)
    assert refused.returncode != 0, "a reload with a wrong configuration must say so"
    for unit in SERVICES:
        os.kill(main_process(unit), signal.SIGHUP)
        wait(f"{unit} names file, line and key", lambda: re.search(
            r"/etc/relay/config\.yml:4: limits\.max_event_size: ", journal(unit)))
        wait(f"{unit} says that the old one stays", lambda: "previous one stays" in journal(unit))
    assert refuses(), "a wrong configuration must not take the old one's place"
    configure(relay__port=4000)
    systemctl("reload", INGEST)
    wait("what needs a restart is named",
         lambda: re.search(r"after a restart only.*relay\.port", journal(INGEST)))
    configure()
    reload_all()
    captured([send_one()])
    assert [main_process(unit) for unit in SERVICES] == before, "a reload restarted a process"
    held("reload: new settings count, wrong ones are named and change nothing, no restart")


def reload_under_load():
    before = [main_process(unit) for unit in SERVICES]
    with Load(RATE) as load:
        for number in range(ROUNDS):
            # The last one makes relay-projects build itself anew.
            configure(limits__max_event_size=2_000_000 + number,
                      logging__level=("info", "warn")[number % 2],
                      limits__max_attachment_size=100_000_000 + number,
                      cache__project_expiry=300 + number)
            reload_all()
    no_failures(load, f"{ROUNDS} reloads of everything")
    assert [main_process(unit) for unit in SERVICES] == before
    configure()
    reload_all()
    captured(load.identifiers[-100:])


def rolling_restarts():
    systemctl("start", "relay-ingest@2.service")
    units = [PROCESSOR, PROJECTS, INGEST, "relay-ingest@2.service"]
    with Load(RATE) as load:
        for _ in range(ROUNDS):
            for unit in units:
                systemctl("restart", unit)
    no_failures(load, f"{ROUNDS} rolling restarts of {len(units)} services")
    systemctl("stop", "relay-ingest@2.service")


def one_instance_restarts():
    with Load(RATE) as load:
        for _ in range(max(4, ROUNDS // 5)):
            systemctl("restart", INGEST)
            time.sleep(0.1)
    no_failures(load, f"{max(4, ROUNDS // 5)} restarts of the only front door")


def slow_request(answers, seconds=1.5):
    connection = connect()
    _, body = event()
    connection.putrequest("POST", "/api/1/store/")
    connection.putheader("Content-Length", str(len(body)))
    connection.putheader("X-Sentry-Auth", f"Sentry sentry_key={KEY}, sentry_version=7")
    connection.endheaders(body[:100])
    time.sleep(seconds)
    connection.send(body[100:])
    response = connection.getresponse()
    response.read()
    answers.append((response.status, response.will_close))


def restart_with_slow_requests():
    systemctl("start", "relay-ingest@2.service")
    with Load(RATE) as quiet:
        time.sleep(1.5)
    answers = []
    threads = [threading.Thread(target=slow_request, args=(answers,)) for _ in range(8)]
    with Load(RATE) as load:
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        systemctl("restart", INGEST)
        systemctl("restart", "relay-ingest@2.service")
        for thread in threads:
            thread.join(30)
    assert [status for status, _ in answers] == [200] * 8, answers
    no_failures(load, "rolling restart of two front doors, requests of 1.5 s in progress")
    usual = statistics.median(quiet.latencies["new"])
    measured("what it adds to the slowest new request", load.worst(kinds=["new"]) - usual,
             "ms", 50, limit=125)
    held("idle connections and requests in progress get their answer",
         f"{sum(closes for _, closes in answers)} of 8 with Connection: close")
    systemctl("stop", "relay-ingest@2.service")


def long_drain():
    """A drain that takes longer than the unit allows: EXTEND_TIMEOUT_USEC asks for the time."""
    drop_in = "/run/systemd/system/relay-ingest@1.service.d"
    os.makedirs(drop_in)
    with open(f"{drop_in}/test.conf", "w") as file:
        file.write("[Service]\nTimeoutStopSec=1s\n")
    systemctl("daemon-reload")
    answers = []
    thread = threading.Thread(target=slow_request, args=(answers, 3.5))
    thread.start()
    time.sleep(0.3)
    start = time.monotonic()
    systemctl("restart", INGEST)
    seconds = time.monotonic() - start
    thread.join(30)
    assert answers == [(200, True)], f"the request in progress: {answers}"
    held("a drain longer than TimeoutStopSec=1s ends in order", f"{seconds:.1f} s")
    shutil.rmtree(drop_in)
    systemctl("daemon-reload")


def killed_processes():
    times = {PROCESSOR: [], PROJECTS: []}
    events = []
    with Load(RATE) as load:
        for _ in range(KILLS):
            for unit, milliseconds in times.items():
                start = time.monotonic()
                milliseconds.append(kill(unit))
                # The next death comes when work goes on again: an event whose processors die
                # three times is given up, as it should be.
                captured([send_one()])
                events.append((time.monotonic() - start) * 1000)
                time.sleep(0.15)
    no_failures(load, f"{KILLS} SIGKILLs each of a processor and of relay-projects")
    for unit, milliseconds in times.items():
        measured(f"{unit} serves again after SIGKILL, median", statistics.median(milliseconds),
                 "ms", 300)
        measured(f"{unit} serves again after SIGKILL, worst", max(milliseconds), "ms", 300,
                 limit=1000)
    measured("an event sent after a SIGKILL has been processed, median", statistics.median(events),
             "ms", 300)
    captured(load.identifiers[-200:])
    held("events survive the death of processors", "each of the last 200 was processed")


def follow_times():
    """How soon the front door notices a processor's socket, and that it is gone."""
    new, gone, again = [], [], []
    with Load(RATE) as load:
        for number in range(5):
            processor = FakeProcessor(f"new{number}")
            new.append(processor.milliseconds_to_first_frame())
            gone.append(processor.milliseconds_to_goodbye())
            processor.close()
        processor = FakeProcessor("left-behind")
        processor.milliseconds_to_first_frame()
        processor.close()
        # Long enough for the pauses between attempts to have grown.
        time.sleep(3)
        for _ in range(3):
            processor = FakeProcessor("left-behind")
            again.append(processor.milliseconds_to_first_frame())
            processor.close()
            time.sleep(1)
        os.unlink(processor.path)
    measured("a new processor's socket to the first frame on it, worst of 5", max(new), "ms", 100)
    measured("a removed socket to the drain of its link, worst of 5", max(gone), "ms", 100)
    measured("a socket in place of one left behind, worst of 3", max(again), "ms", 100)
    no_failures(load, "sockets left behind by dead processors")


def scaling():
    more = [f"relay-processor@{number}" for number in (2, 3, 4)]
    joined = []
    with Load(RATE) as load:
        for unit in more:
            systemctl("start", f"{unit}.socket")
            wait(f"{unit} is used", lambda: active(f"{unit}.service"))
            listening = int(value(f"{unit}.socket", "ActiveEnterTimestampMonotonic"))
            started = int(value(f"{unit}.service", "InactiveExitTimestampMonotonic"))
            joined.append((started - listening) / 1000)
        time.sleep(0.5)
        for unit in more:
            systemctl("stop", f"{unit}.socket")
            systemctl("stop", f"{unit}.service")
    no_failures(load, "1 -> 4 -> 1 processors")
    left = glob.glob("/run/relay/processor/[234].sock")
    assert not left, f"left behind: {left}"
    measured("a processor's socket unit to the start of its service, worst of 3", max(joined),
             "ms", 100)
    captured(load.identifiers[-200:])


def hung_processor():
    drop_in = "/run/systemd/system/relay-processor@1.service.d"
    os.makedirs(drop_in)
    with open(f"{drop_in}/test.conf", "w") as file:
        file.write("[Service]\nWatchdogSec=2s\n")
    systemctl("daemon-reload")
    systemctl("restart", PROCESSOR)
    systemctl("start", "relay-processor@2.socket")
    wait("the second processor runs", lambda: active("relay-processor@2.service"))
    before = int(value(PROCESSOR, "NRestarts"))
    with Load(RATE / 2) as load:
        start = time.monotonic()
        os.kill(main_process(PROCESSOR), signal.SIGSTOP)
        wait("the watchdog ends it", lambda: int(value(PROCESSOR, "NRestarts")) > before)
        seconds = time.monotonic() - start
    no_failures(load, "a processor that hangs")
    measured("time until the watchdog (2 s) has replaced it", seconds, "s", 2.5, limit=4, digits=1)
    captured(load.identifiers[-200:])
    systemctl("stop", "relay-processor@2.socket")
    systemctl("stop", "relay-processor@2.service")
    shutil.rmtree(drop_in)
    systemctl("daemon-reload")


def crash_loops():
    for unit, executable in ((INGEST, "/usr/lib/relay/relay-ingest"),
                             (PROJECTS, "/usr/lib/relay/relay-projects"),
                             (PROCESSOR, "/usr/lib/relay/relay-processor")):
        os.rename(executable, f"{executable}.kept")
        shutil.copy("/bin/false", executable)
        before = int(value(unit, "NRestarts"))
        os.kill(main_process(unit), signal.SIGKILL)
        time.sleep(2.5)
        loops = int(value(unit, "NRestarts")) - before
        assert loops >= 5, f"{unit} was started only {loops} times"
        measured(f"starts of {unit} per second in a crash loop", loops / 2.5, "", 10, limit=50)
        for name in SOCKETS:
            assert active(name), f"{name} is closed after a crash loop of {unit}"
        answer = []
        client = threading.Thread(target=lambda: answer.append(send_one(60)))
        client.start()
        time.sleep(0.2)
        os.rename(f"{executable}.kept", executable)
        client.join(30)
        assert answer, f"no answer after the crash loop of {unit}"
    held("crash loops leave every socket open", "who waits is answered")


def idle():
    """Memory after a fresh start with one event processed, and CPU time while nothing happens."""
    systemctl("restart", *SERVICES)
    captured([send_one()])
    time.sleep(1)
    processes = [main_process(unit) for unit in SERVICES]
    sizes = [resident_kilobytes(process) for process in processes]
    for unit, size in zip(SERVICES, sizes):
        held(f"memory of {unit}", ", ".join(
            f"{name} {size[name] / 1024:.1f}" for name in ("Rss", "Pss", "Anonymous")) + " MiB")
    measured("idle: resident memory together", sum(size["Rss"] for size in sizes) / 1024, "MiB", 60,
             limit=60, digits=1)
    before = sum(map(cpu_milliseconds, processes))
    time.sleep(10)
    used = sum(map(cpu_milliseconds, processes)) - before
    # The kernel counts in ticks of 10 ms: one of them is 0.1 %.
    measured("idle: CPU in 10 s, all together", used / 100, "%", 0, limit=0.3, digits=1)
