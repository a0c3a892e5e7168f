"""What comes in may have any shape: it is answered, and nothing falls over (RFC 6749 §5.2)."""

import pytest

from tests.ciba import asker

LONG = "x" * 5_000
NAMES = ("scope", "login_hint", "id_token_hint", "binding_message", "acr_values", "requested_expiry", "resource", "jti")
SHAPES = ("", "\0", "a\0b", LONG, "\u202e", "é" * 300, "𝟖" * 40, "'; DROP TABLE x;--", 1, -1.5, True, [], {}, [1, None])


@pytest.mark.parametrize("name", NAMES)
async def test_a_claim_of_a_signed_request_of_any_shape_is_answered(house, name):
    app = await asker(house)
    for value in SHAPES:
        said = await app.begin(**{name: value})
        assert said.status in {200, 400, 429}, (name, value, said.body)
        if isinstance(value, str) and "\0" in value and name != "jti":
            assert said.status == 400
        house.clock.advance(house.idp.settings.ciba_lifetime)


@pytest.mark.parametrize("path", ["/device/{}", "/ciba/{}", "/device?user_code={}", "/sandbox/tv/{}"])
async def test_an_address_of_any_shape_is_answered(house, path):
    browser = await house.sign_in("gabrielle")
    for value in ("%00", "a%00b", "x" * 3000, "%F0%9D%9F%96", "..", "%2e%2e%2f", "dmd_", "'"):
        assert (await browser.get(path.format(value))).status < 500, value
