"""White papers: what they are and how they move on, as a pure fold over moves; stores nothing."""
