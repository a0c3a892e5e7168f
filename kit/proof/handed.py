"""What a reverse proxy of ours says of the caller's certificate (nginx's variables, or RFC 9440)."""

from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any

from cryptography import x509

from kit.clock import Clock
from kit.proof import mtls
from kit.proof.mtls import Said

_GOOD = b"SUCCESS"


class Handed:
    """Reads the headers that the settings name. Whose request it is, the doorman looked at before."""

    def __init__(self, header: str, verified: str, clock: Clock, authorities: Sequence[x509.Certificate] = ()) -> None:
        self._header = header.lower().encode("latin-1")
        self._verified = verified.lower().encode("latin-1")
        self._clock = clock
        self._authorities = tuple(authorities)
        self._check = self._issued if authorities and not verified else None

    def __call__(self, scope: MutableMapping[str, Any]) -> None:
        """Put the certificate in the scope, not yet looked at. Said twice, it is not said."""
        values = [value for name, value in scope["headers"] if name == self._header]
        if len(values) != 1 or not values[0].strip() or len(values[0]) > mtls.LONGEST:
            return
        verified = self._verified and [value for name, value in scope["headers"] if name == self._verified] == [_GOOD]
        scope[mtls.SCOPE] = Said(values[0].decode("latin-1"), bool(verified), self._check)

    def _issued(self, der: bytes) -> bool:
        return mtls.vouched_for(der, self._authorities, self._clock.now())


def authorities(file: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file. Raises OSError, ValueError."""
    return tuple(x509.load_pem_x509_certificates(file.read_bytes()))
