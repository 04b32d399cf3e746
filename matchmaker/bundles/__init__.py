"""Bundles: like needs of several cities as one demand, a solution and its funding as one supply."""
