"""Write docs/settings.md from the settings themselves: `python tools/settings.py [--check]`."""

import ast
import importlib
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from kit.settings import section
from service.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"

HEAD = """# Settings

Written by `python tools/settings.py` from the structs themselves; a test keeps it true.

Each setting has a default that suits one machine. A TOML file changes it (`espace --config FILE …` or `ESPACE_CONFIG`),
and the environment changes it after the file: `ESPACE_` and the name in capitals, two underscores between a section and
what it holds. Lists are written with commas in the environment. A name that does not exist is refused, with the nearest
one that does. Durations are ISO 8601 (`PT30S`, `P1D`); rates read `10 per 15 minutes`.

```toml
issuer = "https://id.example.org"          # ESPACE_ISSUER
master_key_file = "/etc/espace/master.key" # ESPACE_MASTER_KEY_FILE

[database]
url = "postgresql://espace@db/espace"      # ESPACE_DATABASE__URL, or DATABASE_URL

[idp]
access_token_lifetime = "PT5M"             # ESPACE_IDP__ACCESS_TOKEN_LIFETIME
```

`DATABASE_URL` and `PORT` are understood as most hosts give them. `espace serve` and `espace worker` refuse to start on
values that are unsafe, and name every one of them.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(Settings, "")) + "\n"


def _section(kind: type[msgspec.Struct], path: str) -> Iterator[str]:
    words = _words(kind)
    title = f"`[{path}]`" if path else "The house"
    yield f"\n## {title}\n\n{(kind.__doc__ or '').strip()}\n\n"
    yield "| Setting | Default | Kind | What it is |\n|---|---|---|---|\n"
    deeper = []
    for field in msgspec.structs.fields(kind):
        inside = section(field.type)
        name = f"{path}.{field.encode_name}" if path else field.encode_name
        if inside is not None:
            deeper.append((inside, name))
        else:
            said = " ".join(words.get(field.name, "").split()).replace("|", "\\|")
            yield f"| `{field.encode_name}` | {_default(field)} | {_kind(field.type)} | {said} |\n"
    for inside, name in deeper:
        yield from _section(inside, name)


def _default(field: msgspec.structs.FieldInfo) -> str:
    value: Any = field.default
    if field.default_factory is not msgspec.NODEFAULT:
        value = field.default_factory()
    if value is msgspec.NODEFAULT:
        return "needed"
    if isinstance(value, timedelta):
        value = msgspec.to_builtins(value)
    if isinstance(value, tuple | frozenset):
        value = ", ".join(str(part) for part in value)
    return "" if value in {"", None} else f"`{value}`".lower() if isinstance(value, bool) else f"`{value}`"


def _kind(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " \\| ".join(str(choice) for choice in get_args(kind))
    if get_origin(kind) in {Union, UnionType}:
        return " or ".join(_kind(choice) for choice in get_args(kind) if choice is not type(None))
    if get_origin(kind) in {tuple, frozenset, list}:
        return "list"
    return {str: "text", int: "number", float: "number", bool: "true or false", timedelta: "duration"}.get(
        kind, getattr(kind, "__name__", str(kind))
    )


def _words(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The docstring under each field."""
    source = Path(str(importlib.import_module(kind.__module__).__file__)).read_text()
    (node,) = (n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == kind.__name__)
    words: dict[str, str] = {}
    for before, after in zip(node.body, node.body[1:], strict=False):
        told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if told and isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name):
            words[before.target.id] = str(after.value.value)
    return words


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PAGE.write_text(page())
    elif not PAGE.exists() or PAGE.read_text() != page():
        sys.exit("docs/settings.md is out of date: python tools/settings.py")
