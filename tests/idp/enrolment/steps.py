"""The steps of an activation, for the stories that begin with them."""

from tests.idp.door import PASSWORD, Browser, Door

ADDRESS = "inaya.michel@example.org"
CHOSEN = {
    "email": ADDRESS,
    "mobile": "06 39 98 00 02",
    "identifier": "inaya.michel",
    "password": PASSWORD,
    "password_confirmation": PASSWORD,
}


async def identify(door: Door, browser: Browser, **other: str) -> None:
    """The first page, filled in rightly except where it is said."""
    await browser.get("/activation")
    right = {"provisional_code": door.code, "nir": "268047599909742", "vitale_serial": "1234567890"}
    await browser.send(**(right | other))


async def accept(browser: Browser) -> None:
    """The second page: yes."""
    await browser.send(decision="activate", accept_terms="yes")


async def walk(door: Door, browser: Browser, **other: str) -> None:
    """Until the code of the first sign-in."""
    await identify(door, browser)
    await accept(browser)
    await browser.send(**(CHOSEN | other))
