"""The pages of the signed-in part, on a house that answers as it is told."""

from datetime import timedelta

import httpx2
import pytest
from starlette.responses import JSONResponse

from kit.clock import FixedClock
from portal.scene import Scene
from tests.portal.conftest import Browser
from tests.portal.made import NOW, bundle, grant, line, observation
from tests.portal.stand_in import StandIn

SEARCH = ("GET", "/dossier/fhir/Observation")
JUST = NOW - timedelta(minutes=1)
GRANTS = ("GET", "/consent/grants")
GRANT = ("GET", "/consent/grants/grt_1")
PAGE = "/espace/applications/grt_1"


@pytest.fixture
async def signed_in(browser: Browser, services: StandIn) -> Browser:
    """A browser whose person is signed in, everything being empty."""
    services.answers[SEARCH] = bundle()
    services.answers[GRANTS] = {"grants": []}
    services.answers["GET", "/consent/space"] = {"state": "activated", "children": []}
    services.answers["GET", "/consent/journal"] = {"entries": [], "next": None}
    await browser.sign_in()
    return browser


def words(seen: httpx2.Response) -> str:
    """The page as one line."""
    return " ".join(seen.text.split())


async def test_an_empty_space_says_what_will_come(signed_in: Browser) -> None:
    home = words(await signed_in.get("/espace/"))
    assert "Bonjour Gabrielle Capanelli" in home
    assert "Aucune application liée" in home
    assert "Aucune valeur" in home
    assert "http://localhost:8000/account/sessions" in home
    assert "Rien n’est partagé" in words(await signed_in.get("/espace/applications"))
    assert "laissera une ligne ici" in words(await signed_in.get("/espace/historique"))


@pytest.mark.rule("R148")
async def test_measures_without_a_value_say_so(signed_in: Browser) -> None:
    listed = words(await signed_in.get("/espace/mesures"))
    assert "Aucune valeur" in listed
    assert "Tension artérielle" in listed
    assert "Aucune valeur" in words(await signed_in.get("/espace/mesures/glycemie"))


async def test_glucose_is_a_sentence_a_curve_and_a_table(signed_in: Browser, services: StandIn) -> None:
    values = [observation(100.0 + rank, NOW - timedelta(minutes=15 * rank + 1)) for rank in range(40)]
    services.answers[SEARCH] = bundle(*values)
    services.answers[GRANTS] = {"grants": [grant()]}
    seen = await signed_in.get("/espace/mesures/glycemie?unite=gl")
    page = words(seen)
    assert "votre glycémie moyenne est de 1,20" in page
    assert "data-points" in page
    assert '<td role="cell" data-label="Valeur (g/L)" class="num">1,00</td>' in page
    assert "autorisée depuis le 16 février 2026" in page
    assert "Valeurs 1 à 24 sur 40" in page
    assert 'aria-current="true">g/L</a>' in page
    assert len(seen.content) < 100_000
    asked = services.asked(*SEARCH)[0]
    assert asked["patient"] == "pat_1"
    assert asked["date"].startswith("lt2026-03-02T09:00:00.000Z")


async def test_the_unit_is_remembered(signed_in: Browser, services: StandIn) -> None:
    services.answers[SEARCH] = bundle(observation(126.0, JUST))
    await signed_in.get("/espace/mesures/glycemie?unite=mmoll")
    assert "mmol/L" in words(await signed_in.get("/espace/mesures"))


async def test_every_page_of_a_long_search_is_read(signed_in: Browser, services: StandIn) -> None:
    first = bundle(observation(100.0, JUST))
    first["link"] = [{"relation": "next", "url": "http://localhost:8000/dossier/fhir/Observation?_cursor=x"}]
    second = bundle(observation(200.0, NOW - timedelta(hours=1)))
    services.answers[SEARCH] = lambda request: JSONResponse(second if "_cursor" in request.query_params else first)
    assert "2 valeurs en tout" in words(await signed_in.get("/espace/mesures/glycemie"))


async def test_a_page_that_follows_elsewhere_is_not_followed(signed_in: Browser, services: StandIn) -> None:
    trap = bundle(observation(100.0, JUST))
    trap["link"] = [{"relation": "next", "url": "https://evil.example/steal"}]
    services.answers[SEARCH] = trap
    assert (await signed_in.get("/espace/mesures/glycemie")).status_code == 404
    assert all(path.startswith("/dossier/fhir/") for _, path, _ in services.calls)


async def test_values_still_show_when_the_consents_do_not_answer(signed_in: Browser, services: StandIn) -> None:
    services.answers[SEARCH] = bundle(observation(100.0, JUST))
    services.answers[GRANTS] = JSONResponse({}, 503)
    seen = await signed_in.get("/espace/mesures/glycemie")
    assert seen.status_code == 200
    assert "GlucoLink" in seen.text


async def test_wrong_dates_are_told_in_words(signed_in: Browser) -> None:
    seen = await signed_in.get("/espace/mesures/glycemie?du=2026-02-30&au=2026-03-01")
    assert seen.status_code == 422
    assert "Saisissez une date qui existe" in seen.text


async def test_measures_can_be_taken_away(signed_in: Browser, services: StandIn) -> None:
    odd = [{"identifier": {"value": "x"}, "display": "=1+1"}]
    services.answers[SEARCH] = bundle(observation(100.0, JUST, performer=odd))
    seen = await signed_in.get("/espace/mesures/glycemie.csv?duree=24h")
    assert seen.headers["content-type"] == "text/csv; charset=utf-8"
    assert seen.text.splitlines()[1] == "2026-03-02;09:59;Glycémie;100;mg/dL;'=1+1"


@pytest.mark.parametrize("path", ["/espace/mesures/licornes", "/espace/applications/grt_9", "/espace/applications/a.b"])
async def test_what_does_not_exist_is_said_to_be_so(signed_in: Browser, path: str) -> None:
    seen = await signed_in.get(path)
    assert seen.status_code == 404


async def test_an_app_is_listed_with_what_it_does_and_its_past_apart(signed_in: Browser, services: StandIn) -> None:
    former = grant("ended", grant_id="grt_0", ended_because="withdrawn", ended_at="2026-01-01T10:00:00Z")
    services.answers[GRANTS] = {"grants": [grant(), former]}
    page = words(await signed_in.get("/espace/applications"))
    assert "<strong>Ajoute</strong> des mesures" in page
    for fact in ("16 février 2026", "16 mai 2026", "Il y a 12 minutes", "1 344"):
        assert fact in page
    assert "Vous l’avez arrêtée le 1er janvier 2026." in page


async def test_an_amendment_is_shown_before_it_is_made(signed_in: Browser, services: StandIn) -> None:
    services.answers[GRANT] = grant()
    services.answers["POST", "/consent/grants/grt_1/amend"] = grant(version=4)
    choice = {"version": "3", "consent": ["measures:read", "measures:write"], "duration": "P12M"}
    review = await signed_in.post(f"{PAGE}/modifier", page=f"{PAGE}/modifier", **choice, step="review")
    assert "GlucoLink pourra aussi lire vos mesures." in review.text
    assert services.asked("POST", "/consent/grants/grt_1/amend") == []
    done = await signed_in.post(f"{PAGE}/modifier", page=f"{PAGE}/modifier", **choice, step="confirm")
    assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}?fait=modifier")
    assert services.asked("POST", "/consent/grants/grt_1/amend") == [
        {"consents": ["measures:read", "measures:write"], "version": 3, "duration": "P12M"}
    ]
    assert "C’est changé" in (await signed_in.get(done.headers["location"])).text


async def test_an_amendment_that_keeps_the_end_says_no_duration(signed_in: Browser, services: StandIn) -> None:
    services.answers[GRANT] = grant()
    services.answers["POST", "/consent/grants/grt_1/amend"] = grant(version=4)
    choice = {"version": "3", "consent": "measures:read", "duration": "garder", "step": "confirm"}
    await signed_in.post(f"{PAGE}/modifier", page=f"{PAGE}/modifier", **choice)
    assert services.asked("POST", "/consent/grants/grt_1/amend") == [{"consents": ["measures:read"], "version": 3}]


async def test_nothing_ticked_leads_to_stopping_instead(signed_in: Browser, services: StandIn) -> None:
    services.answers[GRANT] = grant()
    seen = await signed_in.post(
        f"{PAGE}/modifier", page=f"{PAGE}/modifier", version="3", duration="garder", step="confirm"
    )
    assert seen.status_code == 422
    assert "Cochez au moins une ligne" in seen.text
    assert f"{PAGE}/arreter" in seen.text


async def test_a_page_out_of_date_changes_nothing_and_says_so(signed_in: Browser, services: StandIn) -> None:
    services.answers[GRANT] = grant()
    choice = {"version": "2", "consent": "measures:read", "duration": "garder", "step": "confirm"}
    seen = await signed_in.post(f"{PAGE}/modifier", page=f"{PAGE}/modifier", **choice)
    assert seen.status_code == 409
    assert "Cela a changé entre-temps" in seen.text
    assert f'href="{PAGE}/modifier"' in seen.text
    assert services.asked("POST", "/consent/grants/grt_1/amend") == []


async def test_a_change_that_the_service_refuses_as_late_says_the_same(signed_in: Browser, services: StandIn) -> None:
    services.answers[GRANT] = grant()
    services.answers["POST", "/consent/grants/grt_1/pause"] = JSONResponse({"code": "grant_paused"}, 409)
    seen = await signed_in.post(f"{PAGE}/suspendre", page=PAGE, version="3")
    assert seen.status_code == 409


@pytest.mark.parametrize(
    ("verb", "called", "said"), [("suspendre", "pause", "est suspendue"), ("reprendre", "resume", "a repris")]
)
async def test_pausing_and_resuming_are_done_at_once(
    signed_in: Browser, services: StandIn, verb: str, called: str, said: str
) -> None:
    services.answers[GRANT] = grant()
    services.answers["POST", f"/consent/grants/grt_1/{called}"] = grant("paused")
    done = await signed_in.post(f"{PAGE}/{verb}", page=PAGE, version="3")
    assert services.asked("POST", f"/consent/grants/grt_1/{called}") == [{"version": 3}]
    assert said in (await signed_in.get(done.headers["location"])).text


async def test_stopping_says_its_consequences_before_it_is_done(signed_in: Browser, services: StandIn) -> None:
    services.answers[GRANT] = grant()
    before = words(await signed_in.get(f"{PAGE}/arreter"))
    assert "n’ajoutera plus de mesures" in before
    assert "restent dans votre dossier" in before
    assert "article 17" in before
    assert services.asked("POST", "/consent/grants/grt_1/end") == []
    ended = grant("ended", ended_because="withdrawn", ended_at="2026-03-02T09:00:00Z")
    services.answers["POST", "/consent/grants/grt_1/end"] = ended
    done = await signed_in.post(f"{PAGE}/arreter", page=f"{PAGE}/arreter")
    assert services.asked("POST", "/consent/grants/grt_1/end") == [{}]
    services.answers[GRANT] = ended
    after = await signed_in.get(done.headers["location"])
    assert "GlucoLink est arrêtée" in after.text
    assert (await signed_in.get(f"{PAGE}/arreter")).headers["location"] == PAGE
    assert (await signed_in.get(f"{PAGE}/lettre.txt")).text.startswith("À l’attention de Gluco SAS")


async def test_the_farewell_of_an_app_that_runs_is_not_said(signed_in: Browser, services: StandIn) -> None:
    services.answers[GRANT] = grant()
    assert (await signed_in.get(f"{PAGE}/arretee")).headers["location"] == PAGE


@pytest.mark.rule("R033")
@pytest.mark.parametrize(("decision", "said"), [("activate", "est activé"), ("object", "refus est enregistré")])
async def test_each_child_waits_for_its_own_decision(
    signed_in: Browser, services: StandIn, decision: str, said: str
) -> None:
    names = ("Lola Michel", "Mathis Michel", "Louis Michel")
    children = [{"person_id": f"per_{rank}", "name": name, "waiting": True} for rank, name in enumerate(names)]
    services.answers["GET", "/consent/space"] = {"state": "activated", "children": children}
    home = (await signed_in.get("/espace/")).text
    assert all(name in home for name in names)
    assert home.count("En attente de décision") == 3
    services.answers["POST", "/consent/children/per_1/decision"] = {**children[1], "waiting": False}
    done = await signed_in.post("/espace/enfants/per_1", page="/espace/", decision=decision)
    assert services.asked("POST", "/consent/children/per_1/decision") == [{"decision": decision}]
    assert said in (await signed_in.get(done.headers["location"])).text


async def test_another_decision_is_none(signed_in: Browser, services: StandIn) -> None:
    assert (await signed_in.post("/espace/enfants/per_1", page="/espace/", decision="sell")).status_code == 404


@pytest.mark.parametrize(
    "path", [f"{PAGE}/modifier", f"{PAGE}/suspendre", f"{PAGE}/reprendre", f"{PAGE}/arreter", "/espace/enfants/per_1"]
)
async def test_a_form_that_is_not_ours_changes_nothing(signed_in: Browser, services: StandIn, path: str) -> None:
    services.calls.clear()
    for data, headers in (({"version": "3"}, {}), ({"csrf": "x"}, {"origin": "https://evil.example"})):
        seen = await signed_in.http.post(path, data=data, headers=headers)
        assert seen.status_code == 403
    assert services.calls == []


@pytest.mark.rule("R105")
async def test_the_history_is_narrowed_and_paged_as_asked(signed_in: Browser, services: StandIn) -> None:
    lines = [line("GlucoLink a ajouté 96 mesures de glycémie.")]
    services.answers["GET", "/consent/journal"] = {"entries": lines, "next": 41}
    services.answers[GRANTS] = {"grants": [grant()]}
    page = words(await signed_in.get("/espace/historique?application=glucolink&genre=refused&avant=90"))
    assert "GlucoLink a ajouté 96 mesures de glycémie." in page
    assert "avant=41" in page
    assert "Revenir au plus récent" in page
    assert "conservé dix ans" in page
    assert services.asked("GET", "/consent/journal")[-1] == {
        "limit": "50",
        "before": "90",
        "client_id": "glucolink",
        "kind": "refused",
    }


async def test_an_odd_question_to_the_history_is_the_plain_one(signed_in: Browser, services: StandIn) -> None:
    assert (await signed_in.get("/espace/historique?genre=cats&avant=-3")).status_code == 200
    assert services.asked("GET", "/consent/journal")[-1] == {"limit": "50"}


async def test_the_whole_history_can_be_taken_away(signed_in: Browser, services: StandIn) -> None:
    def page(request: object) -> JSONResponse:
        before = request.query_params.get("before")  # type: ignore[attr-defined]
        return JSONResponse({"entries": [line(f"Avant {before}.")], "next": None if before else 41})

    services.answers["GET", "/consent/journal"] = page
    seen = await signed_in.get("/espace/historique.csv")
    assert [row.split(";")[3] for row in seen.text.splitlines()] == ["Action", "Avant None.", "Avant 41."]


async def test_a_token_that_runs_out_is_renewed_once_for_the_whole_page(
    signed_in: Browser, services: StandIn, clock: FixedClock
) -> None:
    clock.advance(timedelta(minutes=5))
    assert (await signed_in.get("/espace/")).status_code == 200
    assert len(services.refreshes) == 1
    assert (await signed_in.get("/espace/")).status_code == 200
    assert services.refreshes == {"rt_5"}


async def test_a_token_withdrawn_early_is_renewed_too(signed_in: Browser, services: StandIn) -> None:
    services.alive.clear()
    assert (await signed_in.get("/espace/")).status_code == 200


async def test_a_session_stopped_elsewhere_leads_back_after_sign_in(signed_in: Browser, services: StandIn) -> None:
    services.end_everything()
    seen = await signed_in.get("/espace/historique?genre=refused")
    assert seen.status_code == 401
    assert "Votre connexion est terminée" in seen.text
    assert "suite=%2Fespace%2Fhistorique%3Fgenre%3Drefused" in seen.text
    assert 'portal=""' in seen.headers["set-cookie"]
    again = await signed_in.sign_in("/espace/historique?genre=refused")
    assert again.headers["location"] == "/espace/historique?genre=refused"


async def test_a_form_sent_too_late_says_that_it_was_not_done(signed_in: Browser, services: StandIn) -> None:
    services.answers[GRANT] = grant()
    await signed_in.get(PAGE)
    mark = (await signed_in.get(PAGE)).text.partition('name="csrf" value="')[2].partition('"')[0]
    services.end_everything()
    seen = await signed_in.http.post(
        f"{PAGE}/suspendre", data={"csrf": mark, "version": "3"}, headers={"referer": f"http://localhost:8000{PAGE}"}
    )
    assert seen.status_code == 401
    assert "Votre dernière demande n’a pas été faite" in seen.text
    assert "suite=%2Fespace%2Fapplications%2Fgrt_1" in seen.text


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (JSONResponse({}, 503), 503, "Le service ne répond pas"),
        (JSONResponse(["not", "as", "documented"]), 503, "Le service ne répond pas"),
        (JSONResponse({}, 429), 429, "Trop de demandes à la fois"),
        (JSONResponse({"code": "space_closed"}, 403), 403, "Votre espace est fermé"),
        (JSONResponse({"code": "anything"}, 403), 403, "Votre demande a été refusée"),
    ],
)
async def test_each_trouble_has_its_page(
    signed_in: Browser, services: StandIn, answer: JSONResponse, status: int, said: str
) -> None:
    services.answers[GRANTS] = answer
    seen = await signed_in.get("/espace/applications")
    assert seen.status_code == status
    assert said in seen.text


async def test_home_shows_what_answers_and_says_what_does_not(signed_in: Browser, services: StandIn) -> None:
    services.answers["GET", "/consent/journal"] = JSONResponse({}, 503)
    page = words(await signed_in.get("/espace/"))
    assert "Votre historique ne peut pas être affiché" in page
    assert "Aucune application liée" in page


async def test_home_says_so_when_nothing_answers(signed_in: Browser, services: StandIn) -> None:
    services.down = True
    assert (await signed_in.get("/espace/")).status_code == 503


@pytest.mark.rule("R166", "R167")
async def test_the_entrance_says_who_helps_and_when(browser: Browser, scene: Scene) -> None:
    page = words(await browser.get("/"))
    assert "Appelez le 3422" in page
    assert "du lundi au vendredi, de 8 h 30 à 17 h 30" in page
    assert scene.settings.help.deaf_uri in page
    assert 'href="http://localhost:8000/activation"' in page
    assert 'href="/espace/connexion"' in page
    assert "Essayer la démonstration" not in page


async def test_no_answer_of_a_service_sets_a_cookie_for_the_next_person(signed_in: Browser, services: StandIn) -> None:
    services.answers[GRANTS] = JSONResponse({"grants": []}, headers={"set-cookie": "session=of-one-person; Path=/"})
    await signed_in.get("/espace/applications")
    seen: list[str | None] = []

    def look(request: object) -> JSONResponse:
        seen.append(request.headers.get("cookie"))  # type: ignore[attr-defined]
        return JSONResponse({"grants": []})

    services.answers[GRANTS] = look
    await signed_in.get("/espace/applications")
    assert seen == [None]
