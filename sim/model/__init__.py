"""What the model says: reading, the typed intermediate representation, units, structure, writing."""
