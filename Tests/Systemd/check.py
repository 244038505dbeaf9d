"""Runs in the machine as root: installs the package and tests what an operator relies on.

    check.py relay.deb
"""

import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from load import KEY, Load, connect, event, get, send

PACKAGE = sys.argv[1]
ROUNDS = int(os.environ.get("RELAY_SYSTEMD_ROUNDS", "4"))
RATE = int(os.environ.get("RELAY_SYSTEMD_RATE", "200"))
# The most that `systemd-analyze security` may find, in tenths.
EXPOSURE_MAX = {"relay-ingest@1": 11, "relay-projects": 11, "relay-processor@1": 5}
SOCKETS = ["relay-ingest.socket", "relay-projects.socket", "relay-processor@1.socket"]


def run(*command, check=True, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def systemctl(*arguments, check=True):
    return run("systemctl", *arguments, check=check).stdout.strip()


def value(unit, name):
    return systemctl("show", "--value", "-p", name, unit)


def main_process(unit):
    return int(value(unit, "MainPID"))


def active(unit):
    return systemctl("is-active", unit, check=False) in ("active", "reloading")


def wait(what, condition, seconds=15.0):
    """Seconds until the condition holds."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if condition():
            return time.monotonic() - start
        time.sleep(0.005)
    raise AssertionError(f"not within {seconds} s: {what}")


def ok(text):
    print(f"ok - {text}", flush=True)


def no_failures(load, what):
    if load.failures:
        first = [(round(at % 1000, 3), kind, text) for at, kind, text in load.failures[:5]]
        raise AssertionError(f"{what}: {load.summary()}; first: {first}")
    ok(f"{what}: {load.summary()}")


def captured(identifiers):
    """Waits until each event can be fetched; the events are in the memory of one instance."""
    for identifier in identifiers:
        wait(f"event {identifier} is captured",
             lambda: get(f"/api/relay/events/{identifier}/")[0] == 200)


def kill(unit, with_signal=signal.SIGKILL):
    """Ends a service's process; returns the milliseconds until the next one serves."""
    process = main_process(unit)
    start = time.monotonic()
    os.kill(process, with_signal)
    wait(f"{unit} is back", lambda: main_process(unit) not in (0, process) and active(unit))
    return (time.monotonic() - start) * 1000


def configure(mode):
    path = "/etc/relay/config.yml"
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(re.sub(r"^  mode: .*$", f"  mode: {mode}", text, flags=re.M))


# --- tests, in this order ---------------------------------------------------------------------


def install():
    start = time.monotonic()
    run("dpkg", "--force-unsafe-io", "-i", PACKAGE)
    seconds = time.monotonic() - start
    for unit in SOCKETS:
        assert active(unit), f"{unit} is {systemctl('is-active', unit, check=False)}"
    for unit in ("relay-ingest@1.service", "relay-projects.service", "relay-processor@1.service"):
        assert not active(unit), f"{unit} runs though nobody asked"
    ok(f"installed in {seconds:.1f} s; sockets wait, nothing runs")


def units_are_clean():
    files = sorted(glob.glob("/lib/systemd/system/relay*"))
    names = [re.sub(r"@\.", "@1.", os.path.basename(file)) for file in files]
    done = run("systemd-analyze", "verify", "--recursive-errors=no", "--man=no", *names)
    assert not done.stderr.strip(), done.stderr
    ok(f"systemd-analyze verify: {len(names)} units without a word")
    for unit, tenths in EXPOSURE_MAX.items():
        done = run("systemd-analyze", "security", f"--threshold={tenths}", f"{unit}.service",
                   "--no-pager", check=False)
        score = re.search(r"exposure level for .*?: ([\d.]+)", done.stdout)
        assert done.returncode == 0, f"{unit}: {done.stdout[-300:]}{done.stderr}"
        ok(f"systemd-analyze security {unit}: {score and score.group(1)}")


def first_request():
    start = time.monotonic()
    status, _ = get("/api/relay/healthcheck/live/")
    milliseconds = (time.monotonic() - start) * 1000
    assert status == 200, status
    wait("ingest says that it serves", lambda: active("relay-ingest@1.service"))
    ok(f"first 200 from nothing after {milliseconds:.0f} ms")


def configuration_is_read_again():
    configure("capture")
    process = main_process("relay-ingest@1.service")
    systemctl("reload", "relay-ingest@1.service")
    wait("ingest reads its configuration again",
         lambda: main_process("relay-ingest@1.service") not in (0, process))
    if active("relay-projects.service"):
        systemctl("restart", "relay-projects.service")
    connection = connect()
    identifier, _ = send(connection)
    connection.close()
    captured([identifier])
    configure("nonsense")
    process = main_process("relay-ingest@1.service")
    refused = run("systemctl", "reload", "relay-ingest@1.service", check=False)
    assert refused.returncode != 0
    configure("capture")
    assert main_process("relay-ingest@1.service") == process
    ok("reload takes a new configuration, and refuses a wrong one while the old goes on")


def rights():
    run("relay", "-c", "/etc/relay", "credentials", "generate")
    run("systemd-tmpfiles", "--create", "relay.conf")
    group = int(run("getent", "group", "relay-credentials").stdout.split(":")[2])
    systemctl("restart", "relay-ingest@1.service")
    network = os.readlink("/proc/1/ns/net")
    for unit, signs in (("relay-ingest@1", False), ("relay-projects", True),
                        ("relay-processor@1", False)):
        process = main_process(f"{unit}.service")
        with open(f"/proc/{process}/status") as file:
            status = file.read()
        groups = re.search(r"^Groups:(.*)$", status, re.M).group(1).split()
        assert (str(group) in groups) == signs, f"{unit}: {groups}"
        assert "\nUid:\t0" not in status, f"{unit} runs as root"
        own_network = os.readlink(f"/proc/{process}/ns/net") != network
        assert own_network == (unit == "relay-processor@1"), unit
    ok("only relay-projects may read the key; a processor has no network; nobody is root")


def rolling_restarts():
    systemctl("start", "relay-ingest@2.service")
    units = ["relay-processor@1.service", "relay-projects.service", "relay-ingest@1.service",
             "relay-ingest@2.service"]
    with Load(RATE) as load:
        for _ in range(ROUNDS):
            for unit in units:
                systemctl("restart", unit)
    no_failures(load, f"{ROUNDS} rolling restarts of {len(units)} units")


def one_instance_restarts():
    systemctl("stop", "relay-ingest@2.service")
    with Load(RATE) as load:
        for _ in range(ROUNDS):
            systemctl("restart", "relay-ingest@1.service")
            time.sleep(0.1)
    no_failures(load, f"{ROUNDS} restarts of the only front door")


def restart_with_slow_requests():
    systemctl("start", "relay-ingest@2.service")
    answers = []

    def slow():
        connection = connect()
        _, body = event()
        connection.putrequest("POST", "/api/1/store/")
        connection.putheader("Content-Length", str(len(body)))
        connection.putheader(
            "X-Sentry-Auth", f"Sentry sentry_key={KEY}, sentry_version=7")
        connection.endheaders(body[:100])
        time.sleep(1.5)
        connection.send(body[100:])
        response = connection.getresponse()
        response.read()
        answers.append((response.status, response.will_close))

    threads = [threading.Thread(target=slow) for _ in range(8)]
    with Load(RATE) as load:
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        systemctl("restart", "relay-ingest@1.service")
        systemctl("restart", "relay-ingest@2.service")
        for thread in threads:
            thread.join(30)
    assert [status for status, _ in answers] == [200] * 8, answers
    no_failures(load, "restarts with requests of 1.5 s in progress")
    ok(f"SIGTERM drains: 8 requests in progress answered, "
       f"{sum(closes for _, closes in answers)} with Connection: close")
    systemctl("stop", "relay-ingest@2.service")


def killed_processes():
    times = {"relay-processor@1.service": [], "relay-projects.service": []}
    with Load(RATE) as load:
        for _ in range(max(2, ROUNDS)):
            for unit, milliseconds in times.items():
                milliseconds.append(kill(unit))
                time.sleep(0.1)
    no_failures(load, "SIGKILL of a processor and of relay-projects, alternating")
    for unit, milliseconds in times.items():
        ok(f"{unit} serves again after {max(milliseconds):.0f} ms at worst")
    captured(load.identifiers[-200:])
    ok("every event of the last 200 was processed")


def scaling():
    more = [f"relay-processor@{number}" for number in (2, 3, 4)]
    with Load(RATE) as load:
        for unit in more:
            start = time.monotonic()
            systemctl("start", f"{unit}.socket")
            wait(f"{unit} is used", lambda: active(f"{unit}.service"))
            joined = (time.monotonic() - start) * 1000
        time.sleep(0.5)
        for unit in more:
            systemctl("stop", f"{unit}.socket")
            systemctl("stop", f"{unit}.service")
    no_failures(load, "1 -> 4 -> 1 processors")
    assert not glob.glob("/run/relay/processor/[234].sock")
    captured(load.identifiers[-200:])
    ok(f"a new processor is used {joined:.0f} ms after the start of its socket")


def hung_processor():
    drop_in = "/run/systemd/system/relay-processor@1.service.d"
    os.makedirs(drop_in)
    with open(f"{drop_in}/test.conf", "w") as file:
        file.write("[Service]\nWatchdogSec=2s\n")
    systemctl("daemon-reload")
    systemctl("restart", "relay-processor@1.service")
    systemctl("start", "relay-processor@2.socket")
    wait("the second processor runs", lambda: active("relay-processor@2.service"))
    before = int(value("relay-processor@1.service", "NRestarts"))
    with Load(RATE / 2) as load:
        start = time.monotonic()
        os.kill(main_process("relay-processor@1.service"), signal.SIGSTOP)
        wait("the watchdog ends it",
             lambda: int(value("relay-processor@1.service", "NRestarts")) > before)
        seconds = time.monotonic() - start
    no_failures(load, f"a processor that hangs is replaced after {seconds:.1f} s (limit 2 s)")
    captured(load.identifiers[-200:])
    systemctl("stop", "relay-processor@2.socket")
    systemctl("stop", "relay-processor@2.service")
    shutil.rmtree(drop_in)
    systemctl("daemon-reload")


def crash_loops():
    for unit, executable in (("relay-ingest@1.service", "/usr/lib/relay/relay-ingest"),
                             ("relay-projects.service", "/usr/lib/relay/relay-projects"),
                             ("relay-processor@1.service", "/usr/lib/relay/relay-processor")):
        os.rename(executable, f"{executable}.kept")
        shutil.copy("/bin/false", executable)
        before = int(value(unit, "NRestarts"))
        os.kill(main_process(unit), signal.SIGKILL)
        time.sleep(2.5)
        loops = int(value(unit, "NRestarts")) - before
        assert loops >= 5, f"{unit} was started only {loops} times"
        for name in SOCKETS:
            assert active(name), f"{name} is closed after a crash loop of {unit}"
        answer = []
        client = threading.Thread(target=lambda: answer.append(send(connect(60))))
        client.start()
        time.sleep(0.2)
        os.rename(f"{executable}.kept", executable)
        client.join(30)
        assert answer, f"no answer after the crash loop of {unit}"
    ok("crash loops of each service leave every socket open; who waits is answered")


def upgrade():
    tree = tempfile.mkdtemp()
    run("dpkg-deb", "-R", PACKAGE, f"{tree}/root")
    control = f"{tree}/root/DEBIAN/control"
    with open(control) as file:
        text = file.read()
    with open(control, "w") as file:
        file.write(re.sub(r"^(Version: .*)$", r"\1+upgrade", text, flags=re.M))
    run("dpkg-deb", "-Znone", "-b", f"{tree}/root", f"{tree}/upgrade.deb")
    units = ["relay-ingest@1.service", "relay-projects.service", "relay-processor@1.service"]
    systemctl("start", *units)
    before = {unit: main_process(unit) for unit in units}
    since = {unit: value(unit, "ActiveEnterTimestampMonotonic") for unit in SOCKETS}
    with Load(RATE) as load:
        run("dpkg", "--force-unsafe-io", "--force-confold", "-i", f"{tree}/upgrade.deb")
    no_failures(load, "upgrade of the package")
    for unit, process in before.items():
        assert main_process(unit) not in (0, process), f"{unit} still runs the old executable"
    for unit, entered in since.items():
        assert value(unit, "ActiveEnterTimestampMonotonic") == entered, f"{unit} was restarted"
    shutil.rmtree(tree)
    ok("an upgrade restarts every service and no socket")


def idle():
    resident, proportional, ticks = 0, 0, {}
    units = ["relay-ingest@1.service", "relay-projects.service", "relay-processor@1.service"]

    def used(process):
        with open(f"/proc/{process}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    # After a fresh start, with one event processed.
    systemctl("restart", *units)
    captured([send(connect())[0]])
    for unit in units:
        process = main_process(unit)
        with open(f"/proc/{process}/smaps_rollup") as file:
            sizes = dict(re.findall(r"^(Rss|Pss):\s+(\d+)", file.read(), re.M))
        print(f"     {unit}: {int(sizes['Rss']) / 1024:.1f} MiB resident, "
              f"{int(sizes['Pss']) / 1024:.1f} MiB proportional; "
              f"status \"{value(unit, 'StatusText')}\"")
        resident += int(sizes["Rss"])
        proportional += int(sizes["Pss"])
        ticks[process] = used(process)
    time.sleep(5)
    milliseconds = sum(used(process) - start for process, start in ticks.items()) * 10
    assert milliseconds <= 50, f"{milliseconds} ms of CPU in 5 idle seconds"
    ok(f"idle: {resident / 1024:.1f} MiB resident together, {proportional / 1024:.1f} MiB "
       f"proportional, {milliseconds} ms of CPU in 5 s")


def remove_and_purge():
    run("dpkg", "-r", "relay")
    left = [unit for unit in systemctl(
        "list-units", "--no-legend", "--plain", "--state=active", "relay*").splitlines()
        if ".slice" not in unit]
    assert not left, left
    assert os.path.exists("/etc/relay/config.yml"), "remove took the configuration"
    run("dpkg", "-P", "relay")
    left = [path for pattern in (
        "/etc/relay", "/usr/lib/relay", "/usr/bin/relay", "/var/lib/relay*",
        "/var/lib/private/relay*", "/run/relay*", "/etc/systemd/system/*/relay*",
        "/lib/systemd/system/relay*") for path in glob.glob(pattern)]
    assert not left, left
    ok("remove stops everything and keeps the configuration; purge leaves nothing")


def main():
    start = time.monotonic()
    for test in (install, units_are_clean, first_request, configuration_is_read_again, rights,
                 rolling_restarts, one_instance_restarts, restart_with_slow_requests,
                 killed_processes, scaling, hung_processor, crash_loops, upgrade, idle,
                 remove_and_purge):
        try:
            test()
        except Exception as error:  # noqa: BLE001: the journal follows
            print(f"FAILED - {test.__name__}: {error}", flush=True)
            return 1
    print(f"all passed in {time.monotonic() - start:.0f} s")
    return 0


sys.exit(main())
