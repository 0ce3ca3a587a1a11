"""Finding partners by what staff types."""

import pytest

from partners import finding
from partners.models import Partner
from tests.factories import PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Partner:
    user = UserFactory(email="anna@example.ru", account_id="Acc-17")
    return PartnerFactory(user=user, full_name="ООО «Анна и Ко»", code="62b0", inn="7707083893")


@pytest.mark.parametrize(
    "words", ["anna@ex", " ANNA@example.ru ", "62B0", "Acc-17", "7707083893", "анна", "Ко Анна ООО", '"АННА" и']
)
def test_whatever_names_a_partner_finds_it(words: str, anna: Partner) -> None:
    PartnerFactory(full_name="Борис")
    assert finding.partners_named(words) == [anna.pk]
    assert list(finding.narrowed(Partner.objects.all(), words)) == [anna]


@pytest.mark.parametrize("words", ["acc-17", "770708", "ко", "и", "nobody", "99999999999999999999", "%", "_", "%%%"])
def test_other_words_find_nobody(words: str, anna: Partner) -> None:
    assert finding.partners_named(words) == []


def test_a_number_finds_its_partner(anna: Partner) -> None:
    assert finding.partners_named(str(anna.pk)) == [anna.pk]


def test_what_many_answer_to_is_found_all_the_same(anna: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "FEW", 1)
    vera = PartnerFactory(full_name="Анна Вторая")
    assert finding.partners_named("анна") is None
    assert set(finding.narrowed(Partner.objects.all(), "анна")) == {anna, vera}
    assert set(
        finding.narrowed(anna.codes.model.objects.all(), "анна", path="partner__").values_list("partner", flat=True)
    ) == {
        anna.pk,
        vera.pk,
    }
