"""Starts the emulator, or makes its keys."""

import argparse
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

from emulators.database import Database
from emulators.server import Server
from emulators.service import delivery, feed, keys, routes, tables
from emulators.service.emulator import DEMO_PASSWORD, Emulator


def main(words: list[str]) -> int:
    if words[:1] == ["keys"]:
        return _make_keys(words[1:])
    if words[:1] == ["feed"]:
        return _feed(words[1:])
    return _serve(words)


def _make_keys(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m emulators.service keys", description="Makes the file of keys; one that is there stays as it is."
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--env", action="store_true", help="print the portal's settings as lines for a shell")
    given = parser.parse_args(words)
    keys.create(given.file)
    if given.env:
        sys.stdout.write(keys.read(given.file).as_settings())
    return 0


def _feed(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m emulators.service feed", description="Hands every new event to a command, until it is stopped."
    )
    parser.add_argument("--service", required=True, help="where the emulator is: http://127.0.0.1:8100")
    parser.add_argument("command", nargs="+", help="after --: what reads JSON Lines from standard input")
    given = parser.parse_args(words)
    with suppress(KeyboardInterrupt):
        feed.follow(given.service.rstrip("/"), given.command)
    return 0


def _serve(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m emulators.service",
        description="The Skorozvon service, emulated on this machine for development and tests.",
        epilog="Keys are made, where missing, by: python -m emulators.service keys FILE [--env]",
    )
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--data", type=Path, required=True, help="the SQLite file, made when missing")
    parser.add_argument("--portal", required=True, help="where the portal is: http://127.0.0.1:8000")
    parser.add_argument("--keys", type=Path, required=True, help="the file of keys")
    parser.add_argument("--deliver-to", help="where the portal takes events: http://127.0.0.1:8000/api/v1/events/")
    parser.add_argument("--demo", action="store_true", help=f"add the demo's people, with password {DEMO_PASSWORD}")
    given = parser.parse_args(words)
    if not given.keys.is_file():
        parser.error(f"no keys yet; make them: python -m emulators.service keys {given.keys}")
    database = Database(given.data, tables.TABLES)
    emulator = Emulator(database, keys.read(given.keys), given.portal.rstrip("/"), demo=given.demo)
    emulator.add_demo_accounts()
    try:
        server = Server(partial(routes.answer, emulator), port=given.port)
    except OSError as error:
        parser.error(f"port {given.port} can't be had: {error.strerror}")
    is_over = threading.Event()
    sender = threading.Thread(target=delivery.follow, args=(emulator, given.deliver_to, is_over), daemon=True)
    if given.deliver_to:
        sender.start()
    server.run("The service's emulator")
    is_over.set()
    if given.deliver_to:
        sender.join(timeout=5)
    database.close()
    return 0


sys.exit(main(sys.argv[1:]))
