"""SMART scopes as sets: the grammar, the order, the shortest form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import smart
from consent.smart import Atom, Scope
from kit.problems import Refusal

VITAL = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"

contexts = st.sampled_from(smart.CONTEXTS)
resources = st.sampled_from(["Observation", "Device", "Binary", "*"])
letters = st.sets(st.sampled_from(smart.LETTERS), min_size=1).map(
    lambda found: "".join(letter for letter in smart.LETTERS if letter in found)
)
constraints = st.dictionaries(
    st.sampled_from(["category", "code"]), st.sampled_from(["a|1", "a|2", "b"]), max_size=2
).map(lambda found: tuple(sorted(found.items())))
scopes = st.builds(Scope, contexts, resources, letters, constraints)
atoms = st.builds(Atom, contexts, resources, st.sampled_from(smart.LETTERS), constraints)
sets = st.frozensets(atoms, max_size=8)


@given(scopes)
def test_what_is_written_is_read_back(scope: Scope) -> None:
    assert smart.parse(str(scope)) == scope


@given(atoms, atoms, atoms)
def test_within_is_an_order(one: Atom, two: Atom, three: Atom) -> None:
    assert one.within(one)
    if one.within(two) and two.within(one):
        assert one == two
    if one.within(two) and two.within(three):
        assert one.within(three)


@given(atoms, atoms)
def test_what_two_atoms_share_is_within_both(one: Atom, two: Atom) -> None:
    both = one.meet(two)
    assert both == two.meet(one)
    if both is not None:
        assert both.within(one)
        assert both.within(two)
    if one.within(two):
        assert both == one


@given(sets, sets)
def test_the_meet_of_two_sets_is_within_both_and_the_same_either_way(
    left: frozenset[Atom], right: frozenset[Atom]
) -> None:
    both = smart.meet(left, right)
    assert all(smart.covered(atom, left) and smart.covered(atom, right) for atom in both)
    assert both == smart.meet(right, left)
    assert smart.meet(left, left) == smart.maximal(left)


@given(sets)
def test_the_shortest_form_covers_the_same_and_is_unique(some: frozenset[Atom]) -> None:
    short = smart.shortest(some)
    again = smart.atoms_of(short)
    assert all(smart.covered(atom, again) for atom in some)
    assert all(smart.covered(atom, some) for atom in again)
    assert smart.shortest(again) == short


@given(sets, atoms)
def test_adding_what_is_covered_changes_nothing(some: frozenset[Atom], one: Atom) -> None:
    if smart.covered(one, some):
        assert smart.shortest(some | {one}) == smart.shortest(some)


def test_version_1_is_read_as_version_2() -> None:
    assert str(smart.parse("patient/Observation.read")) == "patient/Observation.rs"
    assert str(smart.parse("patient/Observation.write")) == "patient/Observation.cud"
    assert str(smart.parse("patient/*.*")) == "patient/*.cruds"


def test_a_value_may_be_percent_encoded() -> None:
    assert smart.parse("patient/Observation.rs?code=a%7C1") == smart.parse("patient/Observation.rs?code=a|1")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("patient/Observation.dus", "order"),
        ("patient/Observation.rr", "once"),
        ("patient/Observation.", "write it as"),
        ("patient/Observation.rx", "letters"),
        ("patient/observation.rs", "write it as"),
        ("patient/Observation", "write it as"),
        ("patient/Observation.rs?", "plain search parameter"),
        ("patient/Observation.rs?category:in=x", "modifier"),
        ("patient/Observation.rs?subject.name=x", "chain"),
        ("patient/Observation.rs?_filter=x", "plain search parameter"),
        ("patient/Observation.rs?code=a,b", "one value"),
        ("patient/Observation.rs?code=", "one value"),
        ("patient/Observation.rs?code=a&code=b", "once"),
        ("patient/Observation.read?code=a", "letters"),
        ("admin/Observation.rs", "write it as"),
        ("patient/Observation.rs?code=" + "a" * 400, "write it as"),
    ],
)
def test_a_scope_written_badly_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        smart.parse(text)
    assert refused.value.code == "invalid_scope"
    assert why in refused.value.description


def test_a_constraint_narrows() -> None:
    narrow, wide = smart.parse(f"patient/Observation.r?{VITAL}"), smart.parse("patient/Observation.rs")
    assert all(smart.covered(atom, wide.atoms) for atom in narrow.atoms)
    assert not any(smart.covered(atom, narrow.atoms) for atom in wide.atoms)
