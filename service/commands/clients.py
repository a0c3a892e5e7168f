"""`espace clients`: the catalogue of apps."""

from dataclasses import fields, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.progress import Progress
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from clients import invitations, profiles, store
from clients.invitations import Invitation
from clients.metadata import BadMetadata
from clients.profiles import PROFILES
from clients.records import AuthMethod, Client, Status
from consent import decisions, scopes
from idp.server.client_auth import SECRETS
from kit.ids import new
from kit.periods import Period
from kit.secrets import digest, issue
from service.commands import registration
from service.commands.common import answer, as_json, console, facts, table, with_house
from service.failure import Failure
from service.house import House

_SECRET = {AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST}


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
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--id", "client_id", help="client_id.")
@click.option("--name", help="What people read.")
@click.option("--profile", type=click.Choice([*PROFILES]), help="How strict we are with it (standard).")
@click.option("--auth-method", type=click.Choice([str(method) for method in AuthMethod]), help="How it proves itself.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="An address to be answered at; may be repeated.")
@click.option("--grant-type", "grant_types", multiple=True, help="May be repeated.")
@click.option("--scope", help="Every scope that it may ask, with spaces.")
@click.option("--consents", help='What the catalogue allows it, with spaces: "measures:read measures:write".')
@click.option("--jwks-uri", help="Where its public keys are.")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="Any other member of a registration.")
@as_json
@click.pass_obj
def add(
    folder: Path | None, /, file: Any, options: tuple[str, ...], jwks_uri: str | None, as_json: bool, **said: Any
) -> None:
    """Register the app that FILE describes in JSON ("-" for standard input), or that the options do.

    At least client_id, name, redirect_uris, and jwks or --jwks-uri for private_key_jwt. A secret, when the app has one,
    is made here and shown once. A new app is a candidate: `espace clients status ID referenced` lets it exchange data.
    """
    pairs = (*options, *([f"jwks_uri={jwks_uri}"] if jwks_uri else []))
    wanted = registration.read(file.read() if file else b"", said, pairs)
    method, algorithm = registration.usual(wanted)
    own = registration.options(wanted)

    async def work(house: House) -> tuple[Client, str | None]:
        now = house.ground.clock.now()
        secret = issue("cs") if method in _SECRET | {AuthMethod.SECRET_JWT} else None
        seal = house.ground.vault.seal(SECRETS)
        values = msgspec.structs.asdict(wanted) | {
            "auth_method": method,
            "id_token_signed_response_alg": algorithm,
            "options": own,
            "scope": frozenset(wanted.scope.split()),
            "consents": frozenset(wanted.consents.split()),
            "secret_digest": digest(secret) if secret and method in _SECRET else None,
            "secret_sealed": seal.close(secret.encode(), wanted.client_id)
            if secret and method is AuthMethod.SECRET_JWT
            else None,
        }
        client = Client(created_at=now, **values)
        try:
            await house.ground.database.work(lambda db: store.add(db, client, now))
        except BadMetadata as error:
            raise Failure(f"The registration does not hold together: {error}") from error
        except IntegrityError as error:
            raise Failure(
                f"{client.client_id} is registered already. See: espace clients show {client.client_id}"
            ) from error
        if not profiles.enabled(client, house.settings.idp.profiles):
            click.echo(f"The profile {client.profile} is not served here: name it in idp.profiles.", err=True)
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
@as_json
@click.pass_obj
def token(folder: Path | None, client_id: str, as_json: bool) -> None:
    """Make a new registration token of an app, in place of the one before: who holds it changes its registration."""

    async def work(house: House) -> dict[str, str]:
        now, made = house.ground.clock.now(), issue("reg")

        def unit(db: Connection) -> None:
            store.set_registration(db, _found(db, client_id).client_id, digest(made), now)

        await house.ground.database.work(unit)
        return {
            "registration_client_uri": f"{house.ground.issuer}/register/{client_id}",
            "registration_access_token": made,
        }

    made = with_house(folder, work)
    if as_json:
        answer(made)
    else:
        click.echo(
            f"{made['registration_client_uri']}\nIts token, shown this once: {made['registration_access_token']}"
        )


@clients.command()
@click.argument("label")
@click.option("--uses", type=click.IntRange(1, 10_000), default=1, show_default=True, help="Clients that it may make.")
@click.option("--lifetime", default="P7D", show_default=True, help="How long it is good (ISO 8601).")
@click.option("--profile", type=click.Choice([*PROFILES]), help="The profile of its clients, when they ask for none.")
@click.option("--scope", default="", help="The most that its clients may ask for, with spaces.")
@as_json
@click.pass_obj
def invite(
    folder: Path | None, label: str, uses: int, lifetime: str, profile: str | None, scope: str, as_json: bool
) -> None:
    """Make the token with which LABEL (a publisher, a person) may register clients at /register.

    It is shown this once. `espace clients uninvite ID` takes it back.
    """
    try:
        period, ceiling = Period.parse(lifetime), scopes.read(scope)
    except ValueError as error:
        raise Failure(f"--lifetime {lifetime}: an ISO 8601 duration is needed, such as P7D or PT2H.") from error

    async def work(house: House) -> tuple[Invitation, str]:
        now = house.ground.clock.now()
        one = Invitation(new("inv", now), label, profile or "", ceiling, uses, now, period.after(now))
        return one, await house.ground.database.work(lambda db: invitations.make(db, one))

    one, made = with_house(folder, work)
    if as_json:
        answer({"id": one.id, "initial_access_token": made, "uses": uses, "expires_at": one.expires_at})
    else:
        click.echo(f"Invitation {one.id} for {label}: {uses} use(s) until {one.expires_at:%Y-%m-%d %H:%M} UTC.")
        click.echo(f"Its token, shown this once: {made}")


@clients.command()
@click.argument("invitation_id")
@click.pass_obj
def uninvite(folder: Path | None, invitation_id: str) -> None:
    """Take an invitation back: it registers nobody more. The clients that it made stay."""

    async def work(house: House) -> bool:
        return await house.ground.database.work(lambda db: invitations.revoke(db, invitation_id))

    if not with_house(folder, work):
        raise Failure(f"There is no invitation {invitation_id}.")
    click.echo(f"{invitation_id} is taken back.")


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
