# Narrow stub: what collector.export uses of pyarrow.parquet.
from pathlib import Path

from pyarrow import Table

def write_table(table: Table, where: Path) -> None: ...
def read_table(source: Path, columns: list[str] | None = None) -> Table: ...
