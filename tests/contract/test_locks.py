"""The locks are current, complete and name no registry."""

import re
import tomllib
from pathlib import Path

import pytest

from local.lock import DEVELOPMENT, LOCKS, ROOT, header, inputs_digest

PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def pins(path: str) -> dict[str, set[str]]:
    """Versions by package: a lock for several Pythons may name two."""
    found: dict[str, set[str]] = {}
    for name, version in PINNED.findall((ROOT / path).read_text()):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("path", LOCKS.values())
def test_lock_is_made_from_the_current_groups(path: str) -> None:
    assert (ROOT / path).read_text().startswith(header()), "run `make lock`"


def test_inputs_digest_tells_a_changed_group() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    changed = {**project["dependency-groups"], "layer": ["pydantic"]}

    assert inputs_digest({**project, "dependency-groups": changed}) != inputs_digest(project)


@pytest.mark.parametrize("path", LOCKS.values())
def test_every_package_of_a_lock_bears_hashes(path: str) -> None:
    blocks = re.split(r"\n(?=[a-z])", (ROOT / path).read_text())[1:]

    assert blocks
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("path", [path for path in LOCKS.values() if path != DEVELOPMENT])
def test_small_locks_agree_with_the_development_lock(path: str) -> None:
    development = pins(DEVELOPMENT)

    assert {name: versions for name, versions in pins(path).items() if versions != development.get(name)} == {}


def test_layer_leaves_to_the_runtime_what_the_runtime_has() -> None:
    assert not pins(LOCKS["layer"]).keys() & {"boto3", "botocore", "s3transfer", "urllib3", "awslambdaric"}


@pytest.mark.parametrize("path", [*LOCKS.values(), "pyproject.toml", "Makefile", "local/install.sh", ".ci/run"])
def test_no_file_that_installs_names_a_host(path: str) -> None:
    text = (ROOT / path).read_text()

    assert re.findall(r"https?://\S+|--(?:extra-)?index-url\S*", text) == []


def test_locks_are_where_the_repository_keeps_them() -> None:
    assert {Path(path).name for path in LOCKS.values()} >= {path.name for path in (ROOT / "requirements").glob("*")}
