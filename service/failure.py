"""What a command says when it cannot be done."""


class Failure(Exception):
    """What was asked cannot be done; the message says why and what to do about it."""
