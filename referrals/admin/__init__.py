"""The desk's subjects about clients, their money and its months."""
