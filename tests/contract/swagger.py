"""UiPath's own definitions of Orchestrator's API, where they are beside this checkout; they are not ours to publish.

RELAY_SHARED names the directory they are in, should it be elsewhere than ../shared.
"""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("RELAY_SHARED", ROOT.parent / "shared"))
DIRECTORY = SHARED / "orchestrator" / "swagger"
FILES = {15: "15.0_2022-11", 16: "16.0_2023-09", 18: "18.0_2024-12", 20: "20.0_2025-09"}
VERSIONS = tuple(FILES)

needs_swagger = pytest.mark.skipif(
    not DIRECTORY.is_dir(),
    reason="UiPath's API definitions are not beside this checkout (shared/orchestrator/swagger)",
)
_FORMATS = {
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)?"),
}


@cache
def _file(kind: str, version: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DIRECTORY / f"{kind}_{FILES[version]}.json").read_text())
    return found


@cache
def _definitions(kind: str, version: int) -> dict[str, Any]:
    """Return the definitions as JSON Schema, closed: a member they do not know is an error."""
    converted: dict[str, Any] = _converted(_file(kind, version)["definitions"])
    for schema in converted.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return converted


def _converted(node: Any) -> Any:
    if isinstance(node, list):
        return [_converted(part) for part in node]
    if not isinstance(node, dict):
        return node
    if node.get("additionalProperties") == {"type": "object"}:
        return {"type": "object"}  # how the generator writes "anything"
    found = {name: _converted(value) for name, value in node.items()}
    if isinstance(found.get("$ref"), str):
        found["$ref"] = found["$ref"].replace("#/components/schemas/", "#/definitions/")
    if isinstance(found.get("maximum"), str):
        found["maximum"] = float(found["maximum"])  # the conversion from YAML left 1E+2 a text
    return found


def answer_schema(kind: str, version: int, method: str, path: str, status: int) -> str | None:
    """Return the name of the definition of an answer's body; None where it has none."""
    answer = _file(kind, version)["paths"][path][method.lower()]["responses"][str(status)]
    reference = answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref")
    return reference.rpartition("/")[2] if reference else None


def event_schema(version: int, event_type: str) -> str | None:
    """Return the name of the definition of an event's body."""
    named = {schema.get("x-webhook-event"): name for name, schema in _definitions("webhooks", version).items()}
    return named.get(event_type)


def body_schema(version: int, method: str, path: str) -> str | None:
    """Return the name of the definition of a webhook request's body; None where any object will do."""
    body = _file("webhooks", version)["paths"][path][method.lower()].get("requestBody", {})
    reference = body.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref")
    return reference.rpartition("/")[2] if reference else None


def complaints(kind: str, version: int, name: str, value: object) -> list[str]:
    """Return what a definition has against a value; null counts as absent, as the definitions know no null."""
    definitions = _definitions(kind, version)
    schema = {**definitions[name], "definitions": definitions}
    checker = jsonschema.FormatChecker(formats=())
    for form, pattern in _FORMATS.items():
        checker.checks(form)(lambda text, pattern=pattern: not isinstance(text, str) or bool(pattern.fullmatch(text)))
    validator = jsonschema.Draft4Validator(schema, format_checker=checker)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(_told(value))]


def _told(value: object) -> object:
    """Leave out nulls and OData's own annotations."""
    if isinstance(value, list):
        return [_told(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {name: _told(part) for name, part in value.items() if part is not None and not name.startswith("@odata.")}


def requests(kind: str, version: int) -> set[tuple[str, str]]:
    """Return every method and path that is defined."""
    paths = _file(kind, version)["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def event_types(version: int) -> set[str]:
    """Return every event type there is a definition of."""
    found = {schema.get("x-webhook-event") for schema in _definitions("webhooks", version).values()}
    return {name for name in found if name}
