"""The house: four floors whose imports and foreign keys go down only, and files that keep to their layer."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from tests.databases import ROOT

# From the top: each floor sees itself and those after it.
FLOORS = ["skorozvon_partners", "payouts", "referrals", "partners"]
FILES = [
    path.relative_to(ROOT)
    for floor in FLOORS
    for path in sorted((ROOT / floor).rglob("*.py"))
    if "tests" not in path.parts
]
RULES = [path for path in FILES if path.name == "rules.py"]
MODELS = [path for path in FILES if path.name == "models.py" or path.parent.name == "models"]
# What talks to the outside world, where there is such a file.
_OUTSIDE = ("solar_staff.py", "solar_staff_answers.py", "skorozvon.py", "bank_file.py", "bank_statement.py")
OUTSIDE = [path for path in FILES if path.name in _OUTSIDE]

each_file = pytest.mark.parametrize("path", FILES, ids=str)


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


def imported(node: ast.AST, path: Path) -> Iterator[str]:
    """The dotted names of everything that is imported anywhere below a node of that file."""
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom):
            assert each.level == 0, f"{path}: a relative import"
            yield from (f"{each.module}.{alias.name}" for alias in each.names)


def top(name: str) -> str:
    return name.partition(".")[0]


def attributes(path: Path) -> set[str]:
    return {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}


def test_all_four_floors_are_looked_at() -> None:
    assert {path.parts[0] for path in FILES} == set(FLOORS)
    assert [str(path) for path in RULES] == ["payouts/rules.py", "referrals/rules.py", "partners/rules.py"]


@each_file
def test_imports_go_down_only(path: Path) -> None:
    above = FLOORS[: FLOORS.index(path.parts[0])]
    assert [name for name in imported(tree(path), path) if top(name) in above] == []


@each_file
def test_the_product_imports_neither_tests_nor_emulators(path: Path) -> None:
    forbidden = ("tests", "emulators", "conftest", "pytest", "factory", "hypothesis")
    assert [name for name in imported(tree(path), path) if top(name) in forbidden] == []


@each_file
def test_no_import_of_ours_hides_in_a_function(path: Path) -> None:
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    hidden = [name for node in functions for name in imported(node, path) if top(name) in FLOORS]
    assert [name for name in hidden if path.name != "apps.py"] == []  # an app's ready() may import nothing earlier


def test_foreign_keys_go_down_only() -> None:
    upwards = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model._meta.app_label in FLOORS
        if FLOORS.index(field.related_model._meta.app_label) < FLOORS.index(model._meta.app_label)
    ]
    assert upwards == []


@pytest.mark.parametrize("path", RULES, ids=str)
def test_rules_touch_neither_database_nor_clock_nor_settings(path: Path) -> None:
    allowed = {"datetime", "re", "collections", "typing", "dataclasses", "enum", "functools", "itertools", *FLOORS}
    names = set(imported(tree(path), path))
    assert {name for name in names if top(name) not in allowed} == set()
    # Of models and rows the names: for choices and types.
    ours = {name.rpartition(".")[0] for name in names if top(name) in FLOORS}
    assert ours <= {
        "partners",
        "partners.rules",
        "partners.months",
        "partners.models",
        "referrals.models",
        "referrals.rows",
    }
    assert attributes(path).isdisjoint(
        {"objects", "save", "delete", "now", "today", "utcnow", "settings", "refresh_from_db"}
    )


@pytest.mark.parametrize("path", MODELS, ids=str)
def test_models_do_not_read_the_clock(path: Path) -> None:
    assert "django.utils.timezone" not in set(imported(tree(path), path))
    assert attributes(path).isdisjoint({"now", "today", "utcnow"})


@pytest.mark.parametrize("path", OUTSIDE, ids=str)
def test_the_outside_world_knows_no_models(path: Path) -> None:
    assert [name for name in imported(tree(path), path) if ".models" in name or name.startswith("django.db")] == []


def test_files_have_names_that_say_what_they_hold() -> None:
    vague = {
        "utils",
        "util",
        "services",
        "service",
        "helpers",
        "helper",
        "selectors",
        "common",
        "misc",
        "signals",
        "base",
    }
    assert [str(path) for path in FILES if path.stem in vague or path.parent.name in vague] == []


@each_file
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    lines = len((ROOT / path).read_text().splitlines())
    # A list of settings is looked up in, by its headings.
    assert lines <= (400 if path in MODELS or path.name == "settings.py" else 300)


def test_only_the_settings_read_the_environment() -> None:
    reading = [
        str(path)
        for path in FILES
        if {"environ", "getenv"} & attributes(path)
        or any(top(name) == "environ" for name in imported(tree(path), path))
    ]
    assert set(reading) <= {
        "skorozvon_partners/settings.py",
        "skorozvon_partners/celery.py",  # names the settings for Django
        "skorozvon_partners/wsgi.py",
    }


@each_file
def test_money_is_never_a_fraction(path: Path) -> None:
    numbers = {"FloatField", "DecimalField", "Decimal"}
    names = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)} | attributes(path)
    assert names.isdisjoint(numbers)
