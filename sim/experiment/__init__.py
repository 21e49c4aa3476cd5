"""What we ask: one run, or the scenarios of a study."""
