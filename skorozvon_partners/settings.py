"""The only settings file. Everything that differs between machines comes from the environment (or `.env`)."""

from datetime import timedelta
from pathlib import Path

import environ

from skorozvon_partners import logs, policies, schedule
from skorozvon_partners.api_settings import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401 - Django reads them
from skorozvon_partners.caching import caches

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
# ENV_FILE names another file to read; the tests and `make test` point it at nothing.
if (ENV_FILE := Path(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))).is_file():
    env.read_env(ENV_FILE)

# Secrets have no defaults: an unset one is named by `manage.py check` (skorozvon_partners/checks.py).
SECRET_KEY = env.str("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- The application ------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "skorozvon_partners",
    "payouts",
    "referrals",
    "partners",
    "django.contrib.admin.apps.SimpleAdminConfig",  # what is on the desk is said in admin_site.py, not discovered
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "csp",
    "axes",
    "django_structlog",
    "drf_spectacular",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
]
MIDDLEWARE = [
    "skorozvon_partners.request_log.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "skorozvon_partners.guard.Guard",
    # Before the host is looked at: containers and Prometheus ask by names of their own.
    "skorozvon_partners.probes.Probes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",  # by which device whoever asks has proved itself; partners have none
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "skorozvon_partners.urls"
WSGI_APPLICATION = "skorozvon_partners.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "skorozvon_partners.context.frame",
            ],
        },
    },
]

# --- Data -----------------------------------------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASES = {"default": env.db_url_config(DATABASE_URL or f"sqlite:///{BASE_DIR / 'var' / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # SQLite knows no row locks: a transaction that will write takes the one write lock when it begins.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # Without recursive_triggers an INSERT OR REPLACE slips past the append-only triggers.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    # A server that is gone without a word is given up after seconds (connecting) and milliseconds (asking).
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    } | DATABASES["default"].get("OPTIONS", {})
# SQLite has no indexes with further columns: PostgreSQL has them, and there the lists are long.
SILENCED_SYSTEM_CHECKS = ["models.W040"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = caches(REDIS_URL)

# --- People ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "partners.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"

# Where the service's API for the portal answers: it then checks the partners' passwords. Without it Django's own do.
SKOROZVON_URL = env.str("SKOROZVON_URL", default="").rstrip("/")
# whsec_…, what requests to the service and events from it are signed with. Two, with a space between, while one takes
# the other's place: the first signs, both are taken.
SKOROZVON_SECRET = env.str("SKOROZVON_SECRET", default="")
# 32 bytes in base64, the Ed25519 key that tokens of the service's profile menu are checked by.
SKOROZVON_SSO_PUBLIC_KEY = env.str("SKOROZVON_SSO_PUBLIC_KEY", default="")
REGISTRATION_NEEDS_APPROVAL = env.bool("REGISTRATION_NEEDS_APPROVAL", default=False)

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesBackend",  # the first: it turns away who is locked out
    "partners.backends.ServiceBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# How long staff stays signed in at /admin/, whatever it does: a working day.
STAFF_SESSION_HOURS = env.int("STAFF_SESSION_HOURS", default=12)
# … and how long while it does nothing.
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=60)
# Whether staff needs a code of its own phone besides the password. Whoever has set one up is asked for it anyway.
STAFF_NEEDS_SECOND_FACTOR = env.bool("STAFF_NEEDS_SECOND_FACTOR", default=not DEBUG)
OTP_TOTP_ISSUER = "Skorozvon Partners"  # what the phone calls it; Cyrillic would make the picture thrice as dense
# How long the link of an invitation is good for.
PASSWORD_RESET_TIMEOUT = env.int("STAFF_INVITATION_HOURS", default=72) * 3600
# How many proxies of ours a request comes through; see partners/visitors.py. In production one of them ends TLS.
PROXY_COUNT = env.int("PROXY_COUNT", default=0 if DEBUG else 1)
# Wrong passwords for one e-mail from one address; partners/lock_out.py says what else is counted.
AXES_FAILURE_LIMIT = env.int("SIGN_IN_FAILURES", default=10)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("SIGN_IN_LOCK_OUT_MINUTES", default=15))
AXES_HANDLER = "partners.lock_out.LockOut"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address", "username"]
AXES_LOCKOUT_CALLABLE = "partners.lock_out.answer"
AXES_USERNAME_CALLABLE = "partners.lock_out.counted_email"
AXES_CLIENT_IP_CALLABLE = "partners.visitors.network"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # whoever tries on while waiting doesn't wait longer
# Kept is what counting needs, and for no longer.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "next", "csrfmiddlewaretoken"]

LANGUAGE_CODE = "ru"
TIME_ZONE = "Europe/Moscow"
USE_I18N = True
USE_TZ = True

# --- Pages ----------------------------------------------------------------------------------------------------------

# What partners' links begin with, and the site that they lead to.
REFERRAL_BASE_URL = env.str("REFERRAL_BASE_URL", default="https://skorozvon.ru").rstrip("/")
REFERRAL_SITE_URL = env.str("REFERRAL_SITE_URL", default="https://skorozvon.ru").rstrip("/")
REFERRAL_COOKIE_DOMAIN = env.str("REFERRAL_COOKIE_DOMAIN", default="") or None
REFERRAL_COOKIE_DAYS = env.int("REFERRAL_COOKIE_DAYS", default=90)
SERVICE_URL = env.str("SERVICE_URL", default="https://app.skorozvon.ru").rstrip("/")
# Where partners write to; it stands on the pages, and letters come from it.
PROGRAMME_MAILBOX = env.str("PROGRAMME_MAILBOX", default="welcome@skorozvon.ru")
MANAGER = {
    "name": env.str("MANAGER_NAME", default="Озод Юсупов"),
    "position": "руководитель отдела продаж",
    "phone": env.str("MANAGER_PHONE", default="8 800 333 97 02"),
    "phone_link": env.str("MANAGER_PHONE_LINK", default="+78003339702"),
    "email": env.str("MANAGER_EMAIL", default="oyusupov@skorozvon.ru"),
}
# Skorozvon's own side in reports and contracts.
PROGRAMME_COMPANY = {
    field: env.str(f"COMPANY_{field.upper()}", default=sample if DEBUG else "")
    for field, sample in {
        "inn": "7707083893",
        "kpp": "770701001",
        "ogrn": "1027700132195",
        "address": "Москва",
        "bank_name": "ПАО «Пример Банк»",
        "bik": "044525225",
        "account": "40702810300000004567",
        "corr_account": "30101810400000000225",
    }.items()
} | {"name": env.str("COMPANY_NAME", default="ООО «Скорозвон»")}
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# The largest body that is read at all: a signed contract has 10 MB (payouts/uploads.py), its form some more.
MOST_BODY_BYTES = 12 * 1024 * 1024
CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY = policies.CONTENT, policies.PERMISSIONS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not DEBUG:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Watchers inside ask without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT

# Of one token of the API, or of one address without a token. The rest about the API: api_settings.py.
API_REQUESTS_A_MINUTE = env.int("API_REQUESTS_A_MINUTE", default=300)

# --- Letters --------------------------------------------------------------------------------------------------------

# Where letters go: smtp+tls://user:password@host:587 (also smtp:// and smtp+ssl://), consolemail:// prints them,
# filemail:///folder keeps them as files. Without it a mail server on this machine is looked for; letters wait for one.
EMAIL_URL = env.str("EMAIL_URL", default=f"filemail:///{BASE_DIR / 'var' / 'mail'}" if DEBUG else "")
if EMAIL_URL:
    globals().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"Скорозвон партнёрам <{PROGRAMME_MAILBOX}>")
# What links in letters begin with.
PORTAL_URL = env.str(
    "PORTAL_URL", default="http://127.0.0.1:8000" if DEBUG else f"https://{(ALLOWED_HOSTS or ['localhost'])[0]}"
).rstrip("/")

# --- Payouts --------------------------------------------------------------------------------------------------------

# Whether staff approves every withdrawal, or only those after a change of card or requisites (R26).
WITHDRAWALS_NEED_APPROVAL = env.bool("WITHDRAWALS_NEED_APPROVAL", default=True)
# The sum, in kopecks, from above which a correction of a balance needs a second person's yes; in roubles outside.
CORRECTION_NEEDS_SECOND_ABOVE = env.int("CORRECTION_NEEDS_SECOND_ABOVE", default=10_000) * 100
BANK_FILE_VERSION = env.str("BANK_FILE_VERSION", default="1.03")  # of 1CClientBankExchange, as the bank takes it

# Who pays individuals, https://api.solar-staff.com in production. Without it nobody is paid to a card.
SOLAR_STAFF_URL = env.str("SOLAR_STAFF_URL", default="").rstrip("/")
SOLAR_STAFF_CLIENT_ID = env.str("SOLAR_STAFF_CLIENT_ID", default="")
SOLAR_STAFF_SALT = env.str("SOLAR_STAFF_SALT", default="")
# What people are paid for there. The contract with the provider says which type it is, and what its attribute holds:
# of the type for advertising, the site that is advertised.
SOLAR_STAFF_TODO_TYPE = env.str("SOLAR_STAFF_TODO_TYPE", default="")
SOLAR_STAFF_TODO_ATTRIBUTES = env.str("SOLAR_STAFF_TODO_ATTRIBUTES", default=REFERRAL_SITE_URL)
SOLAR_STAFF_TASK_TITLE = env.str("SOLAR_STAFF_TASK_TITLE", default="Размещение рекламы")
SOLAR_STAFF_TASK_DESCRIPTION = env.str("SOLAR_STAFF_TASK_DESCRIPTION", default="Привлечение клиента")
# By the provider's list; left out when empty.
SOLAR_STAFF_SPECIALIZATION = env.str("SOLAR_STAFF_SPECIALIZATION", default="")

# --- Scheduled work -------------------------------------------------------------------------------------------------

# R18: a month is due on the 1st at this hour, Moscow time, to let the last night's events in.
CLOSE_DUE_HOUR = env.int("CLOSE_DUE_HOUR", default=6)
# How many partners one worker credits in one transaction: a crash costs one such share of the close.
CLOSE_SHARD_PARTNERS = env.int("CLOSE_SHARD_PARTNERS", default=10_000)
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=60)
# How long clicks wait in Redis: they are to be seen within 15 seconds.
CLICK_FLUSH_SECONDS = env.int("CLICK_FLUSH_SECONDS", default=5)

CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
# Without a broker beat runs the tasks in its own process.
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = schedule.BROKER
CELERY_TASK_TIME_LIMIT = 1800  # below the visibility timeout, so no task is handed out twice while it runs
# A message is a wake-up call: work that dies with its worker is found again by the sweep, not redelivered.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ROUTES = schedule.ROUTES
# Nothing is kept between starts, so there is no file whose loss or damage could skip a month.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = min(SWEEP_SECONDS, 60)
CELERY_BEAT_SCHEDULE = schedule.beat(
    sweep_seconds=SWEEP_SECONDS,
    close_due_hour=CLOSE_DUE_HOUR,
    flush_seconds=CLICK_FLUSH_SECONDS if REDIS_URL else None,
)

# --- Watching -------------------------------------------------------------------------------------------------------

# Lines of JSON, in development plain ones; see skorozvon_partners/logs.py for what never stands in them.
LOGGING = logs.config(level=env.str("LOG_LEVEL", default="INFO"), is_plain=env.bool("LOG_PLAIN", default=DEBUG))
DJANGO_STRUCTLOG_CELERY_ENABLED = True  # a task knows the request that rang for it
# Who reads /metrics says it: `Authorization: Bearer <token>`. Without a token there is no such address.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# /readyz is not ready when no sweep has ended for so long.
SWEEP_LATE_MINUTES = env.int("SWEEP_LATE_MINUTES", default=30)
# Staff who are written to when something is wrong, with commas.
STAFF_ALERT_EMAILS = env.list("STAFF_ALERT_EMAILS", default=[])
# … when no event has come for so long; 0: a silent feed is no reason.
FEED_SILENT_HOURS = env.int("FEED_SILENT_HOURS", default=12)
# … when a month that is due isn't closed by so long after,
CLOSE_LATE_HOURS = env.int("CLOSE_LATE_HOURS", default=6)
# … when sending has been off for so long.
SENDING_OFF_HOURS = env.int("SENDING_OFF_HOURS", default=24)
# From this hour on, Moscow time, the books are audited, once a night; before the close of the 1st begins.
AUDIT_HOUR = env.int("AUDIT_HOUR", default=4)
