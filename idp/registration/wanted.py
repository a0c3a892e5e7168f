"""What a client asks to be, read from its JSON (RFC 7591 §2, OpenID Connect Registration §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from clients import profiles
from clients.algorithms import SECRET_ALGORITHMS
from clients.options import Options
from clients.profiles import Profile
from clients.records import AuthMethod
from consent import scopes
from idp.protocol import details
from idp.registration.settings import RegistrationSettings
from kit.problems import Refusal

OURS = frozenset(
    {"client_id", "client_secret", "client_secret_expires_at", "client_id_issued_at"}
    | {"registration_access_token", "registration_client_uri"}
)
"""Members that we write, and a client cannot choose."""
NOT_THEIRS = frozenset({"audience", "may_act", "assertion_issuers"})
"""Options that say what others are trusted with: only who runs the house gives them."""
THEIRS = frozenset(
    {
        *("jwks_uri", "token_endpoint_auth_signing_alg"),
        *(f"tls_client_auth_{name}" for name in ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email")),
        *("dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens", "access_token_format"),
        *("require_pushed_authorization_requests", "require_signed_request_object", "request_object_signing_alg"),
        *("request_object_encryption_alg", "request_object_encryption_enc", "request_uris", "response_types"),
        *("application_type", "default_max_age", "require_auth_time", "default_acr_values", "initiate_login_uri"),
        "launch_uri",
        *("authorization_details_types", "subject_type", "sector_identifier_uri"),
        *(f"{answer}_signed_response_alg" for answer in ("userinfo", "authorization", "introspection")),
        *(
            f"{answer}_encrypted_response_{part}"
            for answer in ("id_token", "userinfo", "authorization", "introspection")
            for part in ("alg", "enc")
        ),
        *(f"{channel}_logout_uri" for channel in ("backchannel", "frontchannel")),
        *(f"{channel}_logout_session_required" for channel in ("backchannel", "frontchannel")),
        *("backchannel_token_delivery_mode", "backchannel_client_notification_endpoint"),
        *("backchannel_authentication_request_signing_alg", "backchannel_user_code_parameter"),
        *("contacts", "logo_uri", "tos_uri", "software_id", "software_version", "software_statement"),
    }
)
"""Options that a client says of itself. An option that is in neither list is not taken from a client."""
LONGEST_TEXT = 200
_MOST = 50

Said = Mapping[str, Any]


class Core(msgspec.Struct, frozen=True):
    """The members that are not options."""

    client_name: str = ""
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] | None = None
    token_endpoint_auth_method: str | None = None
    scope: str = ""
    jwks: dict[str, Any] | None = None
    id_token_signed_response_alg: str | None = None
    policy_uri: str = ""
    client_uri: str = ""
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """It, read: what the record of the client is made of, and how it will prove itself."""

    values: Mapping[str, Any]
    auth_method: AuthMethod


def invalid(description: str, code: str = "invalid_client_metadata") -> Refusal:
    """RFC 7591 §3.2.2."""
    return Refusal(code, description, status=400)


def read(
    said: Said, settings: RegistrationSettings, *, usual: str, ceiling: frozenset[str], grants: frozenset[str]
) -> Wanted:
    """Raises Refusal. `usual` is the profile of who asks for none, `ceiling` the most scopes, `grants` what we serve.

    A null is as if it were not said (RFC 7592 §2.2), and what is not known is left out (RFC 7591 §2).
    """
    plain = {name: value for name, value in said.items() if value is not None}
    try:
        core = msgspec.convert(plain, Core)
        options = msgspec.convert({name: plain[name] for name in plain if name in THEIRS}, Options)
    except msgspec.ValidationError as error:
        words, _, where = str(error).partition(" - at ")
        raise invalid(f"{where.strip('`').removeprefix('$.') or 'registration'}: {words}") from error
    profile = _profile(core, settings, usual)
    method = _method(core, options, profile)
    kinds = _grants(core, grants)
    if "response_types" not in plain and "authorization_code" not in kinds:
        options = msgspec.structs.replace(options, response_types=())
    _agree(plain, options, kinds)
    _look(core, options, settings)
    scope = _scope(core.scope, ceiling)
    values = {
        "name": core.client_name.strip(),
        "profile": profile.name,
        "auth_method": method,
        "redirect_uris": core.redirect_uris,
        "post_logout_redirect_uris": core.post_logout_redirect_uris,
        "grant_types": kinds,
        "scope": scope,
        "consents": scopes.consents_of(scope),
        "jwks": core.jwks,
        "id_token_signed_response_alg": core.id_token_signed_response_alg or _usual_algorithm(profile),
        "policy_uri": core.policy_uri,
        "site_uri": core.client_uri,
        "options": options,
    }
    return Wanted(values, method)


def _profile(core: Core, settings: RegistrationSettings, usual: str) -> Profile:
    asked = core.profile or usual
    if asked not in {usual, *settings.profiles} or asked not in profiles.PROFILES:
        raise invalid(f"profile: one of {', '.join(dict.fromkeys((usual, *settings.profiles)))}")
    return profiles.PROFILES[asked]


def _method(core: Core, options: Options, profile: Profile) -> AuthMethod:
    """RFC 7591 §2: client_secret_basic unless something else is said, where the profile knows secrets."""
    if core.token_endpoint_auth_method is None:
        keyed = AuthMethod.SECRET_BASIC not in profile.auth_methods
        return AuthMethod.PRIVATE_KEY_JWT if keyed else AuthMethod.SECRET_BASIC
    known = {str(method): method for method in profile.auth_methods}
    method = known.get(core.token_endpoint_auth_method)
    if method is None:
        raise invalid(f"token_endpoint_auth_method: one of {', '.join(sorted(known))} for the profile {profile.name}")
    if options.token_endpoint_auth_signing_alg in SECRET_ALGORITHMS and method is not AuthMethod.SECRET_JWT:
        raise invalid("token_endpoint_auth_signing_alg: a shared secret signs for client_secret_jwt alone")
    return method


def _grants(core: Core, served: frozenset[str]) -> frozenset[str]:
    kinds = frozenset(core.grant_types if core.grant_types is not None else ("authorization_code",))
    strange = kinds - served
    if strange:
        raise invalid(f"grant_types: {min(strange)} is not for clients that register themselves")
    return kinds


def _agree(plain: Said, options: Options, kinds: frozenset[str]) -> None:
    """RFC 7591 §2.1: both lists say the same."""
    if "code" in options.response_types and "authorization_code" not in kinds and "response_types" in plain:
        raise invalid("grant_types: authorization_code goes with the response type code")


def _look(core: Core, options: Options, settings: RegistrationSettings) -> None:
    """What only who registers themselves must be held to."""
    if options.subject_type not in settings.subject_types:
        raise invalid(f"subject_type: one of {', '.join(settings.subject_types)}")
    if options.application_type == "web" and not settings.loopback:
        for name, addresses in (
            ("redirect_uris", core.redirect_uris),
            ("post_logout_redirect_uris", core.post_logout_redirect_uris),
        ):
            if any(not uri.startswith("https:") for uri in addresses):
                raise _misplaced(name)
    for name, text in (("client_name", core.client_name), ("software_id", options.software_id)):
        _text(name, text)
    _text("software_version", options.software_version)
    if len(options.contacts) > _MOST:
        raise invalid(f"contacts: at most {_MOST}")
    for one in options.contacts:
        _text("contacts", one)
    if options.default_max_age is not None and options.default_max_age < 0:
        raise invalid("default_max_age: a number of seconds")
    unknown = set(options.authorization_details_types) - set(details.TYPES)
    if unknown:
        raise invalid(f"authorization_details_types: among {', '.join(details.TYPES)}")


def _misplaced(name: str) -> Refusal:
    words = f"{name}: https, or http on the loopback address for application_type native"
    return invalid(words, "invalid_redirect_uri" if name == "redirect_uris" else "invalid_client_metadata")


def _text(name: str, text: str) -> None:
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise invalid(f"{name}: at most {LONGEST_TEXT} printable characters")


def _scope(asked: str, ceiling: frozenset[str]) -> frozenset[str]:
    """RFC 7591 §2: what is asked and may be had; everything that may be had, for who does not say."""
    if not asked.strip():
        return ceiling
    try:
        wanted = scopes.read(asked)
    except Refusal as refusal:
        raise invalid(f"scope: {refusal.description}") from refusal
    return wanted - scopes.beyond(wanted, ceiling)


def _usual_algorithm(profile: Profile) -> str:
    """OpenID Connect Registration §2: RS256, where the profile has it."""
    known = profile.id_token_algorithms
    return "RS256" if "RS256" in known else known[0]
