"""The coordinator's forms: they read what people type and say what is wrong, beside the field."""
