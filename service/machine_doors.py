"""What each address for programs is for, what it reads and what it answers: the words of `/openapi.json`.

FHIR addresses are described by their own CapabilityStatement, pages by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.ciba import endpoint as ciba
from idp.device import endpoint as device
from idp.launch import web as launch
from idp.protocol import grant_management
from idp.protocol.assertion import TYPE as ASSERTION_TYPE
from idp.protocol.requests import DISPLAYS
from idp.server.server import GRANTS
from idp.signals import configuration, metadata

Fields = Mapping[str, Mapping[str, Any]]
"""Members or parameters by name, each with its JSON Schema."""

TEXT: Mapping[str, Any] = {"type": "string"}
NUMBER: Mapping[str, Any] = {"type": "integer", "minimum": 1}
OBJECT: Mapping[str, Any] = {"type": "object"}
LIST: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}

OAUTH = (400, 401, 413, 429, 503)
"""What the endpoints where clients prove themselves may refuse with."""
BEARER = (400, 401, 403, 404, 413, 429)
"""The same where an access token is brought."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One method of one address."""

    room: str
    says: str
    by: str = ""
    """Who calls: "client" (its own proof), "token" (an access token), "" (anyone)."""
    query: Fields = field(default_factory=dict)
    form: Fields = field(default_factory=dict)
    json: Fields = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """Of the form or of the JSON, what cannot be left out."""
    answers: Mapping[int, str] = field(default_factory=lambda: {200: "Object"})
    """Status to schema; "" for an answer without a body, "Page" for one that a person reads."""
    media: str = "application/json"
    errors: tuple[int, ...] = ()


def _texts(*names: str) -> dict[str, Mapping[str, Any]]:
    return dict.fromkeys(names, TEXT)


PROOF: Fields = {
    **_texts("client_id", "client_secret", "client_assertion"),
    "client_assertion_type": {"type": "string", "enum": [ASSERTION_TYPE]},
}
"""How a client proves itself in the body (RFC 6749 §2.3, RFC 7523 §2.2); in a header or by its certificate else."""
ASKED: Fields = {
    **_texts("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge"),
    "code_challenge_method": {"type": "string", "enum": ["S256"]},
    **_texts("response_mode", "prompt", "max_age", "acr_values", "login_hint", "id_token_hint", "ui_locales", "claims"),
    "display": {"type": "string", "enum": sorted(DISPLAYS)},
    **_texts("resource", "authorization_details", "dpop_jkt", "grant_id", "launch", "aud", "request"),
    "grant_management_action": {"type": "string", "enum": list(grant_management.REQUESTED)},
}
"""An authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1)."""
TOKEN: Fields = {
    "grant_type": {"type": "string", "enum": [grant.GRANT_TYPE for grant in GRANTS]},
    **_texts("code", "redirect_uri", "code_verifier", "refresh_token", "scope", "resource", "authorization_details"),
    **_texts("device_code", "auth_req_id", "assertion", "subject_token", "subject_token_type", "audience"),
    **_texts("actor_token", "actor_token_type", "requested_token_type"),
    **PROOF,
}
ONE_TOKEN: Fields = {**_texts("token", "token_type_hint"), **PROOF}
REGISTRATION: Fields = {
    "redirect_uris": LIST,
    "grant_types": LIST,
    "response_types": LIST,
    "contacts": LIST,
    "jwks": OBJECT,
    **_texts("client_name", "client_uri", "logo_uri", "policy_uri", "scope", "jwks_uri", "sector_identifier_uri"),
    **_texts("token_endpoint_auth_method", "subject_type", "software_statement", "profile"),
}
"""The members most used; every one of the IANA registry that stands in docs/registration.md is read."""
STREAM: Fields = {
    "stream_id": TEXT,
    "description": TEXT,
    "events_requested": LIST,
    "delivery": {"type": "object", "properties": {"method": TEXT, "endpoint_url": TEXT}},
}
SUBJECT: Fields = {"stream_id": TEXT, "subject": OBJECT}
VERSION: Fields = {"version": NUMBER}
DOCUMENT = (400, 413)


def _document(room: str, says: str, media: str = "application/json") -> Entry:
    return Entry(room, says, media=media, errors=DOCUMENT)


def _moved(says: str) -> Entry:
    return Entry("Consent", says, by="token", json=VERSION, answers={200: "Object"}, errors=(*BEARER, 409, 415, 422))


ENTRIES: Mapping[str, Entry] = {
    "GET /openapi.json": _document("Metadata", "This document"),
    "GET /.well-known/openid-configuration": _document("Metadata", "The provider (OpenID Connect Discovery 1.0)"),
    "GET /.well-known/oauth-authorization-server": _document("Metadata", "The same document (RFC 8414)"),
    "GET /.well-known/oauth-protected-resource": _document("Metadata", "The provider as a resource (RFC 9728)"),
    "GET /.well-known/oauth-protected-resource/dossier/fhir": _document("Metadata", "The measures (RFC 9728)"),
    "GET /.well-known/ssf-configuration": _document("Metadata", "The transmitter of signals (SSF 1.0 §7.1)"),
    "GET /dossier/fhir/.well-known/smart-configuration": _document("Metadata", "SMART App Launch 2.2 §2.1.7"),
    "GET /jwks": _document("Metadata", "The keys that sign, coming and going (RFC 7517)", "application/jwk-set+json"),
    "GET /catalogue": Entry(
        "Metadata",
        "The apps of the catalogue, page by page",
        query={"after": TEXT, "limit": {"type": "integer", "minimum": 1, "maximum": 100}},
        errors=(400, 413),
    ),
    "POST /token": Entry(
        "OAuth",
        "A token for a grant (RFC 6749 §3.2). The grant types are those of the metadata",
        by="client",
        form=TOKEN,
        needs=("grant_type",),
        answers={200: "TokenAnswer"},
        errors=OAUTH,
    ),
    "POST /par": Entry(
        "OAuth",
        "Push an authorization request; a `request_uri` for /authorize is given (RFC 9126)",
        by="client",
        form={**ASKED, **PROOF},
        answers={201: "PushedAnswer"},
        errors=OAUTH,
    ),
    "GET /authorize": Entry(
        "OAuth",
        "Where a person's browser is sent, not a program: pages, then a redirect to the registered address, with the "
        "response mode that was asked (RFC 6749 §4.1.1, RFC 9101, RFC 9126 §4)",
        query={**ASKED, "request_uri": TEXT},
        answers={200: "Page", 302: "", 303: ""},
        errors=(400, 401, 403, 413, 429),
    ),
    "POST /authorize": Entry(
        "OAuth",
        "The same, posted by the browser (OpenID Connect Core §3.1.2.1)",
        form={**ASKED, "request_uri": TEXT},
        answers={200: "Page", 302: "", 303: ""},
        errors=(400, 401, 403, 413, 429),
    ),
    "POST /revoke": Entry(
        "OAuth",
        "End a token and its family (RFC 7009)",
        by="client",
        form=ONE_TOKEN,
        needs=("token",),
        answers={200: ""},
        errors=OAUTH,
    ),
    "POST /introspect": Entry(
        "OAuth",
        "What a token is worth now, as JSON or signed (RFC 7662, RFC 9701)",
        by="client",
        form=ONE_TOKEN,
        needs=("token",),
        answers={200: "IntrospectionAnswer"},
        errors=OAUTH,
    ),
    f"POST {device.PATH}": Entry(
        "OAuth",
        "Codes for a device without a browser (RFC 8628 §3.1)",
        by="client",
        form={**_texts("scope", "resource", "authorization_details"), **PROOF},
        errors=OAUTH,
    ),
    f"POST {ciba.PATH}": Entry(
        "OAuth",
        "Ask a person who is not at the app's screen (CIBA Core §7)",
        by="client",
        form={
            **_texts("scope", "login_hint", "id_token_hint", "login_hint_token", "binding_message", "user_code"),
            **_texts("client_notification_token", "acr_values", "requested_expiry", "request"),
            **PROOF,
        },
        errors=(*OAUTH, 403),
    ),
    "GET /userinfo": Entry(
        "OpenID Connect",
        "Claims about the person (OpenID Connect Core §5.3)",
        by="token",
        answers={200: "Claims"},
        errors=(400, 401, 403, 413, 503),
    ),
    "POST /userinfo": Entry(
        "OpenID Connect",
        "The same; the token may be in the body",
        by="token",
        form=_texts("access_token"),
        answers={200: "Claims"},
        errors=(400, 401, 403, 413, 503),
    ),
    "GET /logout": Entry(
        "OpenID Connect",
        "Where a browser is sent to sign out (RP-Initiated Logout 1.0)",
        query=_texts("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales"),
        answers={200: "Page", 302: "", 303: ""},
        errors=(400, 413),
    ),
    "POST /logout": Entry(
        "OpenID Connect",
        "The same, posted",
        form=_texts("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales"),
        answers={200: "Page", 302: "", 303: ""},
        errors=(400, 413),
    ),
    "POST /register": Entry(
        "Registration",
        "A client registers itself, with an initial access token unless registration is open (RFC 7591)",
        by="token",
        json=REGISTRATION,
        answers={201: "Object"},
        errors=(400, 401, 413, 429),
    ),
    "GET /register/{client_id}": Entry(
        "Registration", "A registration, for its own token (RFC 7592 §2.1)", by="token", errors=(400, 401, 413, 429)
    ),
    "PUT /register/{client_id}": Entry(
        "Registration",
        "The whole registration anew (RFC 7592 §2.2)",
        by="token",
        json={"client_id": TEXT, **REGISTRATION},
        needs=("client_id",),
        errors=(400, 401, 413, 429),
    ),
    "DELETE /register/{client_id}": Entry(
        "Registration",
        "Removed, and every link of it ended (RFC 7592 §2.3)",
        by="token",
        answers={204: ""},
        errors=(400, 401, 413, 429),
    ),
    f"GET {grant_management.PATH}": Entry(
        "Grant management", "The grant is to be named in the path", by="token", answers={}, errors=(400, 401, 403, 413)
    ),
    f"DELETE {grant_management.PATH}": Entry(
        "Grant management", "The grant is to be named in the path", by="token", answers={}, errors=(400, 401, 403, 413)
    ),
    f"GET {grant_management.PATH}/{{grant}}": Entry(
        "Grant management", "What is agreed now (Grant Management, draft 03 §6.4)", by="token", errors=BEARER
    ),
    f"DELETE {grant_management.PATH}/{{grant}}": Entry(
        "Grant management", "The app lets go of it (§6.5)", by="token", answers={204: ""}, errors=BEARER
    ),
    "POST /pairings": Entry(
        "Consent",
        "An app sets its pairing up: the page where the person chooses is given",
        by="token",
        json=_texts("redirect_uri", "return_uri", "state", "patient_reference"),
        answers={200: "Object", 201: "Object"},
        errors=(*BEARER, 415),
    ),
    "GET /pairings/{pairing}": Entry("Consent", "How a pairing stands", by="token", errors=BEARER),
    "DELETE /pairings/{pairing}": Entry(
        "Consent", "The app ends its pairing", by="token", answers={204: ""}, errors=BEARER
    ),
    "GET /consent/space": Entry("Consent", "The person's own space and their children's", by="token", errors=BEARER),
    "POST /consent/children/{child}/decision": Entry(
        "Consent",
        "A parent decides for a child's space",
        by="token",
        json={"decision": {"type": "string", "enum": ["activate", "object"]}},
        needs=("decision",),
        errors=(*BEARER, 409, 415),
    ),
    "GET /consent/grants": Entry(
        "Consent",
        "The person's agreements",
        by="token",
        query={"status": {"type": "string", "enum": ["all", "current"]}},
        errors=BEARER,
    ),
    "GET /consent/grants/{grant}": Entry("Consent", "One agreement with its history", by="token", errors=BEARER),
    "POST /consent/grants/{grant}/amend": Entry(
        "Consent",
        "Change what is agreed, or for how long",
        by="token",
        json={"consents": LIST, "duration": TEXT, **VERSION},
        errors=(*BEARER, 409, 415, 422),
    ),
    "POST /consent/grants/{grant}/pause": _moved("Pause an agreement"),
    "POST /consent/grants/{grant}/resume": _moved("Take a paused agreement up again"),
    "POST /consent/grants/{grant}/end": _moved("End an agreement"),
    "GET /consent/journal": Entry(
        "Consent",
        "Who saw or changed what, newest first",
        by="token",
        query={"before": NUMBER, "limit": NUMBER, "client_id": TEXT, "kind": TEXT},
        errors=BEARER,
    ),
    f"POST {launch.PATH}": Entry(
        "Consent",
        "A portal of ours opens an app for the person (SMART App Launch 2.2 §2.0.6)",
        by="token",
        json=_texts("grant_id"),
        needs=("grant_id",),
        answers={201: "Object"},
        errors=(*BEARER, 415),
    ),
    f"POST {metadata.CONFIGURATION}": Entry(
        "Signals",
        "Open a stream (SSF 1.0 §8.1.1)",
        by="token",
        json=STREAM,
        answers={201: "Object"},
        errors=(*BEARER, 409),
    ),
    f"GET {metadata.CONFIGURATION}": Entry(
        "Signals",
        "The client's streams, or one",
        by="token",
        query=_texts("stream_id"),
        answers={200: "Any"},
        errors=BEARER,
    ),
    f"PATCH {metadata.CONFIGURATION}": Entry("Signals", "Change a stream", by="token", json=STREAM, errors=BEARER),
    f"PUT {metadata.CONFIGURATION}": Entry("Signals", "Set a stream anew", by="token", json=STREAM, errors=BEARER),
    f"DELETE {metadata.CONFIGURATION}": Entry(
        "Signals", "Close a stream", by="token", query=_texts("stream_id"), answers={204: ""}, errors=BEARER
    ),
    f"GET {metadata.STATUS}": Entry(
        "Signals", "Is it enabled, paused, disabled?", by="token", query=_texts("stream_id"), errors=BEARER
    ),
    f"POST {metadata.STATUS}": Entry(
        "Signals", "Enable, pause, disable", by="token", json=_texts("stream_id", "status", "reason"), errors=BEARER
    ),
    f"POST {metadata.ADD_SUBJECT}": Entry(
        "Signals", "Be told of a subject", by="token", json=SUBJECT, answers={200: ""}, errors=BEARER
    ),
    f"POST {metadata.REMOVE_SUBJECT}": Entry(
        "Signals", "No more of a subject", by="token", json=SUBJECT, answers={204: ""}, errors=BEARER
    ),
    f"POST {metadata.VERIFICATION}": Entry(
        "Signals",
        "Ask for a verification event",
        by="token",
        json=_texts("stream_id", "state"),
        answers={204: ""},
        errors=BEARER,
    ),
    f"POST {configuration.POLL}{{stream}}": Entry(
        "Signals",
        "Fetch events, and say which arrived (RFC 8936)",
        by="token",
        json={
            "maxEvents": {"type": "integer", "minimum": 0},
            "returnImmediately": {"type": "boolean"},
            "ack": LIST,
            "setErrs": OBJECT,
        },
        errors=BEARER,
    ),
    "GET /healthz": _document("Operations", "The process answers"),
    "GET /readyz": Entry(
        "Operations", "It may be sent requests", answers={200: "Object", 503: "Object"}, errors=(400, 413)
    ),
    "GET /metrics": Entry(
        "Operations",
        "Figures, for the networks of the settings",
        answers={200: "Text"},
        media="text/plain",
        errors=(400, 404, 413),
    ),
}
"""By method and path, as the list of doors writes them."""

PAGES = (
    *("/", "/espace", "/signin", "/activation", "/account", "/device", "/ciba", "/logout/confirm"),
    *("/authorize/{interaction}", "/pairings/{pairing}/consents"),
)
"""Where people are, each with what is below it: not described."""
ELSEWHERE = ("/dossier/fhir",)
"""Described by the CapabilityStatement at `/dossier/fhir/metadata`, but for what is named above."""
