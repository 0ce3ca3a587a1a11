"""The components that need more than a template. All of them are seen together on /components/ when DEBUG is on."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from skorozvon_partners import charts

register = template.Library()

SECTIONS = [
    ("home", "Кабинет партнера"),
    ("clients", "Подключенные клиенты"),
    ("campaigns", "Кампании"),
    ("reports", "Отчеты"),
    ("payouts", "Выплаты"),
]
# What says where in a list the reader is; a new order or a download starts from its beginning.
PLACE = ("after", "before", "page", "last")


# --- The frame --------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/sections.html", takes_context=True)
def sections(context: Context) -> dict[str, Any]:
    """The row of sections. The current one is whose address the page's own begins with; home is a page, no section."""
    path, home = context["request"].path, _address("home")
    links = [(url, title) for name, title in SECTIONS if (url := _address(name))]
    current = next((url for url, _ in links if path == url or (url != home and path.startswith(url))), "")
    return {
        "sections": [
            {"url": url, "title": title, "current": ("page" if url == path else "true") if url == current else ""}
            for url, title in links
        ]
    }


@register.simple_tag
def mailbox() -> SafeString:
    """The programme's e-mail as a link; from the settings, so that the page of failures has it too."""
    return format_html('<a href="mailto:{0}">{0}</a>', settings.PROGRAMME_MAILBOX)


@register.simple_tag
def phone() -> SafeString:
    """The number to call as a link, in one line."""
    number = settings.MANAGER["phone"].replace(" ", "\u00a0")
    return format_html('<a href="tel:{}">{}</a>', settings.MANAGER["phone_link"], number)


# --- Sums and codes ---------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/sum.html")
def sum_of(kopecks: int, label: str, size: str = "", about: bool = False, note: str = "") -> dict[str, Any]:
    """A label, a sum and a note: `{% sum_of available "Доступно к выводу" %}`.

    `size` is empty for the page's hero, "mid" for the one beside it, "small" in a row of several; `about` puts "≈"
    before a sum that is not final.
    """
    return {"kopecks": kopecks, "label": label, "size": size, "about": about, "note": note}


@register.inclusion_tag("components/copyable.html")
def copyable(value: str, label: str, key: str, strong: str = "", qr: str = "", utm: str = "") -> dict[str, Any]:
    """A link or a code to give away, with «Копировать»: `{% copyable link "Ссылка …" "link" strong=code %}`.

    `key` is the element's id; `strong` the end of the value that is set bold; `qr` is the partner's code whose link is
    offered as a picture, `utm` the address of a page.
    """
    strong = strong if value.endswith(strong) else ""
    return {
        "start": value.removesuffix(strong) if strong else "",
        "strong": strong or value,
        "label": label,
        "key": key,
        "qr": qr,
        "utm": utm,
    }


# --- Forms ------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/field.html")
def field(field: BoundField, big: bool = False, mark: bool = True) -> dict[str, Any]:
    """One field of a form, whatever its control: label, control, error, hint, linked to each other.

    A RadioSelect becomes cards; a choice's label may go on after a line break with a sentence of its own
    ("На счет юрлица\\nНачисляем 15 %"). `big` makes them the two big cards of the tariff. `mark=False` leaves the "*"
    out, where every field is required.
    """
    widget = field.field.widget
    kind = "one"
    if isinstance(widget, forms.CheckboxSelectMultiple):  # to Django a kind of RadioSelect
        kind = "boxes"
    elif isinstance(widget, forms.RadioSelect):
        kind = "cards"
    elif isinstance(widget, forms.CheckboxInput):
        kind = "box"
    elif _input_type(field) == "search":
        kind = "search"
    return {
        "field": field,
        "kind": kind,
        "big": big,
        "required": mark and field.field.required,
        "options": _options(field, kind),
    }


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: forms.BaseForm) -> dict[str, Any]:
    """What has to be put right, on top of a form and focused: links to the fields. Nothing when nothing is wrong."""
    problems = [
        {"label": bound.label, "target": _first_control(bound), "text": " ".join(map(str, bound.errors))}
        for bound in form
        if bound.errors and not bound.is_hidden
    ]
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    return {"whole": [*form.non_field_errors(), *hidden] if form.is_bound else [], "problems": problems}


@register.inclusion_tag("components/filters.html", takes_context=True)
def filters(context: Context, form: forms.BaseForm, target: str = "list") -> dict[str, Any]:
    """A GET form above a list. With htmx every change brings the list anew, without it «Показать» does.

    The page wraps everything that changes (count, table, pager, downloads) in `<div id="list">`.
    """
    request = context["request"]
    names = [bound.name for bound in form.visible_fields()]
    return {
        "form": form,
        "target": target,
        "path": request.path,
        "has_search": any(_input_type(bound) == "search" for bound in form),
        "applied": any(request.GET.get(form.add_prefix(name), "").strip() for name in names),
    }


# --- Lists ------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(
    context: Context, title: str, key: str, default: str = "", number: bool = False, target: str = "list"
) -> dict[str, Any]:
    """A head of a column that sorts: `{% sort_header "Вознаграждение" "reward" default="-registered" number=True %}`.

    The order is `?sort=key`, upwards, or `?sort=-key`, downwards; `default` is the list's order without it. Numbers go
    downwards first.
    """
    asked = context["request"].GET.get("sort", "")
    order = asked or default
    is_current = order.removeprefix("-") == key
    downwards = order.startswith("-")
    following = (key if downwards else f"-{key}") if is_current else (f"-{key}" if number else key)
    return {
        "title": title,
        "key": key,
        "query": _query(context["request"].GET, sort=following),
        "order": ("descending" if downwards else "ascending") if is_current else "",
        "number": number,
        "target": target,
        "asked": asked if is_current else "",
    }


@register.inclusion_tag("components/pager.html")
def pager(first: str = "", previous: str = "", next: str = "", last: str = "", target: str = "list") -> dict[str, str]:
    """Links to other pages of a list, each a query string such as "?after=…"; what is empty is left out."""
    return {"first": first, "previous": previous, "next": next, "last": last, "target": target}


@register.inclusion_tag("components/downloads.html", takes_context=True)
def downloads(context: Context, xlsx: str = "", csv: str = "", pdf: str = "") -> dict[str, Any]:
    """«Скачать»: the list as it is filtered and sorted now, all its pages. Takes addresses without a query."""
    query = _query(context["request"].GET)
    files = [("XLSX — для Excel", xlsx), ("CSV — для других программ", csv), ("PDF — для печати", pdf)]
    return {"files": [{"title": title, "url": url + query.removesuffix("?")} for title, url in files if url]}


# --- Charts -----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/month_chart.html")
def month_chart(sums: Sequence[charts.MonthSum], title: str, key: str = "months") -> dict[str, Any]:
    """Rewards by month as bars, with the same numbers as a table behind.

    `sums` are (first day of the month, kopecks, is it open), oldest first; `key` keeps ids apart on one page.
    """
    return {"chart": charts.month_bars(sums), "title": title, "key": key}


@register.inclusion_tag("components/funnel.html")
def funnel(clicks: int, unique: int, bots: int, registered: int, paid: int) -> dict[str, Any]:
    """From a click to a payment, with the share of each step in words."""
    return {"steps": charts.funnel(clicks, unique, bots, registered, paid)}


@register.simple_tag
def click_kinds(clicks: int, unique: int, bots: int) -> str:
    """What clicks are made of: '198 уникальных, 12 ботов'."""
    return charts.click_kinds(clicks, unique, bots)


@register.inclusion_tag("components/progress.html")
def progress(value: int, goal: int, label: str) -> dict[str, Any]:
    """Kopecks towards a threshold: `{% progress 400050 500000 "Списано в счёт порога" %}`."""
    return {"value": value, "goal": goal, "label": label, "filled": charts.filled(value, goal), "done": value >= goal}


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _query(query: QueryDict, **changes: str) -> str:
    """The page's own query with changes and from the beginning of the list: '?q=цветы&sort=name'."""
    kept = query.copy()
    for name in PLACE:
        kept.pop(name, None)
    for name, value in changes.items():
        kept[name] = value
    return f"?{kept.urlencode()}"


def _options(field: BoundField, kind: str) -> Iterable[dict[str, Any]]:
    if kind not in ("cards", "boxes"):
        return []
    options = []
    for option in field:
        title, _, text = str(option.choice_label).partition("\n")
        options.append({"tag": option.tag(), "id": option.id_for_label, "title": title, "text": text})
    return options


def _input_type(field: BoundField) -> str:
    return getattr(field.field.widget, "input_type", "")


def _first_control(field: BoundField) -> str:
    """Where a link to a field leads: of several boxes or cards to the first."""
    return f"{field.auto_id}_0" if field.use_fieldset else field.id_for_label
