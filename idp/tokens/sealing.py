"""Answers that only the client can read: encrypted with a key of its own (OpenID Connect Core §16.14, RFC 9701 §5)."""

from dataclasses import dataclass
from typing import Literal

from joserfc.jwk import Key

from clients.keysets import KeySets
from clients.records import Client
from kit import jwe
from kit.telemetry import log

Answer = Literal["id_token", "userinfo", "authorization", "introspection"]
"""What can be encrypted, by the name that registrations know it by (`id_token_encrypted_response_alg`)."""


class NoRecipient(Exception):
    """The client wants an encrypted answer and no key of its own can be had now: nothing is sent in the clear."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """The client's key, and how to encrypt with it."""

    key: Key
    algorithm: str
    encoding: str


async def recipient(keysets: KeySets, client: Client, answer: Answer) -> Recipient | None:
    """Whom to encrypt that answer to; None for a client that did not ask for it. It may fetch the client's keys.

    Raises NoRecipient.
    """
    algorithm = getattr(client.options, f"{answer}_encrypted_response_alg")
    if not algorithm:
        return None
    key = await keysets.encryption_key(client, algorithm)
    if key is None:
        log.warning("no_encryption_key", client_id=client.client_id, algorithm=algorithm, answer=answer)
        raise NoRecipient(client.client_id)
    encoding = getattr(client.options, f"{answer}_encrypted_response_enc") or jwe.USUAL
    return Recipient(key, algorithm, encoding)


def nested(token: str, to: Recipient | None) -> str:
    """A signed token, encrypted (RFC 7519 §5.2: its content type is JWT). Raises NoRecipient."""
    if to is None:
        raise NoRecipient
    return jwe.encrypt(token.encode(), to.key, algorithm=to.algorithm, encoding=to.encoding, cty="JWT")


def plain(claims: bytes, to: Recipient) -> str:
    """Claims that are encrypted without being signed (OpenID Connect Core §5.3.2)."""
    return jwe.encrypt(claims, to.key, algorithm=to.algorithm, encoding=to.encoding, cty=None)
