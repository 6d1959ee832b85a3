"""`python -m relay.config_check layers/config`: says what is wrong with the files an operator edits."""

import sys
from pathlib import Path

from relay.errors import SettingsError
from relay.notify import rules
from relay.orchestrator import sources


def check(directory: Path) -> list[str]:
    """Return what is wrong with the configuration, a sentence each."""
    try:
        known = sorted(sources.load(directory).sources)
    except SettingsError as error:
        return [*str(error).splitlines(), *rules.check(directory, None)]
    return rules.check(directory, known)


if __name__ == "__main__":
    found = check(Path(sys.argv[1]))
    sys.exit("\n".join(found) if found else 0)
