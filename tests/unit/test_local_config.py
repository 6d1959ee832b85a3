from pathlib import Path

import pytest

from local.config import write_config
from relay.errors import SettingsError
from relay.orchestrator import sources

BASE_URL = "http://127.0.0.1:4567/acme/Default/orchestrator_"
PLANT = "https://cloud.uipath.com/acme/plant/orchestrator_"


def written(directory: Path, text: str) -> Path:
    shipped = directory / "shipped"
    shipped.mkdir()
    (shipped / "sources.yaml").write_text(text)
    (shipped / "notifications.yaml").write_text("rules: []")
    return write_config(directory / "here", shipped, BASE_URL)


@pytest.mark.parametrize("main", ["main: {}", f"main: {{base_url: '{PLANT}', webhooks: [{{events: [job.*]}}]}}"])
def test_main_is_the_simulated_orchestrator_and_gets_every_event(tmp_path, main):
    here = written(tmp_path, f"sources: {{{main}, plant: {{base_url: '{PLANT}'}}}}")

    known = sources.load(here)

    assert (known.base_url("main"), known.sources["main"].mode) == (BASE_URL, "enforce")
    assert [webhook.events for webhook in known.sources["main"].webhooks] == [("*",)]
    assert (known.base_url("plant"), known.sources["plant"].mode) == (PLANT, "off")
    assert (here / "notifications.yaml").read_text() == "rules: []"


def test_configuration_that_is_wrong_stays_so(tmp_path):
    with pytest.raises(SettingsError, match="plant"):
        written(tmp_path, "sources: {plant: {base_url: somewhere}}")
