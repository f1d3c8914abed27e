"""Numbers with their names, which can change many times a second without moving."""

STYLE = """<style>
.live-numbers {display: grid; grid-template-columns: repeat(auto-fit, minmax(max(8rem, 22%), 1fr));
  gap: .6rem 1rem; margin: 0 !important; padding: 0 !important}
.live-numbers dt {font-size: .875rem; font-weight: 400; opacity: .8}
.live-numbers dd {margin: 0; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums}
</style>"""


def numbers_table(numbers: dict[str, str]) -> str:
    """Write numbers below their names as HTML, four in a row on a laptop. They are not escaped.

    Eight st.metric would keep the browser busy for a third of the time.
    """
    cells = (f"<div><dt>{name}</dt><dd>{number}</dd></div>" for name, number in numbers.items())
    return f'{STYLE}<dl class="live-numbers">{"".join(cells)}</dl>'
