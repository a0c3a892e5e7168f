"""The main job, by the README alone: activate, pair, send, see, change, stop; in Chromium, as a person does it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import expect

from sandbox.glucolink import fresh_sample
from tests.chromium.conftest import Visiting
from tests.chromium.visitor import Visitor
from tests.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

READER = "/sandbox/glucolink/"
APPS = "/espace/applications"


@pytest.mark.rule("R105")
@pytest.mark.rule("R106")
@pytest.mark.rule("R156")
@pytest.mark.rule("R158")
async def test_a_new_user_does_everything_by_the_readme(visit: Visiting, own_demo: Running, tmp_path: Path) -> None:
    async with visit() as inaya:
        await _activates(inaya, own_demo)
        await _pairs(inaya)
        await _sends_a_file(inaya, _sample(tmp_path))
        await _sees_the_curve(inaya)
        await _sees_what_the_app_may_do(inaya)
        await _narrows(inaya)
        await _pauses_and_resumes(inaya)
        await _stops(inaya)
        await _reads_who_did_what(inaya)
        await _signs_out(inaya)


async def _activates(inaya: Visitor, demo: Running) -> None:
    known = demo.person("inaya")
    await inaya.open("/")
    await inaya.says(known["provisional_code"], known["nir"], known["vitale_serial"])
    await inaya.press("Activer mon espace")
    await inaya.title("Activer mon espace")
    await inaya.activate()
    await inaya.title("Vos enfants")
    await inaya.says("Lola Michel", "Mathis Michel", "Louis Michel", "En attente de décision")
    await inaya.press("Décider plus tard")
    await inaya.title("Bonjour Inaya")
    await inaya.says("Vos enfants attendent votre décision", "Aucune valeur", "Aucune application liée")


async def _pairs(inaya: Visitor) -> None:
    await inaya.open(READER)
    await inaya.press("Relier à Mon espace")
    await inaya.title("GlucoLink veut se relier à votre espace")
    await inaya.says("Pour l’instant, elle ne voit rien de votre dossier.")
    assert await inaya.ticked() == []
    await inaya.press("Autoriser")
    await inaya.title("Vos choix pour GlucoLink")
    assert await inaya.ticked() == []
    await inaya.press("Autoriser")
    await inaya.says("Cochez au moins une donnée, ou refusez.", "Choisissez une durée.")
    await inaya.choose("measures:read", "measures:write", "P3M")
    await inaya.press("Autoriser")
    await inaya.title("Vous êtes relié à Mon espace")


def _sample(folder: Path) -> Path:
    name, content = fresh_sample.make(datetime.now(UTC))
    file = folder / name
    file.write_bytes(content)
    return file


async def _sends_a_file(inaya: Visitor, file: Path) -> None:
    await inaya.page.set_input_files("input[type=file]", file)
    async with inaya.upload_held():
        await inaya.press("Envoyer à Mon espace")
        await inaya.title(file.name)
        await expect(inaya.page.get_by_role("progressbar", name="Avancement de l’envoi")).to_have_js_property(
            "value", 40
        )
    await expect(inaya.page.locator("main")).to_contain_text("C’est envoyé", timeout=60_000)
    await inaya.says("mesures ajoutées à Mon espace")


async def _sees_the_curve(inaya: Visitor) -> None:
    await inaya.press("Voir mes mesures dans Mon espace")
    await inaya.title("Mes mesures")
    await inaya.press("Glycémie")
    await inaya.title("Glycémie")
    await expect(inaya.page.locator(".chart-live canvas")).to_be_visible()
    await inaya.says("votre glycémie moyenne est de", "Elle va de", "des valeurs sont dans la cible")
    await inaya.page.get_by_text("Voir le tableau").click()
    await expect(inaya.page.get_by_role("table").first).to_be_visible()
    await expect(inaya.page.locator("#valeurs tbody tr").first).to_contain_text("GlucoLink (capteur)")


async def _sees_what_the_app_may_do(inaya: Visitor) -> None:
    await inaya.press("Mes applications")
    await inaya.title("Mes applications")
    card = inaya.page.locator(".app-card")
    await expect(card).to_have_count(1)
    for words in (
        *("GlucoLink", "Active", "Lit vos mesures", "Ajoute des mesures"),
        *("Depuis le", "Jusqu’au", "Dernier accès", "À l’instant", "Accès en 30 jours"),
    ):
        await expect(card).to_contain_text(words)


async def _choose_for_the_app(inaya: Visitor, box: str, ticked: bool, told: str) -> None:
    await inaya.open(APPS)
    await inaya.press("Modifier")
    await inaya.title("Modifier GlucoLink")
    await inaya.page.locator(f"input[value='{box}']").set_checked(ticked)
    await inaya.press("Voir ce qui change")
    await inaya.title("Ce qui change")
    await inaya.says(told)
    await inaya.press("Confirmer")
    await inaya.title("GlucoLink")


async def _sends_the_example(inaya: Visitor, told: str) -> None:
    await inaya.open(READER)
    await inaya.press("Utiliser l’exemple")
    await inaya.title(re.compile(r"\.csv$"))
    await expect(inaya.page.locator("main")).to_contain_text(told, timeout=60_000)


async def _narrows(inaya: Visitor) -> None:
    await _choose_for_the_app(inaya, "measures:write", False, "GlucoLink ne pourra plus ajouter de mesures.")
    await _sends_the_example(inaya, "GlucoLink n’a pas cet accord")
    await _choose_for_the_app(inaya, "measures:write", True, "GlucoLink pourra aussi ajouter des mesures.")
    await _sends_the_example(inaya, "C’est envoyé")


async def _pauses_and_resumes(inaya: Visitor) -> None:
    await inaya.open(APPS)
    await inaya.press("Suspendre")
    await inaya.says("GlucoLink est suspendue. Elle ne peut plus rien lire ni ajouter.")
    await _sends_the_example(inaya, "GlucoLink est suspendue")
    await inaya.open(APPS)
    await inaya.press("Reprendre")
    await inaya.says("GlucoLink", "Active")
    await _sends_the_example(inaya, "C’est envoyé")


async def _stops(inaya: Visitor) -> None:
    await inaya.open(APPS)
    await inaya.press("Arrêter")
    await inaya.title("Arrêter GlucoLink ?")
    await inaya.says(
        "GlucoLink ne lira plus vos mesures.",
        "GlucoLink n’ajoutera plus de mesures dans votre dossier.",
        "Les mesures déjà ajoutées restent dans votre dossier.",
        "GlucoLink peut garder une copie",
    )
    await inaya.press("Arrêter GlucoLink", on=inaya.page.locator("main form"))
    await inaya.title("GlucoLink est arrêtée")
    await _sends_the_example(inaya, "Vous avez arrêté GlucoLink")
    await inaya.open("/espace/mesures/glycemie")
    await expect(inaya.page.locator("#valeurs tbody tr").first).to_contain_text("GlucoLink (capteur)")


async def _reads_who_did_what(inaya: Visitor) -> None:
    await inaya.press("Historique")
    await inaya.title("Historique")
    await inaya.says(
        "GlucoLink a voulu ajouter des mesures. Refusé : vous avez arrêté ce lien.",
        "Vous avez arrêté le lien avec GlucoLink.",
        "GlucoLink a voulu ajouter des mesures. Refusé : vous avez suspendu ce lien.",
        "Vous avez suspendu le lien avec GlucoLink.",
        "GlucoLink a voulu ajouter des mesures. Refusé : vous n’avez pas donné cet accord.",
        "Vous avez modifié vos accords avec GlucoLink.",
        "mesures de glycémie.",
        "Vous avez autorisé GlucoLink.",
        "Vous avez activé votre espace.",
    )


async def _signs_out(inaya: Visitor) -> None:
    await inaya.press("Mes connexions et ma sécurité")
    await inaya.title("Vos connexions")
    await inaya.says("Cet appareil", "Ouverte")
    await inaya.open("/espace/")
    await inaya.press("Se déconnecter")
    await inaya.title("Vous êtes déconnecté")
    await inaya.open("/espace/mesures")
    await inaya.title("Se connecter")
