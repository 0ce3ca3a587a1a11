"""Production's settings, and beside the portal's addresses one that answers what a link does at no cost."""

import os

os.environ["SECURE_SSL_REDIRECT"] = "0"
os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1")

from skorozvon_partners.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.links_urls"
