"""The desk's subjects about payouts."""
