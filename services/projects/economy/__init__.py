"""Economic monitoring (S13): monthly reports of enterprises, what they add up to, and when something dips."""
