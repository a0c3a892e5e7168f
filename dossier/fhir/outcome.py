"""OperationOutcome (FHIR R4): what went wrong, or was only noticed, with its place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from dossier.fhir.systems import REFUSALS
from kit.problems import Refusal

Severity = Literal["error", "warning", "information"]

MOST_ISSUES = 100


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to say. `type` is FHIR's IssueType, `code` is ours and stable, `expression` is where."""

    severity: Severity
    type: str
    code: str
    text: str
    expression: str = ""

    def under(self, place: str) -> "Issue":
        """The same issue in a resource that lies at `place` in a Bundle."""
        inner = self.expression.partition(".")[2]
        return replace(self, expression=f"{place}.{inner}" if inner else place)


def error(type: str, code: str, text: str, expression: str = "") -> Issue:  # noqa: A002 - FHIR's own word
    """An issue for which the request is refused."""
    return Issue("error", type, code, text, expression)


def warning(type: str, code: str, text: str, expression: str = "") -> Issue:  # noqa: A002 - FHIR's own word
    """An issue with which the request is carried out all the same."""
    return Issue("warning", type, code, text, expression)


class Faulty(Refusal):
    """The content is refused; the issues say why."""

    def __init__(self, issues: Iterable[Issue], *, status: int = 422) -> None:
        self.issues = tuple(issues)
        first = next(issue for issue in self.issues if issue.severity == "error")
        super().__init__(first.code, first.text, status=status)


def outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """The resource. The first hundred issues are enough for anyone."""
    said = list(issues)[:MOST_ISSUES] or [Issue("information", "informational", "ok", "all is well")]
    return {"resourceType": "OperationOutcome", "issue": [_issue(one) for one in said]}


def of_refusal(refusal: Refusal) -> dict[str, Any]:
    """The resource for a refusal: `details.coding.code` is the refusal's code, so that an app can tell them apart."""
    if isinstance(refusal, Faulty):
        return outcome(refusal.issues)
    return outcome([error(_type_of(refusal.status), refusal.code, refusal.description)])


def _issue(issue: Issue) -> dict[str, Any]:
    said: dict[str, Any] = {
        "severity": issue.severity,
        "code": issue.type,
        "details": {"coding": [{"system": REFUSALS, "code": issue.code}], "text": issue.text},
        "diagnostics": issue.text,
    }
    if issue.expression:
        said["expression"] = [issue.expression]
    return said


def _type_of(status: int) -> str:
    return {
        400: "invalid",
        401: "login",
        403: "forbidden",
        404: "not-found",
        405: "not-supported",
        406: "not-supported",
        410: "deleted",
        412: "conflict",
        413: "too-long",
        415: "not-supported",
        429: "throttled",
    }.get(status, "processing")
