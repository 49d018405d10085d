"""The record of an alert: how it stands now, and the trail of everything that made it so."""
