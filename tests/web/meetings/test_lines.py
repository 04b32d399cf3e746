"""Plans as forms hold them."""

from __future__ import annotations

import pytest

from matchmaker.errors import BadRequestError
from matchmaker.meetings.reading import problem_from
from matchmaker.web.meetings.lines import kept_of, plan_of, values_of

FORM = {
    "name": "Made-up day",
    "venue": "Hall",
    "time_zone": "Asia/Bangkok",
    "walk_minutes": "5",
    "match_floor": "0.4",
    "attendees": "phuket | 1 | 9 | d1-01\n\n jakarta \nadb | | 4",
    "rooms": "main | tables | 20 | Great room | East\nhall | hall | 12",
    "days": "2027-03-01, 2027-03-02",
    "from": "09:00",
    "until": "12:00",
    "minutes": "30",
    "break_from": "10:30",
    "break_until": "11:00",
    "roundtables": "water | Drains and tides | phuket adb | jakarta | 3",
    "vetoes": "jakarta adb",
    "requests": "phuket adb 0.8\nphuket | jakarta | 1",
}


def test_a_form_becomes_a_plan_and_a_plan_the_same_form() -> None:
    plan = plan_of(FORM)
    assert [slot["id"] for slot in plan["slots"]][:5] == ["d1-01", "d1-02", "d1-03", "break-1",
                                                          "d1-04"]  # fmt: skip
    assert [slot["start"][11:] for slot in plan["slots"][:5]] == [
        "09:00", "09:30", "10:00", "10:30", "11:00",
    ]  # fmt: skip
    assert len(plan["slots"]) == 12
    assert plan["match_floor"] == 0.4
    problem = problem_from({n: v for n, v in plan.items() if n not in ("venue", "match_floor")})
    assert [(one.id, one.least, one.most) for one in problem.attendees] == [
        ("phuket", 1, 9), ("jakarta", 0, 1000), ("adb", 0, 4),
    ]  # fmt: skip
    assert len(problem.working) == 10
    assert plan_of(values_of(plan)) == plan
    plan["attendees"][0]["name"] = "Made-up name"
    plan["requests"][0]["need"] = "phuket-scap2018-1"
    assert kept_of(plan_of(values_of(plan)), plan) == plan


@pytest.mark.parametrize(
    ("field", "text", "parameter"),
    [
        ("walk_minutes", "five", "walk_minutes"),
        ("match_floor", "high", "match_floor"),
        ("match_floor", "nan", "match_floor"),
        ("attendees", "phuket | few", "attendees"),
        ("rooms", "main | tables | many", "rooms"),
        ("days", "1 March", "days"),
        ("days", " ".join(["2027-03-01"] * 11), "days"),
        ("minutes", "0", "minutes"),
        ("from", "nine", "from"),
        ("break_until", "", "break_until"),
        ("requests", "phuket adb much", "requests"),
    ],
)
def test_what_cannot_be_read_names_its_field(field: str, text: str, parameter: str) -> None:
    with pytest.raises(BadRequestError) as told:
        plan_of({**FORM, field: text})
    assert told.value.parameter == parameter
