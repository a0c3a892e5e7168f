"""A signed thing is good by the key that we know for who signs, in the one form that its door takes (RFC 8725 §3)."""

import base64
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from idp.protocol import bearer, exchanges
from tests import issuer
from tests.ciba import Asker
from tests.house import Home
from tests.negatives import doors
from tests.party import ASSERTION_TYPE, Party, claims_of, party
from tests.proofs import CALLBACK, enrol, registered

ATTACKER = ECKey.generate_key("P-256", {"kid": "attacker"})
PUBLIC = ATTACKER.as_dict(private=False)
OURS_UNKNOWN = "https://evil.example/keys"


class Door:
    """One place where something signed is brought: the key that is good there, the claims, the header, its use."""

    def __init__(
        self, key: ECKey, claims: Callable[[], dict[str, Any]], header: dict[str, Any], use: Callable[[str], Any]
    ) -> None:
        self.key, self.claims, self.header = key, claims, header
        self.use: Callable[[str], Awaitable[bool]] = use

    def signed(self, key: Any, header: dict[str, Any]) -> str:
        """As an attacker writes it, header and all."""
        said = {**self.header, **header}
        head, body = (_segment({k: v for k, v in one.items() if v is not None}) for one in (said, self.claims()))
        if key is None:
            return f"{head}.{body}."
        signed = f"{head}.{body}".encode()
        if isinstance(key, bytes):
            raw = hmac.digest(key, signed, "sha256")
        else:
            raw = jws.JWSRegistry.algorithms["ES256"].sign(signed, key)
        return f"{head}.{body}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def _segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def door(home: Home, name: str) -> Door:
    """The door of that name, where everything else is as it should be."""
    now = int(home.clock.now().timestamp())
    fresh = {"iat": now, "nbf": now, "exp": now + 60, "aud": home.issuer}

    def claims(**more: Any) -> Callable[[], dict[str, Any]]:
        return lambda: {**fresh, "jti": secrets.token_urlsafe(12), **more}

    if name == "client assertion":
        app = party(home, "glucolink")
        own = ECKey.import_key(app.known["jwk"])

        async def proven(text: str) -> bool:
            form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text, "token": "x"}
            return (await home.client.post("/revoke", data=form)).status_code == 200

        return Door(own, claims(iss=app.client_id, sub=app.client_id), _head(own), proven)
    if name == "request object":
        own = ECKey.generate_key("P-256", {"kid": "jar"})
        app = await enrol(home, registered(home, "jar", key=own), own)
        asked = app.request(prompt="none")

        async def taken(text: str) -> bool:
            query = urlencode({"client_id": "jar", "redirect_uri": CALLBACK, "request": text})
            page = await home.browser().get(f"/authorize?{query}")
            return "error=login_required" in page.location

        return Door(own, claims(iss="jar", **asked), _head(own), taken)
    if name == "request on another device":
        ciba = Asker(home, home.party("ciba"))
        own = ECKey.import_key(ciba.known["jwk"])
        hint = home.person("gabrielle")["identifier"]

        async def heard(text: str) -> bool:
            return (await ciba.post("/bc-authorize", request=text)).status == 200

        return Door(own, claims(iss="ciba", scope="openid", login_hint=hint), _head(own), heard)
    return await _about_a_person(home, name, claims)


async def _about_a_person(home: Home, name: str, claims: Callable[..., Callable[[], dict[str, Any]]]) -> Door:
    held = await doors.held(home, await home.sign_in("gabrielle"), "offline")
    app: Party = held.app
    if name == "word of another issuer":

        async def believed(text: str) -> bool:
            return (await app.token(grant_type=bearer.GRANT_TYPE, assertion=text)).status == 200

        return Door(issuer.KEY, claims(iss=issuer.ISSUER, sub=issuer.SUBJECT), _head(issuer.KEY), believed)
    own = home.ring.signing("ES256")
    head = {"alg": "ES256", "kid": own.kid, "typ": "at+jwt"}
    said = claims_of(held.access)
    if name == "access token":

        async def let_in(text: str) -> bool:
            return (await app.measures(text)).status == 200

        return Door(own, lambda: said, head, let_in)
    if name == "subject token":

        async def exchanged(text: str) -> bool:
            form = {"subject_token": text, "subject_token_type": exchanges.ACCESS_TOKEN}
            return (await app.token(grant_type=exchanges.GRANT_TYPE, **form)).status == 200

        return Door(own, lambda: said, head, exchanged)
    tokens = await app.obtain(held.browser, scope=doors.MEASURES)
    known = claims_of(tokens["id_token"])

    async def hinted(text: str) -> bool:
        page = await app.ask(held.browser, prompt="none", scope=doors.MEASURES, id_token_hint=text)
        return "error=invalid_request" not in page.location

    return Door(own, lambda: known, head | {"typ": "JWT"}, hinted)


def _head(key: ECKey) -> dict[str, Any]:
    return {"alg": "ES256", "kid": key.kid, "typ": "JWT"} if key.kid else {"alg": "ES256", "typ": "JWT"}


DOORS = (
    *("client assertion", "request object", "request on another device", "word of another issuer", "access token"),
    *("subject token", "hint"),
)


@pytest.mark.parametrize("name", DOORS)
async def test_no_key_that_a_token_brings_itself_is_believed(house: Home, name: str) -> None:
    here = await door(house, name)
    forged: dict[str, tuple[Any, dict[str, Any]]] = {
        "the attacker's key": (ATTACKER, {}),
        "under its own name": (ATTACKER, {"kid": "attacker"}),
        "without a name": (ATTACKER, {"kid": None}),
        "in the header": (ATTACKER, {"jwk": PUBLIC}),
        "in the header, with its name": (ATTACKER, {"jwk": PUBLIC, "kid": "attacker"}),
        "at an address": (ATTACKER, {"jku": OURS_UNKNOWN}),
        "by a certificate at an address": (ATTACKER, {"x5u": OURS_UNKNOWN}),
        "by a certificate": (ATTACKER, {"x5c": ["AAAA"]}),
        "no algorithm": (None, {"alg": "none"}),
        "no algorithm, in capitals": (None, {"alg": "NONE"}),
        "no algorithm at all": (None, {"alg": None}),
        "no signature": (None, {}),
        "the public key as a secret, as PEM": (here.key.as_pem(private=False), {"alg": "HS256"}),
        "the public key as a secret, as JWK": (json.dumps(here.key.as_dict(private=False)).encode(), {"alg": "HS256"}),
        "an empty secret": (b"", {"alg": "HS256"}),
        "a name that is an address": (ATTACKER, {"kid": "../../../../dev/null"}),
        "a name that is a question": (ATTACKER, {"kid": "x' UNION SELECT 'k"}),
    }
    for said, (key, header) in forged.items():
        assert not await here.use(here.signed(key, header)), said
    assert await here.use(here.signed(here.key, {})), "and the real one is good"


@pytest.mark.parametrize("name", DOORS)
async def test_with_the_right_key_the_form_must_be_right_too(house: Home, name: str) -> None:
    """RFC 7515 §4.1.11: what must be understood and is not; an algorithm that is not the key's; another kind."""
    here = await door(house, name)
    wrong: dict[str, dict[str, Any]] = {
        "crit unknown": {"crit": ["urn:x"], "urn:x": 1},
        "crit of a known member": {"crit": ["exp"], "exp": 1},
        "crit empty": {"crit": []},
        "unencoded payload": {"crit": ["b64"], "b64": False},
        "another algorithm": {"alg": "ES384"},
        "RSA": {"alg": "RS256"},
        "an algorithm in another case": {"alg": "es256"},
        "an unknown algorithm": {"alg": "XX256"},
        "a proof of possession": {"typ": "dpop+jwt"},
        "a logout token": {"typ": "logout+jwt"},
        "an event": {"typ": "secevent+jwt"},
    }
    wrong["another kind"] = {"typ": "JWT"} if here.header["typ"] == "at+jwt" else {"typ": "at+jwt"}
    for said, header in wrong.items():
        assert not await here.use(here.signed(here.key, header)), said
    assert await here.use(here.signed(here.key, {})), "and the real one is good"
