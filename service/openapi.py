"""`/openapi.json`: every address for programs, made from the routes that are served (OpenAPI 3.1)."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kit.http import json_response
from service.machine_doors import ELSEWHERE, ENTRIES, PAGES, Entry, Fields

PATH = "/openapi.json"
_FORM = "application/x-www-form-urlencoded"
_JSON, _PROBLEM, _PAGE = "application/json", "application/problem+json", "text/html"
_NAMED = re.compile(r"\{(\w+)\}")
_KEPT = {"access-control-allow-origin": "*", "cache-control": "public, max-age=300"}
_WORDS = {
    **{200: "Done", 201: "Made", 204: "Done, nothing to say", 302: "Onward", 303: "Onward", 400: "Not understood"},
    **{401: "Who calls is not proven", 403: "Not allowed", 404: "Nothing there for this caller"},
    **{409: "Not as it stands now", 413: "Too large", 415: "Another media type is read here", 422: "Not acceptable"},
    **{429: "Too many", 503: "Not now"},
}
_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "": [],
    "client": [{"basic": []}, {"certificate": []}, {}],
    "token": [{"bearer": []}, {"dpop": []}],
}


def _object(*texts: str, **others: str) -> dict[str, Any]:
    """An object with these members, text or of that JSON type; the first one is always there."""
    members = {name: {"type": kind} for name, kind in (dict.fromkeys(texts, "string") | others).items()}
    return {"type": "object", "properties": members, "required": [next(iter(members))]}


_SCHEMAS: dict[str, Any] = {
    "Any": {},
    "Object": {"type": "object"},
    "Text": {"type": "string"},
    "Page": {"type": "string"},
    "Error": _object("error", "error_description", "reason"),
    "Problem": _object("title", "type", "code", "error", "error_description", status="integer"),
    "TokenAnswer": _object(
        *("access_token", "token_type", "scope", "refresh_token", "id_token", "grant_id"), expires_in="integer"
    ),
    "PushedAnswer": _object("request_uri", expires_in="integer"),
    "IntrospectionAnswer": {
        "type": "object",
        "properties": {"active": {"type": "boolean"}, "scope": {"type": "string"}, "exp": {"type": "integer"}},
        "required": ["active"],
    },
    "Claims": _object("sub"),
}
_SCHEMES = {
    "basic": {"type": "http", "scheme": "basic", "description": "client_secret_basic (RFC 6749 §2.3.1)"},
    "certificate": {"type": "mutualTLS", "description": "The client's certificate (RFC 8705 §2)"},
    "bearer": {"type": "http", "scheme": "bearer", "description": "An access token (RFC 6750)"},
    "dpop": {"type": "http", "scheme": "DPoP", "description": "An access token with its proof (RFC 9449 §7)"},
}


def route(routes: Sequence[BaseRoute], issuer: str) -> Route:
    """The address of the document about `routes` and itself."""

    async def described(request: Request) -> Response:
        return json_response(text, headers=_KEPT)

    own = Route(PATH, described, methods=["GET"])
    text = msgspec.Raw(msgspec.json.encode(document([*routes, own], issuer)))
    return own


def document(routes: Sequence[BaseRoute], issuer: str) -> dict[str, Any]:
    """The document; what has no entry is not in it (see `undescribed`)."""
    paths: dict[str, dict[str, Any]] = {}
    for method, path in served(routes):
        if (entry := ENTRIES.get(f"{method} {path}")) is not None:
            paths.setdefault(path, {})[method.lower()] = _operation(method, path, entry)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Espace: identity, consent and signals", "version": "1"},
        "servers": [{"url": issuer}],
        "externalDocs": {"url": f"{issuer}/dossier/fhir/metadata", "description": "Measures, by FHIR's own words"},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": _SCHEMAS, "securitySchemes": _SCHEMES},
    }


def served(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Method and path of every route for programs; HEAD goes with GET."""
    for one in routes:
        if not isinstance(one, Route):
            continue
        for method in sorted((one.methods or {"GET"}) - {"HEAD"}):
            if f"{method} {one.path}" in ENTRIES or not _below(one.path, (*PAGES, *ELSEWHERE)):
                yield method, one.path


def undescribed(routes: Sequence[BaseRoute]) -> list[str]:
    """What is served and has no entry."""
    return [f"{method} {path}" for method, path in served(routes) if f"{method} {path}" not in ENTRIES]


def unserved(routes: Sequence[BaseRoute]) -> list[str]:
    """What has an entry and is not served."""
    return sorted(ENTRIES.keys() - {f"{method} {path}" for method, path in served(routes)})


def _below(path: str, places: Sequence[str]) -> bool:
    return any(path == one or (one != "/" and path.startswith(f"{one}/")) for one in places)


def _operation(method: str, path: str, entry: Entry) -> dict[str, Any]:
    name = "_".join([method.lower(), *re.findall(r"[A-Za-z0-9]+", path)])
    inside = [
        {"name": one, "in": "path", "required": True, "schema": {"type": "string"}} for one in _NAMED.findall(path)
    ]
    asked = [{"name": one, "in": "query", "schema": schema} for one, schema in entry.query.items()]
    made: dict[str, Any] = {"operationId": name, "summary": entry.says, "tags": [entry.room]}
    if inside or asked:
        made["parameters"] = [*inside, *asked]
    if entry.form or entry.json:
        media = _FORM if entry.form else _JSON
        schema = _body(entry.form or entry.json, entry.needs)
        made["requestBody"] = {"required": bool(entry.needs), "content": {media: {"schema": schema}}}
    made["security"] = _SECURITY[entry.by]
    return made | {"responses": _responses(entry)}


def _body(fields: Fields, needs: tuple[str, ...]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": dict(fields)}
    return schema | ({"required": list(needs)} if needs else {})


def _responses(entry: Entry) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, schema in entry.answers.items():
        answers[str(status)] = {"description": _WORDS[status]}
        if schema:
            media = _PAGE if schema == "Page" else entry.media
            answers[str(status)]["content"] = {media: _ref(schema)}
    page = "Page" in entry.answers.values()
    said = {_PROBLEM: _ref("Problem"), _JSON: _ref("Error")} | ({_PAGE: _ref("Page")} if page else {})
    for status in entry.errors:
        if str(status) not in answers:
            answers[str(status)] = {"description": _WORDS[status], "content": said}
    return answers


def _ref(schema: str) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{schema}"}}
