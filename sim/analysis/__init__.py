"""What it means: indicators and comparisons computed from stored results alone."""
