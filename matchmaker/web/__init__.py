"""The web: a JSON API and pages over one service.  Only this package imports flask."""
