"""Random withdrawals against a provider that fails in every way it can, with workers killed at random (M8, M9).

`python -m tests.chaos 20000` runs as many as asked for; `make test` some hundreds.
"""
