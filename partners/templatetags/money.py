"""How sums of money are printed: the one way for all pages."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from partners.money import split_for_display

register = template.Library()


@register.simple_tag
def money(kopecks: int) -> SafeString:
    """`{% money 123450 %}` prints 1 234,50 ₽, the kopecks smaller.

    Not a template: the line break at its end would part the sum from the comma after it.
    """
    roubles, rest = split_for_display(kopecks)
    return format_html('<span class="money">{}<small>{}</small></span>', roubles, rest)
