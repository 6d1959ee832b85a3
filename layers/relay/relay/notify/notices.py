"""The notice: what people are told, as a document of its own that every format is rendered from.

docs/notice.schema.json is its contract; generic receivers get it as it is.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from relay.errors import RelayError
from relay.notify.text import BLOCK, LINE

MAX_LINES = 16

Line = Annotated[str, StringConstraints(max_length=LINE)]
Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Detail(_Document):
    """One named value; names are for people and may grow."""

    name: Line
    value: Line


class Origin(_Document):
    """The envelope's attributes, so that a reader can find the event itself in the archive."""

    id: str
    source: str
    type: str
    time: str
    relaysource: str
    datasha256: str
    subject: str | None = None
    tenantid: str | None = None
    folderid: str | None = None


class Notice(_Document):
    """One fact, or the summary of many facts of one event; `id` is the same for every copy of the event."""

    version: Literal[1] = 1
    id: str
    severity: Severity
    type: str = Field(description="the event type as Orchestrator names it, job.faulted")
    title: Line
    time: str = Field(description="when it happened, UTC")
    reason: Line | None = Field(default=None, description="why, in one line")
    text: Annotated[str, StringConstraints(max_length=BLOCK)] | None = Field(
        default=None, description="what the message or exception says beyond `reason`, cut"
    )
    details: tuple[Detail, ...] = Field(default=(), max_length=MAX_LINES)
    entities: int = Field(default=1, description="how many entities the notice is about")
    link: str | None = Field(default=None, description="the page in Orchestrator")
    event: Origin

    @property
    def mark(self) -> str:
        """The sign that chat messages begin with."""
        return {"error": "🔴", "warning": "🟠", "info": "🔵"}[self.severity]


class Delivery(_Document):
    """A message of the delivery queue: a notice and the name of its receiver."""

    receiver: str
    notice: Notice

    def text(self) -> str:
        """Return the message's body."""
        return self.model_dump_json(exclude_none=True)


class NotADelivery(RelayError):
    """A message of the delivery queue is not of notify's making."""


def read_delivery(text: str) -> Delivery:
    """Read a message's body; raises NotADelivery, never quoting it."""
    try:
        return Delivery.model_validate_json(text)
    except ValidationError as error:
        raise NotADelivery(f"not a delivery: {error.error_count()} fields are wrong") from None


def schema() -> dict[str, Any]:
    """Return the notice's JSON Schema, as published in docs/notice.schema.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Notice.model_json_schema(mode="serialization")}


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
