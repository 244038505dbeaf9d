"""Requests in every form SDKs have ever used; each must come out of the pipeline scrubbed."""

import base64
import gzip
import http.client
import json
import os
import socket
import time
import uuid
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import brotli
import pytest
import zstandard
from relay_process import KEY

PASSWORD = "hunter2-very-secret"
CARD = "4111111111111111"


def event(**fields):
    return {
        "event_id": uuid.uuid4().hex,
        "message": "card " + CARD,
        "platform": "python",
        "extra": {"password": PASSWORD, "fine": "stays"},
        **fields,
    }


def raw_deflate(data):
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


AUTH = f"Sentry sentry_key={KEY}, sentry_version=7, sentry_client=relay-test/1.0"
QUERY = urlencode({"sentry_key": KEY, "sentry_version": "7", "sentry_client": "relay-test/1.0"})

AUTH_FORMS = {
    "x-sentry-auth": ("/api/42/store/", {"X-Sentry-Auth": AUTH}),
    "authorization": ("/api/42/store/", {"Authorization": AUTH}),
    "query": (f"/api/42/store/?{QUERY}", {}),
    "query and empty header": (f"/api/42/store/?{QUERY}", {"X-Sentry-Auth": ""}),
    "legacy path": ("/api/store/", {"X-Sentry-Auth": AUTH}),
    "double slashes": ("/api//42/store//", {"X-Sentry-Auth": AUTH}),
    "version 5": (
        "/api/42/store/",
        {"X-Sentry-Auth": f"Sentry sentry_version=5,sentry_client=raven/1,sentry_key={KEY},"
                          "sentry_secret=00000000000000000000000000000000"},
    ),
}

ENCODINGS = {
    "identity": (lambda data: data, {}),
    "no content type": (lambda data: data, {"Content-Type": ""}),
    "text/plain": (lambda data: data, {"Content-Type": "text/plain;charset=UTF-8"}),
    "empty encoding": (lambda data: data, {"Content-Encoding": ""}),
    "gzip": (gzip.compress, {"Content-Encoding": "gzip"}),
    "deflate zlib": (zlib.compress, {"Content-Encoding": "deflate"}),
    "deflate raw": (raw_deflate, {"Content-Encoding": "deflate"}),
    "brotli": (brotli.compress, {"Content-Encoding": "br"}),
    "zstd": (zstandard.compress, {"Content-Encoding": "zstd"}),
    "base64 zlib": (
        lambda data: base64.b64encode(zlib.compress(data)),
        {"Content-Type": "application/octet-stream"},
    ),
    "base64": (base64.b64encode, {"Content-Type": "application/octet-stream"}),
}


def assert_scrubbed(result):
    text = json.dumps({key: value for key, value in result.items() if key != "_meta"})
    assert PASSWORD not in text
    assert CARD not in text
    assert result["extra"]["fine"] == "stays"
    meta = json.dumps(result["_meta"])
    assert "@password" in meta and "@creditcard" in meta


@pytest.mark.parametrize("form", AUTH_FORMS)
def test_auth_forms(capture, form):
    path, headers = AUTH_FORMS[form]
    sent = event()
    answer = capture.post(path, json.dumps(sent), {"Content-Type": "application/json", **headers})
    assert answer.status == 200, answer.body
    assert answer.json() == {"id": sent["event_id"]}
    assert_scrubbed(capture.captured_event(sent["event_id"]))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("endpoint", ["store", "envelope"])
def test_content_encodings(capture, encoding, endpoint):
    if endpoint == "envelope" and encoding.startswith("base64"):
        pytest.skip("base64 bodies exist on /store/ only")
    encode, headers = ENCODINGS[encoding]
    sent = event()
    payload = json.dumps(sent).encode()
    if endpoint == "envelope":
        item = json.dumps({"type": "event", "length": len(payload)}).encode()
        head = json.dumps({"event_id": sent["event_id"]}).encode()
        payload = head + b"\n" + item + b"\n" + payload
    headers = {name: value for name, value in {
        "Content-Type": "application/json", "X-Sentry-Auth": AUTH, **headers,
    }.items() if not (name == "Content-Type" and value == "")}
    answer = capture.post(f"/api/42/{endpoint}/", encode(payload), headers)
    assert answer.status == 200, answer.body
    assert_scrubbed(capture.captured_event(sent["event_id"]))


def test_chunked_body(capture):
    sent = event()
    payload = json.dumps(sent).encode()
    parts = (payload[start:start + 7] for start in range(0, len(payload), 7))
    answer = capture.post("/api/42/store/", parts, {"X-Sentry-Auth": AUTH})
    assert answer.status == 200, answer.body
    assert_scrubbed(capture.captured_event(sent["event_id"]))


def test_pixel(capture):
    sent = event()
    query = QUERY + "&" + urlencode({"sentry_data": json.dumps(sent)})
    answer = capture.get(f"/api/42/store/?{query}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/gif"
    assert answer.body.startswith(b"GIF89a") and len(answer.body) == 43
    assert_scrubbed(capture.captured_event(sent["event_id"]))


def test_dsn_only_in_the_envelope(capture):
    sent = event()
    payload = json.dumps(sent).encode()
    head = {"event_id": sent["event_id"], "dsn": f"http://{KEY}@127.0.0.1:{capture.port}/42"}
    body = json.dumps(head).encode() + b'\n{"type":"event"}\n' + payload + b"\n"
    answer = capture.post("/api/42/envelope/", body, {})
    assert answer.status == 200, answer.body
    assert_scrubbed(capture.captured_event(sent["event_id"]))


def test_envelope_on_store(capture):
    sent = event()
    head = json.dumps({"event_id": sent["event_id"]}).encode()
    body = head + b'\n{"type":"event"}\n' + json.dumps(sent).encode()
    answer = capture.post(
        "/api/42/store/", body,
        {"Content-Type": "application/x-sentry-envelope", "X-Sentry-Auth": AUTH},
    )
    assert answer.status == 200, answer.body
    assert_scrubbed(capture.captured_event(sent["event_id"]))


def test_python_not_a_number(capture):
    identifier = uuid.uuid4().hex
    body = '{"event_id": "%s", "extra": {"a": NaN, "b": [Infinity, -Infinity]}}' % identifier
    auth = AUTH.replace("relay-test/1.0", "raven-python/6.10.0")
    answer = capture.post("/api/42/store/", body, {"X-Sentry-Auth": auth})
    assert answer.status == 200, answer.body
    assert capture.captured_event(identifier)["extra"] == {"a": 0, "b": [0, 0]}


@pytest.mark.parametrize("endpoint", ["store", "envelope"])
def test_half_of_a_surrogate_pair(capture, endpoint):
    identifier = uuid.uuid4().hex
    payload = ('{"event_id": "%s", "message": "bad \\udcff byte"}' % identifier).encode()
    if endpoint == "envelope":
        answer = capture.send_envelope([({"type": "event"}, payload)],
                                       headers={"event_id": identifier})
    else:
        answer = capture.post("/api/42/store/", payload, {"X-Sentry-Auth": AUTH})
    assert answer.status == 200, answer.body
    assert capture.captured_event(identifier)["logentry"]["formatted"] == "bad \ufffd byte"


def test_other_items_pass_through(capture):
    attachment = b"\x00\x01binary\nwith newlines\n"
    sent = event()
    answer = capture.send_envelope(
        [
            ({"type": "event"}, json.dumps(sent).encode()),
            ({"type": "attachment", "filename": "a.bin"}, attachment),
            ({"type": "session"}, b'{"sid":"8333339f-5675-4f89-a9a0-1c935255ab58","init":true,'
                                  b'"started":"2026-01-01T00:00:00Z","status":"ok",'
                                  b'"attrs":{"release":"a@1"}}'),
            ({"type": "never_heard_of", "special": [1, 2]}, b"opaque \xff bytes"),
        ],
        headers={"event_id": sent["event_id"], "trace": {"trace_id": "a" * 32}},
    )
    assert answer.status == 200, answer.body
    headers, items = capture.captured(sent["event_id"])
    assert headers["trace"] == {"trace_id": "a" * 32}
    by_type = {item["type"]: (item, payload) for item, payload in items}
    assert by_type["attachment"][1] == attachment
    assert by_type["never_heard_of"][1] == b"opaque \xff bytes"
    assert by_type["never_heard_of"][0]["special"] == [1, 2]
    assert "session" in by_type


def test_user_ip_auto_and_ids(capture):
    answer = capture.post(
        "/api/42/store/",
        json.dumps({"message": "x", "user": {"ip_address": "{{auto}}"}, "level": "warning"}),
        {"X-Sentry-Auth": AUTH, "X-Forwarded-For": "203.0.113.7"},
    )
    assert answer.status == 200
    result = capture.captured_event(answer.json()["id"])
    assert result["event_id"] == answer.json()["id"]
    assert result["level"] == "warning"
    assert result["logentry"]["formatted"] == "x"
    assert result["user"]["ip_address"] == "203.0.113.7"


REFUSALS = {
    "no auth": ("POST", "/api/42/store/", {}, b"{}", 401, "missing authorization"),
    "bad key": ("POST", "/api/42/store/?sentry_key=zz&sentry_version=7", {}, b"{}", (400, 401), ""),
    "bad project": ("POST", "/api/abc/store/", {"X-Sentry-Auth": AUTH}, b"{}", (400, 404), ""),
    "bad json": ("POST", "/api/42/store/", {"X-Sentry-Auth": AUTH}, b'{"a":', 400, "invalid JSON"),
    "no body": ("POST", "/api/42/store/", {"X-Sentry-Auth": AUTH}, b"", 400, ""),
    "bad gzip": (
        "POST", "/api/42/store/", {"X-Sentry-Auth": AUTH, "Content-Encoding": "gzip"},
        b"\x1f\x8b garbage", 400, "",
    ),
    "bad envelope": ("POST", "/api/42/envelope/", {"X-Sentry-Auth": AUTH}, b"no json\n", 400, ""),
    "no such path": ("GET", "/nothing/here", {}, None, 404, ""),
    "own namespace": ("GET", "/api/relay/nothing/", {}, None, 404, ""),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(capture, case):
    method, path, headers, body, status, word = REFUSALS[case]
    answer = capture.request(method, path, body, headers)
    assert answer.status in (status if isinstance(status, tuple) else (status,)), answer.body
    assert word in answer.body.decode()
    if status != 404:
        assert answer.json()["detail"]


def test_too_large_names_the_limit(make_relay):
    relay = make_relay("capture", config={"limits": {"max_event_size": "20KiB"}})
    body = json.dumps({"message": "x", "extra": {"filler": "y" * 30_000}}).encode()
    for data, headers in ((body, {}), (gzip.compress(body), {"Content-Encoding": "gzip"})):
        answer = relay.post("/api/42/store/", data, {"X-Sentry-Auth": AUTH, **headers})
        assert answer.status == 413
        assert "max_event_size" in answer.body.decode()


BOMB_HEADS = {
    "no envelope": (b"", 400),
    "a line": (b'{}\n{"type":"event"}\n', 413),
    "a stated length": (b'{}\n{"type":"attachment","length":%d}\n' % (300 << 20), 413),
    "no limit but the envelope's": (b'{}\n{"type":"attachment"}\n', 413),
}


@pytest.mark.parametrize("head", BOMB_HEADS)
def test_decompression_bombs(capture, head):
    start, status = BOMB_HEADS[head]
    bomb = zstandard.ZstdCompressor().compress(start + b"0" * (300 << 20))
    front_door = capture.children("relay-ingest")
    assert capture.send_event().status == 200
    peak_before = peak_resident_bytes(front_door[0])
    headers = {"X-Sentry-Auth": AUTH, "Content-Encoding": "zstd"}
    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(
            lambda _: capture.post("/api/42/envelope/", bomb, headers), range(20)))
    assert {answer.status for answer in answers} == {status}, answers[0].body
    assert capture.send_event().status == 200
    assert capture.children("relay-ingest") == front_door
    assert peak_resident_bytes(front_door[0]) - peak_before < 64 << 20


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_items_without_length_cost_what_others_do(capture, encoding):
    """How much is still to come is not known of them: copying at each step would be quadratic."""
    [front_door] = capture.children("relay-ingest")
    payload = b"0123456789abcdef" * (24 << 16)
    costs = {}
    for header in ({"type": "attachment", "length": len(payload)}, {"type": "attachment"}):
        body = b'{}\n' + json.dumps(header).encode() + b"\n" + payload
        if encoding == "gzip":
            body = gzip.compress(body, 1)
        before = processor_seconds(front_door)
        for _ in range(4):
            answer = capture.post(
                "/api/42/envelope/", body,
                {"X-Sentry-Auth": AUTH, "Content-Encoding": encoding})
            assert answer.status == 200, answer.body
        costs["length" in header] = processor_seconds(front_door) - before
    assert costs[False] < 4 * costs[True] + 0.1, costs


def processor_seconds(process):
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_resident_bytes(process):
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) << 10


def test_cors(capture):
    answer = capture.request(
        "OPTIONS", "/api/42/store/", None,
        {"Origin": "https://example.com", "Access-Control-Request-Method": "POST",
         "Access-Control-Request-Headers": "x-sentry-auth"},
    )
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-sentry-auth" in answer.headers["access-control-allow-headers"].lower()
    answer = capture.post(
        "/api/42/store/", b'{"message":"x"}',
        {"X-Sentry-Auth": AUTH, "Origin": "https://example.com"})
    assert answer.headers["access-control-allow-origin"] in ("*", "https://example.com")
    assert "x-sentry-rate-limits" in answer.headers["access-control-expose-headers"].lower()


def test_allowed_domains(make_relay):
    relay = make_relay("static", start=False)
    relay.write_project(42, config={"allowedDomains": ["good.example"]})
    relay.start()

    def status(origin):
        headers = {"X-Sentry-Auth": AUTH, "Origin": f"https://{origin}"}
        return relay.post("/api/42/store/", b'{"message":"x"}', headers).status

    # Before the project is known everything is accepted and judged later.
    deadline = time.monotonic() + 10
    while status("evil.example") == 200:
        assert time.monotonic() < deadline, "never refused"
        time.sleep(0.02)
    assert status("good.example") == 200
    assert status("evil.example") == 403


def test_health(capture):
    for path in ("/api/relay/healthcheck/", "/api/relay/healthcheck/ready/",
                 "/api/relay/healthcheck/live/", "/api/0/relays/live/"):
        answer = capture.get(path)
        assert answer.status == 200, path
        assert answer.json() == {"is_healthy": True}


@pytest.mark.parametrize("pieces", ["head and body together", "head, then body"])
def test_keep_alive(capture, pieces):
    body = b'{"message": "again"}'
    head = (f"POST /api/42/store/ HTTP/1.1\r\nHost: relay\r\nX-Sentry-Auth: {AUTH}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", capture.port), timeout=10) as connection:
        for _ in range(5):
            if pieces == "head and body together":
                connection.sendall(head + body)
            else:
                connection.sendall(head)
                time.sleep(0.02)
                connection.sendall(body)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert answer.status == 200
            answer.read()


def test_capture_scrubs_without_a_project_file(make_relay):
    relay = make_relay("capture")
    sent = event()
    assert relay.post("/api/7/store/", json.dumps(sent), {"X-Sentry-Auth": AUTH}).status == 200
    assert_scrubbed(relay.captured_event(sent["event_id"]))


def test_security_report(capture):
    report = {"csp-report": {"document-uri": "https://shop.example/", "blocked-uri": "inline",
                             "effective-directive": "script-src"}}
    answer = capture.post(
        f"/api/42/security/?sentry_key={KEY}&sentry_release=shop%401", json.dumps(report),
        {"Content-Type": "application/csp-report"})
    assert answer.status in (200, 201), answer.body


def test_attachments_are_stripped_by_rules_that_name_them(make_relay):
    relay = make_relay("capture", start=False)
    relay.write_project(42, config={"piiConfig": {
        "applications": {"$attachments.'secret.txt'": ["@email:mask"]}}})
    relay.start()
    text = b"write to jane.doe@example.com or call\n"
    sent = event()
    answer = relay.send_envelope(
        [
            ({"type": "event"}, json.dumps(sent).encode()),
            ({"type": "attachment", "filename": "secret.txt", "x": 1}, text),
            ({"type": "attachment", "filename": "other.txt"}, text),
        ],
        headers={"event_id": sent["event_id"]},
    )
    assert answer.status == 200, answer.body
    _, items = relay.captured(sent["event_id"])
    files = {item["filename"]: (item, payload) for item, payload in items if "filename" in item}
    assert files["other.txt"][1] == text
    header, payload = files["secret.txt"]
    assert header["x"] == 1 and header["length"] == len(text)
    assert len(payload) == len(text)
    assert b"jane" not in payload and payload.endswith(b" or call\n")
