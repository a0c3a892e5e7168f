"""Every page of the demo, in each of its states: accessible, narrow enough, light enough, within its policy."""

import re

import pytest

from tests.chromium.conftest import Visiting
from tests.chromium.visitor import PASSWORD, Visitor
from tests.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

READER = "/sandbox/glucolink/"


async def test_activation_and_a_space_with_nothing_in_it(visit: Visiting, own_demo: Running) -> None:
    known = own_demo.person("inaya")
    async with visit() as inaya:
        for address in ("/", "/activation/conditions", "/activation"):
            await _look(inaya, address)
        await inaya.press("Continuer")
        await _found_wanting(inaya)
        await inaya.write(**{name: known[name] for name in ("provisional_code", "nir", "vitale_serial")})
        await inaya.press("Continuer")
        await inaya.title("Que voulez-vous faire ?")
        await inaya.examine()
        await inaya.press("Continuer")
        await _found_wanting(inaya)
        await inaya.choose("activate", "yes")
        await inaya.press("Continuer")
        await inaya.title("Créer votre accès")
        await inaya.examine()
        await inaya.write(identifier="court", password="court")
        await inaya.press("Activer mon espace")
        await _found_wanting(inaya)
        await inaya.write(identifier="inaya.essai", password=PASSWORD, password_confirmation=PASSWORD)
        await inaya.press("Activer mon espace")
        await inaya.title("Écrivez le code reçu")
        await inaya.examine()
        await inaya.write(code="000000")
        await inaya.press("Se connecter", on=inaya.page.locator("main"))
        await _found_wanting(inaya)
        await _look(inaya, "/activation/adresse")
        await inaya.open("/signin/code")
        await inaya.write(code=await inaya.code(known["email"]))
        await inaya.press("Se connecter", on=inaya.page.locator("main"))
        await inaya.title("Vos enfants")
        await inaya.examine()
        for address in ("/espace/", "/espace/mesures", "/espace/applications", "/espace/historique"):
            await _look(inaya, address)


async def test_activations_that_end_otherwise(visit: Visiting, own_demo: Running) -> None:
    async with visit() as nadia:
        await _recognised(nadia, own_demo, "nadia")
        await nadia.choose("object")
        await nadia.press("Continuer")
        await nadia.title("Votre refus est enregistré")
        await nadia.examine()
        await nadia.press("Finalement, activer mon espace")
        await nadia.title("Que voulez-vous faire ?")
        await nadia.examine()
    async with visit() as gabrielle:
        await gabrielle.open("/activation/decision")
        await gabrielle.title("Activer mon espace")
        await gabrielle.examine()


async def test_sign_in_and_sessions(visit: Visiting) -> None:
    async with visit() as gabrielle:
        await _look(gabrielle, "/signin")
        await gabrielle.write(identifier="gabrielle.capanelli", password="autre chose")
        await gabrielle.press("Continuer")
        await _found_wanting(gabrielle)
        await gabrielle.sign_in()
        await _look(gabrielle, "/account/sessions")
        await _look(gabrielle, "/logout?post_logout_redirect_uri=https://elsewhere.example/")
        await _look(gabrielle, "/logout")
        await gabrielle.press("Me déconnecter")
        await gabrielle.title("Vous êtes déconnecté")
        await gabrielle.examine()
        await gabrielle.press("Me connecter")
        await gabrielle.prove("gabrielle")
        await gabrielle.press("Se déconnecter")
        await gabrielle.title("Vous êtes déconnecté")
        await gabrielle.examine()
        await _look(gabrielle, "/logout?client_id=bench&post_logout_redirect_uri=http://127.0.0.1/bye")
        await _look(gabrielle, "/logout?post_logout_redirect_uri=https://elsewhere.example/")


async def test_a_link_from_its_question_to_its_end(visit: Visiting) -> None:
    async with visit() as gabrielle:
        await gabrielle.sign_in()
        await _look(gabrielle, READER)
        await gabrielle.press("Relier à Mon espace")
        await gabrielle.title("GlucoLink veut se relier à votre espace")
        await gabrielle.examine()
        await gabrielle.press("Autoriser")
        await gabrielle.title("Vos choix pour GlucoLink")
        await gabrielle.examine()
        await gabrielle.press("Autoriser")
        await _found_wanting(gabrielle)
        await _look(gabrielle, "/espace/applications")  # a link that waits for its consents
        await _look(gabrielle, READER)
        await gabrielle.press("Choisir dans Mon espace")
        await gabrielle.title("Vos choix pour GlucoLink")
        await gabrielle.choose("measures:read", "measures:write", "P12M")
        await gabrielle.press("Autoriser")
        await gabrielle.title("Vous êtes relié à Mon espace")
        await gabrielle.examine()
        async with gabrielle.upload_held():
            await gabrielle.press("Utiliser l’exemple")
            await gabrielle.title(re.compile(r"\.csv$"))
            await gabrielle.examine()
        await gabrielle.says("C’est envoyé")
        await gabrielle.examine()
        await _portal(gabrielle)
        await _stopped(gabrielle)


async def _portal(gabrielle: Visitor) -> None:
    for address in ("/espace/", "/espace/mesures", "/espace/historique"):
        await _look(gabrielle, address)
    await gabrielle.open("/espace/mesures/glycemie")
    await gabrielle.page.locator("summary", has_text="Voir le tableau").first.click()
    await gabrielle.examine()
    await _look(gabrielle, "/espace/mesures/glycemie?periode=24h&unite=mmol%2FL")
    await _look(gabrielle, "/espace/mesures/glycemie?du=2020-01-02&au=2020-01-01")
    await _look(gabrielle, "/espace/mesures/glycemie?du=2020-01-01&au=2020-01-02")
    await _look(gabrielle, "/espace/applications")
    await gabrielle.press("GlucoLink", on=gabrielle.page.locator("main"))
    await gabrielle.title("GlucoLink")
    await gabrielle.examine()
    await gabrielle.press("Modifier", on=gabrielle.page.locator("main"))
    await gabrielle.title("Modifier GlucoLink")
    await gabrielle.examine()
    for value in ("measures:read", "measures:write"):
        await gabrielle.page.locator(f"input[value='{value}']").uncheck()
    await gabrielle.press("Voir ce qui change")
    await _found_wanting(gabrielle)
    await gabrielle.choose("measures:write")
    await gabrielle.press("Voir ce qui change")
    await gabrielle.title("Ce qui change")
    await gabrielle.examine()
    await gabrielle.press("Confirmer")
    await gabrielle.title("GlucoLink")
    await gabrielle.press("Suspendre", on=gabrielle.page.locator("main"))
    await gabrielle.says("GlucoLink est suspendue")
    await gabrielle.examine()


async def _stopped(gabrielle: Visitor) -> None:
    await gabrielle.press("Arrêter", on=gabrielle.page.locator("main"))
    await gabrielle.title("Arrêter GlucoLink ?")
    await gabrielle.page.locator("summary", has_text="une lettre prête").click()
    await gabrielle.examine()
    await gabrielle.press("Arrêter GlucoLink", on=gabrielle.page.locator("main form"))
    await gabrielle.title("GlucoLink est arrêtée")
    await gabrielle.examine()
    await _look(gabrielle, "/espace/applications")
    await gabrielle.press("GlucoLink", on=gabrielle.page.locator("main"))
    await gabrielle.examine()
    await _look(gabrielle, "/sandbox/glucolink/unlink")
    await gabrielle.open(READER)
    await gabrielle.press("Utiliser l’exemple")
    await gabrielle.says("Vous avez arrêté GlucoLink")
    await gabrielle.examine()
    await _look(gabrielle, READER)
    await gabrielle.press("Relier à Mon espace")
    await gabrielle.title("GlucoLink veut se relier à votre espace")
    await gabrielle.press("Refuser")
    await gabrielle.title(re.compile("refusé"))
    await gabrielle.examine()


async def test_an_app_that_asks_everything_at_once(visit: Visiting) -> None:
    async with visit() as gabrielle:
        await gabrielle.sign_in()
        await gabrielle.open(READER)
        await gabrielle.page.locator("summary", has_text="Une autre façon").click()
        await gabrielle.press("Relier en une étape")
        await gabrielle.title("GlucoLink demande votre accord")
        await gabrielle.page.locator("summary", has_text="Comment arrêter").click()
        await gabrielle.examine()
        await gabrielle.press("Autoriser")
        await _found_wanting(gabrielle)


async def test_a_space_that_is_closed_and_a_link_of_somebody_else(visit: Visiting) -> None:
    async with visit() as gabrielle:
        await gabrielle.sign_in()
        await gabrielle.open(READER)
        await gabrielle.press("Relier à Mon espace")
        await gabrielle.title("GlucoLink veut se relier à votre espace")
        await gabrielle.press("Autoriser")
        await gabrielle.title("Vos choix pour GlucoLink")
        theirs = gabrielle.page.url
    async with visit() as jeanne:
        await jeanne.open("/espace/connexion")
        await jeanne.prove("jeanne")
        await jeanne.title("Bonjour Jeanne")
        await jeanne.examine()
        await jeanne.open("/espace/mesures")
        await jeanne.says("Votre espace est fermé.")
        await jeanne.examine()
        await jeanne.page.goto(theirs)
        await jeanne.title("Ce lien concerne une autre personne")
        await jeanne.examine()


async def test_pages_of_the_demo_alone_and_pages_that_are_not(visit: Visiting, own_demo: Running) -> None:
    async with visit() as someone:
        for address in ("/sandbox/inbox", "/sandbox/inbox?to=nobody@example.org", "/sandbox/clock", "/rien"):
            await _look(someone, address)
        await someone.press("Revenir à l’accueil")
        await someone.title("Vos données de santé. Vos choix.")
        for address in ("/authorize?client_id=nobody", "/espace/retour?state=x", "/pairings/par_x/consents"):
            await _look(someone, address)
        await someone.open("/signin")
        await someone.context.clear_cookies()  # the form is no longer one of this browser's
        await someone.write(identifier="gabrielle.capanelli", password="x")
        await someone.press("Continuer")
        await someone.title("Vous n’avez pas accès à cette page")
        await someone.examine()
        await someone.sign_in()
        for address in ("/espace/rien", "/espace/applications/grt_x"):
            await _look(someone, address)


async def test_a_fault_would_be_seen(visit: Visiting) -> None:
    with pytest.raises(AssertionError) as seen:
        await _meet_a_fault(visit)
    said = str(seen.value)
    for fault in ("Content Security Policy", "image-alt (critical)", "pixels wide at 320"):
        assert fault in said


async def _meet_a_fault(visit: Visiting) -> None:
    async with visit() as someone:
        await someone.open("/")
        assert someone.watch.weights["/"] > 20_000
        add = (
            "from => { const it = new Image(); it.src = from; it.style.minWidth = '1400px'; document.body.append(it) }"
        )
        await someone.page.evaluate(add, "http://elsewhere.example/")
        await someone.examine()


async def _look(visitor: Visitor, address: str) -> None:
    await visitor.open(address)
    await visitor.examine()


async def _found_wanting(visitor: Visitor) -> None:
    """The form came back with its summary, which has the focus."""
    await visitor.page.locator(".error-summary:focus").wait_for()
    await visitor.page.wait_for_load_state("load")
    await visitor.examine()


async def _recognised(visitor: Visitor, demo: Running, key: str) -> None:
    known = demo.person(key)
    await visitor.open("/activation")
    await visitor.write(**{name: known[name] for name in ("provisional_code", "nir", "vitale_serial")})
    await visitor.press("Continuer")
    await visitor.title("Que voulez-vous faire ?")
