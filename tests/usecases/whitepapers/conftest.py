"""The small service of the brokering tests: made-up cities, records in a real database."""

from __future__ import annotations

from tests.usecases.brokering.conftest import clock, service, small

__all__ = ["clock", "service", "small"]
