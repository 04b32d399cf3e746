"""What a load decides to do, row by row, without a database."""

from __future__ import annotations

import pytest

from matchmaker.errors import ConflictError, InvalidDataError
from matchmaker.model import Change, Entity
from matchmaker.schema import Schema
from matchmaker.store.codec import digest
from matchmaker.store.planning import Plan, disturbs, make_plan
from tests.factory import make_city, make_country, make_need, make_observation, small_world

OLD = make_observation(value=1.0)
NEW = make_observation(value=2.0)
EDITED = make_observation(value=3.0)


def plan(
    schema: Schema, seed: Entity | None, there: Entity | None, noted: Entity | None,
    overwrite: bool = False,
) -> Plan:  # fmt: skip
    """Plan one observation beside a small world that is loaded already."""
    base = [entity for entity in small_world() if entity.id != OLD.id]
    current = {entity.id: entity for entity in [*base, *([there] if there else [])]}
    notes = {entity.id: digest(entity) for entity in [*base, *([noted] if noted else [])]}
    seeds = [*base, *([seed] if seed else [])]
    return make_plan(schema, seeds, current, notes, overwrite=overwrite)


@pytest.mark.parametrize(
    ("seed", "there", "noted", "after", "kept"),
    [
        (NEW, None, None, NEW, False),  # new: created
        (OLD, OLD, OLD, "nothing", False),  # as before: left
        (NEW, OLD, OLD, NEW, False),  # the row changed: updated
        (OLD, EDITED, OLD, "nothing", False),  # edited, the row did not change: left
        (NEW, EDITED, OLD, "nothing", True),  # both changed: the person's edit is kept
        (NEW, NEW, OLD, NEW, False),  # both changed to the same: only noted
        (OLD, None, OLD, "nothing", False),  # deleted by a person: stays deleted
        (NEW, None, OLD, NEW, False),  # deleted by a person, but the row changed: comes back
        (None, OLD, OLD, None, False),  # gone from the seeds: deleted
        (None, EDITED, OLD, "nothing", True),  # gone from the seeds but edited: kept
        (None, None, OLD, None, False),  # gone from both: forgotten
        (None, EDITED, None, "nothing", False),  # a person's own: none of our business
        (NEW, EDITED, None, "nothing", True),  # a person was first with this id: kept
    ],
)
def test_seeds_graph_and_notes_decide_about_a_row(
    schema: Schema, seed: Entity | None, there: Entity | None, noted: Entity | None,
    after: Entity | str | None, kept: bool,
) -> None:  # fmt: skip
    made = plan(schema, seed, there, noted)
    expected = [] if after == "nothing" else [after]
    assert [row.after for row in made.rows] == expected
    assert made.kept == ((OLD.id,) if kept else ())


def test_seeds_win_over_everything_when_told_to(schema: Schema) -> None:
    for there in (EDITED, None):
        assert [r.after for r in plan(schema, OLD, there, OLD, overwrite=True).rows] == [OLD]
    assert [r.after for r in plan(schema, None, EDITED, OLD, overwrite=True).rows] == [None]
    assert plan(schema, NEW, EDITED, OLD, overwrite=True).kept == ()


def test_counts_add_up(schema: Schema) -> None:
    made = plan(schema, NEW, OLD, OLD)
    assert (made.created, made.updated, made.removed) == (0, 1, 0)
    assert made.unchanged == len(small_world()) - 1
    kept = plan(schema, NEW, EDITED, OLD)
    assert kept.unchanged == len(small_world()) - 1


def test_what_people_still_refer_to_is_kept_with_all_it_needs(schema: Schema) -> None:
    world = {entity.id: entity for entity in small_world()}
    notes = {identifier: digest(entity) for identifier, entity in world.items()}
    country, city = make_country("newland"), make_city("newtown", country="newland")
    need = make_need("newtown-need", city="newtown")
    seeds = [*world.values()]
    current = {**world, "newland": country, "newtown": city, "newtown-need": need}
    notes |= {"newland": digest(country), "newtown": digest(city)}
    made = make_plan(schema, seeds, current, notes)
    assert (made.rows, made.kept) == ((), ("newland", "newtown"))


def test_what_people_deleted_comes_back_when_a_new_row_needs_it(schema: Schema) -> None:
    world = {entity.id: entity for entity in small_world()}
    notes = {identifier: digest(entity) for identifier, entity in world.items()}
    newland, newtown = make_country("newland"), make_city("newtown", country="newland")
    notes |= {"newland": digest(newland), "newtown": digest(newtown)}
    need = make_need("newtown-need", city="newtown")
    made = make_plan(schema, [*world.values(), newland, newtown, need], world, notes)
    assert {row.entity_id for row in made.rows} == {"newland", "newtown", "newtown-need"}


def test_all_faults_of_a_load_are_found_at_once(schema: Schema) -> None:
    broken = [make_city("one", latitude=99.0), make_city("two", country="nowhere")]
    with pytest.raises(InvalidDataError) as caught:
        make_plan(schema, [*small_world(), *broken], {}, {})
    assert [(fault.file, fault.column) for fault in caught.value.faults] == [
        ("city one", "latitude"),
        ("city two", "country"),
    ]


def test_an_identifier_that_stands_twice_or_changes_its_type_is_refused(schema: Schema) -> None:
    with pytest.raises(InvalidDataError, match="stands twice"):
        make_plan(schema, [*small_world(), make_city("uptown")], {}, {})
    with pytest.raises(ConflictError, match="belongs to a city, not to a country"):
        make_plan(schema, [make_country("uptown")], {"uptown": make_city("uptown")}, {})


def test_only_changes_that_matter_disturb_a_plan(schema: Schema) -> None:
    world = {entity.id: entity for entity in small_world()}
    notes = {identifier: digest(entity) for identifier, entity in world.items()}
    gone = notes.pop("made-up")
    need = make_need("new-need", city="midtown")
    seeds = [e for e in world.values() if e.id != "uptown-2020-pipes"]
    made = make_plan(schema, [*seeds, need], world, {**notes, "made-up": gone})

    def change(before: Entity | None, after: Entity | None) -> Change:
        entity = after or before
        assert entity is not None
        return Change(5, "2025-01-01", "somebody", entity.id, before, after)

    city = world["midtown"]
    assert not disturbs(schema, made, [change(None, make_city("other"))])
    assert disturbs(schema, made, [change(None, make_need("new-need"))])
    assert disturbs(schema, made, [change(city, None)])
    assert disturbs(schema, made, [change(OLD, EDITED)])
