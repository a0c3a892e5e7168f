"""Settings of the identity provider: how long, how often, how strong."""

from datetime import timedelta

import msgspec

from idp.registration.settings import RegistrationSettings
from idp.trust.settings import ProfessionalSettings, TrustSettings


class IdpSettings(msgspec.Struct, frozen=True):
    """Durations are ISO 8601 ("PT60S"); rates read "10 per 15 minutes"."""

    profiles: tuple[str, ...] = ()
    """Client profiles served beside the usual ones: "compat" is OpenID Connect Core as certified, without PKCE."""
    code_lifetime: timedelta = timedelta(seconds=60)
    """An authorization code must be exchanged within this time."""
    access_token_lifetime: timedelta = timedelta(minutes=5)
    """An access token is good for this long."""
    id_token_lifetime: timedelta = timedelta(minutes=5)
    """An id token is good for this long."""
    refresh_idle: timedelta = timedelta(days=100)
    """A refresh token that is not used for this long is forgotten: longer than three months, so that an app whose
    agreement of three months is over hears so."""
    refresh_absolute: timedelta = timedelta(days=366)
    """However often it is refreshed, a link lasts at most this long."""
    refresh_grace: timedelta = timedelta(seconds=30)
    """A refresh repeated within this time (its answer was lost) gets the same successor."""
    pushed_lifetime: timedelta = timedelta(minutes=5)
    """A pushed request waits this long for the person to come, and as long as their interaction after that."""
    device_lifetime: timedelta = timedelta(minutes=10)
    """The code that a device shows must be answered within this time."""
    ciba_lifetime: timedelta = timedelta(minutes=5)
    """A request to a person who is elsewhere waits this long, unless the app asks for more or less."""
    ciba_most: timedelta = timedelta(minutes=15)
    """The most that an app may ask for."""
    ciba_told: timedelta = timedelta(minutes=10)
    """After the end of such a request an app that could not be told of the answer is tried again for this long."""
    poll_interval: timedelta = timedelta(seconds=5)
    """An app that waits for such an answer asks at most this often."""
    launch_lifetime: timedelta = timedelta(minutes=5)
    """An app that a portal opened must ask for its authorization within this time."""
    interaction_lifetime: timedelta = timedelta(minutes=30)
    """A request that waits for the person is kept for this long."""
    dpop_nonce: bool = False
    """Every DPoP proof must hold a nonce of ours (RFC 9449 §8): one more round trip for apps, now and then."""
    assertion_most: timedelta = timedelta(minutes=5)
    """A client's assertion may be good for at most this long (SMART, FAPI)."""

    session_idle: timedelta = timedelta(minutes=30)
    """A session ends after this long without a request."""
    session_absolute: timedelta = timedelta(hours=12)
    """A session ends after this long, however busy."""

    acr_password_otp: str = "eidas2"
    """What a password and a one-time code together are worth."""

    otp_lifetime: timedelta = timedelta(minutes=10)
    """A one-time code is good for this long."""
    otp_tries: int = 5
    """Wrong tries after which a one-time code is dead."""
    otp_resend: timedelta = timedelta(seconds=30)
    """A new one-time code can be asked after this long."""
    provisional_code_validity: str = "P1M"
    """A provisional code is good for this calendar period (R006)."""
    enrolment_lifetime: timedelta = timedelta(minutes=30)
    """An activation once begun may take this long (R032 asks at least 10 minutes)."""
    terms_version: str = "2026-11"
    """The version of the terms of use and privacy policy that a person accepts (R025)."""

    argon2_memory_kib: int = 19_456
    """Memory of one password's hash, in KiB. These three are OWASP's for argon2id."""
    argon2_time: int = 2
    """Passes over that memory."""
    argon2_parallelism: int = 1
    """Lanes of one hash."""
    hashing_threads: int = 2
    """Passwords hashed at the same time, at most."""

    rate_sign_in_identifier: str = "10 per 15 minutes"
    """Tries for one identifier."""
    rate_sign_in_address: str = "60 per 15 minutes"
    """Tries from one address."""
    rate_activation_nir: str = "10 per hour"
    """Activation tries for one social security number."""
    rate_activation_address: str = "30 per hour"
    """Activation tries from one address."""
    rate_code_send: str = "10 per hour"
    """One-time codes sent to one person."""
    rate_device_requests: str = "30 per minute"
    """Codes asked by the devices of one address."""
    rate_device_guesses: str = "10 per 15 minutes"
    """Codes typed at one address that no device shows."""
    rate_ciba_app: str = "10 per hour"
    """Requests of one app to one person who is elsewhere."""
    rate_ciba_person: str = "20 per hour"
    """Requests of all apps to one person who is elsewhere: nobody is asked until they give in."""
    rate_ciba_unknown: str = "60 per hour"
    """Requests of one app for people whom nobody knows here."""
    rate_token_failures: str = "60 per minute"
    """Failed client authentications from one address."""

    signals_kept: timedelta = timedelta(days=7)
    """An event that its receiver does not fetch or accept is kept for this long (Shared Signals)."""
    signals_poll_wait: timedelta = timedelta(seconds=15)
    """A receiver that polls with nothing to fetch is answered after this long at the latest (RFC 8936 §2.5)."""
    signals_verification_every: timedelta = timedelta(seconds=1)
    """A receiver may ask for a verification event this often."""

    trust: TrustSettings = TrustSettings()
    professionals: ProfessionalSettings = ProfessionalSettings()
    registration: RegistrationSettings = RegistrationSettings()
