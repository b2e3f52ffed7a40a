"""What the pages of ordering show and read; the views only find, ask the domain and commit.

* `offers`: the articles of a round, kept in memory. `basket`: what one chose, and what it costs.
* `page`: both together, as every page of an order needs them. `grid`: the rows, drawn once.
* `form`: what was typed. `standing`: how far all together have come.
"""
