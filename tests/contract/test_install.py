"""The search for an interpreter runs what it finds, and says nothing where there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.build import ROOT

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def search(*versions: str, path: Path, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{path}:/usr/bin:/bin", "HOME": str(home)}
    return subprocess.run(
        ["sh", "local/python.sh", *versions], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def shim(tmp_path: Path) -> Path:
    """A directory of shims that point nowhere, as version managers leave them."""
    program(tmp_path / "shims" / f"python{HERE}", "echo 'version not installed' >&2; exit 127")
    return tmp_path / "shims"


def test_shim_that_points_nowhere_is_passed_over(shim: Path, tmp_path: Path) -> None:
    program(tmp_path / ".pyenv" / "versions" / f"{HERE}.99" / "bin" / f"python{HERE}", f'exec "{sys.executable}" "$@"')

    found = search(HERE, path=shim, home=tmp_path)

    assert found.stdout.strip() == sys.executable


def test_first_version_asked_for_wins(tmp_path: Path) -> None:
    program(tmp_path / "bin" / f"python{HERE}", f'exec "{sys.executable}" "$@"')

    found = search("2.7", HERE, path=tmp_path / "bin", home=tmp_path)

    assert found.stdout.strip() == sys.executable


def test_no_interpreter_is_no_answer(shim: Path, tmp_path: Path) -> None:
    found = search("2.6", path=shim, home=tmp_path)

    assert (found.returncode, found.stdout) == (1, "")


def test_makefile_lists_every_target_a_person_calls() -> None:
    listed = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert [line.split()[1] for line in listed.splitlines()] == [
        "help",
        "install",
        "run",
        "demo",
        "test",
        "fuzz",
        "chaos",
        "bench",
        "check",
        "build",
        "lock",
        "clean",
    ]
