"""The Skorozvon service as the portal sees it: registrations and charges, its API for the portal, its profile menu.

`python -m emulators.service --help` says how to start it.
"""
