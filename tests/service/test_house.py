"""The house stands: every part answers where it should, and its people can come in."""

import pytest

from tests.house import Home


async def test_a_person_signs_in_with_a_password_and_a_code(house: Home) -> None:
    browser = await house.sign_in("gabrielle")
    page = await browser.get("/espace/")
    assert (page.status, page.path) == (200, "/espace/")
    assert "Gabrielle" in page.text


@pytest.mark.parametrize(
    "path",
    ["/", "/signin", "/activation", "/sandbox/inbox", "/sandbox/clock", "/sandbox/glucolink/", "/patterns", "/healthz"],
)
async def test_public_pages_answer(house: Home, path: str) -> None:
    page = await house.browser().get(path)
    assert (page.status, page.path) == (200, path)


async def test_the_house_is_ready(house: Home) -> None:
    reply = await house.client.get("/readyz")
    assert (reply.status_code, reply.json()) == (200, {"status": "ready"})


async def test_an_unknown_address_is_a_page_for_a_person_and_a_problem_for_a_program(house: Home) -> None:
    page = await house.browser().get("/nulle-part")
    assert page.status == 404
    assert "Cette page n’existe pas" in page.text
    reply = await house.client.get("/nulle-part", headers={"accept": "application/json"})
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] == "not_found"
