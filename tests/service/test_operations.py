"""What those who run the house ask it."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from keys import store
from keys.device import Device, DeviceKey
from keys.settings import Pkcs11Settings
from keys.tables import signing
from service import migration
from tests.browser import Browser
from tests.house import Home


async def test_the_process_is_up_whatever_else_is_wrong(house: Home) -> None:
    await house.database.work(lambda db: db.execute(text("DROP TABLE kit_outbox")))
    assert (await house.client.get("/healthz")).json() == {"status": "up"}


async def test_an_older_schema_is_not_ready(house: Home) -> None:
    await house.database.work(lambda db: db.execute(text("UPDATE alembic_version SET version_num = '0000'")))
    reply = await house.client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json()["because"] == [f"the database has schema 0000, {migration.head()} is needed: espace migrate"]


async def test_without_a_key_that_signs_it_is_not_ready(house: Home) -> None:
    await house.database.work(lambda db: db.execute(signing.delete()))
    await house.house.ring.refresh()
    reply = await house.client.get("/readyz")
    assert (reply.status_code, reply.json()["because"]) == (503, ["no key signs: espace keys rotate"])


async def test_a_database_that_is_away_is_said_without_details(house: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(unit: Any) -> None:
        raise ConnectionRefusedError("10.0.0.5:5432 refused")

    monkeypatch.setattr(house.database, "read", away)
    reply = await house.client.get("/readyz")
    assert (reply.status_code, reply.json()["because"]) == (503, ["the database does not answer"])


async def test_figures_are_for_the_networks_of_the_settings(house: Home) -> None:
    await house.client.get("/healthz")
    figures = await house.client.get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'http_requests_total{method="GET",route="/healthz",status="200"}' in figures.text
    assert "deliveries_waiting" in figures.text
    stranger: Browser = house.browser("203.0.113.9")
    assert (await stranger.get("/metrics")).status == 404


async def test_figures_name_no_person_and_no_secret(house: Home) -> None:
    await house.sign_in("gabrielle")
    lines = (await house.client.get("/metrics")).text.splitlines()
    names = "\n".join(line.rpartition(" ")[0] for line in lines)  # a figure may hold any digits by chance
    for word in ("gabrielle", "Capanelli", "27903", "per_", "sid_"):
        assert word not in names


async def test_two_processes_never_sign_with_different_answers(house: Home) -> None:
    """Keys are read again within seconds: what one process rotates, another publishes."""
    seal = house.ground.vault.seal(store.PURPOSE)
    known = await house.database.read(lambda db: {key.kid for key in store.all_keys(db, seal)})
    reply: httpx2.Response = await house.client.get("/jwks")
    assert {key["kid"] for key in reply.json()["keys"]} == known


async def test_not_ready_while_the_device_of_the_keys_is_away(house: Home) -> None:
    await house.house.ring.refresh()
    away = Device(Pkcs11Settings(module="/nowhere.so", token="espace"))
    keys = house.house.ring.all()
    house.house.ring.take([])
    house.house.ring.take([replace(key, private=DeviceKey(away, key.kid)) for key in keys if key.algorithm == "ES256"])
    said = await house.house.operations.faults()
    assert len(said) == 1
    assert said[0].startswith("the device that keeps our keys does not answer")
