"""Pings, by EventId: the canary and the rotation look theirs up. Source: UiPath's API, PingEventDto."""

from relay.state.kind import Kind, Step

PING = Kind(
    name="ping",
    steps={"ping": Step(0, "Delivered")},
    settled=frozenset(("Delivered",)),
    envelope=("tenantid", "folderid", "secretversion"),
)
