"""Breaks one thing on purpose, so that one can see a check fail: see broken.sh.

RELAY_SYSTEMD_BREAK is `unit|section|setting|...`, or `postinst|line` (of the package that is
upgraded to), or `postrm|line` (which then is the whole script), or `mask|unit` (before the package
is installed), or `identity` (relay-projects gets another one than the front door should name).
"""

import os

from machine import run

BREAK = os.environ.get("RELAY_SYSTEMD_BREAK", "").replace("^", " ").split("|")


def before_install():
    if BREAK[0] == "mask":
        run("systemctl", "mask", BREAK[1])


def after_install():
    target = BREAK[0]
    if target not in ("", "postinst", "postrm", "mask", "identity"):
        folder = f"/etc/systemd/system/{target}.d"
        os.makedirs(folder)
        with open(f"{folder}/broken.conf", "w") as file:
            file.write(f"[{BREAK[1]}]\n" + "\n".join(BREAK[2:]) + "\n")
        run("systemctl", "daemon-reload")
        if target.endswith(".socket"):
            run("systemctl", "restart", target.replace("@.", "@1."))


def after_identity():
    if BREAK[0] == "identity":
        run("relay", "-c", "/etc/relay", "credentials", "generate", "--overwrite")
        run("systemd-tmpfiles", "--create", "relay.conf")
        run("systemctl", "restart", "relay-projects.service")


def before_purge():
    if BREAK[0] == "postrm":
        with open("/var/lib/dpkg/info/relay.postrm", "w") as file:
            file.write(f"#!/bin/sh\n{BREAK[1]}\n")


def before_upgrade(control_folder):
    if BREAK[0] == "postinst":
        with open(f"{control_folder}/postinst", "a") as file:
            file.write(f"{BREAK[1]}\n")
