"""Requests to attach a client on the staff's desk (R7): the client is chosen, or the request declined with a reason."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from partners import finding
from partners.admin import Desk, Filters
from partners.admin_actions import Action, ActionForm, ReasonForPartnerForm
from partners.downloads import Column
from partners.templatetags.words import day
from partners.waiting import Queue, queue
from referrals import attach_requests, client_search
from referrals.admin.client_actions import REFUSALS, MomentField
from referrals.models import AttachRequest, Client

State = AttachRequest.State
_CHOICES = 10  # clients to choose from at once; who looks for another says more of its name


class RequestFilters(Filters):
    q = forms.CharField(label="Компания или партнёр", required=False, max_length=200, widget=forms.SearchInput())
    state = forms.ChoiceField(label="Состояние", required=False, choices=[("", "Любое"), *State.choices])


class AcceptForm(ActionForm):
    """Which client is meant: of those that the words in the address name, at first the words of the request."""

    client = forms.ChoiceField(
        label="Какой это клиент",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Выберите клиента. Нет нужного — найдите его по названию, аккаунту или ИНН.",
            "invalid_choice": "Этого клиента нет среди найденных. Найдите его ещё раз.",
        },
    )
    starts_at = MomentField()
    reason = forms.CharField(
        label="Причина",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Нужна, только если указан другой момент.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].choices = [(str(each.pk), self._label(each)) for each in self.candidates]  # type: ignore[attr-defined]
        free = [each for each in self.candidates if not each.attributions.all()]
        if len(free) == 1:
            self.initial["client"] = str(free[0].pk)

    @property
    def words(self) -> str:
        return self.asked.get("q", self.row.company)

    @cached_property
    def candidates(self) -> list[Client]:
        found = client_search.narrowed(Client.objects.all(), self.words).order_by("-registered_at", "-pk")
        return list(found.prefetch_related("attributions__partner__user")[:_CHOICES])

    def clean_client(self) -> Client:
        return next(each for each in self.candidates if str(each.pk) == self.cleaned_data["client"])

    @staticmethod
    def _label(client: Client) -> str:
        held = list(client.attributions.all())
        holder = f"закреплён: {held[-1].partner.user.email}" if held else "ни за кем не закреплён"
        told = [client.account_id, client.inn and f"ИНН {client.inn}", client.email, f"с {day(client.registered_at)}"]
        return f"{client.name}\n{', '.join(filter(None, told))}; {holder}"


_REFUSALS: dict[type[Exception], str] = {
    attach_requests.AlreadyDecided: "Об этой заявке уже решили. Обновите страницу.",
    **REFUSALS,
}


class AttachRequests(Desk):
    section = "Прикрепление"
    queues_for = "referrals.decide_attachrequest"
    nothing_yet = "Заявка появится, когда партнёр попросит прикрепить клиента, который пришёл без его кода."
    filters = RequestFilters
    select = ("partner__user", "decided_by", "client")
    row_actions = [
        Action(
            name="accept",
            title="Прикрепить",
            permission="referrals.decide_attachrequest",
            do=attach_requests.accept,
            said="Клиент прикреплён, партнёру ушло письмо.",
            form=AcceptForm,
            template="admin/referrals/attachrequest_accept.html",
            note="Считается момент заявки, а не решения: до 30 дней после регистрации клиента — с регистрации, позже —"
            " с заявки.",
            is_main=True,
            fits=lambda row: row.state == State.OPEN,
            refusals=_REFUSALS,
        ),
        Action(
            name="decline",
            title="Отклонить",
            permission="referrals.decide_attachrequest",
            do=attach_requests.decline,
            said="Заявка отклонена, партнёру ушло письмо с причиной.",
            form=ReasonForPartnerForm,
            is_danger=True,
            fits=lambda row: row.state == State.OPEN,
            refusals=_REFUSALS,
        ),
    ]
    columns = [
        Column("Номер", "number"),
        Column("Компания", "text"),
        Column("Партнёр", "text"),
        Column("E-mail", "text"),
        Column("Подана", "moment"),
        Column("Состояние", "text"),
        Column("Клиент", "text"),
        Column("Решил", "text"),
        Column("Когда", "moment"),
        Column("Причина", "text"),
    ]

    def cells(self, row: AttachRequest) -> Sequence[Any]:
        partner, client = row.partner, row.client.account_id if row.client else None
        who = [row.decided_by and row.decided_by.email, row.decided_at, row.reason]
        about = [row.pk, row.company, partner.full_name, partner.user.email, row.requested_at]
        return [*about, row.get_state_display(), client, *who]

    def name(self, row: AttachRequest) -> str:
        return f"Заявка № {row.pk}"

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        if asked.get("state"):
            rows = rows.filter(state=asked["state"])
        if words := asked.get("q", ""):
            by_company = AttachRequest.objects.filter(finding.containing("company", words))
            partners = finding.partners_named(words) or []
            found = finding.among(by_company, AttachRequest.objects.filter(partner__any_of=partners))
            rows = rows.filter(finding.containing("company", words) if found is None else Q(pk__any_of=found))
        return rows

    def order(self, asked: Mapping[str, Any]) -> Sequence[str]:
        """What waits by its age; of everything the latest first."""
        return ("requested_at", "pk") if asked.get("state") == State.OPEN else ("-pk",)

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        waiting = self.get_queryset(request).filter(state=State.OPEN).order_by("requested_at", "pk")
        url = f"{self.address('changelist')}?state=open"
        template = "admin/referrals/_attach_requests.html"
        yield queue("Прикрепить клиентов", waiting, url, since="requested_at", template=template)
