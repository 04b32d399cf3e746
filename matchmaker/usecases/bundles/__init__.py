"""Bundles of several cities' needs: suggested by the graph, accepted by people, brokered one by one."""
