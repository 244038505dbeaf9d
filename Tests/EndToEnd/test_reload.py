"""SIGHUP: a new configuration counts without a restart, and nothing is dropped."""

import json
import os
import signal
import time

from fake_upstream import FakeUpstream
from relay_process import KEY
from test_processes import Load


def wait_for(condition, relay, timeout=10):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, relay.log()
        time.sleep(0.02)


def reload(relay, /, **sections):
    """Changes settings and tells the launcher; returns when all processes say that they have read
    them: the launcher and one of each kind."""
    path = relay.folder / "config.yml"
    settings = json.loads(path.read_text())
    for section, values in sections.items():
        settings.setdefault(section, {}).update(values)
    path.write_text(json.dumps(settings))
    before = relay.log().count("configuration read again")
    relay.process.send_signal(signal.SIGHUP)
    wait_for(lambda: relay.log().count("configuration read again") >= before + 4, relay)


def test_events_flow_while_everything_is_read_again(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    children = relay.children()
    load = Load(relay)
    for number in range(8):
        time.sleep(0.15)
        # The last one makes relay-projects build itself anew: links and registration, too.
        reload(relay, limits={"max_event_size": 900_000 + number},
               logging={"level": ("debug", "info")[number % 2]},
               cache={"project_expiry": 100 + number})
    time.sleep(0.3)
    load.stop()
    assert load.failures == []
    assert relay.children() == children
    upstream.wait_for_envelopes(len(load.answered), timeout=30)
    delivered = {each.headers["event_id"] for each in upstream.envelopes}
    assert set(load.answered) - delivered == set()


def test_limits_and_mode_count_at_once(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    assert relay.send_event({"message": "x" * 5000}).status == 200
    reload(relay, limits={"max_event_size": 2000})
    assert relay.send_event({"message": "x" * 5000}).status == 413
    reload(relay, limits={"max_event_size": 20_000}, relay={"mode": "capture"})
    answer = relay.send_event({"message": "kept here"})
    assert relay.captured_event(answer.event_id)["logentry"]["formatted"] == "kept here"


def test_another_upstream_gets_what_comes_next(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    relay.send_event()
    upstream.wait_for_envelopes(1)
    other = FakeUpstream().start()
    other.add_project(42, KEY)
    try:
        reload(relay, relay={"upstream": other.url})
        relay.send_event()
        other.wait_for_envelopes(1)
        assert len(upstream.envelopes) == 1
        assert relay.stop() == 0
    finally:
        other.stop()
    assert other.errors == []


def test_a_bad_configuration_is_named_and_the_old_one_stays(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    path = relay.folder / "config.yml"
    good = path.read_text()
    path.write_text("relay: {mode: managed}\nlimits:\n  max_event_size: lots\n")
    for child in relay.children():
        os.kill(child, signal.SIGHUP)
    wait_for(lambda: relay.log().count("previous one stays") == 3, relay)
    assert relay.log().count("config.yml:3: limits.max_event_size: ") == 3
    assert relay.send_event({"message": "x" * 5000}).status == 200
    path.write_text(good)
