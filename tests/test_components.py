"""Components as pages use them: the markup that the eye, the keyboard and the screen reader rely on."""

import gzip
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from pytest_django import Settings

from skorozvon_partners.components_page import LONG_NAME, Registration, components


def rendered(source: str, path: str = "/cabinet/", **context: Any) -> str:
    """The HTML of a piece of template, its white space made single."""
    template = engines["django"].from_string("{% load interface money words %}" + source)
    return re.sub(r"[ \n]+", " ", template.render(context, RequestFactory().get(path))).strip()


@pytest.fixture
def everything() -> str:
    request: HttpRequest = RequestFactory().get("/components/")
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    return components(request).content.decode()


# --- The frame ------------------------------------------------------------------------------------------------------


def test_section_is_current_on_its_own_page_and_on_the_pages_below() -> None:
    assert '<a href="/cabinet/" aria-current="page">Кабинет партнера</a>' in rendered("{% sections %}")
    below = rendered("{% sections %}", "/cabinet/clients/7/")
    assert '<a href="/cabinet/clients/" aria-current="true">Подключенные клиенты</a>' in below
    assert "aria-current" not in rendered("{% sections %}", "/cabinet/profile/")
    assert "aria-current" not in rendered("{% sections %}", "/help/")


def test_addresses_to_write_and_call_come_from_the_settings(settings: Settings) -> None:
    settings.PROGRAMME_MAILBOX = "partners@example.ru"
    settings.MANAGER = {"phone": "8 495 000", "phone_link": "+7495000"}
    assert rendered("{% mailbox %}") == '<a href="mailto:partners@example.ru">partners@example.ru</a>'
    assert rendered("{% phone %}") == '<a href="tel:+7495000">8\u00a0495\u00a0000</a>'
    failed = render_to_string("500.html")
    assert "mailto:partners@example.ru" in failed
    assert "tel:+7495000" in failed


def test_page_of_components_shows_the_worst_and_holds_no_id_twice(everything: str) -> None:
    assert LONG_NAME in everything
    assert "999\u202f999\u202f999\u202f999<small>,99\u202f₽</small>" in everything
    ids = re.findall(r'\sid="([^"]+)"', everything)
    assert sorted(ids) == sorted(set(ids))


def test_what_names_another_element_names_one_that_is_there(everything: str) -> None:
    ids = set(re.findall(r'\sid="([^"]+)"', everything))
    named = re.findall(r'\s(?:for|aria-labelledby|aria-describedby|data-copy|form)="([^"]+)"', everything)
    assert named
    assert {each for names in named for each in names.split()} - ids == set()


def test_scripts_keep_no_page_in_the_browser_and_run_no_text_as_code(everything: str) -> None:
    config = re.search(r"name=\"htmx-config\"\s+content='([^']+)'", everything)
    assert config is not None
    assert '"allowEval":false' in config[1]
    assert '"includeIndicatorStyles":false' in config[1]
    assert '"selfRequestsOnly":true' in config[1]
    assert '"historyCacheSize":0' in config[1]


def test_all_styles_and_scripts_are_under_60_kilobytes_compressed() -> None:
    files = [path for path in (settings.BASE_DIR / "static").rglob("*") if path.suffix in (".css", ".js")]
    assert len(files) >= 8
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 60_000


# --- Sums and codes -------------------------------------------------------------------------------------------------


def test_sum_that_is_not_final_is_marked() -> None:
    final = rendered('{% sum_of 2163000 "Поступит 1 декабря" %}')
    assert '<p class="sum"><span class="money">21\u202f630<small>,00\u202f₽</small></span>' in final
    assert '<p class="sum sum--mid">≈' in rendered('{% sum_of 1 "Поступит" size="mid" about=True %}')


def test_sum_in_a_sentence_is_followed_by_its_comma() -> None:
    html = '<span class="money">\u22121\u202f234<small>,50\u202f₽</small></span>, и это всё'
    assert rendered("{% money -123450 %}, и это всё") == html


def test_code_to_copy_is_whole_and_its_tail_is_bold() -> None:
    html = rendered('{% copyable "https://skorozvon.ru/p/62b0" "Ссылка" "link" strong="62b0" %}')
    assert '<p class="copy__value" id="link"><span>https://skorozvon.ru/p/</span><b>62b0</b></p>' in html
    assert "QR" not in html
    assert "UTM" not in html
    assert '<p class="copy__value" id="code"><b>62b0</b></p>' in rendered('{% copyable "62b0" "Код" "code" %}')


def test_link_to_copy_is_offered_as_qr_for_screen_and_paper() -> None:
    html = rendered('{% copyable "https://skorozvon.ru/p/62b0" "Ссылка" "link" qr="62b0" %}')
    assert '<a href="/cabinet/qr/62b0.png?download" download>PNG, для экрана</a>' in html
    assert '<a href="/cabinet/qr/62b0.svg?download" download>SVG, для печати</a>' in html


# --- Forms ----------------------------------------------------------------------------------------------------------


def test_error_and_hint_are_linked_to_their_field() -> None:
    form = Registration({"phone": "900"})
    html = rendered("{% field form.phone %}", form=form)
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'value="900"' in html
    assert html.index("<label") < html.index("<input") < html.index('id="id_phone_error"')


def test_required_field_carries_a_mark_and_another_none() -> None:
    form = Registration()
    assert 'Номер телефона<span class="required" aria-hidden="true">*</span>' in rendered("{% field f.phone %}", f=form)
    assert "*" not in rendered("{% field f.comment %}", f=form)
    assert "*" not in rendered("{% field f.phone mark=False %}", f=form)


def test_choice_of_a_tariff_is_two_cards_with_a_title_and_its_terms() -> None:
    html = rendered("{% field form.tariff big=True %}", form=Registration(initial={"tariff": "legal"}))
    assert html.count('<label class="card">') == 2
    assert '<div class="cards cards--big">' in html
    assert '<b>На счет юрлица</b><span class="note">Процент от оплат.' in html
    assert html.count("checked") == 1
    assert "<legend>Вид выплат" in html


def test_several_boxes_are_a_group_of_checkboxes() -> None:
    html = rendered("{% field form.channels %}", form=Registration())
    assert html.count('type="checkbox"') == 6
    assert "card" not in html


def test_summary_links_to_each_field_that_is_wrong_and_takes_the_focus() -> None:
    html = rendered("{% error_summary form %}", form=Registration({"full_name": "Анна", "phone": "900"}))
    assert "Проверьте 3 поля." in html
    assert '<a href="#id_phone">Номер телефона</a>: В номере 9 цифр' in html
    assert '<a href="#id_tariff_0">Вид выплат</a>' in html
    assert 'role="alert" tabindex="-1" autofocus' in html


def test_form_that_was_not_sent_has_no_summary() -> None:
    assert rendered("{% error_summary form %}", form=Registration()) == ""


def test_error_of_the_whole_form_stands_in_the_summary() -> None:
    class Refusing(forms.Form):
        def clean(self) -> None:
            raise forms.ValidationError("Сначала <подпишите> договор.")

    assert "<p>Сначала &lt;подпишите&gt; договор.</p>" in rendered("{% error_summary form %}", form=Refusing({}))


# --- Lists ----------------------------------------------------------------------------------------------------------


class Search(forms.Form):
    q = forms.CharField(label="Название", required=False, widget=forms.SearchInput)


def test_filters_work_without_scripts_and_follow_every_change_with_them() -> None:
    html = rendered("{% filters form %}", "/cabinet/clients/?q=цветы", form=Search({"q": "цветы"}))
    assert 'method="get" action="/cabinet/clients/"' in html
    assert 'type="submit">Показать</button>' in html
    assert 'hx-target="#list" hx-select="#list"' in html
    assert 'href="/cabinet/clients/">Сбросить</a>' in html


def test_filters_that_are_not_set_have_nothing_to_reset() -> None:
    assert "Сбросить" not in rendered("{% filters form %}", "/cabinet/clients/?q=&sort=name", form=Search({"q": ""}))


def test_head_of_a_column_sorts_and_turns_round_from_the_beginning_of_the_list() -> None:
    def head(path: str, rest: str = "") -> str:
        return rendered(f'{{% sort_header "Клиент" "name" {rest} %}}', path)

    assert 'href="?sort=name"' in head("/")
    assert "aria-sort" not in head("/")
    assert 'href="?q=a&amp;sort=-name"' in head("/?q=a&sort=name&after=9")
    assert 'aria-sort="ascending"' in head("/?sort=name")
    assert 'aria-sort="descending"' in head("/", 'default="-name"')
    assert 'href="?sort=-name"' in head("/", "number=True")


def test_order_goes_along_with_the_filters() -> None:
    html = rendered('{% sort_header "Клиент" "name" %}', "/?sort=-name")
    assert '<input type="hidden" name="sort" value="-name" form="list-filters">' in html


def test_pager_leaves_out_what_does_not_lead_anywhere() -> None:
    html = rendered('{% pager next="?after=9" %}')
    assert 'href="?after=9">Дальше ›</a>' in html
    assert "Назад" not in html
    assert rendered("{% pager %}") == ""


def test_downloads_are_of_the_list_as_it_is_filtered_and_of_all_its_pages() -> None:
    html = rendered('{% downloads xlsx="/clients.xlsx" csv="/clients.csv" %}', "/?q=a&sort=name&after=9")
    assert 'href="/clients.xlsx?q=a&amp;sort=name" download' in html
    assert 'href="/clients.csv?q=a&amp;sort=name" download' in html
    assert "PDF" not in html
    assert 'href="/clients.csv" download' in rendered('{% downloads csv="/clients.csv" %}')


def test_condition_says_in_words_whether_it_is_met() -> None:
    conditions = [
        SimpleNamespace(met=True, text="Договор подписан", hint="", url="/contract"),
        SimpleNamespace(met=False, text="Укажите счёт", hint="или выводите в сервис", url="/profile"),
    ]
    html = rendered('{% include "components/checklist.html" %}', conditions=conditions)
    assert "Выполнено:</span> Договор подписан" in html
    assert 'Осталось:</span> <a href="/profile">Укажите счёт</a>' in html


# --- Charts ---------------------------------------------------------------------------------------------------------


def test_chart_has_a_name_its_numbers_in_words_and_a_table_behind(everything: str) -> None:
    chart = everything[everything.index('<svg height="208"') : everything.index("</figure>")]
    assert 'role="img" aria-labelledby="year-title" aria-describedby="year-words"' in " ".join(chart.split())
    assert '<title id="year-title">Вознаграждение за 12 месяцев</title>' in chart
    assert "октябрь 2026: 44\u202f900,00\u202f₽" in chart
    assert chart.count('<th scope="row">') == 12
    assert "style=" not in chart


def test_open_month_is_hatched_and_others_are_not(everything: str) -> None:
    chart = everything[everything.index('id="year-title"') : everything.index("</figure>")]
    assert chart.count('fill="url(#year-hatch)"') == 1
