"""What apps rely on is written down, all of it."""

import re
from pathlib import Path

from consent.api.routes import ADDRESSES
from consent.journal import KINDS
from consent.scopes import CONSENTS
from consent.verdicts import REFUSALS

PAGE = (Path(__file__).parents[2] / "docs" / "consent.md").read_text()


def test_every_refusal_is_documented_and_nothing_else() -> None:
    table = PAGE.partition("### Refusals")[2].partition("## What the holder")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == REFUSALS.keys()


def test_every_consent_and_kind_is_documented() -> None:
    assert all(f"`{name}`" in PAGE for name in (*CONSENTS, *KINDS))


def test_every_address_is_documented() -> None:
    for _, path, _ in ADDRESSES:
        last = path.rpartition("/")[2]
        assert last.startswith("{") or f"/{last}" in PAGE
