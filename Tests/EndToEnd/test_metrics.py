"""What the processes count: /metrics for Prometheus, and statsd datagrams."""

import re
import socket
import time

BAD_PII = {
    "rules": {"broken": {"type": "pattern", "pattern": "(unclosed", "redaction": {"method": "mask"}}},
    "applications": {"$string": ["broken", "missing"]},
}
FILTERS = {"errorMessages": {"patterns": ["*noise*"]}}


def wait_for(read, wanted, timeout=10):
    deadline = time.monotonic() + timeout
    while True:
        seen = read()
        if wanted(seen):
            return seen
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)


def test_figures_for_prometheus(make_relay, upstream):
    relay = make_relay("static", upstream=upstream, start=False)
    relay.write_project(42, config={"piiConfig": BAD_PII, "filterSettings": FILTERS})
    relay.start()
    assert relay.send_event({"message": "hello"}).status == 200
    assert relay.send_event({"message": "some noise"}).status == 200
    upstream.wait_for_envelopes(1)
    seen = wait_for(
        lambda: relay.metrics(),
        lambda seen: seen.get('relay_events_outcomes_total{outcome="accepted",reason=""}') == 1)
    assert seen["relay_event_accepted_total"] == 2
    assert seen["relay_event_queue_size"] == 0
    assert seen['relay_events_outcomes_total{outcome="filtered",reason="error-message"}'] == 1
    assert seen['relay_events_filtered_total{project_id="42",reason="error-message"}'] == 1
    assert seen['relay_responses_status_code_total{status_code="200"}'] >= 2
    assert seen["relay_event_total_time_seconds_count"] == 1
    assert 0 < seen["relay_event_total_time_seconds_sum"] < 60
    assert seen["relay_processors_connected"] == 1
    assert seen["relay_processors_cpu_microseconds_total"] > 0
    assert seen["relay_projects_connected"] == 1
    # Those of relay-projects are among them.
    assert seen["relay_project_cache_size"] == 1
    assert seen["relay_project_state_get_total"] >= 1


def test_each_bad_scrubbing_rule_is_named_until_the_configuration_is_mended(make_relay, upstream):
    relay = make_relay("static", upstream=upstream, start=False)
    relay.write_project(42, config={"piiConfig": BAD_PII})
    relay.start()
    assert relay.send_event({"message": "hello"}).status == 200
    upstream.wait_for_envelopes(1)
    count = 'relay_project_config_scrubbing_problems{project_id="42"}'
    seen = wait_for(lambda: relay.metrics(), lambda seen: count in seen)
    named = [
        re.search(r'place="([^"]*)",reason="([^"]+)"', name).groups()
        for name in seen if name.startswith("relay_project_config_scrubbing_problem{")]
    assert seen[count] == len(named) == 2
    assert {place for place, _ in named} == {"rules.broken", "rules.missing"}

    relay.write_project(42, config={"piiConfig": {"applications": {"$string": ["@ip"]}}})

    def mended():
        assert relay.send_event({"message": "again"}).status == 200
        return relay.metrics()

    seen = wait_for(mended, lambda seen: count not in seen, timeout=20)
    assert not [name for name in seen if "scrubbing_problem" in name]


def test_statsd_datagrams(make_relay, upstream):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(0.2)
    relay = make_relay("static", upstream=upstream, start=False, config={"metrics": {
        "statsd": f"localhost:{server.getsockname()[1]}", "periodic_secs": 1,
        "default_tags": {"region": "eu"}}})
    relay.write_project(42)
    relay.start()
    for _ in range(3):
        assert relay.send_event({"message": "hello"}).status == 200
    upstream.wait_for_envelopes(3)
    sums = {}
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            datagram = server.recv(65536)
        except TimeoutError:
            continue
        assert len(datagram) <= 1432
        for line in datagram.decode().splitlines():
            name, value, kind, tags = re.fullmatch(
                r"(sentry\.relay\.[a-z_.]+):([-\d.e]+)\|(c|g|ms)(?:\|@[\d.e-]+)?\|#(.*)", line).groups()
            assert "region:eu" in tags.split(",")
            if kind == "c":
                sums[name] = sums.get(name, 0) + int(value)
        if sums.get("sentry.relay.events.outcomes") == 3 and "sentry.relay.project_state.get" in sums:
            break
    server.close()
    assert sums["sentry.relay.event.accepted"] == 3
    assert sums["sentry.relay.events.outcomes"] == 3
    assert sums["sentry.relay.project_state.get"] >= 1


def test_others_do_not_see_them(make_relay, upstream):
    relay = make_relay("static", upstream=upstream)
    assert relay.get("/metrics").status == 200
    assert relay.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status == 404
