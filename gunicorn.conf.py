"""gunicorn reads this by itself: its own lines, and Python's warnings, look like all the others of the process."""

import logging

from skorozvon_partners import logs

# As long as nginx takes them: a link has all the labels of an advertisement behind it, and every visitor has to arrive.
limit_request_line = 8190
logconfig_dict = logs.config(level="INFO", is_plain=False)
logging.captureWarnings(True)
# Nobody steers it while it runs, and the image's user has no home where the socket for that could lie.
control_socket_disable = True
