"""CIBA §7.1, user_code: who chose a code is asked by nobody who does not know it."""

import pytest

from tests.ciba import asker


@pytest.fixture
async def chosen(house):
    browser = await house.sign_in("gabrielle")
    page = await browser.submit(await browser.get("/ciba"), {"user_code": "Chat27"})
    assert "doit donner votre code" in page.text
    return browser


async def test_who_chose_none_is_asked_without(house):
    app = await asker(house)
    assert (await app.begin()).status == 200
    assert (await app.begin(user_code="whatever")).status == 200


@pytest.mark.parametrize(
    ("said", "error"), [(None, "missing_user_code"), ("", "missing_user_code"), ("chien", "invalid_user_code")]
)
async def test_a_code_that_is_missing_or_wrong(house, chosen, said, error):
    app = await asker(house)
    answer = await app.begin(user_code=said)
    assert answer.refused_with(error)
    assert answer.status == 400
    assert "Rien n’attend" in (await chosen.get("/ciba")).text


@pytest.mark.parametrize("said", ["Chat27", "chat27"])
async def test_the_right_code(house, chosen, said):
    assert (await (await asker(house)).begin(user_code=said)).status == 200


async def test_wrong_codes_count_as_requests(house, chosen):
    app = await asker(house)
    for _ in range(10):
        assert (await app.begin(user_code="1111")).refused_with("invalid_user_code")
    assert (await app.begin(user_code="Chat27")).status == 429


async def test_a_code_is_let_go_of(house, chosen):
    await chosen.submit(await chosen.get("/ciba"), {"drop": "yes"})
    assert (await (await asker(house)).begin()).status == 200


@pytest.mark.parametrize("wrong", ["", "abc", "x" * 13, "deux mots", "été1"])
async def test_a_code_that_cannot_be_said_is_not_taken(house, wrong):
    browser = await house.sign_in("gabrielle")
    page = await browser.submit(await browser.get("/ciba"), {"user_code": wrong})
    assert page.status == 422
    assert (await (await asker(house)).begin()).status == 200
