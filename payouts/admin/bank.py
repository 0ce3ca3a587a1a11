"""The bank on the staff's desk: files with payment orders go out, statements come in."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from partners import keyset
from partners.admin import Desk
from partners.admin_actions import Action, ActionForm, ReasonForm
from partners.admin_fields import RowsField
from partners.downloads import Column
from partners.models import User
from partners.waiting import Queue
from payouts import bank_file, bank_files, bank_statement
from payouts.admin.files import attachment
from payouts.admin.rows import shown
from payouts.models import BankFile, BankStatement, Withdrawal

MOST_IN_A_FILE = 500  # on one page to look over; the next file takes the rest
MOST_BYTES = 10 * 1024 * 1024  # of a statement
_OURS_IS_MISSING = (
    "Не указан счёт, с которого платит программа. Его задают настройки COMPANY_NAME, COMPANY_INN, COMPANY_ACCOUNT,"
    " COMPANY_BANK_NAME, COMPANY_BIK и COMPANY_CORR_ACCOUNT."
)


# --- Out --------------------------------------------------------------------------------------------------------------


class CollectForm(ActionForm):
    """Which of the approved withdrawals the file holds."""

    only = RowsField(
        Withdrawal.objects.none(),
        error_messages={
            "required": "Ничего не отмечено. Отметьте заявки, которые войдут в файл.",
            "invalid_choice": "Пока вы смотрели, заявки изменились. Проверьте список и соберите файл ещё раз.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = shown(bank_files.waiting()).order_by("due_on", "pk")
        self.fields["only"].queryset = self.waiting  # type: ignore[attr-defined]

    @property
    def rows(self) -> list[tuple[Withdrawal, bool]]:
        """What waits, and whether it is ticked: all of it, until somebody has chosen."""
        ticked = set(self.data.getlist("only")) if self.is_bound else None  # type: ignore[attr-defined]
        return [(row, ticked is None or str(row.pk) in ticked) for row in self.waiting[:MOST_IN_A_FILE]]

    @property
    def total_kopecks(self) -> int:
        return sum(row.amount_kopecks for row, _ in self.rows)

    @property
    def number(self) -> int:
        return self.waiting.count()


def collect(*, only: Collection[Withdrawal], by: User, now: dt.datetime) -> BankFile:
    return bank_files.collect(by=by, now=now, only=[each.pk for each in only])


class BankFiles(Desk):
    section = "Файлы в банк"
    queues_for = "payouts.collect_bankfile"
    select = ("made_by",)
    list_actions = [
        Action(
            name="collect",
            title="Собрать файл",
            permission="payouts.collect_bankfile",
            do=collect,
            said="Файл № {result.pk} собран. Скачайте его и загрузите в банк.",
            form=CollectForm,
            is_main=True,
            template="admin/payouts/bankfile_collect.html",
            refusals={
                bank_files.NothingToCollect: "Эти заявки уже не ждут отправки: их собрали в другой файл или отменили.",
                bank_files.SendingIsOff: "Отправка выключена, поэтому и в банк ничего не уходит. Сначала включите её.",
                bank_files.OursIsMissing: _OURS_IS_MISSING,
                bank_file.CannotBeWritten: "",
            },
        )
    ]
    row_actions = [
        Action(
            name="discard",
            title="Отозвать файл",
            permission="payouts.collect_bankfile",
            do=bank_files.discard,
            said="Файл № {row.pk} отозван, его заявки ждут нового файла.",
            form=ReasonForm,
            note="Только если банк его не получал или не примет. Заявки снова будут ждать файла. Если файл уже загружен"
            " в банк, сначала отзовите поручения там.",
            is_danger=True,
            fits=lambda row: row.discarded_at is None,
            refusals={
                bank_files.FileHasEnded: "Отозвать нельзя: файл уже отозван или банк уже исполнил что-то из него."
                " Обновите страницу файла: на ней видно, что именно."
            },
        )
    ]

    columns = [
        Column("Файл", "number"),
        Column("Собран", "moment"),
        Column("Кем", "text"),
        Column("Поручений", "number"),
        Column("Сумма", "money"),
        Column("Выплачено", "number"),
        Column("Отозван", "moment"),
    ]

    def cells(self, row: Any) -> Sequence[Any]:
        sums = [row.number, row.total_kopecks, row.paid, row.discarded_at]
        return [row.pk, row.made_at, row.made_by.email, *sums]

    def name(self, row: BankFile) -> str:
        return f"Файл № {row.pk}"

    def found(self, rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
        return rows.defer("content").annotate(
            number=Count("orders"),
            total_kopecks=Sum("orders__withdrawal__amount_kopecks"),
            paid=Count("orders", filter=Q(orders__withdrawal__state=Withdrawal.State.PAID, orders__is_live=True)),
        )

    def page(self, request: HttpRequest, row: BankFile) -> dict[str, Any]:
        orders = row.orders.select_related("withdrawal__partner__user", "withdrawal__requisites")
        return {"orders": orders, "total_kopecks": sum(order.withdrawal.amount_kopecks for order in orders)}

    def queues(self, request: HttpRequest) -> Iterable[Queue]:
        waiting = shown(bank_files.waiting()).order_by("due_on", "pk")
        yield Queue(
            "Отправить в банк",
            keyset.count(waiting),
            self.address("collect"),
            rows=waiting[:5],
            template="admin/payouts/_withdrawals.html",
            link="Собрать файл",
        )

    def more_urls(self) -> list[URLPattern]:
        return [self._path("<int:pk>/download/", self.download, "download")]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Byte for byte what was collected."""
        return attachment(self.row(request, pk).content, f"to_bank_{pk}.txt", "text/plain; charset=windows-1251")


# --- And back ---------------------------------------------------------------------------------------------------------


class StatementForm(ActionForm):
    content = forms.FileField(
        label="Выписка",
        help_text="Файл обмена с 1С из клиент-банка, обычно kl_to_1c.txt, до 10 МБ.",
        error_messages={"required": "Выберите файл.", "empty": "Файл пустой. Выберите другой."},
    )

    def clean_content(self) -> bytes:
        file: UploadedFile = self.cleaned_data["content"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError("Файл больше 10 МБ. Выгрузите выписку за меньший срок.")
        return file.read()


class BankStatements(Desk):
    section = "Выписки"
    select = ("taken_in_by",)
    list_actions = [
        Action(
            name="take-in",
            title="Загрузить выписку",
            permission="payouts.take_in_bankstatement",
            do=bank_files.take_in,
            said="Выписка № {result.pk} принята, отмечено выплаченными: {result.paid}.",
            form=StatementForm,
            is_main=True,
            in_one=False,
            note="Отметит выплаченными заявки, которые банк исполнил. Ту же выписку можно загрузить ещё раз: второй раз"
            " ничего не изменится.",
            refusals={
                bank_statement.NotABankFile: "",
                bank_statement.CannotBeRead: "",
                bank_files.OursIsMissing: _OURS_IS_MISSING,
                bank_files.StatementOfAnotherAccount: "Это выписка не того счёта, с которого платит программа."
                " Выгрузите выписку по нему.",
            },
        )
    ]

    columns = [
        Column("Выписка", "number"),
        Column("Загружена", "moment"),
        Column("Кем", "text"),
        Column("Поручений", "number"),
        Column("Отмечено выплаченными", "number"),
        Column("Расхождений", "number"),
    ]

    def cells(self, row: BankStatement) -> Sequence[Any]:
        return [row.pk, row.taken_in_at, row.taken_in_by.email, row.orders, row.paid, len(row.differences)]

    def name(self, row: BankStatement) -> str:
        return f"Выписка № {row.pk}"
