"""Solar Staff's web pages: where a person links a card or registers, and a developer's overview."""

from emulators.messages import Request, Response
from emulators.solar_staff import pages
from emulators.solar_staff.emulator import Emulator


def answer(emulator: Emulator, request: Request) -> Response:
    return pages.PAGES.file(request.path) or Response(404)
