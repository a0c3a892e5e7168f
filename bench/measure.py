"""A case measured: warmed up, run several times when the machine is quiet, the median kept."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench import load, machine
from bench.cases import Case, client_credentials
from bench.desk import Desk

_RETRIES = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how often, how patient."""

    seconds: float = 4.0
    repeat: int = 3
    warm_up: float = 1.5
    quiet_wait: float = 10.0
    """Seconds to wait at most for a quiet machine before a run; 0 takes the machine as it is."""
    foreign_most: float = 15.0
    """Other work on the machine, in percent of a core, above which a run is made again."""


Row = dict[str, Any]
Told = Callable[[str], None]


def case(desks: Sequence[Desk], one: Case, plan: Plan, told: Told) -> list[Row]:
    """For each desk the median of its runs, with every run beside it. Several desks take turns, in one order then the
    other, so that whatever the machine does besides falls on all of them alike."""
    if plan.warm_up:
        for desk in desks:
            run(desk, one, plan.warm_up)
    runs: list[list[Row]] = [[] for _ in desks]
    for turn in range(plan.repeat):
        for place in sorted(range(len(desks)), reverse=turn % 2 == 1):
            got = _quietly(desks[place], one, plan)
            told(f"{one.name}: {got['rate']:,.0f}/s, {got['server_ms']:.3f} ms of CPU, {desks[place].target.name}")
            runs[place].append(got)
    return [{"median": middle(mine), "runs": mine} for mine in runs]


def _quietly(desk: Desk, one: Case, plan: Plan) -> Row:
    """A run that other work did not disturb, or the last of several tries."""
    got: Row = {}
    for _ in range(1 + _RETRIES):
        if plan.quiet_wait:
            machine.wait_for_quiet(plan.quiet_wait)
        got = run(desk, one, plan.seconds)
        if got["foreign_pct"] <= plan.foreign_most or not plan.quiet_wait:
            break
    return got


def middle(runs: Sequence[Row]) -> Row:
    """The median of each figure; errors are added, and the least disturbed run's CPU is told too."""
    names = [name for name, value in runs[0].items() if isinstance(value, int | float)]
    found: Row = {name: round(statistics.median(got[name] for got in runs), 4) for name in names}
    found["errors"] = sum(got["errors"] for got in runs)
    found["least_ms"] = min(got["server_ms"] for got in runs)
    return found


def run(desk: Desk, one: Case, seconds: float) -> Row:
    """One run. What a request costs is CPU of the server's process, and apart that of the database's."""
    following, judge = one.work(desk, seconds)
    target = desk.target
    server, database, busy = machine.cpu(target.server.pids), machine.cpu(target.databases()), machine.busy()
    found = load.run(desk.address, following, judge, concurrency=one.concurrency, seconds=seconds)
    foreign = machine.busy() - busy
    served = machine.spent(server, machine.cpu(target.server.pids))
    stored = machine.spent(database, machine.cpu(target.databases()))
    foreign -= served + stored + found.generator
    count = max(found.count, 1)
    return {
        "rate": round(found.rate * one.each, 1),
        "count": found.count,
        "errors": found.errors,
        "p50_ms": round(found.percentile(50), 2),
        "p99_ms": round(found.percentile(99), 2),
        "server_ms": round(1000 * served / count, 4),
        "database_ms": round(1000 * stored / count, 4),
        "server_pct": round(100 * served / found.seconds, 1),
        "generator_pct": round(100 * found.generator / found.seconds, 1),
        "foreign_pct": round(100 * max(foreign, 0.0) / found.seconds, 1),
        "seconds": round(found.seconds, 2),
        "first_error": found.first_error,
    }


def memory(desk: Desk, tokens: int) -> Row:
    """Megabytes before and after so many tokens for the client itself."""
    idle = machine.memory(desk.target.server.pids)
    following, judge = client_credentials(desk, 0)
    left = [tokens]

    def some() -> load.Asked | None:
        left[0] -= 1
        return following() if left[0] >= 0 else None

    found = load.run(desk.address, some, judge, concurrency=desk.concurrency, seconds=600)
    after = machine.memory(desk.target.server.pids)
    return {"idle": idle, "after": after, "tokens": found.count, "errors": found.errors}
