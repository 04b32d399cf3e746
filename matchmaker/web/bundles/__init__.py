"""Bundles of several cities' needs as JSON and as pages of the desk."""
