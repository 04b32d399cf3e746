"""The collections of the service, each with its types.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from matchmaker_client.collections import Contributed, Editable
from matchmaker_client.transport import Transport
from matchmaker_client.types.annual_total import (
    AnnualTotal,
    AnnualTotalDetail,
    AnnualTotalFilters,
    AnnualTotalInput,
    AnnualTotalPart,
    AnnualTotalPatch,
)
from matchmaker_client.types.city import (
    City,
    CityDetail,
    CityFilters,
    CityInput,
    CityPart,
    CityPatch,
)
from matchmaker_client.types.collaboration import (
    Collaboration,
    CollaborationDetail,
    CollaborationFilters,
    CollaborationInput,
    CollaborationPart,
    CollaborationPatch,
)
from matchmaker_client.types.country import (
    Country,
    CountryDetail,
    CountryFilters,
    CountryInput,
    CountryPart,
    CountryPatch,
)
from matchmaker_client.types.decline import (
    Decline,
    DeclineDetail,
    DeclineFilters,
    DeclineInput,
    DeclinePart,
    DeclinePatch,
)
from matchmaker_client.types.need import (
    Need,
    NeedDetail,
    NeedFilters,
    NeedInput,
    NeedPart,
    NeedPatch,
)
from matchmaker_client.types.observation import (
    Observation,
    ObservationDetail,
    ObservationFilters,
    ObservationInput,
    ObservationPart,
    ObservationPatch,
)
from matchmaker_client.types.offer import (
    Offer,
    OfferDetail,
    OfferFilters,
    OfferInput,
    OfferPart,
    OfferPatch,
)
from matchmaker_client.types.partner import (
    Partner,
    PartnerDetail,
    PartnerFilters,
    PartnerInput,
    PartnerPart,
    PartnerPatch,
)
from matchmaker_client.types.project import (
    Project,
    ProjectDetail,
    ProjectFilters,
    ProjectInput,
    ProjectPart,
    ProjectPatch,
)
from matchmaker_client.types.project_listing import (
    ProjectListing,
    ProjectListingDetail,
    ProjectListingFilters,
    ProjectListingInput,
    ProjectListingPart,
    ProjectListingPatch,
)
from matchmaker_client.types.source import (
    Source,
    SourceDetail,
    SourceFilters,
    SourceInput,
    SourcePart,
    SourcePatch,
)
from matchmaker_client.types.support_type import (
    SupportType,
    SupportTypeDetail,
    SupportTypeFilters,
    SupportTypeInput,
    SupportTypePart,
    SupportTypePatch,
)
from matchmaker_client.types.theme import (
    Theme,
    ThemeDetail,
    ThemeFilters,
    ThemeInput,
    ThemePart,
    ThemePatch,
)
from matchmaker_client.types.topic import (
    Topic,
    TopicDetail,
    TopicFilters,
    TopicInput,
    TopicPart,
    TopicPatch,
)
from matchmaker_client.types.white_paper import (
    WhitePaper,
    WhitePaperDetail,
    WhitePaperFilters,
    WhitePaperInput,
    WhitePaperPart,
    WhitePaperPatch,
)


class Collections:
    """One attribute for each collection."""

    def __init__(self, transport: Transport) -> None:
        self.annual_totals: Editable[
            AnnualTotal,
            AnnualTotalDetail,
            AnnualTotalPart,
            AnnualTotalFilters,
            AnnualTotalInput,
            AnnualTotalPatch,
        ] = Editable(transport, "annual-totals")
        self.cities: Editable[City, CityDetail, CityPart, CityFilters, CityInput, CityPatch] = (
            Editable(transport, "cities")
        )
        self.collaborations: Editable[
            Collaboration,
            CollaborationDetail,
            CollaborationPart,
            CollaborationFilters,
            CollaborationInput,
            CollaborationPatch,
        ] = Editable(transport, "collaborations")
        self.countries: Editable[
            Country, CountryDetail, CountryPart, CountryFilters, CountryInput, CountryPatch
        ] = Editable(transport, "countries")
        self.declines: Editable[
            Decline, DeclineDetail, DeclinePart, DeclineFilters, DeclineInput, DeclinePatch
        ] = Editable(transport, "declines")
        self.needs: Contributed[Need, NeedDetail, NeedPart, NeedFilters, NeedInput, NeedPatch] = (
            Contributed(transport, "needs")
        )
        self.observations: Editable[
            Observation,
            ObservationDetail,
            ObservationPart,
            ObservationFilters,
            ObservationInput,
            ObservationPatch,
        ] = Editable(transport, "observations")
        self.offers: Contributed[
            Offer, OfferDetail, OfferPart, OfferFilters, OfferInput, OfferPatch
        ] = Contributed(transport, "offers")
        self.partners: Contributed[
            Partner, PartnerDetail, PartnerPart, PartnerFilters, PartnerInput, PartnerPatch
        ] = Contributed(transport, "partners")
        self.projects: Contributed[
            Project, ProjectDetail, ProjectPart, ProjectFilters, ProjectInput, ProjectPatch
        ] = Contributed(transport, "projects")
        self.project_listings: Editable[
            ProjectListing,
            ProjectListingDetail,
            ProjectListingPart,
            ProjectListingFilters,
            ProjectListingInput,
            ProjectListingPatch,
        ] = Editable(transport, "project-listings")
        self.sources: Editable[
            Source, SourceDetail, SourcePart, SourceFilters, SourceInput, SourcePatch
        ] = Editable(transport, "sources")
        self.support_types: Editable[
            SupportType,
            SupportTypeDetail,
            SupportTypePart,
            SupportTypeFilters,
            SupportTypeInput,
            SupportTypePatch,
        ] = Editable(transport, "support-types")
        self.themes: Editable[
            Theme, ThemeDetail, ThemePart, ThemeFilters, ThemeInput, ThemePatch
        ] = Editable(transport, "themes")
        self.topics: Editable[
            Topic, TopicDetail, TopicPart, TopicFilters, TopicInput, TopicPatch
        ] = Editable(transport, "topics")
        self.white_papers: Editable[
            WhitePaper,
            WhitePaperDetail,
            WhitePaperPart,
            WhitePaperFilters,
            WhitePaperInput,
            WhitePaperPatch,
        ] = Editable(transport, "white-papers")
