"""The settings of a test run: the portal's own, as in production, minus what only slows tests down or needs HTTPS.

A run may choose its database (DATABASE_URL) and, for processes that tests start, the broker and the mail server;
nothing else of a developer's machine gets in.
"""

import os

os.environ["ENV_FILE"] = os.devnull
os.environ["DEBUG"] = "0"
os.environ["SECURE_SSL_REDIRECT"] = "0"
os.environ["ALLOWED_HOSTS"] = "localhost,127.0.0.1,testserver"
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + 50 * "x")
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
os.environ.setdefault("EMAIL_URL", "memorymail://")
# Tests that are about it ask for it.
os.environ["STAFF_NEEDS_SECOND_FACTOR"] = "0"
# Whose account withdrawals are paid from.
os.environ["COMPANY_INN"] = "7707083893"
os.environ["COMPANY_KPP"] = "770701001"
os.environ["COMPANY_ACCOUNT"] = "40702810300000004567"
os.environ["COMPANY_BANK_NAME"] = "ПАО Банк"
os.environ["COMPANY_BIK"] = "044525225"
os.environ["COMPANY_CORR_ACCOUNT"] = "30101810400000000225"

from skorozvon_partners.settings import *  # noqa: F403
from skorozvon_partners.settings import DATABASES, STORAGES
from tests.databases import unique_name

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if not DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Two runs on one server must not drop each other's database.
    DATABASES["default"]["TEST"] = {"NAME": unique_name("main")}
WHITENOISE_AUTOREFRESH = True  # no folder of collected files to warn about
WHITENOISE_USE_FINDERS = True  # … and what gunicorn serves comes from where it is
