"""«Договор» in the cabinet: how it stands, the next step, the paper, the signed copy in and out."""

import datetime as dt
import io
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from partners import registration
from partners.models import Partner, Requisites, Terms, TermsAssignment
from payouts import contracts, tariff_change
from payouts.models import Contract, SignedCopy
from referrals.tests.pages import browsing, opened, text_of
from tests.factories import PartnerFactory, StaffFactory, UserFactory, charged, deliver, moscow, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOVEMBER_20 = moscow("2025-11-20 12:00")
NOVEMBER_5 = dt.date(2025, 11, 5)
PATH = "/cabinet/payouts/contract/"
PAPER = f"{PATH}contract.pdf"
UPLOAD = f"{PATH}upload/"
PDF = b"%PDF-1.7\nsigned\n%%EOF\n"
DOWNLOAD = '<a class="button button--main" href="/cabinet/payouts/contract/contract.pdf" download>Скачать договор</a>'
SEND = '<button class="button button--main" type="submit">Загрузить экземпляр</button>'


@pytest.fixture
def anna() -> Partner:
    """Legal; one of her clients has paid, the other has registered."""
    anna = PartnerFactory(user=UserFactory(email="anna@example.ru"), code="62b0")
    deliver(
        registered("c-1", "2025-09-15 12:00", ref="62b0"),
        registered("c-2", "2025-09-30 12:00", ref="62b0"),
        charged("ch-1", "c-1", "12500.00", "2025-10-10 09:30"),
    )
    return anna


@pytest.fixture
def offered(anna: Partner) -> Contract:
    """Both have paid, her requisites are known, the contract waits for her signature."""
    deliver(charged("ch-2", "c-2", "100.00", "2025-11-03 09:30"))
    give_requisites(anna)
    contracts.offer_due(now=NOVEMBER_20)
    return Contract.objects.select_related("partner__user").get()


@pytest.fixture
def uploaded(offered: Contract) -> Contract:
    contracts.upload(offered, content=PDF, by=offered.partner.user, now=NOVEMBER_20)
    return offered


@pytest.fixture
def signed(uploaded: Contract) -> Contract:
    contracts.accept(uploaded, number="118", signed_on=NOVEMBER_5, by=StaffFactory(), now=NOVEMBER_20)
    return uploaded


def give_requisites(partner: Partner) -> None:
    Requisites.objects.create(
        partner=partner,
        name="ООО «Реклама»",
        inn="7707083893",
        kpp="770701001",
        ogrn="1027700132195",
        address="Москва",
        bank_name="ПАО Сбербанк",
        bik="044525225",
        account="40702810938000000001",
        corr_account="30101810400000000225",
        vat=Requisites.Vat.VAT_20,
        entered_at=NOVEMBER_20,
        entered_by=partner.user,
    )


def block(partner: Partner) -> None:
    registration.block(partner, reason="Спам", by=StaffFactory(), now=NOVEMBER_20)


def page(partner: Partner) -> str:
    return opened(partner, PATH, now=NOVEMBER_20)


def source(partner: Partner) -> str:
    """The page as HTML on one line."""
    with browsing(partner, NOVEMBER_20) as browser:
        return " ".join(browser.get(PATH).content.decode().split())


def send(partner: Partner, content: bytes | None, *, name: str = "scan.pdf") -> Any:
    """What the partner reads after it has sent a file, wherever that leads."""
    with browsing(partner, NOVEMBER_20) as browser:
        given = {} if content is None else {"copy": SimpleUploadedFile(name, content)}
        return browser.post(UPLOAD, given, follow=True)


# --- Its states -------------------------------------------------------------------------------------------------------


def test_before_it_is_due_the_page_says_when_it_will_be_offered(anna: Partner) -> None:
    text = page(anna)
    assert "Подписывать рано Предложим договор, когда сервис оплатят 2 клиента. Сейчас оплатил 1." in text
    assert "Пришлём письмо на anna@example.ru" in text
    assert '<a class="button button--main" href="/cabinet/#share">Пригласить клиентов</a>' in source(anna)


def test_newcomer_reads_that_nobody_has_paid_yet() -> None:
    assert "когда сервис оплатят 2 клиента. Сейчас не оплатил никто." in page(PartnerFactory())


def test_whoever_opens_the_page_when_it_is_due_is_offered_it_at_once(anna: Partner) -> None:
    deliver(charged("ch-2", "c-2", "100.00", "2025-11-03 09:30"))
    assert "Ждёт вашей подписи" in page(anna)
    assert Contract.objects.get().offered_at == NOVEMBER_20


def test_offered_contract_is_to_be_downloaded_first(offered: Contract) -> None:
    html = source(offered.partner)
    assert DOWNLOAD in html
    assert html.count("button--main") == 1
    assert "PDF, уже заполнен: ООО «Реклама», ИНН 7707083893" in page(offered.partner)


def test_after_the_download_the_next_step_is_to_upload(offered: Contract) -> None:
    with browsing(offered.partner, NOVEMBER_20) as browser:
        browser.get(PAPER)
        html = " ".join(browser.get(PATH).content.decode().split())
    assert SEND in html
    assert "Скачать ещё раз" in html
    assert html.count("button--main") == 1


def test_whoever_gave_no_requisites_is_asked_for_them_first(anna: Partner) -> None:
    deliver(charged("ch-2", "c-2", "100.00", "2025-11-03 09:30"))
    html = source(anna)
    assert '<a class="button button--main" href="/cabinet/profile/requisites/">Указать реквизиты</a>' in html
    assert html.count("button--main") == 1
    assert 'type="file"' not in html


def test_uploaded_copy_is_being_looked_at(uploaded: Contract) -> None:
    text = page(uploaded.partner)
    assert "Проверяем Вы загрузили подписанный экземпляр 20 ноября 2025, 12:00." in text
    assert "Ответим письмом на anna@example.ru. Ничего делать не нужно." in text
    assert "Загрузили не тот файл?" in text
    assert "button--main" not in source(uploaded.partner)


def test_copy_that_came_by_post_is_said_to_be_uploaded_by_staff(offered: Contract) -> None:
    contracts.upload(offered, content=PDF, by=StaffFactory(), now=NOVEMBER_20)
    assert "Сотрудник загрузил подписанный экземпляр 20 ноября 2025, 12:00." in page(offered.partner)


def test_declined_copy_tells_why_and_another_is_the_next_step(uploaded: Contract) -> None:
    contracts.decline(uploaded, by=StaffFactory(), reason="Нет подписи на второй странице", now=NOVEMBER_20)
    text = page(uploaded.partner)
    assert (
        "Нужен другой экземпляр Загруженный не принят 20 ноября 2025. Исправьте то, что помешало, и загрузите ещё раз."
        " Причина: Нет подписи на второй странице"
    ) in text
    html = source(uploaded.partner)
    assert SEND in html
    assert html.count("button--main") == 1


def test_signed_contract_shows_number_date_and_the_copy(signed: Contract) -> None:
    text = page(signed.partner)
    assert "Подписан 5 ноября 2025 № 118 Больше для вывода он не понадобится." in text
    copy = SignedCopy.objects.get().pk
    html = source(signed.partner)
    assert f'<a class="button" href="/cabinet/payouts/contract/copies/{copy}/" download>Скачать экземпляр</a>' in html
    assert 'type="file"' not in html


def test_contract_from_before_this_portal_has_no_copy_to_download(anna: Partner) -> None:
    contracts.record_signed(anna, number="17/2023", signed_on=dt.date(2023, 2, 1))
    text = page(anna)
    assert "Подписан 1 февраля 2023 № 17/2023" in text
    assert "за копией напишите на welcome@skorozvon.ru" in text
    assert "Что было" not in text


def test_history_says_who_did_what_and_when_the_newest_first(uploaded: Contract) -> None:
    contracts.decline(uploaded, by=StaffFactory(), reason="Нет подписи", now=moscow("2025-11-20 13:10"))
    contracts.upload(uploaded, content=PDF, by=uploaded.partner.user, now=moscow("2025-11-20 13:20"))
    staff = StaffFactory()
    contracts.accept(uploaded, number="118", signed_on=NOVEMBER_5, by=staff, now=moscow("2025-11-20 13:30"))
    assert (
        "Что было Договор подписан 20 ноября 2025, 13:30, сотрудник"
        " Загружен подписанный экземпляр 20 ноября 2025, 13:20, вы"
        " Экземпляр не принят 20 ноября 2025, 13:10, сотрудник. Нет подписи"
        " Загружен подписанный экземпляр 20 ноября 2025, 12:00, вы"
        " Договор готов 20 ноября 2025, 12:00, портал"
    ) in opened(uploaded.partner, PATH, now=moscow("2025-11-21 12:00"))


def test_under_terms_that_need_no_contract_there_is_nothing_to_sign(anna: Partner) -> None:
    free = Terms.objects.create(
        name="free", tariff="legal", percent_bp=1500, contract_needed=False, starts_on=dt.date(2025, 11, 1)
    )
    TermsAssignment.objects.create(partner=anna, terms=free, starts_at=moscow("2025-11-01 00:00"), reason="new_version")
    text = page(anna)
    assert "Не нужен По вашим условиям вознаграждение выводится без договора." in text
    assert "Как это будет" not in text


def test_individual_is_led_away_with_a_word(anna: Partner) -> None:
    tariff_change.change(anna, "individual", by=StaffFactory(), reason="Просьба", now=NOVEMBER_20)
    with browsing(Partner.objects.get(), NOVEMBER_20) as browser:
        for path in (PATH, PAPER):
            answer = browser.get(path, follow=True)
            assert answer.redirect_chain == [("/cabinet/payouts/", 302)]
            assert "Договор не нужен: физлицам вознаграждение приходит на карту без него." in text_of(answer)
        assert browser.post(UPLOAD)["Location"] == "/cabinet/payouts/"


# --- A blocked partner ------------------------------------------------------------------------------------------------


def test_blocked_partner_reads_and_uploads_nothing(offered: Contract) -> None:
    block(offered.partner)
    blocked = Partner.objects.select_related("user").get()
    text = page(blocked)
    assert "Участие приостановлено, поэтому загрузить договор нельзя." in text
    assert "button--main" not in source(blocked)
    assert 'type="file"' not in source(blocked)
    assert "Участие приостановлено, поэтому ничего не изменено." in text_of(send(blocked, PDF))
    assert SignedCopy.objects.count() == 0


def test_blocked_partner_is_not_offered_one_by_looking(anna: Partner) -> None:
    deliver(charged("ch-2", "c-2", "100.00", "2025-11-03 09:30"))
    block(anna)
    assert "Подписывать рано Вернёмся к нему, когда участие возобновится." in page(Partner.objects.get())
    assert Contract.objects.count() == 0


def test_blocked_partner_keeps_its_signed_copy(signed: Contract) -> None:
    block(signed.partner)
    blocked = Partner.objects.select_related("user").get()
    assert "Подписан 5 ноября 2025 № 118" in page(blocked)
    with browsing(blocked, NOVEMBER_20) as browser:
        assert browser.get(f"{PATH}copies/{SignedCopy.objects.get().pk}/").content == PDF


# --- The paper --------------------------------------------------------------------------------------------------------


def test_paper_is_filled_with_both_sides_and_the_terms_in_force(offered: Contract, settings: Any) -> None:
    settings.PROGRAMME_COMPANY = settings.PROGRAMME_COMPANY | {"inn": "7736050003", "kpp": ""}
    with browsing(offered.partner, NOVEMBER_20) as browser:
        answer = browser.get(PAPER)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"].startswith(
        "attachment; filename*=utf-8''%D0%94%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80"
    )
    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "Партнёр ООО «Реклама» ИНН 7707083893, КПП 770701001" in text
    assert "Скорозвон ООО «Скорозвон» ИНН 7736050003, КПП ________" in text
    assert "Вознаграждение — 15 % от суммы" in text
    assert "По реквизитам Партнёра сейчас: НДС 20 %." in text


def test_paper_without_requisites_asks_for_them(anna: Partner) -> None:
    deliver(charged("ch-2", "c-2", "100.00", "2025-11-03 09:30"))
    with browsing(anna, NOVEMBER_20) as browser:
        answer = browser.get(PAPER, follow=True)
    assert answer.redirect_chain == [("/cabinet/profile/requisites/", 302)]
    assert "Укажите реквизиты: ими мы заполним договор." in text_of(answer)


def test_there_is_no_paper_before_the_offer_and_none_after_the_signature(anna: Partner) -> None:
    give_requisites(anna)
    with browsing(anna, NOVEMBER_20) as browser:
        assert browser.get(PAPER)["Location"] == PATH
        contracts.record_signed(anna, number="118", signed_on=NOVEMBER_5)
        assert browser.get(PAPER)["Location"] == PATH


# --- The signed copy, in ----------------------------------------------------------------------------------------------


def test_uploaded_file_is_kept_and_the_page_says_what_follows(offered: Contract) -> None:
    answer = send(offered.partner, PDF, name="что угодно.exe")  # a name says nothing
    assert answer.redirect_chain == [(PATH, 302)]
    assert "Экземпляр загружен. Проверим его и ответим письмом." in text_of(answer)
    assert (bytes(SignedCopy.objects.get().content), Contract.objects.get().state) == (PDF, "uploaded")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "Выберите файл с подписанным договором."),
        (b"", "Файл пустой."),
        (b"MZ\x90\x00", "Это не PDF, JPEG или PNG."),
        (b"%PDF-1.7", "Файл повреждён или загрузился не до конца."),
        (b"%PDF-1.7" + b" " * (10 * 1024 * 1024) + b"%%EOF", "Файл больше 10 МБ."),
    ],
)
def test_file_that_is_no_contract_is_refused_at_its_field(offered: Contract, content: bytes | None, said: str) -> None:
    answer = send(offered.partner, content)
    assert said in text_of(answer)
    assert 'id="id_copy_error"' in answer.content.decode()
    assert SignedCopy.objects.count() == 0


def test_signed_contract_takes_no_other_copy(signed: Contract) -> None:
    assert "Договор уже подписан: № 118 от 5 ноября 2025." in text_of(send(signed.partner, PDF))
    assert SignedCopy.objects.count() == 1


def test_nothing_can_be_uploaded_before_the_offer(anna: Partner) -> None:
    assert "Подписывать рано" in text_of(send(anna, PDF))
    assert SignedCopy.objects.count() == 0


def test_whose_session_ended_while_uploading_is_brought_back_to_the_page(offered: Contract) -> None:
    with browsing(offered.partner, NOVEMBER_20) as browser:
        assert browser.get(UPLOAD)["Location"] == PATH


# --- The signed copy, out ---------------------------------------------------------------------------------------------


def test_copy_is_handed_out_as_an_attachment_of_the_type_that_was_found(offered: Contract) -> None:
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    copy = SignedCopy.objects.create(
        contract=offered,
        content=png,
        content_type="image/png",
        uploaded_at=NOVEMBER_20,
        uploaded_by=offered.partner.user,
    )
    with browsing(offered.partner, NOVEMBER_20) as browser:
        answer = browser.get(f"{PATH}copies/{copy.pk}/")
    assert (answer.content, answer["Content-Type"]) == (png, "image/png")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Disposition"].endswith(".png")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_strangers_get_no_copy_and_the_signed_out_sign_in_first(uploaded: Contract) -> None:
    path = f"{PATH}copies/{SignedCopy.objects.get().pk}/"
    with browsing(PartnerFactory(), NOVEMBER_20) as browser:
        assert browser.get(path).status_code == 404
    asked = Browser().get(path)
    assert (asked.status_code, asked["Location"]) == (302, f"/users/sign_in?next={path}")


def test_who_became_an_individual_keeps_what_it_signed(signed: Contract) -> None:
    tariff_change.change(signed.partner, "individual", by=StaffFactory(), reason="Просьба", now=NOVEMBER_20)
    with browsing(Partner.objects.select_related("user").get(), NOVEMBER_20) as browser:
        assert browser.get(f"{PATH}copies/{SignedCopy.objects.get().pk}/").content == PDF


# --- What it costs ----------------------------------------------------------------------------------------------------


def test_page_costs_the_same_with_one_copy_and_with_many(uploaded: Contract) -> None:
    costs = []
    for copies in (0, 15):
        for number in range(copies):
            content = b"%%PDF-1.7\n%d\n%%%%EOF" % number
            contracts.upload(uploaded, content=content, by=uploaded.partner.user, now=NOVEMBER_20)
        with browsing(uploaded.partner, NOVEMBER_20) as browser, CaptureQueriesContext(connection) as queries:
            browser.get(PATH)
        costs.append(len(queries))
        assert "signedcopy" in str(queries.captured_queries)
        assert '"content"' not in str(queries.captured_queries)  # megabytes that the page doesn't show
    assert costs[0] == costs[1] <= 10
