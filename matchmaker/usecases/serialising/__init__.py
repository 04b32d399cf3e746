"""Selections and the whole graph in forms other than JSON: tables, maps and graph files."""
