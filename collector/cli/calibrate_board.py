"""clap calibrate board: a board to print, and its description."""

from pathlib import Path
from typing import Annotated

import typer

from collector.cli.options import USAGE, Abort, say

app = typer.Typer()


@app.command("board")
def board_command(
    board: Annotated[
        str, typer.Option(help="chessboard:9x6:25mm, charuco:10x7:24mm:18mm:DICT_5X5_100, or a file; else what fits.")
    ] = "",
    out: Annotated[Path, typer.Option(help="Folder for the PDF, the PNG and the description (YAML).")] = Path(),
    paper: Annotated[str, typer.Option(help="a4, a3, letter, or its sides: 600x400mm.")] = "a4",
    dpi: Annotated[int, typer.Option(min=100, max=2400, help="Of the PNG; the PDF is sharp at any.")] = 600,
) -> None:
    """Write a calibration board at true scale, with a ruler to check the print, and its description file."""
    import yaml

    from calibration.board import BoardError, describe, parse_board
    from calibration.board_print import BOARDS, sheet
    from calibration.board_print import paper as sides_of
    from calibration.board_print_files import pdf, png

    try:
        sides = sides_of(paper)
        told = board or BOARDS.get(paper.lower(), BOARDS["a4"])
        found = parse_board(told)
        page = sheet(found, sides, "" if told.endswith((".yaml", ".yml", ".json")) else told)
    except BoardError as error:
        raise Abort(USAGE, str(error)) from error
    stem = f"{found.kind}-{found.columns}x{found.rows}-{found.square_m * 1e3:g}mm"
    description = out / f"{stem}.yaml"
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{stem}.pdf").write_bytes(pdf(page))
        (out / f"{stem}.png").write_bytes(png(page, dpi))
        kept = description.exists()
        if not kept:
            description.write_text(yaml.safe_dump(describe(found), sort_keys=False))
    except OSError as error:
        raise Abort(USAGE, f"{out} cannot be written: {error.strerror}; choose another --out") from error
    say(f"{out / stem}.pdf and .png: print at 100 %, {page.width:g} x {page.height:g} mm, on a flat, stiff plate")
    say(f"{description} {'was there and is kept as it is' if kept else 'describes it: give it as --board'}")
    say("measure the ruler (100 mm) and a square with a caliper; write the square as measured into square_m")
