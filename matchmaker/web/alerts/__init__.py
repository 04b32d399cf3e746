"""Saved searches in the API and on pages, and the links in messages that stop them."""
