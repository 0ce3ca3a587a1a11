"""The desk's subjects that see all floors."""
