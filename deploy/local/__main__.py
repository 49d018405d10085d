import sys

from deploy.local import alertmanager

# Whoever starts an Alertmanager waits for it to listen: the rest of the command's means are not loaded for that.
if sys.argv[1:2] == ["alertmanager"]:
    sys.exit(alertmanager.main(sys.argv[2:]))

from deploy.local.cli import main

main()
