"""`espace signals`: the streams of security events that apps asked for."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from idp.signals import emit, queue, streams
from idp.signals.streams import Status, Stream
from service.commands.common import answer, as_json, table, with_house
from service.failure import Failure
from service.house import House


@click.group()
def signals() -> None:
    """Streams of security events (Shared Signals): one an app."""


@signals.command("list")
@as_json
@click.pass_obj
def list_streams(folder: Path | None, as_json: bool) -> None:
    """Every stream: whose, how it is delivered, whether it is open, how many events wait."""

    async def work(house: House) -> list[dict[str, Any]]:
        def unit(db: Connection) -> list[dict[str, Any]]:
            now = house.ground.clock.now()
            return [_card(one, queue.count(db, one.id, now)) for one in streams.all_streams(db)]

        return await house.ground.database.read(unit)

    found = with_house(folder, work)
    if as_json:
        answer(found)
    else:
        names = ("stream_id", "client_id", "delivery", "status", "reason", "waiting", "failures")
        table("Streams", names, [[one[name] for name in names] for one in found])


@signals.command("set")
@click.argument("stream_id")
@click.argument("status", type=click.Choice([str(one) for one in Status]))
@click.option("--reason", required=True, help="Told to the receiver, in English.")
@as_json
@click.pass_obj
def set_status(folder: Path | None, stream_id: str, status: str, reason: str, as_json: bool) -> None:
    """Open, pause or close a stream. The receiver is told why."""

    async def work(house: House) -> Stream | None:
        now = house.ground.clock.now()

        def unit(db: Connection) -> Stream | None:
            stream = streams.find(db, stream_id)
            if stream is not None:
                emit.stop(db, house.idp, stream, Status(status), reason, now)
            return streams.find(db, stream_id)

        return await house.ground.database.work(unit)

    changed = with_house(folder, work)
    if changed is None:
        raise Failure(f"No stream is called {stream_id}. See: espace signals list")
    answer(_card(changed)) if as_json else click.echo(f"The stream of {changed.client_id} is {changed.status}.")


def _card(stream: Stream, waiting: int | None = None) -> dict[str, Any]:
    said = {
        "stream_id": stream.id,
        "client_id": stream.client_id,
        "delivery": "push" if stream.endpoint_url else "poll",
        "endpoint_url": stream.endpoint_url,
        "events": list(stream.delivered),
        "status": str(stream.status),
        "reason": stream.reason,
        "failures": stream.failures,
    }
    return said if waiting is None else said | {"waiting": waiting}
