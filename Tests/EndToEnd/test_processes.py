"""Killing, stopping and starving the processes of a relay while events flow."""

import os
import signal
import time

from load import Load
from relay_process import RelayProcess


def test_killed_processors_lose_nothing(make_relay, upstream):
    relay = make_relay(upstream=upstream, processors=2)
    load = Load(relay)
    for _ in range(6):
        time.sleep(0.3)
        relay.kill_child("relay-processor", index=0)
    time.sleep(0.3)
    load.stop()
    assert load.failures == []
    assert len(load.answered) > 50
    upstream.wait_for_envelopes(len(load.answered), timeout=30)
    delivered = {each.headers["event_id"] for each in upstream.envelopes}
    assert set(load.answered) - delivered == set()


def test_killed_projects_process(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    load = Load(relay)
    for _ in range(3):
        time.sleep(0.4)
        relay.kill_child("relay-projects")
    time.sleep(0.5)
    load.stop()
    assert load.failures == []
    upstream.wait_for_envelopes(len(load.answered), timeout=30)


def test_frozen_projects_process(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    relay.send_event()
    upstream.wait_for_envelopes(1)
    [projects] = relay.children("relay-projects")
    os.kill(projects, signal.SIGSTOP)
    try:
        assert relay.send_event(timeout=5).status == 200
    finally:
        os.kill(projects, signal.SIGCONT)
    upstream.wait_for_envelopes(2)


def test_killed_front_door_refuses_nobody(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    old = relay.kill_child("relay-ingest")
    answer = relay.send_event()
    assert answer.status == 200
    relay.wait_for_child("relay-ingest", [old])
    upstream.wait_for_envelopes(1, matching=lambda each: each.headers["event_id"] == answer.event_id)


def test_front_door_killed_while_events_flow(make_relay, upstream):
    """Nobody is refused: only requests that were in the killed process fail, and an event that was
    answered a while before a kill is delivered (until there is a journal on disk, the last ones may
    be lost with the process)."""
    relay = make_relay(upstream=upstream, processors=2)
    relay.send_event()
    upstream.wait_for_envelopes(1)
    # Slow enough for the upstream, so that nothing waits long.
    load = Load(relay, pause=0.02)
    kills = 4
    lost = set()
    for _ in range(kills):
        time.sleep(0.4)
        before = len(load.answered)
        time.sleep(0.6)
        old = relay.kill_child("relay-ingest")
        relay.wait_for_child("relay-ingest", [old])
        lost |= set(load.answered[before:])
    time.sleep(0.6)
    load.stop()
    assert len(load.answered) > 50
    assert [each for each in load.failures if "refused" in str(each).lower()] == []
    assert len(load.failures) <= kills * len(load.threads), load.failures
    safe = set(load.answered) - lost
    deadline = time.monotonic() + 30
    while missing := safe - {each.headers["event_id"] for each in upstream.envelopes}:
        assert time.monotonic() < deadline, f"{len(missing)} of {len(safe)} were lost"
        time.sleep(0.05)


def test_terminate_while_an_event_waits_for_its_project(make_relay, upstream):
    upstream.project_state_delay = 1.5
    relay = make_relay(upstream=upstream)
    relay.wait_until_ready()
    answer = relay.send_event()
    assert answer.status == 200
    time.sleep(0.2)
    assert relay.stop(signal.SIGTERM) == 0
    [received] = upstream.wait_for_envelopes(1, timeout=1)
    assert received.headers["event_id"] == answer.event_id


def test_terminate_ends_within_the_shutdown_timeout(make_relay, upstream):
    upstream.envelope_delay = 30
    relay = make_relay(upstream=upstream, config={"limits": {"shutdown_timeout": 2}})
    relay.send_event()
    time.sleep(0.5)
    begun = time.monotonic()
    assert relay.stop(signal.SIGTERM, timeout=20) == 0
    print(f"stopped after {time.monotonic() - begun:.2f} s with an event stuck upstream")


def test_interrupt_drops_and_exits(make_relay, upstream):
    upstream.project_state_delay = 20
    relay = make_relay(upstream=upstream)
    relay.send_event()
    begun = time.monotonic()
    relay.stop(signal.SIGINT, timeout=8)
    print(f"SIGINT: stopped after {time.monotonic() - begun:.2f} s")
    assert upstream.envelopes == []


def test_no_child_outlives_a_killed_launcher(make_relay, upstream):
    relay = make_relay(upstream=upstream, processors=2)
    children = relay.children()
    assert len(children) == 4
    relay.process.kill()
    relay.process.wait()
    deadline = time.monotonic() + 10
    while alive := [child for child in children if running(child)]:
        assert time.monotonic() < deadline, f"{alive} outlived the launcher"
        time.sleep(0.02)


def running(process):
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_processors_default_to_the_number_of_cores(make_relay):
    relay = make_relay("capture", start=False)
    relay.processors = os.cpu_count()
    relay.start()
    assert len(relay.children("relay-processor")) == os.cpu_count()


def test_bad_configuration_exits_78(make_relay):
    relay: RelayProcess = make_relay("capture", start=False)
    (relay.folder / "config.yml").write_text("relay:\n  mode: capture\n  port: not-a-port\n")
    done = relay.command("run")
    assert done.returncode == 78
    assert "config.yml:3" in done.stderr and "port" in done.stderr
    assert relay.command("config", "check").returncode == 78


def test_managed_mode_needs_credentials(make_relay, upstream):
    relay = make_relay(upstream=upstream, start=False)
    (relay.folder / "credentials.json").unlink()
    done = relay.command("run")
    assert done.returncode != 0
    assert "credentials" in done.stderr
