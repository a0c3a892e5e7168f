"""How a refusal is said: one voice for the caller, one for the log."""

from collections.abc import Mapping

from starlette.responses import Response

from kit.http import json_response


class Refusal(Exception):
    """The request is refused; nothing of it was done.

    `code` is stable and for machines ("consent_ended"), `description` is public English, `detail` is for the log only.
    """

    def __init__(
        self,
        code: str,
        description: str,
        *,
        status: int = 400,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        uri: str = "",
    ) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.uri = uri


def problem_response(refusal: Refusal, request_id: str = "") -> Response:
    """RFC 9457 problem details; `code` is an extension member, `error` repeats it for OAuth-minded readers."""
    body: dict[str, object] = {
        "type": refusal.uri or "about:blank",
        "title": refusal.description,
        "status": refusal.status,
        "code": refusal.code,
        "error": refusal.code,
        "error_description": refusal.description,
    }
    if request_id:
        body["request_id"] = request_id
    return json_response(
        body, status=refusal.status, headers=refusal.headers, media_type="application/problem+json", store=False
    )
