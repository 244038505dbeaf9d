"""Breaks one thing on purpose, so that one can see a check fail: see broken.sh.

RELAY_SYSTEMD_BREAK is `unit|section|setting|...`, or `postinst|line` (of the package that is
upgraded to), or `postrm|line` (which then is the whole script).
"""

import os

from machine import run

BREAK = os.environ.get("RELAY_SYSTEMD_BREAK", "").replace("^", " ").split("|")


def after_install():
    target = BREAK[0]
    if target not in ("", "postinst", "postrm"):
        folder = f"/etc/systemd/system/{target}.d"
        os.makedirs(folder)
        with open(f"{folder}/broken.conf", "w") as file:
            file.write(f"[{BREAK[1]}]\n" + "\n".join(BREAK[2:]) + "\n")
        run("systemctl", "daemon-reload")
        if target.endswith(".socket"):
            run("systemctl", "restart", target.replace("@.", "@1."))


def before_purge():
    if BREAK[0] == "postrm":
        with open("/var/lib/dpkg/info/relay.postrm", "w") as file:
            file.write(f"#!/bin/sh\n{BREAK[1]}\n")


def before_upgrade(control_folder):
    if BREAK[0] == "postinst":
        with open(f"{control_folder}/postinst", "a") as file:
            file.write(f"{BREAK[1]}\n")
