"""A real Neo4j of our own, for whoever names no server: found, fetched, started, shared, stopped."""

from matchmaker.store.local.owner import LocalNeo4j, ensure_local

__all__ = ["LocalNeo4j", "ensure_local"]
