"""What two addresses say of the distance between a device and a person."""

import pytest

from idp.device.nearness import near


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::3", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::3", "2001:db8:1:3::3", False),
        ("203.0.113.7", "2001:db8:1:2::3", None),
        ("127.0.0.1", "::1", True),
        ("", "203.0.113.7", None),
    ],
)
def test_near_far_or_unknown(one, other, said):
    assert near(one, other) is said
    assert near(other, one) is said
