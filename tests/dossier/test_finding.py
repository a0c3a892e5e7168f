"""The cost of a search: always by an index that begins with the person, whatever the history's length."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, event

from dossier import finding
from dossier.fhir.dates import span
from dossier.search import After, Search, When
from dossier.tables import observations as table
from tests.dossier.world import glucose

MARCH, APRIL = span("2026-03-01"), span("2026-04-01")
BLOOD = frozenset({"glucose_blood"})


@pytest.mark.parametrize(
    ("search", "index"),
    [
        (Search(), "ix_dossier_observations_begins (person_id=?)"),
        (Search(measures=BLOOD), "ix_dossier_observations_measure (person_id=? AND measure=?)"),
        (
            Search(measures=BLOOD, dates=(When("ge", MARCH), When("lt", APRIL))),
            "ix_dossier_observations_measure (person_id=? AND measure=? AND begins_at>? AND begins_at<?)",
        ),
        (
            Search(measures=frozenset({"glucose_blood", "body_weight"})),
            "ix_dossier_observations_measure (person_id=? AND measure=?)",
        ),
        (Search(updated=(When("ge", MARCH),)), "ix_dossier_observations_recorded (person_id=? AND recorded_at>?)"),
        (Search(sort="_lastUpdated"), "ix_dossier_observations_recorded (person_id=?)"),
        (
            Search(after=After(datetime(2026, 3, 1, tzinfo=UTC), "obs-1")),
            "ix_dossier_observations_begins (person_id=? AND (begins_at,id)<(?,?))",
        ),
        (
            Search(identifiers=frozenset({("urn:x", "1")})),
            "(person_id=? AND identifier_value=? AND identifier_system=?)",
        ),
    ],
)
def test_a_search_reads_only_its_own_page(search, index):
    # SQLite chooses without statistics: what it does with an empty table, it does with a full one.
    engine = create_engine("sqlite://")
    said: list[str] = []

    def seen(connection, cursor, statement, parameters, context, executemany) -> None:
        if not statement.startswith("EXPLAIN"):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            said.extend(str(row[3]) for row in rows)

    with engine.connect() as db:
        table.create(db)
        event.listen(db, "before_cursor_execute", seen)
        finding.page(db, "per_x", search)
    engine.dispose()
    assert index in "\n".join(said)
    assert "SCAN dossier_observations" not in "\n".join(said)


async def test_a_search_for_a_rare_measure_beside_a_frequent_one_finds_both_in_their_order(app):
    for hour in range(6):
        await app.add(glucose(100 + hour, effectiveDateTime=f"2026-02-01T{hour:02}:00:00Z"))
    await app.add(glucose(71, "kg", "29463-7", effectiveDateTime="2026-02-01T02:30:00Z"))
    first = (await app.get("/fhir/Observation?code=2345-7,29463-7&_count=4&_sort=date")).json()
    assert [entry["resource"]["valueQuantity"]["value"] for entry in first["entry"]] == [100, 101, 102, 71]
    link = next(one["url"] for one in first["link"] if one["relation"] == "next")
    rest = (await app.get(link)).json()
    assert [entry["resource"]["valueQuantity"]["value"] for entry in rest["entry"]] == [103, 104, 105]
