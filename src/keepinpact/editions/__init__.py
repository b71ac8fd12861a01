"""Released editions: the site that holds them all, and a release."""
