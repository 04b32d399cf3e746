"""The store: Neo4j as system of record, its change log, and a local database."""
