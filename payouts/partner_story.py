"""What has become of a partner, as one story for staff: who joined, moved, decided and paid, when and why."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import CharField, F, IntegerField, QuerySet, TextField, Value
from django.db.models.functions import Cast

from partners.models import Consent, Correction, Partner, StatusChange, TermsAssignment
from partners.money import roubles
from partners.templatetags.words import quoted
from payouts.models import Card, ContractStep, Withdrawal, WithdrawalStep
from referrals.models import AttachRequest, Attribution

LATEST = 40
_VIA_PEOPLE = (Attribution.Via.REQUEST, Attribution.Via.TRANSFER)


class Happening(NamedTuple):
    """One thing that happened, in words."""

    at: dt.datetime
    what: str
    who: str  # an e-mail; empty: the portal by itself
    why: str


def of(partner: Partner) -> list[Happening]:
    """The latest `LATEST` of what happened, the newest first. One query, whatever there is."""
    clients = Attribution.objects.filter(partner=partner, via__in=_VIA_PEOPLE)
    parts = [
        _rows("status", partner.status_changes, "changed_at", "status", "reason", "changed_by__email"),
        _rows("terms", partner.terms_assignments, "starts_at", "reason", "note", "decided_by__email", "terms__name"),
        _rows("consent", Consent.objects.filter(user=partner.user_id), "given_at", "kind", detail="version"),
        _rows("requisites", partner.requisites, "entered_at", who="entered_by__email"),
        _rows("token", partner.api_tokens, "created_at", who="created_by__email", detail="name"),
        _rows(
            "token revoked", partner.api_tokens.exclude(revoked_at=None), "revoked_at",
            who="revoked_by__email", detail="name",
        ),
        _rows("card", Card.objects.filter(worker__partner=partner), "linked_at", detail="number"),
        _rows(
            "withdrawal",
            WithdrawalStep.objects.filter(withdrawal__partner=partner),
            *("taken_at", "state", "note", "taken_by__email", "withdrawal_id"),
            kopecks="withdrawal__amount_kopecks",
        ),
        _rows(
            "contract",
            ContractStep.objects.filter(contract__partner=partner),
            *("taken_at", "state", "note", "taken_by__email"),
        ),
        _rows("client", clients, "starts_at", "via", "reason", "decided_by__email", "client__name"),
        _rows(
            "attach",
            AttachRequest.objects.filter(partner=partner, state=AttachRequest.State.DECLINED),
            *("decided_at", "state", "reason", "decided_by__email", "company"),
        ),
        _rows(
            "correction asked", partner.corrections, "asked_at", "state", "reason", "asked_by__email",
            kopecks="amount_kopecks",
        ),
        _rows(
            "correction",
            partner.corrections.exclude(state=Correction.State.REQUESTED).filter(needs_second=True),
            *("decided_at", "state", "refusal", "decided_by__email"),
            kopecks="amount_kopecks",
        ),
    ]  # fmt: skip
    rows: Iterable[Any] = parts[0].union(*parts[1:], all=True).order_by("-told_at")[:LATEST]
    return [
        Happening(
            at=row["told_at"],
            what=_words(row["told_what"], row["told_state"], row["told_detail"], row["told_kopecks"]),
            who=row["told_who"] or "",
            why=row["told_why"] or "",
        )
        for row in rows
    ]


def _rows(
    what: str,
    rows: Any,
    at: str,
    state: str = "",
    why: str = "",
    who: str = "",
    detail: str = "",
    *,
    kopecks: str = "",
) -> QuerySet[Any, dict[str, Any]]:
    """The rows as columns of the one query; what a kind doesn't have is empty."""

    def text(name: str) -> Any:
        return Cast(F(name), TextField()) if name else Value("", TextField())

    return rows.order_by().values(
        told_at=F(at),
        told_what=Value(what, CharField()),
        told_state=text(state),
        told_why=text(why),
        told_who=text(who),
        told_detail=text(detail),
        told_kopecks=F(kopecks) if kopecks else Value(0, IntegerField()),
    )


def _words(what: str, state: str, detail: str, kopecks: int) -> str:
    match what:
        case "status":
            return f"Участие: {StatusChange(status=state).get_status_display()}"
        case "terms":
            return f"Условия {detail}: {TermsAssignment(reason=state).get_reason_display()}"
        case "consent":
            return f"Согласие: {Consent(kind=state).get_kind_display()}, редакция {detail}"
        case "requisites":
            return "Реквизиты изменены"
        case "token":
            return f"Выпущен токен API {quoted(detail)}"
        case "token revoked":
            return f"Отозван токен API {quoted(detail)}"
        case "card":
            return f"Привязана карта {detail}"
        case "withdrawal":
            return f"Вывод № {detail} на {roubles(kopecks)}: {Withdrawal(state=state).get_state_display()}"
        case "contract":
            return f"Договор: {ContractStep(state=state).get_state_display()}"
        case "client":
            return f"Клиент {detail}: {Attribution(via=state).get_via_display()}"
        case "attach":
            return f"Заявка «{detail}» отклонена"
        case "correction asked":
            return f"Корректировка на {roubles(kopecks)}: внесена"
    return f"Корректировка на {roubles(kopecks)}: {Correction(state=state).get_state_display()}"
