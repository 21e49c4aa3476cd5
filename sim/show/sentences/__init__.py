"""What is said of answers, question by question."""
