"""Sliders by finger: whoever scrolls the page past one leaves it as it is.

Streamlit's sliders take the first touch of their line for a choice, and keep the page from scrolling there.
"""

import streamlit as st

# Up and down is the page's, left and right the slider's.
STYLE = """<style>
[data-testid="stSlider"] [role="group"] * {touch-action: pan-y !important}
</style>"""

_wait = st.components.v2.component(
    "three_or_seven.sliders",
    js="""
export default () => {
  const LINE = '[data-testid="stSlider"] [role="group"]'
  let held = null  // a finger that came down on a slider, while nobody knows what it is about to do
  const down = (event) => {
    const begins = event.type === "pointerdown"  // a touchstart comes after it
    if (begins) held = null
    if (!event.isTrusted || event.pointerType === "mouse" || !event.target.closest?.(LINE)) return
    event.stopPropagation()
    if (begins) held = event
  }
  const move = (event) => {
    if (event.pointerId !== held?.pointerId) return
    const aside = Math.abs(event.clientX - held.clientX), along = Math.abs(event.clientY - held.clientY)
    if (aside <= along) return
    const touch = held
    held = null
    touch.target.dispatchEvent(new PointerEvent("pointerdown", touch))
  }
  const up = () => { held = null }  // after a tap the browser sends what a mouse would, and the slider takes that
  const heard = [["pointerdown", down], ["touchstart", down], ["pointermove", move], ["pointerup", up],
                 ["pointercancel", up]]
  heard.forEach(([name, listen]) => document.addEventListener(name, listen, true))
  return () => heard.forEach(([name, listen]) => document.removeEventListener(name, listen, true))
}
""",
)


def wait_for_fingers() -> None:
    """Let sliders on this page wait until a finger shows whether it scrolls, slides or taps. It shows nothing."""
    st.html(STYLE)
    _wait()
