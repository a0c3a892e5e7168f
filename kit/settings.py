"""Settings: a frozen struct, filled from a TOML file and the environment, wrong values told by name."""

import difflib
import os
import tomllib
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
_LISTS = {tuple, list, set, frozenset}


class BadSettings(Exception):
    """A setting is unknown or unreadable; the message names it and says what is expected."""


def load(
    kind: type[T], *, file: Path | None = None, prefix: str = "ESPACE_", environ: Mapping[str, str] | None = None
) -> T:
    """Defaults, then the file, then `ESPACE_SECTION__NAME=value` of the environment. Raises BadSettings.

    A list is written `a,b` in the environment. A name that no struct has is refused: it is a typing mistake.
    """
    merged: dict[str, Any] = {}
    if file is not None:
        try:
            merged = tomllib.loads(file.read_text())
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise BadSettings(f"{file}: {error}") from error
    for name, value in (os.environ if environ is None else environ).items():
        if name.startswith(prefix):
            _place(kind, merged, name.removeprefix(prefix).lower().split("__"), value)
    if unknown := [*_unknown(kind, merged, ())]:
        raise BadSettings("\n".join(unknown))
    try:
        return msgspec.convert(merged, kind, strict=False)
    except msgspec.ValidationError as error:
        words, _, where = str(error).partition(" - at ")
        raise BadSettings(f"{where.strip('`').removeprefix('$.') or 'settings'}: {words}") from error


def section(kind: Any) -> type[msgspec.Struct] | None:
    """The struct that a field of type `kind` is filled from, or None when the field is a plain value."""
    choices = get_args(kind) if get_origin(kind) in {types.UnionType, Union} else (kind,)
    for choice in choices:
        if isinstance(choice, type) and issubclass(choice, msgspec.Struct):
            return choice
    return None


def _place(kind: type[msgspec.Struct], tree: dict[str, Any], path: list[str], value: str) -> None:
    here: type[msgspec.Struct] | None = kind
    for part in path[:-1]:
        deeper = tree.setdefault(part, {})
        if not isinstance(deeper, dict):
            raise BadSettings(f"{'.'.join(path)}: {part} is a value, not a section")
        tree = deeper
        here = section(_fields(here).get(part)) if here else None
    wanted = _fields(here).get(path[-1]) if here else None
    listed = get_origin(wanted) in _LISTS
    tree[path[-1]] = [part.strip() for part in value.split(",") if part.strip()] if listed else value


def _unknown(kind: type[msgspec.Struct], tree: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    fields = _fields(kind)
    for name, value in tree.items():
        whole = ".".join((*path, name))
        if name not in fields:
            near = difflib.get_close_matches(name, fields, 1)
            yield f"{whole}: no such setting" + (f" (did you mean {'.'.join((*path, near[0]))}?)" if near else "")
        elif (deeper := section(fields[name])) is not None:
            if isinstance(value, Mapping):
                yield from _unknown(deeper, value, (*path, name))
            else:
                yield f"{whole}: a section, not a value"


def _fields(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
