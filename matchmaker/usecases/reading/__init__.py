"""Reading: lists, details, search, as far as whoever asks may see."""
