"""What is sent and answered about graph.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from typing import TypedDict

from matchmaker_client.types.annual_total import AnnualTotalDetail
from matchmaker_client.types.city import CityDetail
from matchmaker_client.types.collaboration import CollaborationDetail
from matchmaker_client.types.common import Links
from matchmaker_client.types.country import CountryDetail
from matchmaker_client.types.decline import DeclineDetail
from matchmaker_client.types.need import NeedDetail
from matchmaker_client.types.observation import ObservationDetail
from matchmaker_client.types.offer import OfferDetail
from matchmaker_client.types.partner import PartnerDetail
from matchmaker_client.types.project import ProjectDetail
from matchmaker_client.types.project_listing import ProjectListingDetail
from matchmaker_client.types.source import SourceDetail
from matchmaker_client.types.support_type import SupportTypeDetail
from matchmaker_client.types.theme import ThemeDetail
from matchmaker_client.types.topic import TopicDetail
from matchmaker_client.types.white_paper import WhitePaperDetail

Node = (
    AnnualTotalDetail
    | CityDetail
    | CollaborationDetail
    | CountryDetail
    | DeclineDetail
    | NeedDetail
    | ObservationDetail
    | OfferDetail
    | PartnerDetail
    | ProjectDetail
    | ProjectListingDetail
    | SourceDetail
    | SupportTypeDetail
    | ThemeDetail
    | TopicDetail
    | WhitePaperDetail
)


class SearchResultItemsItem(TypedDict):
    """The shape 'SearchResultItemsItem' of the contract."""

    id: str
    caption: str
    type: str
    snippet: str
    links: Links


class SearchResult(TypedDict):
    """The shape 'SearchResult' of the contract."""

    query: str
    total: int
    items: list[SearchResultItemsItem]
    suggestions: list[str]
