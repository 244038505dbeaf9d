"""`relay process-event`: options whose effect needs files."""

import json
import subprocess

import pytest
from relay_process import binary_folder
from tiny_geography import database

EVENT = {"event_id": "a" * 32, "timestamp": 1, "user": {"ip_address": "77.1.2.3"}}


def process_event(folder, config):
    path = folder / "store.json"
    path.write_text(json.dumps(config))
    return subprocess.run(
        [binary_folder() / "relay", "process-event", "--store-config", path],
        input=json.dumps(EVENT), capture_output=True, text=True)


@pytest.mark.parametrize("first_byte", [77, 78])
def test_places_of_addresses(tmp_path, first_byte):
    geography = tmp_path / "tiny.mmdb"
    geography.write_bytes(database(first_byte, "Xtown"))
    done = process_event(tmp_path, {"project_id": 1, "geoip_path": str(geography)})
    assert done.returncode == 0, done.stderr
    place = {"country_code": "XY", "city": "Xtown", "subdivision": "North", "region": "Xyland"}
    assert json.loads(done.stdout)["user"].get("geo") == (place if first_byte == 77 else None)


def test_a_database_that_cannot_be_opened(tmp_path):
    done = process_event(tmp_path, {"geoip_path": str(tmp_path / "missing.mmdb")})
    assert done.returncode == 1
    assert "geoip_path" in done.stderr and "missing.mmdb" in done.stderr
    assert process_event(tmp_path, {"geoip_path": None}).returncode == 0
    assert "is no text" in process_event(tmp_path, {"geoip_path": 7}).stderr
