"""No log line of the suite may hold a secret: each is looked at as it is written, and the test that wrote it fails."""

import logging
import re
import sys
from collections.abc import Callable
from typing import Any

from kit import secrets, telemetry

_WORD = re.compile(r"[A-Za-z0-9_\-]{4,}")
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
_NIR = re.compile(r"\b[1-478] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}(?: ?\d{2})?\b")
_TIMESTAMP = re.compile(r'"timestamp": ?"[^"]*"')
_SHORT = 12

CLEAR_WORDS: set[str] = {"Espace-Sante-2026!"}
"""Passwords of the fixtures: found anywhere in a line, they are a leak."""


class Watch(logging.Handler):
    """Formats each line as the product would write it, and keeps those that hold what they must not."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []
        self._long: set[str] = set()
        self._short: set[str] = set()

    def know(self, value: str) -> str:
        """Remember a secret that was just made. Short ones (codes) are looked for during the present test only."""
        (self._short if len(value) <= _SHORT else self._long).add(value)
        return value

    def next_test(self) -> None:
        """Forget the short codes of the test before."""
        self._short.clear()
        self.found.clear()

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        why = self.leaks(line)
        if why:
            self.found.append(f"{why}: {line[:500]}")

    def leaks(self, line: str) -> str:
        """What the line gives away, or nothing."""
        text = _TIMESTAMP.sub("", line)
        if _TOKEN.search(text):
            return "a signed token"
        if _NIR.search(text):
            return "a social security number"
        if any(word in text for word in CLEAR_WORDS):
            return "a password"
        words = _WORD.findall(text)
        if any(word in self._long or word in self._short for word in words):
            return "a secret made during the tests"
        return ""


watch = Watch()


def install() -> None:
    """Write logs as the product does, to the watch alone; learn of every secret that `kit.secrets` makes."""
    telemetry.configure("DEBUG")
    (product,) = logging.getLogger().handlers
    watch.setFormatter(product.formatter)
    logging.getLogger().handlers = [watch]
    for name in ("issue", "digits", "draw"):
        _overhear(getattr(secrets, name))


def stay() -> None:
    """Be there still after a test that configured the logs itself."""
    root = logging.getLogger()
    if watch not in root.handlers:
        root.addHandler(watch)


def _overhear(made: Callable[..., str]) -> None:
    def overheard(*args: Any, **kwargs: Any) -> str:
        return watch.know(made(*args, **kwargs))

    for module in list(sys.modules.values()):
        if getattr(module, made.__name__, None) is made:
            setattr(module, made.__name__, overheard)
