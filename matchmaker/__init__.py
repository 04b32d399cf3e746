"""Partner-city matchmaking graph service.

Importing this package opens nothing and does nothing.
"""

__version__ = "0.1.0"
