"""Carries one file to the measures API by the real protocol, from a terminal: link, pair, agree, send."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from kit.clock import Clock
from sandbox.glucolink import departure, job, pairing
from sandbox.glucolink.job import Progress, Told
from sandbox.glucolink.provider import Provider, Tokens
from sandbox.glucolink.settings import TWO_STEPS, GlucoLinkSettings
from sandbox.glucolink.trouble import Refused
from sandbox.libreview.dates import Order
from sandbox.walker import Lost, Walker


@dataclass(slots=True)
class Courier:
    """Holds the keys of one link for the time of one command."""

    provider: Provider
    tokens: Tokens

    @classmethod
    async def linked(
        cls,
        card: Mapping[str, Any],
        person: str,
        http: httpx2.AsyncClient,
        clock: Clock,
        told: Mapping[str, str] | None = None,
    ) -> "Courier":
        """Play a person of the demo's card through the way of R159. `told` is what the card does not know of them.

        Raises Lost, Mistrust, Refused, Unreachable.
        """
        who = {**_named(card.get("people", []), "key", person, "person"), **(told or {})}
        app = _named(card.get("clients", []), "client_id", "glucolink", "client")
        if not who.get("identifier"):
            where = card["pages"]["activation"]
            raise Lost(f"{person} has no identifier yet: activate the space first, at {where}, then give --identifier")
        settings = GlucoLinkSettings(card["issuer"], app["client_id"], app["jwk"], Path("."))
        provider = Provider(settings, http, clock)
        addresses = tuple(address for address in (who.get("mobile"), who.get("email")) if address)
        walker = Walker(http, card["inbox"], who["identifier"], who["password"], addresses)
        leaving = departure.leave(TWO_STEPS)
        metadata = await provider.metadata()
        url = departure.authorization_url(leaving, metadata, settings)
        back = _query(await walker.walk(url, settings.redirect_uri))
        known = leaving if back.get("state") == leaving.state else None
        tokens = await provider.exchange(departure.code_of(known, back, metadata), leaving.verifier)
        await provider.check_id_token(tokens.id_token, leaving.nonce)
        asked = await pairing.ask(
            provider, partial(provider.call, bearer=tokens.access_token), departure.leave_for_consents().state
        )
        if asked.status == "pending":
            said = _query(await walker.walk(asked.consents_uri, settings.return_uri))
            if said.get("status") != "active":
                raise Lost(f"the consents page ended with {said.get('status')!r}")
        return cls(provider, tokens)

    async def carry(self, file: Path, order: Order | None, told: Told) -> Progress:
        """Send the file. Raises NotLibreView, Refused, Unreachable."""
        return await job.run(file, order, self._post, told)

    async def _post(self, bundle: Mapping[str, Any]) -> dict[str, Any]:
        where = (await self.provider.metadata()).dossier
        for last in (False, True):
            try:
                return await self.provider.call(
                    "POST",
                    where,
                    json=bundle,
                    bearer=self.tokens.access_token,
                    content_type="application/fhir+json",
                )
            except Refused as refused:
                if last or refused.status != 401 or self.tokens.refresh_token is None:
                    raise
            self.tokens = await self.provider.refresh(self.tokens.refresh_token)
        raise AssertionError("the last try returns or raises")


def _named(rows: list[dict[str, Any]], key: str, value: str, kind: str) -> dict[str, Any]:
    for row in rows:
        if row.get(key) == value:
            return row
    known = ", ".join(str(row.get(key)) for row in rows)
    raise Lost(f"no {kind} named {value!r}; there are: {known}")


def _query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))
