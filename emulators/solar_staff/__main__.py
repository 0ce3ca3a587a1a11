"""Starts the emulator, or makes its keys."""

import argparse
import sys
from functools import partial
from pathlib import Path

from emulators.database import Database
from emulators.server import Server
from emulators.solar_staff import keys, routes, tables
from emulators.solar_staff.emulator import Emulator


def main(words: list[str]) -> int:
    return _make_keys(words[1:]) if words[:1] == ["keys"] else _serve(words)


def _make_keys(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m emulators.solar_staff keys",
        description="Makes the file of keys; one that is there stays as it is.",
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--env", action="store_true", help="print the portal's settings as lines for a shell")
    given = parser.parse_args(words)
    keys.create(given.file)
    if given.env:
        sys.stdout.write(keys.read(given.file).as_settings())
    return 0


def _serve(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m emulators.solar_staff",
        description="Solar Staff, emulated on this machine for development and tests.",
        epilog="Keys are made, where missing, by: python -m emulators.solar_staff keys FILE [--env]",
    )
    parser.add_argument("--port", type=int, default=8200)
    parser.add_argument("--data", type=Path, required=True, help="the SQLite file, made when missing")
    parser.add_argument("--keys", type=Path, required=True, help="the file of keys")
    parser.add_argument("--demo", action="store_true", help="add whom the portal's demo pays, while nobody is there")
    given = parser.parse_args(words)
    if not given.keys.is_file():
        parser.error(f"no keys yet; make them: python -m emulators.solar_staff keys {given.keys}")
    database = Database(given.data, tables.TABLES, tables.INDEXES)
    emulator = Emulator(database, keys.read(given.keys), demo=given.demo)
    emulator.add_demo_people()
    try:
        server = Server(partial(routes.answer, emulator), port=given.port)
    except OSError as error:
        parser.error(f"port {given.port} can't be had: {error.strerror}")
    server.run("Solar Staff's emulator")
    database.close()
    return 0


sys.exit(main(sys.argv[1:]))
