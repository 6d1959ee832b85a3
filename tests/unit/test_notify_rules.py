import pytest

from relay.config_check import check
from relay.errors import SettingsError
from relay.notify.decide import deliveries
from relay.notify.rules import Rules, load
from tests.told import no_base_url, sample, told

RECEIVERS = {"operations": {"kind": "https"}, "finance": {"kind": "slack"}}
SOURCES = "sources:\n  main: {}\n"


def _told(event, *matches):
    rules = [{"name": f"rule {n}", "match": match, "to": ["operations"]} for n, match in enumerate(matches)]
    return len(deliveries(event, Rules.model_validate({"receivers": RECEIVERS, "rules": rules}), no_base_url))


@pytest.mark.parametrize(
    ("match", "taken"),
    [
        ({}, True),
        ({"types": ["job.faulted"]}, True),
        ({"types": ["JOB.*"]}, True),
        ({"types": ["job.stopped", "*.faulted"]}, True),
        ({"types": ["job.stopped"]}, False),
        ({"severity": "error"}, True),
        ({"severity": "info"}, True),
        ({"sources": ["main"]}, True),
        ({"sources": ["second"]}, False),
        ({"folders": ["1"]}, True),
        ({"folders": ["2"]}, False),
        ({"processes": ["failing*"]}, True),
        ({"processes": ["Other"]}, False),
        ({"queues": ["*"]}, False),
        ({"types": ["job.*"], "folders": ["2"]}, False),
    ],
)
def test_a_rule_takes_what_all_its_fields_ask_for(match, taken):
    assert _told(sample("job.faulted"), match) == taken


def test_severity_is_a_minimum():
    assert _told(sample("job.stopped"), {"severity": "warning"}) == 1
    assert _told(sample("job.stopped"), {"severity": "error"}) == 0


def test_a_receiver_is_told_once_however_many_rules_match():
    assert _told(sample("job.faulted"), {}, {"types": ["job.*"]}) == 1


def test_rules_choose_among_the_entities_of_one_event():
    jobs = [{"Key": "1", "ReleaseName": "Invoices"}, {"Key": "2", "ReleaseName": "Other"}]

    assert _told(told("job.stopped", Jobs=jobs), {"processes": ["Invoices"]}) == 1


def _write(directory, text, sources=SOURCES):
    (directory / "sources.yaml").write_text(sources)
    (directory / "notifications.yaml").write_text(text)
    return directory


GOOD = "receivers:\n  operations:\n    kind: https\nrules:\n  - name: all\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            f"{GOOD}    to: [operation]\n",
            "notifications.yaml:6: rules[0].to[0]: no receiver is named operation; known: operations",
        ),
        (f"{GOOD}    to: []\n", "notifications.yaml:6: rules[0].to: "),
        (
            f"{GOOD}    to: [operations]\n    when: x\n",
            "notifications.yaml:7: rules[0].when: unknown field; allowed here: match, name, to",
        ),
        (
            f"{GOOD}    to: [operations]\n    match:\n      severity: fatal\n",
            "notifications.yaml:8: rules[0].match.severity: should be 'info', 'warning' or 'error'",
        ),
        (
            f"{GOOD}    to: [operations]\n    match:\n      types: [job.fautled]\n",
            "notifications.yaml:8: rules[0].match.types[0]: matches no event type; did you mean job.faulted?",
        ),
        (
            f"{GOOD}    to: [operations]\n    match:\n      types: ['invoice.*']\n",
            "matches no event type; groups with notices: job, process, queue, queueItem, robot, schedule, task",
        ),
        (
            f"{GOOD}    to: [operations]\n    match:\n      sources: [second]\n",
            "notifications.yaml:8: rules[0].match.sources[0]: matches no source of sources.yaml; known: main",
        ),
        (f"{GOOD}    to: [operations]\n    name: again\n", "rules[0].name: is given twice"),
        (GOOD, "notifications.yaml:5: rules[0].to: is missing"),
        (
            "receivers:\n  operations:\n    kind: mail\n",
            "notifications.yaml:3: receivers.operations.kind: should be 'https', 'slack' or 'teams'",
        ),
        (
            "receivers:\n  operations:\n    url: x\n    kind: https\n",
            "receivers.operations.url: unknown field; allowed here: kind",
        ),
        ("receivers: [a\n", "notifications.yaml:2: not YAML: "),
        ("- a\n", "notifications.yaml:1: must be a mapping"),
        ("", "notifications.yaml:1: must be a mapping"),
        ("receivers: !!python/object:x {}\n", "notifications.yaml:1: "),
    ],
)
def test_mistakes_are_named_by_line_and_field(tmp_path, text, sentence):
    found = check(_write(tmp_path, text))

    assert any(sentence in line for line in found), found


def test_a_type_nobody_knows_yet_is_reached_by_a_pattern(tmp_path):
    text = f"{GOOD}    to: [operations]\n    match:\n      types: [job.newlyInvented*]\n"

    assert check(_write(tmp_path, text)) == []


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"notifications\.yaml: cannot be read"):
        load(tmp_path)


def test_a_wrong_source_is_named(tmp_path):
    sources = "sources:\n  main:\n    base_url: cloud.uipath.com\n"

    assert check(_write(tmp_path, f"{GOOD}    to: [operations]\n", sources))[0].startswith(
        "sources.yaml:3: sources.main.base_url: "
    )
