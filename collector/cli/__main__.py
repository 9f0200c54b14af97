"""python -m collector.cli"""

from collector.cli.app import main

main()
