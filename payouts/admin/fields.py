"""What staff types about money and partners, as forms read it."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from partners import money
from partners.models import Partner
from partners.rules import normal_email


def number_in(words: str) -> int | None:
    """The number that these words are, if they are one that a row can have."""
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 19 else None


def found_by(words: str) -> QuerySet[Partner]:
    """Partners by what people name them with: the beginning of an e-mail, a whole link or promo code, a number."""
    words = normal_email(words)
    named = Q(user__email__startswith=words) | Q(pk__in=Partner.objects.filter(codes__value=words).values("pk"))
    if (number := number_in(words)) is not None:
        named |= Q(pk=number)
    return Partner.objects.filter(named)


class PartnerField(forms.CharField):
    """A partner, named so that nobody else is meant."""

    def __init__(self, **kwargs: Any) -> None:
        given: dict[str, Any] = {
            "label": "Партнёр",
            "help_text": "E-mail, код ссылки или номер партнёра.",
            "max_length": 254,
            "error_messages": {"required": "Укажите партнёра: e-mail, код ссылки или номер."},
        }
        super().__init__(**given | kwargs)

    def clean(self, value: Any) -> Any:
        words = super().clean(value)
        exact = found_by(words).filter(user__email=normal_email(words))
        found = list((exact if "@" in words else found_by(words)).select_related("user")[:2])
        if not found:
            raise forms.ValidationError("Такого партнёра нет. Проверьте e-mail, код или номер.")
        if len(found) > 1:
            raise forms.ValidationError("Так можно назвать нескольких партнёров. Укажите e-mail целиком.")
        return found[0]


class SumField(forms.CharField):
    """Roubles as people write them, «1 234,50», in kopecks."""

    def __init__(self, **kwargs: Any) -> None:
        given: dict[str, Any] = {
            "max_length": 30,
            "widget": forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            "error_messages": {"required": "Укажите сумму."},
        }
        super().__init__(**given | kwargs)

    def clean(self, value: Any) -> int:
        try:
            return money.from_typed(super().clean(value))
        except money.NotRoubles:
            raise forms.ValidationError("Это не сумма: нужны рубли, например, 1 234,50.") from None


class RowsField(forms.ModelMultipleChoiceField):
    """Rows that were ticked. What can't be the number of a row is none."""

    def clean(self, value: Any) -> Any:
        return super().clean([each for each in value or [] if number_in(each) is not None])
