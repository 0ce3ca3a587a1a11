"""Counting inside another query."""

from django.db.models import IntegerField, Subquery


class CountOf(Subquery):
    """How many rows a queryset has, as a part of another query; it may be sliced, so as not to count on and on.

    `Partner.objects.annotate(lines=CountOf(LedgerLine.objects.filter(partner=OuterRef("pk"))[:100]))`
    """

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0  # sliced to nothing
