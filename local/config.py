"""The configuration of the local cloud: that of layers/config, with the simulated Orchestrator as source main."""

import json
import shutil
from pathlib import Path

import yaml

from relay.orchestrator.sources import FILE, Mode, load

SOURCE = "main"


def write_config(directory: Path, base: Path, base_url: str, mode: Mode = "enforce") -> Path:
    """Copy a configuration, main's entry replaced, and return where it is; raises SettingsError if it is not valid.

    The copy has no comments. All of main is replaced, so that it gets every event whatever the operator's own wants.
    """
    shutil.copytree(base, directory, dirs_exist_ok=True)
    file = directory / FILE
    # By JSON, since the SAM library makes PyYAML read mappings as ones that PyYAML itself cannot write.
    known = json.loads(json.dumps(yaml.safe_load(file.read_text()) or {}))
    sources = {**(known.get("sources") or {}), SOURCE: {"base_url": base_url, "mode": mode}}
    file.write_text(yaml.safe_dump({**known, "sources": sources}, sort_keys=False))
    load(directory)
    return directory
