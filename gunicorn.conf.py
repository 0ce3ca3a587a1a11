"""gunicorn reads this by itself: its own lines look like all the others of the process."""

from skorozvon_partners.logs import config

logconfig_dict = config(level="INFO", is_plain=False)
