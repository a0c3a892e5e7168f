"""What the tests of the identity provider may ask for."""

import pytest

from kit.ground import Ground
from tests.idp import door as doors
from tests.idp.door import Door


@pytest.fixture
async def door(ground: Ground) -> Door:
    """The person's own door: activation, sign-in, sessions."""
    return await doors.build(ground)
