"""Every accepted item has exactly one outcome: the sums of /metrics agree at each moment."""

import itertools
import random
import time

from load import Load

FILTERS = {"errorMessages": {"patterns": ["*noise*"]}}


def mixed_events():
    """Events that are delivered, filtered, and refused by the processor."""
    numbers = itertools.count()

    def make():
        return [
            {"message": "delivered", "extra": {"n": "x" * 2000}},
            {"message": "noise"},
            {"message": "invalid", "type": "transaction", "transaction": "without times"},
        ][next(numbers) % 3]

    return make


def outcomes(figures):
    return {
        name: value for name, value in figures.items()
        if name.startswith("relay_events_outcomes_total{")}


def check(figures):
    accepted = figures["relay_event_accepted_total"]
    known = sum(outcomes(figures).values()) + figures["relay_event_queue_size"]
    assert accepted == known, f"{accepted} accepted, {known} accounted for: {outcomes(figures)}"
    assert figures["relay_event_queue_size"] >= figures["relay_envelopes_stored"]


def test_sums_agree_at_every_scrape(make_relay, upstream):
    """Processors are killed and upstream fails meanwhile; the front door lives."""
    relay = make_relay("static", upstream=upstream, start=False, processors=2)
    relay.write_project(42, config={"filterSettings": FILTERS})
    relay.start()
    random_source = random.Random(1)
    load = Load(relay, threads=3, make_event=mixed_events())
    scrapes = 0
    end = time.monotonic() + 4
    next_fault = time.monotonic() + 0.2
    while time.monotonic() < end:
        check(relay.metrics())
        scrapes += 1
        if time.monotonic() > next_fault:
            next_fault += 0.3
            if random_source.random() < 0.5:
                relay.kill_child("relay-processor", index=random_source.randrange(2))
            else:
                upstream.envelope_answers = [(503, []), (400, []), (500, [])]
    load.stop()
    assert scrapes > 100 and len(load.answered) > 100 and load.failures == []

    deadline = time.monotonic() + 30
    while (figures := relay.metrics())["relay_event_queue_size"] > 0:
        assert time.monotonic() < deadline, figures
        check(figures)
    check(figures)
    assert figures["relay_event_accepted_total"] == len(load.answered)
    seen = outcomes(figures)
    assert seen['relay_events_outcomes_total{outcome="accepted",reason=""}'] == len(upstream.envelopes)
    assert seen['relay_events_outcomes_total{outcome="filtered",reason="error-message"}'] > 0
    assert [name for name in seen if 'outcome="invalid"' in name]
