"""Project files: read before serving, followed live, and one bad file harms nobody else."""

import json
import os
import time

from relay_process import KEY

OTHER_KEY = "fedcba9876543210fedcba9876543210"


def wait_for_status(relay, status, **options):
    deadline = time.monotonic() + 10
    while (answer := relay.send_event(**options)).status != status:
        assert time.monotonic() < deadline, (answer.status, answer.body)
        time.sleep(0.1)


def test_static_mode(make_relay, upstream):
    relay = make_relay("static", upstream=upstream, start=False)
    relay.write_project(42)
    relay.start()
    assert relay.send_event().status == 200
    [received] = upstream.wait_for_envelopes(1)
    assert received.project == 42
    assert upstream.hits("/api/0/relays/projectconfigs/") == 0


def test_bad_files_harm_nobody(make_relay, upstream):
    relay = make_relay("static", upstream=upstream, start=False)
    relay.write_project(42)
    projects = relay.folder / "projects"
    (projects / "1.json").write_text('{"publicKeys": [')
    (projects / "2.json").write_bytes(b"\xff\xfe\x00not utf-8")
    os.mkfifo(projects / "3.json")
    os.symlink("4.json", projects / "4.json")
    (projects / "5.json").mkdir()
    (projects / "readme.txt").write_text("not a project")
    with open(projects / "6.json", "wb") as huge:
        huge.truncate(300 << 20)
    relay.start()
    assert relay.send_event().status == 200
    upstream.wait_for_envelopes(1)
    for name in ("1.json", "2.json", "6.json"):
        assert name in relay.log()


def test_files_are_followed(make_relay, upstream):
    relay = make_relay("static", upstream=upstream, start=False)
    relay.write_project(42)
    relay.start()
    assert relay.send_event().status == 200
    wait_for_status(relay, 403, project=43, key=OTHER_KEY)
    relay.write_project(43, key=OTHER_KEY)
    wait_for_status(relay, 200, project=43, key=OTHER_KEY)
    path = relay.folder / "projects" / "42.json"
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    time.sleep(1.5)
    assert relay.send_event().status == 200, "a half-written file must leave the old state"
    path.write_text(json.dumps({**json.loads(whole), "disabled": True}))
    wait_for_status(relay, 403)
    path.write_text(whole)
    wait_for_status(relay, 200, key=KEY)
