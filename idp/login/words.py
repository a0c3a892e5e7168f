"""Sentences that several sign-in pages say."""

STEPS = ("Vous reconnaître", "Décider", "Créer votre accès", "Vérifier votre adresse")
"""The steps of an activation; the first sign-in is the last of them."""
UNREACHABLE = "Nous n’avons ni mobile ni adresse e-mail pour vous envoyer un code. Appelez le 3422."


def in_words(seconds: int) -> str:
    """«12 secondes», «15 minutes», «une heure», «2 heures»."""
    if seconds < 60:
        return f"{seconds} seconde{'s' if seconds > 1 else ''}"
    minutes = -(-seconds // 60)
    if minutes < 60:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    hours = -(-minutes // 60)
    return "une heure" if hours == 1 else f"{hours} heures"
