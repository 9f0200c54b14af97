"""`make bench`: every benchmark, one after the other; nothing else should run on the machine."""

from benchmarks import record

if __name__ == "__main__":
    record.main()
