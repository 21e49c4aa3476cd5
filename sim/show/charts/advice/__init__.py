"""Charts of answers to questions that were asked of many worlds."""
