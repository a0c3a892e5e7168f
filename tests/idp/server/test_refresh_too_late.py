"""A refresh token brought too late: when the agreement is over as well, that is what the app is told."""

from datetime import timedelta

from clients.options import Options
from tests.holder import Holder
from tests.house import Home
from tests.party import party
from tests.proofs import ec_key, enrol, registered
from tests.races.crowd import AGREED, MEASURES


async def test_an_app_that_comes_back_after_the_agreement_hears_that_it_is_over(house: Home) -> None:
    """An unused token is kept longer than three months: its app hears that the agreement is over."""
    app, browser = party(house), await house.sign_in("gabrielle")
    tokens = await app.obtain(browser, scope=MEASURES, choices=AGREED)
    house.clock.advance(timedelta(days=93))
    assert (await app.refresh(tokens["refresh_token"])).refused_with("invalid_grant", "consent_expired")


async def test_a_token_left_unused_for_a_hundred_days_is_forgotten_under_an_agreement_that_still_holds(
    house: Home,
) -> None:
    app, browser = party(house), await house.sign_in("gabrielle")
    tokens = await app.obtain(browser, scope=MEASURES, choices=AGREED | {"duration": "P12M"})
    house.clock.advance(timedelta(days=101))
    assert (await app.refresh(tokens["refresh_token"])).refused_with("invalid_grant", "token_invalid")


async def test_a_token_that_is_not_rotated_lives_on_by_being_used(house: Home) -> None:
    """A link of a client whose tokens are bound to a key lasts as another's, and no longer."""
    key, browser = ec_key(), await house.sign_in("gabrielle")
    options = Options(dpop_bound_access_tokens=True)
    app = await enrol(house, registered(house, "bound", key=key, options=options), key)
    holder = Holder(app)
    held = await holder.obtain(browser, choices={"scope": ["profile", "email"]})
    for _ in range(4):
        house.clock.advance(timedelta(days=80))
        assert (await holder.refresh(held["refresh_token"])).status == 200
    house.clock.advance(timedelta(days=101))
    assert (await holder.refresh(held["refresh_token"])).refused_with("invalid_grant", "token_invalid")
