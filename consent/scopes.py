"""What an app may ask for: the words of the catalogue, and what each stands for in SMART scopes."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from consent import smart
from consent.smart import Atom
from kit.problems import Refusal

VITAL_SIGNS = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"

CONSENTS: Mapping[str, frozenset[str]] = {
    "measures:read": frozenset({f"patient/Observation.rs?{VITAL_SIGNS}"}),
    "measures:write": frozenset({f"patient/Observation.c?{VITAL_SIGNS}", "patient/Device.c"}),
    "documents:read": frozenset({"patient/DocumentReference.rs", "patient/Binary.r"}),
    "documents:write": frozenset({"patient/DocumentReference.c", "patient/Binary.c"}),
    "agenda:read": frozenset({"patient/Appointment.rs"}),
    "agenda:write": frozenset({"patient/Appointment.cu"}),
}
"""What a person agrees to, one data type in one direction, in the order in which it is shown (R162)."""

_PRIMARY = {"measures": "Observation", "documents": "DocumentReference", "agenda": "Appointment"}
"""The resource type whose presence in a request means that this data type is asked for."""

LAUNCH = "launch"
"""Opened from a portal where the person is: nothing to agree to, as it discloses nothing and lasts no longer."""

IDENTITY = frozenset(
    {
        *("openid", "profile", "email", "phone", "address"),
        *("offline_access", "online_access", "fhirUser", LAUNCH, "launch/patient"),
    }
)
"""Who the person is, and how long the app stays: no health data."""

PAIRING = "pairing"
"""The app will pair, and the consents come later: its ceiling is then all that the catalogue allows it (R158)."""

SIGNALS = frozenset({"ssf.manage", "ssf.read"})
"""An app's own, on its own behalf: its stream of signals. They are never about a person."""

MANAGEMENT = frozenset({"grant_management_query", "grant_management_revoke"})
"""An app's own too: how its agreements stand (Grant Management for OAuth 2.0, draft 03 §6.1)."""

OWN = SIGNALS | MANAGEMENT
"""What is never about a person: of an app's own tokens alone."""

HOLDER = frozenset({"patient/Consent.crus", "patient/AuditEvent.rs", "patient/Patient.r"})
"""The holder's own scopes, for portals of ours only."""

MOST_SCOPES = 60


def read(text: str) -> frozenset[str]:
    """A `scope` parameter as canonical scopes: SMART in its shortest form, aliases such as "measures:read" replaced.

    Raises Refusal("invalid_scope") for an unknown word, a badly written scope, or more than 60 of them.
    """
    words = text.split()
    if len(words) > MOST_SCOPES:
        raise Refusal("invalid_scope", f"at most {MOST_SCOPES} scopes in one request", status=400)
    plain: set[str] = set()
    asked: set[str] = set()
    for word in words:
        if word in IDENTITY or word in OWN or word == PAIRING:
            plain.add(word)
        elif word in CONSENTS:
            asked |= CONSENTS[word]
        elif smart.looks_smart(word):
            asked.add(word)
        else:
            raise Refusal("invalid_scope", f"unknown scope: {_printable(word)}", status=400)
    return frozenset(plain) | spelled(data_atoms(asked))


def data_atoms(scopes: Iterable[str]) -> frozenset[Atom]:
    """What a set of canonical scopes covers of the data, identity words left aside."""
    return _atoms(scopes if isinstance(scopes, frozenset) else frozenset(scopes))


def spelled(atoms: Iterable[Atom]) -> frozenset[str]:
    """Atoms as canonical scopes."""
    return frozenset(str(scope) for scope in smart.shortest(atoms))


def union(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    """Both, in canonical form."""
    plain = frozenset(scope for scope in left | right if not smart.looks_smart(scope))
    return plain | spelled(data_atoms(left) | data_atoms(right))


def expand(scopes: frozenset[str], allowed: frozenset[str]) -> frozenset[Atom]:
    """The ceiling of `scopes` for a client that the catalogue allows the consents `allowed`."""
    return _ceiling(scopes, allowed)


def scopes_of(consents: Iterable[str]) -> frozenset[str]:
    """The SMART scopes that some consents stand for. Raises Refusal("invalid_consent") for an unknown one."""
    found: set[str] = set()
    for consent in consents:
        if consent not in CONSENTS:
            raise Refusal("invalid_consent", f"unknown consent: {_printable(consent)}", status=400)
        found |= CONSENTS[consent]
    return frozenset(found)


def consents_of(scopes: Iterable[str]) -> frozenset[str]:
    """The consents that a person must give for `scopes` to be of any use, even in part."""
    asked = data_atoms(scopes)
    return frozenset(consent for consent in CONSENTS if smart.meet(asked, _primary(consent)))


def possible(scopes: frozenset[str], allowed: frozenset[str]) -> frozenset[str]:
    """The consents that can be offered under `scopes` to a client that the catalogue allows `allowed`."""
    ceiling = expand(scopes, allowed)
    return frozenset(consent for consent in allowed if consent in CONSENTS and smart.meet(ceiling, _primary(consent)))


def covers(
    scopes: frozenset[str], resource: str, letter: str, constraint: str | None, context: str = "patient"
) -> bool:
    """True when `scopes` allow `letter` on every resource of that type which meets `constraint`."""
    return smart.covered(Atom(context, resource, letter, smart.constraint_of(constraint)), data_atoms(scopes))


def beyond(scopes: frozenset[str], registered: frozenset[str]) -> frozenset[str]:
    """What `scopes` ask that the registration of the client does not hold; empty when all is within."""
    ours = data_atoms(registered) | (data_atoms(scopes_of(registered & CONSENTS.keys())))
    return frozenset(scope for scope in scopes if scope not in registered and not _within(scope, ours))


def live(scopes: frozenset[str], allowed: frozenset[str], consents: frozenset[str]) -> frozenset[str]:
    """What remains of `scopes` under the consents of this instant: identity words, and data both asked and agreed."""
    plain = frozenset(scope for scope in scopes if not smart.looks_smart(scope))
    agreed = smart.meet(expand(scopes, allowed), data_atoms(scopes_of(consents & allowed)))
    return plain | spelled(agreed)


def narrowed(scopes: frozenset[str], to: frozenset[str]) -> frozenset[str]:
    """What `scopes` and `to` both say: plain words as they are, data by what they cover."""
    plain = frozenset(scope for scope in scopes & to if not smart.looks_smart(scope))
    return plain | spelled(smart.meet(data_atoms(scopes), data_atoms(to)))


def former(text: str) -> tuple[str, ...]:
    """The scopes of version 1 in a `scope` parameter: who wrote them so is answered so."""
    return tuple(dict.fromkeys(word for word in text.split() if smart.former(word)))


def echoed(asked: Iterable[str], granted: frozenset[str]) -> str:
    """`granted` for who asked `asked` in version 1 (SMART App Launch 2.2: `permission-v1`).

    Version 1 cannot say "some of a type": the type is named where any of it was given, as the resource server has the
    last word there. What was not asked in version 1 is said in version 2.
    """
    ours, words, said = data_atoms(granted), set[str](), set[Atom]()
    for scope in map(smart.parse, asked):
        for resource in {atom.resource for atom in ours} if scope.resource == "*" else {scope.resource}:
            heard = {atom for atom in ours if _answers(atom, scope, resource)}
            words |= {f"{scope.context}/{resource}.{verb}" for verb in smart.verbs(atom.letter for atom in heard)}
            said |= heard
    plain = {scope for scope in granted if not smart.looks_smart(scope)}
    return " ".join(sorted(words | plain | spelled(ours - said)))


def _answers(atom: Atom, scope: smart.Scope, resource: str) -> bool:
    same = atom.context == scope.context and atom.letter in scope.letters
    return same and atom.resource in {resource, "*"}


@lru_cache(maxsize=2048)
def _atoms(scopes: frozenset[str]) -> frozenset[Atom]:
    return smart.atoms_of(smart.parse(scope) for scope in scopes if smart.looks_smart(scope))


@lru_cache(maxsize=2048)
def _ceiling(scopes: frozenset[str], allowed: frozenset[str]) -> frozenset[Atom]:
    asked = data_atoms(scopes)
    if PAIRING not in scopes:
        return asked
    return smart.maximal(asked | data_atoms(scopes_of(allowed & CONSENTS.keys())))


@lru_cache(maxsize=64)
def _primary(consent: str) -> frozenset[Atom]:
    resource = _PRIMARY[consent.partition(":")[0]]
    return frozenset(atom for atom in data_atoms(CONSENTS[consent]) if atom.resource == resource)


def _within(scope: str, ours: frozenset[Atom]) -> bool:
    return smart.looks_smart(scope) and all(smart.covered(atom, ours) for atom in smart.parse(scope).atoms)


def _printable(text: str) -> str:
    return "".join(letter for letter in text[:80] if letter.isascii() and letter.isprintable() and letter not in '"\\')
