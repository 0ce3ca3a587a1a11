"""The contract on paper: what is printed is read back from the PDF."""

import io
from dataclasses import replace
from typing import Any

import pypdf
import pytest

from partners.models import Terms
from payouts import contract_paper
from referrals.monthly_report import Side
from tests.factories import NOW

ROMASHKA = Side(
    name="ООО «Ромашка»",
    inn="7707083893",
    kpp="773601001",
    ogrn="1027700132195",
    address="119021, Москва, ул. Льва Толстого, 16",
    bank_name="ПАО Сбербанк",
    bik="044525225",
    account="40702810000000000007",
    corr_account="30101810400000000225",
)
IVANOV = Side(name="ИП Иванов Иван Иванович", inn="500100732259", ogrn="304500116000157", address="Москва")
SKOROZVON = Side(
    name="ООО «Скорозвон»",
    inn="7736050003",
    kpp="773601002",
    ogrn="1027700070518",
    address="Москва",
    bank_name="АО Банк",
    bik="044525974",
    account="40702810000000000008",
    corr_account="30101810145250000974",
)


def terms(**changed: Any) -> Terms:
    """Those of 2026, unless said otherwise."""
    numbers = {
        "tariff": "legal",
        "percent_bp": 1500,
        "window_months": 24,
        "minimum_withdrawal_kopecks": 2_000_00,
        "clients_needed": 2,
        "contract_needed": True,
    }
    return Terms(**(numbers | changed))


def paper(**changed: Any) -> bytes:
    facts = {"partner": ROMASHKA, "skorozvon": SKOROZVON, "vat": "НДС не облагается", "terms": terms(), "made_at": NOW}
    return contract_paper.pdf(**(facts | changed))


def pages_of(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def text(**changed: Any) -> str:
    return " ".join(pages_of(paper(**changed)))


def test_contract_begins_with_its_sides_and_leaves_number_and_date_to_be_filled_in() -> None:
    assert text().startswith(
        "Договор о сотрудничестве по партнёрской программе № ________________ «____» ________________ 20____ г."
        " ООО «Скорозвон», в лице ________________________, действующего на основании ________________"
        " (далее — Скорозвон), и ООО «Ромашка», в лице ________________________, действующего на основании"
        " ________________ (далее — Партнёр), заключили договор о следующем. 1. Предмет договора"
    )


def test_entrepreneur_signs_for_itself() -> None:
    assert (
        "ООО «Скорозвон», в лице ________________________, действующего на основании ________________"
        " (далее — Скорозвон), и ИП Иванов Иван Иванович, ОГРНИП 304500116000157 (далее — Партнёр), заключили договор"
    ) in text(partner=IVANOV)


def test_reward_is_told_by_the_partners_terms() -> None:
    printed = text()
    assert "2.1. Вознаграждение — 15 % от суммы учтённых списаний клиента." in printed
    assert "Учитываются списания за абонентскую плату из денег, которые клиент внёс" in printed
    assert "2.2. Списания учитываются в течение 24 месяцев с регистрации клиента в сервисе." in printed
    assert "Выше приведены условия для юрлиц, которые действуют для Партнёра." in printed
    assert "когда начислено вознаграждение за 2 клиентов и подписан договор." in printed
    assert "Сумма вывода — от 2 000 ₽ до остатка на балансе." in printed


def test_other_terms_change_every_number_of_the_contract() -> None:
    printed = text(
        terms=terms(
            percent_bp=1250,
            window_months=1,
            minimum_withdrawal_kopecks=500_50,
            clients_needed=1,
            counts_telephony=True,
            starts_on=NOW.date().replace(day=1),
        )
    )
    assert "Вознаграждение — 12,5 % от суммы" in printed
    assert "Учитываются списания за абонентскую плату и телефонию из денег" in printed
    assert "в течение 1 месяца с регистрации" in printed
    assert "условия для юрлиц от 1 декабря 2026, которые действуют" in printed
    assert "начислено вознаграждение за 1 клиента и подписан договор. Сумма вывода — от 500,50 ₽ до остатка" in printed
    assert not [number for number in ("15 %", "24", "2 000") if number in printed]


def test_terms_without_a_window_a_minimum_or_clients_to_wait_for_say_so() -> None:
    printed = text(terms=terms(window_months=None, minimum_withdrawal_kopecks=0, clients_needed=0))
    assert "2.2. Время, в течение которого учитываются списания клиента, не ограничено." in printed
    assert "Вывод вознаграждения доступен, когда подписан договор." in printed
    assert "Сумма вывода — любая в пределах остатка на балансе." in printed


@pytest.mark.parametrize("vat", ["НДС не облагается", "НДС 20 %"])
def test_vat_is_included_and_the_partners_mode_is_named(vat: str) -> None:
    printed = text(vat=vat)
    assert f"Вознаграждение включает НДС, если Партнёр его платит. По реквизитам Партнёра сейчас: {vat}." in printed


def test_requisites_and_a_place_for_the_signature_of_both_sides_stand_on_one_page() -> None:
    last = pages_of(paper())[-1]
    assert (
        "Партнёр ООО «Ромашка» ИНН 7707083893, КПП 773601001 ОГРН 1027700132195"
        " Адрес: 119021, Москва, ул. Льва Толстого, 16 Банк: ПАО Сбербанк БИК 044525225"
        " Р/с 40702810000000000007 К/с 30101810400000000225"
        " Скорозвон ООО «Скорозвон» ИНН 7736050003, КПП 773601002 ОГРН 1027700070518 Адрес: Москва"
        " Банк: АО Банк БИК 044525974 Р/с 40702810000000000008 К/с 30101810145250000974"
    ) in last
    assert last.count("подпись фамилия и инициалы М. П. «____» ________________ 20____ г.") == 2


def test_what_is_not_known_of_skorozvon_is_left_to_be_filled_in_and_of_the_partner_left_out() -> None:
    printed = text(skorozvon=Side(name="ООО «Скорозвон»"), partner=IVANOV)
    assert (
        "Скорозвон ООО «Скорозвон» ИНН ________, КПП ________ ОГРН ________ Адрес: ________ Банк: ________"
        " БИК ________ Р/с ________ К/с ________"
    ) in printed
    assert "Партнёр ИП Иванов Иван Иванович ИНН 500100732259 ОГРНИП 304500116000157 Адрес: Москва Скорозвон" in printed


def test_contract_takes_two_pages() -> None:
    assert len(pages_of(paper())) == 2


def test_longest_requisites_stay_above_the_end_of_one_page_with_the_signatures() -> None:
    longest = replace(ROMASHKA, name="Общество " * 17, address="дом " * 74, bank_name="Банк " * 31)
    content = paper(partner=longest, skorozvon=longest)
    pages = pages_of(content)
    assert len(pages) <= 3
    assert pages[-1].count("М. П.") == pages[-1].count("К/с") == 2
    lowest: list[float] = []
    pypdf.PdfReader(io.BytesIO(content)).pages[-1].extract_text(
        visitor_text=lambda text, cm, tm, *_: lowest.append(tm[5]) if text.strip() else None
    )
    footer, *others = sorted(set(lowest))
    assert footer > 20  # points from the edge
    assert others[0] > footer + 20


def test_nobody_is_called_an_agent() -> None:
    assert "агент" not in text().lower()


def test_names_that_the_font_has_not_are_boxes_and_end_no_line() -> None:
    assert "ООО □ Ромашка, в лице" in text(partner=Side(name="ООО 🌼\nРомашка"))


def test_same_contract_is_the_same_file() -> None:
    assert paper() == paper()
