"""Every Cypher statement of the store, as constants with parameters only.

Labels and relationship types are data too (``$(row.label)``, Cypher 5.26 on); the few statements that
must spell a name, because they declare constraints and indexes, are built by :func:`declarations`
from names of the checked schema.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final, LiteralString

from matchmaker.errors import SchemaError
from matchmaker.schema import Schema
from matchmaker.store import record_cypher
from matchmaker.store.codec import VERSION

PING: Final[LiteralString] = "RETURN 1"

# The counter.  Locking is a statement of its own: whatever is read after it has been committed by the
# previous holder of the lock.
CREATE_COUNTER: Final[LiteralString] = """
MERGE (c:Counter {name: 'changes'})
ON CREATE SET c.sequence = 0, c.as_of = '', c.graph = randomUUID(), c.applied = 0
"""
LOCK_COUNTER: Final[LiteralString] = """
MATCH (c:Counter {name: 'changes'}) SET c.locked_by = $token
"""
READ_COUNTER: Final[LiteralString] = """
MATCH (c:Counter {name: 'changes'})
RETURN c.graph AS graph, c.sequence AS sequence, c.as_of AS as_of, c.applying AS applying,
       c.applied AS applied, c.seeds_digest AS seeds_digest
"""

# Entities and their relationships.
ENTITIES_AFTER: Final[LiteralString] = """
MATCH (e:Entity) WHERE e.id > $after
RETURN e.id AS id, labels(e) AS labels, properties(e) AS values ORDER BY e.id LIMIT $limit
"""
ONE_ENTITY: Final[LiteralString] = """
MATCH (e:Entity {id: $id}) RETURN labels(e) AS labels, properties(e) AS values
"""
SOME_ENTITIES: Final[LiteralString] = """
UNWIND $ids AS id
MATCH (e:Entity {id: id}) RETURN id, labels(e) AS labels, properties(e) AS values
"""
LABELS_OF: Final[LiteralString] = """
UNWIND $ids AS id
MATCH (e:Entity {id: id}) RETURN id, labels(e) AS labels
"""
REFERRING: Final[LiteralString] = """
MATCH (other:Entity)-->(:Entity {id: $id}) WHERE other.id <> $id
RETURN DISTINCT other.id AS id ORDER BY id LIMIT $limit
"""
FIND_REDIRECTS: Final[LiteralString] = """
MATCH (r:Redirect) WHERE r.id IN $ids RETURN r.id AS id, r.target AS target
"""
ALL_REDIRECTS: Final[LiteralString] = "MATCH (r:Redirect) RETURN r.id AS id, r.target AS target"
REFERRING_ENTITIES: Final[LiteralString] = """
MATCH (other:Entity)-->(:Entity {id: $id}) WHERE other.id <> $id
WITH DISTINCT other ORDER BY other.id LIMIT $limit
RETURN labels(other) AS labels, properties(other) AS values
"""
REDIRECT: Final[LiteralString] = """
OPTIONAL MATCH (earlier:Redirect {target: $id}) SET earlier.target = $target
WITH count(*) AS flattened
CREATE (:Redirect {id: $id, target: $target})
"""
WRITE_NODES: Final[LiteralString] = """
UNWIND $rows AS row
MERGE (e:Entity {id: row.id})
SET e = row.values
SET e:$(row.label)
"""
DELETE_NODES: Final[LiteralString] = """
UNWIND $ids AS id
MATCH (e:Entity {id: id}) DETACH DELETE e
"""
DELETE_LINKS: Final[LiteralString] = """
UNWIND $ids AS id
MATCH (:Entity {id: id})-[link]->(:Entity) DELETE link
"""
CREATE_LINKS: Final[LiteralString] = """
UNWIND $links AS link
MATCH (start:Entity {id: link.start})
MATCH (end:Entity {id: link.end})
CREATE (start)-[:$(link.type)]->(end)
"""

# The log.
APPEND_CHANGES: Final[LiteralString] = """
MATCH (c:Counter {name: 'changes'})
SET c.sequence = $sequence, c.as_of = $as_of
WITH c
UNWIND $entries AS entry
CREATE (x:Change) SET x = entry
"""
FIND_CHANGE: Final[LiteralString] = """
MATCH (x:Change {uuid: $uuid}) RETURN properties(x) AS change
"""
CHANGES_SINCE: Final[LiteralString] = """
MATCH (x:Change) WHERE x.sequence > $sequence
WITH x ORDER BY x.sequence LIMIT $limit
OPTIONAL MATCH (l:Load {id: x.load_id})
RETURN properties(x) AS change, l.batches AS batches ORDER BY x.sequence
"""
TOUCHED_SINCE: Final[LiteralString] = """
MATCH (x:Change) WHERE x.sequence > $sequence
CALL (x) {
    WITH x WHERE x.kind <> 'load'
    RETURN x.entity_id AS entity_id, x.after IS NULL AS gone
  UNION ALL
    WITH x WHERE x.kind = 'load'
    MATCH (r:LoadRow {load_id: x.load_id}) WHERE r.batch >= 0 AND r.index >= 0 AND r.changed
    RETURN r.entity_id AS entity_id, r.after IS NULL AS gone
}
RETURN entity_id, gone
"""
FIRST_CHANGE: Final[LiteralString] = """
MATCH (x:Change) WHERE x.sequence > 0 RETURN x.sequence AS sequence ORDER BY x.sequence LIMIT 1
"""
CHANGES_BETWEEN: Final[LiteralString] = """
MATCH (x:Change) WHERE x.sequence > $after AND x.sequence <= $until
RETURN properties(x) AS change ORDER BY x.sequence LIMIT $limit
"""
LOADED_PAGE: Final[LiteralString] = """
MATCH (r:LoadRow {load_id: $load_id, batch: $batch}) WHERE r.index > $index AND r.changed
RETURN r.index AS index, r.entity_id AS entity_id, r.before AS before, r.after AS after
ORDER BY r.index LIMIT $limit
"""
LOADED_ROWS: Final[LiteralString] = """
MATCH (r:LoadRow {load_id: $load_id, batch: $batch}) WHERE r.index >= 0 AND r.changed
RETURN r.entity_id AS entity_id, r.before AS before, r.after AS after ORDER BY r.index
"""

# Rows are found by the index of their unique key, which is used only where all three of its properties
# are asked for.
# Loads: staged in batches, published by one small transaction, applied in batches.
SEED_ROWS: Final[LiteralString] = "MATCH (s:SeedRow) RETURN s.id AS id, s.digest AS digest"
STAGE_LOAD: Final[LiteralString] = """
CREATE (:Load {id: $load_id, state: 'staged', at: $at, actor: $actor, seeds: $seeds,
    beat: timestamp(), batches: 0})
"""
STAGE_BATCH: Final[LiteralString] = """
MATCH (l:Load {id: $load_id, state: 'staged'})
SET l.beat = timestamp(), l.batches = $batch + 1
WITH l
UNWIND $rows AS row
MERGE (r:LoadRow {load_id: $load_id, batch: $batch, index: row.index})
SET r += row
RETURN count(r) AS rows
"""
LOCK_LOAD: Final[LiteralString] = "MATCH (l:Load {id: $load_id}) SET l.beat = timestamp()"
READ_LOAD: Final[LiteralString] = """
MATCH (l:Load {id: $load_id})
RETURN l.state AS state, l.batches AS batches, coalesce(l.seeds, true) AS seeds
"""
PUBLISH_LOAD: Final[LiteralString] = """
MATCH (c:Counter {name: 'changes'}), (l:Load {id: $load_id})
SET c.applying = $load_id, c.applied = 0, c.seeds_digest = $digest, l.state = 'published'
"""
NOTE_DIGEST: Final[LiteralString] = """
MATCH (c:Counter {name: 'changes'}) SET c.seeds_digest = $digest
"""
BATCH_ROWS: Final[LiteralString] = """
MATCH (r:LoadRow {load_id: $load_id, batch: $batch}) WHERE r.index >= 0
RETURN properties(r) AS row ORDER BY r.index
"""
WRITE_SEED_ROWS: Final[LiteralString] = """
UNWIND $rows AS row
MERGE (s:SeedRow {id: row.id}) SET s.digest = row.digest
"""
DELETE_SEED_ROWS: Final[LiteralString] = """
UNWIND $ids AS id
MATCH (s:SeedRow {id: id}) DELETE s
"""
STEP_DONE: Final[LiteralString] = """
MATCH (c:Counter {name: 'changes'}) SET c.applied = $applied
"""
LOAD_DONE: Final[LiteralString] = """
MATCH (c:Counter {name: 'changes'}), (l:Load {id: $load_id})
SET l.state = 'applied' REMOVE c.applying
"""
ABANDON_LOAD: Final[LiteralString] = """
MATCH (l:Load {id: $load_id}) SET l.beat = timestamp()
WITH l WHERE l.state = 'staged' SET l.state = 'abandoned'
"""
ABANDON_SILENT_LOADS: Final[LiteralString] = """
MATCH (l:Load {state: 'staged'}) WHERE l.beat < timestamp() - $silent_ms
SET l.locked = true
WITH l WHERE l.state = 'staged' AND l.beat < timestamp() - $silent_ms
SET l.state = 'abandoned'
"""
ABANDONED_LOADS: Final[LiteralString] = "MATCH (l:Load {state: 'abandoned'}) RETURN l.id AS id"
SWEEP_ROWS: Final[LiteralString] = """
MATCH (r:LoadRow {load_id: $load_id}) WHERE r.batch >= 0 AND r.index >= 0
WITH r LIMIT $limit DELETE r RETURN count(*) AS swept
"""
SWEEP_LOAD: Final[LiteralString] = "MATCH (l:Load {id: $load_id, state: 'abandoned'}) DELETE l"

# Vectors of texts: derived data, so no change is logged.
READ_VECTORS: Final[LiteralString] = """
UNWIND $keys AS key
MATCH (v:TextVector {key: key}) RETURN key, v.data AS data
"""
WRITE_VECTORS: Final[LiteralString] = """
UNWIND $rows AS row
MERGE (v:TextVector {key: row.key}) SET v.data = row.data
"""

# Declared structure.
SHOW_DECLARED: Final[LiteralString] = "SHOW INDEXES YIELD name WHERE name STARTS WITH 'matchmaker_'"
AWAIT_INDEXES: Final[LiteralString] = "CALL db.awaitIndexes(25)"

_UNIQUE = {
    "Entity": "id",
    "Counter": "name",
    "Load": "id",
    "Redirect": "id",
    "SeedRow": "id",
    "TextVector": "key",
}
_NAME = re.compile(r"[A-Za-z_]+")


def declarations(schema: Schema) -> Mapping[str, LiteralString]:
    """Return what to declare in the database: statement by the name of its index.

    A name ends in a digest of its statement, so that a declaration that the schema no longer
    makes can be told from one that it still makes.

    Raises
    ------
    SchemaError
        If a label or a property name has other characters than letters and underscores, or a
        property has the name that the store uses for versions.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> names = declarations(load_schema())
    >>> sum(name.startswith("matchmaker_text_City_") for name in names)
    1
    """
    patterns = [
        (f"unique_{label}", "CONSTRAINT", f"FOR (n:{label}) REQUIRE n.{key} IS UNIQUE")
        for label, key in _UNIQUE.items()
    ]
    patterns += [
        ("unique_change", "CONSTRAINT", "FOR (n:Change) REQUIRE n.sequence IS UNIQUE"),
        ("unique_change_uuid", "CONSTRAINT", "FOR (n:Change) REQUIRE n.uuid IS UNIQUE"),
        (
            "unique_row",
            "CONSTRAINT",
            "FOR (n:LoadRow) REQUIRE (n.load_id, n.batch, n.index) IS UNIQUE",
        ),
        ("load_state", "INDEX", "FOR (n:Load) ON (n.state)"),
    ]
    for kind in schema.entities.values():
        if VERSION in kind.properties:
            raise SchemaError(f"{kind.name}: {VERSION!r} is the store's own property")
        label = _quoted(kind.label)
        patterns.append((f"id_{kind.label}", "INDEX", f"FOR (n:{label}) ON (n.id)"))
        searched = [f"n.{_quoted(p.name)}" for p in kind.properties.values() if p.search]
        if searched:
            # Searched by people with Cypher, never by the service: it need not slow down a write.
            options = "OPTIONS {indexConfig: {`fulltext.eventually_consistent`: true}}"
            pattern = f"FOR (n:{label}) ON EACH [{', '.join(searched)}] {options}"
            patterns.append((f"text_{kind.label}", "FULLTEXT INDEX", pattern))
    patterns += record_cypher.declared()
    statements: dict[str, LiteralString] = {}
    for stem, what, pattern in patterns:
        name = f"matchmaker_{stem}_{hashlib.sha256(pattern.encode()).hexdigest()[:8]}"
        # The one place where a statement is put together: of our own words and checked names.
        statement = f"CREATE {what} {name} IF NOT EXISTS {pattern}"
        statements[name] = statement
    return statements


def dropping(name: str) -> tuple[LiteralString, LiteralString]:
    """Return the statements that drop a constraint and an index of this name."""
    constraint = f"DROP CONSTRAINT `{name}` IF EXISTS"
    index = f"DROP INDEX `{name}` IF EXISTS"
    if not re.fullmatch(r"\w+", name):
        raise SchemaError(f"{name!r} cannot be the name of an index")
    return constraint, index


def _quoted(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SchemaError(f"{name!r} cannot be a name in the database (letters and _ only)")
    return f"`{name}`"
