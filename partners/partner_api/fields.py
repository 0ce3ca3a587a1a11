"""How the API writes and reads what JSON has no word for: months, moments, sums; and how lists are asked for."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Self

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from partners import keyset, months

MOST_ROWS = 100
_ROWS = 50
# Earlier and later than anything that the portal knows of, and safe to compare in every database and time zone.
_FIRST, _LAST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


@extend_schema_field({"type": "string", "pattern": "^2[0-9]{3}-(0[1-9]|1[0-2])$", "example": "2026-10"})
class MonthField(serializers.Field):
    """A calendar month in Moscow: '2026-10'."""

    default_error_messages = {"invalid": "Нужен месяц вида 2026-10."}

    def to_internal_value(self, data: Any) -> dt.date:
        try:
            return months.parse(data if isinstance(data, str) else "")
        except months.NotAMonth:
            self.fail("invalid")

    def to_representation(self, value: dt.date) -> str:
        return months.label(value)


class KopecksField(serializers.IntegerField):
    """A sum in whole kopecks: 123450 is 1 234,50 ₽. Taken as a number only, never as a text, and never rounded."""

    default_error_messages = {"invalid": "Нужно целое число копеек, без кавычек: 123450 — это 1 234,50 ₽."}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)  # to JSON 1.0 is a whole number; exact as far as a request may go
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class IdField(serializers.IntegerField):
    """A number by which a row is known; what can't be one is refused and not looked for."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, **kwargs)


class MomentField(serializers.DateTimeField):
    """A moment to compare with: one beyond the calendar is its edge."""

    default_error_messages = {
        "invalid": "Нужен момент вида 2026-10-01T00:00:00+03:00.",
        "overflow": "Такого момента нет в календаре.",
    }

    def to_internal_value(self, value: Any) -> dt.datetime:
        return min(max(super().to_internal_value(value), _FIRST), _LAST)


class Query(serializers.Serializer):
    """What stands after the question mark. Unknown names are refused: a filter with a slip would filter nothing."""

    def to_internal_value(self, data: Any) -> Any:
        if unknown := sorted(set(data) - set(self.fields)):
            raise serializers.ValidationError({name: ["Такого параметра здесь нет."] for name in unknown})
        return super().to_internal_value(data)

    @classmethod
    def of(cls, request: Request, **context: Any) -> Self:
        """The query of a request. Raises ValidationError."""
        given = request.query_params
        if repeated := [name for name in given if len(given.getlist(name)) > 1]:
            raise serializers.ValidationError({name: ["Параметр повторяется."] for name in repeated})
        # Not as a form, in which an empty field would be none.
        query = cls(data=given.dict(), context=context)
        query.is_valid(raise_exception=True)
        return query

    @classmethod
    def asked(cls, request: Request) -> dict[str, Any]:
        """What a request asks for. Raises ValidationError."""
        found: dict[str, Any] = cls.of(request).validated_data
        return found


class ListQuery(Query):
    """Which part of a list."""

    cursor = serializers.CharField(
        required=False, max_length=4000, help_text="Откуда продолжать: берётся из `next` предыдущей страницы."
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ROWS, default=_ROWS, help_text="Сколько строк на странице."
    )


def page_of(item: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """The form of a page of such rows."""
    return inline_serializer(
        name=f"{item.__name__}Page",
        fields={
            "results": item(many=True),
            "next": serializers.URLField(
                allow_null=True, help_text="Адрес следующей страницы; null — эта последняя. Курсор внутри непрозрачен."
            ),
        },
    )


def listed(
    request: Request,
    queryset: QuerySet[Any],
    item: type[serializers.Serializer[Any]],
    asked: dict[str, Any],
    *,
    order: Sequence[str],
    rows: Callable[[list[Any]], Sequence[Any]] = lambda found: found,
) -> Response:
    """The page that was asked for; `rows` makes of the database's rows what `item` shows. Raises ValidationError."""
    try:
        page = keyset.page_from(queryset, order=order, token=asked.get("cursor"), size=asked["limit"])
    except keyset.NotAPlace:
        said = "Этот курсор не от такого списка. Возьмите адрес целиком из next или начните без курсора."
        raise serializers.ValidationError({"cursor": [said]}) from None
    following = replace_query_param(request.build_absolute_uri(), "cursor", page.next) if page.next else None
    return Response({"results": item(rows(page.rows), many=True).data, "next": following})


def all_of(found: Sequence[Any], item: type[serializers.Serializer[Any]]) -> Response:
    """A list that is short by nature, in the form of a page."""
    return Response({"results": item(found, many=True).data, "next": None})
