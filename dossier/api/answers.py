"""Answers in FHIR: resources, and refusals as OperationOutcome."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from starlette.responses import Response

from dossier.api.negotiation import FHIR
from dossier.fhir import json
from dossier.fhir.outcome import of_refusal
from kit.problems import Refusal
from kit.telemetry import log


def resource(
    body: dict[str, Any] | None, *, media: str = FHIR, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A resource, or an answer without a body. What is personal is kept by no cache."""
    extra = {"cache-control": "no-store", **(headers or {})}
    if body is None:
        return Response(b"", status, extra)
    return Response(json.write(body), status, {**extra, "content-type": f"{media}; charset=utf-8"})


def refused(refusal: Refusal, *, media: str = FHIR) -> Response:
    """A refusal: `issue.details.coding.code` is its code, so that an app can tell an agreement ended from another."""
    log.info("dossier_refused", code=refusal.code, status=refusal.status, detail=refusal.detail)
    headers = dict(refusal.headers)
    if refusal.code == "insufficient_scope":
        # RFC 6750 §3.1
        headers.setdefault("www-authenticate", 'Bearer realm="espace", error="insufficient_scope"')
    return resource(of_refusal(refusal), media=media, status=refusal.status, headers=headers)


def etag(version: int) -> str:
    """R4 §3.1.0.1.10: a weak entity tag of the version."""
    return f'W/"{version}"'


def http_date(at: datetime) -> str:
    """RFC 9110 §5.6.7."""
    return format_datetime(at.replace(microsecond=0), usegmt=True)
