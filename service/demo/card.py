"""DATA/demo.json: what a script needs to play with the demo. docs/automation.md is its contract."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection

from clients import profiles
from consent import spaces_store
from consent.spaces import State
from idp.accounts.marks import Marks
from idp.enrolment import store as enrolments
from service.demo import conformance, seed
from service.demo.party import Party
from service.demo.people import PASSWORD, PEOPLE, TESTER, Figure
from service.demo.shape import Shape
from service.house import House

NAME = "demo.json"


def write(folder: Path, card: dict[str, Any]) -> Path:
    """Write the card whole: who reads it meanwhile finds the former one."""
    file = folder / NAME
    draft = file.with_suffix(".part")
    draft.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    os.replace(draft, file)
    return file


def read(folder: Path) -> dict[str, Any]:
    """The card of the last start, or nothing."""
    try:
        found = msgspec.json.decode((folder / NAME).read_bytes())
    except (OSError, msgspec.DecodeError):
        return {}
    return found if isinstance(found, dict) else {}


async def make(house: House, known: list[Party], before: dict[str, Any], shape: Shape | None = None) -> dict[str, Any]:
    """The card of this start. A provisional code that is still good is kept, the others are made anew."""
    issuer = house.ground.issuer
    shape = shape or Shape()
    figures = (*PEOPLE, TESTER) if shape.suite else PEOPLE
    codes = {one.get("key"): one.get("provisional_code") for one in before.get("people", [])}

    def unit(db: Connection) -> list[dict[str, Any]]:
        return [_person(db, house, figure, codes.get(figure.key)) for figure in figures]

    return {
        "issuer": issuer,
        "port": house.settings.server.port,
        "ca_file": house.settings.server.tls_client_ca or None,
        "people": await house.ground.database.work(unit),
        "clients": [_client(house, party) for party in known],
        "inbox": f"{issuer}/sandbox/inbox",
        "clock": f"{issuer}/sandbox/clock",
        "pairings": f"{issuer}/pairings",
        "pages": {
            "activation": f"{issuer}/activation",
            "home": f"{issuer}/espace/",
            "apps": f"{issuer}/espace/applications",
            "history": f"{issuer}/espace/historique",
            "measures": f"{issuer}/espace/mesures",
            "entrance": f"{issuer}/",
            "reader": f"{issuer}/sandbox/glucolink/",
            "patterns": f"{issuer}/patterns",
        },
        "resources": {"dossier": house.dossier.base},
        "conformance": conformance.block(issuer, shape.suite) if shape.suite else None,
    }


def _person(db: Connection, house: House, figure: Figure, code: str | None) -> dict[str, Any]:
    person = seed.find(db, house, figure)
    if person is None:
        raise LookupError(f"{figure.key} is not in the database")
    space = spaces_store.find(db, person.id)
    comes = figure.vitale_serial is not None and space is not None
    if comes and space is not None and space.state in {State.NOTIFIED, State.CREATED, State.OBJECTED}:
        code = code if code and _good(db, house, code) else seed.new_code(db, house, person.id)
    else:
        code = None
    return {
        "key": figure.key,
        "person_id": person.id,
        "given_names": figure.given_names,
        "family_name": figure.family_name,
        "name": person.name,
        "sex": str(figure.sex),
        "birth_date": figure.birth_date.isoformat(),
        "nir": figure.nir,
        "vitale_serial": figure.vitale_serial,
        "provisional_code": code,
        "identifier": figure.identifier,
        "password": PASSWORD if figure.identifier else None,
        "mobile": figure.mobile,
        "email": figure.email,
        "state": str(space.state) if space else None,
        "children": list(figure.children),
    }


def _good(db: Connection, house: House, code: str) -> bool:
    """The code still opens an activation."""
    found = enrolments.code_by_mark(db, Marks(house.ground.vault).provisional(code))
    return found is not None and found.expires_at > house.ground.clock.now()


def _client(house: House, party: Party) -> dict[str, Any]:
    client = party.client
    return {
        "client_id": client.client_id,
        "name": client.name,
        "for": party.words,
        "served": profiles.enabled(client, house.settings.idp.profiles),
        "profile": client.profile,
        "auth_method": str(client.auth_method),
        "client_secret": party.secret,
        "jwk": party.jwk,
        "certificate": party.tls.certificate if party.tls else None,
        "certificate_key": party.tls.key if party.tls else None,
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "grant_types": sorted(client.grant_types),
        "scope": " ".join(sorted(client.scope)),
        "consents": sorted(client.consents),
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "options": client.options.to_json(),
    }
