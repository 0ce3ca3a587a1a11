"""Who answers which request."""

from emulators.messages import Request, Response
from emulators.server import Wait
from emulators.solar_staff import api, control, site
from emulators.solar_staff.emulator import Emulator


def answer(emulator: Emulator, request: Request, wait: Wait) -> Response | None:
    if request.path.startswith(api.PREFIX):
        return api.answer(emulator, request, wait)
    if request.path.startswith(control.PREFIX):
        return control.answer(emulator, request)
    return site.answer(emulator, request)
