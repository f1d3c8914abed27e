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
  // Of a choice one option can be reached with Tab: the chosen one, or else the first.
  const ends = (body) => {
    const all = inside(body), group = all[0]?.closest('[role="radiogroup"]')
    return [group?.querySelector('[aria-checked="true"]') ?? all[0], all.at(-1)]
  }
  const enter = (looks) => {
    const body = document.querySelector(BODY)
    const first = body && opener?.getAttribute("aria-expanded") === "true" && ends(body)[0]
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
    const [first, last] = ends(body), here = document.activeElement
    const together = (a, b) => a === b || (a?.closest('[role="radiogroup"]') ?? a) === b?.closest('[role="radiogroup"]')
    if (!together(here, event.shiftKey ? first : last)) return
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
