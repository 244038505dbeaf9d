"""Replays recorded requests (set RELAY_CORPUS to a folder of <sdk>/<n>.json + .bin) through a
capturing relay. Recordings hold planted secrets; none may survive in a captured event."""

import collections
import glob
import http.client
import json
import os
import re

import pytest

CORPUS = os.environ.get("RELAY_CORPUS")
CARD = re.compile(r"\b4[0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}\b")
# Source code and what the default rules of data scrubbing leave out on purpose.
EXEMPT = {"_meta", "pre_context", "context_line", "post_context", "filename", "abs_path"}


def scrubbed_texts(value, place=()):
    """Every (place, text) of an event that the default rules cover."""
    if isinstance(value, str):
        if not (place[:1] == ("exception",) and place[-1] == "value"):
            yield place, value
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from scrubbed_texts(each, (*place, index))
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in EXEMPT:
                yield from scrubbed_texts(each, (*place, key))


def send(relay, meta, body):
    connection = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=30)
    connection.putrequest(meta["method"], meta["target"], skip_host=True, skip_accept_encoding=True)
    for name, value in meta["headers"]:
        if name.lower() not in ("host", "content-length", "transfer-encoding", "connection", "expect"):
            connection.putheader(name, value.encode("latin-1"))
    connection.putheader("Host", f"127.0.0.1:{relay.port}")
    if meta.get("transfer_encoding"):
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        if body:
            connection.send(b"%x\r\n%s\r\n" % (len(body), body))
        connection.send(b"0\r\n\r\n")
    else:
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
    response = connection.getresponse()
    return response.status, response.read()


@pytest.mark.skipif(not CORPUS, reason="RELAY_CORPUS is not set")
def test_recorded_requests(make_relay):
    manifest = json.load(open(os.path.join(CORPUS, "..", "manifest.json")))
    key = manifest["key"]
    relay = make_relay("capture", start=False)
    relay.write_project(manifest["project"], key=key)
    relay.start()
    statuses, refused, identifiers = collections.Counter(), [], []
    for path in sorted(glob.glob(CORPUS + "/*/*.json")):
        meta = json.load(open(path))
        if not meta["target"].startswith("/api/"):
            continue
        body = open(path[:-5] + ".bin", "rb").read()
        status, answer = send(relay, meta, body)
        statuses[meta["endpoint"], status] += 1
        if status != 200:
            refused.append((os.path.relpath(path, CORPUS), status, answer[:200]))
        elif answer.startswith(b"{"):
            identifier = json.loads(answer).get("id")
            if identifier:
                identifiers.append((path, identifier))
    print(dict(statuses))
    assert refused == []
    missing, events, texts = [], 0, 0
    for path, identifier in identifiers:
        try:
            _, items = relay.captured(identifier, timeout=5)
        except AssertionError as error:
            missing.append((os.path.relpath(path, CORPUS), str(error)[:200]))
            continue
        for item, payload in items:
            if item["type"] not in ("event", "transaction", "security", "feedback"):
                continue
            events += 1
            for place, text in scrubbed_texts(json.loads(payload)):
                assert not CARD.search(text), (path, place)
                texts += 1
    print(f"{len(identifiers)} envelopes fetched from the capture store with {events} events, "
          f"{len(missing)} missing; {texts} texts without a card number")
    assert missing == []
