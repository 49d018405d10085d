"""Alerts in the forms that other systems read: CAP 1.2, Atom, the national warning XML."""
