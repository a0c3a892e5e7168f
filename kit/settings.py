"""Settings: a frozen struct, filled from a TOML file and the environment, wrong values told by name."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class BadSettings(Exception):
    """A setting is unknown or unreadable; the message names it and says what is expected."""


def load(
    kind: type[T], *, file: Path | None = None, prefix: str = "ESPACE_", environ: Mapping[str, str] | None = None
) -> T:
    """Defaults, then the file, then `ESPACE_SECTION__NAME=value` of the environment. Raises BadSettings."""
    merged: dict[str, Any] = {}
    if file is not None:
        try:
            merged = tomllib.loads(file.read_text())
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise BadSettings(f"{file}: {error}") from error
    for name, value in (os.environ if environ is None else environ).items():
        if name.startswith(prefix):
            _place(merged, name.removeprefix(prefix).lower().split("__"), value)
    try:
        return msgspec.convert(merged, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadSettings(f"settings: {error}") from error


def _place(tree: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        deeper = tree.setdefault(part, {})
        if not isinstance(deeper, dict):
            raise BadSettings(f"settings: {part} is a value, not a section")
        tree = deeper
    tree[path[-1]] = value.split(",") if "," in value and path[-1].endswith("s") else value
