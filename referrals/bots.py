"""Which followers of a link are machines: by the name that they give themselves. Those that lie count as people."""

import re
from functools import lru_cache

NAME_LENGTH = 300  # what of a name is looked at: the rest is of the visitor's making, and may be long
# All browsers call themselves Mozilla, for historical reasons; libraries, tools and messengers' previews don't.
_BROWSER = re.compile(r"(?:mozilla|opera|ucweb|lynx|links|w3m)\b", re.IGNORECASE)
_MACHINE = re.compile(
    "|".join(
        (
            r"https?://",  # where to read about the machine: no browser advertises
            r"(?<!cu)bot\b|bot[-/_]",  # and not the phones called Cubot
            *("crawl", "spider", "slurp", "preview", "screenshot", "headless", "phantomjs", "lighthouse", "prerender"),
            *("google-", "googleother", "mediapartners", "yandex(?:metrika|direct|images)", "facebookexternalhit"),
            *("pingdom", "uptime", "monitoring", "python", "curl", "scrapy", "selenium", "puppeteer", "playwright"),
        )
    ),
    re.IGNORECASE,
)


@lru_cache(maxsize=2_048)
def is_bot(name: str) -> bool:
    """Whether no person is behind a user agent of this name: an empty one, no browser's, or a known machine's.

    >>> is_bot(""), is_bot("curl/8.5.0"), is_bot("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)")
    (True, True, True)
    >>> is_bot("Mozilla/5.0 (Linux; Android 13; CUBOT X70) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36")
    False
    """
    return _BROWSER.match(name) is None or _MACHINE.search(name) is not None
