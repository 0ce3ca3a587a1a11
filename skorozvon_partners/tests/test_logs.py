"""What the development server's log leaves out."""

import logging

import pytest

from skorozvon_partners.logs import WithoutTokens


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        ("GET /sso/?token=abc.def-_1 HTTP/1.1", "GET /sso/?token=… HTTP/1.1"),
        ("GET /sso/?a=1&token=abc&b=2 HTTP/1.1", "GET /sso/?a=1&token=…&b=2 HTTP/1.1"),
        ("GET /cabinet/?page=2 HTTP/1.1", "GET /cabinet/?page=2 HTTP/1.1"),
    ],
)
def test_one_time_token_is_cut_out_of_a_logged_address(line: str, logged: str) -> None:
    record = logging.LogRecord("django.server", logging.INFO, "", 0, '"%s" %s %s', (line, "302", 0), None)
    assert WithoutTokens().filter(record)
    assert record.getMessage() == f'"{logged}" 302 0'
