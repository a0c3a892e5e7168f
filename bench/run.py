"""`make bench`: how fast the provider is on one core, and what a request costs it.

python -m bench.run                                           every case, on SQLite
python -m bench.run --database-url postgresql://USER@HOST:PORT/postgres --only refresh,code
python -m bench.run --profile refresh --database-url postgresql://…
"""

import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bench import cases, flame, machine, measure, report
from bench.cases import Case
from bench.database import made
from bench.desk import Desk
from bench.measure import Plan
from bench.oidc_provider import OidcProvider
from bench.ours import Ours
from bench.report import Findings
from bench.target import Target


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says."""

    database_urls: tuple[str, ...]
    peer: Path | None
    only: str | None
    duration: float
    repeat: int
    quiet_wait: float
    sessions: int
    tokens: int
    starts: int
    server_core: str
    generator_core: str
    log_requests: bool
    profile: str | None
    out: Path

    @property
    def plan(self) -> Plan:
        """How each case is measured."""
        return Plan(seconds=self.duration, repeat=self.repeat, quiet_wait=self.quiet_wait)

    @property
    def cases(self) -> list[Case]:
        """Those asked for, in their order. Raises click.BadParameter."""
        said = self.profile or self.only
        if not said:
            return list(cases.CASES)
        names = [name.strip() for name in said.split(",")]
        if unknown := sorted(set(names) - set(cases.BY_NAME)):
            raise click.BadParameter(f"unknown case: {', '.join(unknown)}. One of {', '.join(cases.BY_NAME)}")
        return [case for case in cases.CASES if case.name in names]


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--database-url",
    "database_urls",
    multiple=True,
    default=["sqlite"],
    envvar="ESPACE_BENCH_DATABASE_URL",
    show_default=True,
    help="sqlite, or the address of a PostgreSQL server where a database can be made and dropped. May be repeated.",
)
@click.option(
    "--peer",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder where npm installed oidc-provider and pg: measured too, over the same PostgreSQL servers.",
)
@click.option("--only", help=f"Cases, with commas between: {', '.join(cases.BY_NAME)}.")
@click.option("--duration", type=click.FloatRange(0.2, 120), default=4.0, show_default=True, help="Seconds of a run.")
@click.option("--repeat", type=click.IntRange(1, 50), default=3, show_default=True, help="Runs; the median is told.")
@click.option(
    "--quiet-wait",
    type=float,
    default=10.0,
    show_default=True,
    help="Seconds to wait for a quiet machine before a run; 0: do not.",
)
@click.option("--sessions", type=click.IntRange(1, 500), default=16, show_default=True, help="People signed in.")
@click.option("--tokens", type=int, default=10_000, show_default=True, help="For the memory test; 0 leaves it out.")
@click.option("--starts", type=click.IntRange(1, 20), default=3, show_default=True, help="Starts of the server, timed.")
@click.option("--server-core", default="0", show_default=True, help="Core of the server; empty: any.")
@click.option("--generator-core", default="1", show_default=True, help="Core of the load generator; empty: any.")
@click.option("--log-requests", is_flag=True, help="Let the server write its line a request, as it is deployed.")
@click.option("--profile", metavar="CASES", help="Look instead where the time of these cases goes (py-spy).")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/bench"),
    show_default=True,
    help="Folder of the results; each run makes its own in it.",
)
def main(**said: Any) -> None:
    """How fast the provider is: one server process on one core, the load generator on another, on this machine alone.

    What is started here is stopped here, and its data are removed. No other machine is asked anything, but the
    PostgreSQL server that is named.
    """
    wishes = Wishes(**said)
    chosen, console = wishes.cases, Console()
    folder = wishes.out.resolve() / time.strftime("%Y%m%d-%H%M%S")
    folder.mkdir(parents=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped then too
    machine.pin(wishes.generator_core)
    every: list[Findings] = []
    for group in targets(wishes, folder):
        with ExitStack() as open_ones:
            desks = []
            for target in group:
                open_ones.enter_context(closing(target))
                console.print(f"[bold]{target.name}[/]: preparing")
                desks.append(Desk(target, target.prepare(wishes.sessions)))
            if wishes.profile:
                profile(desks[0], wishes, chosen, folder, console)
                continue
            for found in measured(desks, wishes, chosen, console):
                report.show(found, console)
                every.append(found)
    if every:
        report.write(every, folder)
    console.print(f"Written in {folder}")


def targets(wishes: Wishes, folder: Path) -> Iterator[list[Target]]:
    """What is measured side by side: ourselves and perhaps the peer, each over a database of its own."""
    for number, url in enumerate(wishes.database_urls):
        work = folder / f"data-{number}"
        work.mkdir()
        group: list[Target] = [
            Ours(made(url, work), work, free_port(), wishes.server_core, log_lines=wishes.log_requests)
        ]
        if wishes.peer and url != "sqlite":
            group.append(OidcProvider(made(url, work), wishes.peer, folder, free_port(), wishes.server_core))
        yield group


def measured(desks: list[Desk], wishes: Wishes, chosen: list[Case], console: Console) -> list[Findings]:
    """The life of each target, then every case, by turns."""
    every = [life(desk, wishes) for desk in desks]
    with console.status("measuring") as status:
        for case in chosen:
            fitting = [place for place, desk in enumerate(desks) if case.fits(desk)]
            try:
                rows = measure.case([desks[place] for place in fitting], case, wishes.plan, status.update)
            except (RuntimeError, LookupError, OSError) as error:
                rows = [{"failed": str(error)[:600]}] * len(fitting)
            for place, row in zip(fitting, rows, strict=True):
                every[place]["cases"][case.name] = row
    for desk, found in zip(desks, every, strict=True):
        found["memory_end"] = machine.memory(desk.target.server.pids)
    return every


def life(desk: Desk, wishes: Wishes) -> Findings:
    """How fast it starts, and what it holds; it is left running."""
    target, starts = desk.target, []
    for _ in range(wishes.starts):
        target.server.stop()
        starts.append(round(target.server.start(), 3))
    time.sleep(1)
    found: Findings = {"name": target.name, "about": target.about(), "when": time.strftime("%F %T"), "start_s": starts}
    if wishes.tokens:
        found["memory"] = measure.memory(desk, wishes.tokens)
    return {**found, "cases": {}}


def profile(desk: Desk, wishes: Wishes, chosen: list[Case], folder: Path, console: Console) -> None:
    """Where the time of each case goes."""
    desk.target.server.start()
    for case in chosen:
        measure.run(desk, case, 2.0)
        flame.record(desk, case, folder, max(wishes.duration, 5.0), console)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
