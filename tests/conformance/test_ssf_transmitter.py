"""The plan of the Shared Signals transmitter (CAEP interoperability), module by module, for poll and for push.

What each module looks at beside its happy way is in tests/idp/signals.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from idp.sessions import securing
from idp.signals import events
from tests.house import Home
from tests.party import Party
from tests.receiver import Receiver, receiving, verified

PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"
HEADER = "Bearer push_token_1"
CAEP = (events.SESSION_REVOKED, events.CREDENTIAL_CHANGE)


@dataclass
class Plan:
    """The suite as a receiver."""

    op: Home
    party: Party
    metadata: dict[str, Any]
    delivery: dict[str, Any]
    receiver: Receiver
    token: str

    async def call(self, method: str, what: str, json: Any = None, **more: Any) -> httpx2.Response:
        path = self.metadata.get(what, what).removeprefix(self.op.issuer)
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.op.client.request(method, path, json=json, headers=headers, **more)

    async def stream(self, **said: Any) -> dict[str, Any]:
        wanted = {"description": "a stream", "events_requested": [*CAEP, events.ASSURANCE_LEVEL_CHANGE], **said}
        answer = await self.call("POST", "configuration_endpoint", {"delivery": self.delivery, **wanted})
        assert answer.status_code == 201
        made: dict[str, Any] = answer.json()
        return made

    async def verify(self, stream: dict[str, Any], state: str = "a-state") -> httpx2.Response:
        self.op.clock.advance(timedelta(seconds=stream.get("min_verification_interval", 0)))
        return await self.call("POST", "verification_endpoint", {"stream_id": stream["stream_id"], "state": state})

    async def poll(self, stream: dict[str, Any], **said: Any) -> dict[str, str]:
        asked = {"maxEvents": 10, "returnImmediately": True, **said}
        answer = await self.call("POST", stream["delivery"]["endpoint_url"], asked)
        assert answer.status_code == 200
        sets: dict[str, str] = answer.json()["sets"]
        return sets

    async def received(self, stream: dict[str, Any]) -> list[dict[str, Any]]:
        """Everything delivered by the method of the plan, each token checked as the suite does."""
        await self.op.ground.outbox.drain()
        pushed = self.delivery["method"] == PUSH
        tokens = self.receiver.bodies if pushed else list((await self.poll(stream)).values())
        found = []
        for token in tokens:
            header, claims = await verified(self.op, token)
            assert (header["typ"], header["alg"]) == ("secevent+jwt", "RS256")
            assert (claims["iss"], claims["aud"]) == (stream["iss"], stream["aud"])
            assert claims["iat"] <= self.op.clock.now().timestamp()
            assert len(claims["events"]) == 1
            assert not {"sub", "exp"} & claims.keys()
            found.append(claims)
        return found


@pytest.fixture(params=["poll", "push"])
async def plan(op: Home, request: pytest.FixtureRequest) -> Any:
    async with receiving("202 Accepted") as receiver:
        pushed = {"method": PUSH, "endpoint_url": receiver.url, "authorization_header": HEADER}
        metadata = (await op.client.get("/.well-known/ssf-configuration")).json()
        party = Party(op, op.party("ssf"))
        granted = await party.token(grant_type="client_credentials", scope="ssf.read ssf.manage")
        assert set(granted["scope"].split()) == {"ssf.read", "ssf.manage"}
        assert granted["expires_in"] <= 3600
        delivery = pushed if request.param == "push" else {"method": POLL}
        yield Plan(op, party, metadata, delivery, receiver, granted["access_token"])


polled = pytest.mark.parametrize("plan", ["poll"], indirect=True)
pushed = pytest.mark.parametrize("plan", ["push"], indirect=True)


async def test_openid_ssf_transmitter_metadata(op: Home, plan: Plan) -> None:
    said = plan.metadata
    assert said["issuer"] == op.issuer
    assert said["spec_version"] == "1_0"
    assert {"jwks_uri", "configuration_endpoint", "status_endpoint", "verification_endpoint"} <= said.keys()
    assert plan.delivery["method"] in said["delivery_methods_supported"]
    assert said["authorization_schemes"] == [{"spec_urn": "urn:ietf:rfc:6749"}]
    assert said["default_subjects"] in {"ALL", "NONE"}
    resource = (await op.client.get("/.well-known/oauth-protected-resource")).json()
    assert {"ssf.manage", "ssf.read"} <= set(resource["scopes_supported"])


async def test_openid_ssf_stream_control_happy_path(plan: Plan) -> None:
    made = await plan.stream()
    which = {"stream_id": made["stream_id"]}
    assert {"iss", "aud", "stream_id", "delivery", "events_supported", "events_delivered"} <= made.keys()
    assert made["delivery"]["method"] == plan.delivery["method"]
    assert set(made["events_delivered"]) <= set(made["events_supported"]) & set(made["events_requested"])
    assert (await plan.call("GET", "configuration_endpoint", params=which)).json() == made
    for method in ("PATCH", "PUT"):
        answer = await plan.call(method, "configuration_endpoint", {**which, "description": "b"})
        assert (answer.status_code, answer.json()["description"]) == (200, "b")
    for status in ("enabled", "paused", "disabled"):
        answer = await plan.call("POST", "status_endpoint", {**which, "status": status})
        assert (answer.status_code, answer.json()) == (200, {**which, "status": status})
        assert (await plan.call("GET", "status_endpoint", params=which)).json()["status"] == status
    assert (await plan.call("DELETE", "configuration_endpoint", params=which)).status_code == 204


@polled
async def test_openid_ssf_stream_control_create_stream_without_delivery(plan: Plan) -> None:
    answer = await plan.call("POST", "configuration_endpoint", {"description": "poll is the usual way"})
    assert answer.status_code == 201
    assert answer.json()["delivery"]["method"] == POLL
    assert answer.json()["delivery"]["endpoint_url"].startswith(plan.op.issuer)


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
async def test_openid_ssf_stream_control_error_with_broken_input(plan: Plan, method: str) -> None:
    if method != "POST":
        await plan.stream()
    headers = {"authorization": f"Bearer {plan.token}", "content-type": "application/json"}
    answer = await plan.op.client.request(method, "/ssf/stream", content=b";{ broken", headers=headers)
    assert answer.status_code == 400


async def test_openid_ssf_stream_control_error_create_stream_with_duplicate_config(plan: Plan) -> None:
    await plan.stream()
    assert (await plan.call("POST", "configuration_endpoint", {"delivery": plan.delivery})).status_code == 409


@pytest.mark.parametrize("token", ["", "invalid"])
@pytest.mark.parametrize("method", ["POST", "GET", "PATCH", "PUT", "DELETE"])
async def test_openid_ssf_stream_control_error_with_invalid_access_token(plan: Plan, method: str, token: str) -> None:
    which = {"stream_id": (await plan.stream())["stream_id"]}
    plan.token = token
    answer = await plan.call(method, "configuration_endpoint", None if method == "GET" else which, params=which)
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith("Bearer")
    assert ('error="invalid_token"' in challenge) == bool(token)


async def test_openid_ssf_stream_control_error_create_stream_with_read_only_token(plan: Plan) -> None:
    granted = await plan.party.token(grant_type="client_credentials", scope="ssf.read")
    assert granted["scope"] == "ssf.read"
    plan.token = granted["access_token"]
    answer = await plan.call("POST", "configuration_endpoint", {"delivery": plan.delivery})
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_openid_ssf_stream_control_error_read_stream_with_token_in_uri_query(plan: Plan) -> None:
    query = {"stream_id": (await plan.stream())["stream_id"], "access_token": plan.token}
    plan.token = ""
    assert (await plan.call("GET", "configuration_endpoint", params=query)).status_code == 401


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
async def test_openid_ssf_stream_control_error_unknown_stream(plan: Plan, method: str) -> None:
    await plan.stream()
    which = {"stream_id": "dummy"}
    answer = await plan.call(method, "configuration_endpoint", None if method == "GET" else which, params=which)
    assert answer.status_code == 404
    assert (await plan.call("GET", "status_endpoint", params=which)).status_code == 404


async def test_openid_ssf_stream_subject_control(plan: Plan) -> None:
    which = {"stream_id": (await plan.stream())["stream_id"]}
    for subject in (
        {"format": "email", "email": "someone@example.org"},
        {"format": "iss_sub", "iss": plan.op.issuer, "sub": "someone"},
        {"format": "opaque", "id": "someone"},
    ):
        said = {**which, "subject": subject, "verified": True}
        assert (await plan.call("POST", "add_subject_endpoint", said)).status_code == 200
        assert (await plan.call("POST", "remove_subject_endpoint", {**which, "subject": subject})).status_code == 204


async def test_openid_ssf_transmitter_stream_verification(plan: Plan) -> None:
    stream = await plan.stream()
    assert (await plan.verify(stream, "s1")).status_code == 204
    [claims] = await plan.received(stream)
    assert claims["sub_id"] == {"format": "opaque", "id": stream["stream_id"]}
    assert claims["events"] == {events.VERIFICATION: {"state": "s1"}}


@pushed
@pytest.mark.parametrize("said", [True, False])
async def test_openid_ssf_transmitter_stream_verification_push(plan: Plan, said: bool) -> None:
    if not said:
        del plan.delivery["authorization_header"]
    stream = await plan.stream()
    await plan.verify(stream)
    await plan.op.ground.outbox.drain()
    [head] = plan.receiver.heads
    assert "\r\ncontent-type: application/secevent+jwt" in head
    assert "\r\naccept: application/json" in head
    assert (f"\r\nauthorization: {HEADER}" in head) == said


@polled
async def test_openid_ssf_transmitter_stream_verification_poll_ack_and_set_errs(plan: Plan) -> None:
    stream = await plan.stream()
    for state in ("a", "b", "c"):
        await plan.verify(stream, state)
    sets = await plan.poll(stream)
    first, second, third = sets
    assert list(await plan.poll(stream, maxEvents=1)) == [first]
    assert await plan.poll(stream, maxEvents=0, ack=[first]) == {}
    assert list(await plan.poll(stream, ack=[second])) == [third]
    errors = {third: {"err": "invalid_request", "description": "Reported"}}
    assert await plan.poll(stream, maxEvents=0, setErrs=errors) == {}
    assert await plan.poll(stream) == {}


@polled
async def test_openid_ssf_transmitter_stream_verification_long_poll(plan: Plan) -> None:
    stream = await plan.stream()
    await plan.verify(stream)
    assert len(await plan.poll(stream, returnImmediately=False)) == 1
    assert plan.op.idp.settings.signals_poll_wait <= timedelta(seconds=20)


@pytest.mark.parametrize(("token", "body", "status"), [("", None, 400), ("invalid", None, 401), ("", "dummy", 404)])
async def test_openid_ssf_transmitter_stream_verification_error(
    plan: Plan, token: str, body: str | None, status: int
) -> None:
    which = (await plan.stream())["stream_id"]
    headers = {"authorization": f"Bearer {token or plan.token}", "content-type": "application/json"}
    said = b'{"stream_id": ' if status == 400 else b'{"stream_id": "%s"}' % (body or which).encode()
    assert (await plan.op.client.post("/ssf/verify", content=said, headers=headers)).status_code == status


@pytest.mark.parametrize("status", ["paused", "disabled"])
async def test_openid_ssf_transmitter_stopped_stream_holds_or_drops_events(plan: Plan, status: str) -> None:
    stream = await plan.stream()
    which = {"stream_id": stream["stream_id"]}
    await plan.call("POST", "status_endpoint", {**which, "status": status})
    assert (await plan.verify(stream, "held")).status_code == 204
    assert await plan.received(stream) == []
    await plan.call("POST", "status_endpoint", {**which, "status": "enabled"})
    await plan.verify(stream, "new")
    states = [one["events"][events.VERIFICATION]["state"] for one in await plan.received(stream)]
    assert states == (["held", "new"] if status == "paused" else ["new"])


@polled
@pytest.mark.parametrize("token", ["", "invalid"])
async def test_openid_ssf_transmitter_poll_endpoint_authorization(plan: Plan, token: str) -> None:
    stream = await plan.stream()
    plan.token = token
    answer = await plan.call("POST", stream["delivery"]["endpoint_url"], {"returnImmediately": True})
    assert answer.status_code == 401
    assert ('error="invalid_token"' in answer.headers["www-authenticate"]) == bool(token)


async def test_openid_ssf_transmitter_stream_caep_interop(op: Home, plan: Plan) -> None:
    browser = await op.sign_in("gabrielle")
    await plan.party.obtain(browser, scope="openid")
    stream = await plan.stream()
    assert (await plan.verify(stream)).status_code == 204
    person, now = op.person("gabrielle")["person_id"], op.clock.now()
    await op.database.work(lambda db: securing.change_password(db, op.idp, person, "another", now))
    heard: dict[str, dict[str, Any]] = {}
    for claims in await plan.received(stream):
        [(kind, said)] = claims["events"].items()
        heard[kind] = said
        if kind in CAEP:
            assert claims["sub_id"]["format"] in {"iss_sub", "email"}
            assert isinstance(said["event_timestamp"], int)
            assert said["event_timestamp"] < 100_000_000_000
            assert said["initiating_entity"] in {"admin", "user", "policy", "system"}
            assert said["reason_admin"]["en"]
    assert set(CAEP) <= heard.keys()
    assert heard[events.CREDENTIAL_CHANGE]["credential_type"] == "password"
    assert heard[events.CREDENTIAL_CHANGE]["change_type"] == "update"
