"""By e-mail: a text and the same in HTML, handed to our mail server."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib

from notices.settings import Smtp
from notices.wording import Words


def message(settings: Smtp, to: str, words: Words, notice_id: str, at: datetime) -> EmailMessage:
    """The message to send. ValueError when an address or the subject would break out of its header."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(settings.sender_name, addr_spec=settings.sender)
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = words.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{notice_id}@{settings.sender.rpartition('@')[2]}>"  # the same when it is sent again
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no out-of-office answer, please
    mail.set_content(words.text)
    mail.add_alternative(words.html, subtype="html")
    return mail


async def send(settings: Smtp, mail: EmailMessage) -> None:
    """Hand the message over (RFC 5321). Raises aiosmtplib.SMTPException when the server does not take it."""
    await aiosmtplib.send(
        mail,
        hostname=settings.host,
        port=settings.port,
        username=settings.user or None,
        password=settings.password or None,
        use_tls=settings.tls == "implicit",
        start_tls=settings.tls == "starttls",
        timeout=settings.timeout,
    )
