"""OpenID Connect Core §8.1, CIBA §4: people have one name for clients whose addresses one document names."""

import json
from dataclasses import replace

import pytest

from clients.options import Options
from clients.records import Client, Kind, Status
from idp.protocol import subjects
from idp.registration import outside
from kit.fetch import Fetch, FetchSettings
from kit.problems import Refusal
from tests.stands import said, standing

ONE, TWO = "https://one.example/cb", "https://two.example/cb"
KEYS, PING = "https://one.example/jwks", "https://one.example/ping"


@pytest.fixture
async def scene(house):
    fetch = Fetch(FetchSettings(loopback=True))
    yield replace(house.idp, fetch=fetch)
    fetch.close()


def client(house, *redirects, **options):
    return Client(
        client_id="new",
        name="New",
        kind=Kind.APP,
        status=Status.REFERENCED,
        created_at=house.clock.now(),
        redirect_uris=redirects,
        options=Options(**options),
    )


@pytest.mark.parametrize(
    ("named", "redirects", "options", "good"),
    [
        ([ONE, TWO], (ONE, TWO), {}, True),
        ([ONE, TWO], (TWO,), {}, True),
        ([ONE], (ONE, TWO), {}, False),
        ({"uris": [ONE]}, (ONE,), {}, False),
        ([KEYS], (), {"jwks_uri": KEYS}, True),
        ([ONE], (), {"jwks_uri": KEYS}, False),
        ([PING], (), {"jwks_uri": KEYS, "backchannel_client_notification_endpoint": PING}, True),
        ([KEYS], (), {"jwks_uri": KEYS, "backchannel_client_notification_endpoint": PING}, False),
        ([ONE], (), {}, False),
    ],
)
async def test_a_sector_is_of_those_whom_its_document_names(house, scene, named, redirects, options, good):
    async with standing(said(json.dumps(named).encode())) as stand:
        asking = client(house, *redirects, sector_identifier_uri=stand.url, **options)
        if good:
            await outside.check(scene, asking)
            assert subjects.sector(asking) == "127.0.0.1"
        else:
            with pytest.raises(Refusal) as refused:
                await outside.check(scene, asking)
            assert refused.value.description.startswith("sector_identifier_uri")
