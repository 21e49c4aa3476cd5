"""What the model does: arrays only — kernel contract, code generation, integration."""
