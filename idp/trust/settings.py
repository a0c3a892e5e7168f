"""Settings of who else may say who a person is."""

from datetime import timedelta

import msgspec


class TrustSettings(msgspec.Struct, frozen=True):
    """Assertions about people by others (RFC 7523 §2.1). Each app names those it may bring (`assertion_issuers`)."""

    issuers: tuple[str, ...] = ()
    """Who is believed: `ISSUER=JWKS`, the keys being an https address or a file."""
    acr: str = "eidas1"
    """What a proof given to one of them is worth here."""


class ProfessionalSettings(msgspec.Struct, frozen=True):
    """Tokens of health professionals (Pro Santé Connect), exchanged for tokens of ours. Closed without an issuer."""

    issuer: str = ""
    """The `iss` of their access tokens."""
    introspection_endpoint: str = ""
    """Where their tokens are looked at (RFC 7662)."""
    client_id: str = ""
    """Who we are there."""
    client_secret: str = ""
    """What we prove it with (HTTP Basic)."""
    identifier: str = "SubjectNameID"
    """The member of their answer that says who the professional is."""
    told: tuple[str, ...] = ("SubjectNameID", "SubjectRole")
    """Members of their answer that our token repeats, under `professional`."""
    actor: tuple[str, ...] = ("lps_nom", "lps_id", "lps_version", "situation_exercice")
    """Claims of the actor token that our token repeats, under `act`."""
    actor_identifier: str = "lps_id"
    """The one among them that says which software acts."""
    hex_thumbprints: bool = False
    """A `cnf` that encodes the digest's hexadecimal writing is understood too; RFC 8705's form always is."""
    lifetime: timedelta = timedelta(minutes=5)
    """A token given so is good for this long."""
    outlives: bool = False
    """It may be good for longer than theirs, which is so for two minutes."""
