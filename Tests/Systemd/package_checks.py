"""The package: what it installs, what its units may do, upgrade and removal."""

import glob
import gzip
import http.server
import json
import os
import re
import shutil
import tempfile
import threading
import time

import breakage
from figures import held, measured
from load import KEY, Load
from machine import (CONFIG, INGEST, PROCESSOR, PROJECTS, RATE, SERVICES, SOCKETS, active, captured,
                     configure, main_process, reload_all, run, send_one, systemctl, value, wait)
from service_checks import no_failures

# The most that `systemd-analyze security` may find. Goals: ingest 1.1, the others 0.5;
# relay-projects speaks to upstream, and an address family costs what it costs.
EXPOSURE = {"relay-ingest@1": (1.1, 1.1), "relay-projects": (0.5, 1.1),
            "relay-processor@1": (0.5, 0.5)}


# What every command has: the manual describes it once.
COMMON = ("config", "help", "version")


def dpkg(*arguments):
    return run("dpkg", "--force-unsafe-io", *arguments)


def install(package):
    breakage.before_install()
    start = time.monotonic()
    dpkg("-i", package)
    seconds = time.monotonic() - start
    for unit in SOCKETS:
        assert active(unit), f"{unit} is {systemctl('is-active', unit, check=False)}"
    for unit in SERVICES:
        assert not active(unit), f"{unit} runs though nobody asked"
    held("installed: sockets wait, nothing runs", f"{seconds:.1f} s")
    breakage.after_install()


def commands_and_options():
    """Every command of `relay` with its own options, as the program itself tells."""
    found = {}

    def walk(command, path):
        path = f"{path} {command['commandName']}".strip()
        inner = [each for each in command.get("subcommands", []) if each["commandName"] != "help"]
        for each in inner:
            walk(each, path)
        if not inner:
            found[path] = [f"--{name['name']}" for argument in command.get("arguments", [])
                           if argument["shouldDisplay"] for name in argument.get("names", [])
                           if name["kind"] == "long" and name["name"] not in COMMON]

    walk(json.loads(run("relay", "--experimental-dump-help").stdout)["command"], "")
    return found


def files_are_there():
    for page in ("man1/relay.1", "man8/relay-ingest.8", "man8/relay-projects.8",
                 "man8/relay-processor.8"):
        assert os.path.exists(f"/usr/share/man/{page}.gz"), page
    bash = "/usr/share/bash-completion/completions/relay"
    run("bash", "-n", bash)
    with gzip.open("/usr/share/man/man1/relay.1.gz", "rt") as file:
        manual = file.read().replace("\\-", "-")
    with open(bash) as file, open("/usr/share/zsh/vendor-completions/_relay") as other:
        completions = [file.read(), other.read()]
    commands = commands_and_options()
    for path, options in commands.items():
        assert f".SS {path}\n" in manual, f"{path} is not in the manual"
        for option in options:
            assert f"\\fB{option}\\fR" in manual, f"{path} {option} is not in the manual"
            assert all(option in text for text in completions), f"{option} is not completed"
        for name in path.split():
            assert all(name in text for text in completions), f"{name} is not completed"
    sizes = {path: os.path.getsize(path) for path in
             ["/usr/bin/relay", *glob.glob("/usr/lib/relay/*")]}
    run("relay", "-c", "/etc/relay", "config", "check")
    held("man pages and completions have every command and option", f"{len(commands)} commands")
    held("executables together", f"{sum(sizes.values()) / 1e6:.1f} MB")


def units_are_clean():
    files = sorted(glob.glob("/lib/systemd/system/relay*"))
    names = [re.sub(r"@\.", "@1.", os.path.basename(file)) for file in files]
    done = run("systemd-analyze", "verify", "--recursive-errors=no", "--man=no", *names)
    assert not done.stderr.strip(), done.stderr
    held("systemd-analyze verify: not a word", f"{len(names)} units")
    for unit, (goal, limit) in EXPOSURE.items():
        measured(f"systemd-analyze security {unit}", exposure(unit), "", goal, limit=limit,
                 digits=1)


def exposure(unit):
    done = run("systemd-analyze", "security", f"{unit}.service", "--no-pager", check=False)
    score = re.search(r"exposure level for .*?: ([\d.]+)", done.stdout)
    assert score, done.stdout[-300:] + done.stderr
    return float(score.group(1))


def projects_without_network():
    """The drop-in of docs/DEPLOY.md for relays that ask no upstream."""
    drop_in = "/run/systemd/system/relay-projects.service.d"
    os.makedirs(drop_in)
    with open(f"{drop_in}/test.conf", "w") as file:
        file.write("[Service]\nPrivateNetwork=yes\nIPAddressDeny=any\nRestrictAddressFamilies=\n"
                   "RestrictAddressFamilies=AF_UNIX\n")
    systemctl("daemon-reload")
    systemctl("restart", PROJECTS)
    captured([send_one()])
    measured("systemd-analyze security relay-projects without network (static mode)",
             exposure("relay-projects"), "", 0.5, limit=0.5, digits=1)
    shutil.rmtree(drop_in)
    systemctl("daemon-reload")
    systemctl("restart", PROJECTS)


def generate_credentials():
    """An identity that only the group may read, once."""
    if not os.path.exists("/etc/relay/credentials.json"):
        run("relay", "-c", "/etc/relay", "credentials", "generate")
        run("systemd-tmpfiles", "--create", "relay.conf")
        systemctl("restart", *SERVICES)


def rights():
    generate_credentials()
    group = int(run("getent", "group", "relay-credentials").stdout.split(":")[2])
    systemctl("restart", *SERVICES)
    network = os.readlink("/proc/1/ns/net")
    for unit in SERVICES:
        process = main_process(unit)
        with open(f"/proc/{process}/status") as file:
            status = file.read()
        groups = re.search(r"^Groups:(.*)$", status, re.M).group(1).split()
        assert (str(group) in groups) == (unit == PROJECTS), f"{unit}: {groups}"
        assert "\nUid:\t0" not in status, f"{unit} runs as root"
        own_network = os.readlink(f"/proc/{process}/ns/net") != network
        assert own_network == (unit == PROCESSOR), unit
    captured([send_one()])
    held("only relay-projects may read the key; a processor has no network; nobody is root")


class Upstream(http.server.BaseHTTPRequestHandler):
    """Takes envelopes and keeps their relay ids."""

    ids = []

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.ids.append(self.headers["X-Sentry-Relay-Id"])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def relay_id():
    """The front door may not read the key, and envelopes carry the relay's id all the same."""
    generate_credentials()
    with open("/etc/relay/credentials.json") as file:
        own = json.load(file)["id"]
    breakage.after_identity()
    with open("/etc/relay/projects/1.json", "w") as file:
        json.dump({"projectId": 1, "slug": "one", "config": {},
                   "publicKeys": [{"publicKey": KEY, "isEnabled": True}]}, file)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    configure(relay__mode="static", relay__upstream=f"http://127.0.0.1:{server.server_port}/")
    reload_all()
    send_one()
    wait("the envelope reaches upstream", lambda: Upstream.ids)
    assert Upstream.ids == [own], f"{Upstream.ids}, not {own}"
    server.shutdown()
    configure()
    reload_all()
    held("envelopes carry the relay's id", "by way of relay-projects; upstream set by a reload")


def with_another_version(package, tree):
    run("dpkg-deb", "-R", package, f"{tree}/root")
    control = f"{tree}/root/DEBIAN/control"
    with open(control) as file:
        text = file.read()
    with open(control, "w") as file:
        file.write(re.sub(r"^(Version: .*)$", r"\1+upgrade", text, flags=re.M))
    breakage.before_upgrade(f"{tree}/root/DEBIAN")
    run("dpkg-deb", "-Znone", "-b", f"{tree}/root", f"{tree}/upgrade.deb")
    return f"{tree}/upgrade.deb"


def upgrade(package):
    tree = tempfile.mkdtemp()
    other = with_another_version(package, tree)
    systemctl("start", *SERVICES)
    with open(CONFIG, "a") as file:
        file.write("# The operator's own line.\n")
    before = {unit: main_process(unit) for unit in SERVICES}
    since = {unit: value(unit, "ActiveEnterTimestampMonotonic") for unit in SOCKETS}
    with Load(RATE) as load:
        start = time.monotonic()
        dpkg("-i", other)
        seconds = time.monotonic() - start
    no_failures(load, f"upgrade of the package, {seconds:.1f} s")
    for unit, process in before.items():
        assert main_process(unit) not in (0, process), f"{unit} still runs the old executable"
    for unit, entered in since.items():
        assert value(unit, "ActiveEnterTimestampMonotonic") == entered, f"{unit} was restarted"
    assert not active("relay-ingest@upgrade.service"), "the front door for the upgrade still runs"
    with open(CONFIG) as file:
        assert "The operator's own line." in file.read(), "the upgrade took the configuration"
    starts = sorted((int(value(unit, "ExecMainStartTimestampMonotonic")), unit)
                    for unit in SERVICES)
    assert [unit for _, unit in starts] == [PROCESSOR, PROJECTS, INGEST], starts
    shutil.rmtree(tree)
    held("an upgrade restarts service after service and no socket, and keeps the configuration")


def remove_and_purge(package):
    with open(CONFIG, "a") as file:
        file.write("# The operator's own line.\n")
    dpkg("-r", "relay")
    left = [unit for unit in systemctl(
        "list-units", "--no-legend", "--plain", "--state=active", "relay*").splitlines()
        if ".slice" not in unit]
    assert not left, left
    with open(CONFIG) as file:
        assert "The operator's own line." in file.read(), "remove took the configuration"
    dpkg("-i", package)
    captured([send_one()])
    breakage.before_purge()
    dpkg("-P", "relay")
    left = [path for pattern in (
        "/etc/relay", "/usr/lib/relay", "/usr/bin/relay", "/var/lib/relay*",
        "/var/lib/private/relay*", "/run/relay*", "/etc/systemd/system/*/relay*",
        "/lib/systemd/system/relay*") for path in glob.glob(pattern)]
    assert not left, f"left after purge: {left}"
    held("remove keeps the configuration, a new installation uses it, purge leaves nothing")
