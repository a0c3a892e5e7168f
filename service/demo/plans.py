"""The configuration of each plan of the conformance suite, for this demo: `DATA/conformance/*.json`."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consent.scopes import MANAGEMENT
from service.demo import conformance
from service.demo.party import Party, Suite
from service.demo.people import TESTER

DATA = "measures:read offline_access"
"""What the FAPI plans ask for, `openid` apart."""
_FAPI = {"fapi_profile": "plain_fapi", "authorization_request_type": "simple", "grant_management": "disabled"}
_SIGNED = {"fapi_request_method": "signed_non_repudiation"}


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan, as the suite's own runner is told: its name, its variant, its configuration."""

    file: str
    name: str
    variant: dict[str, str]
    config: dict[str, Any]


def plans(issuer: str, suite: Suite, known: list[Party], authority: str) -> list[Plan]:
    """Every plan that this demo is for. `authority` vouches for the certificates of its apps."""
    return [*Maker(issuer, suite, {one.client.client_id: one for one in known}, authority).all()]


def write(folder: Path, made: list[Plan]) -> Path:
    """One file a plan, and `plans.json`: which file goes with which plan and variant."""
    place = folder / "conformance"
    place.mkdir(exist_ok=True)
    for plan in made:
        _write(place / f"{plan.file}.json", plan.config)
    _write(
        place / "plans.json", [{"file": f"{one.file}.json", "plan": one.name, "variant": one.variant} for one in made]
    )
    return place


def _write(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


class Maker:
    """Puts the demo's apps where the plans want them."""

    def __init__(self, issuer: str, suite: Suite, known: dict[str, Party], authority: str) -> None:
        self._issuer = issuer
        self._suite = suite
        self._known = known
        self._authority = authority

    def all(self) -> Iterator[Plan]:
        """In the order of docs/conformance.md."""
        yield from self._openid()
        yield from self._fapi()
        yield from self._signing()
        yield from self._ciba()
        yield from self._signals()

    def _openid(self) -> Iterator[Plan]:
        static = {
            "client": self._secret("compat-basic"),
            "client2": self._secret("compat-2"),
            "client_secret_post": self._secret("compat-post"),
        }
        basic = {"server_metadata": "discovery", "client_registration": "static_client"}
        for kind in ("basic", "formpost-basic"):
            name = f"oidcc-{kind}-certification-test-plan"
            yield Plan(f"oidcc-{kind}", name, basic, self._config(f"OpenID Connect {kind}", **static))
        yield Plan("oidcc-config", "oidcc-config-certification-test-plan", {}, self._config("OpenID Connect config"))
        named = {"client": {"client_name": "Essai 1"}, "client2": {"client_name": "Essai 2"}}
        for file, variant in (
            ("dynamic", {"response_type": "code"}),
            ("3rdparty-init-login", {"response_type": "code"}),
            ("rp-initiated-logout", {"response_type": "code", "client_registration": "dynamic_client"}),
            ("backchannel-rp-initiated-logout", {"response_type": "code", "client_registration": "dynamic_client"}),
            ("frontchannel-rp-initiated-logout", {"response_type": "code", "client_registration": "dynamic_client"}),
        ):
            name = f"oidcc-{file}-certification-test-plan"
            yield Plan(f"oidcc-{file}", name, variant, self._config(f"OpenID Connect {file}", **named))

    def _fapi(self) -> Iterator[Plan]:
        for proof, bound, names in (
            ("private_key_jwt", "dpop", ("fapi-1", "fapi-2")),
            ("private_key_jwt", "mtls", ("fapi-jwt-mtls-1", "fapi-jwt-mtls-2")),
            ("mtls", "mtls", ("fapi-mtls", "fapi-mtls-2")),
        ):
            for openid in ("openid_connect", "plain_oauth"):
                variant = {"client_auth_type": proof, "sender_constrain": bound, "openid": openid, **_FAPI}
                file = f"fapi2-security-{proof}-{bound}-{openid}".replace("_", "-")
                yield Plan(file, "fapi2-security-profile-final-test-plan", variant, self._pair(file, names, openid))

        managed = {**_FAPI, "grant_management": "enabled"}
        variant = {"client_auth_type": "private_key_jwt", "sender_constrain": "dpop", "openid": "openid_connect"}
        config = self._pair("fapi2-grant-management", ("fapi-1", "fapi-2"), "openid_connect", MANAGEMENT)
        yield Plan("fapi2-grant-management", "fapi2-security-profile-final-test-plan", variant | managed, config)

    def _signing(self) -> Iterator[Plan]:
        for mode in ("plain_response", "jarm"):
            openid = "openid_connect"
            constrained = {"client_auth_type": "private_key_jwt", "sender_constrain": "dpop", "openid": openid}
            variant = {**constrained, **_FAPI, **_SIGNED, "fapi_response_mode": mode}
            file = f"fapi2-signing-{mode}".replace("_", "-")
            config = self._pair(file, ("fapi-signed-1", "fapi-signed-2"), openid)
            yield Plan(file, "fapi2-message-signing-final-test-plan", variant, config)

    def _ciba(self) -> Iterator[Plan]:
        approve = f"{self._issuer}/sandbox/ciba?auth_req_id={{auth_req_id}}&action={{action}}"
        hint = {"hint_type": "login_hint", "hint_value": TESTER.identifier}
        for mode in ("poll", "ping"):
            config = self._pair(f"FAPI-CIBA {mode}", (f"ciba-{mode}-1", f"ciba-{mode}-2"), "openid_connect")
            config["client"] |= hint
            config["client2"] |= {**hint, "acr_value": "eidas1"}
            variant = {
                "client_auth_type": "private_key_jwt",
                "ciba_mode": mode,
                "fapi_ciba_profile": "plain_fapi",
                "client_registration": "static_client",
            }
            config |= {"automated_ciba_approval_url": approve}
            yield Plan(f"fapi-ciba-{mode}", "fapi-ciba-id1-test-plan", variant, config)

    def _signals(self) -> Iterator[Plan]:
        for mode in ("push", "poll"):
            variant = {
                "ssf_delivery_mode": mode,
                "ssf_server_metadata": "discovery",
                "ssf_auth_mode": "dynamic",
                "server_metadata": "discovery",
                "client_registration": "static_client",
                "client_auth_type": "client_secret_basic",
            }
            config = self._config(
                f"Shared Signals, {mode}",
                client=self._secret("ssf") | {"scope": "ssf.read ssf.manage"},
                ssf={"transmitter": {"issuer": self._issuer}},
            )
            yield Plan(f"ssf-caep-{mode}", "openid-ssf-transmitter-caep-test-plan", variant, config)

    def _config(self, words: str, **more: Any) -> dict[str, Any]:
        block = conformance.block(self._issuer, self._suite)
        return {
            "alias": self._suite.alias,
            "description": words,
            "server": {"discoveryUrl": f"{self._issuer}/.well-known/openid-configuration"},
            **more,
            "browser": block["browser"],
            "override": block["override"],
        }

    def _pair(self, words: str, names: tuple[str, str], openid: str, more: Collection[str] = ()) -> dict[str, Any]:
        """Two apps of the FAPI plans, their keys and their certificates."""
        scope = " ".join([*(["openid"] if openid == "openid_connect" else []), DATA, *sorted(more)])
        first, second = (self._keyed(name, scope) for name in names)
        config = self._config(words, client=first, client2=second)
        for member, name in (("mtls", names[0]), ("mtls2", names[1])):
            tls = self._known[name].tls
            if tls is not None:
                config[member] = {"cert": tls.certificate, "key": tls.key, "ca": self._authority}
        if openid == "plain_oauth":
            config["server"] = {"discoveryUrl": f"{self._issuer}/.well-known/oauth-authorization-server"}
        return config | {"resource": {"resourceUrl": f"{self._issuer}/dossier/fhir/Observation"}}

    def _keyed(self, name: str, scope: str) -> dict[str, Any]:
        jwk = self._known[name].jwk
        dpop = {"dpop_signing_alg": "ES256"} if self._known[name].client.options.dpop_bound_access_tokens else {}
        return {"client_id": name, "scope": scope, **({"jwks": {"keys": [jwk]}} if jwk else {}), **dpop}

    def _secret(self, name: str) -> dict[str, Any]:
        return {"client_id": name, "client_secret": self._known[name].secret}
