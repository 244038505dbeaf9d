import shutil

import pytest
from fake_upstream import FakeUpstream
from relay_process import KEY, RelayProcess, temporary_folder


@pytest.fixture
def upstream():
    """A fake Sentry with project 42; the test fails on anything it did not expect."""
    fake = FakeUpstream().start()
    fake.add_project(42, KEY)
    yield fake
    fake.stop()
    assert fake.errors == []


@pytest.fixture
def make_relay():
    """Starts relays that end with the test; `managed` ones get credentials."""
    started, folders = [], []

    def make(mode="managed", upstream=None, start=True, **options):
        folder = temporary_folder()
        folders.append(folder)
        relay = RelayProcess(folder, mode, upstream and upstream.url, **options)
        started.append(relay)
        if mode == "managed":
            relay.credentials = relay.generate_credentials()
        if start:
            relay.start()
        return relay

    yield make
    failures = []
    for relay in reversed(started):
        if relay.process is not None and relay.process.poll() is None:
            relay.stop(timeout=30)
        for word in ("Fatal error", "crashed", "SIGSEGV", "SIGILL"):
            if word in relay.log():
                failures.append(f"{word} in the log:\n{relay.log()[-3000:]}")
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    assert failures == []


@pytest.fixture
def capture(make_relay):
    """A relay in capture mode with project 42 from a local file."""
    relay = make_relay("capture", start=False)
    relay.write_project(42)
    return relay.start()
