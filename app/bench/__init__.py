"""The project's figures, measured on the machine at hand: medians with spread, never a test."""
