"""Addresses of code systems and extensions that we write or understand."""

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
CATEGORIES = frozenset(
    {
        "social-history",
        "vital-signs",
        "imaging",
        "laboratory",
        "procedure",
        "survey",
        "exam",
        "therapy",
        "activity",
    }
)
"""The codes of observation-category (R4)."""
REFUSALS = "urn:espace:refusals"
"""Our codes of refusal and of warning, in OperationOutcome.issue.details."""
CLIENTS = "urn:espace:clients"
"""Identifier system of the registered applications."""
TAGS = "urn:espace:tags"
"""Our tags in Resource.meta."""
UNUSUAL = "outside-plausible-range"
"""The tag of a value that was kept though it is unusual."""
CANONICAL = "urn:espace:extension:canonical-value"
"""Extension of an Observation: its value in the unit of the catalogue, when it came in another one."""

_GUIDE = "https://interop.esante.gouv.fr/ig/fhir/mesures/StructureDefinition/"
_BEFORE = "http://esante.gouv.fr/ci-sis/fhir/StructureDefinition/"
MOMENT = frozenset(
    {
        _GUIDE + "mesures-moment-of-measurement",
        _GUIDE + "mes-moment-of-measurement",
        _BEFORE + "ENS_MomentOfMeasurement",
    }
)
"""The guide's extension for the moment of a blood glucose, and its former addresses."""
DAYS = frozenset({_GUIDE + "mesures-number-of-days", _GUIDE + "mes-number-of-days", _BEFORE + "ENS_NumberOfDays"})
"""The guide's extension for the number of days that an average covers, and its former addresses."""


def source_of(client_id: str) -> str:
    """What `meta.source` says of the application that sent a resource."""
    return f"urn:espace:client:{client_id}"
