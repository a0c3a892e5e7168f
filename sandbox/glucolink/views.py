"""What GlucoLink's pages show: words and figures, ready."""

from typing import Any

from kit import french
from sandbox.glucolink.records import Upload, UploadState
from sandbox.glucolink.trouble import Words, words

_STATES = {
    UploadState.WAITING: ("En attente", "info"),
    UploadState.READING: ("Lecture", "info"),
    UploadState.SENDING: ("Envoi", "info"),
    UploadState.DONE: ("Envoyé", "success"),
    UploadState.STOPPED: ("Arrêté", "danger"),
}
_FILE_TROUBLES = {
    "not_libreview": Words("Nous n’avons pas pu lire ce fichier", "Exportez-le de nouveau depuis LibreView."),
    "file_lost": Words("Le fichier n’est plus là", "Envoyez-le de nouveau. Rien ne sera en double."),
    "broken": Words("L’envoi s’est arrêté", "Ce n’est pas de votre fait. Envoyez de nouveau : rien ne sera en double."),
}


def trouble(code: str) -> Words:
    """What happened, in words."""
    return _FILE_TROUBLES.get(code) or words(code)


def upload(one: Upload) -> dict[str, Any]:
    """One upload as its page and the list show it."""
    state, kind = _STATES[one.state]
    lines = [
        ("Mesures lues", french.number(one.total)),
        ("Ajoutées", french.number(one.added)),
        ("Déjà connues", french.number(one.known)),
        ("Refusées", french.number(one.refused)),
    ]
    if one.unread:
        lines.append(("Lignes non lues", french.number(one.unread)))
    if one.aside:
        lines.append(("Autres lignes (repas, insuline…)", french.number(one.aside)))
    return {
        "id": one.id,
        "name": one.name,
        "state": state,
        "kind": kind,
        "running": one.state.running,
        "done": one.state is UploadState.DONE,
        "percent": one.percent,
        "progress": progress_words(one),
        "summary": summary(one),
        "lines": lines,
        "reasons": [f"{french.number(count)} × {reason}" for reason, count in one.reasons.items()],
        "trouble": trouble(one.trouble) if one.trouble else None,
        "at": one.made_at,
    }


def progress_words(one: Upload) -> str:
    """«480 mesures sur 1 344»."""
    if not one.total and one.state is UploadState.STOPPED:
        return "Rien n’a été envoyé"
    if not one.total:
        return "Lecture du fichier…" if one.state.running else "Aucune mesure dans ce fichier"
    return f"{french.plural(one.treated, 'mesure')} sur {french.number(one.total)}"


def summary(one: Upload) -> str:
    """What came of it, in one sentence."""
    if one.added or not one.known:
        return f"{french.plural(one.added, 'mesure ajoutée', 'mesures ajoutées')} à Mon espace."
    return "Toutes ces mesures étaient déjà dans Mon espace."


def figures(one: Upload) -> dict[str, Any]:
    """The same for a script."""
    return {
        "id": one.id,
        "state": str(one.state),
        "running": one.state.running,
        "percent": one.percent,
        "words": progress_words(one),
        "total": one.total,
        "added": one.added,
        "known": one.known,
        "refused": one.refused,
        "unread": one.unread,
        "aside": one.aside,
        "reasons": dict(one.reasons),
        "trouble": one.trouble,
    }
