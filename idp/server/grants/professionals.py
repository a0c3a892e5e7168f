"""Token exchange for a health professional: their provider's token becomes one of ours, bound to the certificate.

It carries no agreement of a person: resources that ask for one refuse it (`grant_required`).
"""

from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error

from clients.records import Client
from idp.protocol import professionals, subjects
from idp.protocol.exchanges import ACCESS_TOKEN
from idp.server import issuing
from idp.server.call import Call
from idp.server.exchange import Exchange
from idp.tokens.access import Bearer
from idp.tokens.binding import Binding
from idp.trust.said import Outside
from kit.problems import Refusal


class Away(OAuth2Error):  # type: ignore[misc]
    """Who had to be asked did not answer: 503."""

    error = "temporarily_unavailable"
    status_code = 503


def exchanged(exchange: Exchange, call: Call, client: Client, outside: Outside) -> dict[str, Any]:
    """The answer. Raises Refusal, Away."""
    settings, form = exchange.settings.professionals, call.form
    certificate = professionals.caller(client, call.certificate, form.get("cnf", ""), settings)
    scope = professionals.scope(form.get("scope", ""), client)
    if outside.away:
        raise Away(description="the issuer of the subject_token does not answer")
    who = professionals.known(outside.introspected, exchange.now, settings)
    actor = professionals.acting(form.get("actor_token", ""), outside.keys, client, exchange.now, settings)
    wanted = [one for name in ("resource", "audience") for one in call.payload.datalist.get(name, ()) if one]
    if set(wanted) - set(exchange.scene.resources):
        raise Refusal("invalid_target", "no resource of ours has that address")
    exchange.binding = Binding("x5t#S256", certificate.thumbprint)
    bearer = Bearer(
        client_id=client.client_id,
        subject=subjects.of(exchange.subject_key, client, f"professional {who.identifier}"),
        scope=scope,
        audience=tuple(dict.fromkeys(wanted)) or exchange.scene.resources,
        binding=exchange.binding,
        actor=actor,
        more={"professional": dict(who.told)},
    )
    life = settings.lifetime if settings.outlives else min(settings.lifetime, who.until - exchange.now)
    answer = issuing.plain(exchange, client, bearer, life)
    return answer | {"issued_token_type": form.get("requested_token_type", ACCESS_TOKEN)}
