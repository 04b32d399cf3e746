"""Where countries are drawn on the map of introductions: roughly in their middle, by ISO code.

For pictures only: the places say nothing about borders or standing.
"""

from __future__ import annotations

from typing import Final

PLACES: Final[dict[str, tuple[float, float]]] = {
    "AE": (24, 54), "AT": (47, 14), "AU": (-25, 134), "BE": (51, 4), "BN": (4.5, 114.6),
    "BR": (-10, -53), "CA": (58, -106), "CH": (47, 8), "CN": (35, 104), "DE": (51, 10),
    "DK": (56, 10), "ES": (40, -4), "FI": (63, 26), "FR": (46, 2), "GB": (54, -2), "HK": (22.3, 114.2),
    "ID": (-4.5, 117), "IE": (53, -8), "IL": (31, 35), "IN": (22, 79), "IT": (43, 12),
    "JP": (36, 138), "KH": (12.7, 105), "KR": (36.5, 128), "LA": (18.5, 103.8), "LU": (49.8, 6),
    "MM": (20.5, 96.5), "MY": (4, 109.5), "NL": (52, 5), "NO": (61, 9), "NZ": (-42, 172),
    "PH": (12, 122.8), "PL": (52, 19), "PT": (39, -8), "QA": (25, 51), "RU": (60, 90),
    "SA": (24, 45), "SE": (62, 15), "SG": (1.35, 103.8), "TH": (15.5, 101), "TL": (-8.8, 125.9),
    "TR": (39, 35), "TW": (23.7, 121), "US": (39, -98), "VN": (14.5, 108.3), "ZA": (-29, 25),
}  # fmt: skip
"""Latitude and longitude in degrees."""
