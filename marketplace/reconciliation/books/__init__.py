"""The books as other accounting programs read them: every journal, and what every account held at each day's end."""
