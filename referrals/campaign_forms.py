"""What a partner types about its campaigns and links."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from partners import plain_text
from partners.models import Partner
from referrals import links
from referrals.models import Campaign

_ERID = re.compile(r"(?:erid\s*[:=]\s*)?([0-9a-zA-Z_-]+)", re.ASCII | re.IGNORECASE)
_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class CampaignForm(forms.ModelForm):
    class Meta:
        model = Campaign
        fields = ["name", "channel", "landing_path", "utm_source", "utm_medium", "utm_campaign", "erid"]
        labels = {name: name for name in links.LABELS} | {"erid": "Токен erid"}
        help_texts = {
            "name": "Видите только вы. Например: Статья в блоге, октябрь.",
            "channel": "Чтобы сравнивать кампании между собой.",
            "utm_source": "Откуда придут: vk, telegram.",
            "utm_medium": "Каким способом: cpc, post, email.",
            "utm_campaign": "Название для статистики: autumn.",
            "erid": "Если это не реклама, оставьте пустым.",
        }
        error_messages = {"name": {"required": "Назовите кампанию: так вы узнаете её в списке."}}
        widgets = {name: forms.TextInput(attrs=_PLAIN) for name in (*links.LABELS, "landing_path")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", *links.LABELS):
            self.fields[name].validators.append(plain_text.check)
        channel, page = self.fields["channel"], self.fields["landing_path"]
        channel.widget.choices = [("", "Не указан"), *Partner.Channel.choices]
        page.help_text = f"Путь после {settings.REFERRAL_SITE_URL}, например {links.PATH_EXAMPLE}. Пусто — главная."

    def clean_landing_path(self) -> str:
        try:
            return links.page_of_site(self.cleaned_data["landing_path"])
        except links.NotAPage as error:
            raise ValidationError(str(error)) from None

    def clean_erid(self) -> str:
        typed = self.cleaned_data["erid"]
        match = _ERID.fullmatch(typed)
        if typed and match is None:
            raise ValidationError("В токене только латинские буквы и цифры. Скопируйте его из кабинета ОРД целиком.")
        return match[1] if match else ""


def _label(name: str) -> forms.CharField:
    return forms.CharField(
        label=name,
        max_length=100,
        required=False,
        validators=[plain_text.check],
        widget=forms.TextInput(attrs=_PLAIN),
    )


class LabelsForm(forms.Form):
    """UTM labels for the partner's main link: nothing is kept, the page answers with the link."""

    utm_source = _label("utm_source")
    utm_medium = _label("utm_medium")
    utm_campaign = _label("utm_campaign")
