"""The same pages without JavaScript, and from the keyboard alone."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import expect

from sandbox.glucolink import fresh_sample
from tests.chromium.conftest import Visiting
from tests.chromium.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

READER = "/sandbox/glucolink/"
APPS = "/espace/applications"
STOPS = 60
"""No page has more places where the keyboard stops."""

SEEN = """() => {
  const here = document.activeElement, box = here.getBoundingClientRect();
  const framed = [here, here.closest(".choice, .affixed, .file, .card")].filter(Boolean).some((one) => {
    const look = getComputedStyle(one);
    return (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2) || look.boxShadow !== "none";
  });
  const inside = box.bottom > 0 && box.top < innerHeight && box.width > 0;
  return [framed && inside, here.outerHTML.slice(0, 200)];
}"""
"""Is the place where the keyboard is framed, and on the screen (WCAG 2.2 §2.4.7, §2.4.11)?"""


async def test_the_whole_link_without_javascript(visit: Visiting, tmp_path: Path) -> None:
    name, content = fresh_sample.make(datetime.now(UTC))
    (tmp_path / name).write_bytes(content)
    async with visit(java_script_enabled=False) as gabrielle:
        await gabrielle.sign_in()
        await gabrielle.link("measures:read", "measures:write")
        await gabrielle.page.set_input_files("input[type=file]", tmp_path / name)
        await gabrielle.press("Envoyer à Mon espace")
        await gabrielle.title(name)
        await _until(gabrielle, "C’est envoyé")
        await gabrielle.open("/espace/mesures/glycemie")
        await expect(gabrielle.page.locator(".chart-still svg")).to_be_visible()
        await expect(gabrielle.page.locator(".chart-live")).to_be_hidden()
        await gabrielle.says("votre glycémie moyenne est de", "GlucoLink")
        await gabrielle.page.locator("summary", has_text="Voir le tableau").click()
        await expect(gabrielle.page.get_by_role("table").first).to_be_visible()
        await _change_pause_stop(gabrielle)


async def _until(gabrielle: Visitor, told: str) -> None:
    """Ask how far the file is, as the page offers, until it says so."""
    for _ in range(100):
        again = gabrielle.page.get_by_role("link", name="Voir où en est l’envoi")
        if not await again.count():
            break
        await again.click()
        await gabrielle.page.wait_for_load_state("load")
    await gabrielle.says(told)


async def _change_pause_stop(gabrielle: Visitor) -> None:
    await gabrielle.open(APPS)
    await gabrielle.press("Modifier", on=gabrielle.page.locator("main"))
    await gabrielle.page.locator("input[value='measures:read']").uncheck()
    await gabrielle.press("Voir ce qui change")
    await gabrielle.says("GlucoLink ne pourra plus lire vos mesures.")
    await gabrielle.press("Confirmer")
    await gabrielle.title("GlucoLink")
    await gabrielle.press("Suspendre", on=gabrielle.page.locator("main"))
    await gabrielle.says("GlucoLink est suspendue")
    await gabrielle.press("Reprendre", on=gabrielle.page.locator("main"))
    await gabrielle.says("Active")
    await gabrielle.press("Arrêter", on=gabrielle.page.locator("main"))
    await gabrielle.title("Arrêter GlucoLink ?")
    await gabrielle.press("Arrêter GlucoLink", on=gabrielle.page.locator("main form"))
    await gabrielle.title("GlucoLink est arrêtée")
    await gabrielle.open(READER)
    await gabrielle.press("Utiliser l’exemple")
    await gabrielle.title(re.compile(r"\.csv$"))
    await _until(gabrielle, "Vous avez arrêté GlucoLink")


async def test_activation_and_the_menu_of_a_phone_without_javascript(visit: Visiting) -> None:
    async with visit(java_script_enabled=False, width=360) as inaya:
        await inaya.activate()
        await inaya.title("Vos enfants")
        await inaya.press("Activer", on=inaya.page.locator("main"))
        await inaya.says("Espace activé")
        await inaya.press("Décider plus tard")
        await inaya.title("Bonjour Inaya")
        await inaya.page.get_by_role("button", name="Menu").click()
        await inaya.page.get_by_role("link", name="Historique", exact=True).click()
        await inaya.title("Historique")
        await inaya.page.get_by_role("button", name="Menu").click()
        await inaya.press("Se déconnecter")
        await inaya.title("Vous êtes déconnecté")


async def test_sign_in_and_consents_from_the_keyboard_alone(visit: Visiting) -> None:
    async with visit() as gabrielle:
        keys, known = gabrielle.page.keyboard, gabrielle.server.person("gabrielle")
        await gabrielle.open(READER)
        await _reach(gabrielle, "Relier à Mon espace")
        await keys.press("Enter")
        await gabrielle.title("Se connecter")
        await _reach(gabrielle, "identifier")
        await keys.type(known["identifier"])
        await _reach(gabrielle, "password")
        await keys.type(known["password"])
        await keys.press("Enter")
        await gabrielle.title("Écrivez le code reçu")
        code = await gabrielle.code(known["mobile"])
        await _reach(gabrielle, "code")
        await keys.type(code)
        await keys.press("Enter")
        await gabrielle.title("GlucoLink veut se relier à votre espace")
        await _reach(gabrielle, "Autoriser")
        await keys.press("Enter")
        await gabrielle.title("Vos choix pour GlucoLink")
        await _reach(gabrielle, "measures:write")
        await keys.press("Space")
        await _reach(gabrielle, "P1D")
        await keys.press("ArrowDown")  # a group of radio buttons is one stop: arrows choose
        assert await gabrielle.ticked() == ["measures:write", "P3M"]
        await _reach(gabrielle, "Autoriser")
        await keys.press("Space")
        await gabrielle.title("Vous êtes relié à Mon espace")


async def test_a_mistake_is_found_and_mended_from_the_keyboard(visit: Visiting) -> None:
    async with visit() as someone:
        await someone.open("/activation")
        await _reach(someone, "Continuer")
        await someone.page.keyboard.press("Enter")
        summary = someone.page.locator(".error-summary")
        await expect(summary).to_be_focused()
        await _reach(someone, "Écrivez votre numéro de sécurité sociale")
        await someone.page.keyboard.press("Enter")
        await expect(someone.page.locator("#nir")).to_be_focused()


async def _reach(visitor: Visitor, wanted: str) -> None:
    """Press Tab until the keyboard is on the field of that name or value, or on the words; each stop is seen."""
    for _ in range(STOPS):
        await visitor.page.keyboard.press("Tab")
        seen, what = await visitor.page.evaluate(SEEN)
        assert seen, f"the keyboard is somewhere that nobody sees: {what}"
        here = await visitor.page.evaluate(
            "() => { const it = document.activeElement; return [it.name, it.value, it.innerText.trim()] }"
        )
        if wanted in here or here[2].startswith(wanted):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")
