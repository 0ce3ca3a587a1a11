"""Events as they come: what is read, what is rejected by which field, and what counts as the same content."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.feed import FeedEvent, Rejected, check, from_content
from tests.factories import charged, code_applied, confirmed, moscow, refunded, registered

NOW = moscow("2025-10-10 12:00")

REGISTERED = registered(
    "c-1", ref="62b0", promo_code="Promo", email="info@flowers.example", phone="+79000000001", inn="7707083893"
)
CODE = code_applied("c-1", "62b0", "2025-02-10 09:30")
CHARGED = charged("ch-1", "c-1", "100.00", "2025-02-10 09:30")
CONFIRMED = confirmed("ch-1", "2025-02-10 09:30")
REFUNDED = refunded("rf-1", "ch-1", "25.00", "2025-02-10 09:30")
MISSING: Any = ...


def altered(raw: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The event with these fields of it, or of its data, given another value or left out."""
    found = {**raw, "data": dict(raw["data"])}
    for field, value in changes.items():
        part = found if field in raw else found["data"]
        part[field] = value
        if value is MISSING:
            del part[field]
    return found


def read(raw: object) -> FeedEvent:
    return check(raw, now=NOW)


def errors_of(raw: object) -> list[str]:
    with pytest.raises(Rejected) as rejected:
        read(raw)
    assert all(message for messages in rejected.value.errors.values() for message in messages)
    return sorted(rejected.value.errors)


# --- What is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "fact", "data"),
    [
        (
            REGISTERED,
            "client:c-1",
            {
                "client_id": "c-1",
                "name": "ООО c-1",
                "email": "info@flowers.example",
                "phone": "+79000000001",
                "inn": "7707083893",
                "ref": "62b0",
                "promo_code": "promo",
            },
        ),
        (CODE, None, {"client_id": "c-1", "promo_code": "62b0"}),
        (
            CHARGED,
            "charge:ch-1",
            {
                "charge_id": "ch-1",
                "client_id": "c-1",
                "kind": "subscription",
                "amount": 100_00,
                "payment_confirmed": True,
            },
        ),
        (CONFIRMED, "confirmation:ch-1", {"charge_id": "ch-1"}),
        (REFUNDED, "refund:rf-1", {"refund_id": "rf-1", "charge_id": "ch-1", "amount": 25_00}),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) and "type" in value else "",
)
def test_every_type_is_read(raw: dict[str, Any], fact: str | None, data: dict[str, Any]) -> None:
    event = read(raw)
    assert (event.id, event.type, event.fact, event.data) == (raw["id"], raw["type"], fact, data)


@pytest.mark.parametrize("field", ["email", "phone", "inn", "ref", "promo_code"])
def test_what_is_optional_may_be_missing_or_null(field: str) -> None:
    assert read(altered(REGISTERED, **{field: MISSING})).data[field] == ""
    assert read(altered(REGISTERED, **{field: None})).data[field] == ""


@pytest.mark.parametrize(
    ("amount", "kopecks"), [("0.01", 1), ("0.1", 10), ("100", 100_00), ("1000000000.00", 1_000_000_000_00)]
)
def test_amounts_are_kopecks(amount: str, kopecks: int) -> None:
    assert read(altered(CHARGED, amount=amount)).data["amount"] == kopecks


@pytest.mark.parametrize("kind", ["subscription", "telephony", "robot", "other"])
def test_charges_are_of_four_kinds(kind: str) -> None:
    assert read(altered(CHARGED, kind=kind)).data["kind"] == kind


def test_an_event_may_be_a_day_ahead() -> None:
    assert read(altered(CHARGED, occurred_at="2025-10-11T12:00:00+03:00")).occurred_at == moscow("2025-10-11 12:00")


def test_an_id_may_be_of_200_characters() -> None:
    assert read(altered(CHARGED, charge_id="x" * 200)).data["charge_id"] == "x" * 200


def test_an_overlong_code_in_a_link_is_unknown_and_no_error() -> None:
    assert read(altered(REGISTERED, ref="x" * 5_000)).data["ref"] == "x" * 100


# --- What is rejected -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [None, 1, "text", [], [CHARGED], True])
def test_what_is_no_object_is_no_event(raw: object) -> None:
    assert errors_of(raw) == ["event"]


BAD_TEXTS = [MISSING, None, "", "  ", 5, True, ["c-1"], {"a": 1}, "nul\0", "\ud800", "x" * 201]


@pytest.mark.parametrize("value", BAD_TEXTS, ids=repr)
@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (CHARGED, "id"),
        (REGISTERED, "client_id"),
        (CODE, "client_id"),
        (CHARGED, "charge_id"),
        (CHARGED, "client_id"),
        (CONFIRMED, "charge_id"),
        (REFUNDED, "refund_id"),
        (REFUNDED, "charge_id"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else value,
)
def test_a_bad_identifier_is_named(raw: dict[str, Any], field: str, value: object) -> None:
    assert errors_of(altered(raw, **{field: value})) == [field]


@pytest.mark.parametrize("value", [MISSING, None, "", 5, "nul\0", "\ud800", "x" * 501])
def test_a_bad_name_is_named(value: object) -> None:
    assert errors_of(altered(REGISTERED, name=value)) == ["name"]


@pytest.mark.parametrize("field", ["email", "phone", "inn", "ref", "promo_code"])
@pytest.mark.parametrize("value", [5, True, ["62b0"], "nul\0", "\ud800"], ids=repr)
def test_a_bad_optional_field_is_named(field: str, value: object) -> None:
    assert errors_of(altered(REGISTERED, **{field: value})) == [field]


@pytest.mark.parametrize("value", [MISSING, None, "", " ", 5])
def test_an_applied_code_has_to_be_there(value: object) -> None:
    assert errors_of(altered(CODE, promo_code=value)) == ["promo_code"]


@pytest.mark.parametrize("raw", [CHARGED, REFUNDED], ids=["charge", "refund"])
@pytest.mark.parametrize(
    "value",
    [
        *(MISSING, None, "", "-5.00", "0", "0.00", "-0.00", "1.005", "1.", ".5", "1,50", "1 000.00", "+5", "1e3"),
        *("NaN", "Infinity", "0x10", "٣", "５", "5₽", " 5.00", "5.00\n", "1000000000.01", "9" * 5_000),
        *(5, 5.0, True, ["5.00"], {"kopecks": 500}, "5\0", "\ud800"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_bad_amount_is_named(raw: dict[str, Any], value: object) -> None:
    assert errors_of(altered(raw, amount=value)) == ["amount"]


@pytest.mark.parametrize("value", [MISSING, None, "", "gift", "Subscription", 1, ["robot"], {}, "\ud800"], ids=repr)
def test_an_unknown_kind_is_named(value: object) -> None:
    assert errors_of(altered(CHARGED, kind=value)) == ["kind"]


@pytest.mark.parametrize("value", [MISSING, None, "true", 1, 0, "", []], ids=repr)
def test_a_confirmation_that_is_neither_true_nor_false_is_named(value: object) -> None:
    assert errors_of(altered(CHARGED, payment_confirmed=value)) == ["payment_confirmed"]


@pytest.mark.parametrize("value", [MISSING, None, "", "charge.made", "CHARGE.CREATED", 1, ["charge.created"]], ids=repr)
def test_an_unknown_type_is_named(value: object) -> None:
    assert errors_of(altered(CHARGED, type=value)) == ["type"]


@pytest.mark.parametrize("value", [MISSING, None, "", 1, [], [CHARGED["data"]]], ids=str)
def test_data_that_is_no_object_is_named(value: object) -> None:
    assert errors_of(altered(CHARGED, data=value)) == ["data"]


@pytest.mark.parametrize(
    "value",
    [
        *(MISSING, None, "", 1_760_000_000, True, "yesterday", "2025-10-10", "2025-10-10T09:30:00", "2025-10-10T09:30"),
        *("2025-10-10 09:30:00+03:00", "2025-02-29T09:30:00+03:00", "2025-13-01T09:30:00+03:00"),
        *("2025-10-10T24:30:00+03:00", "2025-10-10T09:30:00+25:00", "2025-10-10T09:30:00 MSK", "1999-12-31T23:59:59Z"),
        *("0001-01-01T00:00:00+03:00", "9999-12-31T23:59:59-03:00", "٢٠٢٥-10-10T09:30:00+03:00", "\ud800"),
        "2025-10-11T12:00:01+03:00",  # a day and a second ahead
    ],
    ids=repr,
)
def test_a_bad_moment_is_named(value: object) -> None:
    assert errors_of(altered(CHARGED, occurred_at=value)) == ["occurred_at"]


def test_every_bad_field_is_named_at_once() -> None:
    raw = altered(CHARGED, occurred_at="now", charge_id=7, amount="free", kind="gift")
    assert errors_of(raw) == ["amount", "charge_id", "kind", "occurred_at"]


@given(
    raw=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.sampled_from(["charge.created", "5.00"]),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*CHARGED, *CHARGED["data"], "x"]), inner),
    )
)
def test_whatever_json_comes_is_read_or_rejected(raw: object) -> None:
    with suppress(Rejected):
        assert read(raw).id


# --- The same content -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "changes"),
    [
        (CHARGED, {"occurred_at": "2025-02-10T06:30:00Z"}),
        (CHARGED, {"occurred_at": "2025-02-10T06:30:00.000+00:00"}),
        (CHARGED, {"occurred_at": "2025-02-10T16:30+10:00"}),
        (CHARGED, {"amount": "100"}),
        (CHARGED, {"amount": "100.0"}),
        (CHARGED, {"charge_id": " ch-1 "}),
        (CHARGED, {"unknown": {"added": "later"}}),
        (CODE, {"promo_code": " 62B0 "}),
        (REGISTERED, {"promo_code": "PROMO"}),
        (altered(REGISTERED, ref=None), {"ref": MISSING}),
        (altered(REGISTERED, email=None), {"email": MISSING}),
    ],
    ids=str,
)
def test_the_same_content_written_differently_has_the_same_digest(raw: dict[str, Any], changes: dict[str, Any]) -> None:
    other = {**raw, "data": dict(raw["data"])}
    for field, value in changes.items():
        part = other if field in raw else other["data"]
        part.pop(field, None) if value is MISSING else part.update({field: value})
    assert read(other) == read(raw)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("occurred_at", "2025-02-10T09:30:01+03:00"),
        ("occurred_at", "2025-02-10T09:30:00.000001+03:00"),
        ("amount", "100.01"),
        ("kind", "telephony"),
        ("payment_confirmed", False),
        ("client_id", "C-1"),
        ("charge_id", "ch-2"),
    ],
)
def test_other_content_has_another_digest(field: str, value: object) -> None:
    assert read(altered(CHARGED, **{field: value})).digest != read(CHARGED).digest


@pytest.mark.parametrize("raw", [REGISTERED, CODE, CHARGED, CONFIRMED, REFUNDED], ids=lambda raw: raw["type"])
def test_an_event_kept_as_json_is_read_back_the_same(raw: dict[str, Any]) -> None:
    assert from_content(read(raw).content()) == read(raw)
