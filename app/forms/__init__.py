"""The forms: which fields, and what they accept. What is done with them the views say."""
