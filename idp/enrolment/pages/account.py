"""`/activation/compte`: contacts, identifier and password; then the space is activated (R026 to R029)."""

from collections.abc import Mapping

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts import contacts, identifiers, passwords
from idp.accounts import store as accounts
from idp.accounts.hashing import hasher_of
from idp.enrolment import activate
from idp.enrolment.activate import Chosen, Over
from idp.enrolment.answers import Faults, read
from idp.enrolment.pages import where
from idp.enrolment.pages.where import Situation
from idp.enrolment.records import Step
from idp.login.begin import Started
from idp.login.next import Onward
from idp.login.pages.password import continued
from idp.login.words import STEPS
from idp.scene import Scene
from kit import forms
from kit.forms import Form
from kit.http import client_address

CHILDREN = "/activation/enfants"
FIELDS = ("email", "mobile", "identifier")
"""What is shown again after a mistake; a password never is."""


async def show(scene: Scene, request: Request) -> Response:
    """GET: the contacts that the insurance knows, to check, and the fields to choose an access."""
    here = await where.find(scene, request)
    if here is None or here.step is not Step.ACCOUNT:
        return where.go(here.step if here else Step.IDENTIFY)
    return page(scene, request, _known(here))


async def take(scene: Scene, request: Request) -> Response:
    """POST: everything right activates the space, once."""
    form = await forms.read(request, scene.ground.csrf)
    here = await where.find(scene, request)
    if here is None or here.step is not Step.ACCOUNT:
        return where.go(here.step if here else Step.IDENTIFY)
    return await answer(scene, request, form, here)


async def answer(scene: Scene, request: Request, form: Form, here: Situation) -> Response:
    """Activate with what `form` says, or show what to correct."""
    typed = {name: form.get(name).strip() for name in FIELDS}
    if "email" not in form.lists:
        typed |= {name: value for name, value in _known(here).items() if name not in form.lists}
    answers = read(
        email=typed["email"],
        mobile=typed["mobile"],
        identifier=typed["identifier"],
        password=form.get("password"),
        confirmation=form.get("password_confirmation"),
    )
    if isinstance(answers, Faults):
        return page(scene, request, typed, errors=answers.by_field, status=422)
    if not await _free(scene, answers.identifier, here):
        return _taken(scene, request, typed)
    chosen = Chosen(answers, await hasher_of(scene.settings).hash(answers.password))
    address, now = client_address(request), scene.ground.clock.now()

    def unit(db: Connection) -> Started:
        return activate.activate(db, scene, here.enrolment, chosen, Onward(CHILDREN), address, now)

    try:
        started = await scene.ground.database.work(unit)
    except Over:
        return where.go(Step.DONE)
    except IntegrityError:  # somebody chose the same identifier, or the same person was faster, at the same moment
        free = await _free(scene, answers.identifier, here)
        return where.go(Step.DONE) if free else _taken(scene, request, typed)
    return continued(scene, started)


def page(
    scene: Scene,
    request: Request,
    typed: Mapping[str, str],
    *,
    errors: Mapping[str, tuple[str, ...]] | None = None,
    status: int = 200,
) -> Response:
    """The form, with what is known or was typed."""
    wrong = errors or {}
    return scene.ground.pages.render(
        request,
        "activation/account.html",
        status=status,
        steps=STEPS,
        typed={name: typed.get(name, "") for name in FIELDS},
        rules=passwords.RULES,
        errors={name: " ".join(sentences) for name, sentences in wrong.items()},
    )


def _known(here: Situation) -> dict[str, str]:
    return {"email": here.person.email or "", "mobile": contacts.spaced(here.person.mobile or ""), "identifier": ""}


async def _free(scene: Scene, identifier: str, here: Situation) -> bool:
    holder = await scene.ground.database.read(lambda db: accounts.by_identifier(db, identifier))
    return holder is None or holder.person_id == here.person.id


def _taken(scene: Scene, request: Request, typed: Mapping[str, str]) -> Response:
    return page(scene, request, typed, errors={"identifier": (identifiers.TAKEN,)}, status=409)
