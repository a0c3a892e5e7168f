"""The token of a health professional becomes one of ours, in the hands of the software that holds the certificate."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwt
from joserfc.jwk import Key
from msgspec.structs import replace

from clients.options import Options
from clients.records import AuthMethod, Kind
from idp.protocol.exchanges import ACCESS_TOKEN, GRANT_TYPE, JWT
from idp.trust.settings import ProfessionalSettings
from kit.fetch import FetchSettings
from kit.seals import Vault
from service.demo.authority import Authority
from tests.conftest import SETTINGS
from tests.house import QUICK, Home, opened
from tests.party import Party, Reply, claims_of, code_of, reply
from tests.proofs import ec_key, enrol, registered
from tests.stands import Stand, said, standing

CERTIFICATE, VERIFIED = "x-client-certificate", "x-client-certificate-verified"
THERE = "https://professionals.example"
SCOPE = "user/Observation.rs"
SOFTWARE = Authority(Vault(bytes(32))).app("cabinet")
OTHER = Authority(Vault(bytes(32))).app("autre cabinet")
DER = x509.load_pem_x509_certificate(SOFTWARE.certificate.encode()).public_bytes(Encoding.DER)
DIGEST = hashlib.sha256(DER)
RAW = base64.urlsafe_b64encode(DIGEST.digest()).rstrip(b"=").decode()
WRITTEN = base64.b64encode(DIGEST.hexdigest().encode()).decode()
WHO = {"active": True, "iss": THERE, "SubjectNameID": "899700000013", "SubjectRole": ["10"], "family_name": "TESTMED"}


@dataclass
class Cabinet:
    """Software of a practice, and what the professionals' issuer will say."""

    home: Home
    app: Party
    stand: Stand
    key: Key
    says: dict[str, Any]

    def token(self, **changes: Any) -> str:
        """What their issuer gave; nobody here can check its signature."""
        return jwt.encode({"alg": "ES256"}, {"iss": THERE, "sub": "f:1:899700000013", **changes}, ec_key())

    def actor(self, key: Key | None = None, **changes: Any) -> str:
        claims = {"lps_nom": "Logiciel", "lps_id": "lps-1", "lps_version": "2", "situation_exercice": "SA07"}
        now = int(self.home.clock.now().timestamp())
        return jwt.encode({"alg": "ES256"}, {**claims, "exp": now + 60, **changes}, key or self.key)

    async def exchange(self, pem: str = SOFTWARE.certificate, verified: str = "SUCCESS", **form: str | None) -> Reply:
        wanted = {"subject_token": self.token(), "subject_token_type": ACCESS_TOKEN, "scope": SCOPE, "cnf": RAW, **form}
        headers = {CERTIFICATE: quote(pem), VERIFIED: verified}
        return await self.app.post("/token", headers=headers, grant_type=GRANT_TYPE, **wanted)


@pytest.fixture(params=[{}], ids=["usual"])
async def cabinet(
    request: pytest.FixtureRequest, backend: Any, furnished: Any, clock: Any, tmp_path: Any
) -> AsyncIterator[Cabinet]:
    says: dict[str, Any] = {**WHO, "exp": int(clock.now().timestamp()) + 120}

    async def answer(writer: asyncio.StreamWriter) -> None:
        status = says.get("status", "200 OK")
        writer.write(said(json.dumps(says).encode(), status))
        await writer.drain()

    async with standing(answer) as stand:
        there = ProfessionalSettings(
            issuer=THERE,
            introspection_endpoint=stand.url,
            client_id="espace",
            client_secret="not a secret",
            **request.param,
        )
        server = replace(
            SETTINGS.server,
            trusted_proxies=("127.0.0.1/32",),
            client_certificate_header=CERTIFICATE,
            client_certificate_verified_header=VERIFIED,
        )
        idp, outside = replace(QUICK, professionals=there), FetchSettings(loopback=True)
        settings = replace(SETTINGS, server=server, idp=idp, outside=outside)
        async with (
            backend.copy(filled=True) as database,
            opened(settings, tmp_path, clock, database, furnished) as home,
        ):
            key = ec_key()
            client = registered(
                home,
                "cabinet",
                kind=Kind.MACHINE,
                auth_method=AuthMethod.TLS_CLIENT_AUTH,
                secret_digest=None,
                jwks={"keys": [key.as_dict(private=False)]},
                redirect_uris=(),
                grant_types=frozenset({GRANT_TYPE}),
                scope=frozenset({SCOPE, "user/DocumentReference.rs", "system/Observation.rs"}),
                options=Options(tls_client_auth_subject_dn=SOFTWARE.subject),
            )
            yield Cabinet(home, await enrol(home, client), stand, key, says)


async def test_the_token_is_about_the_professional_and_bound_to_the_certificate(cabinet: Cabinet) -> None:
    made = await cabinet.exchange()
    assert made.status == 200, made.body
    token = claims_of(made["access_token"])
    assert (made["token_type"], made["issued_token_type"], made["expires_in"]) == ("Bearer", ACCESS_TOKEN, 120)
    assert token["cnf"] == {"x5t#S256": RAW}
    assert token["professional"] == {"SubjectNameID": "899700000013", "SubjectRole": ["10"]}
    assert (token["scope"], token["client_id"], "899700000013" in token["sub"]) == (SCOPE, "cabinet", False)
    assert "refresh_token" not in made.body
    assert "act" not in token


async def test_their_issuer_is_asked_as_one_who_may_ask(cabinet: Cabinet) -> None:
    token = cabinet.token()
    await cabinet.exchange(subject_token=token)
    head, _, body = cabinet.stand.asked[0].partition("\r\n\r\n")
    pair = base64.b64encode(b"espace:not+a+secret").decode()
    assert f"authorization: basic {pair}".lower() in head.lower()
    assert parse_qs(body) == {"token": [token], "token_type_hint": ["access_token"]}


async def test_the_software_says_who_it_is(cabinet: Cabinet) -> None:
    made = await cabinet.exchange(actor_token=cabinet.actor(), actor_token_type=JWT)
    act = claims_of(made["access_token"])["act"]
    assert (act["sub"], act["lps_nom"], act["situation_exercice"]) == ("lps-1", "Logiciel", "SA07")
    for bad in (cabinet.actor(ec_key()), cabinet.actor(lps_id=None), cabinet.actor(iss="another"), "nonsense"):
        refused = await cabinet.exchange(actor_token=bad, actor_token_type=JWT)
        assert refused.refused_with("invalid_request")
    over = cabinet.actor(exp=int(time.time()) - 10**9)
    assert (await cabinet.exchange(actor_token=over, actor_token_type=JWT)).refused_with("invalid_request")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"cnf": None}, "invalid_request"),
        ({"cnf": "x" * 43}, "invalid_request"),
        ({"cnf": WRITTEN}, "invalid_request"),
        ({"cnf": "{"}, "invalid_request"),
        ({"cnf": '{"x5t#S256": 1}'}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "user/Patient.rs"}, "invalid_scope"),
        ({"scope": "system/Observation.rs"}, "invalid_scope"),
        ({"scope": f"{SCOPE} openid"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "invalid_request"),
    ],
)
async def test_what_is_missing_or_too_much(cabinet: Cabinet, form: dict[str, str | None], error: str) -> None:
    assert (await cabinet.exchange(**form)).refused_with(error)


@pytest.mark.parametrize("cnf", [RAW, f"{RAW}=", json.dumps({"x5t#S256": RAW})])
async def test_the_thumbprint_in_the_forms_of_its_rfc(cabinet: Cabinet, cnf: str) -> None:
    assert (await cabinet.exchange(cnf=cnf)).status == 200


@pytest.mark.parametrize("cabinet", [{"hex_thumbprints": True, "outlives": True}], indirect=True)
async def test_the_other_form_and_a_longer_life_only_where_the_settings_say_so(cabinet: Cabinet) -> None:
    made = await cabinet.exchange(cnf=WRITTEN)
    assert (made.status, made["expires_in"]) == (200, 300)
    assert claims_of(made["access_token"])["cnf"] == {"x5t#S256": RAW}
    assert (await cabinet.exchange(cnf="x" * 43)).refused_with("invalid_request")
    assert (await cabinet.exchange(cnf="é")).refused_with("invalid_request")


@pytest.mark.parametrize(
    "says",
    [
        {"active": False},
        {"active": "true"},
        {"iss": "https://another.example"},
        {"SubjectNameID": None},
        {"SubjectNameID": ""},
        {"exp": None},
        {"exp": 1},
        {"exp": True},
    ],
)
async def test_what_their_issuer_does_not_confirm_is_worth_nothing(cabinet: Cabinet, says: dict[str, Any]) -> None:
    cabinet.says.update(says)
    assert (await cabinet.exchange()).refused_with("invalid_request")


async def test_an_issuer_that_does_not_answer_is_not_taken_for_a_yes(cabinet: Cabinet) -> None:
    cabinet.says["status"] = "500 Broken"
    refused = await cabinet.exchange()
    assert (refused.status, refused["error"]) == (503, "temporarily_unavailable")


async def test_only_its_own_certificate_proves_the_software(cabinet: Cabinet) -> None:
    assert (await cabinet.exchange(OTHER.certificate)).status == 401
    assert (await cabinet.exchange(verified="NONE")).status == 401


async def test_software_without_a_certificate_has_no_use_of_it(cabinet: Cabinet) -> None:
    plain = registered(cabinet.home, "sans", grant_types=frozenset({GRANT_TYPE}), scope=frozenset({SCOPE}))
    cabinet.app = await enrol(cabinet.home, plain)
    assert (await cabinet.exchange()).refused_with("unauthorized_client")


async def test_a_token_that_only_says_that_it_is_theirs_stays_with_us_where_the_door_is_closed(house: Home) -> None:
    client = registered(house, "sans", grant_types=frozenset({GRANT_TYPE}), scope=frozenset({SCOPE}))
    app = await enrol(house, client)
    token = jwt.encode({"alg": "ES256"}, {"iss": THERE}, ec_key())
    form = {"subject_token": token, "subject_token_type": ACCESS_TOKEN}
    assert (await app.token(grant_type=GRANT_TYPE, **form)).refused_with("invalid_request")


async def test_nobodys_record_opens_by_it(cabinet: Cabinet) -> None:
    """No agreement of a person stands behind it; and it is good only with the certificate."""
    made = (await cabinet.exchange())["access_token"]
    bearer = {"authorization": f"Bearer {made}"}
    http = cabinet.home.client
    assert (await http.get("/dossier/fhir/Observation", headers=bearer)).status_code == 401
    mine = bearer | {CERTIFICATE: quote(SOFTWARE.certificate), VERIFIED: "SUCCESS"}
    refused = reply(await http.get("/dossier/fhir/Observation", headers=mine))
    assert (refused.status, code_of(refused)) == (403, "grant_required")
