"""One file, from its first line to the provider's last answer. Reading it never holds up the other requests."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sandbox.glucolink.sending import Outcome, Post, send
from sandbox.libreview import observations, reader
from sandbox.libreview.dates import Order
from sandbox.libreview.layout import Layout, survey
from sandbox.libreview.records import Reading, Tally

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
        layout, tally = await asyncio.to_thread(_looked_through, source, order)
        progress.total, progress.unread, progress.aside = tally.total, tally.bad, sum(tally.skipped.values())
        for fault in tally.faults:
            progress.reasons[f"ligne non lue : {fault.reason}"] += 1
        await told(progress)
        async for bundle in _bundles(source, layout):
            progress.take(await send(post, bundle))
            await told(progress)
    return progress


def _looked_through(source: BinaryIO, order: Order | None) -> tuple[Layout, Tally]:
    layout, tally = survey(source, order), Tally()
    for item in reader.items(source, layout):
        tally.add(item)
    return layout, tally


async def _bundles(source: BinaryIO, layout: Layout) -> AsyncIterator[dict[str, Any]]:
    """Bundles, each made in a thread: parsing half a thousand lines would be felt by everybody else."""
    readings = (item for item in reader.items(source, layout) if isinstance(item, Reading))
    made = observations.bundles(readings, size=BATCH)
    while (bundle := await asyncio.to_thread(_next, made)) is not None:
        yield bundle


def _next(made: Iterator[dict[str, Any]]) -> dict[str, Any] | None:
    return next(made, None)
