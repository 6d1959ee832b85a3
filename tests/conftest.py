"""Tiers by directory: what a test may touch follows from where it lies."""

import os
from pathlib import Path

import pytest

TIERS = ("unit", "property", "contract", "integration", "e2e", "chaos")
ON_LOOPBACK = ("integration", "e2e", "chaos")
HERE = Path(__file__).parent

# No test may reach an account of whoever runs it.
for name in [name for name in os.environ if name.startswith(("AWS_", "POWERTOOLS_"))]:
    del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its tier, close sockets where it has none, and run the quick tiers first."""
    for item in items:
        tier = _tier(item)
        item.add_marker(tier)
        if tier in ON_LOOPBACK:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))
        else:
            item.add_marker(pytest.mark.disable_socket)
    items.sort(key=lambda item: TIERS.index(_tier(item)))


def _tier(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).parts[0]
