"""Versions of terms on the staff's desk (R4, R5): their numbers, and a new one, looked at before it is published."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from partners import keyset, money, months, terms_table
from partners.admin import Desk, Filters
from partners.admin_actions import Action, ReasonForm
from partners.admin_fields import SumField
from partners.downloads import Column
from partners.models import Tariff, Terms, TermsAssignment, TermsOffer
from partners.templatetags.words import day
from partners.waiting import Queue
from referrals import new_terms, terms_preview

NEAR = dt.timedelta(days=30)
_OWN = {  # the numbers that only one of the tariffs has
    Tariff.LEGAL: ("percent_bp", "window_months"),
    Tariff.INDIVIDUAL: ("one_time_kopecks",),
}


class TermsFilters(Filters):
    q = forms.CharField(label="Название", required=False, max_length=50, widget=forms.SearchInput())
    tariff = forms.ChoiceField(label="Вид выплат", required=False, choices=[("", "Любой"), *Tariff.choices])


def _number(label: str, help_text: str = "", **given: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, min_value=0, max_value=1_000, **given)


class PercentField(forms.CharField):
    """Percent as people write them, «12,5», in hundredths."""

    def clean(self, value: Any) -> int | None:
        words = super().clean(value).removesuffix("%")
        try:
            hundredths = money.from_typed(words) if words else None
        except money.NotRoubles:
            raise forms.ValidationError("Это не процент: нужно число, например, 12,5.") from None
        if hundredths is not None and not 0 < hundredths <= 100_00:
            raise forms.ValidationError("Процент — больше 0 и не больше 100.")
        return hundredths


class PublishForm(ReasonForm):
    """All numbers of a version. It is published by the second button only, the one under what would change."""

    tariff = forms.ChoiceField(label="Вид выплат", widget=forms.RadioSelect, choices=Tariff.choices)
    name = forms.CharField(
        label="Название",
        max_length=50,
        help_text="Для сотрудников и выписок, например legal-2027.",
        error_messages={"required": "Назовите версию, например legal-2027."},
    )
    starts_on = forms.ChoiceField(label="Действует с", help_text="С 1-го числа: уже начавшийся месяц не меняется.")
    percent_bp = PercentField(label="Вознаграждение, % (юрлица)", required=False)
    window_months = _number("Сколько месяцев приносит (юрлица)", "Пусто — без срока.", required=False)
    one_time_kopecks = SumField(label="За клиента один раз, ₽ (физлица)", required=False)
    threshold_kopecks = SumField(label="Порог списаний, ₽", help_text="0 — без порога.")
    counts_subscription = forms.BooleanField(label="Учитывается абонентская плата", required=False)
    counts_telephony = forms.BooleanField(label="Учитывается телефония", required=False)
    minimum_withdrawal_kopecks = SumField(label="Наименьшая сумма вывода, ₽", help_text="0 — любая.")
    clients_needed = _number("Клиентов до первого вывода")
    contract_needed = forms.BooleanField(label="Нужен договор", required=False)
    field_order = ["tariff", "name", "starts_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])
        self.fields["reason"].help_text = "Кто и почему решил. Партнёры её не увидят."
        first, starts = months.following(months.month_of(timezone.now())), list[tuple[str, str]]()
        while len(starts) < 12:
            starts.append((first.isoformat(), day(first)))
            first = months.following(first)
        self.fields["starts_on"].choices = starts  # type: ignore[attr-defined]
        tariff = self.asked.get("tariff", Tariff.LEGAL)
        newest = Terms.objects.filter(tariff=tariff).order_by("starts_on").last()
        if newest is not None:
            self.initial.update(_as_typed(newest))

    def clean_starts_on(self) -> dt.date:
        return dt.date.fromisoformat(self.cleaned_data["starts_on"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        tariff = cleaned["tariff"]
        for other, names in _OWN.items():
            for name in names if other != tariff else ():
                cleaned[name] = None
        if tariff == Tariff.LEGAL and not cleaned["percent_bp"]:
            self.add_error("percent_bp", "Укажите процент больше нуля.")
        elif tariff == Tariff.INDIVIDUAL and not cleaned["one_time_kopecks"]:
            self.add_error("one_time_kopecks", "Укажите, сколько начислять за клиента.")
        elif not (cleaned["counts_subscription"] or cleaned["counts_telephony"]):
            self.add_error("counts_subscription", "Отметьте, какие списания учитываются.")
        else:
            self._check_with_others(cleaned)
        return cleaned

    def _check_with_others(self, cleaned: dict[str, Any]) -> None:
        others = Terms.objects.all()
        if others.filter(name=cleaned["name"]).exists():
            self.add_error("name", "Так уже называется другая версия.")
        if others.filter(tariff=cleaned["tariff"], starts_on=cleaned["starts_on"]).exists():
            self.add_error("starts_on", "С этого дня уже объявлена другая версия.")
        try:
            self.version.clean_fields(exclude=["judged_at"])
        except ValidationError as refusal:
            raise ValidationError(list(refusal.messages)) from None

    def is_valid(self) -> bool:
        """Only what was looked at is published."""
        return super().is_valid() and "publish" in self.data

    @property
    def version(self) -> Terms:
        return Terms(**{name: value for name, value in self.cleaned_data.items() if name != "reason"})

    @cached_property
    def preview(self) -> terms_preview.Preview | None:
        """Shown when everything is filled in, unless somebody wants to go back to it."""
        if not self.is_bound or self.errors or "edit" in self.data:
            return None
        return terms_preview.of(self.version)


def _as_typed(terms: Terms) -> dict[str, Any]:
    """The newest version as a form to start from."""

    def hundredths(number: int | None) -> str:
        return "" if number is None else f"{number // 100},{number % 100:02}".removesuffix(",00")

    return {
        "tariff": terms.tariff,
        "percent_bp": hundredths(terms.percent_bp),
        "window_months": terms.window_months,
        "one_time_kopecks": hundredths(terms.one_time_kopecks),
        "threshold_kopecks": hundredths(terms.threshold_kopecks),
        "counts_subscription": terms.counts_subscription,
        "counts_telephony": terms.counts_telephony,
        "minimum_withdrawal_kopecks": hundredths(terms.minimum_withdrawal_kopecks),
        "clients_needed": terms.clients_needed,
        "contract_needed": terms.contract_needed,
    }


class TermsDesk(Desk):
    section = "Условия"
    filters = TermsFilters
    list_actions = [
        Action(
            name="publish",
            title="Новая версия",
            permission="partners.publish_terms",
            do=new_terms.publish,
            said="Версия {result.name} объявлена. До её начала ничего не изменится.",
            form=PublishForm,
            template="admin/partners/terms_publish.html",
            is_main=True,
            refusals={new_terms.NotAFutureMonth: "Этот месяц уже начался. Выберите следующее 1-е число."},
        )
    ]
    columns = [
        Column("Название", "text"),
        Column("Вид выплат", "text"),
        Column("Действует с", "date"),
        *(Column(line.label, "text") for line in terms_table.lines([])),
    ]

    def cells(self, row: Terms) -> Sequence[Any]:
        told = [line.by_version[0][1] for line in terms_table.lines([row])]
        return [row.name, row.get_tariff_display(), row.starts_on, *told]

    def name(self, row: Terms) -> str:
        return f"Условия {row.name}"

    def order(self, asked: Mapping[str, Any]) -> Sequence[str]:
        return ("-pk",)

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        if asked.get("tariff"):
            rows = rows.filter(tariff=asked["tariff"])
        return rows.filter(name__icontains=words) if (words := asked.get("q", "")) else rows

    def list_page(self, request: HttpRequest, rows: Sequence[Any]) -> dict[str, Any]:
        return {"told": _standings(rows)}

    def page(self, request: HttpRequest, row: Terms) -> dict[str, Any]:
        others = Terms.objects.filter(tariff=row.tariff).exclude(pk=row.pk)
        before = others.filter(starts_on=None) if row.starts_on else others.none()
        if row.starts_on:
            before = before | others.filter(starts_on__lt=row.starts_on)
        was = max(before, key=lambda each: each.starts_on or dt.date.min, default=None)
        offers = [
            (TermsOffer.State(state).label, keyset.count(TermsOffer.objects.filter(terms=row, state=state)))
            for state in TermsOffer.State.values
        ]
        return {
            "standing": _standings([row])[0][1],
            "lines": terms_table.lines([row] if was is None else [was, row]),
            "was": was,
            "publication": getattr(row, "publication", None),
            "assigned": keyset.count(TermsAssignment.objects.filter(terms=row)),
            "offers": offers if row.judged_at else [],
            "coming": terms_preview.of(row) if row.starts_on and not row.judged_at else None,
        }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("publication__published_by")

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        today = timezone.localdate()
        near = Terms.objects.filter(judged_at=None, starts_on__lte=today + NEAR).order_by("starts_on", "pk")
        yield Queue(
            "Скоро новые условия",
            keyset.count(near),
            self.address("changelist"),
            rows=_standings(near),
            template="admin/partners/_terms.html",
        )


def _standings(versions: Iterable[Terms]) -> list[tuple[Terms, str]]:
    """Each in a word: 'announced', 'newest' or 'past' for who joins today. One query."""
    today, newest = timezone.localdate(), dict[str, dt.date]()
    for tariff, starts_on in Terms.objects.values_list("tariff", "starts_on"):
        if (starts_on or dt.date.min) <= today:
            newest[tariff] = max(newest.get(tariff, dt.date.min), starts_on or dt.date.min)
    found = []
    for version in versions:
        starts_on = version.starts_on or dt.date.min
        word = "announced" if starts_on > today else "newest" if starts_on == newest[version.tariff] else "past"
        found.append((version, word))
    return found
