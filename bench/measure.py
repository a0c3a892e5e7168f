"""A case measured: warmed up, run several times when the machine is quiet, the median kept."""

import statistics
from collections.abc import Callable
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
    """Seconds to wait at most for a quiet machine before a run."""
    foreign_most: float = 15.0
    """Other work on the machine, in percent of a core, above which a run is made again."""


Row = dict[str, Any]
Told = Callable[[str], None]


def case(desk: Desk, one: Case, plan: Plan, told: Told) -> Row:
    """The median of the runs, with every run beside it."""
    if plan.warm_up:
        run(desk, one, plan.warm_up)
    runs: list[Row] = []
    spare = _RETRIES
    while len(runs) < plan.repeat:
        if plan.quiet_wait:
            machine.wait_for_quiet(plan.quiet_wait)
        got = run(desk, one, plan.seconds)
        told(
            f"{one.name}: {got['rate']:,.0f}/s, {got['server_ms']:.3f} ms of CPU, other work {got['foreign_pct']:.0f} %"
        )
        if got["foreign_pct"] > plan.foreign_most and spare:
            spare -= 1
            continue
        runs.append(got)
    middle: Row = {
        name: round(statistics.median(got[name] for got in runs), 4)
        for name, value in runs[0].items()
        if isinstance(value, int | float)
    }
    middle["errors"] = sum(got["errors"] for got in runs)
    middle["least_ms"] = min(got["server_ms"] for got in runs)
    return {"median": middle, "runs": runs}


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
