"""Popovers by keyboard: whoever opens one with a key is taken into it, and out of it again.

Streamlit puts what is in a popover at the end of the page, as many presses of Tab away as there are controls below its
button, and leaves the focus where it was.
"""

import streamlit as st

_follow = st.components.v2.component(
    "three_or_seven.popovers",
    js="""
export default () => {
  const BUTTON = '[data-testid="stPopoverButton"]', BODY = '[data-testid="stPopoverBody"]'
  const REACHED = 'input, textarea, select, button, a[href], [tabindex="0"]'
  const LOOKS = 60  // frames of the screen
  let opener = null
  const inside = (body) => [...body.querySelectorAll(REACHED)].filter((one) =>
    !one.disabled && one.tabIndex >= 0 && one.getClientRects().length)
  const begin = (body) => {
    const control = inside(body).find((one) => !one.closest('[data-testid="stTooltipHoverTarget"]'))
    return control?.closest('[role="radiogroup"]')?.querySelector('[aria-checked="true"]') ?? control
  }
  const enter = (looks) => {
    const body = document.querySelector(BODY)
    const first = body && opener?.getAttribute("aria-expanded") === "true" && begin(body)
    if (first) first.focus()
    else if (looks) requestAnimationFrame(() => enter(looks - 1))
  }
  const clicked = (event) => {
    const button = event.target.closest?.(BUTTON)
    if (!button || event.detail) return  // a mouse counts its clicks, a key does not
    opener = button
    if (button.getAttribute("aria-expanded") !== "true") enter(LOOKS)
  }
  const pressed = (event) => {
    const body = event.key === "Tab" && opener?.isConnected && event.target.closest?.(BODY)
    if (!body) return
    // Tab goes to one option of a choice only, to whichever: they count as one.
    const whole = (one) => one?.closest('[role="radiogroup"]') ?? one
    if (whole(document.activeElement) !== whole(inside(body).at(event.shiftKey ? 0 : -1))) return
    opener.focus()
    if (event.shiftKey) event.preventDefault()  // back to the button
    else opener.click()  // it closes, and the browser goes on from the button
  }
  document.addEventListener("click", clicked, true)
  document.addEventListener("keydown", pressed, true)
  return () => {
    document.removeEventListener("click", clicked, true)
    document.removeEventListener("keydown", pressed, true)
  }
}
""",
)


def follow_keys() -> None:
    """Let keys go into popovers and out of them on this page. It shows nothing."""
    _follow()
