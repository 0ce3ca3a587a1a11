"""Partners' links: how they are written, where a visit of one leads, and how visits are counted."""

import datetime as dt
import unicodedata
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_plus, urlencode

from django.conf import settings

from partners.codes import is_well_formed
from partners.rules import normal_code
from referrals import clicks, known_codes
from referrals.day_visitors import Follower
from referrals.models import Campaign

PATH = "/p/"
PATH_EXAMPLE = "/tarify"
REF = "ref"  # what the service's site reads, in the query and as a cookie
LABELS = ("utm_source", "utm_medium", "utm_campaign", "erid")
# Signs that stay as they are: what is percent-encoded already is not encoded again.
_AS_IS = "/%:;=+@!$&'()*,~?"


class NotAPage(ValueError):
    """The text names no page of the service's site; its only argument says so in Russian and what to do."""


class Visit(NamedTuple):
    """What a followed link comes to: `ref` is empty when the code attracts nobody.

    `end` ends the counting of the click that `visit` began, once the visitor is on the way.
    """

    ref: str
    campaign: Campaign | None
    end: Callable[[], None]


def _nothing() -> None:
    pass


NOBODY = Visit("", None, _nothing)


def visible(code: str, **labels: str) -> str:
    """The link as people see it: 'https://skorozvon.ru/p/62b0', and those of the `labels` that aren't empty."""
    query = urlencode({name: value for name, value in labels.items() if value})
    return f"{settings.REFERRAL_BASE_URL}{PATH}{code}{'?' if query else ''}{query}"


def of_campaign(campaign: Campaign) -> str:
    """A campaign's link as it is published. UTM labels join on the way; the erid has to be seen in the link itself."""
    return visible(campaign.code.value, erid=campaign.erid)


def page_of_site(text: str) -> str:
    """A landing page as it is kept: a path within the service's site, such as '/tarify'; empty: its first page.

    The page's whole address, as a browser shows it, will do too. Raises NotAPage for everything that could lead
    elsewhere: a scheme, a host, '//', '..', a backslash, also where they are percent-encoded.
    """
    path = text.strip()
    for site in (settings.REFERRAL_SITE_URL, settings.REFERRAL_SITE_URL.partition("://")[2]):
        if path == site or path.startswith(f"{site}/"):
            path = path.removeprefix(site) or "/"
    if path in ("", "/"):
        return ""
    read = unquote(path)
    if not path.startswith("/"):
        raise NotAPage(f"Страница должна быть на сайте Скорозвона: начните с косой черты, например {PATH_EXAMPLE}.")
    if "?" in path or "#" in path:
        raise NotAPage("Оставьте адрес до знаков ? и #: метки UTM укажите ниже, они добавятся сами.")
    steps_aside = {".", ".."} & set(read.split("/")) or "//" in read or "\\" in read
    if steps_aside or any(_is_unseen(sign) for sign in path + read):
        raise NotAPage(f"В адресе страницы есть лишние знаки. Нужен путь вида {PATH_EXAMPLE}.")
    if f"{read}/".startswith(PATH):
        raise NotAPage(f"Это адрес партнёрской ссылки, а не страницы. Нужен путь вида {PATH_EXAMPLE}.")
    return path


def target(query: str = "", *, ref: str = "", campaign: Campaign | None = None) -> str:
    """Where a visit goes: always to the service's site, to the campaign's page of it.

    Its query is the code, the campaign's labels, and the visitor's own `query` as it came; where both have a label the
    visitor's stays, a `ref` of the visitor's never does.

    Example: '/p/62b0?utm_source=vk' → 'https://skorozvon.ru/?ref=62b0&utm_source=vk'.
    """
    own = [pair for pair in query.split("&") if pair and REF not in _names(pair)]
    taken = {name for pair in own for name in _names(pair)}
    added = {REF: ref} | {name: getattr(campaign, name, "") for name in LABELS if name not in taken}
    pairs = [urlencode({name: value}) for name, value in added.items() if value]
    pairs += [quote(pair, safe=_AS_IS) for pair in own]
    path = quote(campaign.landing_path.lstrip("/") if campaign else "", safe=_AS_IS)
    # The slash after the host is ours: whatever the page is called, the host stays the service's.
    return f"{settings.REFERRAL_SITE_URL}/{path}{'?' if pairs else ''}{'&'.join(pairs)}"


def visit(text: str, *, by: Follower | None, now: dt.datetime) -> Visit:
    """Whom a link attracts its visitor for, by the code as it was typed; begins to count one click `by` the visitor.

    Nobody for what is no code (the database isn't asked) and for the code of a partner who gets no clients now (R25). A
    code that can't be looked up just now is passed on: the feed decides (R6). Never fails, whatever is down.
    """
    value = normal_code(text)
    if not is_well_formed(value):
        return NOBODY
    code, campaign = None, None
    try:
        known = known_codes.find(value, now=now)
    except known_codes.CannotTell:
        pass
    else:
        if known is None or not known.gets_clients:
            return NOBODY
        code, campaign = known.pk, known.campaign
    return Visit(value, campaign, clicks.begin(value, code=code, by=by, now=now) if by else _nothing)


def _names(pair: str) -> set[str]:
    """What sites read in it as names: to some of them `a=1;ref=x` are two parameters, and `ref[]` is `ref`."""
    return {unquote_plus(part.partition("=")[0]).partition("[")[0] for part in pair.split(";")}


def _is_unseen(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn")
