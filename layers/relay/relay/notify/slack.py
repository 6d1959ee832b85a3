"""A notice as a Slack message in Block Kit, for incoming webhooks.

Sources: Slack's "Formatting message text" (three characters are escaped in every text object; nothing escapes `*`, `_`
and their like, an emoji's name, or the `>` of a quote) and the block reference (header 150, section 3,000, ten fields
of 2,000 characters).
"""

import re

from relay.notify.notices import Detail, Notice
from relay.notify.text import ELLIPSIS, moment

_HEADER, _SECTION, _FIELD, _FIELDS = 150, 3_000, 2_000, 10
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Emphasis, a quote, an emoji by its name; two digits between colons are the minutes of a time.
_MARKUP = re.compile(r"[*_~`]|^>|:(?!\d\d:)[\w+'-]+:")
_NO_TICKS = str.maketrans("`", "'")

Block = dict[str, object]


def message(notice: Notice) -> dict[str, object]:
    """Return the body to post."""
    heading = f"{notice.mark} {notice.title}"
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": _fitted(heading, _HEADER), "emoji": False}},
        *([_section(f"*{_plain(notice.reason)}*")] if notice.reason else []),
        *_fields(notice.details),
        *([_section(_quoted(notice.text))] if notice.text else []),
        *([_section(f"<{_fitted(notice.link, _SECTION)}|Open in Orchestrator>")] if notice.link else []),
        {"type": "context", "elements": [_markup(_context(notice))]},
    ]
    summary = f"{heading} · {notice.reason}" if notice.reason else heading
    return {"text": _fitted(summary, _SECTION), "unfurl_links": False, "blocks": blocks}


def _section(text: str) -> Block:
    return {"type": "section", "text": _markup(text)}


def _fields(details: tuple[Detail, ...]) -> list[Block]:
    fields = [_markup(f"*{_fitted(each.name, 100)}*\n{_plain(each.value)}") for each in details]
    return [{"type": "section", "fields": fields[start : start + _FIELDS]} for start in range(0, len(fields), _FIELDS)]


def _context(notice: Notice) -> str:
    return " · ".join(
        (notice.severity, f"`{_fitted(notice.type, 200)}`", moment(notice.time) or "", f"notice {notice.id}")
    )


def _markup(text: str) -> Block:
    # Verbatim: foreign names and addresses become neither links nor mentions.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(text: str) -> str:
    """Show foreign text as it is; what Slack would read as markup stands as code, the only form it leaves alone."""
    if _MARKUP.search(text):
        return f"`{_fitted(text.translate(_NO_TICKS), _FIELD - 200)}`"
    return _fitted(text, _FIELD - 200)


def _quoted(text: str) -> str:
    return f"```{_fitted(text.translate(_NO_TICKS), _SECTION - 6)}```"


def _fitted(text: str, limit: int) -> str:
    """Return text escaped and cut so that no more than `limit` characters remain and no escape is cut in two."""
    escaped = [_ESCAPES.get(character, character) for character in text]
    if sum(map(len, escaped)) <= limit:
        return "".join(escaped)
    while sum(map(len, escaped)) >= limit:
        escaped.pop()
    return "".join(escaped) + ELLIPSIS
