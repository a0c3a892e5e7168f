"""The rest of the standard claims about a person (OpenID Connect Core §5.1), where somebody knows them."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

PROFILE = (*("middle_name", "nickname", "preferred_username", "profile", "picture", "website", "zoneinfo", "locale"),)
"""Told with the scope `profile`."""
ADDRESS = ("formatted", "street_address", "locality", "region", "postal_code", "country")
"""Members of the claim `address` (§5.1.1), told with the scope of that name."""

_LINKS = frozenset({"profile", "picture", "website"})
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_LONGEST = 500


def read(said: Mapping[str, Any]) -> dict[str, Any]:
    """The same, once looked at. Raises ValueError with the name of the claim that cannot be kept."""
    unknown = said.keys() - set(PROFILE) - {"address"}
    if unknown:
        raise ValueError(f"{sorted(unknown)[0]} is no claim that is kept")
    for name, value in said.items():
        if name == "address":
            _address(value)
        elif not _text(value):
            raise ValueError(f"{name} is a text of at most {_LONGEST} characters")
        elif name in _LINKS and (urlsplit(value).scheme != "https" or not urlsplit(value).hostname):
            raise ValueError(f"{name} is an https address")
        elif name == "zoneinfo" and value not in available_timezones():
            raise ValueError("zoneinfo is a zone such as Europe/Paris")
        elif name == "locale" and not _LOCALE.fullmatch(value):
            raise ValueError("locale is a language such as fr-FR")
    return dict(said)


def _address(value: Any) -> None:
    if not isinstance(value, Mapping) or not value or value.keys() - set(ADDRESS):
        raise ValueError(f"address has some of {', '.join(ADDRESS)}")
    if not all(_text(one) for one in value.values()):
        raise ValueError(f"address holds texts of at most {_LONGEST} characters")


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and "\0" not in value
