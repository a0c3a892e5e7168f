"""The watch over the logs sees what it must see."""

import logging

import pytest

from kit import secrets
from kit.telemetry import log
from tests import leaks


@pytest.fixture
def seen() -> list[str]:
    return leaks.watch.found


def test_a_secret_that_was_just_made_is_found(seen: list[str]) -> None:
    logging.getLogger("somewhere").warning("the code is %s", secrets.digits(6))
    logging.getLogger("somewhere").warning("the key is %s", secrets.issue("zz"))
    assert len(seen) == 2
    seen.clear()


@pytest.mark.parametrize(
    "words", ["2790375999021 48", "279037599902148", "2 79 03 75 999 021 48", "1 85 06 2A 999 041"]
)
def test_a_social_security_number_is_found(words: str) -> None:
    assert leaks.watch.leaks(f'{{"event": "about {words}"}}')


def test_a_password_is_found_wherever_it_stands() -> None:
    assert leaks.watch.leaks("x=Espace-Sante-2026!&y=1")


def test_an_ordinary_line_passes(seen: list[str]) -> None:
    log.info("request", route="/token", status=200, ms=1.25)
    assert not seen


def test_what_looks_like_a_secret_is_struck_out_before_it_is_written(seen: list[str]) -> None:
    log.warning("odd", words=f"got {secrets.issue('rt')} and 279037599902148")
    assert not seen
