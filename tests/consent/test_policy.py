"""The rules, one by one and in their order: what is refused, with which word, and what is allowed."""

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clients.records import Client, Status
from consent import grants, policy, spaces
from consent.grants import Because, Grant
from consent.needs import Need, needs
from consent.question import Question, Wish
from consent.scopes import CONSENTS, VITAL_SIGNS, scopes_of
from consent.settings import ConsentSettings
from consent.spaces import Space
from consent.verdicts import REFUSALS, Allow, Ask, Refuse, StepUp, Verdict
from tests.consent.world import MEASURES, PAIR, PORTAL, PORTAL_SCOPE, glucolink

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADD = Wish("Observation", "c", "measures")
READ = Wish("Observation", "r", "measures")
SMART = scopes_of(MEASURES)

ACTIVE_SPACE = spaces.activate(spaces.notify("per_1", NOW), NOW)
PENDING = grants.opened("per_1", "glucolink", PAIR, NOW)
ACTIVE = grants.agree(PENDING, MEASURES, "P3M", NOW, MEASURES)
OWN = grants.opened("per_1", "portal", PORTAL_SCOPE, NOW, own=True)


def asked(
    wish: Wish | None = ADD,
    grant: Grant | None = ACTIVE,
    client: Client | None = None,
    space: Space | None = ACTIVE_SPACE,
    scope: frozenset[str] = PAIR,
    now: datetime = NOW,
) -> Question:
    return Question(now, client or glucolink(), grant, space, scope, wish)


def call(question: Question) -> Verdict:
    return policy.decide(policy.CALL, question)


@pytest.mark.rule("R156")
def test_what_was_agreed_is_allowed_within_its_part_of_the_type() -> None:
    assert call(asked(ADD)) == Allow((VITAL_SIGNS,))
    assert call(asked(READ, scope=SMART)) == Allow((VITAL_SIGNS,))
    assert call(asked(Wish("Device", "c", "measures"))) == Allow()


@pytest.mark.rule("R162")
def test_each_direction_needs_its_own_consent() -> None:
    only_adds = grants.amend(ACTIVE, ["measures:write"], None, NOW, MEASURES)
    assert call(asked(ADD, only_adds)) == Allow((VITAL_SIGNS,))
    assert call(asked(READ, only_adds)) == Refuse("consent_missing")
    assert call(asked(Wish("Observation", "s", "measures"), only_adds)) == Refuse("consent_missing")


@pytest.mark.rule("R158")
def test_a_call_before_the_consents_is_refused_with_its_own_word() -> None:
    assert call(asked(grant=PENDING)) == Refuse("pairing_required")


@pytest.mark.rule("R158")
def test_an_app_that_knows_only_who_the_person_is_has_its_consents_before_it() -> None:
    known = grants.opened("per_1", "glucolink", PAIR, NOW, own=True)
    assert call(asked(grant=known)) == Refuse("pairing_required")
    assert grants.told(known, NOW) is grants.Standing.PENDING
    assert call(asked(grant=known, scope=frozenset({"openid"}))) == Refuse("insufficient_scope")
    assert grants.told(grants.agree(known, MEASURES, "P3M", NOW, MEASURES), NOW) is grants.Standing.ACTIVE


@pytest.mark.rule("R156")
def test_no_call_without_a_stored_agreement() -> None:
    assert call(asked(grant=None)) == Refuse("grant_required")


def test_pause_expiry_and_end_each_have_their_word() -> None:
    assert call(asked(grant=grants.pause(ACTIVE, NOW))) == Refuse("consent_paused")
    assert call(asked(grant=grants.end(ACTIVE, Because.WITHDRAWN, NOW))) == Refuse("consent_ended")
    assert call(asked(now=NOW + timedelta(days=100))) == Refuse("consent_expired")


@pytest.mark.rule("R154")
@pytest.mark.parametrize("status", [status for status in Status if status is not Status.REFERENCED])
def test_a_client_that_is_not_referenced_is_refused(status: Status) -> None:
    assert call(asked(client=glucolink(status=status))) == Refuse("client_suspended")
    assert policy.decide(policy.PAIRING, asked(None, client=glucolink(status=status))) == Refuse("client_suspended")
    assert policy.decide(policy.REFRESH, asked(None, client=glucolink(status=status))) == Refuse("client_suspended")


@pytest.mark.rule("R155")
def test_an_app_that_is_only_listed_is_given_no_authorization() -> None:
    question = asked(None, None, glucolink(status=Status.LISTED), scope=SMART)
    assert policy.decide(policy.AUTHORIZATION, question) == Refuse("client_suspended")


def test_the_state_of_the_space_comes_first() -> None:
    created = spaces.create(spaces.notify("per_1", NOW), NOW)
    for space, code in (
        (None, "space_not_active"),
        (spaces.notify("per_1", NOW), "space_not_active"),
        (created, "space_not_active"),
        (spaces.close(created, NOW), "space_closed"),
        (spaces.object_to(created, NOW), "space_closed"),
    ):
        assert call(asked(grant=PENDING, space=space)) == Refuse(code)


def test_scope_is_the_ceiling_whatever_was_agreed() -> None:
    assert call(asked(ADD, scope=frozenset({"openid"}))) == Refuse("insufficient_scope")
    assert call(asked(ADD, scope=CONSENTS["measures:read"])) == Refuse("insufficient_scope")
    narrow = frozenset({f"patient/Observation.c?{VITAL_SIGNS}&code=http://loinc.org|15074-8"})
    assert call(asked(ADD, scope=narrow)) == Allow((f"{VITAL_SIGNS}&code=http://loinc.org|15074-8",))


def test_consent_is_the_floor_whatever_the_token_says() -> None:
    everything = frozenset({"patient/*.cruds"})
    assert call(asked(ADD, scope=everything)) == Allow((VITAL_SIGNS,))
    for wish in (
        Wish("Observation", "d", "measures"),
        Wish("Observation", "u", "measures"),
        Wish("DocumentReference", "r", "documents"),
        Wish("Consent", "s", "consents"),
        Wish("AuditEvent", "s", "journal"),
        Wish("Patient", "r", "measures"),
        Wish("Observation", "r", "anything"),
    ):
        assert call(asked(wish, scope=everything)) == Refuse("consent_missing")


def test_a_wish_that_says_which_resources_must_be_covered_wholly() -> None:
    vital = Wish("Observation", "c", "measures", VITAL_SIGNS)
    laboratory = Wish("Observation", "c", "measures", "category=x|laboratory")
    assert call(asked(vital)) == Allow((VITAL_SIGNS,))
    assert call(asked(laboratory)) == Refuse("insufficient_scope")
    assert call(asked(laboratory, scope=frozenset({"patient/Observation.c"}))) == Refuse("consent_missing")


def test_what_the_catalogue_takes_back_is_gone_at_once() -> None:
    assert call(asked(client=glucolink(consents=frozenset({"measures:read"})), scope=SMART)) == Refuse(
        "consent_missing"
    )


def test_a_token_and_a_grant_of_two_apps_do_not_match() -> None:
    assert call(asked(client=glucolink(client_id="other"))) == Refuse("grant_mismatch")
    assert call(replace(asked(), client_id="other")) == Refuse("grant_mismatch")


def test_the_holder_needs_no_consent_of_their_own_but_a_scope() -> None:
    assert call(asked(READ, OWN, PORTAL, scope=PORTAL_SCOPE)) == Allow()
    assert call(asked(Wish("Observation", "d", "measures"), OWN, PORTAL, scope=PORTAL_SCOPE)) == Refuse(
        "insufficient_scope"
    )


@pytest.mark.rule("R105")
def test_the_holder_reads_their_journal_in_a_closed_space_too() -> None:
    closed = spaces.close(ACTIVE_SPACE, NOW)
    reads = Wish("AuditEvent", "s", "journal")
    assert call(asked(reads, OWN, PORTAL, closed, PORTAL_SCOPE)) == Allow()
    assert call(asked(READ, OWN, PORTAL, closed, PORTAL_SCOPE)) == Refuse("space_closed")


def test_an_app_reaches_nothing_of_the_holders_own() -> None:
    reads = Wish("AuditEvent", "s", "journal")
    assert call(asked(reads, scope=PORTAL_SCOPE)) == Refuse("consent_missing")


def test_silence_refuses() -> None:
    assert policy.decide((), asked()) == Refuse("access_refused")
    assert call(asked(None)) == Refuse("insufficient_scope")


def test_a_refresh_goes_on_while_the_link_stands() -> None:
    def refresh(grant: Grant | None, now: datetime = NOW) -> Verdict:
        return policy.decide(policy.REFRESH, asked(None, grant, now=now))

    assert refresh(ACTIVE) == Allow()
    assert refresh(PENDING) == Allow()
    assert refresh(grants.pause(ACTIVE, NOW)) == Refuse("consent_paused")
    assert refresh(grants.end(ACTIVE, Because.WITHDRAWN, NOW)) == Refuse("consent_ended")
    assert refresh(ACTIVE, NOW + timedelta(days=100)) == Refuse("consent_expired")
    assert refresh(None) == Refuse("grant_required")


def test_a_portal_of_ours_cannot_be_paired() -> None:
    assert policy.decide(policy.PAIRING, asked(None, OWN, PORTAL)) == Refuse("own_only")


def authorize(grant: Grant | None, scope: frozenset[str], client: Client | None = None) -> Verdict:
    return policy.decide(policy.AUTHORIZATION, asked(None, grant, client, scope=scope))


@pytest.mark.rule("R156")
def test_the_person_is_asked_before_anything_new() -> None:
    assert authorize(None, SMART) == Ask(MEASURES, "new")
    assert authorize(None, PAIR) == Ask(frozenset(), "new")
    assert authorize(grants.end(ACTIVE, Because.WITHDRAWN, NOW), SMART) == Ask(MEASURES, "new")
    assert authorize(grants.pause(ACTIVE, NOW), PAIR) == Ask(frozenset(), "paused")
    assert authorize(ACTIVE, PAIR | {"email"}) == Ask(frozenset(), "more")
    waiting = grants.opened("per_1", "glucolink", SMART, NOW)
    assert authorize(waiting, SMART) == Ask(MEASURES, "new")


def test_the_person_is_not_asked_again_what_they_decided() -> None:
    assert authorize(ACTIVE, PAIR) == Allow()
    assert authorize(PENDING, PAIR) == Allow()
    assert authorize(OWN, PORTAL_SCOPE, PORTAL) == Allow()


def test_what_the_catalogue_never_allows_is_not_even_asked() -> None:
    assert authorize(None, CONSENTS["documents:read"]) == Refuse("scope_not_allowed")


def test_every_refusal_that_a_rule_can_say_is_in_the_list() -> None:
    said = {
        node.args[0].value
        for file in Path(policy.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Refuse"
        and isinstance(node.args[0], ast.Constant)
    }
    assert said <= REFUSALS.keys()
    assert all(words.isascii() and len(words) < 140 for words in REFUSALS.values())


@pytest.mark.parametrize(
    ("acr", "minutes", "enough"),
    [("eidas2", 0, True), ("eidas3", 60, True), ("eidas2", 61, False), ("eidas1", 0, False), (None, 0, False)],
)
def test_a_change_of_agreements_needs_a_proof_that_is_strong_and_fresh(
    acr: str | None, minutes: int, enough: bool
) -> None:
    """RFC 9470: what is missing is told, for the app to ask it of the provider."""
    wish = Wish("Consent", "u", "consents")
    given = int((NOW - timedelta(minutes=minutes)).timestamp())
    question = replace(asked(wish, OWN, PORTAL, scope=PORTAL_SCOPE), need=Need("eidas2", timedelta(hours=1)))
    verdict = call(replace(question, acr=acr, auth_time=given))
    assert isinstance(verdict, Allow if enough else StepUp)
    if isinstance(verdict, StepUp):
        assert (verdict.acr, verdict.max_age) == ("eidas2", 3600)
    assert isinstance(call(replace(question, acr="eidas2", auth_time=None)), StepUp)


def test_what_needs_a_proof_is_a_list() -> None:
    assert set(needs(ConsentSettings())) == {("consents", "write")}
