"""What a notice says: a text template of `templates/mail`, filled with its card."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment
from markupsafe import Markup, escape

from notices.catalogue import KINDS, SMS

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")
_CODE = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class Words:
    """A notice ready to go. A text message has neither subject nor HTML."""

    subject: str
    text: str
    html: str


class Wording:
    """The templates `mail/<notice>.<channel>.txt`. The first line of an e-mail's is its subject.

    They know `issuer`, `host` (for codes bound to a domain), `brand` and `now`, beside the card.
    """

    def __init__(self, environment: Environment, issuer: str) -> None:
        # The same folder, filters and words as the pages; but a text is no HTML, so nothing is escaped here.
        self._environment = environment.overlay(autoescape=False)
        self._frame = {"issuer": issuer, "host": urlsplit(issuer).hostname or "localhost"}
        self._issuer = issuer

    def words(self, notice: str, channel: str, card: Mapping[str, Any], now: datetime) -> Words:
        """The notice in words. Raises LookupError for an unknown notice, channel or field, or a missing field."""
        kind = KINDS.get(notice)
        if kind is None or channel not in kind.channels:
            raise LookupError(f"no notice {notice!r} by {channel}")
        if not kind.needs <= card.keys() or not card.keys() <= kind.needs | kind.may:
            raise LookupError(f"{notice} needs {sorted(kind.needs)} and takes {sorted(kind.may)}, not {sorted(card)}")
        template = self._environment.get_template(f"mail/{notice}.{channel}.txt")
        text = template.render({**dict.fromkeys(kind.may), **_clean(card), **self._frame, "now": now}).strip()
        if channel == SMS:
            return Words("", _plain(text), "")
        subject, _, body = text.partition("\n")
        return Words(subject.strip(), body.strip() + "\n", self._html(subject.strip(), body.strip()))

    def _html(self, subject: str, body: str) -> str:
        """The same text, for mail readers that show HTML: paragraphs, our own links, a code in large."""
        paragraphs = Markup("").join(self._paragraph(block) for block in re.split(r"\n{2,}", body))
        return str(_PAGE.format(title=subject, body=paragraphs))

    def _paragraph(self, block: str) -> Markup:
        if _CODE.fullmatch(block.strip()):
            return _CODE_LINE.format(block.strip())
        lines = [self._line(line) for line in block.splitlines()]
        return Markup('<p style="margin:0 0 16px">{}</p>\n').format(Markup("<br>\n").join(lines))

    def _line(self, line: str) -> Markup:
        """Escaped; only an address of our own, alone at the end of its line, becomes a link."""
        before, _, last = line.rpartition(" ")
        if not last.startswith(self._issuer + "/"):
            return escape(line)
        lead = Markup("{} ").format(before) if before else Markup("")
        return lead + Markup('<a href="{0}">{0}</a>').format(last)


def _plain(text: str) -> str:
    """A text without the spaces that hold French marks to their words: GSM 7 has none, and one costs half the room."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


_CODE_LINE = Markup('<p style="font-size:28px;letter-spacing:4px;font-weight:bold">{}</p>\n')
_PAGE = Markup(
    '<!doctype html>\n<html lang="fr"><head><meta charset="utf-8"><title>{title}</title></head>\n'
    '<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif">\n'
    '<div style="max-width:560px;margin:0 auto">\n{body}</div></body></html>\n'
)


def _clean(card: Mapping[str, Any]) -> dict[str, Any]:
    """What apps and people named themselves stays on its line and is no longer than a line."""
    return {
        name: _CONTROL.sub(" ", value).replace("\n", " ").replace("\t", " ")[:120] if isinstance(value, str) else value
        for name, value in card.items()
    }
