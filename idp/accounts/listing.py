"""People one after the other, for those who run the house."""

from dataclasses import fields

from sqlalchemy import Connection, select

from idp.accounts.records import Person, Sex
from idp.accounts.tables import people

_COLUMNS = [people.c[field.name] for field in fields(Person)]


def page(db: Connection, after: str = "", limit: int = 50) -> list[Person]:
    """People in the order of their identifiers, which is that of their coming; those after `after`."""
    query = select(*_COLUMNS).where(people.c.id > after).order_by(people.c.id).limit(limit)
    return [Person(**{**row, "sex": Sex(row["sex"])}) for row in db.execute(query).mappings()]
