"""Fixtures of the evaluation: the real seeds as matching has them."""

from tests.matching.conftest import embed, seed_index

__all__ = ["embed", "seed_index"]
