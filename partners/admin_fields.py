"""What staff types about money and partners, as forms read it."""

from typing import Any

from django import forms

from partners import finding, money
from partners.finding import number_in
from partners.models import Partner
from partners.rules import normal_email


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
        if not words:
            return None
        called = finding.partners_called(words)
        if "@" in words and (exact := Partner.objects.filter(user__email=normal_email(words))):
            called = [exact]
        named = finding.among(*called)
        if named is None or len(named) > 1:
            raise forms.ValidationError("Так можно назвать нескольких партнёров. Укажите e-mail целиком.")
        if not named:
            raise forms.ValidationError("Такого партнёра нет. Проверьте e-mail, код или номер.")
        return Partner.objects.select_related("user").get(pk=named[0])


class SumField(forms.CharField):
    """Roubles as people write them, «1 234,50», in kopecks."""

    def __init__(self, **kwargs: Any) -> None:
        given: dict[str, Any] = {
            "max_length": 30,
            "widget": forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            "error_messages": {"required": "Укажите сумму."},
        }
        super().__init__(**given | kwargs)

    def clean(self, value: Any) -> int | None:
        words = super().clean(value)
        if not words:
            return None
        try:
            return money.from_typed(words)
        except money.NotRoubles:
            raise forms.ValidationError("Это не сумма: нужны рубли, например, 1 234,50.") from None


class RowsField(forms.ModelMultipleChoiceField):
    """Rows that were ticked. What can't be the number of a row is none."""

    def clean(self, value: Any) -> Any:
        return super().clean([each for each in value or [] if number_in(each) is not None])
