"""`espace links`: whom other issuers may speak of (RFC 7523 §2.1)."""

from pathlib import Path

import click

from idp.trust import links as store
from service.commands.common import answer, as_json, with_house
from service.commands.people import find_person, named
from service.failure import Failure
from service.house import House


@click.group()
def links() -> None:
    """Link a person to the name that a trusted issuer (`idp.trust.issuers`) knows them by, or undo it."""


@links.command()
@click.argument("who")
@click.argument("issuer")
@click.argument("subject")
@as_json
@click.pass_obj
def add(folder: Path | None, who: str, issuer: str, subject: str, as_json: bool) -> None:
    """From now on ISSUER speaks of this person as SUBJECT; it opens nothing that they did not agree to."""

    async def work(house: House) -> str:
        known = {one.partition("=")[0] for one in house.settings.idp.trust.issuers}
        if issuer not in known:
            raise Failure(f"{issuer} is not among the trusted issuers (idp.trust.issuers).")
        wanted, now = named(folder, who), house.ground.clock.now()
        person = await house.ground.database.read(lambda db: find_person(db, wanted))
        await house.ground.database.work(lambda db: store.link(db, issuer, subject, person.id, now))
        return person.id

    person_id = with_house(folder, work)
    said = {"person_id": person_id, "issuer": issuer, "linked": True}
    answer(said) if as_json else click.echo(f"{person_id}: linked at {issuer}.")


@links.command()
@click.argument("issuer")
@click.argument("subject")
@as_json
@click.pass_obj
def remove(folder: Path | None, issuer: str, subject: str, as_json: bool) -> None:
    """ISSUER speaks of nobody as SUBJECT any more."""

    async def work(house: House) -> bool:
        now = house.ground.clock.now()
        return await house.ground.database.work(lambda db: store.unlink(db, issuer, subject, now))

    if not with_house(folder, work):
        raise Failure(f"Nobody is linked to that subject at {issuer}.")
    answer({"issuer": issuer, "linked": False}) if as_json else click.echo(f"Unlinked at {issuer}.")
