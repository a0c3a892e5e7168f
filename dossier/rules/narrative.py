"""Is this narrative only text with plain formatting? (FHIR R4 §2.4.0, constraint txt-1)"""

from html.parser import HTMLParser

_TAGS = """
    a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i li ol
    p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var
"""
_ATTRIBUTES = """
    abbr align cellpadding cellspacing char charoff class colspan dir headers id lang rowspan scope span start summary
    title type valign width xml:lang xmlns
"""
_KNOWN_TAGS, _KNOWN_ATTRIBUTES = frozenset(_TAGS.split()), frozenset(_ATTRIBUTES.split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _KNOWN_TAGS:
            self.found = self.found or f"<{tag[:20]}>"
        for name, _ in attrs:
            if name not in _KNOWN_ATTRIBUTES:
                self.found = self.found or f"the attribute {name[:20]}"

    def handle_decl(self, decl: str) -> None:
        self.found = self.found or "a declaration"

    def unknown_decl(self, data: str) -> None:
        self.found = self.found or "a marked section"

    def handle_pi(self, data: str) -> None:
        self.found = self.found or "a processing instruction"


def unsafe(div: str) -> str:
    """The first thing found that is more than formatting; empty when there is none."""
    if not div.lstrip().startswith("<div"):
        return "anything but a <div>"
    reader = _Reader()
    reader.feed(div)
    reader.close()
    return reader.found
