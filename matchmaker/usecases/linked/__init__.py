"""Linked data: the one mapping of the graph to schema.org, SKOS, PROV-O and DCAT."""
