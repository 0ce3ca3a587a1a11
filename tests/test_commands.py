"""The commands as an operator meets them: what they print, where, and when they fail."""

import json
import sys
from collections.abc import Iterator
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command, load_command_class

from partners import ledger
from partners.models import LedgerLine, Partner
from referrals import new_terms
from referrals.models import Month
from tests.factories import NOW, PartnerFactory, charged, deliver, month, moscow, registered

pytestmark = pytest.mark.django_db

CHARGE = charged("ch-1", "c-1", "100.00", "2025-10-10 09:30")
OTHER = charged("ch-1", "c-1", "200.00", "2025-10-10 09:30")


@pytest.fixture(autouse=True)
def anna() -> Iterator[Partner]:
    with time_machine.travel(NOW, tick=False):
        yield PartnerFactory(code="62b0", user__email="anna@example.ru")


def run(*arguments: object) -> tuple[str, str, str]:
    """Standard output, standard error, and the CommandError's text: "" where the command ends with status 0."""
    out, err = StringIO(), StringIO()
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error)
    return out.getvalue(), err.getvalue(), ""


def written(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def counts(**some: int) -> str:
    results = ("accepted", "duplicate", "waiting", "conflict", "rejected")
    return "".join(f"{result} {some.get(result, 0)}\n" for result in results)


# --- import_events ----------------------------------------------------------------------------------------------------


def test_events_are_imported_and_counted(tmp_path: Path) -> None:
    file = written(tmp_path / "events.jsonl", registered("c-1", ref="62b0"), CHARGE, "", CHARGE)
    assert run("import_events", file) == (counts(accepted=2, duplicate=1), "", "")
    assert run("import_events", file) == (counts(duplicate=3), "", "")
    assert run("import_events", file, "--batch", 1) == (counts(duplicate=3), "", "")


def test_what_waits_is_no_failure(tmp_path: Path) -> None:
    assert run("import_events", written(tmp_path / "events.jsonl", CHARGE)) == (counts(waiting=1), "", "")


def test_every_rejected_or_conflicting_line_goes_to_the_rejects_file_with_its_number_and_reason(tmp_path: Path) -> None:
    bad = CHARGE | {"id": "bad", "type": "charge.made"}
    file = written(tmp_path / "events.jsonl", registered("c-1"), "{broken", "", CHARGE, bad, OTHER, "[]")
    rejects = tmp_path / "rejects.jsonl"
    out, err, failed = run("import_events", file, "--rejects", rejects)
    assert (out, failed) == (
        counts(accepted=2, conflict=1, rejected=3),
        "Не принято строк: 4. Остальные учтены.",
    )
    found = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(row["line"], row["id"], row["result"]) for row in found] == [
        (2, None, "rejected"),
        (5, "bad", "rejected"),
        (6, "charged ch-1", "conflict"),
        (7, None, "rejected"),
    ]
    assert [sorted(row["errors"]) for row in found if row["result"] == "rejected"] == [["line"], ["type"], ["event"]]
    assert found[2]["errors"]
    assert [row["text"] for row in found] == ["{broken", json.dumps(bad), json.dumps(OTHER), "[]"]
    assert [line.split(":")[0] for line in err.splitlines()] == ["строка 2", "строка 5", "строка 6", "строка 7"]


def test_the_texts_of_the_rejects_file_can_be_imported_once_they_are_mended(tmp_path: Path) -> None:
    file = written(tmp_path / "events.jsonl", registered("c-1"), CHARGE | {"occurred_at": "10.10.2025"})
    rejects = tmp_path / "rejects.jsonl"
    run("import_events", file, "--rejects", rejects)
    mended = json.loads(rejects.read_text())["text"].replace("10.10.2025", CHARGE["occurred_at"])
    assert run("import_events", written(tmp_path / "mended.jsonl", mended)) == (counts(accepted=1), "", "")


def test_a_contradiction_met_again_fails_again(tmp_path: Path) -> None:
    file = written(tmp_path / "events.jsonl", registered("c-1"), CHARGE, OTHER | {"id": "other"})
    assert run("import_events", file)[2] == "Не принято строк: 1. Остальные учтены."
    out, _, failed = run("import_events", file)
    assert (out, failed) == (counts(duplicate=3), "Не принято строк: 1. Остальные учтены.")


def test_events_come_from_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    content = json.dumps(registered("c-1")) + "\n" + json.dumps(CHARGE)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(content.encode())))
    assert run("import_events", "-") == (counts(accepted=2), "", "")


@pytest.mark.parametrize("command", ["import_events", "import_partners"])
def test_a_file_that_cannot_be_read_is_said_so(command: str, tmp_path: Path) -> None:
    for file in (tmp_path / "missing.jsonl", tmp_path):
        assert run(command, file)[2].startswith("Файл не открыть: ")


def test_a_rejects_file_that_cannot_be_written_is_said_before_anything_is_taken_in(tmp_path: Path) -> None:
    file = written(tmp_path / "events.jsonl", registered("c-1"))
    assert run("import_events", file, "--rejects", tmp_path)[2].startswith("Файл не открыть: ")
    assert run("import_events", file)[0] == counts(accepted=1)


def test_the_rejects_do_not_overwrite_the_events_themselves(tmp_path: Path) -> None:
    file = written(tmp_path / "events.jsonl", registered("c-1"))
    content = file.read_text()
    assert run("import_events", file, "--rejects", file)[2]
    assert file.read_text() == content


def test_an_empty_file_has_nothing_to_count(tmp_path: Path) -> None:
    assert run("import_events", written(tmp_path / "events.jsonl")) == (counts(), "", "")


# --- import_partners --------------------------------------------------------------------------------------------------


def test_partners_are_imported_counted_and_bad_lines_named(tmp_path: Path) -> None:
    boris = {
        "email": "boris@example.ru",
        "account_id": "acc-2",
        "full_name": "Борис",
        "phone": "+79990000002",
        "tariff": "individual",
        "registered_at": "2025-01-10T12:00:00+03:00",
    }
    file = written(tmp_path / "partners.jsonl", boris, boris, boris | {"phone": "5"})
    assert run("import_partners", file) == (
        "created 1\nunchanged 1\nrejected 1\n",
        "строка 3: phone: в номере телефона должно быть от 10 до 15 цифр\n",
        "Отклонено строк: 1. Остальные приняты.",
    )


# --- close_month, close_due_months ------------------------------------------------------------------------------------


@pytest.fixture
def october() -> None:
    deliver(registered("c-1", ref="62b0"), charged("ch-0", "c-1", "10.00", "2025-08-10 09:30"), CHARGE)


@pytest.mark.usefixtures("october")
def test_a_month_is_closed_with_those_before_it_and_then_stands() -> None:
    assert run("close_month", "2025-10") == ("", "Закрыто: 2025-08, 2025-09, 2025-10\n", "")
    assert run("close_month", "2025-10") == ("", "2025-10 уже закрыт, менять нечего.\n", "")


@pytest.mark.parametrize("text", ["2025-13", "октябрь", "2025-10-01", "10-2025", "2025-1", "", "+025-10", "2025-+1"])
def test_what_is_no_month_is_refused(text: str) -> None:
    assert run("close_month", text)[2] == f"«{text}» — не месяц. Напишите год и месяц: 2026-10."
    assert Month.objects.count() == 0


@pytest.mark.parametrize("text", ["2026-12", "2027-01"])
def test_a_month_that_has_not_ended_is_refused(text: str) -> None:
    assert run("close_month", text)[2] == (
        f"Месяц {text} ещё не кончился: закрыть его можно с 00:00 1-го числа по Москве."
    )
    assert Month.objects.count() == 0


@pytest.mark.usefixtures("october")
def test_a_dry_run_prints_what_would_be_credited_and_writes_nothing() -> None:
    out, err, failed = run("close_month", "2025-10", "--dry-run")
    assert [json.loads(line) for line in out.splitlines()] == [
        {"month": "2025-08", "partner": "anna@example.ru", "reward_kopecks": 150},
        {"month": "2025-10", "partner": "anna@example.ru", "reward_kopecks": 1500},
    ]
    assert (err.replace("\u202f", " "), failed) == (
        "Было бы начислено 16,50 ₽, строк: 2. Ничего не записано.\n",
        "",
    )
    assert (Month.objects.count(), LedgerLine.objects.count()) == (0, 0)


def test_a_dry_run_of_the_current_month_shows_what_it_comes_to_so_far() -> None:
    deliver(registered("c-1", ref="62b0"), charged("ch-9", "c-1", "100.00", "2026-12-10 09:30"))
    assert json.loads(run("close_month", "2026-12", "--dry-run")[0])["reward_kopecks"] == 1500


def test_a_dry_run_of_a_month_to_come_is_refused() -> None:
    assert "ещё не кончился" in run("close_month", "2027-01", "--dry-run")[2]


@pytest.mark.usefixtures("october")
def test_due_months_are_closed_once() -> None:
    out, err, failed = run("close_due_months")
    assert (out, err[:26], failed) == ("", "Закрыто: 2025-08, 2025-09,", "")
    assert Month.objects.closed_through() == month("2026-11")
    assert run("close_due_months") == ("", "Закрывать нечего.\n", "")


def test_the_command_judges_new_terms_as_the_scheduled_job_does(anna: Partner) -> None:
    new_terms.publish(
        name="new", tariff="legal", starts_on=month("2026-12"), percent_bp=1000, now=moscow("2026-11-20 12:00")
    )
    run("close_due_months")
    assert list(anna.terms_assignments.order_by("pk").values_list("terms__name", flat=True)) == ["legal-2026", "new"]


def test_a_new_portal_has_nothing_to_close() -> None:
    assert run("close_due_months") == ("", "Закрывать нечего.\n", "")


# --- audit ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("october")
def test_the_audit_of_sound_books_prints_nothing() -> None:
    run("close_month", "2025-10")
    assert run("audit") == ("", "Нарушений нет.\n", "")


def test_the_audit_prints_each_breach_and_fails(anna: Partner) -> None:
    ledger.book(anna, key="withdrawal:1", kind="withdrawal", amount_kopecks=-1, memo="Вывод", now=NOW)
    assert run("audit") == (
        f"M4: партнёр {anna.pk}: вывод withdrawal:1 увёл баланс до -1 коп.\n"
        "M2: движение withdrawal:1 не следует ни из одной заявки на вывод\n",
        "",
        "Нарушений: 2.",
    )


# --- All of them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("app", "name"),
    [
        ("payouts", "import_partners"),
        ("referrals", "import_events"),
        ("referrals", "close_month"),
        ("referrals", "close_due_months"),
        ("referrals", "verify_month"),
        ("payouts", "statement"),
        ("skorozvon_partners", "audit"),
    ],
)
def test_every_command_says_what_it_does(app: str, name: str) -> None:
    command: Any = load_command_class(app, name)
    assert len(command.help) > 40
