"""What a good page never does: complain in the console, break its own policy, ask another host, miss a file."""

from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, Response

_HERE = {"127.0.0.1", "localhost"}


class Watch:
    """Everything amiss that was heard in a browser context; `expected` texts are what a test provokes on purpose."""

    def __init__(self, context: BrowserContext) -> None:
        self.amiss: list[str] = []
        self.expected: list[str] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self.amiss.append(f"error: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.amiss.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and address.hostname not in _HERE:
            self.amiss.append(f"left the machine: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.amiss.append(f"{response.status}: {response.url}")

    def assert_quiet(self) -> None:
        assert [each for each in self.amiss if not any(text in each for text in self.expected)] == []


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands: the rule, and the elements that break it."""
    page.wait_for_load_state()
    try:
        found = Axe().run(page).response["violations"]
    except Error as error:
        if "Execution context was destroyed" not in str(error):
            raise
        page.wait_for_load_state()  # a click was just about to open another page: that one is meant
        found = Axe().run(page).response["violations"]
    return [
        f"{page.url} {each['id']}: {node['html'][:150]} {node['failureSummary'][:300]}"
        for each in found
        for node in each["nodes"][:3]
    ]
