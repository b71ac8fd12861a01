"""What pages look like: the model of a built page and the steps that mend it, templates, styles."""
