"""Compiles pyproject.toml's dependency groups into requirements files with hashes: `make lock`."""

import hashlib
import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DEVELOPMENT = "requirements/development.txt"
# Group by group, the widest first: the others take their versions from it.
LOCKS = {
    "development": DEVELOPMENT,
    "runtime": "requirements/runtime.txt",
    "layer": "layers/relay/requirements.txt",
    "installer": "requirements/installer.txt",
}
OPTIONS = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header", "--upgrade"]


def inputs_digest(project: Mapping[str, Any]) -> str:
    """Return what a lock was compiled from, as 16 hex characters; a lock whose header says another is stale."""
    inputs = json.dumps([project["project"]["requires-python"], project["dependency-groups"], LOCKS], sort_keys=True)
    return hashlib.sha256(inputs.encode()).hexdigest()[:16]


def header() -> str:
    """Return a lock's first line."""
    digest = inputs_digest(tomllib.loads((ROOT / "pyproject.toml").read_text()))
    return f"# Made by `make lock` from the dependency groups in pyproject.toml ({digest}).\n"


def compile_group(group: str, path: str) -> None:
    """Write one lock; raises CalledProcessError, after uv has said why, when nothing resolves."""
    constraints = [] if path == DEVELOPMENT else ["--constraints", DEVELOPMENT]
    command = [sys.executable, "-m", "uv", "pip", "compile", "-q", *OPTIONS, *constraints, "--group", group]
    compiled = subprocess.run([*command, "pyproject.toml"], cwd=ROOT, check=True, capture_output=True, text=True)
    (ROOT / path).write_text(header() + compiled.stdout)


def main() -> None:
    for group, path in LOCKS.items():
        compile_group(group, path)
        print(f"{path}: {(ROOT / path).read_text().count('==')} packages")


if __name__ == "__main__":
    main()
