"""Webhooks as the API speaks of them: what a body may say, what it means, and what a read shows."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from local.orchestrator.api.errors import INVALID, NO_EVENTS, UNKNOWN_EVENT_TYPE, Refusal
from local.orchestrator.api.versions import spelled
from local.orchestrator.odata import Shape
from local.orchestrator.profile import Profile
from local.orchestrator.webhooks import Webhook

MASK = "**********"
_OLD = ("Url", "Enabled", "Secret", "SubscribeToAllEvents", "AllowInsecureSsl", "Id", "Events")
_NEW = ("Key", "Name", "Description")  # since 16.0
_LENGTHS = {"Url": 2000, "Secret": 100, "Name": 128, "Description": 256}
_MEMBERS = {
    "Url": "url",
    "Enabled": "enabled",
    "Secret": "secret",
    "SubscribeToAllEvents": "subscribe_to_all",
    "AllowInsecureSsl": "allow_insecure_ssl",
    "Events": "events",
    "Name": "name",
    "Description": "description",
}
# What PUT and POST make of members that are left out. Whether PUT clears an omitted Secret is not known; it does here.
_ABSENT = {
    "secret": None,
    "enabled": False,
    "subscribe_to_all": False,
    "allow_insecure_ssl": False,
    "events": frozenset[str](),
    "description": None,
}


def shape(profile: Profile) -> Shape:
    return Shape("WebhookDto", frozenset(_known(profile)), always_count=profile.counts_unasked)


def shown(webhook: Webhook, profile: Profile) -> dict[str, Any]:
    """Return the webhook as a read shows it, its secret masked or clear."""
    secret = MASK if webhook.secret and profile.mask_secrets else webhook.secret
    told = {
        "Key": webhook.key,
        "Name": webhook.name,
        "Description": webhook.description,
        "Url": webhook.url,
        "Enabled": webhook.enabled,
        "Secret": secret,
        "SubscribeToAllEvents": webhook.subscribe_to_all,
        "AllowInsecureSsl": webhook.allow_insecure_ssl,
        "Id": webhook.id,
        "Events": [{"EventType": name} for name in sorted(webhook.events)],
    }
    return {name: value for name, value in told.items() if name in _known(profile)}


def whole(body: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Return every member of a webhook that POST or PUT describes; raises Refusal."""
    told = partial(body, profile)
    needed = ("Url", "Name") if profile.has_names else ("Url",)
    for name in needed:
        if not told.get(_MEMBERS[name]):
            raise Refusal(400, f"The {name} field is required.", INVALID)
    return {**_ABSENT, **told}


def partial(body: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Return the members that a body names; those nobody can set are passed over. Raises Refusal."""
    told: dict[str, Any] = {}
    for name, value in body.items():
        if name.startswith("@odata.") or (name in ("Id", "Key") and name in _known(profile)):
            continue
        if name not in _known(profile):
            raise Refusal(
                400,
                f"The property '{name}' does not exist on type 'UiPath.Server.Contracts.WebhookDto'."
                " Make sure to only use property names that are defined by the type.",
            )
        told[_MEMBERS[name]] = _READERS[name](name, value, profile)
    return told


def check(webhook: Mapping[str, Any]) -> None:
    """Refuse a webhook that could never deliver anything."""
    if not webhook["subscribe_to_all"] and not webhook["events"]:
        raise Refusal(400, "Events collection cannot be empty unless subscribing to all events", NO_EVENTS)


def _known(profile: Profile) -> tuple[str, ...]:
    return (*_NEW, *_OLD) if profile.has_names else _OLD


def _flag(name: str, value: Any, _: Profile) -> bool:
    if not isinstance(value, bool):
        raise Refusal(400, f"Cannot convert the value of '{name}' to the expected type 'Edm.Boolean'.")
    return value


def _text(name: str, value: Any, _: Profile) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Refusal(400, f"Cannot convert the value of '{name}' to the expected type 'Edm.String'.")
    if value and len(value) > _LENGTHS[name]:
        raise Refusal(400, f"The field {name} must be a string with a maximum length of {_LENGTHS[name]}.")
    return value or None


def _url(name: str, value: Any, profile: Profile) -> str:
    url = _text(name, value, profile) or ""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refusal(400, "The Url field is not a valid fully-qualified http or https URL.") from error
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Refusal(400, "The Url field is not a valid fully-qualified http or https URL.")
    return url


def _events(name: str, value: Any, profile: Profile) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(event, dict) for event in value):
        raise Refusal(400, f"Cannot convert the value of '{name}' to the expected type 'Collection(WebhookEventDto)'.")
    found = {}
    for event in value:
        wanted = event.get("EventType")
        found[wanted] = spelled(wanted, profile.api_version) if isinstance(wanted, str) else None
    if unknown := [wanted for wanted, known in found.items() if known is None]:
        raise Refusal(400, f"Unknown webhook event type: {unknown[0]}", UNKNOWN_EVENT_TYPE)
    return frozenset(known for known in found.values() if known)


_Reader = Callable[[str, Any, Profile], Any]
_READERS: dict[str, _Reader] = {
    **dict.fromkeys(("Enabled", "SubscribeToAllEvents", "AllowInsecureSsl"), _flag),
    **dict.fromkeys(("Secret", "Name", "Description"), _text),
    "Url": _url,
    "Events": _events,
}
