"""Events and their timetables on the web."""
