"""The token endpoint's answers, made from what was proven (RFC 6749 §5.1, SMART App Launch 2.2)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from clients.records import Client
from consent import grants, scopes
from consent.grants import Grant, Standing
from idp.accounts.records import profile_of
from idp.protocol import ceiling, claims, details, subjects
from idp.server.errors import Told
from idp.server.exchange import Exchange
from idp.tokens import access, id_tokens, opaque
from idp.tokens.access import Bearer
from idp.tokens.records import Family
from kit.problems import Refusal


def for_family(
    exchange: Exchange,
    client: Client,
    family: Family,
    grant: Grant,
    *,
    narrowed: frozenset[str] | None = None,
    refresh_token: str | None,
    nonce: str | None,
    more: dict[str, Any] | None = None,
    limits: details.Details | None = None,
) -> dict[str, Any]:
    """An answer about a person: access token, perhaps refresh token and id token, and the launch context.

    `more` are claims of the id token that are a grant type's own. `limits` are the family's authorization details, or
    less for this token alone (`idp.server.issuing.limits`).
    """
    waiting = grants.standing(grant, exchange.now) is Standing.PENDING
    scope = ceiling.granted(family.scope, client, grant.consents, waiting=waiting)
    if not client.first_party:
        scope -= grant.declined  # what the person left out since this family was born
    if narrowed is not None:
        scope = scopes.narrowed(scope, narrowed)
    if limits is not None:
        scope = details.left(scope, limits)
    subject = subjects.of(exchange.subject_key, client, family.person_id)
    patient = subject if ceiling.about_data(scope) else None
    lifetime = client.access_token_lifetime or exchange.settings.access_token_lifetime
    bearer = Bearer(
        client_id=client.client_id,
        subject=subject,
        scope=scope,
        audience=family.audience,
        grant_id=family.grant_id,
        family_id=family.id,
        patient=patient,
        authentication=family.authentication,
        binding=exchange.binding,
        details=limits if limits is not None else family.details,
        actor=family.actor,
        more={"may_act": {"sub": client.options.may_act[0]}} if len(client.options.may_act) == 1 else None,
    )
    token = access_token(exchange, client, bearer, lifetime)
    answer: dict[str, Any] = {
        "access_token": token,
        "token_type": token_type(exchange),
        "expires_in": int(lifetime.total_seconds()),
        "scope": scopes.echoed(family.former, scope) if family.former else access.words(scope),
        "grant_id": family.grant_id,
    }
    if grant.until is not None:
        answer["grant_expires_at"] = _text(grant.until)
    if bearer.details is not None:
        answer["authorization_details"] = list(bearer.details)
    if refresh_token is not None:
        answer["refresh_token"] = refresh_token
    if patient is not None:
        answer |= {"patient": patient, "need_patient_banner": False}
    if "openid" in scope:
        answer["id_token"] = id_tokens.make(
            exchange.scene.ring,
            exchange.issuer,
            client,
            subject=subject,
            authentication=family.authentication,
            nonce=nonce,
            access_token=token,
            now=exchange.now,
            lifetime=exchange.settings.id_token_lifetime,
            more={**(_about(exchange, family, grant, scope, subject) or {}), **(more or {})},
            recipient=exchange.recipient,
        )
    return answer


def _about(
    exchange: Exchange, family: Family, grant: Grant, scope: frozenset[str], subject: str
) -> dict[str, Any] | None:
    """What the id token tells of the person beyond their name: what was asked for it by name, and agreed.

    The claims of scopes are userinfo's to tell (OpenID Connect Core §5.4). `fhirUser` is SMART's (App Launch 2.2
    §2.1.7.1): the address of the person's own resource.
    """
    names = claims.asked(family.claims, "id_token", grant.scope)
    person = exchange.books.person(family.person_id) if names else None
    more = claims.told(profile_of(person), names) if person else {}
    if "fhirUser" in scope and exchange.scene.resources:
        more["fhirUser"] = f"{exchange.scene.resources[0]}/Patient/{subject}"
    return more or None


def limits(text: str | None, held: Sequence[Mapping[str, Any]] | None, client: Client) -> details.Details | None:
    """The authorization details of one token: those of its family, or less when the request asks less (RFC 9396 §6).

    Raises OAuth2Error.
    """
    if not text:
        return None
    try:
        return details.narrowed(text, held, client)
    except Refusal as refusal:
        raise Told(refusal) from refusal


def plain(exchange: Exchange, client: Client, bearer: Bearer, lifetime: timedelta) -> dict[str, Any]:
    """An answer with an access token and nothing else."""
    answer: dict[str, Any] = {
        "access_token": access_token(exchange, client, bearer, lifetime),
        "token_type": token_type(exchange),
        "expires_in": int(lifetime.total_seconds()),
        "scope": access.words(bearer.scope),
    }
    if bearer.patient is not None:
        answer["patient"] = bearer.patient
    if bearer.details is not None:
        answer["authorization_details"] = list(bearer.details)
    return answer


def for_client(exchange: Exchange, client: Client, scope: frozenset[str]) -> dict[str, Any]:
    """An answer about the client itself: an access token and nothing else (RFC 6749 §4.4.3)."""
    lifetime = client.access_token_lifetime or exchange.settings.access_token_lifetime
    bearer = Bearer(
        client_id=client.client_id,
        subject=client.client_id,
        scope=scope,
        audience=(exchange.issuer, *exchange.scene.resources),
        binding=exchange.binding,
    )
    answer = {
        "access_token": access_token(exchange, client, bearer, lifetime),
        "token_type": token_type(exchange),
        "expires_in": int(lifetime.total_seconds()),
    }
    return answer | ({"scope": access.words(scope)} if scope else {})


def access_token(exchange: Exchange, client: Client, bearer: Bearer, lifetime: timedelta) -> str:
    """Signed and self-contained (RFC 9068), or a mere name for a client that registered so. Raises NeedsDatabase."""
    if client.options.access_token_format == "opaque":  # noqa: S105 - not a password
        return opaque.keep(exchange.db, access.claims(exchange.issuer, bearer, now=exchange.now, lifetime=lifetime))
    return access.make(exchange.scene.ring, exchange.issuer, bearer, now=exchange.now, lifetime=lifetime)


def token_type(exchange: Exchange) -> str:
    """RFC 9449 §5: DPoP when bound to a DPoP key, otherwise Bearer."""
    return exchange.binding.token_type if exchange.binding else "Bearer"


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
