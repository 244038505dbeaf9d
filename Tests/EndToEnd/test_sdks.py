"""Real SDKs of several generations against the real binaries."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from relay_process import KEY

VERSIONS = ["0.14.4", "1.45.1", "2.19.2", "2.48.0"]

PROGRAM = """
import logging, sys
import sentry_sdk
sentry_sdk.init(sys.argv[1], release="demo@1.0", environment="test", server_name="host",
                traces_sample_rate=1.0)
with sentry_sdk.configure_scope() as scope:
    scope.set_tag("kind", "e2e")
    scope.set_extra("password", "hunter2-very-secret")
sentry_sdk.add_breadcrumb(message="card 4111 1111 1111 1111", category="pay")
sentry_sdk.capture_message("hello from the sdk")
try:
    password = "hunter2-very-secret"
    1 / 0
except ZeroDivisionError:
    sentry_sdk.capture_exception()
logging.error("logged %s", "problem")
sentry_sdk.flush()
"""


@pytest.fixture(scope="session")
def sdk_folder():
    """Installs a version of the SDK beside the others; returns the folder for PYTHONPATH."""
    cache = Path(os.environ.get("RELAY_SDK_CACHE") or Path(__file__).parent / ".sdk")

    def install(version):
        folder = cache / version
        if not (folder / "sentry_sdk").exists():
            subprocess.run(
                [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check",
                 "--target", folder, f"sentry-sdk=={version}"],
                check=True,
            )
        return folder

    return install


@pytest.mark.parametrize("version", VERSIONS)
def test_python_sdk(make_relay, upstream, sdk_folder, version):
    relay = make_relay(upstream=upstream)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM,
         f"http://{KEY}@127.0.0.1:{relay.port}/42"],
        env={**os.environ, "PYTHONPATH": str(sdk_folder(version))},
        capture_output=True, text=True, timeout=60,
    )
    assert done.returncode == 0, done.stderr
    received = upstream.wait_for_envelopes(3, matching=lambda each: each.event is not None)
    events = [each.event for each in received]
    text = json.dumps([{k: v for k, v in each.items() if k != "_meta"} for each in events])
    assert "hunter2-very-secret" not in text
    assert "4111 1111 1111 1111" not in text
    for event in events:
        assert event["release"] == "demo@1.0"
        assert event["environment"] == "test"
        assert event["sdk"]["name"].startswith("sentry.python")
        assert ["kind", "e2e"] in event["tags"] or event["tags"].get("kind") == "e2e"
        assert event["_meta"]["extra"]["password"][""]["rem"]
    messages = [event for event in events if event.get("logentry")]
    assert any("hello from the sdk" in json.dumps(event["logentry"]) for event in messages)
    [error] = [event for event in events if event.get("exception")]
    [exception] = error["exception"]["values"]
    assert exception["type"] == "ZeroDivisionError"
    assert exception["stacktrace"]["frames"]
