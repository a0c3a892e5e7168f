"""`espace purge`."""

from pathlib import Path

import click
from rich.progress import Progress, SpinnerColumn, TextColumn

from service.commands.common import answer, as_json, console, table, with_house
from service.house import House


@click.command()
@as_json
@click.pass_obj
def purge(folder: Path | None, as_json: bool) -> None:
    """Remove short-lived rows that are past, and end agreements that are over. The worker does it all the time."""
    from service.worker import purge as sweep

    async def work(house: House) -> dict[str, int]:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed} rows"))
        with Progress(*columns, console=console, transient=True, disable=as_json) as progress:
            tasks: dict[str, object] = {}

            def told(name: str, count: int) -> None:
                task = tasks.setdefault(name, progress.add_task(name.capitalize(), total=None))
                progress.advance(task, count)  # type: ignore[arg-type]

            return await sweep(house, told)

    gone = with_house(folder, work)
    if as_json:
        answer(gone)
    else:
        table("Removed or ended", ("what", "rows"), [*gone.items()])
