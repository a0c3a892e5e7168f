"""What the caller sends, and what it wants back (FHIR R4 §3.1.0.1.9, §3.1.0.1.6; RFC 9110 §12, RFC 7240)."""

from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request

from kit.problems import Refusal

FHIR = "application/fhir+json"
PLAIN = "application/json"
_JSON = {FHIR: FHIR, PLAIN: PLAIN, "json": FHIR, "application/*": FHIR, "*/*": FHIR, "text/json": PLAIN}
_VERSIONS = {"", "4.0", "4.0.1"}

Returning = Literal["minimal", "representation", "OperationOutcome"]


@dataclass(frozen=True, slots=True)
class Prefer:
    """The Prefer header: what to return after a change, and whether unknown search parameters are refused."""

    returning: Returning | None
    strict: bool


def media_wanted(request: Request) -> str:
    """The JSON type to answer in. Raises Refusal(406) when the caller takes no JSON."""
    asked = request.query_params.get("_format", "").replace(" ", "+")
    if asked:
        kind, version = _kind(asked)
        if kind in _JSON and version in _VERSIONS:
            return _JSON[kind]
        raise _not_acceptable()
    header = request.headers.get("accept", "").strip()
    if not header:
        return FHIR
    best, weight = "", 0.0
    for part in header.split(","):
        kind, version = _kind(part)
        said = _weight(part)
        if kind in _JSON and version in _VERSIONS and said > weight:
            best, weight = _JSON[kind], said
    if not best:
        raise _not_acceptable()
    return best


def media_sent(request: Request) -> None:
    """Raises Refusal(415) when the body is not said to be JSON."""
    kind, version = _kind(request.headers.get("content-type", ""))
    if kind not in {FHIR, PLAIN} or version not in _VERSIONS:
        raise Refusal(
            "unsupported_media_type",
            f"the body must be {FHIR}, FHIR version 4.0",
            status=415,
            headers={"accept-post": f"{FHIR}, {PLAIN}"},
        )


def preference(request: Request) -> Prefer:
    """The Prefer header; what it says wrongly is as if it said nothing (RFC 7240 §2)."""
    said = {
        part.strip() for header in request.headers.getlist("prefer") for part in header.replace(";", ",").split(",")
    }
    kinds: tuple[Returning, ...] = ("minimal", "representation", "OperationOutcome")
    returning = next((kind for kind in kinds if f"return={kind}" in said), None)
    return Prefer(returning, "handling=strict" in said)


def _kind(text: str) -> tuple[str, str]:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    version = next((p.partition("=")[2].strip('"') for p in parameters if p.startswith("fhirversion=")), "")
    return kind, version


def _weight(text: str) -> float:
    for parameter in text.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _not_acceptable() -> Refusal:
    return Refusal("not_acceptable", f"only {FHIR} (FHIR 4.0) is answered", status=406)
