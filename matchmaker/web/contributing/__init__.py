"""Contributions over the web: operations of the API, and pages for people."""
