"""A live service with a clock that a test turns, and representatives of member states."""

from tests.usecases.accounts.conftest import clock, join, live, opened

__all__ = ["clock", "join", "live", "opened"]
