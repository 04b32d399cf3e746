"""Documents to print, on the web: the annual report and the brief of a need."""
