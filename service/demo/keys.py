"""The keys of the demo's apps, drawn from its master key: every start finds the same ones, and none is kept."""

import math
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from joserfc.jwk import ECKey, RSAKey

from kit.seals import Vault

_ORDER_P384 = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973
_EXPONENT = 65537
_SIEVE = 4000


def strong_key(vault: Vault, purpose: str) -> ECKey:
    """An ES384 key for one purpose."""
    drawn = int.from_bytes(stream(vault.key(f"{purpose}, ES384"), 64), "big") % (_ORDER_P384 - 1) + 1
    made: ECKey = ECKey.import_key(ec.derive_private_key(drawn, ec.SECP384R1()))
    return ECKey.import_key({**made.as_dict(private=True), "kid": made.thumbprint(), "use": "sig", "alg": "ES384"})


def rsa_key(vault: Vault, purpose: str, algorithm: str) -> RSAKey:
    """An RSA key of 2048 bits for one purpose, said to be for `algorithm` (PS256 or RS256)."""
    return _rsa(vault.key(f"{purpose}, RSA"), algorithm)


@lru_cache(maxsize=16)
def _rsa(seed: bytes, algorithm: str) -> RSAKey:
    """Two primes from a stream of bytes; a quarter of a second, once a process."""
    drawn = stream(seed, 256)
    p = _prime(drawn[:128])
    q = _prime(drawn[128:])
    d = pow(_EXPONENT, -1, math.lcm(p - 1, q - 1))
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    )
    made: RSAKey = RSAKey.import_key(numbers.private_key())
    return RSAKey.import_key({**made.as_dict(private=True), "kid": made.thumbprint(), "use": "sig", "alg": algorithm})


def stream(seed: bytes, length: int) -> bytes:
    """Bytes that look random, and are the same for the same 32 bytes."""
    return Cipher(AES(seed), CTR(bytes(16))).encryptor().update(bytes(length))


def _prime(drawn: bytes) -> int:
    """The first prime from there on that suits the exponent. Its two highest bits are set: a product of two is full."""
    start = int.from_bytes(drawn, "big") | (3 << (len(drawn) * 8 - 2)) | 1
    span = 16_384
    composite = bytearray(span)
    for small in _small_primes():
        first = -start * pow(2, -1, small) % small  # start + 2 * first is divisible by it
        composite[first::small] = b"\1" * len(range(first, span, small))
    for step in range(span):
        number = start + 2 * step
        if not composite[step] and number % _EXPONENT != 1 and _probably_prime(number):
            return number
    raise ArithmeticError("no prime in the span")  # one chance in 10^15


def _probably_prime(number: int) -> bool:
    """Miller-Rabin. Bases need not be random: nobody chose the number."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19):
        value = pow(base, odd, number)
        if value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % number
            if value == number - 1:
                break
        else:
            return False
    return True


@lru_cache(maxsize=1)
def _small_primes() -> list[int]:
    flags = bytearray([1]) * _SIEVE
    for one in range(2, math.isqrt(_SIEVE) + 1):
        if flags[one]:
            flags[one * one :: one] = bytes(len(range(one * one, _SIEVE, one)))
    return [one for one in range(3, _SIEVE) if flags[one]]
