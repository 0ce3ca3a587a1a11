"""Who takes part, on what terms, and the balance."""

from partners import lookups  # noqa: F401 - the lookups register themselves
from partners.models.corrections import Correction
from partners.models.deeds import Deed
from partners.models.heartbeats import Heartbeat
from partners.models.ledger import LedgerLine
from partners.models.notices import Notice
from partners.models.people import Code, Consent, Partner, Requisites, SignOn, StatusChange, Tariff, User
from partners.models.terms import Publication, Terms, TermsAssignment, TermsOffer
from partners.models.tokens import ApiToken

__all__ = [
    "ApiToken",
    "Code",
    "Consent",
    "Correction",
    "Deed",
    "Heartbeat",
    "LedgerLine",
    "Notice",
    "Partner",
    "Publication",
    "Requisites",
    "SignOn",
    "StatusChange",
    "Tariff",
    "Terms",
    "TermsAssignment",
    "TermsOffer",
    "User",
]
