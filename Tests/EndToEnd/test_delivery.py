"""Events reach the upstream: clean, with the original's headers, through faults and chains."""

import json
import time

import pytest
from relay_process import KEY

OTHER_KEY = "fedcba9876543210fedcba9876543210"


def test_delivered_with_the_originals_headers(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    answer = relay.post(
        "/api/42/store/", json.dumps({"message": "hi", "extra": {"password": "hunter2"}}),
        {**relay.auth(), "User-Agent": "agent/9", "Origin": "https://app.example",
         "X-Forwarded-For": "203.0.113.7"},
    )
    assert answer.status == 200
    [received] = upstream.wait_for_envelopes(1)
    assert received.project == 42
    sent = {name.lower(): value for name, value in received.http_headers.items()}
    assert f"sentry_key={KEY}" in sent["x-sentry-auth"]
    assert "sentry_client=relay-test/1.0" in sent["x-sentry-auth"]
    assert sent["x-sentry-relay-id"] == relay.credentials["id"]
    assert sent["content-encoding"] == "gzip"
    assert sent["user-agent"] == "agent/9"
    assert sent["origin"] == "https://app.example"
    assert sent["x-forwarded-for"].split(",")[0].strip() == "203.0.113.7"
    assert received.headers["event_id"] == answer.json()["id"]
    assert KEY in received.headers["dsn"]
    assert "sent_at" in received.headers
    assert "hunter2" not in json.dumps(received.event)


def test_cold_start_within_a_second(make_relay, upstream):
    relay = make_relay(upstream=upstream, start=False)
    begun = time.monotonic()
    relay.start()
    sent = time.monotonic()
    assert relay.send_event().status == 200
    [received] = upstream.wait_for_envelopes(1)
    print(f"cold start: {received.arrived - begun:.3f} s from exec to upstream, "
          f"{received.arrived - sent:.3f} s from request to upstream")


def test_one_query_for_many_events(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    upstream.project_state_delay = 0.5
    for _ in range(20):
        assert relay.send_event().status == 200
    upstream.wait_for_envelopes(20)
    assert upstream.hits("/api/0/relays/projectconfigs/") == 1


def test_pending_state_is_asked_again(make_relay, upstream):
    upstream.pending_answers = 2
    relay = make_relay(upstream=upstream)
    assert relay.send_event().status == 200
    upstream.wait_for_envelopes(1)
    assert upstream.hits("/api/0/relays/projectconfigs/") >= 3


def test_malformed_state_harms_one_project(make_relay, upstream):
    upstream.add_project(43, OTHER_KEY)
    upstream.malformed_keys.add(OTHER_KEY)
    relay = make_relay(upstream=upstream)
    assert relay.send_event(project=43, key=OTHER_KEY).status == 200
    good = relay.send_event()
    [received] = upstream.wait_for_envelopes(1)
    assert received.headers["event_id"] == good.event_id


def test_unknown_key_is_refused_once_known(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    assert relay.send_event(key=OTHER_KEY).status == 200
    deadline = time.monotonic() + 10
    while relay.send_event(key=OTHER_KEY).status != 403:
        assert time.monotonic() < deadline, "never refused"
        time.sleep(0.05)
    assert upstream.envelopes == []


def test_upstream_errors_are_retried(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    upstream.envelope_answers = [(503, []), (502, []), (504, [])]
    upstream.hang_up_envelopes = 2
    answer = relay.send_event()
    [received] = upstream.wait_for_envelopes(1)
    assert received.headers["event_id"] == answer.event_id
    assert upstream.hits("/api/42/envelope/") >= 5


def test_upstream_comes_late(make_relay, upstream):
    port = upstream.port
    relay = make_relay(upstream=upstream, start=False)
    upstream.stop()
    relay.start()
    events = [relay.send_event() for _ in range(5)]
    assert all(answer.status == 200 for answer in events)
    upstream.start(port)
    received = upstream.wait_for_envelopes(5)
    assert {each.headers["event_id"] for each in received} == {each.event_id for each in events}


def test_last_good_state_survives_a_restart(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    relay.send_event()
    upstream.wait_for_envelopes(1)
    assert relay.stop() == 0
    upstream.query_status = 503
    relay.start()
    answer = relay.send_event()
    assert answer.status == 200
    upstream.query_status = None
    upstream.wait_for_envelopes(2)


@pytest.mark.parametrize("header", ["X-Sentry-Rate-Limits", "Retry-After"])
def test_rate_limits_of_upstream(make_relay, upstream, header):
    relay = make_relay(upstream=upstream)
    value = "30:error;default:key:quota_used" if header == "X-Sentry-Rate-Limits" else "30"
    upstream.envelope_answers = [(429, [(header, value)])]
    relay.send_event()
    deadline = time.monotonic() + 10
    while (answer := relay.send_event()).status != 429:
        assert time.monotonic() < deadline, "never limited"
        time.sleep(0.05)
    assert 0 < int(answer.headers["retry-after"]) <= 30
    limits = answer.headers["x-sentry-rate-limits"]
    if header == "X-Sentry-Rate-Limits":
        assert "error" in limits and limits.endswith("quota_used")
        before = len(upstream.envelopes)
        passed = relay.send_envelope([({"type": "session"}, b'{"sid":"8333339f-5675-4f89-a9a0-'
                                       b'1c935255ab58","started":"2026-01-01T00:00:00Z",'
                                       b'"attrs":{"release":"a"}}')])
        assert passed.status == 200
        upstream.wait_for_envelopes(before + 1)


def test_chain_of_two(make_relay, upstream):
    outer_upstream = make_relay(upstream=upstream)
    outer_upstream.wait_until_ready()

    class Inner:
        url = f"http://127.0.0.1:{outer_upstream.port}/"

    relay = make_relay(upstream=Inner, start=False)
    upstream.known_relays[relay.credentials["id"]] = {
        "publicKey": relay.credentials["public_key"], "internal": True}
    relay.start()
    sent = time.monotonic()
    answer = relay.send_event({"message": "through two", "extra": {"password": "hunter2"}})
    assert answer.status == 200
    [received] = upstream.wait_for_envelopes(1)
    print(f"chain of two, cold: {received.arrived - sent:.3f} s from request to upstream")
    assert received.headers["event_id"] == answer.event_id
    assert "hunter2" not in json.dumps(received.event)
    assert received.event["_meta"]["extra"]["password"][""]["rem"][0][0].startswith("@password")


def test_other_api_paths_are_forwarded(make_relay, upstream):
    relay = make_relay(upstream=upstream)
    relay.wait_until_ready()
    answer = relay.request(
        "PUT", "/api/0/forward-test/?a=b", b"body", {"X-Custom": "1", "Content-Type": "text/x"})
    assert answer.status == 201
    assert answer.body == b"forwarded:body"
    assert answer.headers["x-fake"] == "yes"
    [(method, path, headers, body)] = upstream.forwarded
    assert (method, path, body) == ("PUT", "/api/0/forward-test/?a=b", b"body")
    headers = {name.lower(): value for name, value in headers.items()}
    assert headers["x-custom"] == "1"
    assert headers["host"] == f"127.0.0.1:{upstream.port}"
    assert "127.0.0.1" in headers["x-forwarded-for"]


def test_permanent_denial(make_relay, upstream):
    upstream.deny_registration = True
    relay = make_relay(upstream=upstream)
    deadline = time.monotonic() + 10
    while upstream.hits("/api/0/relays/register/challenge/") == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1.5)
    assert upstream.hits("/api/0/relays/register/challenge/") == 1
    assert relay.get("/api/relay/healthcheck/ready/").status == 503
    assert relay.get("/api/relay/healthcheck/live/").status == 200
