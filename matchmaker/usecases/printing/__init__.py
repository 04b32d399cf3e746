"""Documents to print: the annual report, and the brief of a need."""
