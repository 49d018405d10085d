"""Rules of targets: pure, time as an argument."""
