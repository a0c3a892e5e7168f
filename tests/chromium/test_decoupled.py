"""Requests made elsewhere and answered here: the pages of devices and of apps that ask, in each of their states."""

import secrets
import time
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.chromium.conftest import Visiting
from tests.chromium.visitor import Visitor
from tests.party import ASSERTION_TYPE
from tests.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

VITAL = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
SCOPE = f"openid profile offline_access patient/Observation.rs?{VITAL}"


async def begun(server: Running) -> dict[str, Any]:
    """A device that shows a code."""
    return await _post(server, "/device_authorization", {"client_id": "tv", "scope": SCOPE})


async def typed(visitor: Visitor, code: str) -> None:
    await visitor.open("/device")
    await visitor.write(user_code=code)
    await visitor.press("Continuer")


async def test_a_device_before_and_after_signing_in(visit: Visiting, own_demo: Running) -> None:
    async with visit() as gabrielle:
        await gabrielle.open("/device")
        await gabrielle.examine()
        for code in ("", "ABC", "ZZZZ-ZZZZ"):
            await typed(gabrielle, code)
            await gabrielle.says("Il y a quelque chose à corriger")
        await gabrielle.examine()
        asked = await begun(own_demo)
        await gabrielle.open(f"/device?user_code={asked['user_code']}")
        await gabrielle.says("Vérifiez qu’il est le même")
        await gabrielle.examine()
        await gabrielle.press("Continuer")
        await gabrielle.title("Est-ce votre appareil ?")
        await gabrielle.says(asked["user_code"], "la même connexion internet")
        await gabrielle.examine()
        await gabrielle.press("C’est mon appareil")
        await gabrielle.prove("gabrielle")
        await gabrielle.title("Relier cet appareil ?")
        await gabrielle.says(asked["user_code"])
        await gabrielle.examine()
        await gabrielle.press("Autoriser")
        await gabrielle.says("Cochez au moins une donnée")
        await gabrielle.examine()
        await gabrielle.choose("profile", "measures:read", "P3M")
        await gabrielle.press("Autoriser")
        await gabrielle.title("C’est accepté")
        await gabrielle.examine()
        asked = await begun(own_demo)
        await typed(gabrielle, asked["user_code"])
        await gabrielle.press("Refuser")
        await gabrielle.title("Demande refusée")
        await gabrielle.examine()


async def test_a_code_that_is_too_old(visit: Visiting, own_demo: Running) -> None:
    async with visit() as gabrielle:
        await gabrielle.sign_in()
        await typed(gabrielle, (await begun(own_demo))["user_code"])
        async with httpx2.AsyncClient(base_url=own_demo.url, trust_env=False) as script:
            assert (await script.post("/sandbox/clock", json={"advance": "PT10M"})).status_code == 200
        await gabrielle.page.reload()
        await gabrielle.title("Ce code est trop vieux")
        await gabrielle.examine()


async def test_the_television(visit: Visiting) -> None:
    async with visit() as gabrielle:
        await gabrielle.sign_in()
        await gabrielle.open("/sandbox/tv")
        await gabrielle.examine()
        await gabrielle.press("Relier cette télévision")
        await gabrielle.says("Écrivez ce code")
        await gabrielle.examine()
        screen = gabrielle.page.url
        code = await gabrielle.page.locator(".tv-code").inner_text()
        await typed(gabrielle, code)
        await gabrielle.title("Relier cet appareil ?")
        await gabrielle.press("Refuser")
        await gabrielle.title("Demande refusée")
        await gabrielle.page.wait_for_timeout(5_500)
        await gabrielle.page.goto(screen)
        await gabrielle.says("Vous avez refusé")
        await gabrielle.examine()


async def test_an_app_that_asks_someone_who_is_elsewhere(visit: Visiting, own_demo: Running) -> None:
    async with visit() as gabrielle:
        await gabrielle.sign_in()
        await gabrielle.open("/ciba")
        await gabrielle.says("Rien n’attend votre réponse")
        await gabrielle.examine()
        await gabrielle.write(user_code="a")
        await gabrielle.press("Choisir ce code")
        await gabrielle.says("Choisissez de 4 à 12 lettres")
        await gabrielle.examine()
        await gabrielle.write(user_code="Chat27")
        await gabrielle.press("Choisir ce code")
        await gabrielle.says("doit donner votre code")
        await gabrielle.examine()
        await gabrielle.press("Ne plus demander de code")
        await gabrielle.says("aucune application ne peut plus vous solliciter")
        await _ask(own_demo, "Bleu 27")
        await gabrielle.open("/ciba")
        await gabrielle.says("Bleu 27")
        await gabrielle.examine()
        await gabrielle.press("Essai CIBA")
        await gabrielle.title("Essai CIBA attend votre réponse")
        await gabrielle.says("Bleu 27")
        await gabrielle.examine()
        await gabrielle.press("Autoriser")
        await gabrielle.says("Cochez au moins une donnée")
        await gabrielle.examine()
        await gabrielle.choose("measures:read", "P3M")
        await gabrielle.press("Autoriser")
        await gabrielle.title("C’est accepté")
        await gabrielle.examine()
        await _ask(own_demo, "Rouge 3")
        await gabrielle.open("/ciba")
        await gabrielle.press("Essai CIBA")
        former = gabrielle.page.url
        await gabrielle.press("Refuser")
        await gabrielle.title("Demande refusée")
        await gabrielle.examine()
        assert gabrielle.page.url == former
        await _ask(own_demo, "Vert 1")
        await gabrielle.open("/ciba")
        await gabrielle.press("Essai CIBA")
        await gabrielle.title("Essai CIBA attend votre réponse")
        await _ask(own_demo, "Vert 2")
        await gabrielle.page.reload()
        await gabrielle.title("Cette demande est terminée")
        await gabrielle.examine()


async def test_nothing_of_it_needs_javascript(visit: Visiting, own_demo: Running) -> None:
    async with visit(java_script_enabled=False) as gabrielle:
        asked = await begun(own_demo)
        await typed(gabrielle, asked["user_code"])
        await gabrielle.press("C’est mon appareil")
        await gabrielle.prove("gabrielle")
        await gabrielle.title("Relier cet appareil ?")
        await gabrielle.press("Refuser")
        await gabrielle.title("Demande refusée")


async def _ask(server: Running, message: str) -> None:
    known, ahead = server.party("ciba"), await _ahead(server)
    now = int(time.time()) + ahead
    key = ECKey.import_key(known["jwk"])

    def signed(**claims: Any) -> str:
        usual = {"iss": "ciba", "aud": server.url, "iat": now, "nbf": now, "exp": now + 60}
        return jwt.encode({"alg": "ES256"}, {**usual, "jti": secrets.token_urlsafe(12), **claims}, key)

    asked = {"scope": SCOPE, "login_hint": server.person("gabrielle")["identifier"], "binding_message": message}
    proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed(sub="ciba")}
    assert (await _post(server, "/bc-authorize", {"request": signed(**asked), **proof}))["auth_req_id"]


async def _ahead(server: Running) -> int:
    async with httpx2.AsyncClient(base_url=server.url, trust_env=False) as script:
        return int((await script.get("/sandbox/clock")).json()["ahead_seconds"])


async def _post(server: Running, path: str, form: dict[str, str]) -> dict[str, Any]:
    async with httpx2.AsyncClient(base_url=server.url, trust_env=False) as script:
        answer = await script.post(path, data=form)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said
