"""The demo's inbox: every e-mail and text message that a person of the demo would have received."""

import asyncio
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from kit.ids import new
from kit.outbox import Outbox
from sandbox.tables import messages

MOST_KEPT = 2_000
MOST_SHOWN = 100
_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as it arrived."""

    channel: str
    to: str
    subject: str
    text: str
    sent_at: datetime

    def as_json(self) -> dict[str, Any]:
        """As the address of the inbox tells it; the instant in RFC 3339."""
        at = self.sent_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {**asdict(self), "sent_at": at}


def add(db: Connection, message: Message, reference: str | None = None) -> None:
    """Keep a message; one of a `reference` already known is the same one, sent again. Only the latest are kept."""
    if reference and db.execute(select(messages.c.id).where(messages.c.reference == reference)).first():
        return
    row = {**asdict(message), "to": plain(message.to)}
    db.execute(insert(messages).values(id=new("msg", message.sent_at), reference=reference, **row))
    oldest = select(messages.c.id).order_by(messages.c.sent_at.desc(), messages.c.id.desc()).offset(MOST_KEPT)
    if old := db.execute(oldest.limit(100)).scalars().all():
        db.execute(delete(messages).where(messages.c.id.in_(old)))


def newest(db: Connection, to: str = "", limit: int = MOST_SHOWN) -> list[Message]:
    """Messages to that address (to everyone when there is none), newest first."""
    column = messages.c
    query = select(column.channel, column.to, column.subject, column.text, column.sent_at)
    if to:
        query = query.where(column.to == plain(to))
    return [Message(*row) for row in db.execute(query.order_by(column.sent_at.desc(), column.id.desc()).limit(limit))]


def plain(address: str) -> str:
    """One spelling for one address: e-mail in lower case, French mobile as +33…

    A "+" of an address query that nobody escaped arrives as a space: it is put back.
    """
    if "@" in address:
        return address.strip().lower()
    digits = address.strip()
    if address.startswith(" ") and digits[:1].isdigit():
        digits = "+" + digits
    digits = "".join(letter for letter in digits if letter.isdigit() or letter == "+")
    return "+33" + digits[1:] if len(digits) == 10 and digits.startswith("0") else digits


async def settle(outbox: Outbox) -> None:
    """Wait until everything due has left: who has just sent a form finds its message here at once."""
    patience = asyncio.get_running_loop().time() + _PATIENCE
    while await outbox.waiting():
        if not await outbox.drain():
            # Another task of this process may hold the delivery: it will be done in an instant.
            if asyncio.get_running_loop().time() > patience:
                return
            await asyncio.sleep(0.02)
