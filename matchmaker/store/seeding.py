"""Loading seeds: planned against the graph, staged, published, applied; planned anew if disturbed."""

from __future__ import annotations

from uuid import uuid4

from matchmaker.errors import ConflictError
from matchmaker.schema import Schema
from matchmaker.seeds import Progress, SeedSet
from matchmaker.store import cypher, loading
from matchmaker.store.codec import in_order
from matchmaker.store.database import Database, Transaction, rows
from matchmaker.store.loading import LoadHead, LoadReport
from matchmaker.store.log import read_counter
from matchmaker.store.merging import redirected
from matchmaker.store.planning import make_plan
from matchmaker.store.whole import read_graph

_ATTEMPTS = 5


def load(
    database: Database, schema: Schema, seeds: SeedSet, *, at: str, actor: str,
    progress: Progress | None = None, overwrite: bool = False,
) -> LoadReport:  # fmt: skip
    """Load seeds; see :meth:`matchmaker.store.neo4j_store.Neo4jStore.load`."""

    def noted(transaction: Transaction) -> dict[str, str]:
        found = rows(transaction, cypher.SEED_ROWS)
        return {record["id"]: record["digest"] for record in found}

    def note(transaction: Transaction) -> None:
        if read_counter(transaction).seeds_digest != seeds.digest:
            rows(transaction, cypher.NOTE_DIGEST, digest=seeds.digest)

    in_form = [in_order(schema, entity) for entity in seeds.entities]
    for _ in range(_ATTEMPTS):
        loading.finish(database, schema)
        there = read_graph(database, schema)
        led = there.redirects
        entities = [redirected(schema, entity, led) for entity in in_form if entity.id not in led]
        plan = make_plan(schema, entities, there.entities, database.run(noted), overwrite=overwrite)
        sequence = there.sequence
        if plan.rows or seeds.as_of > there.as_of:
            head = LoadHead(str(uuid4()), at, actor, seeds.as_of, seeds.digest)
            batches = loading.batches_of(plan)
            loading.stage(database, head, batches, progress)
            published = loading.publish(database, schema, head, plan, sequence)
            if published is None:
                loading.abandon(database, head.id)
                continue
            loading.apply(database, schema, head.id, batches, progress)
            sequence = published
        else:
            database.run(note)
        return LoadReport(
            plan.created, plan.updated, plan.unchanged, plan.removed, plan.kept, sequence
        )
    raise ConflictError("Others keep changing what is being loaded; nothing was loaded.")
