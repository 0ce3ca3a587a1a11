"""What must not end up in logs."""

import logging
import re

_TOKEN = re.compile(r"(?<=[?&]token=)[^&\s\"]+")


class WithoutTokens(logging.Filter):
    """Cuts one-time tokens out of the request lines that the development server logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_TOKEN.sub("…", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True
