"""Money: who owes whom, the papers that say so, and how it adds up."""
