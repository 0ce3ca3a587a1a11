"""How sums of money are printed: the one way for all pages."""

from django import template

from partners.money import split_for_display

register = template.Library()


@register.inclusion_tag("components/money.html")
def money(kopecks: int) -> dict[str, str]:
    """`{% money 123450 %}` prints 1 234,50 ₽, the kopecks smaller."""
    roubles, rest = split_for_display(kopecks)
    return {"roubles": roubles, "kopecks": rest}
