"""Builds template.yaml for this computer: `sam build` with the targets Lambda gets, its own Python and wheels."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BUILDS = ROOT / ".relay" / "build"
KEPT = 5
LAMBDA_PYTHON = (3, 13)
LEFT_OUT = ("AWS_", "MAKE", "MFLAGS", "RELAY_BUILD_")  # what sam must not take over from whoever calls us


class BuildFailed(Exception):
    """`sam build` failed; the text holds what it said last."""


@dataclass(frozen=True)
class Build:
    """A built template; its code lies beside it, one directory per logical id."""

    directory: Path

    @cached_property
    def template(self) -> dict[str, Any]:
        import yaml

        text = (self.directory / "template.yaml").read_text()
        template: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        _rewrite_runtime(template)
        return template

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of the resources of one type, by logical id."""
        resources = self.template["Resources"]
        return {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}

    def code(self, logical_id: str) -> Path:
        """The built directory of a function or layer."""
        return self.directory / logical_id

    def layers(self, logical_id: str) -> list[Path]:
        """The built directories of a function's layers, in the template's order."""
        own = self.template["Resources"][logical_id]["Properties"].get("Layers", [])
        everywhere = self.template.get("Globals", {}).get("Function", {}).get("Layers", [])
        return [self.code(layer["Ref"]) for layer in [*everywhere, *own]]


def build() -> Build:
    """Build what has not been built with this content before; raises BuildFailed."""
    found = BUILDS / content_digest()
    if not found.exists():
        BUILDS.mkdir(parents=True, exist_ok=True)
        # Two instances may build at once: each in a place of its own, and the first to finish is the one used.
        with tempfile.TemporaryDirectory(prefix=".", dir=BUILDS) as place:
            sam_build(Path(place) / "made" / "template")
            try:
                (Path(place) / "made").rename(found)
            except OSError:
                if not found.exists():
                    raise
        _forget_old()
    os.utime(found)
    return Build(found / "template")


def sam_build(directory: Path) -> None:
    """Build for this computer and for the Python that runs us; raises BuildFailed."""
    _sam_build(directory, {"RELAY_BUILD_PLATFORM": "host", "RELAY_BUILD_PYTHON": sys.executable})


def sam_build_for_lambda(directory: Path) -> None:
    """Build what plain `sam build` does; raises BuildFailed."""
    _sam_build(directory, {})


def _sam_build(directory: Path, how: dict[str, str]) -> None:
    sam = Path(sys.executable).with_name("sam")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    # sam remembers things under the home directory unless told otherwise
    environment |= {"SAM_CLI_TELEMETRY": "0", "__SAM_CLI_APP_DIR": str(ROOT / ".relay" / "sam"), **how}
    command = [str(sam), "build", "--build-dir", str(directory)]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        last = "\n".join((result.stdout + result.stderr).splitlines()[-20:])
        raise BuildFailed(f"`sam build` failed:\n{last}")


def content_digest() -> str:
    """Names a build by everything it is made of."""
    digest = hashlib.sha256(f"{sys.version} {sys.platform} {os.uname().machine}".encode())
    for path in sorted(_inputs()):
        digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def _inputs() -> Iterator[Path]:
    yield from (ROOT / "template.yaml", ROOT / "samconfig.toml")
    for top in ("functions", "layers"):
        for directory, below, files in os.walk(ROOT / top):
            below[:] = [name for name in below if not name.startswith(("__pycache__", "."))]
            yield from (Path(directory, name) for name in files)


def _forget_old() -> None:
    builds = sorted((path for path in BUILDS.iterdir() if path.name[0] != "."), key=lambda path: -path.stat().st_mtime)
    for old in builds[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _rewrite_runtime(template: dict[str, Any]) -> None:
    """Where there is no Python 3.13, functions run on the Python that there is."""
    if sys.version_info[:2] == LAMBDA_PYTHON:
        return
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    template["Globals"]["Function"]["Runtime"] = here
    for resource in template["Resources"].values():
        if "CompatibleRuntimes" in resource.get("Properties", {}):
            resource["Properties"]["CompatibleRuntimes"] = [here]
