"""How others keep a copy of the graph: a dump, the feed of changes, streams and webhooks."""
