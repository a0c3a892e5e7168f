"""Apps that prove themselves by a certificate, behind a proxy of ours (RFC 8705): who they are, and what they hold."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace as changed
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from msgspec.structs import replace

from clients.options import Options
from clients.records import AuthMethod
from kit.proof import mtls
from kit.proof.mtls import Certificate
from kit.seals import Vault
from service.demo.authority import Authority
from tests.conftest import SETTINGS
from tests.holder import USERINFO
from tests.house import Home, opened
from tests.party import Party, claims_of, reply
from tests.proofs import enrol, registered

CERTIFICATE, VERIFIED = "x-client-certificate", "x-client-certificate-verified"
OURS = Authority(Vault(bytes(32)))
OTHERS = Authority(Vault(bytes(31) + b"x"))
APP, OTHER_APP = OURS.app("app"), OURS.app("another app")
FORGED = OTHERS.app("app")
ALL = {"scope": ["profile", "email"]}


def handed(pem: str, verified: str = "SUCCESS") -> dict[str, str]:
    """What nginx says (`$ssl_client_escaped_cert`, `$ssl_client_verify`)."""
    return {CERTIFICATE: quote(pem), VERIFIED: verified}


def thumbprint(pem: str) -> str:
    return Certificate(x509.load_pem_x509_certificate(pem.encode()).public_bytes(_DER), verified=True).thumbprint


_DER = mtls.Encoding.DER
MINE = handed(APP.certificate)


@pytest.fixture
async def home(backend: Any, furnished: Any, clock: Any, tmp_path: Any) -> AsyncIterator[Home]:
    """A house behind a proxy on this machine."""
    server = replace(
        SETTINGS.server,
        trusted_proxies=("127.0.0.1/32",),
        client_certificate_header=CERTIFICATE,
        client_certificate_verified_header=VERIFIED,
    )
    settings = replace(SETTINGS, server=server)
    async with backend.copy(filled=True) as database, opened(settings, tmp_path, clock, database, furnished) as made:
        yield made


async def app(home: Home, method: AuthMethod = AuthMethod.TLS_CLIENT_AUTH, **changes: Any) -> Party:
    known = {"tls_client_auth_subject_dn": APP.subject} if method is AuthMethod.TLS_CLIENT_AUTH else {}
    options = Options(**{**known, **changes.pop("options", {})})
    grants = frozenset({"authorization_code", "refresh_token", "client_credentials"})
    client = registered(home, "app", options=options)
    client = changed(client, auth_method=method, secret_digest=None, grant_types=grants, **changes)
    return await enrol(home, client)


async def own(party: Party, headers: dict[str, str], **form: str) -> Any:
    return await party.post("/token", headers=headers, grant_type="client_credentials", **form)


async def test_an_app_proves_itself_by_the_name_in_its_certificate(home):
    party = await app(home)
    assert (await own(party, MINE)).status == 200
    for wrong in (
        {},
        handed(OTHER_APP.certificate),
        handed(FORGED.certificate, "FAILED:unable to verify the first certificate"),
        handed(APP.certificate, "NONE"),
        {CERTIFICATE: quote(APP.certificate)},
        handed("nonsense"),
    ):
        assert (await own(party, wrong)).refused_with("invalid_client")


async def test_the_header_of_anybody_but_our_proxies_is_not_looked_at(home):
    await app(home)
    stranger = home.browser("192.0.2.7").client
    form = {"grant_type": "client_credentials", "client_id": "app"}
    assert reply(await stranger.post("/token", data=form, headers=MINE)).refused_with("invalid_client")


async def test_a_certificate_said_twice_is_not_said(home):
    await app(home)
    form = {"grant_type": "client_credentials", "client_id": "app"}
    twice = [*MINE.items(), (CERTIFICATE, quote(OTHER_APP.certificate))]
    assert reply(await home.client.post("/token", data=form, headers=twice)).refused_with("invalid_client")


async def test_where_the_settings_name_no_header_there_is_no_certificate(house):
    party = await app(house)
    assert (await own(party, MINE)).refused_with("invalid_client")


async def test_a_self_signed_certificate_is_one_that_was_registered(home):
    """RFC 8705 §2.2: nobody vouches for it, its place among the keys of the client does."""
    certificate = x509.load_pem_x509_certificate(OTHERS.pem.encode())
    other = x509.load_pem_x509_certificate(OURS.pem.encode())
    known = Certificate(certificate.public_bytes(_DER), verified=False)
    chain = [base64.b64encode(known.der).decode()]
    party = await app(home, AuthMethod.SELF_SIGNED_TLS, jwks={"keys": [{**known.public_jwk, "x5c": chain}]})
    assert (await own(party, handed(OTHERS.pem, "FAILED:self signed certificate"))).status == 200
    assert other != certificate
    assert (await own(party, handed(OURS.pem, "FAILED:self signed certificate"))).refused_with("invalid_client")
    assert (await own(party, {})).refused_with("invalid_client")


async def test_tokens_are_bound_to_the_certificate_of_who_registered_so(home):
    party = await app(home, options={"tls_client_certificate_bound_access_tokens": True})
    held = await party.post("/token", headers=MINE, grant_type="client_credentials")
    assert held["token_type"] == "Bearer"
    assert claims_of(held["access_token"])["cnf"] == {"x5t#S256": thumbprint(APP.certificate)}


async def test_an_app_that_proves_itself_otherwise_must_show_a_certificate_too(home):
    client = registered(home, "bound", options=Options(tls_client_certificate_bound_access_tokens=True))
    party = await enrol(home, changed(client, grant_types=frozenset({"client_credentials"})))
    refused = await own(party, {})
    assert refused.status == 400
    assert refused.refused_with("invalid_request")
    assert claims_of((await own(party, MINE))["access_token"])["cnf"] == {"x5t#S256": thumbprint(APP.certificate)}


async def test_a_bound_token_is_good_only_with_its_certificate(home):
    browser = await home.sign_in("gabrielle")
    party = await app(home, options={"tls_client_certificate_bound_access_tokens": True})
    back = await party.come_back(browser, await party.ask(browser), **ALL)
    exchange = {"code": back["code"], "redirect_uri": party.redirect_uri}
    verifier = party.verifiers[back["state"]]
    held = await party.post("/token", headers=MINE, grant_type="authorization_code", code_verifier=verifier, **exchange)
    token = held["access_token"]

    async def ask(path: str, headers: dict[str, str]) -> Any:
        said = {"authorization": f"Bearer {token}", **headers}
        return reply(await home.client.get(path, headers=said))

    assert (await ask(USERINFO, MINE)).status == 200
    for path in (USERINFO, "/dossier/fhir/Observation", "/consent/grants"):
        for wrong in ({}, handed(OTHER_APP.certificate), handed(FORGED.certificate)):
            refused = await ask(path, wrong)
            assert refused.status == 401
            assert refused.headers["www-authenticate"].startswith('Bearer realm="espace", error="invalid_token"')
    assert (await ask(USERINFO, {**MINE, "authorization": f"DPoP {token}"})).status == 401


async def test_a_proof_binds_before_a_certificate_does(home):
    """An app that shows both chose DPoP: it need not have, and its resources may stand where no certificate comes."""
    from tests.holder import Holder

    party = await app(home, options={"dpop_bound_access_tokens": True})
    holder = Holder(party)
    assert (await own(party, MINE)).refused_with("invalid_request")
    held = await own(party, {**MINE, "dpop": holder.proof("POST", "/token")})
    assert claims_of(held["access_token"])["cnf"] == {"jkt": holder.signer.jkt}


async def test_what_certificates_are_good_for_is_told_only_where_they_reach_us(home, house):
    for one, here in ((home, True), (house, False)):
        said = (await one.client.get("/.well-known/openid-configuration")).json()
        assert said["tls_client_certificate_bound_access_tokens"] is here
        assert (
            {"tls_client_auth", "self_signed_tls_client_auth"} <= {*said["token_endpoint_auth_methods_supported"]}
        ) is here
        about = (await one.client.get("/.well-known/oauth-protected-resource")).json()
        assert about["tls_client_certificate_bound_access_tokens"] is here


async def test_a_proxy_that_says_no_verdict_leaves_it_to_us(backend, furnished, clock, tmp_path):
    """RFC 9440: we check that an authority of ours issued the certificate, and that it is within its dates."""
    authorities = tmp_path / "clients.pem"
    authorities.write_text(OURS.pem)
    server = replace(
        SETTINGS.server,
        trusted_proxies=("127.0.0.1/32",),
        client_certificate_header="Client-Cert",
        tls_client_ca=str(authorities),
    )

    def colons(pem: str) -> dict[str, str]:
        body = x509.load_pem_x509_certificate(pem.encode()).public_bytes(_DER)
        return {"client-cert": f":{base64.b64encode(body).decode()}:", VERIFIED: "SUCCESS"}

    settings = replace(SETTINGS, server=server)
    async with backend.copy(filled=True) as database, opened(settings, tmp_path, clock, database, furnished) as home:
        party = await app(home)
        assert (await own(party, colons(APP.certificate))).status == 200
        for wrong in (FORGED.certificate, OTHER_APP.certificate, OURS.pem):
            assert (await own(party, colons(wrong))).refused_with("invalid_client")
        assert (await own(party, MINE)).refused_with("invalid_client")
