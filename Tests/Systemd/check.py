"""Runs in the machine as root: installs the package and tests what an operator relies on.

    check.py relay.deb [CHECK...]
"""

import sys
import time
import traceback

import figures
import package_checks
import service_checks

PACKAGE = sys.argv[1]

# In this order: each takes over the machine as the one before left it.
CHECKS = [
    ("install", lambda: package_checks.install(PACKAGE)),
    ("files", package_checks.files_are_there),
    ("units", package_checks.units_are_clean),
    ("first-request", service_checks.first_request),
    ("status", service_checks.status_lines),
    ("rights", package_checks.rights),
    ("relay-id", package_checks.relay_id),
    ("no-network", package_checks.projects_without_network),
    ("reload", service_checks.reload_applies),
    ("reload-load", service_checks.reload_under_load),
    ("rolling", service_checks.rolling_restarts),
    ("single", service_checks.one_instance_restarts),
    ("slow", service_checks.restart_with_slow_requests),
    ("long-drain", service_checks.long_drain),
    ("kill", service_checks.killed_processes),
    ("follow", service_checks.follow_times),
    ("scaling", service_checks.scaling),
    ("hung", service_checks.hung_processor),
    ("crash-loops", service_checks.crash_loops),
    ("upgrade", lambda: package_checks.upgrade(PACKAGE)),
    ("idle", service_checks.idle),
    ("purge", lambda: package_checks.remove_and_purge(PACKAGE)),
]
# What any of them needs.
ALWAYS = {"install", "first-request", "status"}


def main():
    wanted = set(sys.argv[2:])
    start = time.monotonic()
    failed = None
    for name, check in CHECKS:
        if wanted and name not in wanted | ALWAYS:
            continue
        began = time.monotonic()
        try:
            check()
        except Exception as error:  # noqa: BLE001: the journal follows
            failed = f"{name}: {error}"
            traceback.print_exc(limit=-2)
            break
        print(f"ok - {name} ({time.monotonic() - began:.1f} s)", flush=True)
    with open("/proc/loadavg") as file:
        load = file.read().split()[0]
    print(f"\nsystemd tests, load {load}:\n")
    figures.print_table()
    print(f"\nFAILED - {failed}" if failed
          else f"\nall passed in {time.monotonic() - start:.0f} s", flush=True)
    return 1 if failed else 0


sys.exit(main())
