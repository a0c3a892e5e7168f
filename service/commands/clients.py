"""`espace clients`: the catalogue of apps."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.progress import Progress
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from clients import store
from clients.metadata import BadMetadata
from clients.records import AuthMethod, Client, Kind, Status
from consent import decisions
from kit.secrets import digest, issue
from service.commands.common import answer, as_json, console, facts, table, with_house
from service.failure import Failure
from service.house import House

_SECRET = {AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST}


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """What `clients add` reads. `scope` and `consents` are written with spaces."""

    client_id: str
    name: str
    kind: Kind = Kind.APP
    status: Status = Status.CANDIDATE
    auth_method: AuthMethod = AuthMethod.PRIVATE_KEY_JWT
    jwks: dict[str, Any] | None = None
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: frozenset[str] = frozenset({"authorization_code", "refresh_token"})
    scope: str = "openid"
    consents: str = ""
    publisher: str = ""
    site_uri: str = ""
    logo: str = ""
    description: str = ""
    purpose: str = ""
    policy_uri: str = ""
    sector: str = ""
    id_token_signed_response_alg: str = "ES256"  # noqa: S105
    access_token_lifetime: timedelta | None = None


@click.group()
def clients() -> None:
    """Apps: who may ask for what, and whether they may exchange data at present."""


@clients.command("list")
@click.option("--after", default="", help="Begin after this client_id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@as_json
@click.pass_obj
def list_clients(folder: Path | None, after: str, limit: int, as_json: bool) -> None:
    """Apps by identifier, a page at a time."""

    async def work(house: House) -> list[Client]:
        return await house.ground.database.read(lambda db: store.all_clients(db, after=after, limit=limit))

    found = with_house(folder, work)
    if as_json:
        answer([_shown(one) for one in found])
    else:
        names = ("client_id", "name", "kind", "status", "auth_method", "consents")
        table("Apps", names, [[getattr(one, name) for name in names] for one in found])


@clients.command()
@click.argument("client_id")
@as_json
@click.pass_obj
def show(folder: Path | None, client_id: str, as_json: bool) -> None:
    """Everything about one app; its secret is not kept, so it cannot be shown."""

    async def work(house: House) -> Client:
        return await house.ground.database.read(lambda db: _found(db, client_id))

    one = with_house(folder, work)
    if as_json:
        answer(_shown(one))
    else:
        facts([*_shown(one).items()])


@clients.command()
@click.argument("file", type=click.File("rb"))
@as_json
@click.pass_obj
def add(folder: Path | None, file: Any, as_json: bool) -> None:
    """Register the app that FILE describes in JSON ("-" for standard input).

    At least client_id, name, redirect_uris, and jwks for private_key_jwt. A secret, when the app has one, is made here
    and shown once. A new app is a candidate: `espace clients status ID referenced` lets it exchange data.
    """
    try:
        said = msgspec.json.decode(file.read(), type=Registration)
    except msgspec.MsgspecError as error:
        raise Failure(f"The registration cannot be read: {error}") from error

    async def work(house: House) -> tuple[Client, str | None]:
        now = house.ground.clock.now()
        secret = issue("cs") if said.auth_method in _SECRET else None
        values = msgspec.structs.asdict(said) | {
            "scope": frozenset(said.scope.split()),
            "consents": frozenset(said.consents.split()),
            "secret_digest": digest(secret) if secret else None,
        }
        client = Client(created_at=now, **values)
        try:
            await house.ground.database.work(lambda db: store.add(db, client, now))
        except BadMetadata as error:
            raise Failure(f"The registration does not hold together: {error}") from error
        except IntegrityError as error:
            raise Failure(f"{client.client_id} is registered already.") from error
        return client, secret

    client, secret = with_house(folder, work)
    if as_json:
        answer({**_shown(client), **({"client_secret": secret} if secret else {})})
        return
    click.echo(f"{client.client_id} is registered ({client.status}).")
    if secret:
        click.echo(f"Its secret, shown this once: {secret}")


@clients.command()
@click.argument("client_id")
@click.argument("status", type=click.Choice([str(status) for status in Status]))
@as_json
@click.pass_obj
def status(folder: Path | None, client_id: str, status: str, as_json: bool) -> None:
    """Move an app in the catalogue. Only a referenced app exchanges data; servers know within five seconds.

    Delisting also ends every agreement with the app, and tells each person.
    """

    async def work(house: House) -> int:
        now = house.ground.clock.now()

        def unit(db: Connection) -> Client:
            known = _found(db, client_id)
            store.set_status(db, client_id, Status(status), now)
            return replace(known, status=Status(status))

        await house.ground.database.work(unit)
        return await _end_agreements(house, client_id) if status == Status.DELISTED else 0

    ended = with_house(folder, work)
    if as_json:
        answer({"client_id": client_id, "status": status, "agreements_ended": ended})
    else:
        click.echo(f"{client_id} is {status}." + (f" Agreements ended: {ended}." if ended else ""))


async def _end_agreements(house: House, client_id: str) -> int:
    ended = 0
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Ending agreements", total=None)
        while True:
            now = house.ground.clock.now()
            some = await house.ground.database.work(partial(_end_some, house=house, client_id=client_id, now=now))
            if not some:
                return ended
            ended += some
            progress.update(task, completed=ended)


def _end_some(db: Connection, house: House, client_id: str, now: datetime) -> int:
    return decisions.end_of_client(db, house.consent, client_id, now)


def _found(db: Connection, client_id: str) -> Client:
    client = store.find(db, client_id)
    if client is None:
        raise Failure(f"No app is called {client_id}. See: espace clients list")
    return client


def _shown(client: Client) -> dict[str, Any]:
    hidden = {"secret_digest", "secret_sealed", "registration_digest"}
    values = {one.name: getattr(client, one.name) for one in fields(Client) if one.name not in hidden}
    values["options"] = client.options.to_json()
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}
