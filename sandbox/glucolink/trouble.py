"""What can go wrong between the reader app and the provider, and how a person is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Refused(Exception):
    """The provider said no. `code` is its own word ("consent_paused"), `status` that of HTTP, `body` all it said."""

    def __init__(self, code: str, status: int, said: str = "", body: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code}: {said}" if said else f"{status} {code}")
        self.code = code
        self.status = status
        self.said = said
        self.body = body or {}


class Unreachable(Exception):
    """The provider did not answer, or not in the words of the protocol."""


class Mistrust(Exception):
    """An answer that we did not ask for, or that is not from whom it says: nothing of it is used."""


@dataclass(frozen=True, slots=True)
class Words:
    """A trouble in plain words: what happened, and what to do."""

    title: str
    text: str
    again: bool = False
    """Linking again is what helps."""
    consents: bool = False
    """Going back to the consents page is what helps."""


_WORDS = {
    "consent_ended": Words(
        "Vous avez arrêté GlucoLink",
        "Mon espace ne prend plus vos mesures. Ce qui est déjà enregistré y reste. Vous pouvez relier de nouveau.",
        again=True,
    ),
    "consent_paused": Words(
        "GlucoLink est suspendue",
        "Vous l’avez mise en pause dans Mon espace, rubrique « Mes applications ». Reprenez-la là-bas, puis revenez.",
    ),
    "consent_expired": Words(
        "Votre accord est arrivé à son terme",
        "La durée que vous aviez choisie est passée. Reliez de nouveau pour continuer.",
        again=True,
    ),
    "consent_missing": Words(
        "GlucoLink n’a pas cet accord",
        "Vous n’avez pas choisi qu’elle ajoute vos mesures. Changez-le dans Mon espace, rubrique « Mes applications ».",
        consents=True,
    ),
    "pairing_required": Words(
        "Il reste une étape",
        "Vous n’avez pas encore choisi ce que GlucoLink peut faire. Rien ne passe avant.",
        consents=True,
    ),
    "insufficient_scope": Words(
        "GlucoLink n’a pas demandé cela",
        "Ce que vous voulez envoyer n’était pas dans la demande de départ. Reliez de nouveau pour le demander.",
        again=True,
    ),
    "space_closed": Words(
        "Votre espace est fermé",
        "Mon espace ne prend plus rien pour vous. Vous pouvez le rouvrir là-bas, puis relier de nouveau.",
    ),
    "client_suspended": Words(
        "Mon espace a suspendu GlucoLink",
        "Vous n’y êtes pour rien. L’application n’est plus admise pour le moment. Vos mesures restent chez vous.",
    ),
    "token_reused": Words(
        "Le lien a été coupé par sécurité",
        "Une clé de GlucoLink a servi deux fois. Reliez de nouveau : vos mesures envoyées ne sont pas perdues.",
        again=True,
    ),
    "account_locked": Words("Votre compte est bloqué", "Débloquez-le dans Mon espace, puis revenez."),
    "access_denied": Words("Vous avez refusé", "GlucoLink n’est pas reliée. Rien n’a été transmis.", again=True),
    "not_agreed": Words("GlucoLink n’est pas reliée", "Aucun accord n’a été donné. Rien n’a été transmis.", again=True),
    "mistrust": Words(
        "Nous avons arrêté là",
        "La réponse reçue ne correspond pas à votre demande. Par prudence, rien n’en a été gardé.",
        again=True,
    ),
    "unreachable": Words("Mon espace ne répond pas", "Réessayez dans quelques minutes. Rien ne sera en double."),
    "unlinked": Words("GlucoLink n’est plus reliée", "Reliez de nouveau pour envoyer vos mesures.", again=True),
    "not_taken": Words("Mon espace n’a pas pris ce fichier", "Voici pourquoi, ligne par ligne."),
}
_LOST = Words(
    "Le lien n’est plus valable", "Reliez de nouveau. Vos mesures envoyées restent dans Mon espace.", again=True
)

LOST_FOR_GOOD = frozenset(
    {"consent_ended", "consent_expired", "token_reused", "token_invalid", "session_ended", "invalid_grant", "unlinked"}
)
"""After these, what we hold opens nothing any more: it is thrown away."""


def words(code: str) -> Words:
    """A trouble in plain words; every refusal without words of its own ends the link."""
    return _WORDS.get(code, _LOST)


def code_of(trouble: Exception) -> str:
    """The word that is kept of a trouble."""
    if isinstance(trouble, Refused):
        return trouble.code[:40]
    return "mistrust" if isinstance(trouble, Mistrust) else "unreachable"
