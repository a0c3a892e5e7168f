"""The demo's inbox: what a script that has just sent a form can count on."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import aiosmtplib
import pytest

from kit.clock import DemoClock, SystemClock
from kit.ground import Ground
from notices.send import Address, Notices
from notices.settings import NoticeSettings, SmsOperator, Smtp
from sandbox import inbox
from sandbox.inbox import Message
from sandbox.mailbox import Mailbox
from sandbox.scene import Scene
from tests.sandbox.browser import Browser, text_of

PHONE = "+33639980001"


async def _keep(ground: Ground, *messages: Message) -> None:
    for message in messages:
        await ground.database.work(lambda db, one=message: inbox.add(db, one))


def _sms(clock: DemoClock, text: str, minutes: int = 0, to: str = PHONE) -> Message:
    return Message("sms", to, "", text, clock.now() + timedelta(minutes=minutes))


async def test_messages_come_newest_first(browser: Browser, demo_ground: Ground, demo_clock: DemoClock) -> None:
    await _keep(demo_ground, _sms(demo_clock, "premier"), _sms(demo_clock, "second", 1))
    answer = await browser.http.get("/sandbox/inbox", params={"to": PHONE}, headers={"accept": "*/*"})
    assert answer.headers["content-type"] == "application/json"
    assert [message["text"] for message in answer.json()] == ["second", "premier"]
    assert set(answer.json()[0]) == {"channel", "to", "subject", "text", "sent_at"}
    assert answer.json()[0]["sent_at"].endswith("Z")


@pytest.mark.parametrize("written", ["%2B33639980001", "+33639980001", "0639980001", "06%2039%2098%2000%2001"])
async def test_a_number_is_found_however_it_is_written(
    browser: Browser, demo_ground: Ground, demo_clock: DemoClock, written: str
) -> None:
    await _keep(demo_ground, _sms(demo_clock, "code"), _sms(demo_clock, "autre", to="+33639980002"))
    answer = await browser.http.get(f"/sandbox/inbox?to={written}", headers={"accept": "application/json"})
    assert [message["text"] for message in answer.json()] == ["code"]


async def test_an_address_is_found_in_any_case(browser: Browser, demo_ground: Ground, demo_clock: DemoClock) -> None:
    await _keep(demo_ground, Message("email", "Inaya@Example.org", "Bonjour", "…", demo_clock.now()))
    answer = await browser.http.get("/sandbox/inbox?to=inaya@example.ORG", headers={"accept": "application/json"})
    assert [message["subject"] for message in answer.json()] == ["Bonjour"]


async def test_an_unknown_address_has_an_empty_array(browser: Browser) -> None:
    answer = await browser.http.get("/sandbox/inbox?to=nobody@example.org", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()) == (200, [])


async def test_a_person_reads_the_messages_on_a_page(
    browser: Browser, demo_ground: Ground, demo_clock: DemoClock
) -> None:
    assert "Aucun message" in text_of(await browser.get("/sandbox/inbox"))
    await _keep(demo_ground, _sms(demo_clock, "votre code est 048213\n\n<script>alert(1)</script>"))
    page = await browser.get(f"/sandbox/inbox?to=%2B{PHONE[1:]}")
    assert page.status_code == 200
    assert "votre code est 048213" in text_of(page)
    assert "<script>alert" not in page.text


async def test_only_the_latest_are_kept(
    demo_ground: Ground, demo_clock: DemoClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_KEPT", 3)
    await _keep(demo_ground, *(_sms(demo_clock, str(nth), nth) for nth in range(6)))
    kept = await demo_ground.database.read(inbox.newest)
    assert [message.text for message in kept] == ["5", "4", "3"]


async def test_the_inbox_waits_for_what_has_just_been_told(browser: Browser, demo_ground: Ground) -> None:
    """Both ways at once, through real SMTP and the operator's HTTP, before the inbox answers."""
    mailbox = Mailbox(demo_ground.database, demo_ground.clock)
    await mailbox.start()
    settings = NoticeSettings(
        smtp=Smtp(host=mailbox.host, port=mailbox.port),
        sms=SmsOperator(url="http://localhost:8000/sandbox/sms/messages", key="sms-key"),
    )
    notices = Notices(demo_ground, settings, browser.http._transport)
    to = Address(email="inaya.michel@example.org", mobile=PHONE)
    now = demo_ground.clock.now()

    async def tell(channel: str) -> None:
        await demo_ground.database.work(
            lambda db: notices.tell(db, now, to=to, template="one_time_code", channel=channel, code="048213")
        )

    try:
        await tell("sms")
        found = await browser.http.get(f"/sandbox/inbox?to={PHONE}", headers={"accept": "application/json"})
        assert found.json()[0]["text"].endswith("@localhost #048213")
        await tell("email")
        # Another task delivers at the same time: the inbox still answers with the message.
        racing = asyncio.create_task(demo_ground.outbox.drain())
        found = await browser.http.get("/sandbox/inbox?to=inaya.michel@example.org", headers={"accept": "*/*"})
        assert found.json()[0]["subject"] == "Votre code pour vous connecter"
        await racing
    finally:
        await notices.close()
        await mailbox.stop()


@pytest.mark.parametrize(
    ("key", "body", "status"),
    [
        ("wrong", {"to": PHONE, "text": "a"}, 401),
        ("", {"to": PHONE, "text": "a"}, 401),
        ("sms-key", {"to": "0639980001", "text": "a"}, 422),
        ("sms-key", {"to": PHONE}, 422),
        ("sms-key", {"to": PHONE, "text": ""}, 422),
        ("sms-key", {"to": PHONE, "text": "a" * 1601}, 422),
        ("sms-key", ["no"], 422),
    ],
)
async def test_the_operator_refuses_what_a_real_one_would(
    browser: Browser, demo_ground: Ground, key: str, body: object, status: int
) -> None:
    headers = {"authorization": f"Bearer {key}"}
    answer = await browser.http.post("/sandbox/sms/messages", json=body, headers=headers)
    assert answer.status_code == status
    assert await demo_ground.database.read(inbox.newest) == []


async def test_a_message_sent_again_is_kept_once(browser: Browser, demo_ground: Ground) -> None:
    body = {"to": PHONE, "text": "a", "from": "MonEspace", "reference": "ntc_1"}
    for _ in range(2):
        answer = await browser.http.post(
            "/sandbox/sms/messages", json=body, headers={"authorization": "Bearer sms-key"}
        )
        assert answer.status_code == 202
    assert len(await demo_ground.database.read(inbox.newest)) == 1


async def test_the_mailbox_takes_a_message_for_several_people(demo_ground: Ground) -> None:
    mailbox = Mailbox(demo_ground.database, demo_ground.clock)
    await mailbox.start()
    raw = (
        "From: a@example.org\r\nTo: b@example.org\r\nSubject: =?utf-8?q?=C3=89t=C3=A9?=\r\n\r\nBonjour.\r\n.Point.\r\n"
    )
    await aiosmtplib.send(
        raw,
        sender="a@example.org",
        recipients=["b@example.org", "c@example.org"],
        hostname="127.0.0.1",
        port=mailbox.port,
    )
    await mailbox.stop()
    kept = await demo_ground.database.read(inbox.newest)
    assert {message.to for message in kept} == {"b@example.org", "c@example.org"}
    assert {(message.subject, message.text) for message in kept} == {("Été", "Bonjour.\n.Point.")}


async def test_the_mailbox_stops_though_someone_keeps_silent(demo_ground: Ground) -> None:
    mailbox = Mailbox(demo_ground.database, demo_ground.clock)
    await mailbox.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", mailbox.port)
    assert (await reader.readline()).startswith(b"220")
    await asyncio.wait_for(mailbox.stop(), 2)
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", mailbox.port)


def test_a_scene_cannot_be_made_on_a_real_clock(ground: Ground, scene: Scene) -> None:
    with pytest.raises(TypeError):
        Scene(replace(ground, clock=SystemClock()), "key", scene.glucolink)
