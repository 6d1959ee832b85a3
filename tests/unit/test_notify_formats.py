"""Golden files: what each kind of receiver gets for a notice, in tests/unit/notices/.

`python -m tests.unit.test_notify_formats` writes them anew; look at the difference before you commit it.
"""

import json
from pathlib import Path

import pytest

from relay.notify.decide import deliveries
from relay.notify.formats import post_for
from relay.notify.notices import MAX_LINES, Notice
from relay.notify.rules import Rules
from relay.notify.teams import MAX_BYTES
from tests.told import sample, told

GOLDEN = Path("tests/unit/notices")
KINDS = ("https", "slack", "teams")
SESSIONS = [
    {
        "SessionId": n,
        "HostMachineName": f"PC-{n}",
        "State": "Disconnected" if n == 8 else "Busy",
        "IsUnresponsive": n == 9,
    }
    for n in range(10)
]
EVENTS = {
    "job.faulted": sample("job.faulted"),
    "queueItem.transactionFailed": sample("queueItem.transactionFailed"),
    "queueItem.transactionAbandoned.bulk": told(
        "queueItem.transactionAbandoned",
        Timestamp="2026-03-01T03:00:00Z",
        OrganizationUnitId=8,
        Queue={"Id": 3, "Name": "Invoices_EU & <UK>"},
        QueueItems=[{"Key": f"key-{n}", "Reference": f"INV-{n:04}"} for n in range(40)],
    ),
    "robot.status.bulk": told(
        "robot.status",
        Timestamp="2026-03-01T03:00:00Z",
        OrganizationUnitId=8,
        Sessions=SESSIONS,
    ),
}
RULES = Rules.model_validate({"receivers": {"all": {"kind": "https"}}, "rules": [{"name": "all", "to": ["all"]}]})


def _notice(name: str) -> Notice:
    (delivery,) = deliveries(EVENTS[name], RULES, lambda _: "https://cloud.uipath.com/acme/Prod/orchestrator_")
    return delivery.notice


def _body(kind, notice):
    return json.loads(post_for(kind, notice).body)


def _changed(notice, **changes):
    return Notice.model_validate(notice.model_dump() | changes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", EVENTS)
def test_a_notice_looks_as_in_its_golden_file(name, kind):
    assert _body(kind, _notice(name)) == json.loads((GOLDEN / f"{name}.{kind}.json").read_text())


def test_a_generic_receiver_can_tell_copies_apart_by_header():
    notice = _notice("job.faulted")

    assert post_for("https", notice).headers["Idempotency-Key"] == f'"{notice.id}"'


HOSTILE = "<!channel> & <@U1> <https://evil.example|here> *bold* `tick`"


def test_slack_reads_no_markup_or_mention_in_foreign_text():
    notice = _changed(
        _notice("job.faulted"),
        title=HOSTILE,
        reason=HOSTILE,
        text=HOSTILE,
        details=[{"name": "Robot", "value": HOSTILE}],
    )

    message = _body("slack", _changed(notice, link=None))

    text = json.dumps(message)
    assert "<" not in text
    assert ">" not in text
    (field,) = message["blocks"][2]["fields"]
    assert field["text"].endswith(
        "`&lt;!channel&gt; &amp; &lt;@U1&gt; &lt;https://evil.example|here&gt; *bold* 'tick'`"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("all :tada: well", "`all :tada: well`"),
        (":+1:", "`:+1:`"),
        ("5:100:x", "`5:100:x`"),
        (">quoted", "`&gt;quoted`"),
        ("1 > 0", "1 &gt; 0"),
        ("at 14:14:26 in C:\\x::y", "at 14:14:26 in C:\\x::y"),
    ],
)
def test_slack_shows_no_emoji_or_quote_for_foreign_text(value, shown):
    message = _body("slack", _changed(_notice("job.faulted"), details=[{"name": "Robot", "value": value}]))

    assert message["blocks"][0]["text"]["emoji"] is False
    assert message["blocks"][2]["fields"][0]["text"] == f"*Robot*\n{shown}"


def test_slack_keeps_its_limits():
    long = "&" * 200
    details = [{"name": long, "value": long}] * MAX_LINES
    notice = _changed(_notice("job.faulted"), title=long, reason=long, text="&" * 1000, details=details)

    blocks = _body("slack", notice)["blocks"]

    assert len(blocks[0]["text"]["text"]) <= 150
    assert all(len(block["text"]["text"]) <= 3000 for block in blocks if "text" in block)
    assert all(len(block["fields"]) <= 10 for block in blocks if "fields" in block)
    assert all(len(field["text"]) <= 2000 for block in blocks for field in block.get("fields", []))
    assert "&amp…" not in json.dumps(blocks, ensure_ascii=False)


def test_teams_reads_no_markdown_in_foreign_text():
    notice = _changed(
        _notice("job.faulted"), title=HOSTILE, reason=HOSTILE, details=[{"name": "Robot", "value": HOSTILE}]
    )

    (attachment,) = _body("teams", notice)["attachments"]

    elements = [*attachment["content"]["body"][0]["items"], *attachment["content"]["body"][1:]]
    assert {element["type"] for element in elements} == {"RichTextBlock"}
    assert any(run["text"] == HOSTILE for element in elements for run in element["inlines"])


def test_teams_keeps_its_limit():
    wide = "😀" * 200
    details = [{"name": wide, "value": wide}] * MAX_LINES
    notice = _changed(_notice("job.faulted"), title=wide, reason=wide, text="😀\n" * 500, details=details)

    assert len(post_for("teams", notice).body) <= MAX_BYTES


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name in EVENTS:
        for kind in KINDS:
            text = json.dumps(_body(kind, _notice(name)), indent=2, ensure_ascii=False)
            (GOLDEN / f"{name}.{kind}.json").write_text(f"{text}\n")
