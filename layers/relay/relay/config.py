"""The files an operator edits, read into frozen models; every error says file, line, field and what is allowed."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from relay.errors import SettingsError

Place = tuple[str | int, ...]  # ("rules", 0, "to", 1)
Fault = tuple[Place, str]


class Model(BaseModel):
    """What a configuration file's parts derive from: frozen, and no field that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


M = TypeVar("M", bound=Model)


def _faultless(_: object) -> Iterable[Fault]:
    return ()


def read(path: Path, model: type[M], faults: Callable[[M], Iterable[Fault]] = _faultless) -> M:
    """Return the file as a model; raises SettingsError, a line for each error; `faults` finds more of them."""
    document = _compose(path)
    errors: Iterable[Fault] = list(_duplicates(document))
    if not errors:
        try:
            value = model.model_validate(_constructed(path, document))
            errors = list(faults(value))
        except ValidationError as error:
            errors = [(item["loc"], _reason(model, item)) for item in error.errors(include_input=False)]
    if errors:
        raise SettingsError("\n".join(_sentence(path, document, place, reason) for place, reason in errors))
    return value


def _compose(path: Path) -> yaml.Node:
    try:
        document = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name}: cannot be read ({type(error).__name__})") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{path.name}:{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path.name}: not YAML: {type(error).__name__}") from None
    if not isinstance(document, yaml.MappingNode):
        raise SettingsError(f"{path.name}:1: must be a mapping of fields")
    return document


def _constructed(path: Path, document: yaml.Node) -> object:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(document)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{path.name}:{line}: {error.problem}") from None
    finally:
        loader.dispose()


def _duplicates(node: yaml.Node, place: Place = ()) -> Iterator[Fault]:
    if isinstance(node, yaml.MappingNode):
        names = [str(key.value) for key, _ in node.value]
        yield from (((*place, name), "is given twice") for name in sorted(set(names)) if names.count(name) > 1)
        for name, (_, value) in zip(names, node.value, strict=True):
            yield from _duplicates(value, (*place, name))
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _duplicates(value, (*place, number))


def _sentence(path: Path, document: yaml.Node, place: Place, reason: str) -> str:
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    return f"{path.name}:{_line(document, place)}: {f'{field}: ' if field else ''}{reason}"


def _line(node: yaml.Node, place: Place) -> int:
    """Return the line of the deepest part of the place that the file has."""
    line: int = node.start_mark.line
    for part in place:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        elif isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
    return line + 1


def _reason(model: type[BaseModel], error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return f"unknown field; allowed here: {', '.join(_fields(model, error['loc'][:-1]))}"
    if error["type"] == "missing":
        return "is missing"
    return str(error["msg"]).removeprefix("Value error, ").replace("Input should", "should")


def _fields(model: type[BaseModel], place: Place) -> list[str]:
    """Return the fields of the model found at a place."""
    kind: Any = model
    for part in place:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[str(part)].annotation
        else:
            kind = kind.__args__[-2 if kind.__args__[-1] is ... else -1]
    return sorted(kind.model_fields)
