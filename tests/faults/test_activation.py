"""A power cut anywhere in an activation: the person goes on, and a code is never spent without an account."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from sqlalchemy import select

from consent import space_moves, spaces_store
from consent.spaces import State
from idp.accounts import register
from idp.accounts import store as accounts
from idp.accounts.records import Sex
from idp.accounts.register import Newcomer
from idp.enrolment.tables import provisional_codes
from kit.periods import Period
from kit.seals import Vault
from tests.browser import Browser, Page
from tests.conftest import MASTER
from tests.faults.cuts import cut
from tests.servers.server import Server

PASSWORD = "Espace-Sante-2026!"


class Newborn:
    """A person with a letter, who walks through the pages whatever happens to the server."""

    def __init__(self, server: Server, number: int, person_id: str, code: str) -> None:
        self.server = server
        self.person_id = person_id
        self.browser: Browser = server.browser()
        self.known = {"provisional_code": code, "nir": nir(number), "vitale_serial": f"8025000000000001{number:04}"}
        self.identifier, self.email = f"personne.numero{number}", f"personne{number}@example.org"
        self.chosen = {
            "email": self.email,
            "mobile": "",
            "identifier": self.identifier,
            "password": PASSWORD,
            "password_confirmation": PASSWORD,
        }
        self.page: Page

    async def to_identify(self) -> None:
        self.page = await self.browser.get("/activation")

    async def identify(self) -> Page:
        return await self._send(self.known)

    async def decide(self) -> Page:
        return await self._send({"decision": "activate", "accept_terms": "yes"})

    async def choose(self) -> Page:
        return await self._send(self.chosen)

    async def prove(self) -> Page:
        """The last code received; when it is not the good one, the one before: two may have crossed on their way."""
        for code in (await self.server.codes(self.email))[:2]:
            page = await self._send({"code": code})
            if "pas le bon" not in page.text:
                break
        return page

    async def to_the_end(self) -> None:
        """From whatever page is shown now, to a session."""
        for _ in range(8):
            match self.page.path:
                case "/activation":
                    self.page = await self.identify()
                case "/activation/decision":
                    self.page = await self.decide()
                case "/activation/compte":
                    self.page = await self.choose()
                case "/signin":
                    own = {"identifier": self.identifier, "password": PASSWORD}
                    self.page = await self.browser.submit(self.page, own)
                case "/signin/code":
                    self.page = await self.prove()
                case _:
                    break
        end = await self.browser.get("/account/sessions")
        assert (end.status, end.path) == (200, "/account/sessions"), self.page.text

    async def _send(self, values: dict[str, str]) -> Page:
        return await self.browser.submit(self.page, values)


STEPS: tuple[tuple[str, str, Callable[[Newborn], Awaitable[Page]]], ...] = (
    ("/activation", "/activation/decision", Newborn.identify),
    ("/activation/decision", "/activation/compte", Newborn.decide),
    ("/activation/compte", "/signin/code", Newborn.choose),
    ("/signin/code", "", Newborn.prove),
)


async def test_a_cut_anywhere_in_an_activation_leaves_a_person_who_goes_on(server: Server) -> None:
    people = await _people(server, 20)
    walker = people.pop()
    await walker.to_identify()
    cuts: list[str] = []
    for path, _following, step in STEPS:
        for at in count(1):
            page, where = await cut(server, path, at, lambda: step(walker))  # noqa: B023
            if page is not None:
                walker.page = page
                break
            cuts.append(where)
            if await _settled(server, walker, path, where):
                await walker.to_the_end()  # it was done: this one has arrived, another one comes as far
                walker = people.pop()
                await walker.to_identify()
                for _, _, former in STEPS[: [one for one, _, _ in STEPS].index(path)]:
                    walker.page = await former(walker)
        assert walker.page.status == 200, walker.page.text
    await walker.to_the_end()
    assert len(cuts) > 30, cuts
    assert sum(where == "before the answer" for where in cuts) == len(STEPS)
    assert sum(where == "after the commit" for where in cuts) >= len(STEPS)
    assert any("consent_spaces" in where for where in cuts)


async def _settled(server: Server, walker: Newborn, path: str, where: str) -> bool:
    """Nothing of the step was done, or all of it: gives which. A code is spent if and only if there is an account."""
    async with server.database() as database:

        def look(db: Any) -> tuple[bool, bool, bool]:
            used = select(provisional_codes.c.used_at).where(provisional_codes.c.person_id == walker.person_id)
            space = spaces_store.find(db, walker.person_id)
            return (
                db.execute(used).scalar_one() is not None,
                accounts.account(db, walker.person_id) is not None,
                space is not None and space.state is State.ACTIVATED,
            )

        spent, account, active = await database.read(look)
    assert spent == account == active, (path, where)
    if path in {"/activation", "/activation/decision"}:
        assert not spent, (path, where)
        return False
    return spent if path == "/activation/compte" else where.startswith(("after the commit", "before the a", "within"))


async def _people(server: Server, number: int) -> list[Newborn]:
    """Made-up people whose letters have just come."""
    vault, now, found = Vault(MASTER), server.clock.now(), []
    async with server.database() as database:
        for one in range(number):
            newcomer = Newcomer(
                family_name="Personne",
                given_names=f"Numéro {one}",
                birth_date=now.date().replace(year=1980),
                sex=Sex.FEMALE,
                nir=nir(one),
                vitale_serial=f"8025000000000001{one:04}",
                email=None,
                mobile=None,
            )

            def unit(db: Any, newcomer: Newcomer = newcomer) -> tuple[str, str]:
                person = register.add_person(db, vault, newcomer, now)
                space_moves.notify(db, person.id, now)
                space_moves.create(db, person.id, now)
                return person.id, register.issue_code(db, vault, person.id, Period.parse("P1M"), now)

            found.append(Newborn(server, one, *await database.work(unit)))
    return found


def nir(number: int) -> str:
    """A made-up social security number with its key."""
    body = 2_80_03_75_997_000 + number
    return f"{body}{97 - body % 97:02}"
