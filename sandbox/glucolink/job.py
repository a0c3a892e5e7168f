"""One file, from its first line to the provider's last answer. Reading it never holds up the other requests."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from sandbox.glucolink.sending import Outcome, Post, send
from sandbox.libreview import observations, reader
from sandbox.libreview.dates import Order
from sandbox.libreview.layout import Layout, NotLibreView, survey
from sandbox.libreview.records import Fault, Reading, Skipped

BATCH = 500
_MOST_REASONS = 50


@dataclass(slots=True)
class Progress:
    """How far one file is, counted in readings."""

    total: int = 0
    added: int = 0
    known: int = 0
    refused: int = 0
    unread: int = 0
    aside: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def take(self, outcome: Outcome) -> None:
        """Add what became of one Bundle."""
        self.added += outcome.added
        self.known += outcome.known
        self.refused += outcome.refused.total()
        self.reasons.update(outcome.refused)

    def told(self) -> dict[str, int]:
        """The most frequent reasons, and how often."""
        return dict(self.reasons.most_common(_MOST_REASONS))


Told = Callable[[Progress], Awaitable[None]]


async def run(file: Path, order: Order | None, post: Post, told: Told) -> Progress:
    """Read the file once to know how much there is, then send it. `told` hears of each step.

    Raises NotLibreView, Refused, Unreachable. Beginning again from the start is safe: every reading has its identifier.
    """
    progress = Progress()
    with file.open("rb") as source:
        layout = await asyncio.to_thread(_looked_through, source, order, progress)
        await told(progress)
        async with aclosing(_bundles(source, layout)) as bundles:
            async for bundle in bundles:
                progress.take(await send(post, bundle))
                await told(progress)
    return progress


def _looked_through(source: BinaryIO, order: Order | None, progress: Progress) -> Layout:
    layout = _shape(source, order)
    first: dict[str, int] = {}
    faults: Counter[str] = Counter()
    for item in reader.items(source, layout):
        match item:
            case Reading():
                progress.total += 1
            case Skipped():
                progress.aside += 1
            case Fault():
                reason = item.reason.partition(" : ")[0]
                faults[reason] += 1
                first.setdefault(reason, item.line)
    progress.unread = faults.total()
    for reason, count in faults.items():
        progress.reasons[f"{reason} (ligne {first[reason]}{' et d’autres' if count > 1 else ''})"] = count
    return layout


def _shape(source: BinaryIO, order: Order | None) -> Layout:
    """The layout. An order that the file itself contradicts is refused: it would make dates that nobody wrote."""
    if order is None:
        return survey(source)
    try:
        found = survey(source)
    except NotLibreView:
        return survey(source, order)
    if found.order != order:
        raise NotLibreView("Les dates de ce fichier montrent un autre ordre que celui que vous indiquez.")
    return found


async def _bundles(source: BinaryIO, layout: Layout) -> AsyncGenerator[dict[str, Any], None]:
    """Bundles, each made in a thread: parsing half a thousand lines would be felt by everybody else."""
    readings = (item for item in reader.items(source, layout) if isinstance(item, Reading))
    made = cast(Generator[dict[str, Any], None, None], observations.bundles(readings, size=BATCH))
    try:
        while (bundle := await asyncio.to_thread(_next, made)) is not None:
            yield bundle
    finally:
        # The readers let go of the file before it is closed; one that a stopped thread still turns does so by itself.
        with suppress(ValueError):
            made.close()
            readings.close()


def _next(made: Iterator[dict[str, Any]]) -> dict[str, Any] | None:
    return next(made, None)
