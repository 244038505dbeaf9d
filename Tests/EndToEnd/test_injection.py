"""What clients state cannot write requests, headers or bytes of its own into what goes upstream."""

import gzip
import json
import socket
import uuid
from collections import Counter

from relay_process import KEY
from wire_tap import WireTap

# Each one would add a header or a request where it is written as it is, or decoded once too often.
POISONS = [
    b"\nX-Evil: 1", b"\rX-Evil: 1", b"\x00X-Evil: 1", b"\x7fX-Evil: 1", b"\x1b[31m", b"%0d%0aX-Evil: 1",
    b"%0d%0a%0d%0aGET%20/evil%20HTTP/1.1", b"%00", b"\\r\\nX-Evil: 1",
    "\u2028X-Evil: 1".encode(), "\u560d\u560aX-Evil: 1".encode(), b"\x85X-Evil: 1", b"\xff\xfe",
]
REPORT = json.dumps({"csp-report": {
    "document-uri": "http://a.example/", "violated-directive": "img-src",
    "effective-directive": "img-src", "blocked-uri": "http://b.example"}}).encode()


def ask(port, method, path, headers, body):
    """Sends bytes as they are and returns the status."""
    lines = [method + b" " + path + b" HTTP/1.1", b"Host: relay.test", b"Connection: close"]
    lines += [name + b": " + value for name, value in headers.items()]
    lines += [b"Content-Length: %d" % len(body), b"", body]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"\r\n".join(lines))
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
    head = answer.partition(b"\r\n\r\n")[0]
    assert b"evil" not in head.lower()
    return int(head.split(b" ")[1])


def requests(poison, event_id):
    """(method, path, headers, body) with the poison in one place each; ids only where they are
    events of ours."""
    key = KEY.encode()
    auth = b"Sentry sentry_version=7, sentry_key=" + key
    event = json.dumps({"event_id": event_id, "message": "x"}).encode()
    store = b"/api/42/store/"
    plain = {b"X-Sentry-Auth": auth, b"Content-Type": b"application/json"}
    text = poison.decode("latin-1")
    header = json.dumps({
        "event_id": event_id, "dsn": f"http://{KEY}@relay.test/42", "client": text,
        "user_agent": text, "forwarded_for": text, "remote_addr": text, "x" + text: text,
        "sdk": {"name": text, "version": text}, "trace": {"release": text}}).encode()
    yield b"POST", b"/api/42" + poison + b"/store/", plain, event
    yield b"POST", store, {**plain, b"X-Sentry-Auth": auth + poison}, event
    yield b"POST", store, {**plain, b"X-Sentry-Auth": auth + b", sentry_client=c" + poison}, event
    yield b"POST", store + b"?sentry_key=" + key + b"&sentry_client=c" + poison, {}, event
    yield b"POST", b"/api/42/envelope/", {}, header + b'\n{"type":"event"}\n' + event
    for name, value in (
        (b"Origin", b"http://a.example"), (b"Referer", b"http://a.example/"),
        (b"User-Agent", b"agent"), (b"X-Forwarded-For", b"203.0.113.7"),
        (b"X-Sentry-Relay-Id", b"x"),
    ):
        yield b"POST", store, {**plain, name: value + poison}, event
        yield (
            b"POST", b"/api/42/security/?sentry_key=" + key,
            {b"Content-Type": b"application/csp-report", name: value + poison}, REPORT)
        for path in (b"forward-test/", b"forward-test/minidump/", b"forward-test/unreal/"):
            yield b"POST", b"/api/0/" + path, {name: value + poison}, b"body"
    yield b"POST" + poison, b"/api/0/forward-test/", {}, b"body"
    yield b"POST", b"/api/0/forward-test/" + poison, {}, b"body"
    yield b"POST", b"/api/0/forward-test/?q=" + poison, {}, b"body"
    yield (
        b"POST", b"/api/42/security/?sentry_key=" + key + b"&sentry_release=r" + poison,
        {b"Content-Type": b"application/csp-report"}, REPORT)


def test_one_request_for_one(make_relay, upstream):
    tap = WireTap(upstream.port)
    relay = make_relay(upstream=tap)
    relay.wait_until_ready()
    sent, events = Counter(), []
    for poison in POISONS:
        for number in range(len(list(requests(poison, "")))):
            event_id = uuid.uuid4().hex
            case = list(requests(poison, event_id))[number]
            status = ask(relay.port, *case)
            if status >= 300:
                assert status == 400, case
                continue
            sent["forward" if b"forward-test" in case[1] else "envelope"] += 1
            if event_id.encode() in case[3]:
                events.append(event_id)
    assert len(events) > 50
    upstream.wait_for_envelopes(sent["envelope"])
    arrived, ids = Counter(), Counter()
    for line, headers, body in tap.requests():
        assert b"x-evil" not in dict(headers)
        if b"/relays/" in line:
            continue
        if b"forward-test" in line:
            arrived["forward"] += 1
            continue
        assert line == b"POST /api/42/envelope/ HTTP/1.1"
        arrived["envelope"] += 1
        ids[json.loads(gzip.decompress(body).split(b"\n")[0])["event_id"]] += 1
    tap.stop()
    assert arrived == sent
    assert [event_id for event_id in events if ids[event_id] != 1] == []
