"""The nightly comparison of the provider's payments with ours, both ways (M9)."""

import datetime as dt


def run_due(*, now: dt.datetime) -> None:
    """Compare last night's payments, once."""
