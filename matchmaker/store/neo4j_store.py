"""The system of record: entities and their change log in Neo4j."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import batched
from types import TracebackType
from typing import Literal, Self
from uuid import uuid4
