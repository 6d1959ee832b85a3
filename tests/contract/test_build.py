"""What `sam build` makes is what Lambda needs: the right machine, bytecode that is used, nothing beside.

The artifacts are built here, or are those that RELAY_ARTIFACTS names.
"""

import _imp
import os
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from local.build import ROOT, sam_build_for_lambda

AARCH64 = 183  # e_machine, <elf.h>
MAGIC_3_13 = (3571).to_bytes(2, "little") + b"\r\n"
UNCHECKED_HASH = (0b01).to_bytes(4, "little")  # PEP 552: hash-based, not compared with the source
LAYER_BYTES = 6_500_000
FUNCTIONS = {f"{path.parent.name.title()}Function" for path in (ROOT / "functions").glob("*/app.py")}


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if given := os.environ.get("RELAY_ARTIFACTS"):
        return ROOT / given
    if subprocess.run(["sh", "local/python.sh", "3.13"], cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("no Python 3.13 on this computer, so nothing can be built for Lambda")
    directory = tmp_path_factory.mktemp("build") / "template"
    sam_build_for_lambda(directory)
    return directory


@pytest.fixture(scope="module")
def layer(artifacts: Path) -> Path:
    return artifacts / "RelayLayer"


def source_hash(source: bytes) -> bytes:
    """What 3.13 would compute, whichever interpreter this is."""
    return _imp.source_hash(int.from_bytes(MAGIC_3_13, "little"), source)


def relative(paths: Iterable[Path], top: Path) -> list[str]:
    return sorted(str(path.relative_to(top)) for path in paths)


def test_every_function_and_layer_is_built(artifacts: Path) -> None:
    built = {path.name for path in artifacts.iterdir() if path.is_dir()}

    assert built == FUNCTIONS | {"RelayLayer", "ConfigLayer"}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_function_holds_its_handler_and_nothing_else(artifacts: Path, function: str) -> None:
    files = [path for path in (artifacts / function).rglob("*") if path.is_file()]

    assert relative(files, artifacts / function) == ["__pycache__/app.cpython-313.pyc", "app.py"]


def test_configuration_lies_where_config_path_says(artifacts: Path) -> None:
    files = [path for path in (artifacts / "ConfigLayer").rglob("*") if path.is_file()]

    assert relative(files, artifacts / "ConfigLayer") == ["config/notifications.yaml", "config/sources.yaml"]


def test_layer_is_for_lambdas_machine(layer: Path) -> None:
    machines = {path.name: path.read_bytes()[18] for path in layer.rglob("*.so")}

    assert machines
    assert {name for name, machine in machines.items() if machine != AARCH64} == set()


def test_every_module_has_bytecode_that_lambda_uses(artifacts: Path) -> None:
    stale = []
    for source in artifacts.rglob("*.py"):
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        head = compiled.read_bytes()[:16] if compiled.exists() else b""
        if head[:8] != MAGIC_3_13 + UNCHECKED_HASH or head[8:] != source_hash(source.read_bytes()):
            stale.append(source)

    assert relative(stale, artifacts) == []


def test_layer_holds_the_application_and_the_locked_packages_only(layer: Path) -> None:
    packages = {path.name for path in (layer / "python").iterdir() if not path.name.endswith(".dist-info")}
    about = [path for path in layer.rglob("*.dist-info/*") if path.name != "METADATA"]
    tests = [path for path in layer.rglob("*") if path.name in ("tests", "test", "conftest.py", "requirements.txt")]

    assert relative(layer.iterdir(), layer) == ["python"]
    assert packages == {
        "relay",
        "aws_lambda_powertools",
        "jmespath",
        "pydantic",
        "pydantic_core",
        "annotated_types",
        "typing_inspection",
        "typing_extensions.py",
        "yaml",
        "_yaml",
        "__pycache__",
    }
    assert relative([*about, *tests], layer) == []


def test_layer_has_the_whole_application(layer: Path) -> None:
    sources = [path for path in (ROOT / "layers/relay/relay").rglob("*.py") if "__pycache__" not in path.parts]
    shipped = (layer / "python/relay").rglob("*.py")

    assert relative(shipped, layer / "python/relay") == relative(sources, ROOT / "layers/relay/relay")


def test_layer_is_small_enough_when_zipped(layer: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "layer.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in layer.rglob("*"):
            archive.write(path, path.relative_to(layer))

    assert (tmp_path / "layer.zip").stat().st_size <= LAYER_BYTES
