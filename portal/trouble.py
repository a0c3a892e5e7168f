"""What may go wrong between this application and the services it calls, in words a page can be made from."""


class Trouble(Exception):
    """A call did not give what was asked; the message is for the log."""


class SignedOut(Trouble):
    """The person has to sign in again."""


class NeedsProof(Trouble):
    """The person has to prove who they are again: so strongly, so lately (RFC 9470)."""

    def __init__(self, acr: str, max_age: str) -> None:
        super().__init__("a fresher proof is needed")
        self.acr = acr
        self.max_age = max_age


class Unreachable(Trouble):
    """A service did not answer, or said nothing that can be read."""


class Missing(Trouble):
    """There is no such thing, or it is not this person's."""


class Changed(Trouble):
    """Somebody was faster: what the page showed is no longer so."""


class Busy(Trouble):
    """Too many calls in a short time."""


class Refused(Trouble):
    """The service said no, and why (`code`, stable, for machines)."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(f"{status} {code}: {description}")
        self.status = status
        self.code = code
        self.description = description


class SignInFailed(Trouble):
    """What came back from the provider is not the answer to what this browser asked."""
