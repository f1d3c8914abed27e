"""Numbers under their names, which change many times a second without moving."""

STYLE = """<style>
.live-numbers {display: grid; grid-template-columns: repeat(auto-fit, minmax(max(8rem, 22%), 1fr));
  gap: .6rem 1rem; margin: 0 !important; padding: 0 !important}
.live-numbers dt {font-size: .875rem; font-weight: 400; opacity: .8}
.live-numbers dd {margin: 0; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums}
</style>"""


def numbers_table(numbers: dict[str, str]) -> str:
    """Write numbers under their names, as HTML: two rows of eight on a laptop. Names and numbers are the app's own.

    As many st.metric would take a third of all that the browser can do in a second.
    """
    cells = (f"<div><dt>{name}</dt><dd>{number}</dd></div>" for name, number in numbers.items())
    return f'{STYLE}<dl class="live-numbers">{"".join(cells)}</dl>'
