"""Where a person is reached: addresses checked before anything is sent, and masked before anything is shown."""

import re
from dataclasses import dataclass

import phonenumbers

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_FICTION = "63998"  # 06 39 98 xx xx: kept for fiction by the French regulator, so assigned to no operator
_REGIONS = ("FR", "RE", "GP", "MQ", "GF", "YT", "NC", "PF", "PM", "WF")
_MOBILES = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}


class BadAddress(ValueError):
    """Nothing can be sent to this address."""


@dataclass(frozen=True, slots=True)
class Address:
    """The addresses of one person, as they are known; either may be missing."""

    email: str | None = None
    mobile: str | None = None


def email(text: str) -> str:
    """The address as it is written to: the domain in lower case, in ASCII. Raises BadAddress.

    RFC 5321 §4.1.2 without its quoted and literal forms, which no person has and which smuggle separators.
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local) > 64:
        raise BadAddress("not an e-mail address")
    try:
        ascii_domain = domain.encode("idna").decode().lower() if domain else ""
    except UnicodeError as error:
        raise BadAddress("not an e-mail address") from error
    labels = ascii_domain.split(".")
    whole = f"{local}@{ascii_domain}"
    if len(labels) < 2 or len(whole) > 254 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddress("not an e-mail address")
    return whole


def mobile(text: str) -> str:
    """The number in E.164 (`+33639980001`), written nationally or internationally. Raises BadAddress if not a mobile's.

    A national number is looked for in mainland France, then overseas (0692… is Réunion's +262692…).
    Numbers kept for fiction are taken: demonstrations write to them.
    """
    for region in _REGIONS:
        try:
            number = phonenumbers.parse(text.strip(), region)
        except phonenumbers.NumberParseException:
            break
        if number.extension is None and (phonenumbers.number_type(number) in _MOBILES or _fictional(number)):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise BadAddress("not a mobile number")


def masked_email(address: str) -> str:
    """`g•••@example.org`: enough for its owner to know it, too little for anyone else."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def masked_mobile(number: str) -> str:
    """`06 •• •• •• 01` for a French number, `+32 ••• 01` for another."""
    if number.startswith("+33") and len(number) == 12:
        return f"0{number[3]} •• •• •• {number[-2:]}"
    try:
        country = f"+{phonenumbers.parse(number, 'FR').country_code} "
    except phonenumbers.NumberParseException:
        country = ""
    return f"{country}••• {number[-2:]}"


def _fictional(number: phonenumbers.PhoneNumber) -> bool:
    national = str(number.national_number)
    return number.country_code == 33 and len(national) == 9 and national.startswith(_FICTION)
