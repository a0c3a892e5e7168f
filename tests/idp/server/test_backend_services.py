"""A machine of its own: what it may say of itself, and that it opens nobody's record (SMART Backend Services)."""

from dataclasses import replace
from typing import Any

import pytest

from clients import metadata
from clients.metadata import BadMetadata
from clients.records import AuthMethod, Client, Kind
from idp.protocol.exchanges import GRANT_TYPE as EXCHANGE
from tests.house import Home
from tests.party import claims_of, code_of
from tests.proofs import enrol, registered

OWN = frozenset({"client_credentials"})


def machine(home: Home, **changes: Any) -> Client:
    usual: dict[str, Any] = {
        "kind": Kind.MACHINE,
        "redirect_uris": (),
        "grant_types": OWN,
        "scope": frozenset({"system/Observation.rs", "patient/Observation.rs", "openid", "pairing"}),
    }
    return registered(home, "automate", **(usual | changes))


async def test_it_has_its_own_scopes_and_none_about_a_person(house: Home) -> None:
    app = await enrol(house, machine(house))
    given = await app.token(grant_type="client_credentials")
    said = claims_of(given["access_token"])
    assert (given["scope"], said["sub"], "patient" in said) == ("system/Observation.rs", "automate", False)
    assert not {"refresh_token", "id_token", "patient", "grant_id"} & given.body.keys()
    for scope in ("patient/Observation.rs", "openid", "system/Patient.rs", "pairing"):
        assert (await app.token(grant_type="client_credentials", scope=scope)).refused_with("invalid_scope")


async def test_nobodys_record_opens_without_an_agreement(house: Home) -> None:
    """Whatever the scope says: the agreement is the person's to give, and there is none."""
    app = await enrol(house, machine(house, scope=frozenset({"system/*.cruds"}), consents=frozenset({"measures:read"})))
    token = (await app.token(grant_type="client_credentials"))["access_token"]
    refused = await app.measures(token)
    assert (refused.status, code_of(refused)) == (403, "grant_required")
    headers = {"authorization": f"Bearer {token}"}
    assert (await house.client.post("/pairings", json={}, headers=headers)).status_code == 403
    assert (await app.userinfo(token)).status in {401, 403}


async def test_details_about_a_persons_data_are_not_its_to_ask(house: Home) -> None:
    app = await enrol(house, machine(house))
    details = '[{"type":"urn:espace:health-sharing:v1"}]'
    refused = await app.token(grant_type="client_credentials", authorization_details=details)
    assert refused.refused_with("invalid_authorization_details")


def test_only_a_machine_is_registered_with_system_scopes(house: Home) -> None:
    metadata.check(machine(house))
    with pytest.raises(BadMetadata, match="system/"):
        metadata.check(machine(house, kind=Kind.APP))


@pytest.mark.parametrize("grant_type", ["client_credentials", EXCHANGE])
def test_a_public_client_has_no_credentials_of_its_own(house: Home, grant_type: str) -> None:
    public = replace(machine(house), auth_method=AuthMethod.NONE, secret_digest=None, grant_types={grant_type})
    with pytest.raises(BadMetadata, match="public client"):
        metadata.check(public)
