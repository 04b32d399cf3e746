"""The same data in other forms: JSON-LD, Turtle, CSV, GeoJSON, a catalogue, a sitemap."""
