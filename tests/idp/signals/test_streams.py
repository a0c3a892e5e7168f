"""The stream management API: a client's own stream, exactly as it asked for it, and nobody else's."""

from dataclasses import replace
from typing import Any

import pytest

from clients import store
from clients.records import Status
from idp.signals import events
from tests.house import Home
from tests.idp.signals.conftest import POLL, PUSH, Listener, Listens
from tests.party import party

STREAM, STATUS, VERIFY = "/ssf/stream", "/ssf/status", "/ssf/verify"
ADD, REMOVE = "/ssf/subjects/add", "/ssf/subjects/remove"
EMAIL = {"format": "email", "email": "someone@example.org"}


async def test_the_transmitter_says_what_it_is_and_every_address_answers(house: Home) -> None:
    document = (await house.client.get("/.well-known/ssf-configuration")).json()
    assert document["issuer"] == house.issuer
    assert document["spec_version"] == "1_0"
    assert document["delivery_methods_supported"] == [PUSH, POLL]
    assert {"spec_urn": "urn:ietf:rfc:6749"} in document["authorization_schemes"]
    for name, address in document.items():
        if name.endswith("_endpoint"):
            answer = await house.client.get(address.removeprefix(house.issuer))
            assert answer.status_code in {401, 405}, name


async def test_a_stream_is_created_read_updated_replaced_and_deleted(listener: Listener) -> None:
    made = await listener.create(description="ours", events_requested=[events.SESSION_REVOKED, "urn:of:nobody"])
    assert made["iss"] == listener.home.issuer
    assert made["aud"] == "bench"
    assert made["events_delivered"] == [events.SESSION_REVOKED]
    assert set(made["events_delivered"]) <= set(made["events_supported"])
    assert made["events_requested"] == [events.SESSION_REVOKED, "urn:of:nobody"]
    assert made["delivery"] == {"method": POLL, "endpoint_url": f"{listener.home.issuer}/ssf/poll/{made['stream_id']}"}
    which = made["stream_id"]
    assert (await listener.call("GET", STREAM, stream_id=which)).json() == made
    assert (await listener.call("GET", STREAM)).json() == [made]

    changed = await listener.call("PATCH", STREAM, {"stream_id": which, "description": "yours"})
    assert changed.status_code == 200
    assert changed.json() == made | {"description": "yours"}

    wanted = {"stream_id": which, "events_requested": [events.GRANT_REVOKED], "aud": "bench", "iss": made["iss"]}
    replaced = (await listener.call("PUT", STREAM, wanted)).json()
    assert "description" not in replaced
    assert replaced["events_delivered"] == [events.GRANT_REVOKED]
    emptied = (await listener.call("PUT", STREAM, {"stream_id": which})).json()
    assert "events_requested" not in emptied
    assert emptied["events_delivered"] == []
    assert (await listener.call("GET", STREAM, stream_id=which)).json() == emptied

    assert (await listener.call("DELETE", STREAM, stream_id=which)).status_code == 204
    assert (await listener.call("GET", STREAM, stream_id=which)).status_code == 404
    assert (await listener.call("GET", STREAM)).json() == []
    assert (await listener.call("DELETE", STREAM, stream_id=which)).status_code == 404


async def test_a_second_stream_is_refused(listener: Listener) -> None:
    await listener.create()
    assert (await listener.call("POST", STREAM, {})).status_code == 409


async def test_what_is_told_with_a_push_is_not_shown_again(listener: Listener) -> None:
    delivery = {"method": PUSH, "endpoint_url": "https://127.0.0.1:8443/in", "authorization_header": "Bearer secret-1"}
    made = await listener.create(delivery=delivery)
    assert made["delivery"] == {"method": PUSH, "endpoint_url": "https://127.0.0.1:8443/in"}
    assert "secret-1" not in (await listener.call("GET", STREAM)).text


@pytest.mark.parametrize(
    "said",
    [
        {"delivery": {"method": PUSH}},
        {"delivery": {"method": PUSH, "endpoint_url": "ftp://a.example/"}},
        {"delivery": {"method": PUSH, "endpoint_url": "https://user:pw@a.example/"}},
        {"delivery": {"method": PUSH, "endpoint_url": "https://127.0.0.1:8443/", "authorization_header": "a\r\nb: c"}},
        {"delivery": {"method": "urn:carrier:pigeon"}},
        {"delivery": "push"},
        {"events_requested": "all"},
        {"events_requested": [1]},
        {"description": 3},
        {"description": "a\0b"},
        {"format": "phone"},
    ],
)
async def test_a_stream_that_does_not_hold_together_is_refused(listener: Listener, said: dict[str, Any]) -> None:
    assert (await listener.call("POST", STREAM, said)).status_code == 400
    made = await listener.create()
    for method in ("PATCH", "PUT"):
        answer = await listener.call(method, STREAM, {"stream_id": made["stream_id"], **said})
        assert answer.status_code == 400
    assert (await listener.call("GET", STREAM, stream_id=made["stream_id"])).json() == made


@pytest.mark.parametrize("said", [{"aud": "mobile"}, {"iss": "https://evil.example"}, {"events_supported": []}])
async def test_what_is_ours_to_say_is_not_the_receivers(listener: Listener, said: dict[str, Any]) -> None:
    made = await listener.create()
    for method in ("PATCH", "PUT"):
        answer = await listener.call(method, STREAM, {"stream_id": made["stream_id"], **said})
        assert answer.status_code == 400


@pytest.mark.parametrize("path", [STREAM, STATUS, VERIFY, ADD, REMOVE])
@pytest.mark.parametrize("body", [b";{ broken", b"[]", b'{"stream_id": ', b"\xff", b"[" * 5000])
async def test_a_body_that_is_no_json_object_is_refused(listener: Listener, path: str, body: bytes) -> None:
    await listener.create()
    headers = {"authorization": f"Bearer {listener.token}", "content-type": "application/json"}
    assert (await listener.home.client.post(path, content=body, headers=headers)).status_code == 400


CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", STREAM, {}),
    ("PATCH", STREAM, {"description": "theirs"}),
    ("PUT", STREAM, {"description": "theirs"}),
    ("GET", STATUS, {}),
    ("POST", STATUS, {"status": "disabled"}),
    ("POST", ADD, {"subject": EMAIL}),
    ("POST", REMOVE, {"subject": EMAIL}),
    ("POST", VERIFY, {}),
    ("DELETE", STREAM, {}),
]


@pytest.mark.parametrize(("method", "path", "said"), CALLS)
async def test_another_apps_stream_is_not_there(
    listener: Listener, listens: Listens, method: str, path: str, said: dict[str, Any]
) -> None:
    made = await listener.create()
    stranger = await listens("bench2")
    for which in (made["stream_id"], "stm_nothing"):
        for who in (stranger, listener) if which == "stm_nothing" else (stranger,):
            answer = await who.call(method, path, {"stream_id": which, **said} if said else None, stream_id=which)
            if path == VERIFY:
                answer = await who.call(method, path, {"stream_id": which})
            assert answer.status_code == 404, answer.text
    poll = await stranger.call("POST", f"/ssf/poll/{made['stream_id']}", {"returnImmediately": True})
    assert poll.status_code == 404
    assert (await listener.call("GET", STREAM, stream_id=made["stream_id"])).json() == made
    assert (await listener.call("GET", STATUS, stream_id=made["stream_id"])).json()["status"] == "enabled"


@pytest.mark.parametrize(("method", "path", "said"), CALLS)
async def test_a_stream_must_be_named(listener: Listener, method: str, path: str, said: dict[str, Any]) -> None:
    await listener.create()
    if (method, path) == ("GET", STREAM):
        return
    assert (await listener.call(method, path, said or {})).status_code == 400


async def test_without_a_good_token_nothing_is_answered(listener: Listener) -> None:
    made = await listener.create()
    poll = f"/ssf/poll/{made['stream_id']}"
    for method, path, _ in [*CALLS, ("POST", STREAM, {}), ("POST", poll, {})]:
        for headers in ({}, {"authorization": "Bearer nonsense"}):
            query = {"stream_id": made["stream_id"]}
            answer = await listener.home.client.request(method, path, json={}, params=query, headers=headers)
            assert answer.status_code == 401
            challenge = answer.headers["www-authenticate"]
            assert challenge.startswith("Bearer ")
            assert ('error="invalid_token"' in challenge) == bool(headers)
        query = {"stream_id": made["stream_id"], "access_token": listener.token}
        assert (await listener.home.client.request(method, path, json={}, params=query)).status_code == 401


async def test_a_token_that_only_reads_changes_nothing(listener: Listener, listens: Listens) -> None:
    made = await listener.create()
    reader = await listens("bench", "ssf.read")
    for method, path, said in [*CALLS, ("POST", STREAM, {})]:
        query = {"stream_id": made["stream_id"]}
        answer = await reader.call(method, path, {**query, **said} if method != "GET" else None, **query)
        if method == "GET":
            assert answer.status_code == 200
        else:
            assert answer.status_code == 403, (method, path)
            assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert (await reader.poll(made))["sets"] == {}


async def test_a_persons_token_manages_nothing(house: Home, listener: Listener) -> None:
    browser = await house.sign_in("gabrielle")
    held = await party(house).obtain(browser, scope="openid ssf.manage")
    assert "ssf.manage" not in held["scope"]
    answer = await replace(listener, token=held["access_token"]).call("GET", STREAM)
    assert answer.status_code == 403


async def test_a_suspended_app_has_no_stream(house: Home, listener: Listener) -> None:
    await listener.create()
    await house.database.work(lambda db: store.set_status(db, "bench", Status.SUSPENDED, house.clock.now()))
    house.house.clients.forget("bench")
    assert (await listener.call("GET", STREAM)).status_code == 403


async def test_the_status_is_the_receivers_to_change(listener: Listener) -> None:
    which = (await listener.create())["stream_id"]
    assert (await listener.call("GET", STATUS, stream_id=which)).json() == {"stream_id": which, "status": "enabled"}
    for status in ("paused", "disabled", "enabled"):
        said = {"stream_id": which, "status": status, "reason": "because"}
        answer = await listener.call("POST", STATUS, said)
        assert (answer.status_code, answer.json()) == (200, said)
        assert (await listener.call("GET", STATUS, stream_id=which)).json() == said
    assert (await listener.call("POST", STATUS, {"stream_id": which, "status": "asleep"})).status_code == 400


async def test_subjects_are_added_and_removed_without_saying_who_is_known(listener: Listener) -> None:
    which = (await listener.create())["stream_id"]
    known = {"format": "iss_sub", "iss": listener.home.issuer, "sub": "a" * 32}
    for subject in (EMAIL, known, {"format": "complex", "user": known}):
        said = {"stream_id": which, "subject": subject}
        assert (await listener.call("POST", REMOVE, said)).status_code == 204
        assert (await listener.call("POST", REMOVE, said)).status_code == 204
        assert (await listener.call("POST", ADD, {**said, "verified": True})).status_code == 200
    for subject in ({}, {"format": "phone_number", "phone_number": "+33"}, {"format": "email"}, "someone", None):
        for path in (ADD, REMOVE):
            assert (await listener.call("POST", path, {"stream_id": which, "subject": subject})).status_code == 400
