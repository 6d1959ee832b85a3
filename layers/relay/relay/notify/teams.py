"""A notice as a Microsoft Teams message with an Adaptive Card, for the Workflows app's webhooks.

All foreign text stands in TextRuns: these know no Markdown, while Teams on phones shows the backslashes that would
escape it elsewhere (github.com/microsoft/AdaptiveCards/issues/5590). A message may have 28 KB.
"""

import json

from relay.notify.notices import Notice
from relay.notify.text import moment

MAX_BYTES = 28 * 1024
_MOST_LINES = 14
_STYLE = {"error": "attention", "warning": "warning", "info": "accent"}

Element = dict[str, object]


def message(notice: Notice) -> dict[str, object]:
    """Return the body to post, its last lines left out if it would grow too large."""
    head = [_head(notice), *([_text(_run(notice.reason, weight="Bolder"))] if notice.reason else [])]
    rest = [_text(_run(f"{each.name}  ", isSubtle=True), _run(each.value)) for each in notice.details]
    lines = notice.text.splitlines()[:_MOST_LINES] if notice.text else []
    rest += [_text(_run(line or " ", fontType="Monospace", size="Small"), spacing="None") for line in lines]
    while len(_encoded(_message(notice, head + rest))) > MAX_BYTES:
        rest.pop()
    return _message(notice, head + rest)


def _message(notice: Notice, body: list[Element]) -> dict[str, object]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": notice.title,
        "msteams": {"width": "Full"},
        "body": body,
    }
    if notice.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open in Orchestrator", "url": notice.link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _head(notice: Notice) -> Element:
    subtitle = " · ".join((notice.severity, notice.type, moment(notice.time) or "", f"notice {notice.id}"))
    return {
        "type": "Container",
        "style": _STYLE[notice.severity],
        "bleed": True,
        "items": [
            _text(_run(f"{notice.mark} {notice.title}", size="Large", weight="Bolder")),
            _text(_run(subtitle, size="Small", isSubtle=True), spacing="None"),
        ],
    }


def _text(*runs: Element, spacing: str = "Small") -> Element:
    return {"type": "RichTextBlock", "spacing": spacing, "inlines": list(runs)}


def _run(text: str, **look: object) -> Element:
    return {"type": "TextRun", "text": text, **look}


def _encoded(message: dict[str, object]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()
