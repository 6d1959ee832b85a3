"""sources.yaml: what ships is right, what is wrong is named, and docs/sync.md says what the code does."""

import re
from pathlib import Path
from typing import get_args

import pytest

from relay.config_check import check
from relay.errors import RelayError, SettingsError
from relay.orchestrator import api
from relay.orchestrator.api.credential import SCOPE
from relay.orchestrator.sources import Flavour, Mode, Source, Webhook, load

CONFIG = Path("layers/config")
PAGE = Path("docs/sync.md").read_text()
ERRORS = [
    one for one in api.__all__ if isinstance(getattr(api, one), type) and issubclass(getattr(api, one), RelayError)
]
CLOUD = "https://cloud.uipath.com/acme/prod/orchestrator_"


def _loaded(tmp_path, text):
    (tmp_path / "sources.yaml").write_text(text)
    return load(tmp_path)


def _wrong(tmp_path, *lines):
    with pytest.raises(SettingsError) as error:
        _loaded(tmp_path, "\n".join(("sources:", "  main:", *(f"    {line}" for line in lines), "")))
    return str(error.value)


def test_a_fresh_deployment_touches_nothing():
    main = load(CONFIG).sources["main"]

    assert (main.mode, main.base_url) == ("off", None)
    assert main.webhooks == (Webhook(),)
    assert check(CONFIG) == []


@pytest.mark.parametrize(
    ("base_url", "flavour"),
    [
        (CLOUD, "cloud"),
        ("https://govcloud.uipath.us/acme/prod/orchestrator_", "public-sector"),
        ("https://uipath.acme.example/acme/prod/orchestrator_", "automation-suite"),
        ("https://orchestrator.acme.example", "standalone"),
        ("https://orchestrator.acme.example:8443/rpa", "standalone"),
        ("http://127.0.0.1:4290", "standalone"),
    ],
)
def test_the_flavour_is_recognised_from_the_address(tmp_path, base_url, flavour):
    text = f"sources: {{main: {{base_url: '{base_url}', mode: enforce}}}}"

    assert _loaded(tmp_path, text).sources["main"].kind == flavour


def test_the_flavour_can_be_stated():
    assert Source(base_url="http://127.0.0.1:4290/acme/prod/orchestrator_", flavour="cloud").kind == "cloud"


@pytest.mark.parametrize("mode", ["off", "'off'", "report", "enforce"])
def test_modes_are_read_as_they_are_written(tmp_path, mode):
    text = f"sources: {{main: {{base_url: '{CLOUD}', mode: {mode}}}}}"

    assert _loaded(tmp_path, text).sources["main"].mode == mode.strip("'")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("mode: on",), "sources.yaml:3: sources.main.mode: should be 'enforce', 'report' or 'off'"),
        (
            ("mode: enforce",),
            "sources.yaml:3: sources.main.mode: enforce needs a base_url; without one only off is poss",
        ),
        (("base_url: ''",), "sources.yaml:3: sources.main.base_url: "),
        (("mode: off", f"base_url: {CLOUD}/"), "sources.yaml:4: sources.main.base_url: "),
        (
            ("base_url: http://cloud.uipath.com/a/b/orchestrator_",),
            "3: sources.main.base_url: should begin with https://",
        ),
        (
            ("base_url: https://cloud.uipath.com/acme",),
            "should have the form https://<host>/<organisation>/<tenant>/orch",
        ),
        ((f"base_url: {CLOUD}", "tenant: prod"), "sources.yaml:4: sources.main.tenant: is for standalone only"),
        (("base_url: https://user:pw@o.example",), "sources.yaml:3: sources.main.base_url: "),
        (("flavour: onprem",), "'cloud', 'public-sector', 'automation-suite' or 'standalone'"),
        (("tenant: 'a\\nb'", 'tenant: "a\\r\\nX: y"'), "is given twice"),
        (('tenant: "a\\r\\nX: y"',), "sources.yaml:3: sources.main.tenant: "),
        (("webhooks: []",), "sources.yaml:3: sources.main.webhooks: "),
        (("webhooks:", "- events: []"), "sources.yaml:4: sources.main.webhooks[0].events: "),
        (("webhooks:", "- events: ['job .*']"), "sources.yaml:4: sources.main.webhooks[0].events[0]: "),
        (
            ("webhooks:", "- {name: a}", "- {name: A}"),
            "sources.yaml:3: sources.main.webhooks: each needs a name of its own",
        ),
        (
            ("webhooks:", "- verify: no"),
            "sources.main.webhooks[0].verify: unknown field; allowed here: description, enabled",
        ),
        (("secret: x",), "sources.main.secret: unknown field; allowed here: base_url, flavour, mode, tenant, webhooks"),
    ],
)
def test_what_is_wrong_is_named_with_line_and_field(tmp_path, lines, sentence):
    assert sentence in _wrong(tmp_path, *lines)


def test_both_files_are_checked_at_once(tmp_path):
    (tmp_path / "sources.yaml").write_text("sources: {main: {mode: enforce}}\n")
    (tmp_path / "notifications.yaml").write_text("receivers: {}\nrules: 7\n")

    assert [line.split(":")[0] for line in check(tmp_path)] == ["sources.yaml", "notifications.yaml"]


def test_the_makefile_checks_both_files():
    assert "-m relay.config_check layers/config" in Path("Makefile").read_text()


def test_the_examples_in_the_documentation_are_right(tmp_path):
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    found = _loaded(tmp_path, example).sources

    assert {name: (source.mode, source.kind) for name, source in found.items()} == {
        "main": ("enforce", "cloud"),
        "plant": ("report", "standalone"),
    }


@pytest.mark.parametrize(
    "sentence",
    [
        *(f"| `{name}` |" for model in (Source, Webhook) for name in model.model_fields),
        *(f"`{value}`" for kind in (Mode, Flavour) for value in get_args(kind)),
        *(f"`{name}`" for name in ERRORS if name != "NotFound"),
        f"up to {len(api.Patience().pauses) + 1} times",
        f"{api.Patience().longest:.0f} s in all",
        f"the scope is `{SCOPE}`",
        "`DriftFound`",
        "`DriftRepaired`",
        "`SyncFailed`",
    ],
)
def test_the_documentation_names_it(sentence):
    assert sentence in PAGE
