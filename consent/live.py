"""What others may read of a grant and its space along with rows of their own, in one round trip: a view by its owner.

Nobody else names the columns behind it: they join `LIVE` by the grant's identifier, and read it with `both`.
"""

from typing import Any

from sqlalchemy import select

from consent import grants_store, spaces_store
from consent.grants import Grant
from consent.spaces import Space
from consent.tables import grants, spaces

_GRANT = {column.name: f"live_{column.name}" for column in grants_store.COLUMNS}
_SPACE = {column.name: f"live_space_{column.name}" for column in spaces.c}

LIVE = (
    select(
        *[column.label(_GRANT[column.name]) for column in grants_store.COLUMNS],
        *[column.label(_SPACE[column.name]) for column in spaces.c],
    )
    .select_from(grants.outerjoin(spaces, spaces.c.person_id == grants.c.person_id))
    .subquery("live")
)
"""One row a grant: `live_id`, its other columns, and those of the space it is about (null when there is none)."""


def both(row: Any) -> tuple[Grant | None, Space | None]:
    """The grant and the space of a row that holds the columns of `LIVE`."""
    if row["live_id"] is None:
        return None, None
    grant = grants_store.record({name: row[label] for name, label in _GRANT.items()})
    if row["live_space_person_id"] is None:
        return grant, None
    return grant, spaces_store.record({name: row[label] for name, label in _SPACE.items()})
