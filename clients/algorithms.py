"""Are the algorithms that a client registered ones that its profile may use?"""

from collections.abc import Iterator

from clients.profiles import Profile
from clients.records import AuthMethod, Client
from kit import jwe

SECRET_ALGORITHMS = ("HS256",)
"""For client_secret_jwt alone."""

_THEIRS = ("request_object_signing_alg", "backchannel_authentication_request_signing_alg")
"""What the client signs."""
_OURS = ("userinfo_signed_response_alg", "authorization_signed_response_alg", "introspection_signed_response_alg")
"""What we sign for it, beside id tokens."""
_SEALED = ("request_object", "id_token", "userinfo", "authorization", "introspection")


def faults(client: Client, profile: Profile) -> Iterator[str]:
    """What cannot be, beginning with the name of the registration's member. `none` is in no list, so never good."""
    options = client.options
    asserted = options.token_endpoint_auth_signing_alg
    allowed = SECRET_ALGORITHMS if client.auth_method is AuthMethod.SECRET_JWT else profile.signing_algorithms
    if asserted and asserted not in allowed:
        yield f"token_endpoint_auth_signing_alg: one of {', '.join(allowed)}"
    if client.id_token_signed_response_alg not in profile.id_token_algorithms:
        yield f"id_token_signed_response_alg: one of {', '.join(profile.id_token_algorithms)}"
    for names, known in ((_THEIRS, profile.signing_algorithms), (_OURS, profile.id_token_algorithms)):
        for name in names:
            said = getattr(options, name)
            if said and said not in known:
                yield f"{name}: one of {', '.join(known)}"
    for what in _SEALED:
        yield from _encryption(client, what if what == "request_object" else f"{what}_encrypted_response")


def _encryption(client: Client, stem: str) -> Iterator[str]:
    prefix = f"{stem}_encryption" if stem == "request_object" else stem
    algorithm, encoding = getattr(client.options, f"{prefix}_alg"), getattr(client.options, f"{prefix}_enc")
    if algorithm and algorithm not in jwe.ALGORITHMS:
        yield f"{prefix}_alg: one of {', '.join(jwe.ALGORITHMS)}"
    if encoding and encoding not in jwe.ENCODINGS:
        yield f"{prefix}_enc: one of {', '.join(jwe.ENCODINGS)}"
    if encoding and not algorithm:
        yield f"{prefix}_enc: needs {prefix}_alg beside it"
    if algorithm and stem != "request_object" and client.jwks is None and not client.options.jwks_uri:
        yield f"{prefix}_alg: needs a key to encrypt to, in jwks or at jwks_uri"
