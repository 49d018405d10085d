"""Handing over a shift (交接班): what is open, promised, quiet and faulty, signed by who gives and who takes."""
