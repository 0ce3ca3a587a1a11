"""What staff can do at the desk: a button, what it asks for, and the one call behind it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Model
from django.http import QueryDict


class ActionForm(forms.Form):
    """What an action asks for: its fields are the arguments of the action's function.

    `row` is what it is about, `asked` the query that its page was opened with.
    """

    kept: Sequence[str] = ()  # fields whose text the journal keeps, because it is no personal data

    def __init__(self, *args: Any, row: Any = None, asked: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        self.asked = asked or QueryDict()


class ReasonForm(ActionForm):
    """Whoever decides about somebody's money says why (M11)."""

    reason = forms.CharField(
        label="Причина",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": "Напишите причину: без неё потом не понять, почему так решили."},
    )


class ReasonForPartnerForm(ReasonForm):
    """A reason that the partner is told."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Её прочитает партнёр."


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that staff does: a button, and behind it a page whose POST makes one call."""

    name: str  # in the address
    title: str  # on the button and over the page
    permission: str  # its own: "payouts.approve_withdrawal"
    # do(row, by=…, now=…, **what the form says); without the row where the action isn't about one.
    do: Callable[..., Any]
    # After it was done: "Заявка № {row.pk} одобрена."; `result` is what `do` returned.
    said: str | Callable[[Any, Any], str]
    form: type[ActionForm] = ActionForm
    template: str = "admin/action.html"
    note: str = ""  # what it does, for who is about to
    is_main: bool = False  # what most often follows
    is_danger: bool = False
    # For which rows the button is shown. It spares a refusal and decides nothing: the function does.
    fits: Callable[[Any], bool] = lambda row: True
    # The refusals of `do`, each with a sentence; an empty one means its own text.
    refusals: Mapping[type[Exception], str] = field(default_factory=dict)
    # subjects(row, result): the rows that were changed, where that is not the one row or result.
    subjects: Callable[[Any, Any], Iterable[Model]] | None = None
    # With the journal's rows in one transaction. Not where it calls outside, or locks one partner after another.
    in_one: bool = True

    def sentence(self, refusal: Exception) -> str:
        found = (words for kind, words in self.refusals.items() if isinstance(refusal, kind))
        return next(found, "") or str(refusal)

    def message(self, row: Any, result: Any) -> str:
        return self.said.format(row=row, result=result) if isinstance(self.said, str) else self.said(row, result)
