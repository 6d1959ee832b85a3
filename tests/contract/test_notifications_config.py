"""The configuration that ships is right, and the documents say what the code does."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from samcli.yamlhelper import yaml_parse

from relay.aws.queue import MAX_DELAY_SECONDS
from relay.config import read
from relay.config_check import check
from relay.notify import decide, deliver, notices, post
from relay.notify.claims import LEASE_SECONDS
from relay.notify.groups import GROUPS
from relay.notify.notices import Notice
from relay.notify.rules import Rules, load
from relay.orchestrator.catalogue import DOCUMENTED_TYPES, group_of
from relay.orchestrator.sources import load as load_sources

CONFIG = Path("layers/config")
SCHEMA = Path("docs/notice.schema.json")
PAGE = Path("docs/notifications.md").read_text()


def test_the_shipped_configuration_is_right():
    assert check(CONFIG) == []
    assert list(load(CONFIG).receivers) == ["operations"]
    assert list(load_sources(CONFIG).sources) == ["main"]


def test_the_check_command_says_so_and_fails(tmp_path):
    (tmp_path / "sources.yaml").write_text("sources: {main: {}}\n")
    (tmp_path / "notifications.yaml").write_text("receivers: {}\nrules: 7\n")
    command = [sys.executable, "-m", "relay.config_check"]

    wrong = subprocess.run([*command, tmp_path], capture_output=True, text=True, check=False)
    right = subprocess.run([*command, CONFIG], capture_output=True, text=True, check=False)

    assert (wrong.returncode, right.returncode) == (1, 0)
    assert wrong.stderr.startswith("notifications.yaml:2: rules: ")


def test_the_examples_in_the_documentation_are_right(tmp_path):
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "notifications.yaml").write_text(example)

    assert read(tmp_path / "notifications.yaml", Rules).rules


def test_the_published_schema_is_that_of_the_notice():
    # python -m relay.notify.notices > docs/notice.schema.json
    assert json.loads(SCHEMA.read_text()) == notices.schema()


@pytest.mark.parametrize("path", sorted(Path("tests/unit/notices").glob("*.https.json")), ids=lambda path: path.name)
def test_documents_obey_the_published_schema(path):
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)

    Draft202012Validator(schema).validate(json.loads(path.read_text()))
    Notice.model_validate_json(path.read_text())


def test_the_template_leaves_leases_and_retries_the_time_they_need():
    resources = yaml_parse(Path("template.yaml").read_text())["Resources"]
    queue, function = (resources[name]["Properties"] for name in ("DeliveryQueue", "DeliverFunction"))

    # Nobody still sends when a lease runs out, a message comes back after that, and is given up before it is lost.
    assert function["Timeout"] < LEASE_SECONDS < queue["VisibilityTimeout"]
    assert deliver.GIVE_UP_SECONDS + MAX_DELAY_SECONDS + queue["VisibilityTimeout"] < queue["MessageRetentionPeriod"]


def test_every_documented_group_has_notices():
    assert {group_of(name) for name in DOCUMENTED_TYPES} == set(GROUPS)


@pytest.mark.parametrize(
    "sentence",
    [
        f"more than {decide.MOST_SINGLE} entities",
        f"{LEASE_SECONDS} s",
        f"{post.CONNECT_SECONDS:.0f} s",
        f"{post.ANSWER_SECONDS:.0f} s",
        f"{deliver.GIVE_UP_SECONDS // 86_400} days",
        *(f"`{group}`" for group in GROUPS),
        *(f"`{name}`" for name in Notice.model_fields),
    ],
)
def test_the_documentation_names_it(sentence):
    assert sentence in PAGE
