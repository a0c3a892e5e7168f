"""The house's own checks pass, and see what they must see."""

import re
from pathlib import Path

import pytest

from tools import check


@pytest.mark.parametrize("name", ["templates", "terms", "specs", "locks", "vendored", "spelling"])
def test_the_checks_find_nothing(name: str) -> None:
    assert [*getattr(check, name)()] == []


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<button onclick="go()">', "an inline handler"),
        ('<p style="color: red">', "an inline style"),
        ('<img src="https://elsewhere.example/a.png">', "a file of somebody else's"),
        ('<script src="//elsewhere.example/a.js"></script>', "a file of somebody else's"),
        ("<script>go()</script>", "a script without its nonce"),
        ("{{ text | safe }}", "text marked safe"),
        ('<form method="post"><input name="a"></form>', "a form without its csrf_field()"),
    ],
)
def test_a_template_that_the_policy_would_stop_is_told(html: str, words: str) -> None:
    (fault,) = check._unsafe(html)
    assert words in fault


def test_a_plain_template_passes() -> None:
    assert not [
        *check._unsafe('{# on="x" #}<form method="post">{{ csrf_field() }}</form><a href="https://x.example">x</a>')
    ]


def test_only_what_is_said_in_english_is_spelled() -> None:
    said = check._said('"""A tpyo here."""\nname = "mesures"  # and heer\n')
    assert "tpyo" in said
    assert "heer" in said
    assert "mesures" not in said


def test_the_tests_of_the_specifications_exist() -> None:
    root = Path(check.ROOT)
    rows = [line for line in (root / "docs" / "specs.md").read_text().splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.startswith(("| Clause |", "| Modules |"))]
    assert len(rows) > 100
    for row in rows:
        *_, files, tests, _ = [cell.strip() for cell in row.split("|")]
        assert re.findall(r"`[^`]+`", files), row
        assert all(name.startswith("`tests/") for name in tests.split()), row
