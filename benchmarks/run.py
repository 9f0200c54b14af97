"""`make bench`: every benchmark, one after the other; nothing else should run on the machine."""

from benchmarks import record, teleop_update

if __name__ == "__main__":
    teleop_update.main()
    record.main()
