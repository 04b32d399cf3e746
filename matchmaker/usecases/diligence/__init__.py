"""Due diligence on partners: entries kept by the secretariat, a bare status for members."""
