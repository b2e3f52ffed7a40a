"""What a page or mail shows of the domain, gathered and put into words: no requests here."""
