"""Timetables of meetings: who meets whom, when and where; stores nothing."""
