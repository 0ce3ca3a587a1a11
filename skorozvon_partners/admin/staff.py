"""Staff on the desk, for the administrator: who works here, in which role, and who doesn't any more."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from partners.admin import Desk, Filters
from partners.admin_actions import Action, ReasonForm
from partners.rules import normal_email
from skorozvon_partners import staff
from skorozvon_partners.models import StaffMember
from skorozvon_partners.roles import WHAT_FOR, Role

_ROLES = [(role.value, f"{role.label}\n{WHAT_FOR[role]}") for role in Role]


class StaffFilters(Filters):
    q = forms.CharField(label="E-mail или имя", required=False, max_length=200, widget=forms.SearchInput())
    role = forms.ChoiceField(label="Роль", required=False, choices=[("", "Любая"), *Role.choices])
    is_active = forms.ChoiceField(
        label="Доступ", required=False, choices=[("", "Любой"), ("on", "включён"), ("off", "выключен")]
    )


class _RoleForm(ReasonForm):
    role = forms.ChoiceField(
        label="Роль",
        choices=_ROLES,
        widget=forms.RadioSelect,
        error_messages={"required": "Выберите роль."},
    )


class InviteForm(_RoleForm):
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="Рабочий: на него придёт ссылка, по которой сотрудник задаст пароль.",
        error_messages={"required": "Укажите e-mail.", "invalid": "Это не e-mail. Проверьте, нет ли опечатки."},
    )
    full_name = forms.CharField(
        label="Имя и фамилия", max_length=200, error_messages={"required": "Укажите имя и фамилию."}
    )
    field_order = ["email", "full_name", "role", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Например: «Принята бухгалтером с 1 декабря»."


class RoleForm(_RoleForm):
    field_order = ["role", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["role"] = role_of(self.row).value if role_of(self.row) else None


def role_of(member: StaffMember) -> Any:
    """The role of somebody whose groups have been read; None: it has none."""
    return next((role for group in member.groups.all() for role in Role if role.value == group.name), None)


def _invited(row: Any, result: StaffMember) -> str:
    if result.letter_went:
        return f"Письмо со ссылкой ушло на {result.email}."
    return f"Почтовый сервер не отвечает. Письмо на {result.email} ждёт и уйдёт само, как только он ответит."


_REFUSALS: dict[type[Exception], str] = {staff.Refusal: ""}
_INVITATION = Action(
    name="invite",
    title="Пригласить сотрудника",
    permission="skorozvon_partners.invite_staff",
    do=staff.invite,
    said=_invited,
    form=InviteForm,
    is_main=True,
    note="Ему придёт письмо с одноразовой ссылкой. Пароль он задаст сам, и никто другой его не узнает.",
    refusals=_REFUSALS,
)
_ROW_ACTIONS = [
    Action(
        name="change-role",
        title="Сменить роль",
        permission="skorozvon_partners.change_role",
        do=staff.change_role,
        said="Роль изменена. Новые права уже действуют.",
        form=RoleForm,
        note="Права прежней роли пропадут сразу.",
        fits=lambda row: row.is_active,
        refusals=_REFUSALS,
    ),
    Action(
        name="reset-password",
        title="Сбросить пароль",
        permission="skorozvon_partners.invite_staff",
        do=staff.reset_password,
        said=_invited,
        form=ReasonForm,
        note="Сотруднику придёт новая ссылка. Прежний пароль и ссылки из прежних писем перестанут действовать, сеансы"
        " закончатся.",
        fits=lambda row: row.is_active,
        refusals=_REFUSALS,
    ),
    Action(
        name="reset-second-factor",
        title="Сбросить второй фактор",
        permission="skorozvon_partners.reset_second_factor",
        do=staff.reset_second_factor,
        said="Второй фактор сброшен: при следующем входе сотрудник подключит телефон заново.",
        form=ReasonForm,
        note="Если телефон потерян или сменился, а кодов восстановления нет. Сначала убедитесь, что просит сам"
        " сотрудник: позвоните ему.",
        fits=lambda row: row.has_second_factor,
        refusals=_REFUSALS,
    ),
    Action(
        name="switch-off",
        title="Выключить доступ",
        permission="skorozvon_partners.switch_staff",
        do=staff.switch_off,
        said="Доступ выключен, все сеансы сотрудника закончены.",
        form=ReasonForm,
        note="Сотрудник сразу выйдет отовсюду. Пароль и второй фактор будут забыты, сделанное им останется в журнале.",
        is_danger=True,
        fits=lambda row: row.is_active,
        refusals=_REFUSALS,
    ),
    Action(
        name="switch-on",
        title="Вернуть доступ",
        permission="skorozvon_partners.switch_staff",
        do=staff.switch_on,
        said=_invited,
        form=ReasonForm,
        note="С прежней ролью. Сотруднику придёт новое приглашение: пароль он задаст заново.",
        fits=lambda row: not row.is_active,
        refusals=_REFUSALS,
    ),
]


class StaffMembers(Desk):
    section = "Сотрудники"
    filters = StaffFilters
    row_actions = _ROW_ACTIONS
    list_actions = [_INVITATION]

    def name(self, row: StaffMember) -> str:
        return row.full_name or row.email

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        phones = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        rows = super().get_queryset(request).prefetch_related("groups")
        return rows.annotate(has_second_factor=Exists(phones))

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        if asked.get("role"):
            rows = rows.filter(groups__name=asked["role"])
        if asked.get("is_active"):
            rows = rows.filter(is_active=asked["is_active"] == "on")
        if words := asked.get("q", ""):
            rows = rows.filter(Q(email__startswith=normal_email(words)) | Q(full_name__icontains=words))
        return rows

    def order(self, asked: Mapping[str, Any]) -> Sequence[str]:
        return ("email",)

    def list_page(self, request: HttpRequest, rows: Sequence[Any]) -> dict[str, Any]:
        for row in rows:
            row.role = role_of(row)
        return {}

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return self.about(row)

    def about(self, row: Any) -> dict[str, Any]:
        role = role_of(row)
        return {"role": role, "what_for": WHAT_FOR.get(role, "")}
