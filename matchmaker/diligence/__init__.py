"""Due diligence on partners: the checklist as data, and what entries add up to; stores nothing."""
