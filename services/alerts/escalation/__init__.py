"""The chase: an alert that nobody takes up climbs from post to post until somebody has dealt with it."""
