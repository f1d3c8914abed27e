// Move the focus into a popover that was opened by key, and out of it again.
export default () => {
  const BUTTON = '[data-testid="stPopoverButton"]', BODY = '[data-testid="stPopoverBody"]'
  const FOCUSABLE = 'input, textarea, select, button, a[href], [tabindex="0"]'
  const MOST_FRAMES = 60  // to wait until an opened popover is drawn
  let opener = null
  const inside = (body) => [...body.querySelectorAll(FOCUSABLE)].filter((one) =>
    !one.disabled && one.tabIndex >= 0 && one.getClientRects().length)
  const firstOf = (body) => {
    const control = inside(body).find((one) => !one.closest('[data-testid="stTooltipHoverTarget"]'))
    return control?.closest('[role="radiogroup"]')?.querySelector('[aria-checked="true"]') ?? control
  }
  const enter = (frames) => {
    const body = document.querySelector(BODY)
    const first = body && opener?.getAttribute("aria-expanded") === "true" && firstOf(body)
    if (first) first.focus()
    else if (frames) requestAnimationFrame(() => enter(frames - 1))
  }
  const clicked = (event) => {
    const button = event.target.closest?.(BUTTON)
    if (!button || event.detail) return  // detail counts the clicks of a mouse; it is 0 for a key
    opener = button
    if (button.getAttribute("aria-expanded") !== "true") enter(MOST_FRAMES)
  }
  const pressed = (event) => {
    const body = event.key === "Tab" && opener?.isConnected && event.target.closest?.(BODY)
    if (!body) return
    // Tab reaches only one option of a radio group, so all its options count as one control.
    const whole = (one) => one?.closest('[role="radiogroup"]') ?? one
    if (whole(document.activeElement) !== whole(inside(body).at(event.shiftKey ? 0 : -1))) return
    opener.focus()
    if (event.shiftKey) event.preventDefault()  // stay on the button
    else opener.click()  // close the popover; the browser then moves on from the button
  }
  document.addEventListener("click", clicked, true)
  document.addEventListener("keydown", pressed, true)
  return () => {
    document.removeEventListener("click", clicked, true)
    document.removeEventListener("keydown", pressed, true)
  }
}
