"""The control API: what a test or a person may tell this Orchestrator beyond what the real one offers.

PUT    /control/webhooks/<name>  {"url", "secret"?, "events"?: [...], "enabled"?, "allow_insecure_ssl"?}
GET    /control/webhooks         DELETE /control/webhooks/<name>
POST   /control/events           {"events"?: [{...}], "bodies"?: [base64], "folders"?: [1, 2],
                                  "event_ids"?: "equal"|"different", "fresh"?: true, "wait"?: seconds};
                                  202, or 200 with the deliveries when asked to wait
POST   /control/ping             {"webhook"?: name, "wait"?: seconds}; 202 with the event
GET    /control/deliveries?after=<number>
GET    /control/breakers
POST   /control/reset            forgets deliveries, requests and faults, and closes every breaker

More is in control_api.py and control_life.py.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from concurrent.futures import Future, wait
from dataclasses import asdict
from typing import Any

from local.loopback import Answer, BadRequest, Request, json_answer
from local.orchestrator.control_api import ApiControl
from local.orchestrator.control_life import LifeControl
from local.orchestrator.deliveries import Delivery
from local.orchestrator.events import EventIds, dump
from local.orchestrator.tenant import Orchestrator
from local.orchestrator.webhooks import Webhook

MAX_WAIT_SECONDS = 120.0


class Control:
    """Answers what stands under /control."""

    def __init__(self, orchestrator: Orchestrator) -> None:
        self._tenant = orchestrator
        self._parts = (ApiControl(orchestrator), LifeControl(orchestrator))

    def __call__(self, request: Request) -> Answer:
        others = (answer for part in self._parts if (answer := part(request)))
        return next(others, None) or self._own(request)

    def _own(self, request: Request) -> Answer:
        match (request.method, *request.path[1:]):
            case ("GET", "webhooks"):
                return json_answer(200, {"webhooks": [_webhook(webhook) for webhook in self._tenant.webhooks.all()]})
            case ("PUT", "webhooks", name):
                return self._put_webhook(name, request.json_object())
            case ("DELETE", "webhooks", name):
                return Answer(204) if self._tenant.webhooks.remove(name) else _unknown(name)
            case ("POST", "events"):
                return self._send(request.json_object())
            case ("POST", "ping"):
                return self._ping(request.json_object())
            case ("GET", "deliveries"):
                after = request.query.get("after", "0")
                return _deliveries(200, self._tenant.deliveries(int(after) if after.isdecimal() else 0))
            case ("GET", "breakers"):
                breakers = [self._breaker(webhook.name) for webhook in self._tenant.webhooks.all()]
                return json_answer(200, {"breakers": breakers})
            case ("POST", "reset"):
                self._tenant.reset()
                return Answer(204)
        return json_answer(404, {"error": "no such request: see local/orchestrator/control.py"})

    def _put_webhook(self, name: str, wanted: dict[str, Any]) -> Answer:
        url, events = wanted.pop("url", None), wanted.pop("events", None)
        options = {key: wanted.pop(key) for key in ("secret", "enabled", "allow_insecure_ssl") if key in wanted}
        if wanted or not isinstance(url, str) or not isinstance(events, list | None):
            raise BadRequest("a webhook has url, and optionally secret, events (a list), enabled, allow_insecure_ssl")
        return json_answer(200, _webhook(self._tenant.webhooks.put(name, url, events=events, **options)))

    def _send(self, wanted: dict[str, Any]) -> Answer:
        futures = self._tenant.send_all(list(self._bodies(wanted)))
        if "wait" not in wanted:
            return json_answer(202, {"submitted": len(futures)})
        return _deliveries(200, _results(futures, wanted["wait"]))

    def _bodies(self, wanted: dict[str, Any]) -> Iterator[bytes]:
        given = [dump(event) for event in _list(wanted, "events")]
        given += [_decode(text) for text in _list(wanted, "bodies")]
        folders, event_ids = _list(wanted, "folders"), _event_ids(wanted)
        try:
            for body in given:
                event = self._tenant.ledger.fresh(body) if wanted.get("fresh") else body
                yield from self._tenant.ledger.folder_copies(event, folders, event_ids) if folders else [event]
        except ValueError as error:
            raise BadRequest(f"only a JSON object can be made fresh or copied: {error}") from error

    def _ping(self, wanted: dict[str, Any]) -> Answer:
        hooks = self._tenant.webhooks.all()
        name = wanted.get("webhook", hooks[0].name if hooks else "main")
        webhook = self._tenant.webhooks.named(name)
        if webhook is None:
            return _unknown(name)
        body, future = self._tenant.ping(webhook)
        done = _results([future], wanted["wait"]) if "wait" in wanted else []
        return json_answer(202, {"event": json.loads(body), "deliveries": [asdict(delivery) for delivery in done]})

    def _breaker(self, name: str) -> dict[str, object]:
        breaker = self._tenant.engine.breaker(name)
        state = {"open": breaker.is_open, "seconds_left": round(breaker.seconds_left, 3)}
        return {"webhook": name, **state, **self._tenant.engine.counts(name)}


def _webhook(webhook: Webhook) -> dict[str, object]:
    shown = {key: value for key, value in asdict(webhook).items() if key != "secret"}
    return {**shown, "events": sorted(webhook.events), "signed": webhook.secret is not None}


def _deliveries(status: int, deliveries: list[Delivery]) -> Answer:
    return json_answer(status, {"deliveries": [asdict(delivery) for delivery in deliveries]})


def _results(futures: list["Future[Delivery]"], seconds: object) -> list[Delivery]:
    if not isinstance(seconds, int | float):
        raise BadRequest("wait is a number of seconds")
    done = wait(futures, timeout=min(seconds, MAX_WAIT_SECONDS)).done
    return [future.result() for future in futures if future in done]


def _list(wanted: dict[str, Any], name: str) -> list[Any]:
    value = wanted.get(name, [])
    if not isinstance(value, list):
        raise BadRequest(f"{name} is a list")
    return value


def _event_ids(wanted: dict[str, Any]) -> EventIds:
    match wanted.get("event_ids", "equal"):
        case "equal":
            return "equal"
        case "different":
            return "different"
    raise BadRequest("event_ids is equal or different")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise BadRequest("bodies are Base64 texts") from error


def _unknown(name: object) -> Answer:
    return json_answer(404, {"error": f"no webhook is named {name}"})
