"""Tell a person something: written with the decision itself, delivered once that is committed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx2
import msgspec
from sqlalchemy import Connection

from kit.ground import Ground
from kit.ids import new
from kit.telemetry import events, log
from notices import addresses, store
from notices.addresses import Address, BadAddress
from notices.catalogue import EMAIL, KINDS, SMS
from notices.channels import mail, sms
from notices.settings import NoticeSettings
from notices.wording import Wording, Words

DELIVERY = "notices.deliver"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What waits in the outbox, sealed there."""

    id: str
    person_id: str | None
    channel: str
    template: str
    to: str
    subject: str
    text: str
    html: str
    told_at: datetime
    until: datetime | None


class Notices:
    """What people are told, by the channels that the settings give."""

    def __init__(
        self, ground: Ground, settings: NoticeSettings, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._ground = ground
        self._settings = settings
        self._wording = Wording(ground.pages.environment, ground.issuer)
        self._transport = transport
        self._http: httpx2.AsyncClient | None = None
        self.channels: frozenset[str] = frozenset({EMAIL, SMS} if settings.sms.url else {EMAIL})
        """The channels that this house has."""
        ground.outbox.handle(DELIVERY, self._deliver)

    def tell(
        self,
        db: Connection,
        now: datetime,
        *,
        to: Address,
        template: str,
        channel: str | None = None,
        person_id: str | None = None,
        until: datetime | None = None,
        **card: Any,
    ) -> str | None:
        """Write one notice in the present transaction; gives its identifier, or None when nobody can be reached.

        `channel` settles how; otherwise the first one that the notice allows, the house has and the person gave an
        good address for. From `until` on it is not sent any more: an old code would only confuse. Raises LookupError
        for a notice, channel or card that does not exist.
        """
        reach = _reach(to, template, self.channels, channel)
        if reach is None:
            events.labels("notice_without_address").inc()
            return None
        chosen, address = reach
        words = self._wording.words(template, chosen, card, now)
        delivery = Delivery(
            id=new("ntc", now),
            person_id=person_id,
            channel=chosen,
            template=template,
            to=address,
            subject=words.subject,
            text=words.text,
            html=words.html,
            told_at=now,
            until=until,
        )
        self._ground.outbox.put(db, DELIVERY, msgspec.to_builtins(delivery), now)
        return delivery.id

    async def close(self) -> None:
        """Let go of the connections to the operator."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def _deliver(self, payload: Mapping[str, Any]) -> None:
        """Hand one notice to its channel. Whatever it raises means "later"."""
        one = msgspec.convert(payload, Delivery)
        now = self._ground.clock.now()
        if one.until is not None and now >= one.until:
            log.info("notice_too_late", notice=one.id, template=one.template)
            return
        if await self._ground.database.read(lambda db: store.known(db, one.id)):
            return  # handed over, then the process stopped before saying so
        if one.channel == SMS:
            await sms.send(self._settings.sms, self._client(), one.to, one.text, one.id)
        else:
            smtp = self._settings.smtp
            words = Words(one.subject, one.text, one.html)
            await mail.send(smtp, mail.message(smtp, one.to, words, one.id, one.told_at))
        mask = addresses.masked_mobile if one.channel == SMS else addresses.masked_email
        line = store.Sent(one.id, one.person_id, one.channel, one.template, mask(one.to)[:80], now)
        await self._ground.database.work(lambda db: store.add(db, line))
        events.labels(f"notice_sent_{one.channel}").inc()

    def _client(self) -> httpx2.AsyncClient:
        if self._http is None:
            self._http = httpx2.AsyncClient(transport=self._transport, follow_redirects=False)
        return self._http


def _reach(to: Address, template: str, channels: frozenset[str], wanted: str | None) -> tuple[str, str] | None:
    """The channel and the checked address. Raises LookupError.

    An address that nothing can be sent to counts as none: what the person decided must not fail for that.
    """
    kind = KINDS.get(template)
    if kind is None:
        raise LookupError(f"no notice {template!r}")
    if wanted is not None and (wanted not in kind.channels or wanted not in channels):
        raise LookupError(f"{template} does not go by {wanted}")
    for channel in (wanted,) if wanted else kind.channels:
        raw = to.mobile if channel == SMS else to.email
        if not raw or channel not in channels:
            continue
        try:
            return channel, addresses.mobile(raw) if channel == SMS else addresses.email(raw)
        except BadAddress:
            events.labels("notice_bad_address").inc()
            log.warning("notice_bad_address", channel=channel, template=template)
    return None


__all__ = ["DELIVERY", "Address", "BadAddress", "Notices"]
