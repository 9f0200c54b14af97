"""What the HTML pages share: each is one file that needs nothing but itself."""

from collections.abc import Iterable, Mapping
from html import escape

_CSS = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1c1c1c; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
table { border-collapse: collapse; width: 100% }
td, th { padding: .2rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid #e4e4e4 }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
tbody th { background: #f5f5f5; font-weight: 600 } thead th { color: #666; font-weight: 500 }
.facts { width: auto } .facts td { border: 0; padding-left: 0 } .facts td:first-child { color: #666 }
.verdict { border-radius: .3rem; padding: .05rem .5rem; font-weight: 600; color: #fff }
.pass { background: #1a7f37 } .warn { background: #9a6700 } .fail { background: #cf222e }
tr.failed td { background: #fff1f0 } tr.warned td { background: #fff8e5 }
svg { width: 100%; height: auto } .missing { color: #9a6700 } figure { margin: 1rem 0 } figcaption { color: #666 }
@media print { body { margin: 0; max-width: none } tr, figure { break-inside: avoid } }
"""


def whole_page(title: str, body: Iterable[str]) -> str:
    """The document; `body`: HTML, part by part."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_CSS}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def facts_table(facts: Mapping[str, str]) -> str:
    """Names and values below each other; empty without any."""
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in facts.items())
    return f'<table class="facts">{rows}</table>' if rows else ""


def figure(title: str, svg: str | None, caption: str) -> str:
    """A plot with its words; None: there was nothing to draw."""
    drawn = svg or '<p class="missing">Nothing was measured.</p>'
    return f"<h2>{escape(title)}</h2><figure>{drawn}<figcaption>{escape(caption)}</figcaption></figure>"
