"""Events: planned by the secretariat, their timetables made, published and made again."""
