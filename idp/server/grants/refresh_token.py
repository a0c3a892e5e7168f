"""grant_type=refresh_token (RFC 6749 §6), each token used once (RFC 9700 §4.14.2), a lost answer forgiven for 30 s."""

from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749.grants import RefreshTokenGrant

from clients import profiles
from consent import scopes
from idp.server import issuing
from idp.server.errors import Gone, InvalidScopeError, Told
from idp.server.views import ClientView, RefreshView, UserView
from kit.problems import Refusal

_INVALID = "the refresh token is not valid: unknown, revoked, too old, or not this client's"


_PROLONGED_EVERY = timedelta(days=1)
"""A token that is used again and again lives on; that is written down this often, at most."""


class RefreshToken(RefreshTokenGrant):  # type: ignore[misc]
    """Authlib's order of checks over our families."""

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshView:
        """What we know of the token; whose it is is checked next."""
        presented = self.server.exchange.books.presented(refresh_token)
        if presented is None:
            raise Gone("token_invalid", _INVALID)
        return RefreshView(refresh_token, presented)

    def _validate_request_token(self, client: ClientView) -> RefreshView:
        view: RefreshView = super()._validate_request_token(client)
        family, exchange = view.presented.family, self.server.exchange
        if family.ended_at is not None:
            raise Gone(_told(family.ended_because), _INVALID)
        if not family.alive(exchange.now) or view.presented.expires_at <= exchange.now:
            exchange.books.agreement(family.grant_id, family.person_id, exchange.now)  # over too? that says more
            raise Gone("token_invalid", _INVALID)
        if family.binding is not None and family.binding != exchange.binding:
            raise Gone("token_invalid", "the refresh token is bound to another key (RFC 9449)")
        return view

    def _validate_token_scope(self, view: RefreshView) -> None:
        """RFC 6749 §6: what was granted or less, by what it means; version 1 is granted where it was answered."""
        text, held = self.request.payload.scope or "", view.presented.family.scope
        try:
            asked = scopes.read(text)
            former = scopes.former(text)
            strict = scopes.read(" ".join(word for word in text.split() if word not in former))
        except Refusal as refusal:
            raise Told(refusal) from refusal
        client = self.request.client.client
        held = held | scopes.spelled(scopes.expand(held, client.consents))
        heard = all(scopes.narrowed(held, scopes.read(word)) for word in former)
        if scopes.beyond(strict, held) or not heard:
            raise InvalidScopeError("scope can only be narrowed")
        self.narrowed = asked if text.strip() else None

    def authenticate_user(self, refresh_token: RefreshView) -> UserView:
        """The person, if all that the family rests on still holds."""
        family, exchange = refresh_token.presented.family, self.server.exchange
        self.grant = exchange.books.agreement(family.grant_id, family.person_id, exchange.now)
        if family.kind == "online" and family.authentication.session_id:
            exchange.books.session_lives(family.authentication, exchange.now)
        return UserView(family.person_id)

    def issue_token(self, user: UserView, refresh_token: RefreshView) -> dict[str, Any]:
        """New tokens, with the one successor of the token presented."""
        exchange, presented = self.server.exchange, refresh_token.presented
        family, now = presented.family, exchange.now
        client = self.request.client.client
        limits = issuing.limits(self.request.form.get("authorization_details"), family.details, client)
        ends = min(family.expires_at, now + exchange.settings.refresh_idle)
        grace_until = (presented.used_at or now) + exchange.settings.refresh_grace
        return issuing.for_family(
            exchange,
            client,
            family,
            self.grant,
            narrowed=self.narrowed,
            refresh_token=self._next(refresh_token, now, ends, grace_until),
            nonce=None,
            limits=limits,
        )

    def _next(self, token: RefreshView, now: datetime, ends: datetime, grace_until: datetime) -> str | None:
        """The refresh token to go on with: a successor, or none when the present one stays good."""
        exchange, presented = self.server.exchange, token.presented
        if not profiles.rotates(self.request.client.client) and presented.used_at is None:
            if ends - presented.expires_at >= _PROLONGED_EVERY:
                exchange.books.prolong(token.value, ends)
            return None
        return str(exchange.books.successor(token.value, presented, now, ends, grace_until))

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing: access tokens are self-contained and the refresh token is kept already."""

    def revoke_old_credential(self, refresh_token: RefreshView) -> None:
        """Nothing: it was used up when its successor was made."""


def _told(because: str | None) -> str:
    """What an app is told of why its family ended."""
    known = {"consent_ended", "consent_expired", "space_closed", "client_suspended", "session_ended", "token_reused"}
    return because if because in known else "token_invalid"
