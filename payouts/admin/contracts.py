"""Contracts on the staff's desk: signed copies are looked at, accepted with number and date, or declined."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern

from partners import finding
from partners.admin import Desk, Filters
from partners.admin_actions import Action, ActionForm, ReasonForPartnerForm
from partners.downloads import Column
from partners.waiting import Queue, queue
from payouts import contracts, uploads
from payouts.admin.files import attachment
from payouts.models import Contract, SignedCopy

State = Contract.State


class ContractFilters(Filters):
    q = forms.CharField(
        label="Номер договора, e-mail или код партнёра", required=False, max_length=200, widget=forms.SearchInput()
    )
    state = forms.ChoiceField(label="Состояние", required=False, choices=[("", "Любое"), *State.choices])


class UploadForm(ActionForm):
    """A signed copy that came by post or by letter."""

    content = forms.FileField(
        label="Подписанный экземпляр",
        help_text=f"{uploads.FORMATS}, до 10 МБ.",
        error_messages={"required": "Выберите файл.", "empty": "Файл пустой. Выберите другой."},
    )

    def clean_content(self) -> bytes:
        file: UploadedFile = self.cleaned_data["content"]
        try:
            uploads.check_size(file.size or 0)
            content = file.read()
            uploads.content_type(content)
        except uploads.Unacceptable as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return content


class _SeenCopy(ActionForm):
    """Which copy was looked at: nobody decides about another."""

    copy = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["copy"] = self.row.copies.values_list("pk", flat=True).last()


class AcceptForm(_SeenCopy):
    kept = ("number",)
    number = forms.CharField(
        label="Номер договора", max_length=50, error_messages={"required": "Укажите номер договора."}
    )
    signed_on = forms.DateField(
        label="Дата договора",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Укажите дату договора.", "invalid": "Это не дата: нужна, например, 15.11.2026."},
    )


class CorrectForm(ReasonForPartnerForm):
    number = forms.CharField(
        label="Номер договора", max_length=50, error_messages={"required": "Укажите номер договора."}
    )
    signed_on = forms.DateField(
        label="Дата договора",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Укажите дату договора.", "invalid": "Это не дата: нужна, например, 15.11.2026."},
    )
    field_order = ["number", "signed_on", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(number=self.row.number, signed_on=self.row.signed_on)


class DeclineForm(_SeenCopy, ReasonForPartnerForm):
    pass


_REFUSALS: dict[type[Exception], str] = {contracts.Refusal: "", uploads.Unacceptable: ""}
ACTIONS = [
    Action(
        name="accept",
        title="Принять",
        permission="payouts.decide_contract",
        do=contracts.accept,
        said="Договор № {result.number} принят.",
        form=AcceptForm,
        is_main=True,
        note="Партнёр получит письмо и сможет выводить деньги, если выполнены остальные условия.",
        fits=lambda row: row.state == State.UPLOADED,
        refusals=_REFUSALS,
    ),
    Action(
        name="decline",
        title="Отклонить",
        permission="payouts.decide_contract",
        do=contracts.decline,
        said="Экземпляр отклонён, партнёру ушло письмо с причиной.",
        form=DeclineForm,
        note="Партнёр прочитает причину и сможет загрузить другой экземпляр.",
        is_danger=True,
        fits=lambda row: row.state == State.UPLOADED,
        refusals=_REFUSALS,
    ),
    Action(
        name="correct",
        title="Исправить номер или дату",
        permission="payouts.decide_contract",
        do=contracts.correct,
        said="Номер и дата исправлены, партнёру ушло письмо.",
        form=CorrectForm,
        note="Если при приёме ошиблись. Прежние номер и дата останутся в истории и в бумагах, которые уже ушли.",
        fits=lambda row: row.state == State.SIGNED,
        refusals=_REFUSALS,
    ),
    Action(
        name="upload",
        title="Загрузить экземпляр",
        permission="payouts.decide_contract",
        do=contracts.upload,
        said="Экземпляр загружен. Теперь его можно принять.",
        form=UploadForm,
        note="Тот, что пришёл почтой или письмом.",
        fits=lambda row: row.state != State.SIGNED,
        refusals=_REFUSALS,
    ),
]


class Contracts(Desk):
    section = "Договоры"
    queues_for = "payouts.decide_contract"
    nothing_yet = "Договор предложится партнёру с юрлицом сам, когда заплатит его второй клиент."
    filters = ContractFilters
    select = ("partner__user",)
    row_actions = ACTIONS
    columns = [
        Column("Номер", "text"),
        Column("Дата", "date"),
        Column("Партнёр", "text"),
        Column("E-mail", "text"),
        Column("Состояние", "text"),
        Column("Предложен", "moment"),
        Column("Загружен", "moment"),
    ]

    def cells(self, row: Any) -> Sequence[Any]:
        who = [row.partner.full_name, row.partner.user.email, row.get_state_display()]
        return [row.number, row.signed_on, *who, row.offered_at, row.uploaded_at]

    def name(self, row: Contract) -> str:
        return f"Договор № {row.number}" if row.number else "Договор без номера"

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        # For the rows that are shown: as a join it would group all that are counted.
        copies = SignedCopy.objects.filter(contract=OuterRef("pk")).order_by("-pk")
        rows = rows.annotate(uploaded_at=Subquery(copies.values("uploaded_at")[:1]))
        if asked.get("state"):
            rows = rows.filter(state=asked["state"])
        if words := asked.get("q", ""):
            numbered = finding.among(Contract.objects.filter(number__iexact=words.strip()).exclude(number=""))
            named = rows.filter(pk__any_of=numbered) if numbered else None
            rows = finding.narrowed(rows, words, path="partner__") if named is None else named
        return rows

    def page(self, request: HttpRequest, row: Contract) -> dict[str, Any]:
        return {
            "copies": row.copies.defer("content").select_related("uploaded_by").order_by("-pk"),
            "steps": row.steps.select_related("taken_by"),
            "requisites": row.partner.requisites.last(),
        }

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        uploaded = Contract.objects.filter(state=State.UPLOADED).select_related("partner__user")
        uploaded = uploaded.annotate(uploaded_at=Max("copies__uploaded_at")).order_by("uploaded_at", "pk")
        url, template = f"{self.address('changelist')}?state=uploaded", "admin/payouts/_contracts.html"
        yield queue("Проверить договоры", uploaded, url, since="uploaded_at", template=template)

    # --- Signed copies ------------------------------------------------------------------------------------------------

    def more_urls(self) -> list[URLPattern]:
        return [self._path("<int:pk>/copies/<int:copy>/", self.copy, "copy")]

    def copy(self, request: HttpRequest, pk: int, copy: int) -> HttpResponse:
        """A signed copy to take away. Never shown in place: it is a file of a stranger."""
        found = SignedCopy.objects.filter(contract=self.row(request, pk), pk=copy).first()
        if found is None:
            raise Http404
        suffix = uploads.SUFFIXES[found.content_type]
        return attachment(found.content, f"contract-{pk}-{copy}{suffix}", found.content_type)
