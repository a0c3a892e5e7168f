"""Who a person is, and how they sign in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Sex(StrEnum):
    """As the civil register writes it."""

    FEMALE = "F"
    MALE = "M"


class Status(StrEnum):
    """Whether an account opens a session."""

    ACTIVE = "active"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Person:
    """A person known to the health insurance, with an account or not. Their number is kept apart, sealed."""

    id: str
    family_name: str
    given_names: str
    """Every given name, the usual one first, separated by spaces."""
    birth_date: date
    sex: Sex
    vitale_mark: str | None
    """Keyed digest of the serial number of their Vitale card; a young child has none."""
    email: str | None
    email_verified_at: datetime | None
    mobile: str | None
    mobile_verified_at: datetime | None
    created_at: datetime
    changed_at: datetime
    further: Mapping[str, Any] | None = None
    """What else is known of them, by the names of `idp.accounts.further`; nothing of most people."""

    @property
    def given_name(self) -> str:
        """The given name one calls them by."""
        return self.given_names.split()[0]

    @property
    def name(self) -> str:
        """«Gabrielle Capanelli»."""
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True)
class Account:
    """The identifier and password that a person chose, and what they agreed to then."""

    person_id: str
    identifier: str
    password_hash: str
    status: Status
    terms_version: str
    """The version of the terms of use and privacy policy accepted (R025)."""
    terms_accepted_at: datetime
    created_at: datetime
    password_changed_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """Standard claims (OpenID Connect Core §5.1) about a person; None where nothing is known."""

    given_name: str
    family_name: str
    birthdate: str
    gender: str
    email: str | None
    email_verified: bool
    phone_number: str | None
    phone_number_verified: bool
    updated_at: int
    """Seconds since 1970."""
    further: Mapping[str, Any] | None = None


def profile_of(person: Person) -> Profile:
    """What may be said of a person, before any scope narrows it."""
    return Profile(
        given_name=person.given_names,
        family_name=person.family_name,
        birthdate=person.birth_date.isoformat(),
        gender="female" if person.sex is Sex.FEMALE else "male",
        email=person.email,
        email_verified=person.email is not None and person.email_verified_at is not None,
        phone_number=person.mobile,
        phone_number_verified=person.mobile is not None and person.mobile_verified_at is not None,
        updated_at=int(person.changed_at.timestamp()),
        further=person.further,
    )
