"""gunicorn reads this by itself: its own lines, and Python's warnings, look like all the others of the process."""

import logging

from skorozvon_partners import logs

logconfig_dict = logs.config(level="INFO", is_plain=False)
logging.captureWarnings(True)
