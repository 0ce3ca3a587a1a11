"""A person's decision about somebody's money or rights says why (M11)."""


class ReasonMissing(Exception):
    """Nobody could tell later why this was decided: the reason is required."""


def required(reason: str) -> str:
    """The reason without spaces around it. Raises ReasonMissing when nothing is left."""
    if not (reason := reason.strip()):
        raise ReasonMissing
    return reason
