"""What is sent and answered about matches.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Named, Snapshot


class NeedInMatchCity(TypedDict):
    """The shape 'NeedInMatchCity' of the contract."""

    id: str
    name: str


class NeedInMatch(TypedDict):
    """The shape 'NeedInMatch' of the contract."""

    id: str
    title: str
    city: NeedInMatchCity


class AlgorithmInUseWeights(TypedDict):
    """The shape 'AlgorithmInUseWeights' of the contract."""

    city: dict[str, float]
    partner: dict[str, float]


class AlgorithmInUsePrior(TypedDict):
    """The shape 'AlgorithmInUsePrior' of the contract."""

    k: float
    m: float


class AlgorithmInUseModel(TypedDict):
    """The shape 'AlgorithmInUseModel' of the contract."""

    name: str
    version: str
    outcomes: int


class AlgorithmInUseBandsItem(TypedDict):
    """The shape 'AlgorithmInUseBandsItem' of the contract."""

    band: str
    score: float
    confidence: float


class AlgorithmInUse(TypedDict):
    """What scored a match."""

    name: str
    version: str
    formula: Literal["harmonic_mean"]
    weights: AlgorithmInUseWeights
    prior: AlgorithmInUsePrior
    model: AlgorithmInUseModel
    bands: list[AlgorithmInUseBandsItem]
    text_model: str


class NeedMatchesExcludedItemOffer(TypedDict):
    """The shape 'NeedMatchesExcludedItemOffer' of the contract."""

    id: str
    title: str


class NeedMatchesExcludedItemPartner(TypedDict):
    """The shape 'NeedMatchesExcludedItemPartner' of the contract."""

    id: str
    name: str


class NeedMatchesExcludedItemReasonsItem(TypedDict):
    """The shape 'NeedMatchesExcludedItemReasonsItem' of the contract."""

    rule: str
    message: str


class NeedMatchesExcludedItem(TypedDict):
    """Not eligible, and why."""

    offer: NeedMatchesExcludedItemOffer | None
    partner: NeedMatchesExcludedItemPartner
    reasons: list[NeedMatchesExcludedItemReasonsItem]


class MatchOffer(TypedDict):
    """The shape 'MatchOffer' of the contract."""

    id: str
    title: str


class MatchPartner(TypedDict):
    """The shape 'MatchPartner' of the contract."""

    id: str
    name: str


class MatchCautionsItemSource(TypedDict):
    """The shape 'MatchCautionsItemSource' of the contract."""

    id: str
    title: str


class MatchCautionsItem(TypedDict):
    """What to keep in mind about the offer; no part of the score."""

    name: str
    label: str
    says: str
    source: MatchCautionsItemSource | None


class Contribution(TypedDict):
    """One line of a fit; 'value' null means unknown."""

    feature: str
    side: str
    value: float | None
    weight: float
    amount: float
    detail: str


class EvidenceSourcesItem(TypedDict):
    """The shape 'EvidenceSourcesItem' of the contract."""

    source: str
    title: str
    locator: str
    held: bool
    node: str


class Evidence(TypedDict):
    """The shape 'Evidence' of the contract.

    A path of node identifiers and relationship types in turn, with the sources that its nodes
    cite.
    """

    feature: str
    path: list[str]
    sources: list[EvidenceSourcesItem]


class Match(TypedDict):
    """A scored pair; 'plain_rank' is its rank without a bound, in a list made under one."""

    rank: int | None
    score: float
    city_fit: float
    partner_fit: float
    confidence: float
    band: str
    probability: float | None
    label: str | None
    offer: MatchOffer | None
    partner: MatchPartner
    already: list[str]
    cautions: list[MatchCautionsItem]
    contributions: list[Contribution]
    evidence: list[Evidence]
    plain_rank: NotRequired[int]


class NeedMatchesDiversityLeftOutItemOffer(TypedDict):
    """The shape 'NeedMatchesDiversityLeftOutItemOffer' of the contract."""

    id: str
    title: str


class NeedMatchesDiversityLeftOutItemPartner(TypedDict):
    """The shape 'NeedMatchesDiversityLeftOutItemPartner' of the contract."""

    id: str
    name: str


class NeedMatchesDiversityLeftOutItem(TypedDict):
    """The shape 'NeedMatchesDiversityLeftOutItem' of the contract."""

    plain_rank: int
    score: float
    offer: NeedMatchesDiversityLeftOutItemOffer | None
    partner: NeedMatchesDiversityLeftOutItemPartner


class NeedMatchesDiversity(TypedDict):
    """The shape 'NeedMatchesDiversity' of the contract.

    The bound, the mean score given up over the places listed, the places that no pair in the
    bound could fill, and the pairs of the plain list that it keeps out.
    """

    value: float
    most: int
    bound: str
    cost: float
    unfilled: int
    left_out: list[NeedMatchesDiversityLeftOutItem]


class MarkNeed(TypedDict):
    """The shape 'MarkNeed' of the contract."""

    id: str
    title: str


class MarkOffer(TypedDict):
    """The shape 'MarkOffer' of the contract."""

    id: str
    title: str


class MarkPartner(TypedDict):
    """The shape 'MarkPartner' of the contract."""

    id: str
    name: str


class MarkReason(TypedDict):
    """The shape 'MarkReason' of the contract."""

    name: str
    label: str


class MarkLinks(TypedDict):
    """As data, and the pages of need and match."""

    self: str
    need: str
    match: str


class Mark(TypedDict):
    """The shape 'Mark' of the contract.

    A pair of a need and a supply, shortlisted or dismissed by an owner: a city, a partner, or
    an account of the staff. Nobody else sees it, and it changes no score.
    """

    need: MarkNeed
    target: str
    offer: MarkOffer | None
    partner: MarkPartner | None
    exists: bool
    state: str
    reason: MarkReason | None
    note: str
    owner: str
    account: str
    at: str
    version: int
    links: MarkLinks


class MarksOnMatches(TypedDict):
    """The shape 'MarksOnMatches' of the contract.

    Your working list for this need; 'hidden' counts the matches left out because you dismissed
    them.
    """

    mode: str
    hidden: int
    items: list[Mark]


class NeedMatches(TypedDict):
    """'diversity' tells of the bound that the list was made under, if it was."""

    need: NeedInMatch
    algorithm: AlgorithmInUse
    snapshot: Snapshot
    total: int
    excluded: list[NeedMatchesExcludedItem]
    matches: list[Match]
    diversity: NotRequired[NeedMatchesDiversity]
    marks: NotRequired[MarksOnMatches]


class CityMatchesCity(TypedDict):
    """The shape 'CityMatchesCity' of the contract."""

    id: str
    name: str


class MatchWithNeedOffer(TypedDict):
    """The shape 'MatchWithNeedOffer' of the contract."""

    id: str
    title: str


class MatchWithNeedPartner(TypedDict):
    """The shape 'MatchWithNeedPartner' of the contract."""

    id: str
    name: str


class MatchWithNeedCautionsItemSource(TypedDict):
    """The shape 'MatchWithNeedCautionsItemSource' of the contract."""

    id: str
    title: str


class MatchWithNeedCautionsItem(TypedDict):
    """What to keep in mind about the offer; no part of the score."""

    name: str
    label: str
    says: str
    source: MatchWithNeedCautionsItemSource | None


class MatchWithNeed(TypedDict):
    """A scored pair with its need."""

    need: NeedInMatch
    rank: int | None
    score: float
    city_fit: float
    partner_fit: float
    confidence: float
    band: str
    probability: float | None
    label: str | None
    offer: MatchWithNeedOffer | None
    partner: MatchWithNeedPartner
    already: list[str]
    cautions: list[MatchWithNeedCautionsItem]
    contributions: list[Contribution]
    evidence: list[Evidence]


class CityMatches(TypedDict):
    """The shape 'CityMatches' of the contract."""

    city: CityMatchesCity
    algorithm: AlgorithmInUse
    snapshot: Snapshot
    total: int
    matches: list[MatchWithNeed]


class OfferMatchesOffer(TypedDict):
    """The shape 'OfferMatchesOffer' of the contract."""

    id: str
    title: str


class OfferMatches(TypedDict):
    """The shape 'OfferMatches' of the contract."""

    offer: OfferMatchesOffer
    algorithm: AlgorithmInUse
    snapshot: Snapshot
    total: int
    matches: list[MatchWithNeed]


class PartnerMatchesPartner(TypedDict):
    """The shape 'PartnerMatchesPartner' of the contract."""

    id: str
    name: str


class PartnerMatches(TypedDict):
    """The shape 'PartnerMatches' of the contract."""

    partner: PartnerMatchesPartner
    algorithm: AlgorithmInUse
    snapshot: Snapshot
    total: int
    matches: list[MatchWithNeed]


class PairOffer(TypedDict):
    """The shape 'PairOffer' of the contract."""

    id: str
    title: str


class PairPartner(TypedDict):
    """The shape 'PairPartner' of the contract."""

    id: str
    name: str


class PairReasonsItem(TypedDict):
    """The shape 'PairReasonsItem' of the contract."""

    rule: str
    message: str


class Pair(TypedDict):
    """The shape 'Pair' of the contract."""

    need: NeedInMatch
    offer: PairOffer | None
    partner: PairPartner
    algorithm: AlgorithmInUse
    snapshot: Snapshot
    total: int
    eligible: bool
    recommended: bool
    reasons: list[PairReasonsItem]
    rank: int | None
    match: Match


class PairChangesOffer(TypedDict):
    """The shape 'PairChangesOffer' of the contract."""

    id: str
    title: str


class PairChangesPartner(TypedDict):
    """The shape 'PairChangesPartner' of the contract."""

    id: str
    name: str


class PairChangesFirstFailing(TypedDict):
    """The shape 'PairChangesFirstFailing' of the contract."""

    rule: str
    message: str


MovedValue = TypedDict(
    "MovedValue",
    {
        "feature": str,
        "side": str,
        "from": float | None,
        "to": float | None,
    },
)

PairChange = TypedDict(
    "PairChange",
    {
        "entity": str,
        "type": str,
        "property": str,
        "from": str | float | bool | list[str] | None,
        "to": str | float | bool | list[str] | None,
        "reason": str,
        "kind": str,
        "hypothetical": bool,
        "lifts": str | None,
        "score": float,
        "gain": float,
        "rank": int | None,
        "moved": list[MovedValue],
        "document": dict[str, Any] | None,
    },
)


class PairChanges(TypedDict):
    """What would raise a pair.

    A write moves the data to its own day, so everything is told for a change written on
    'applied_on'; 'unchanged_score' is the score on that day without one.
    """

    need: NeedInMatch
    offer: PairChangesOffer | None
    partner: PairChangesPartner
    algorithm: AlgorithmInUse
    snapshot: Snapshot
    total: int
    score: float
    rank: int | None
    first_failing: PairChangesFirstFailing | None
    would_be_rank: int | None
    applied_on: str
    unchanged_score: float
    changes: list[PairChange]


class ExposureDiversity(TypedDict):
    """The shape 'ExposureDiversity' of the contract."""

    value: float
    most: int
    cost: float
    unfilled: int


class ExposurePartnersItemsItem(TypedDict):
    """The shape 'ExposurePartnersItemsItem' of the contract."""

    id: str
    name: str
    listings: int
    share: float
    exposure: float
    exposure_share: float


class ExposurePartners(TypedDict):
    """All partners."""

    total: int
    listed: int
    coverage: float
    gini: float
    top_share: float
    exposure_gini: float
    exposure_top_share: float
    items: list[ExposurePartnersItemsItem]


class ExposureCountriesItemsItem(TypedDict):
    """The shape 'ExposureCountriesItemsItem' of the contract."""

    id: str
    name: str
    listings: int
    share: float
    exposure: float
    exposure_share: float


class ExposureCountriesWithoutCountry(TypedDict):
    """The shape 'ExposureCountriesWithoutCountry' of the contract."""

    listings: int
    share: float
    exposure: float
    exposure_share: float


class ExposureCountries(TypedDict):
    """All home countries of partners; partners without one stand apart."""

    total: int
    listed: int
    coverage: float
    gini: float
    top_share: float
    exposure_gini: float
    exposure_top_share: float
    items: list[ExposureCountriesItemsItem]
    without_country: ExposureCountriesWithoutCountry


class ExposureCitiesBands(TypedDict):
    """The shape 'ExposureCitiesBands' of the contract."""

    strong: int
    promising: int
    speculative: int


class ExposureCitiesWithStrong(TypedDict):
    """The shape 'ExposureCitiesWithStrong' of the contract."""

    count: int
    share: float
    share_of_asking: float


class ExposureCitiesWithPromising(TypedDict):
    """The shape 'ExposureCitiesWithPromising' of the contract."""

    count: int
    share: float
    share_of_asking: float


class ExposureCitiesItemsItemCountry(TypedDict):
    """The shape 'ExposureCitiesItemsItemCountry' of the contract."""

    id: str
    name: str


class ExposureCitiesItemsItemBands(TypedDict):
    """The shape 'ExposureCitiesItemsItemBands' of the contract."""

    strong: int
    promising: int
    speculative: int


class ExposureCitiesItemsItem(TypedDict):
    """The shape 'ExposureCitiesItemsItem' of the contract."""

    id: str
    name: str
    country: ExposureCitiesItemsItemCountry
    needs: int
    collaborations: int
    bands: ExposureCitiesItemsItemBands


class ExposureCities(TypedDict):
    """The shape 'ExposureCities' of the contract.

    All cities; 'asking' have an open need, 'with_promising' a promising match or a better one;
    the Gini is that of those matches.
    """

    total: int
    asking: int
    needs: int
    bands: ExposureCitiesBands
    with_strong: ExposureCitiesWithStrong
    with_promising: ExposureCitiesWithPromising
    gini: float
    items: list[ExposureCitiesItemsItem]


class ExposureUnderServedBands(TypedDict):
    """The shape 'ExposureUnderServedBands' of the contract."""

    strong: int
    promising: int
    speculative: int


class ExposureUnderServedWithStrong(TypedDict):
    """The shape 'ExposureUnderServedWithStrong' of the contract."""

    count: int
    share: float
    share_of_asking: float


class ExposureUnderServedWithPromising(TypedDict):
    """The shape 'ExposureUnderServedWithPromising' of the contract."""

    count: int
    share: float
    share_of_asking: float


class ExposureUnderServedItemsItem(TypedDict):
    """The shape 'ExposureUnderServedItemsItem' of the contract."""

    id: str
    name: str


class ExposureUnderServed(TypedDict):
    """Cities with which no collaboration is documented."""

    total: int
    asking: int
    needs: int
    bands: ExposureUnderServedBands
    with_strong: ExposureUnderServedWithStrong
    with_promising: ExposureUnderServedWithPromising
    gini: float
    items: list[ExposureUnderServedItemsItem]


class Exposure(TypedDict):
    """The shape 'Exposure' of the contract.

    A listing is one of the first 'limit' matches of an open need; 'exposure' counts it as 1 /
    log2(rank + 1). Ginis are 0 where all are shown alike.
    """

    algorithm: AlgorithmInUse
    snapshot: Snapshot
    limit: int
    needs: int
    listings: int
    diversity: ExposureDiversity
    partners: ExposurePartners
    countries: ExposureCountries
    cities: ExposureCities
    under_served: ExposureUnderServed


class AlgorithmWeights(TypedDict):
    """The shape 'AlgorithmWeights' of the contract."""

    city: dict[str, float]
    partner: dict[str, float]


class AlgorithmPrior(TypedDict):
    """The shape 'AlgorithmPrior' of the contract."""

    k: float
    m: float


class AlgorithmModel(TypedDict):
    """The shape 'AlgorithmModel' of the contract."""

    name: str
    version: str
    outcomes: int


class AlgorithmBandsItem(TypedDict):
    """The shape 'AlgorithmBandsItem' of the contract."""

    band: str
    score: float
    confidence: float


class AlgorithmFeaturesItem(TypedDict):
    """The shape 'AlgorithmFeaturesItem' of the contract."""

    name: str
    label: str
    sides: list[str]
    description: str


class AlgorithmCalibrationItem(TypedDict):
    """The shape 'AlgorithmCalibrationItem' of the contract."""

    score: float
    pairs: int
    hits: int
    probability: float


class Algorithm(TypedDict):
    """How matches are scored."""

    name: str
    version: str
    formula: Literal["harmonic_mean"]
    weights: AlgorithmWeights
    prior: AlgorithmPrior
    model: AlgorithmModel
    bands: list[AlgorithmBandsItem]
    text_model: str
    weights_origin: str
    features: list[AlgorithmFeaturesItem]
    calibration: list[AlgorithmCalibrationItem]


class UnsavedNeed(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["need"]]
    title: str
    city: str | Named
    description: NotRequired[str | None]
    support_types: NotRequired[Sequence[str | Named] | None]
    support_words: NotRequired[Sequence[str] | None]
    focus_area: NotRequired[str | Named | None]
    topics: NotRequired[Sequence[str | Named] | None]
    year: NotRequired[int | None]
    status: NotRequired[Literal["open", "solved", "withdrawn"] | None]
    solved_by: NotRequired[str | Named | None]
    solved_on: NotRequired[str | None]
    contact_office: NotRequired[str | None]
    budget: NotRequired[float | None]
    budget_currency: NotRequired[str | None]
    internal_note: NotRequired[str | None]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class UnsavedOffer(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["offer"]]
    title: str
    partner: str | Named
    support_type: str | Named
    description: str
    documented_by: NotRequired[Sequence[str | Named] | None]
    topics: NotRequired[Sequence[str | Named] | None]
    limited_to: NotRequired[Sequence[str | Named] | None]
    valid_until: NotRequired[str | None]
    status: NotRequired[Literal["active", "withdrawn"] | None]
    tied_finance: NotRequired[Literal["unknown", "untied", "partly", "tied"] | None]
    tied_finance_note: NotRequired[str | None]
    lock_in: NotRequired[Literal["unknown", "open_standards", "partly_open", "proprietary"] | None]
    lock_in_note: NotRequired[str | None]
    caution_source: NotRequired[str | Named | None]
    contact_office: NotRequired[str | None]
    terms_note: NotRequired[str | None]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]
