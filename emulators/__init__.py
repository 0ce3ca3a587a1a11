"""Stand-ins of outside services, for development and tests: real HTTP, processes and data of their own.

The product never imports them, and they import nothing of the product: each side reads the contract by itself.
"""
