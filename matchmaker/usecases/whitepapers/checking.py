"""Rebuild every white paper from its moves, and say where what is kept or published differs."""

from __future__ import annotations

from collections.abc import Iterator

from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers.keeping import KIND, entity_id, faults_of, paper_of, rules_of
from matchmaker.usecases.whitepapers.publishing import ENTITY


def faults(service: Service) -> Iterator[str]:
    """Yield what is wrong, with the identifier in front."""
    rules, published = rules_of(service), service.snapshot.of_type(ENTITY)
    for record in every(service.records, KIND, {}):
        yield from (f"white paper {record.id}: {fault}" for fault in faults_of(rules, record))
        one = paper_of(record)
        for edition in one.state.editions:
            entity = published.get(entity_id(one.id, edition.version.number))
            if one.told < one.version:
                continue  # the clock has it still to do
            if entity is None:
                yield f"white paper {record.id}: edition {edition.version.number} is not published"
            elif entity.text("sha256") != edition.version.sha256:
                yield f"white paper {record.id}: edition {edition.version.number} was changed"
