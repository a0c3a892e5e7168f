"""The journal in French: who did what, in one or two short sentences."""

from collections.abc import Mapping
from dataclasses import dataclass

from consent.entries import Entry
from consent.journal import DATA_ACTIONS
from consent.subjects import GLUCOSE
from kit.french import plural

CONTEXTS: Mapping[str, str] = {
    "app": "par une application liée",
    "portal": "dans votre espace",
    "consents_page": "sur la page des accords",
    "activation": "à l’activation de votre espace",
    "sign_in": "à la connexion",
    "phone": "par téléphone, avec le support",
    "automatic": "automatiquement",
}
"""Where an act was done from, in words."""

REASONS: Mapping[str, str] = {
    "consent_ended": "ce lien est arrêté",
    "consent_ended/withdrawn": "vous avez arrêté ce lien",
    "consent_ended/app_unpaired": "l’application avait arrêté ce lien",
    "consent_ended/space_closed": "votre espace a été fermé",
    "consent_ended/client_delisted": "cette application a quitté le catalogue",
    "consent_ended/refused": "vous avez refusé ce lien",
    "consent_ended/security": "ce lien est arrêté par sécurité",
    "consent_ended/expired": "votre accord est arrivé à sa fin",
    "consent_expired": "votre accord est arrivé à sa fin",
    "consent_paused": "vous avez suspendu ce lien",
    "consent_missing": "vous n’avez pas donné cet accord",
    "pairing_required": "vous n’avez pas encore donné vos accords",
    "insufficient_scope": "cela dépasse ce que vous lui avez accordé",
    "details_exceeded": "cela dépasse les limites que vous avez acceptées",
    "space_closed": "votre espace est fermé",
    "space_not_active": "votre espace n’est pas activé",
    "client_suspended": "cette application n’a plus le droit d’échanger",
}
"""Why a call was refused, in words."""

OTHER_REASON = "la demande n’était pas valable"


@dataclass(frozen=True, slots=True)
class _Data:
    one: str
    many: str


_DATA: Mapping[str, _Data] = {
    "Observation": _Data("mesure", "mesures"),
    "Device": _Data("appareil", "appareils"),
    "DocumentReference": _Data("document", "documents"),
    "Binary": _Data("fichier", "fichiers"),
    "Appointment": _Data("rendez-vous", "rendez-vous"),
    "Patient": _Data("fiche d’identité", "fiches d’identité"),
}
_ANY = _Data("donnée", "données")

_ABOUT: Mapping[str, str] = {
    GLUCOSE: " de glycémie",
    "body_weight": " de poids",
    "body_height": " de taille",
    "waist_circumference": " de tour de taille",
    "head_circumference": " de périmètre crânien",
    "blood_pressure": " de tension",
    "body_temperature": " de température",
    "pain_severity": " de douleur",
    "heart_rate": " de fréquence cardiaque",
    "steps_24h": " de nombre de pas",
    "spo2": " d’oxygène dans le sang",
    "respiratory_rate": " de respiration",
    "hba1c": " d’hémoglobine glyquée",
}

_VERBS: Mapping[str, tuple[str, str]] = {
    "create": ("ajouté", "ajouter"),
    "read": ("lu", "lire"),
    "search": ("lu", "lire"),
    "update": ("modifié", "modifier"),
    "delete": ("supprimé", "supprimer"),
}

_ACTS: Mapping[str, tuple[str, str]] = {
    "grant.opened": ("Vous avez ouvert un lien avec {app}.", "{actor} a demandé un lien avec votre espace."),
    "grant.widened": ("Vous avez étendu la demande {of_app}.", "{actor} a demandé plus d’accès à votre espace."),
    "pairing.created": ("Vous avez demandé vos accords.", "{actor} vous a demandé vos accords."),
    "grant.agreed": ("Vous avez autorisé {app}.", "{actor} a autorisé {app}."),
    "grant.refused": ("Vous avez refusé la demande {of_app}.", "{actor} a refusé la demande {of_app}."),
    "grant.amended": ("Vous avez modifié vos accords avec {app}.", "{actor} a modifié vos accords avec {app}."),
    "grant.paused": ("Vous avez suspendu le lien avec {app}.", "{actor} a suspendu le lien avec {app}."),
    "grant.resumed": ("Vous avez repris le lien avec {app}.", "{actor} a repris le lien avec {app}."),
    "grant.ended": ("Vous avez arrêté le lien avec {app}.", "{actor} a arrêté le lien avec votre espace."),
    "grant.expired": ("Le lien avec {app} est arrivé à sa fin.", "Le lien avec {app} est arrivé à sa fin."),
    "grant.forgotten": (
        "La demande {of_app} est restée sans réponse. Elle est annulée.",
        "La demande {of_app} est restée sans réponse. Elle est annulée.",
    ),
    "request.allowed": (
        "Vous avez accepté une demande {of_app}, faite sur un autre appareil.",
        "{actor} a accepté une demande {of_app}, faite sur un autre appareil.",
    ),
    "request.refused": (
        "Vous avez refusé une demande {of_app}, faite sur un autre appareil.",
        "{actor} a refusé une demande {of_app}, faite sur un autre appareil.",
    ),
    "space.notified": ("Votre futur espace vous a été annoncé.", "Votre futur espace vous a été annoncé."),
    "space.created": ("Votre espace a été créé.", "Votre espace a été créé."),
    "space.activated": ("Vous avez activé votre espace.", "{actor} a activé cet espace."),
    "space.objected": ("Vous avez refusé la création de votre espace.", "{actor} a refusé la création de cet espace."),
    "space.closed": ("Vous avez fermé votre espace.", "{actor} a fermé cet espace."),
    "space.reopened": ("Vous avez rouvert votre espace.", "{actor} a rouvert cet espace."),
    "child.activated": ("Vous avez activé l’espace {of_name}.", "{actor} a activé l’espace {of_name}."),
    "child.objected": ("Vous avez refusé l’espace {of_name}.", "{actor} a refusé l’espace {of_name}."),
    "account.linked": (
        "Un autre service peut désormais dire qui vous êtes.",
        "Un autre service peut désormais dire qui vous êtes.",
    ),
    "account.unlinked": (
        "Un autre service ne peut plus dire qui vous êtes.",
        "Un autre service ne peut plus dire qui vous êtes.",
    ),
    "app.entered": (
        "Connexion à {app} avec votre espace.",
        "Connexion à {app} par {actor}, avec cet espace.",
    ),
    "app.identified": (
        "Connexion à {app} avec votre espace. L’application a pu lire ce que vous acceptez de dire de vous.",
        "Connexion à {app} par {actor}, avec cet espace. L’application a pu lire ce que vous acceptez de dire de vous.",
    ),
    "session.started": ("Connexion à votre espace.", "Connexion à cet espace par {actor}."),
    "session.refused": ("Une connexion à votre espace a été refusée.", "Une connexion à cet espace a été refusée."),
    "session.ended": ("Déconnexion de votre espace.", "Déconnexion de cet espace par {actor}."),
    "session.stopped": ("Vous avez déconnecté un appareil.", "{actor} a déconnecté un appareil."),
}
"""Action -> what is read when the reader did it, and when somebody else did."""

_ENDED: Mapping[str, str] = {
    "space_closed": "Le lien avec {app} est arrêté : l’espace a été fermé.",
    "client_delisted": "Le lien avec {app} est arrêté : cette application a quitté le catalogue.",
    "security": "Le lien avec {app} est arrêté par sécurité.",
    "expired": "Le lien avec {app} est arrivé à sa fin.",
}


def sentence(entry: Entry, reader: str | None = None) -> str:
    """The line as `reader` reads it; by default the person whose space it is."""
    if entry.action in DATA_ACTIONS:
        return _data(entry, reader)
    if entry.action == "grant.ended" and entry.because in _ENDED:
        shape = _ENDED[entry.because]
    else:
        mine, others = _ACTS.get(entry.action, ("Vous avez agi dans votre espace.", "{actor} a agi dans votre espace."))
        shape = mine if _is_reader(entry, reader) else others
    app, name = entry.client_name or "cette application", entry.object_name or "cette personne"
    return shape.format(app=app, of_app=_of(app), name=name, of_name=_of(name), actor=actor(entry, reader))


def actor(entry: Entry, reader: str | None = None) -> str:
    """Who acted: «Vous», «GlucoLink», «Votre parent», «Le service»."""
    if _is_reader(entry, reader):
        return "Vous"
    if entry.actor_name:
        return entry.actor_name
    match entry.actor_kind:
        case "person":
            return "Votre parent" if entry.for_person == (reader or entry.person_id) else "Une autre personne"
        case "professional":
            return "Un professionnel"
        case "app":
            return "Une application"
        case _:
            return "Le service"


def context(entry: Entry) -> str:
    """Where it was done from."""
    return CONTEXTS.get(entry.context, "")


def reason(entry: Entry) -> str:
    """Why it was refused; "" when it was not."""
    if entry.outcome != "refused":
        return ""
    return REASONS.get(entry.because, REASONS.get(entry.because.partition("/")[0], OTHER_REASON))


def _data(entry: Entry, reader: str | None) -> str:
    resource, _, about = entry.object_kind.partition("/")
    data, suffix = _DATA.get(resource, _ANY), _ABOUT.get(about, "")
    done, doing = _VERBS[entry.action]
    yours = _is_reader(entry, reader)
    who = "Vous avez" if yours else f"{actor(entry, reader)} a"
    if entry.outcome == "refused":
        many = f"des {data.many}{suffix}" if entry.action == "create" else f"vos {data.many}{suffix}"
        return f"{who} voulu {doing} {many}. Refusé : {reason(entry)}."
    if entry.count == 0:
        if entry.action == "create":
            return (
                f"{who} renvoyé des {data.many}{suffix}. Elles étaient déjà là."
                if data.one == "mesure"
                else (f"{who} renvoyé des {data.many}. Rien n’a changé.")
            )
        return f"{who} cherché des {data.many}{suffix}. Il n’y en avait pas."
    if yours and done == "lu":
        done = "consulté"
    return f"{who} {done} {plural(entry.count, data.one, data.many)}{suffix}."


def _is_reader(entry: Entry, reader: str | None) -> bool:
    return entry.actor_kind == "person" and entry.actor_id == (reader or entry.person_id)


def _of(name: str) -> str:
    """«de GlucoLink», «d'Inaya»."""
    return f"d’{name}" if name[:1].lower() in "aeiouyàâéèêëîïôöûüœ" else f"de {name}"
