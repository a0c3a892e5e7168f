"""Told with the decision, delivered after it: over real SMTP and real HTTP, to the demo's stand-ins."""

import socket
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email import policy
from email.parser import BytesParser

import httpx2
import pytest
from sqlalchemy import Connection, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from kit import outbox
from kit.clock import FixedClock
from kit.ground import Ground
from notices import store
from notices.channels import mail
from notices.send import Address, Notices
from notices.settings import NoticeSettings, SmsOperator, Smtp
from notices.wording import Words
from sandbox import inbox
from sandbox.mailbox import Mailbox

GABRIELLE = Address(email="gabrielle.capanelli@example.org", mobile="+33639980001")


class Operator:
    """An operator of text messages that one can break."""

    def __init__(self) -> None:
        self.status = 202
        self.taken: list[dict[str, str]] = []
        self.keys: list[str] = []

    async def messages(self, request: Request) -> JSONResponse:
        self.keys.append(request.headers["authorization"])
        if self.status == 202:
            self.taken.append(await request.json())
        return JSONResponse({}, self.status)

    @property
    def transport(self) -> httpx2.ASGITransport:
        return httpx2.ASGITransport(Starlette(routes=[Route("/messages", self.messages, methods=["POST"])]))


@pytest.fixture
def operator() -> Operator:
    return Operator()


@pytest.fixture
async def mailbox(ground: Ground) -> AsyncIterator[Mailbox]:
    box = Mailbox(ground.database, ground.clock)
    await box.start()
    yield box
    await box.stop()


@pytest.fixture
async def notices(ground: Ground, mailbox: Mailbox, operator: Operator) -> AsyncIterator[Notices]:
    settings = NoticeSettings(
        smtp=Smtp(host=mailbox.host, port=mailbox.port),
        sms=SmsOperator(url="http://operator.test/messages", key="k-1"),
    )
    made = Notices(ground, settings, operator.transport)
    yield made
    await made.close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


async def _tell_code(ground: Ground, notices: Notices, clock: FixedClock, channel: str | None, **more: object) -> None:
    def unit(db: Connection) -> object:
        return notices.tell(
            db,
            clock.now(),
            to=GABRIELLE,
            template="one_time_code",
            channel=channel,
            person_id="per_1",
            code="048213",
            **more,
        )

    await ground.database.work(unit)


async def test_an_email_goes_through_smtp_once_the_decision_is_committed(
    ground: Ground, notices: Notices, clock: FixedClock
) -> None:
    await _tell_code(ground, notices, clock, "email")
    assert await ground.database.read(lambda db: inbox.newest(db)) == []
    assert await ground.outbox.drain() == 1
    [message] = await ground.database.read(lambda db: inbox.newest(db, "gabrielle.capanelli@example.org"))
    assert (message.channel, message.subject) == ("email", "Votre code pour vous connecter")
    assert "048213" in message.text
    assert "n’avez" in message.text


async def test_a_text_message_goes_to_the_operator_with_our_key(
    ground: Ground, notices: Notices, clock: FixedClock, operator: Operator
) -> None:
    await _tell_code(ground, notices, clock, "sms")
    await ground.outbox.drain()
    [taken] = operator.taken
    assert taken["to"] == "+33639980001"
    assert taken["text"].endswith("@localhost #048213")
    assert operator.keys == ["Bearer k-1"]


async def test_nothing_is_told_when_the_decision_is_undone(ground: Ground, notices: Notices, clock: FixedClock) -> None:
    def unit(db: Connection) -> None:
        notices.tell(db, clock.now(), to=GABRIELLE, template="objection_recorded")
        raise RuntimeError("undone")

    with pytest.raises(RuntimeError):
        await ground.database.work(unit)
    assert await ground.outbox.drain() == 0


async def test_support_sees_that_it_was_sent_and_not_what_it_said(
    ground: Ground, notices: Notices, clock: FixedClock
) -> None:
    await _tell_code(ground, notices, clock, "email")
    await _tell_code(ground, notices, clock, "sms")
    await ground.outbox.drain()
    lines = await ground.database.read(lambda db: store.of_person(db, "per_1"))
    assert {(line.channel, line.template, line.to_masked) for line in lines} == {
        ("email", "one_time_code", "g•••@example.org"),
        ("sms", "one_time_code", "06 •• •• •• 01"),
    }
    assert "048213" not in repr(lines)


async def test_what_waits_to_leave_cannot_be_read_in_the_database(
    ground: Ground, notices: Notices, clock: FixedClock
) -> None:
    await _tell_code(ground, notices, clock, "sms")
    [payload] = await ground.database.read(lambda db: db.execute(select(outbox.table.c.payload)).scalars().all())
    assert b"048213" not in payload
    assert b"639980001" not in payload


async def test_a_mail_server_that_is_away_is_tried_again(
    ground: Ground, clock: FixedClock, mailbox: Mailbox, closed_port: int
) -> None:
    away = Notices(ground, NoticeSettings(smtp=Smtp(host="127.0.0.1", port=closed_port)))
    await _tell_code(ground, away, clock, "email")
    assert await ground.outbox.drain() == 0
    Notices(ground, NoticeSettings(smtp=Smtp(host=mailbox.host, port=mailbox.port)))
    assert await ground.outbox.drain() == 0, "not before its time"
    clock.advance(timedelta(seconds=6))
    assert await ground.outbox.drain() == 1
    assert len(await ground.database.read(inbox.newest)) == 1


async def test_an_operator_that_never_takes_it_leaves_a_dead_letter(
    ground: Ground, notices: Notices, clock: FixedClock, operator: Operator
) -> None:
    operator.status = 503
    await _tell_code(ground, notices, clock, "sms")
    for _ in range(14):
        await ground.outbox.drain()
        clock.advance(timedelta(hours=7))
    dead = select(outbox.table.c.attempts, outbox.table.c.last_error).where(outbox.table.c.dead_at.is_not(None))
    assert [tuple(row) for row in await ground.database.read(lambda db: db.execute(dead).all())] == [(12, "NotTaken")]
    operator.status = 202
    assert await ground.outbox.drain() == 0


async def test_a_code_that_has_lost_its_use_is_not_sent(
    ground: Ground, notices: Notices, clock: FixedClock, operator: Operator
) -> None:
    await _tell_code(ground, notices, clock, "sms", until=clock.now() + timedelta(minutes=10))
    clock.advance(timedelta(minutes=10))
    assert await ground.outbox.drain() == 1
    assert operator.taken == []
    assert await ground.database.read(lambda db: store.of_person(db, "per_1")) == []


async def test_a_delivery_repeated_after_a_crash_is_not_sent_twice(
    ground: Ground, notices: Notices, clock: FixedClock, operator: Operator
) -> None:
    await _tell_code(ground, notices, clock, "sms")
    keep = select(outbox.table)
    [row] = await ground.database.read(lambda db: db.execute(keep).mappings().all())
    await ground.outbox.drain()
    await ground.database.work(lambda db: db.execute(outbox.table.insert().values(**row)))
    assert await ground.outbox.drain() == 1
    assert len(operator.taken) == 1


async def test_without_a_channel_the_first_one_that_can_reach_the_person_is_taken(
    ground: Ground, notices: Notices, clock: FixedClock, operator: Operator
) -> None:
    def unit(db: Connection) -> list[object]:
        tell = notices.tell
        now = clock.now()
        only_mail = Address(email="inaya@example.org")
        return [
            tell(db, now, to=only_mail, template="one_time_code", code="111111"),
            tell(db, now, to=Address(mobile="0639980002"), template="objection_recorded"),
            tell(db, now, to=Address(), template="objection_recorded"),
            tell(db, now, to=Address(mobile="0639980002"), template="activation_done"),
        ]

    first, second, third, fourth = await ground.database.work(unit)
    assert first
    assert second
    assert (third, fourth) == (None, None)
    await ground.outbox.drain()
    assert [taken["to"] for taken in operator.taken] == ["+33639980002"]
    assert [message.to for message in await ground.database.read(inbox.newest)] == ["inaya@example.org"]


async def test_a_house_without_an_operator_writes_by_mail(ground: Ground, clock: FixedClock, mailbox: Mailbox) -> None:
    plain = Notices(ground, NoticeSettings(smtp=Smtp(host=mailbox.host, port=mailbox.port)))
    assert plain.channels == {"email"}
    await _tell_code(ground, plain, clock, None)
    await ground.outbox.drain()
    assert [message.channel for message in await ground.database.read(inbox.newest)] == ["email"]
    with pytest.raises(LookupError):
        await _tell_code(ground, plain, clock, "sms")


async def test_an_address_that_hides_a_header_is_never_written_to(
    ground: Ground, notices: Notices, clock: FixedClock
) -> None:
    evil = Address(email="a@example.org\r\nBcc: everyone@example.org", mobile="+33639980001\r\n;ext=3")

    def unit(db: Connection) -> str | None:
        return notices.tell(db, clock.now(), to=evil, template="objection_recorded")

    assert await ground.database.work(unit) is None
    assert await ground.outbox.waiting() == 0


async def test_a_bad_address_gives_way_to_the_next_channel(
    ground: Ground, notices: Notices, clock: FixedClock, operator: Operator
) -> None:
    half = Address(email="not an address", mobile="0639980001")
    told = await ground.database.work(lambda db: notices.tell(db, clock.now(), to=half, template="objection_recorded"))
    assert told
    await ground.outbox.drain()
    assert [taken["to"] for taken in operator.taken] == ["+33639980001"]


@pytest.mark.parametrize("field", ["subject", "to", "id"])
def test_a_header_cannot_hold_a_line_break(clock: FixedClock, field: str) -> None:
    values = {"subject": "Bonjour", "to": "a@example.org", "id": "ntc_1"}
    values[field] += "\r\nBcc: everyone@example.org"
    with pytest.raises(ValueError):
        mail.message(Smtp(), values["to"], Words(values["subject"], "t\n", "<p>t"), values["id"], clock.now())


def test_a_mail_has_the_same_text_twice_and_asks_for_no_automatic_answer(clock: FixedClock) -> None:
    made = mail.message(Smtp(), "a@example.org", Words("Été", "Voilà.\n", "<p>Voilà.</p>"), "ntc_1", clock.now())
    read = BytesParser(policy=policy.default).parsebytes(made.as_bytes())
    assert read["subject"] == "Été"
    assert read["message-id"] == "<ntc_1@espace.invalid>"
    assert read["auto-submitted"] == "auto-generated"
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]


async def test_old_lines_are_forgotten_a_few_at_a_time(ground: Ground, notices: Notices, clock: FixedClock) -> None:
    for _ in range(3):
        await _tell_code(ground, notices, clock, "sms")
    await ground.outbox.drain()
    later = clock.now() + timedelta(days=1)
    assert await ground.database.work(lambda db: store.purge(db, later, most=2)) == 2
    assert await ground.database.work(lambda db: store.purge(db, later, most=2)) == 1
    assert await ground.database.work(lambda db: store.purge(db, clock.now())) == 0
