"""Texts for the terminal: tables, bars and sentences from the same documents as the API's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from matchmaker.schema import EntityType
from matchmaker.seeds import Progress as Tell

if TYPE_CHECKING:  # the database's driver takes long to import and most commands need none
    from matchmaker.store.loading import LoadReport

Document = dict[str, Any]
_BAR = 20


@contextmanager
def progress_bars() -> Iterator[Tell]:
    """Give a function that shows a bar on the terminal for each thing that takes long."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield tell


def matches_text(document: Document) -> str:
    """Return a need's matches as a table."""
    need = document["need"]
    head = f"{need['title']} ({need['city']['name']}): {document['total']} could help"
    lines = [head, _as_of(document), ""]
    lines.append(f"{'':>3}  {'score':>5}  {'city':>4}  {'partner':>7}  {'band':<11}  who")
    for match in document["matches"]:
        who = match["partner"]["name"]
        what = match["offer"]["title"] if match["offer"] else f"({match['label']})"
        lines.append(
            f"{match['rank']:>3}  {match['score']:>5.3f}  {match['city_fit']:>4.2f}  "
            f"{match['partner_fit']:>7.2f}  {match['band']:<11}  {who}: {what}"
            + (f" (rank {match['plain_rank']} without the bound)" if "plain_rank" in match else "")
        )
    if bound := document.get("diversity"):
        lines += ["", f"{bound['bound']} {_cost(bound)}"]
    return "\n".join(lines)


def exposure_text(document: Document) -> str:
    """Return how recommendations spread, as tables."""
    lines = [
        f"First {document['limit']} matches of {document['needs']} open needs: "
        f"{document['listings']} listings",
        _as_of(document),
    ]
    bound = document["diversity"]
    if bound["value"]:
        places = f"At most {bound['most']} places for a partner, and for a home country"
        lines.append(f"{places}. {_cost(bound)}")
    for name, words in (("partners", "partner"), ("countries", "home country")):
        found = document[name]
        lines += [
            "",
            f"{name}: {found['listed']} of {found['total']} ever listed ({found['coverage']:.1%})",
            f"Gini {found['gini']:.3f}, largest share {found['top_share']:.1%}; discounted by place "
            f"{found['exposure_gini']:.3f} and {found['exposure_top_share']:.1%}",
            f"{'listed':>6}  {'share':>6}  {'discounted':>10}  {words}",
        ]
        rows = list(found["items"])
        if rest := found.get("without_country"):
            rows.append({"name": "(partners without a home country)", **rest})
        lines += [
            f"{r['listings']:>6}  {r['share']:>6.1%}  {r['exposure_share']:>10.1%}  {r['name']}"
            for r in rows
        ]
    for name, words in (("cities", "cities"), ("under_served", "under-served cities")):
        found = document[name]
        strong, promising = found["with_strong"], found["with_promising"]
        lines += [
            "",
            f"{words}: {found['total']}, of which {found['asking']} have {found['needs']} open needs",
            f"with a strong match: {strong['count']} ({strong['share']:.1%} of all, "
            f"{strong['share_of_asking']:.1%} of those with open needs)",
            f"with a promising or strong match: {promising['count']} ({promising['share']:.1%}, "
            f"{promising['share_of_asking']:.1%})",
        ]
    cities = ", ".join(city["name"] for city in document["under_served"]["items"])
    lines += ["", f"Under-served (no documented collaboration): {cities or 'none'}"]
    return "\n".join(lines)


def _cost(bound: Document) -> str:
    """Return what a bound on concentration costs, in a sentence."""
    empty = f", {bound['unfilled']} places left empty" if bound["unfilled"] else ""
    return f"Mean score given up: {bound['cost']:.4f}{empty}."


def explanation_text(document: Document) -> str:
    """Return the explanation of one pair, line by line."""
    match = document["match"]
    offer = document["offer"]
    what = offer["title"] if offer else match["label"]
    lines = [
        f"{document['need']['title']} ({document['need']['city']['name']})",
        f"with {document['partner']['name']}: {what}",
        _as_of(document),
        "",
    ]
    lines += [f"Not recommended ({r['rule']}): {r['message']}" for r in document["reasons"]]
    for side in ("city", "partner"):
        fit = match[f"{side}_fit"]
        lines += ["", f"Fit for the {side}: {fit:.4f}"]
        for line in match["contributions"]:
            if line["side"] != side:
                continue
            value = " ?  " if line["value"] is None else f"{line['value']:.2f}"
            bar = "#" * round(line["amount"] * 2 * _BAR)
            lines.append(
                f"  {line['feature']:<13} {value} x {line['weight']:g}  +{line['amount']:.4f}  "
                f"{bar:<{_BAR}}  {line['detail']}"
            )
    rank = f"rank {document['rank']} of {document['total']}" if document["rank"] else "not ranked"
    lines += [
        "",
        f"Score {match['score']:.4f} = 2 x {match['city_fit']:.4f} x {match['partner_fit']:.4f} / "
        f"({match['city_fit']:.4f} + {match['partner_fit']:.4f}); {match['band']}; {rank}",
        "",
        "Evidence:",
    ]
    for found in match["evidence"]:
        lines.append(f"  {found['feature']}: {' - '.join(found['path'])}")
        lines += [f"      {s['title']}, {s['locator']} ({s['node']})" for s in found["sources"]]
    return "\n".join(lines)


def changes_text(document: Document) -> str:
    """Return what would raise a pair, change by change."""
    offer = document["offer"]
    what = f": {offer['title']}" if offer else ""
    standing = f"rank {document['rank']} of {document['total']}"
    if failing := document["first_failing"]:
        standing = f"not eligible ({failing['rule']}): {failing['message']}"
        standing += f" Else it would have rank {document['would_be_rank']}."
    lines = [
        f"{document['need']['title']} ({document['need']['city']['name']})",
        f"with {document['partner']['name']}{what}",
        _as_of(document),
        "",
        f"Score {document['score']:.4f}; {standing}",
        f"If written on {document['applied_on']} (without a change the score is then "
        f"{document['unchanged_score']:.4f}):",
    ]
    for change in document["changes"]:
        rank = f"rank {change['rank']}" if change["rank"] else "not listed"
        lines += [
            f"  {change['gain']:+.4f} to {change['score']:.4f}, {rank}; "
            f"{change['kind'].replace('_', ' ')}: {change['entity']}, {change['property']}",
            f"      {change['reason']}",
        ]
    if not document["changes"]:
        lines.append("  Nothing that was tried would raise it.")
    return "\n".join(lines)


def load_text(report: LoadReport) -> str:
    """Return what a load did in one or two sentences."""
    text = (
        f"{report.created} created, {report.updated} updated, {report.removed} removed, "
        f"{report.unchanged} unchanged (change {report.sequence})."
    )
    if report.kept:
        text += (
            f"\nKept as people edited them: {', '.join(report.kept)}. --overwrite takes the seeds'."
        )
    return text


def schema_text(kinds: Sequence[EntityType], *, full: bool) -> str:
    """Return entity types, with their properties if ``full``."""
    lines: list[str] = []
    for kind in kinds:
        lines.append(f"{kind.name} (:{kind.label}, /{kind.plural}): {kind.description}")
        for prop in kind.properties.values() if full else ():
            mark = "*" if prop.required else " "
            target = f" -> {prop.target} [{prop.relationship}]" if prop.target else ""
            seen = f" ({prop.visibility} only)" if prop.visibility != "public" else ""
            lines.append(f"  {mark} {prop.name}: {prop.kind}{target}{seen}. {prop.description}")
    return "\n".join(lines)


def evaluation_text(result: Document) -> str:
    """Return the leave-one-out result as a table."""
    lines = [
        f"{result['collaborations']} collaborations; {result['answerable']} answerable, "
        f"{result['unanswerable']} unanswerable (the partner is known from that row alone).",
        "",
        f"{'method':<24} {'answerable MRR':>14} {'R@10':>6} {'all MRR':>8} {'R@10':>6}",
    ]
    for name, row in result["methods"].items():
        over = row["answerable"], row["everything"]
        lines.append(
            f"{name:<24} {over[0]['mrr']:>14.3f} {over[0]['recall_at_10']:>6.3f} "
            f"{over[1]['mrr']:>8.3f} {over[1]['recall_at_10']:>6.3f}"
        )
    for name in ("permuted", "chance"):
        row = result[name]
        lines.append(f"{name:<24} {row['mrr']:>14.3f} {row['recall_at_10']:>6.3f}")
    return "\n".join(lines)


def time_split_text(result: Document) -> str:
    """Return what a time split tells, as tables."""
    lines = [
        f"{result['dataset']}: {result['events']['train']} events before {result['cut']} to learn "
        f"from, {result['events']['asked']} asked about until {result['until']}, "
        f"{result['candidates']} candidates."
    ]
    for mode, found in result["modes"].items():
        lines += [
            "",
            f"mode {mode}: {found['answered']} of {found['queries']} queries have a known answer "
            f"({found['answerable']:.3f})",
            f"{'method':<22} {'MRR':>6} {'R@10':>6} {'nDCG@10':>8}  95 % interval",
        ]
        best = max(q["ndcg_at_10"] for n, q in found["methods"].items() if not _is_ours(n))
        for name, q in found["methods"].items():
            low, high = q["ndcg_at_10_ci95"]
            lines.append(
                f"{name:<22} {q['mrr']:>6.3f} {q['recall_at_10']:>6.3f} {q['ndcg_at_10']:>8.4f}  "
                f"{low:.3f} to {high:.3f}"
            )
        ours = found["methods"]["matchmaker"]["ndcg_at_10"]
        if best:
            lines.append(f"matchmaker is {ours / best:.3f} times the best of the others.")
    new, every = (found["without"] for found in result["modes"].values())
    weights = result["model"]["weights"]
    lines += [
        "",
        f"{'feature':<14} {'known':>6} {'weights':>15} {'without it: new':>16} {'all':>7}",
    ]
    for name, share in result["known"].items():
        both = " ".join(f"{weights[side].get(name, 0):>7.3f}" for side in ("city", "partner"))
        row = f"{name:<14} {share:>6.3f} {both:>15}"
        if name in new:
            row += f" {new[name]:>16.4f} {every[name]:>7.4f}"
        lines.append(row)
    if calibration := result["calibration"]:
        lines += [
            "",
            f"Calibration on the asked window: expected error {calibration['expected_error']:.4f}",
            f"{'score from':>10} {'pairs':>7} {'hits':>6} {'foretold':>9} {'observed':>9}",
        ]
        lines += [
            f"{r['score']:>10.3f} {r['pairs']:>7} {r['hits']:>6} {r['foretold']:>9.4f} "
            f"{r['observed']:>9.4f}"
            for r in calibration["reliability"]
        ]
        lines += [
            f"{b['band']}: {b['hits']} of {b['pairs']} came about"
            + (f" ({b['hit_rate']:.1%})" if b["hit_rate"] is not None else "")
            for b in calibration["bands"]
        ]
    lines += ["", f"{result['seconds']} s, {result['peak_mib']} MiB at most."]
    return "\n".join(lines)


def _is_ours(method: str) -> bool:
    return method.startswith("matchmaker")


def _as_of(document: Document) -> str:
    algorithm, snapshot = document["algorithm"], document["snapshot"]
    return (
        f"{algorithm['name']} {algorithm['version']}, change {snapshot['sequence']}, "
        f"data of {snapshot['as_of']}"
    )
