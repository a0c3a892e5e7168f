"""What the patient's web application knows of the outside: addresses, its own name, and the words of the help desk."""

from datetime import timedelta

import msgspec

RETURN_PATH = "/espace/retour"
"""Where the provider sends the browser back after a sign-in: the only redirect address to register."""
GOODBYE_PATH = "/espace/au-revoir"
"""Where the provider sends the browser back after a sign-out: to register as post-logout redirect address."""

SCOPE = (
    "openid profile online_access fhirUser launch/patient "
    "patient/Patient.r patient/Observation.rs patient/Consent.crus patient/AuditEvent.rs"
)
"""What this application asks at sign-in: who the person is, their measures, their agreements, their journal."""


class HelpDesk(msgspec.Struct, frozen=True):
    """R166, R167: the help line as it is shown."""

    phone: str = "3422"
    """The number to call."""
    hours: str = "du lundi au vendredi, de 8 h 30 à 17 h 30"
    """When somebody answers."""
    price: str = "service gratuit, prix d’un appel"
    """What a call costs."""
    deaf_uri: str = "https://www.elioz.fr/"
    """Video interpretation and captions for the deaf and hard of hearing."""


class PortalSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a deployment may change. Addresses have no final slash."""

    origin: str = ""
    """Our own address, as browsers write it. Empty: the provider's."""
    issuer: str = ""
    """The provider's address: all we know of it, the rest is discovered. Empty: the one of this deployment."""
    dossier: str = ""
    """The FHIR base of the dossier. Empty: `/dossier/fhir` below the issuer."""
    consent: str = ""
    """The base of the person's own consent API. Empty: `/consent` below the issuer."""
    client_id: str = "portal"
    """The name under which the provider knows us."""
    scope: str = SCOPE
    """What is asked at sign-in."""
    sessions_path: str = "/account/sessions"
    """The provider's page of open sessions, below its issuer."""
    activation_path: str = "/activation"
    """The provider's page of activation, below its issuer."""
    catalogue_uri: str = ""
    """Where a person finds apps. Empty: `/catalogue` below the issuer."""
    session_idle: timedelta = timedelta(minutes=30)
    """A stay ends after this long without a page."""
    session_absolute: timedelta = timedelta(hours=12)
    """A stay ends after this long, however busy."""
    sign_in_lifetime: timedelta = timedelta(minutes=30)
    """How long a person may take between leaving for the provider and coming back."""
    rate_sign_in: str = "60 per minute"
    """Departures to the provider from one address: each leaves a row until it is over."""
    journal_kept: str = "dix ans"
    """How long the journal is kept, as one says it."""
    rows: int = 24
    """Lines of a table on one page."""
    help: HelpDesk = HelpDesk()
    """The help line."""

    @property
    def redirect_uri(self) -> str:
        """The address registered for the return of a sign-in."""
        return self.origin + RETURN_PATH

    @property
    def goodbye_uri(self) -> str:
        """The address registered for the return of a sign-out."""
        return self.origin + GOODBYE_PATH

    @property
    def secure(self) -> bool:
        """True when browsers reach us by TLS: cookies then carry the __Host- prefix."""
        return self.origin.startswith("https:")

    def located(self, issuer: str) -> "PortalSettings":
        """These settings with every address that was left empty put beside the provider of this deployment."""
        ours = self.issuer or issuer
        return msgspec.structs.replace(
            self,
            issuer=ours,
            origin=self.origin or issuer,
            dossier=self.dossier or f"{ours}/dossier/fhir",
            consent=self.consent or f"{ours}/consent",
            catalogue_uri=self.catalogue_uri or f"{ours}/catalogue",
        )
