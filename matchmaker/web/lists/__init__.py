"""Working lists, the comparison of offers, and needs that are solved, in the API and on pages."""
