"""What people agree to when they become partners: the texts, their versions, and who needs which.

A text that somebody agreed to never changes: a new wording is a new version and a new file beside the old one,
`templates/partners/consents/<kind>_<version>.html`, put last in TEXTS.
"""

import datetime as dt
from dataclasses import dataclass

from partners.models import Consent, Tariff

Kind = Consent.Kind


@dataclass(frozen=True)
class Text:
    """One version of one text. The version is the day from which it is offered."""

    kind: Kind
    version: str
    title: str

    @property
    def template(self) -> str:
        return f"partners/consents/{self.kind}_{self.version}.html"

    @property
    def offered_from(self) -> dt.date:
        return dt.date.fromisoformat(self.version)


# Every text there ever was; of each kind the last one holds.
TEXTS = [
    Text(Kind.OFFER, "2026-11-01", "Условия партнёрской программы"),
    Text(Kind.PERSONAL_DATA, "2026-11-01", "Согласие на обработку персональных данных"),
    Text(Kind.SOLAR_STAFF, "2026-11-01", "Согласие на передачу данных в Solar Staff"),
]


def current() -> dict[str, Text]:
    """By kind, the version that people are asked to agree to now."""
    return {text.kind: text for text in TEXTS}


def needed(tariff: str) -> list[Text]:
    """What a partner of this tariff has to agree to; Solar Staff, which pays individuals, gets their data."""
    kinds = [Kind.OFFER, Kind.PERSONAL_DATA]
    if tariff == Tariff.INDIVIDUAL:
        kinds.append(Kind.SOLAR_STAFF)
    return [current()[kind] for kind in kinds]


def find(kind: str, version: str) -> Text | None:
    """A text by its address; None where there never was such a one."""
    return next((text for text in TEXTS if (text.kind, text.version) == (kind, version)), None)
