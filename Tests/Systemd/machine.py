"""What the checks do with the machine: commands, units, processes, waiting."""

import os
import re
import signal
import subprocess
import time

from load import connect, get, send

ROUNDS = int(os.environ.get("RELAY_SYSTEMD_ROUNDS", "25"))
KILLS = int(os.environ.get("RELAY_SYSTEMD_KILLS", "12"))
RATE = int(os.environ.get("RELAY_SYSTEMD_RATE", "500"))
INGEST, PROJECTS = "relay-ingest@1.service", "relay-projects.service"
PROCESSOR = "relay-processor@1.service"
SERVICES = [INGEST, PROJECTS, PROCESSOR]
SOCKETS = ["relay-ingest.socket", "relay-projects.socket", "relay-processor@1.socket"]
CONFIG = "/etc/relay/config.yml"


def run(*command, check=True, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, **options)
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


def journal(unit):
    return run("journalctl", "-b", "-o", "cat", "--no-pager", "-u", unit).stdout


def captured(identifiers):
    """Waits until each event can be fetched; the events are in the memory of one instance."""
    for number, identifier in enumerate(identifiers):
        try:
            wait(f"event {identifier} is captured",
                 lambda: get(f"/api/relay/events/{identifier}/")[0] == 200)
        except AssertionError as error:
            answer = get(f"/api/relay/events/{identifier}/")
            status = [value(unit, "StatusText") for unit in SERVICES]
            raise AssertionError(f"{error} ({number + 1} of {len(identifiers)}): {answer}; "
                                 f"the services say {status}") from None


def send_one(timeout=30):
    connection = connect(timeout)
    try:
        return send(connection)[0]
    finally:
        connection.close()


def kill(unit, with_signal=signal.SIGKILL):
    """Ends a service's process; the milliseconds until systemd has heard READY=1 of the next one."""
    process = main_process(unit)
    start = time.monotonic()
    os.kill(process, with_signal)
    wait(f"{unit} is back", lambda: main_process(unit) not in (0, process) and active(unit))
    ready = int(value(unit, "ActiveEnterTimestampMonotonic")) / 1000
    return ready - start * 1000


def configure(**settings):
    """Writes config.yml: static mode by default, with settings as `section__key=value`."""
    sections = {"relay": {"mode": "capture"}}
    for name, setting in settings.items():
        section, key = name.split("__")
        sections.setdefault(section, {})[key] = setting
    with open(CONFIG, "w") as file:
        for section, keys in sections.items():
            file.write(f"{section}:\n")
            for key, setting in keys.items():
                file.write(f"  {key}: {setting}\n")


def reload_all():
    for unit in SERVICES:
        systemctl("reload", unit)
    # The command returns when the signal is sent; READY=1 tells the end.
    for unit in SERVICES:
        wait(f"{unit} has read its configuration",
             lambda: systemctl("is-active", unit, check=False) == "active")


def cpu_milliseconds(process):
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def resident_kilobytes(process):
    with open(f"/proc/{process}/smaps_rollup") as file:
        sizes = dict(re.findall(r"^(Rss|Pss|Anonymous):\s+(\d+)", file.read(), re.M))
    return {name: int(size) for name, size in sizes.items()}
