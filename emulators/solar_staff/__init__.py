"""Solar Staff as the portal sees it: workers, their cards, payouts to them, the company's balance.

Written from what is known of its API v1; where nothing is known, tests choose which way it turns out (`modes`).
`python -m emulators.solar_staff --help` says how to start it.
"""
