"""Tokens of the API: made, recognised, revoked, and what stays of them."""

import hashlib
import re

import pytest
from django.db import IntegrityError, transaction

from partners import notices, tokens
from partners.models import ApiToken, Notice, Partner
from partners.reasons import ReasonMissing
from tests.factories import PartnerFactory, StaffFactory, moscow

pytestmark = pytest.mark.django_db

NOW = moscow("2026-11-28 12:00")


@pytest.fixture
def anna() -> Partner:
    return PartnerFactory()


def make(partner: Partner, name: str = "CRM", scope: str = "read") -> tuple[ApiToken, str]:
    return tokens.make(partner, name=name, scope=scope, by=partner.user, now=NOW)


def test_secret_is_256_random_bits_after_a_prefix_and_only_its_digest_is_kept(anna: Partner) -> None:
    token, secret = make(anna)
    assert re.fullmatch(r"skp_[A-Za-z0-9_-]{43}", secret)
    token.refresh_from_db()
    assert token.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert token.shown == f"skp_…{secret[-4:]}"
    assert secret not in str(ApiToken.objects.values().get())
    assert make(anna, "1С")[1] != secret


def test_token_is_found_by_its_secret_alone(anna: Partner) -> None:
    token, secret = make(anna)
    assert tokens.find(secret, now=NOW) == token
    for wrong in ("", "skp_", secret[:-1], secret + "x", secret.lower(), secret[4:], token.digest, "skp_" + "я" * 43):
        assert tokens.find(wrong, now=NOW) is None


def test_last_use_is_noted_once_a_minute(anna: Partner) -> None:
    _, secret = make(anna)
    for at, noted in (("12:00", "12:00"), ("12:00:59", "12:00"), ("12:01", "12:01")):
        tokens.find(secret, now=moscow(f"2026-11-28 {at}"))
        assert ApiToken.objects.get().last_used_at == moscow(f"2026-11-28 {noted}")


def test_revoked_token_opens_nothing_and_tells_who_revoked_it_first(anna: Partner) -> None:
    token, secret = make(anna)
    tokens.revoke(token, by=anna.user, now=NOW)
    tokens.revoke(token, by=StaffFactory(), now=moscow("2026-11-29 12:00"))
    token.refresh_from_db()
    assert (token.revoked_at, token.revoked_by, token.created_by) == (NOW, anna.user, anna.user)
    assert tokens.find(secret, now=NOW) is None


def test_staff_revokes_a_token_and_a_letter_tells_the_partner_why(anna: Partner) -> None:
    token, secret = make(anna)
    staff = StaffFactory()
    tokens.revoke_for(anna, token=token, reason=" Лежит в репозитории ", by=staff, now=NOW)
    token.refresh_from_db()
    assert (token.revoked_at, token.revoked_by) == (NOW, staff)
    assert tokens.find(secret, now=NOW) is None
    assert Notice.objects.get(kind="api_token_revoked").context == {"name": "CRM", "reason": "Лежит в репозитории"}
    assert "api_token_revoked" not in notices.CAN_BE_STOPPED


def test_staff_revokes_once_with_a_reason_and_of_the_partner_it_looks_at(anna: Partner) -> None:
    token, secret = make(anna)
    stranger = PartnerFactory()
    with pytest.raises(ReasonMissing):
        tokens.revoke_for(anna, token=token, reason=" ", by=StaffFactory(), now=NOW)
    with pytest.raises(ApiToken.DoesNotExist):
        tokens.revoke_for(stranger, token=token, reason="Утёк", by=StaffFactory(), now=NOW)
    assert tokens.find(secret, now=NOW) == token
    tokens.revoke(token, by=anna.user, now=NOW)
    with pytest.raises(tokens.RevokedBefore):
        tokens.revoke_for(anna, token=token, reason="Утёк", by=StaffFactory(), now=NOW)
    assert not Notice.objects.filter(kind="api_token_revoked").exists()


def test_person_who_is_shut_out_has_no_token(anna: Partner) -> None:
    _, secret = make(anna)
    anna.user.is_active = False
    anna.user.save()
    assert tokens.find(secret, now=NOW) is None


def test_ten_live_tokens_are_the_most(anna: Partner) -> None:
    made = [make(anna, f"CRM {number}")[0] for number in range(10)]
    with pytest.raises(tokens.TooManyTokens):
        make(anna)
    make(PartnerFactory())
    tokens.revoke(made[0], by=anna.user, now=NOW)
    make(anna)


def test_two_live_tokens_of_one_name_could_not_be_told_apart(anna: Partner) -> None:
    token, _ = make(anna)
    with pytest.raises(tokens.NameTaken):
        make(anna)
    tokens.revoke(token, by=anna.user, now=NOW)
    make(anna)


def test_letter_tells_of_every_new_token_and_can_not_be_stopped(anna: Partner) -> None:
    make(anna, "CRM", "withdraw")
    make(anna, "1С", "read")
    told = Notice.objects.filter(kind="api_token_made").order_by("pk")
    assert [notice.context for notice in told] == [
        {"name": "CRM", "can_withdraw": True},
        {"name": "1С", "can_withdraw": False},
    ]


@pytest.mark.parametrize(
    "change",
    [{"scope": "withdraw"}, {"digest": "0" * 64}, {"name": "другое"}, {"created_at": moscow("2026-11-29 12:00")}],
)
def test_database_lets_a_token_be_used_and_revoked_and_nothing_else(anna: Partner, change: dict[str, object]) -> None:
    token, _ = make(anna)
    rows = ApiToken.objects.filter(pk=token.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()
    rows.update(last_used_at=NOW)
    rows.update(revoked_at=NOW, revoked_by=anna.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(revoked_at=None, revoked_by=None)
