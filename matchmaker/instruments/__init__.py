"""The network's instruments: versioned documents with clauses, changed by consensus."""
