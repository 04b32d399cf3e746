"""The network's monitoring and evaluation report for a year, counted from the lists in the graph."""
