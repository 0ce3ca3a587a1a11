# Needs Python 3.11 and nothing else. `make` alone lists what there is.

SHELL := /bin/sh
PORT ?= 8000
SERVICE_PORT ?= 8100
SOLAR_STAFF_PORT ?= 8200
N ?= 1000
BIN := .venv/bin
PYTHON := $(BIN)/python
# Tests see nothing of a developer's shell or .env: with this environment they end the same for everyone.
CLEAN := env -i PATH="$$PATH" HOME="$$HOME" TMPDIR="$${TMPDIR:-/tmp}" LANG=C.UTF-8 ENV_FILE=/dev/null
TESTS := $(CLEAN) DJANGO_SETTINGS_MODULE=tests.settings

.DELETE_ON_ERROR:
.PHONY: help setup run test test-fast lint format screenshots oracle chaos bench lock clean

help: ## list these commands
	@echo "make …"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | awk -F '\t' '{printf "  %-12s %s\n", $$1, $$2}'

# --- What has to be there -------------------------------------------------------------------------------------------

$(PYTHON):
	@for python in python3.11 python3; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && exec $$python -m venv .venv; \
	done; echo "Python 3.11 is needed, and neither python3.11 nor python3 is one." >&2; exit 1

# Stamps inside .venv: pip runs again when the requirements have changed, and only then.
.venv/stamp: requirements.txt | $(PYTHON)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/stamp-dev: requirements-dev.txt .venv/stamp
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# Made with a key of its own, readable by its owner only; an .env that is there stays as it is.
.env: | $(PYTHON)
	@umask 077; $(PYTHON) -c 'import secrets; print("DEBUG=1\nSECRET_KEY=" + secrets.token_urlsafe(50))' > $@

setup: .venv/stamp | .env ## .venv, .env, the database: everything `run` needs (repeatable)
	@mkdir -p var
	$(PYTHON) manage.py migrate --verbosity 0

# --- Running --------------------------------------------------------------------------------------------------------

# Background processes of a shell don't get Ctrl-C, so the trap passes it on. REDIS_URL is emptied: no broker and no
# worker here, beat runs the tasks in its own process. Beside the portal run two emulators. The service checks passwords,
# its menu leads to the portal, partners' links lead to it, and it delivers its events by HTTP. Solar Staff links cards
# and pays.
run: setup ## the portal with demo data, the service and Solar Staff beside it; Ctrl-C stops all (make run PORT=8001 …)
	@for port in $(PORT) $(SERVICE_PORT) $(SOLAR_STAFF_PORT); do \
		$(PYTHON) -c 'import socket, sys; socket.create_server(("127.0.0.1", int(sys.argv[1])))' $$port 2>/dev/null \
			|| { echo "Port $$port is taken. Choose others: make run PORT=8001 SERVICE_PORT=8101 SOLAR_STAFF_PORT=8201" >&2; \
				exit 1; }; \
	done; \
	portal=http://127.0.0.1:$(PORT); service=http://127.0.0.1:$(SERVICE_PORT); \
	solar_staff=http://127.0.0.1:$(SOLAR_STAFF_PORT); \
	set -a; eval "$$($(PYTHON) -m emulators.service keys var/service-keys.json --env)" || exit 1; \
	eval "$$($(PYTHON) -m emulators.solar_staff keys var/solar-staff-keys.json --env)" || exit 1; \
	SOLAR_STAFF_URL=$$solar_staff; \
	REDIS_URL=; SKOROZVON_URL=$$service; SERVICE_URL=$$service/app; REFERRAL_SITE_URL=$$service; \
	REFERRAL_BASE_URL=$$portal; PORTAL_URL=$$portal; set +a; \
	sign_ins=$$($(PYTHON) manage.py seed_demo) || exit 1; \
	stop() { trap - EXIT INT TERM; kill $$web $$beat $$emulator $$payer 2>/dev/null; wait; }; \
	trap stop EXIT; trap 'stop; exit 0' INT TERM; \
	$(PYTHON) -m emulators.service --port $(SERVICE_PORT) --data var/service.sqlite3 --portal $$portal \
		--keys var/service-keys.json --demo --deliver-to $$portal/api/v1/events/ >/dev/null & emulator=$$!; \
	$(PYTHON) -m emulators.solar_staff --port $(SOLAR_STAFF_PORT) --data var/solar-staff.sqlite3 \
		--keys var/solar-staff-keys.json --demo >/dev/null & payer=$$!; \
	$(PYTHON) manage.py runserver 127.0.0.1:$(PORT) & web=$$!; \
	$(BIN)/celery -A skorozvon_partners beat --loglevel WARNING & beat=$$!; \
	for port in $(PORT) $(SERVICE_PORT) $(SOLAR_STAFF_PORT); do \
		until $(PYTHON) -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' $$port \
			2>/dev/null; do kill -0 $$web $$emulator $$payer 2>/dev/null || exit 1; sleep 0.2; done; \
	done; \
	printf '\n%s\n\n' "$$sign_ins"; \
	printf '  %s   %s\n' $$portal/ 'the portal' $$portal/admin/ "the staff's desk" \
		$$service/ 'the service: register there, or «Стать партнером» in its menu' \
		$$solar_staff/ 'Solar Staff: who is paid there, and how much'; \
	printf '  Ctrl-C stops all.\n\n'; \
	while kill -0 $$web && kill -0 $$beat && kill -0 $$emulator && kill -0 $$payer; do \
		sleep 0.5; done 2>/dev/null; \
	echo "One of the processes has ended by itself." >&2; exit 1

# --- Checking -------------------------------------------------------------------------------------------------------

# The tests of what people see need Chromium: Debian's where there is none yet, else they are skipped, and say so.
.venv/stamp-browser: .venv/stamp-dev
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
		|| { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
			&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium >/dev/null; } \
		|| printf '\n%s\n%s\n\n' '!!! NO CHROMIUM: what people see will not be tested.' \
			'!!! Install it: apt-get install chromium' >&2
	@touch $@

# What the engine doesn't decide (conftest.py lists it) runs once: on PostgreSQL, where there is one.
test: lint .venv/stamp-browser ## every check, then the tests on SQLite, then on PostgreSQL where one answers
	@url=$$($(PYTHON) -m tests.databases) || exit 1; \
	echo "=== Tests on SQLite"; \
	$(TESTS) $(PYTHON) -m pytest $${url:+-m "not once"} || exit 1; \
	if [ -n "$$url" ]; then \
		echo "=== Tests on PostgreSQL"; \
		exec $(TESTS) DATABASE_URL="$$url" $(PYTHON) -m pytest; \
	fi; \
	printf '\n%s\n%s\n\n' '!!! NOT TESTED ON POSTGRESQL: none answers at 127.0.0.1:5432.' \
		'!!! Start one, or name one where databases may be created: TEST_DATABASE_URL=postgres://…' >&2

test-fast: .venv/stamp-dev ## the tests on SQLite, without those that start processes or a browser
	$(TESTS) $(PYTHON) -m pytest -m "not processes and not browser"

lint: .venv/stamp-dev ## style, types, templates, migrations, and the settings of production
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(TESTS) $(BIN)/mypy .
	$(BIN)/djlint templates --lint --quiet
	$(TESTS) $(PYTHON) manage.py makemigrations --check --dry-run
	$(CLEAN) SECRET_KEY="$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		ALLOWED_HOSTS=partners.example.com EMAIL_URL=smtp://mail.example.com DATABASE_URL=postgres://localhost/partners \
		STAFF_ALERT_EMAILS=staff@example.com $(PYTHON) manage.py check --deploy --fail-level WARNING

format: .venv/stamp-dev ## put code and templates into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint templates --reformat --quiet

screenshots: .venv/stamp-browser ## every page at 1280 and 360 px into var/screenshots, to be looked at
	$(TESTS) SCREENSHOTS=var/screenshots $(PYTHON) -m pytest -n 0 tests/journeys/screenshots.py

oracle: .venv/stamp-dev ## N random histories against the naive reckoning, on the engine of DATABASE_URL (N=1000)
	ORACLE_EXAMPLES=$(N) $(PYTHON) -m pytest --hypothesis-profile explore --timeout 0 tests/oracle

chaos: .venv/stamp-dev ## N withdrawals, a provider that fails in every way, workers killed; both journals compared (N=1000)
	@url=$$($(PYTHON) -m tests.databases); $(TESTS) SECRET_KEY=chaos \
		DATABASE_URL="$${url:-sqlite:///chaos}" $(PYTHON) -m tests.chaos $(N)

bench: .venv/stamp-dev ## measure imports, the feed, closes and pages at full size
	$(PYTHON) -m tests.benchmarks

lock: .venv/stamp-dev ## pin the requirements anew, after a change of a requirements*.in
	$(PYTHON) -m pip install --quiet --disable-pip-version-check uv
	for name in requirements requirements-dev; do \
		$(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 --no-header $$name.in -o $$name.txt || exit 1; \
	done

clean: ## remove .venv and all caches; .env and the database in var/ stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis staticfiles
	find . -name __pycache__ -prune -exec rm -rf {} +
