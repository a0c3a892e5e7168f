"""POST /register (RFC 7591): who may, what is taken, what is refused and how."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from clients import invitations, store
from clients.invitations import Invitation
from clients.options import Options
from clients.records import Client, Status
from idp.registration.settings import RegistrationSettings
from idp.registration.wanted import NOT_THEIRS, THEIRS
from kit import jose
from kit.ids import new
from kit.secrets import digest
from tests.house import Home
from tests.party import Party, Reply, reply

WEB = {"client_name": "Mes mesures", "redirect_uris": ["https://app.example/cb"]}


def opened(home: Home, **changes: Any) -> None:
    """Open the registration of this house, as its settings would have."""
    chosen = RegistrationSettings(**{"open": True, "status": "referenced", "rate": "1000 per hour", **changes})
    settings = msgspec.structs.replace(home.idp.settings, registration=chosen)
    object.__setattr__(home.idp, "settings", settings)


async def register(home: Home, said: Any, token: str = "") -> Reply:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return reply(await home.client.post("/register", json=said, headers=headers))


async def invite(home: Home, uses: int = 1, profile: str = "", scope: frozenset[str] = frozenset()) -> str:
    now = home.clock.now()
    one = Invitation(new("inv", now), "someone", profile, scope, uses, now, now + timedelta(days=7))
    return await home.database.work(lambda db: invitations.make(db, one))


async def kept(home: Home, client_id: str) -> Client:
    found = await home.database.read(lambda db: store.find(db, client_id))
    assert found is not None
    return found


def public_key(algorithm: str = "ES256") -> dict[str, Any]:
    key = jose.generate(algorithm, "k1").as_dict(private=False)
    return {"keys": [{**key, "kid": "k1"}]}


async def test_nobody_registers_without_an_invitation(house: Home) -> None:
    refused = await register(house, WEB)
    assert (refused.status, refused["error"]) == (401, "invalid_token")
    assert refused.headers["www-authenticate"] == "Bearer"
    wrong = await register(house, WEB, "inv_nothing")
    assert wrong.status == 401
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]


async def test_an_invitation_registers_a_candidate_that_waits_to_be_referenced(house: Home) -> None:
    token = await invite(house)
    made = await register(house, WEB, token)
    assert (made.status, made.headers["cache-control"]) == (201, "no-store")
    assert made["client_secret_expires_at"] == 0
    assert made["registration_client_uri"] == f"{house.issuer}/register/{made['client_id']}"
    assert (made["token_endpoint_auth_method"], made["status"]) == ("client_secret_basic", "candidate")
    assert (made["grant_types"], made["response_types"]) == (["authorization_code"], ["code"])
    client = await kept(house, made["client_id"])
    assert client.status is Status.CANDIDATE
    assert client.secret_digest == digest(made["client_secret"])
    assert client.registration_digest == digest(made["registration_access_token"])
    assert not client.first_party
    again = await register(house, WEB, token)
    assert again.status == 401


async def test_an_invitation_is_not_used_up_by_a_mistake_and_ends_on_its_day(house: Home) -> None:
    token = await invite(house)
    assert (await register(house, {**WEB, "redirect_uris": []}, token)).status == 400
    house.clock.advance(timedelta(days=8))
    assert (await register(house, WEB, token)).status == 401


async def test_an_invitation_may_say_the_profile_and_the_most_that_is_asked(house: Home) -> None:
    token = await invite(house, profile="fapi2", scope=frozenset({"openid", "patient/Observation.rs"}))
    said = {**WEB, "jwks": public_key(), "scope": "openid profile patient/Observation.rs"}
    made = await register(house, said, token)
    assert made.status == 201, made.body
    assert (made["profile"], made["token_endpoint_auth_method"]) == ("fapi2", "private_key_jwt")
    assert made["scope"].split() == ["openid", "patient/Observation.rs"]
    assert "client_secret" not in made.body
    assert made["id_token_signed_response_alg"] == "ES256"


async def test_what_is_registered_works(house: Home) -> None:
    opened(house)
    made = await register(house, {**WEB, "grant_types": ["authorization_code", "refresh_token"]})
    assert made.status == 201, made.body
    app = Party(house, {**made.body, "auth_method": made["token_endpoint_auth_method"]})
    browser = await house.sign_in()
    got = await app.obtain(browser, scope="openid profile")
    assert (got.status, got["token_type"]) == (200, "Bearer")


async def test_a_candidate_exchanges_nothing(house: Home) -> None:
    opened(house, status="candidate")
    made = await register(house, {**WEB, "grant_types": ["client_credentials"], "redirect_uris": []})
    app = Party(house, {**made.body, "auth_method": made["token_endpoint_auth_method"]})
    assert (await app.token(grant_type="client_credentials")).refused_with("invalid_client")


@pytest.mark.parametrize(
    ("changes", "error", "member"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri", "redirect_uris"),
        ({"redirect_uris": ["https://app.example/cb#here"]}, "invalid_redirect_uri", "redirect_uris"),
        ({"redirect_uris": ["http://app.example/cb"]}, "invalid_redirect_uri", "redirect_uris"),
        ({"redirect_uris": ["http://127.0.0.1/cb"]}, "invalid_redirect_uri", "redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri", "redirect_uris"),
        ({"redirect_uris": ["https://u@app.example/cb"]}, "invalid_redirect_uri", "redirect_uris"),
        ({"redirect_uris": "https://app.example/cb"}, "invalid_redirect_uri", "redirect_uris"),
        ({"post_logout_redirect_uris": ["ftp://a.example/"]}, "invalid_client_metadata", "post_logout"),
        ({"initiate_login_uri": "http://127.0.0.1/go"}, "invalid_client_metadata", "initiate_login_uri"),
        ({"logo_uri": "javascript:alert(1)"}, "invalid_client_metadata", "logo_uri"),
        ({"policy_uri": "http://app.example/p"}, "invalid_client_metadata", "policy_uri"),
        ({"client_uri": "data:text/html,x"}, "invalid_client_metadata", "client_uri"),
        ({"application_type": "desktop"}, "invalid_client_metadata", "application_type"),
        ({"response_types": ["token"]}, "invalid_client_metadata", "response_types"),
        ({"grant_types": ["client_credentials"], "response_types": ["code"]}, "invalid_client_metadata", "grant"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata", "grant_types"),
        ({"grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange"]}, "invalid_client_metadata", "grant"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client_metadata", "token_endpoint"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata", "jwks"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata", "id_token"),
        ({"request_object_signing_alg": "none"}, "invalid_client_metadata", "request_object"),
        ({"userinfo_encrypted_response_alg": "RSA1_5"}, "invalid_client_metadata", "userinfo"),
        ({"userinfo_encrypted_response_enc": "A128GCM"}, "invalid_client_metadata", "userinfo"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "invalid_client_metadata", "jwks"),
        ({"jwks": {"keys": []}, "jwks_uri": "https://a.example/k"}, "invalid_client_metadata", "jwks"),
        ({"jwks_uri": "http://10.0.0.1/k"}, "invalid_client_metadata", "jwks_uri"),
        ({"subject_type": "public"}, "invalid_client_metadata", "subject_type"),
        ({"profile": "compat"}, "invalid_client_metadata", "profile"),
        ({"scope": "everything"}, "invalid_client_metadata", "scope"),
        ({"client_name": "x" * 201}, "invalid_client_metadata", "client_name"),
        ({"client_name": "a\nb"}, "invalid_client_metadata", "client_name"),
        ({"default_max_age": -1}, "invalid_client_metadata", "default_max_age"),
        ({"software_statement": "nothing"}, "invalid_software_statement", ""),
    ],
    ids=str,
)
async def test_what_does_not_hold_together_is_refused(
    house: Home, changes: dict[str, Any], error: str, member: str
) -> None:
    opened(house)
    refused = await register(house, {**WEB, **changes})
    if changes.get("redirect_uris") == "https://app.example/cb":
        error = "invalid_client_metadata"
    assert (refused.status, refused["error"]) == (400, error), refused.body
    assert refused["error_description"].startswith(member)
    assert refused.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"a":', b"[" * 20_000, b'"x"', b"\xff\xfe"])
async def test_what_is_no_json_object_is_refused(house: Home, body: bytes) -> None:
    opened(house)
    answer = await house.client.post("/register", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


async def test_a_form_is_no_registration_and_a_huge_one_neither(house: Home) -> None:
    opened(house)
    assert (await house.client.post("/register", data={"client_name": "x"})).status_code == 400
    big = await house.client.post("/register", json={**WEB, "contacts": ["x" * 70_000]})
    assert big.status_code == 400


def test_each_option_is_the_clients_to_say_or_the_houses() -> None:
    assert set(Options.__struct_fields__) == THEIRS | NOT_THEIRS
    assert not THEIRS & NOT_THEIRS


async def test_nobody_registers_what_only_the_house_gives(house: Home) -> None:
    opened(house)
    said = {
        **WEB,
        "client_id": "portal",
        "client_secret": "mine",
        "registration_access_token": "mine",
        "audience": f"{house.issuer}/dossier/fhir",
        "may_act": ["bench"],
        "assertion_issuers": ["https://other.example"],
        "first_party": True,
        "kind": "portal",
        "consents": ["measures:read"],
        "scope": "openid patient/Observation.rs patient/Consent.crus",
    }
    made = await register(house, said)
    assert made.status == 201
    client = await kept(house, made["client_id"])
    assert client.client_id != "portal"
    assert not client.first_party
    assert (client.scope, client.consents) == (frozenset({"openid"}), frozenset())
    assert (client.options.audience, client.options.may_act) == ("", ())
    assert made["client_secret"] != "mine"


async def test_a_native_app_is_answered_on_its_own_machine(house: Home) -> None:
    opened(house)
    native = {"application_type": "native", "token_endpoint_auth_method": "none"}
    made = await register(house, {**WEB, **native, "redirect_uris": ["http://127.0.0.1/cb"]})
    assert made.status == 201
    assert "client_secret" not in made.body
    assert "client_secret_expires_at" not in made.body


async def test_redirect_addresses_of_a_sector_are_those_that_its_document_names(house: Home) -> None:
    opened(house)
    bad = await register(house, {**WEB, "sector_identifier_uri": f"{house.issuer}/jwks"})
    assert (bad.status, bad["error"]) == (400, "invalid_client_metadata")
    assert bad["error_description"].startswith("sector_identifier_uri")
    away = await register(house, {**WEB, "sector_identifier_uri": "https://127.0.0.2:1/sector"})
    assert away.status == 400


async def test_registrations_from_one_address_are_counted(house: Home) -> None:
    opened(house, rate="2 per hour")
    said = [(await register(house, WEB)).status for _ in range(3)]
    assert said == [201, 201, 429]


async def test_a_statement_of_somebody_trusted_is_worth_more_than_the_client_itself(house: Home, tmp_path: Any) -> None:
    key = jose.generate("ES256", "s1")
    file = tmp_path / "issuer.json"
    file.write_bytes(msgspec.json.encode({"keys": [{**key.as_dict(private=False), "kid": "s1"}]}))
    opened(house, software_issuers=(f"https://labels.example={file}",), software_required=True)

    def stated(**changes: Any) -> str:
        claims = {"iss": "https://labels.example", "client_name": "Vraie", "software_id": "v1", **changes}
        return jose.sign(claims, key, algorithm="ES256", typ="JWT")

    made = await register(house, {**WEB, "client_name": "Fausse", "software_statement": stated()})
    assert made.status == 201, made.body
    assert (made["client_name"], made["software_id"]) == ("Vraie", "v1")
    assert made["software_statement"].count(".") == 2
    stranger = await register(house, {**WEB, "software_statement": stated(iss="https://other.example")})
    assert (stranger.status, stranger["error"]) == (400, "unapproved_software_statement")
    head, body, mark = stated().split(".")
    broken = await register(house, {**WEB, "software_statement": f"{head}.{body}.{mark[:-8]}AAAAAAAA"})
    assert (broken.status, broken["error"]) == (400, "invalid_software_statement")
    late = await register(house, {**WEB, "software_statement": stated(exp=1)})
    assert late["error"] == "invalid_software_statement"
    assert (await register(house, WEB))["error"] == "invalid_software_statement"


async def test_compat_and_shared_secrets_that_sign_where_the_house_serves_them(house: Home) -> None:
    opened(house, profile="compat", profiles=("compat", "fapi2"))
    object.__setattr__(house.idp, "settings", msgspec.structs.replace(house.idp.settings, profiles=("compat",)))
    made = await register(
        house,
        {
            **WEB,
            "token_endpoint_auth_method": "client_secret_jwt",
            "grant_types": ["client_credentials"],
            "redirect_uris": [],
        },
    )
    assert made.status == 201, made.body
    client = await kept(house, made["client_id"])
    assert client.secret_digest is None
    assert client.secret_sealed is not None
    assert made["client_secret"].encode() not in client.secret_sealed
    plain = await register(house, WEB)
    assert (plain["profile"], plain["id_token_signed_response_alg"]) == ("compat", "RS256")


async def test_the_address_is_announced(house: Home) -> None:
    found = (await house.client.get("/.well-known/openid-configuration")).json()
    assert found["registration_endpoint"] == f"{house.issuer}/register"


async def test_one_use_is_one_client_whoever_comes_at_the_same_time(house: Home) -> None:
    token, now = await invite(house, uses=2), house.clock.now()
    taken = [await house.database.work(lambda db: invitations.take(db, token, now)) for _ in range(4)]
    assert taken == [True, True, False, False]


async def test_an_invitation_can_be_taken_back(house: Home) -> None:
    now = house.clock.now()
    one = Invitation(new("inv", now), "someone", "", frozenset(), 5, now, now + timedelta(days=7))
    token = await house.database.work(lambda db: invitations.make(db, one))
    assert await house.database.work(lambda db: invitations.revoke(db, one.id))
    assert (await register(house, WEB, token)).status == 401
