"""White papers as use cases: begun, written, agreed to, published, found again."""
