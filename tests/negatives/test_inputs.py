"""Whatever comes in, the answer is a refusal of ours, never an error of ours: on each database, at each door."""

import base64
import json
from datetime import timedelta
from typing import Any

from kit.doorman import MEGABYTE
from tests.house import Home
from tests.negatives import doors
from tests.party import ASSERTION_TYPE, party

LONG = "a" * 5_000


def segment(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def token(header: object, payload: bytes = b"{}") -> str:
    said = header if isinstance(header, bytes) else json.dumps(header).encode()
    return f"{segment(said)}.{segment(payload)}.AAAA"


KEY = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}
TOKENS = {
    "nothing": "",
    "dots": "..",
    "one dot": "a.b",
    "not text": "\xff.\xff.\xff",
    "too long": f"{'A' * 20_000}.e30.AAAA",
    "five parts": "e30.e30.e30.e30.e30",
    "header is a list": token(b"[1]"),
    "header is a number": token(b"1"),
    "header is not JSON": token(b"\xff\xfe"),
    "header is deep": token(b'{"alg":"ES256","x":' + b"[" * 3_000 + b"]" * 3_000 + b"}"),
    "half a character": token(b'{"alg":"ES256","kid":"\\ud800"}'),
    "payload is deep": token({"alg": "ES256"}, b'{"a":' * 2_000 + b"1" + b"}" * 2_000),
    "payload is a list": token({"alg": "ES256"}, b"[1]"),
    "client with NUL": token({"alg": "ES256"}, b'{"sub":"a\\u0000b"}'),
    "client too long": token({"alg": "ES256"}, json.dumps({"sub": LONG}).encode()),
    **{
        f"alg {alg!r}": token({"alg": alg, "typ": "at+jwt"}, b'{"sub":"glucolink"}')
        for alg in (["ES256"], {}, None, 1, "none", "None", "HS256", "ES512", "RSA1_5", "dir", "")
    },
    **{
        f"header {name}": token({"alg": "ES256", "typ": "at+jwt", name: value}, b'{"sub":"glucolink"}')
        for name, value in {
            "crit": ["exp"],
            "b64": False,
            "jwk": KEY,
            "jku": "https://evil.example/jwks",
            "x5u": "https://evil.example/cert",
            "x5c": ["AAAA"],
            "kid": {},
            "zip": "DEF",
        }.items()
    },
}
BASIC = {
    "NUL": b"a\0b:x",
    "encoded NUL": b"a%00b:x",
    "long": LONG.encode() + b":x",
    "not text": b"\xff\xfe:x",
    "encoded bytes": b"%ff%fe:x",
    "no colon": b"bench",
    "empty": b":",
}
ADDRESSES = (
    "/authorize/{x}",
    "/authorize?client_id={x}",
    "/authorize?client_id=bench&redirect_uri={x}",
    "/authorize?client_id=bench&state={x}",
    "/authorize?client_id=bench&request_uri={x}",
    "/authorize?client_id=bench&request={x}",
    "/authorize?client_id=bench&request_uri=urn:ietf:params:oauth:request_uri:{x}",
    "/authorize?client_id=bench&claims={x}&authorization_details={x}&acr_values={x}&resource={x}&dpop_jkt={x}",
    "/authorize?client_id=bench&grant_id={x}&grant_management_action=merge&launch={x}&aud={x}",
    "/grants/{x}",
    "/register/{x}",
    "/catalogue?after={x}",
    "/catalogue?limit={x}",
    "/ssf/stream?stream_id={x}",
    "/ssf/status?stream_id={x}",
    "/device?user_code={x}",
    "/device/{x}",
    "/ciba/{x}",
    "/pairings/{x}",
    "/pairings/{x}/consents",
    "/consent/grants/{x}",
    "/consent/journal?client_id={x}",
    "/consent/journal?before={x}",
    "/dossier/fhir/{x}",
    "/dossier/fhir/Observation/{x}",
    "/dossier/fhir/Observation/{x}/_history/{x}",
    "/dossier/fhir/Device/{x}",
    "/dossier/fhir/Observation?_id={x}",
    "/dossier/fhir/Observation?identifier={x}",
    "/dossier/fhir/Observation?identifier=s|{x}",
    "/dossier/fhir/Observation?code={x}",
    "/dossier/fhir/Observation?category={x}",
    "/dossier/fhir/Observation?status={x}",
    "/dossier/fhir/Observation?date={x}",
    "/dossier/fhir/Observation?patient={x}",
    "/dossier/fhir/Observation?_cursor={x}",
    "/dossier/fhir/Observation?_count={x}",
    "/signin?next={x}",
    "/logout?client_id={x}",
    "/logout?id_token_hint={x}",
    "/account/sessions?stopped={x}",
    "/espace/retour?code=c&state={x}",
    "/espace/connexion?suite={x}",
    "/espace/mesures?{x}={x}",
    "/espace/mesures?mesure={x}",
    "/espace/applications/{x}",
    "/espace/historique?application={x}",
    "/espace/historique?avant={x}",
    "/sandbox/inbox?to={x}",
    "/sandbox/glucolink/uploads/{x}",
    "/static/{x}",
)
STRANGE = {
    "NUL": "%00",
    "NUL within": "a%00b",
    "twice encoded": "a%2500b",
    "not text": "%ff%fe",
    "half a character": "%ed%a0%80",
    "long": LONG,
    "up": "..%2f..%2f..%2fetc%2fpasswd",
    "huge number": "9" * 60,
    "huge date": "ge9999-12-31T23:59:59Z",
    "first date": "lt0001-01-01",
    "odd digits": "%D9%A3%D9%A4",
    "line break": "a%0d%0aset-cookie:%20x=1",
    "markup": "%3Cscript%3Ealert(1)%3C/script%3E",
    "cursor": segment(b"99999999999999999.a"),
    "cursor far": segment(b"-62135596800000.a"),
    "empty": "",
}


async def test_a_token_of_any_shape_is_refused(house: Home) -> None:
    client, app, browser = house.client, party(house), house.browser()
    for said, value in TOKENS.items():
        bearer = {"authorization": f"Bearer {value}".encode("latin-1", "replace")}
        for path in ("/userinfo", "/dossier/fhir/Observation", "/consent/grants", "/pairings/x"):
            assert (await client.get(path, headers=bearer)).status_code == 401, (said, path)
        proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": value}
        answer = await client.post("/token", data={"grant_type": "client_credentials", **proof})
        assert answer.status_code == 401, said
        assert (await client.get("/logout", params={"id_token_hint": value})).status_code < 500, said
        assert (await app.ask(browser, id_token_hint=value or None)).status < 500, said
        assert not (await app.introspect(value)).body.get("active"), said
        assert (await app.post("/revoke", token=value)).status in {200, 400}, said


async def test_basic_credentials_of_any_shape_are_refused(house: Home) -> None:
    for said, pair in BASIC.items():
        header = {"authorization": "Basic " + base64.b64encode(pair).decode()}
        for path in ("/token", "/introspect", "/revoke"):
            form = {"grant_type": "client_credentials", "token": "x"}
            assert (await house.client.post(path, data=form, headers=header)).status_code == 401, (said, path)


async def test_an_address_of_any_shape_is_answered(house: Home) -> None:
    """To an app with every right where apps go, to a person who is signed in elsewhere; to a stranger too."""
    browser, stranger = await house.sign_in("gabrielle"), house.browser()
    held = await doors.held(house, browser, "offline")
    for said, value in STRANGE.items():
        for pattern in ADDRESSES:
            address = pattern.format(x=value)
            app = address.startswith(("/dossier/", "/consent/", "/grants/", "/register/", "/ssf/")) or (
                address.startswith("/pairings/") and "consents" not in address
            )
            client, headers = (house.client, held.bearer) if app else (browser.client, {})
            answers = [await client.get(address, headers=headers)]
            if not app and said in {"NUL", "not text", "markup"}:
                answers.append(await stranger.client.get(address))
            for answer in answers:
                assert answer.status_code < 500, (said, address[:80], answer.text[:300])
                assert "x=1" not in answer.headers.get("set-cookie", ""), (said, address)
                assert "<script>alert(1)" not in answer.text, (said, address)


def observation(**changes: Any) -> dict[str, Any]:
    plain = {
        "resourceType": "Observation",
        "status": "final",
        "identifier": [{"system": "urn:x", "value": "1"}],
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "effectiveDateTime": "2026-03-01T08:00:00Z",
        "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    }
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}


def measured(value: str) -> bytes:
    return json.dumps(observation()).replace('"value": 72', f'"value": {value}').encode()


MORE = ("/register", "/launches", "/ssf/stream", "/ssf/status", "/ssf/subjects/add", "/ssf/verify", "/ssf/poll/x")
BODIES = {
    "empty": b"",
    "not JSON": b"{",
    "not text": b"\xff\xfe",
    "null": b"null",
    "list": b"[]",
    "deep list": b"[" * 200_000,
    "deep object": b'{"a":' * 50_000,
    "deep and short": b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
    "half a character": json.dumps(observation()).replace("urn:x", "\\ud800").encode(),
    "NUL": json.dumps(observation(identifier=[{"system": "urn:x", "value": "a\0b"}])).encode(),
    "NUL in a name": json.dumps(observation(**{"a\0b": "x"})).encode(),
    "NUL in a text": json.dumps(observation(note=[{"text": "a\0b"}])).encode(),
    "long identifier": json.dumps(observation(identifier=[{"system": "urn:x", "value": LONG}])).encode(),
    "long system": json.dumps(observation(identifier=[{"system": LONG, "value": "1"}])).encode(),
    "long status": json.dumps(observation(status=LONG)).encode(),
    "long code": json.dumps(observation(code={"coding": [{"system": "http://loinc.org", "code": LONG}]})).encode(),
    "long category": json.dumps(observation(category=[{"coding": [{"system": LONG, "code": LONG}]}])).encode(),
    "long device": json.dumps(observation(device={"reference": f"Device/{LONG}"})).encode(),
    "long id": json.dumps(observation(id=LONG)).encode(),
    "first date": json.dumps(observation(effectiveDateTime="0001-01-01T00:00:00+14:00")).encode(),
    "last date": json.dumps(observation(effectiveDateTime="9999-12-31T23:59:59-14:00")).encode(),
    "huge value": measured("1e400"),
    "huger value": measured("1e999999999"),
    "tiny value": measured("1e-999999999"),
    "long value": measured("1" * 5_000),
    "value with long tail": measured("72." + "0" * 5_000),
    "value is text": measured('"72"'),
    "value is true": measured("true"),
    "value is not a number": measured("NaN"),
    "another huge number": json.dumps(observation()).replace('"final"', '"final", "x": 1e999999').encode(),
    "bundle of anything": json.dumps(
        {"resourceType": "Bundle", "type": "batch", "entry": [{}, {"request": {}}]}
    ).encode(),
    "bundle with strange addresses": json.dumps(
        {
            "resourceType": "Bundle",
            "type": "batch",
            "entry": [
                {"request": {"method": "GET", "url": url}}
                for url in (
                    "Observation/a\0b",
                    "Observation?_id=%00",
                    "Observation?identifier=a|%00",
                    "/\0",
                    "Observation",
                )
            ],
        }
    ).encode(),
}


async def test_a_body_of_any_shape_is_answered(house: Home) -> None:
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    fhir = held.bearer | {"content-type": "application/fhir+json"}
    plain = held.bearer | {"content-type": "application/json"}
    for said, body in BODIES.items():
        for path in ("/dossier/fhir/Observation", "/dossier/fhir"):
            answer = await house.client.post(path, content=body, headers=fhir)
            assert answer.status_code < 500, (said, path, answer.text[:300])
        for path in ("/pairings", "/consent/grants/x/amend", "/consent/children/x/decision", "/sandbox/clock", *MORE):
            answer = await house.client.post(path, content=body, headers=plain)
            assert answer.status_code < 500, (said, path, answer.text[:300])


async def test_a_pairing_of_any_shape_is_answered(house: Home) -> None:
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    for name in ("state", "patient_reference", "redirect_uri", "return_uri", "unknown"):
        house.clock.advance(timedelta(seconds=1))  # throttles begin anew
        for value in ("a\0b", LONG, "\x7f", "é" * 900, 1, None, [], {}, True):
            body = {"redirect_uri": held.app.redirect_uri, name: value}
            answer = await house.client.post("/pairings", json=body, headers=held.bearer)
            assert answer.status_code in {200, 201, 400}, (name, value, answer.text[:300])


FORMS = (
    *("/token", "/revoke", "/introspect", "/userinfo", "/authorize", "/signin", "/activation", "/logout"),
    *("/device_authorization", "/device", "/bc-authorize", "/ciba", "/par", "/logout/confirm"),
)


WRONG_FORMS = {
    "NUL": b"\0",
    "encoded NUL": b"a=%00",
    "not text": b"a=\xff",
    "not a name": b"%ff=1",
    "empty fields": b"&" * 5_000,
    "many fields": b"a=1&" * 300,
    "equals": b"=" * 1_000,
    "large": b"a=" + b"x" * (MEGABYTE + 1),
}


async def test_a_form_of_any_shape_is_refused(house: Home) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for said, body in WRONG_FORMS.items():
        for path in FORMS:
            answer = await house.client.post(path, content=body, headers=headers)
            assert answer.status_code < 500, (said, path)
            wrong = await house.client.post(path, content=body, headers={"content-type": "application/json"})
            assert wrong.status_code < 500, (said, path)


async def test_a_field_of_a_page_of_any_length_is_answered(house: Home) -> None:
    browser = house.browser()
    for value in (LONG * 20, "\u202e" * 100, "𝟖" * 200, "ﷺ" * 300, "'; DROP TABLE x;--"):
        page = await browser.get("/signin")
        assert (await browser.submit(page, {"identifier": value, "password": value})).status < 500
        page = await browser.get("/activation")
        typed = {"provisional_code": value, "nir": value, "vitale_serial": value}
        assert (await browser.submit(page, typed)).status < 500


async def test_headers_of_any_shape_are_answered(house: Home) -> None:
    browser = await house.sign_in("gabrielle")
    for name in ("user-agent", "accept", "accept-language", "cookie", "if-match", "if-none-match", "prefer", "range"):
        for value in (LONG, "\xff", '"', "W/", "bytes=0-9999999999999", ";q=nan", "q=1e999", ",,,;;;"):
            for path in ("/espace/", "/dossier/fhir/Observation", "/consent/grants/x", "/static/css/app.css"):
                headers = {name: value.encode("latin-1")}
                assert (await browser.client.get(path, headers=headers)).status_code < 500, (name, value[:20], path)
    person = house.person("gabrielle")
    fresh = house.browser()
    fresh.client.headers["user-agent"] = f"Mozilla/5.0 ({LONG}) Firefox"
    page = await fresh.submit(
        await fresh.get("/signin"), {"identifier": person["identifier"], "password": person["password"]}
    )
    assert page.path == "/signin/code"
