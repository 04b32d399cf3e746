"""Working lists (shortlists and dismissals), offers compared side by side, needs that are solved."""
