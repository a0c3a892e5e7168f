"""Memory of one server while it issues a hundred thousand tokens, each of them used once.

python -m bench.growth                                        on SQLite
python -m bench.growth --database-url postgresql://USER@HOST:PORT/postgres
"""

import json
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bench import cases, load, machine
from bench.database import made
from bench.desk import Desk
from bench.load import Asked, Judge, Next
from bench.ours import Ours
from bench.run import free_port
from bench.target import Target

_LONG = 3600.0


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--database-url", default="sqlite", show_default=True, help="sqlite, or a PostgreSQL server's address.")
@click.option("--tokens", type=click.IntRange(1_000), default=100_000, show_default=True, help="Access tokens in all.")
@click.option("--rounds", type=click.IntRange(2, 100), default=10, show_default=True, help="Looks at the memory.")
@click.option("--server-core", default="", help="Core of the server; empty: any.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("var/bench"), help="Folder of the results."
)
def main(database_url: str, tokens: int, rounds: int, server_core: str, out: Path) -> None:
    """Does a server grow with what it issues? Tells its resident memory after each round."""
    folder = out.resolve() / time.strftime("growth-%Y%m%d-%H%M%S")
    work = folder / "data"
    work.mkdir(parents=True)
    console = Console()
    with closing(Ours(made(database_url, work), work, free_port(), server_core, log_lines=False)) as target:
        desk = Desk(target, target.prepare(16))
        took = target.server.start()
        time.sleep(2)
        console.print(f"{target.name}: ready in {took:.2f} s, {_megabytes(target):.1f} MB idle")
        found = [{"tokens": 0, "mb": _megabytes(target)}]
        for issued in issue(desk, tokens, rounds):
            found.append({"tokens": issued, "mb": _megabytes(target)})
            console.print(f"{issued:>9,} tokens  {found[-1]['mb']:.1f} MB")
        (folder / "growth.json").write_text(json.dumps({"about": target.about(), "rounds": found}, indent=2) + "\n")
    console.print(f"Written in {folder}")


def issue(desk: Desk, tokens: int, rounds: int) -> Iterator[int]:
    """Issue that many access tokens in some rounds; gives how many so far after each.

    Of each round half are for the client itself, three tenths come of a refresh and two tenths of a code; those about
    people are then shown to userinfo, once each.
    """
    each, issued = tokens // rounds, 0
    for _ in range(rounds):
        shown: deque[str] = deque()
        issued += _run(desk, cases.client_credentials(desk, _LONG), each // 2, deque())
        issued += _run(desk, cases.refresh(desk, _LONG), each * 3 // 10, shown)
        desk.codes.clear()
        _run(desk, (desk.authorize, desk.coded), each // 5, deque())
        issued += _run(desk, (desk.exchange, _tokened), each // 5, shown)
        _show(desk, shown)
        yield issued


def _run(desk: Desk, work: tuple[Next, Judge], count: int, kept: deque[str]) -> int:
    """So many requests of a case; the access tokens of the answers are kept."""
    following, judge = work
    left = count

    def some() -> Asked | None:
        nonlocal left
        left -= 1
        return following() if left >= 0 else None

    def look(status: int, head: bytes, body: bytes, note: Any) -> bool:
        if b'"access_token":"' in body:
            kept.append(body.partition(b'"access_token":"')[2].partition(b'"')[0].decode())
        return judge(status, head, body, note)

    found = load.run(desk.address, some, look, concurrency=desk.concurrency, seconds=_LONG)
    if found.errors:
        raise click.ClickException(f"{found.errors} wrong answers: {found.first_error}")
    return found.count


def _show(desk: Desk, tokens: deque[str]) -> None:
    """Each to userinfo, once."""
    path, left = desk.target.endpoints.userinfo, len(tokens)

    def following() -> Asked | None:
        return (desk.get(path, f"Authorization: Bearer {tokens.popleft()}\r\n"), None) if tokens else None

    _run(desk, (following, lambda status, head, body, note: status == 200), left, deque())


def _tokened(status: int, head: bytes, body: bytes, note: Any) -> bool:
    return status == 200 and b'"access_token"' in body


def _megabytes(target: Target) -> float:
    return machine.memory(target.server.pids)["rss_mb"]


if __name__ == "__main__":
    main()
