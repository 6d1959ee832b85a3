"""What each function reads from its environment: one frozen model per function, the only reader of os.environ."""

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from relay.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Settings:
    """Fields are environment variables in upper case; a default makes one optional."""

    @classmethod
    def from_environment(cls) -> Self:
        """Read every field at once; raises SettingsError naming all that are missing."""
        missing = [field.name.upper() for field in fields(cls) if field.name.upper() not in os.environ]
        if missing:
            raise SettingsError(f"environment variables not set: {', '.join(missing)}; see template.yaml")
        return cls(**{field.name: _typed(field.type, field.name.upper()) for field in fields(cls)})


def _typed(kind: object, name: str) -> object:
    value = os.environ[name]
    if kind is int and not value.isdecimal():
        raise SettingsError(f"environment variable {name} must be a whole number; see template.yaml")
    return kind(value) if kind in (int, Path) else value


@dataclass(frozen=True, slots=True)
class IngestSettings(Settings):
    topic_arn: str
    bucket_name: str
    secrets_prefix: str
    spool_queue_url: str
    unverified_bytes_per_minute: int
    answer_milliseconds: int


@dataclass(frozen=True, slots=True)
class DrainSettings(Settings):
    topic_arn: str
    bucket_name: str
    secrets_prefix: str
    spool_queue_url: str


@dataclass(frozen=True, slots=True)
class ArchiveSettings(Settings):
    bucket_name: str


@dataclass(frozen=True, slots=True)
class StateSettings(Settings):
    table_name: str
    bucket_name: str
    retention_days: int


@dataclass(frozen=True, slots=True)
class NotifySettings(Settings):
    bucket_name: str
    delivery_queue_url: str
    config_path: Path


@dataclass(frozen=True, slots=True)
class DeliverSettings(Settings):
    table_name: str
    delivery_queue_url: str
    delivery_dead_letter_queue_url: str
    receivers_prefix: str
    config_path: Path


@dataclass(frozen=True, slots=True)
class SyncSettings(Settings):
    table_name: str
    secrets_prefix: str
    webhooks_url: str
    config_path: Path


@dataclass(frozen=True, slots=True)
class RotateSettings(Settings):
    table_name: str
    secrets_prefix: str
    webhooks_url: str
    config_path: Path
    settle_seconds: int
