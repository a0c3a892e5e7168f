"""Keyed digests of what could be guessed: enough to find a person again, worthless without the master key."""

from idp.accounts.nir import Nir
from kit.seals import Vault
from kit.secrets import keyed


class Marks:
    """Digests under keys drawn from the master key, one key a kind of value."""

    def __init__(self, vault: Vault) -> None:
        self._nir = vault.key("idp: social security numbers")
        self._vitale = vault.key("idp: vitale serials")
        self._provisional = vault.key("idp: provisional codes")
        self._otp = vault.key("idp: one-time codes")
        self._throttle = vault.key("idp: throttle keys")

    def nir(self, number: Nir | None) -> str:
        """The mark of a social security number; none costs the same, and is nobody's."""
        return keyed(self._nir, number.whole if number else "")

    def vitale(self, person_id: str, serial: str) -> str:
        """The mark of a card's serial number, bound to its holder."""
        return keyed(self._vitale, f"{person_id} {serial}")

    def provisional(self, code: str) -> str:
        """The mark of a provisional code."""
        return keyed(self._provisional, code)

    def one_time(self, code_id: str, code: str) -> str:
        """The mark of a one-time code, bound to the sending it belongs to."""
        return keyed(self._otp, f"{code_id} {code}")

    def throttle(self, typed: str) -> str:
        """What a throttle counts by when the value itself must not be kept anywhere."""
        return keyed(self._throttle, typed)
