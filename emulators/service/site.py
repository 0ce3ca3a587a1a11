"""The service's web pages: registration, sign-in, and a desk where the signed-in account is charged."""

from urllib.parse import quote

from emulators import fields
from emulators.database import Books
from emulators.fields import BadValue
from emulators.messages import Request, Response, redirect
from emulators.service import accounts, charges, credits, pages, sign_on
from emulators.service.accounts import Account, BadAccount
from emulators.service.emulator import Emulator

# Cookies know no ports: these names must not be the portal's, which runs on the same machine. The referral cookie is
# the exception: the portal sets it as well, for the service to read.
_SESSION = "service_session"
_REFERRAL = "ref"
_REFERRAL_SECONDS = 90 * 24 * 3600
_MAX_CODE = 100


def answer(emulator: Emulator, request: Request) -> Response:
    if file := pages.PAGES.file(request.path):
        return file
    with emulator.database.transaction() as books:
        account = accounts.of_session(books, request.cookie(_SESSION))
        response = _public(books, request, account)
        if response is None and request.path.startswith("/app"):
            response = _signed_in(emulator, books, request, account) if account else redirect("/login")
    response = response or pages.lost(account)
    # Whichever page a campaign lands on: the last link clicked wins.
    code = request.query.get("ref", "").strip()
    if request.method == "GET" and code and len(code) <= _MAX_CODE:
        response.headers.append(_cookie(_REFERRAL, quote(code, safe=""), _REFERRAL_SECONDS))
    return response


def _public(books: Books, request: Request, account: Account | None) -> Response | None:
    match request.method, request.path:
        case "GET", "/" | "/tarify" | "/tarify/":  # the demo's campaign lands on «Тарифы»
            return pages.site(account, {}, {})
        case "POST", "/register":
            return _register(books, request)
        case "GET", "/login":
            return redirect("/app") if account else pages.sign_in({})
        case "POST", "/login":
            return _sign_in(books, request)
        case "POST", "/logout":
            accounts.close_session(books, request.cookie(_SESSION))
            return redirect("/login", _cookie(_SESSION, "", 0))
    return None


def _register(books: Books, request: Request) -> Response:
    given = request.form()
    typed = {name: given.get(name) for name in ("name", "email", "phone", "inn", "password", "promo_code")}
    try:
        account = accounts.register(books, {**typed, "ref": request.cookie(_REFERRAL)[:_MAX_CODE]})
    except BadAccount as bad:
        return pages.site(None, given, bad.errors)
    return redirect("/app?done=registered", _session_of(books, account))


def _sign_in(books: Books, request: Request) -> Response:
    given = request.form()
    try:
        account = accounts.authenticate(books, email=given.get("email", ""), password=given.get("password", ""))
    except accounts.WrongCredentials:
        return pages.sign_in(given, "Неверный e-mail или пароль.", status=422)
    except accounts.TooManyAttempts as many:
        wait = f"Слишком много попыток. Подождите минут: {many.seconds // 60 + 1}."
        return pages.sign_in(given, wait, status=429)
    return redirect("/app", _session_of(books, account))


def _signed_in(emulator: Emulator, books: Books, request: Request, account: Account) -> Response | None:
    if request.method == "GET":
        match request.path:
            case "/app":
                return _desk(books, account, done=request.query.get("done", ""))
            case "/app/partners":
                accounts.went_to_portal(books, account)
                url = sign_on.url(emulator.portal, account, emulator.keys.sso_private_key)
                return redirect(url, ("Referrer-Policy", "no-referrer"), status=302)
        return None
    return _act(books, request, account)


def _act(books: Books, request: Request, account: Account) -> Response | None:
    """One of the desk's forms: done, and back to the desk; or the desk with what is wrong."""
    given = request.form()
    field = "amount"
    try:
        match request.path.split("/")[2:]:
            case ["charges"]:
                charges.charge(
                    books,
                    account_id=account.id,
                    kind=given.get("kind", ""),
                    amount_kopecks=fields.from_typed_roubles(given.get("amount")),
                    confirmed="confirmed" in given,
                )
                return redirect("/app?done=charged")
            case ["charges", charge_id, "confirm"] if found := _charge_of(books, account, charge_id):
                if not found.confirmed:  # a second click finds done what it asks for
                    charges.confirm(books, found)
                return redirect("/app?done=confirmed")
            case ["charges", charge_id, "refund"] if found := _charge_of(books, account, charge_id):
                field = f"refund-{charge_id}"
                given = {field: given.get("amount", "")}
                charges.refund(books, found, amount_kopecks=fields.from_typed_roubles(given[field]))
                return redirect("/app?done=refunded")
            case ["promo-code"]:
                field = "promo_code"
                charges.apply_promo_code(books, account_id=account.id, promo_code=fields.text(given.get(field)))
                return redirect("/app?done=promo-code")
    except BadValue as bad:
        return _desk(books, account, given=given, errors={field: str(bad)})
    return None


def _charge_of(books: Books, account: Account, charge_id: str) -> charges.Charge | None:
    found = charges.find(books, charge_id)
    return found if found and found.account_id == account.id else None


def _desk(
    books: Books,
    account: Account,
    *,
    given: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    done: str = "",
) -> Response:
    credited = [(row["amount_kopecks"], row["created_at"], row["key"]) for row in credits.of_account(books, account.id)]
    charged = charges.of_account(books, account.id)
    return pages.app(account, charged, credited, given=given or {}, errors=errors or {}, done=done)


def _session_of(books: Books, account: Account) -> tuple[str, str]:
    return _cookie(_SESSION, accounts.open_session(books, account))


def _cookie(name: str, value: str, seconds: int | None = None) -> tuple[str, str]:
    lifetime = "" if seconds is None else f"; Max-Age={seconds}"
    return "Set-Cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{lifetime}"
