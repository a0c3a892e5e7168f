"""Where proofs of possession are judged and used up: the same at the authorization server and at each resource."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from starlette.requests import Request

from kit.http import also
from kit.proof import dpop
from kit.proof.dpop import BadProof, NeedsNonce, Nonces, Once, Proof

HEADER = "dpop"
NONCE = "dpop-nonce"


@dataclass(frozen=True, slots=True)
class Desk:
    """Made once by the composition root."""

    origins: tuple[str, ...]
    """The house's addresses, the issuer's first: what a proof's `htu` begins with, whatever Host says."""
    once: Once
    nonces: Nonces
    nonce_needed: bool = False
    """Every proof holds a nonce of ours (RFC 9449 §8)."""
    certificates: bool = False
    """Certificates of callers reach us: TLS is our own, or a proxy of ours hands them on."""

    def came(self, request: Request) -> bool:
        """The request brings a proof, or something that would be one."""
        return HEADER in request.headers

    async def prove(
        self,
        request: Request,
        now: datetime,
        *,
        access_token: str | None = None,
        algorithms: Sequence[str] = dpop.ALGORITHMS,
        nonce_needed: bool = False,
    ) -> Proof:
        """The request's proof, used by this. Raises BadProof, or NeedsNonce.

        The answer tells the nonce to use from now on, when one is missing or will soon be too old (RFC 9449 §8.2).
        """
        path = path_of(request)
        fresh = self.nonces.fresh(now)
        try:
            proof = dpop.verify(
                request.headers.getlist(HEADER),
                method=request.method,
                addresses=[origin + path for origin in self.origins],
                now=now,
                access_token=access_token,
                algorithms=algorithms,
                nonces=self.nonces,
                nonce_needed=nonce_needed or self.nonce_needed,
            )
        except NeedsNonce:
            also(request, NONCE, fresh)
            raise
        if not await self.once(proof.mark, proof.until):
            raise BadProof("the proof was used before")
        if proof.nonce is not None and proof.nonce != fresh:
            also(request, NONCE, fresh)
        return proof


def path_of(request: Request) -> str:
    """The path as the caller wrote it."""
    raw = request.scope.get("raw_path")
    if isinstance(raw, bytes) and raw:
        return raw.partition(b"?")[0].decode("latin-1")
    return quote(str(request.scope["path"]))
