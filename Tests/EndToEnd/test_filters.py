"""Inbound filters with the real processes: what they drop is answered 200 and never delivered, the
rest is; one project's filters are no other's."""

import json
import time

from relay_process import KEY

SETTINGS = {
    "localhost": {"isEnabled": True},
    "webCrawlers": {"isEnabled": True},
    "legacyBrowsers": {"isEnabled": True, "options": ["ie"]},
    "errorMessages": {"patterns": ["*noise*"]},
    "releases": {"releases": [3, "1.0.*"]},
    "clientIps": {"blacklistedIps": ["203.0.113.0/24"]},
    "csp": {"disallowedSources": ["*.evil.example"]},
    "generic": {"version": 1, "filters": [
        {"id": "staging", "isEnabled": True, "condition": {
            "op": "eq", "name": "event.environment", "value": "staging"}},
    ]},
}
DROPPED = {
    "localhost": {"request": {"url": "http://localhost:3000/"}},
    "web-crawlers": {"request": {"url": "http://a.example/", "headers": {"User-Agent": "Googlebot"}}},
    "legacy-browsers": {"request": {"headers": [
        ["User-Agent", "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0; Trident/4.0)"]]}},
    "error-message": {"exception": {"values": [{"type": "Error", "value": "some noise"}]}},
    "release-version": {"release": "1.0.7"},
    "staging": {"environment": "staging"},
}


def filtering(make_relay, upstream=None, mode="static"):
    relay = make_relay(mode, upstream=upstream, start=False)
    relay.write_project(42, config={"filterSettings": SETTINGS})
    return relay.start()


def wait_for_log(relay, *words, timeout=10):
    deadline = time.monotonic() + timeout
    while True:
        for line in relay.log().splitlines():
            if all(word in line for word in words):
                return line
        assert time.monotonic() < deadline, f"no line with {words}:\n{relay.log()[-3000:]}"
        time.sleep(0.05)


def test_dropped_events_are_answered_and_not_delivered(make_relay, upstream):
    relay = filtering(make_relay, upstream)
    for reason, event in DROPPED.items():
        answer = relay.send_event(event)
        assert answer.status == 200
        assert answer.json()["id"] == answer.event_id
        wait_for_log(relay, answer.event_id, reason, "item dropped")
    kept = relay.send_event({"message": "hello", "release": "2.0", "environment": "production"})
    [received] = upstream.wait_for_envelopes(1)
    assert kept.event_id in json.dumps(received.headers)
    # The faulty part of the settings is told once, without harm to the rest.
    assert "releases.releases" in wait_for_log(relay, "inbound filters are ignored in part")


def test_attachments_go_with_their_event(make_relay, upstream):
    relay = filtering(make_relay, upstream)
    event = json.dumps({"message": "noise"}).encode()
    dropped = relay.send_envelope([
        ({"type": "event"}, event),
        ({"type": "attachment", "filename": "log.txt"}, b"attached"),
    ])
    assert dropped.status == 200
    wait_for_log(relay, dropped.event_id, "error-message", "attachment")
    relay.send_event()
    [received] = upstream.wait_for_envelopes(1)
    assert dropped.event_id not in json.dumps(received.headers)


def test_client_addresses_follow_forwarded_for(make_relay, upstream):
    relay = filtering(make_relay, upstream)
    body = json.dumps({"message": "hello"})
    headers = {"Content-Type": "application/json", **relay.auth(KEY)}

    def post(forwarded):
        return relay.post("/api/42/store/", body, {**headers, "X-Forwarded-For": forwarded})

    blocked = post("203.0.113.9, 10.0.0.1")
    assert blocked.status == 200
    wait_for_log(relay, blocked.json()["id"], "ip-address")
    passed = post("198.51.100.1, 203.0.113.9")
    [received] = upstream.wait_for_envelopes(1)
    assert passed.json()["id"] in json.dumps(received.headers)


def test_capture_tells_what_happened(make_relay):
    relay = filtering(make_relay, mode="capture")
    answer = relay.send_event({"message": "noise"})
    deadline = time.monotonic() + 10
    while True:
        found = relay.get(f"/api/relay/events/{answer.event_id}/")
        if found.status != 404:
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert b"inbound filter error-message" in found.body


def test_policy_reports(make_relay):
    relay = filtering(make_relay, mode="capture")

    def report(source):
        body = json.dumps({"csp-report": {
            "document-uri": "https://a.example/", "violated-directive": "script-src",
            "effective-directive": "script-src", "blocked-uri": source}})
        answer = relay.post(
            f"/api/42/security/?sentry_key={KEY}", body, {"Content-Type": "application/csp-report"})
        assert answer.status in (200, 201), answer.body

    report("https://sub.evil.example/x.js")
    wait_for_log(relay, "invalid-csp", "item dropped")
    dropped = relay.log().count("invalid-csp")
    report("https://good.example/x.js")
    time.sleep(0.5)
    assert relay.log().count("invalid-csp") == dropped


def test_command_line_says_the_same(make_relay):
    relay = make_relay("static", start=False)
    settings = relay.folder / "filters.json"
    settings.write_text(json.dumps({"errorMessages": {"patterns": ["*noise*"]}}))
    for message, expected in (("noise", "dropped: error-message"), ("hello", "kept")):
        done = relay.command(
            "filter", "test", "--settings", settings, input=json.dumps({"message": message}))
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == expected
