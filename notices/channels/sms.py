"""By text message: one POST to the operator."""

import httpx2

from notices.settings import SmsOperator


class NotTaken(Exception):
    """The operator did not take the message."""


async def send(settings: SmsOperator, http: httpx2.AsyncClient, to: str, text: str, notice_id: str) -> None:
    """Hand the message over. `notice_id` lets the operator recognise one that is sent again. Raises NotTaken."""
    try:
        answer = await http.post(
            settings.url,
            json={"to": to, "from": settings.sender, "text": text, "reference": notice_id},
            headers={"authorization": f"Bearer {settings.key}"},
            timeout=settings.timeout,
        )
    except httpx2.HTTPError as error:
        raise NotTaken(type(error).__name__) from error
    if not answer.is_success:
        raise NotTaken(f"status {answer.status_code}")
