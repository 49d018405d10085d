"""Investment promotion (招商引资, S9): investors and who introduced them, leads, credit and reward."""
