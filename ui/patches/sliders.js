// Hold back the touch of a slider until the finger shows whether it scrolls the page or moves the slider.
export default () => {
  const TRACK = '[data-testid="stSlider"] [role="group"]'
  let held = null  // the pointerdown of a finger on a slider that has not moved yet
  const down = (event) => {
    const begins = event.type === "pointerdown"  // touchstart follows it
    if (begins) held = null
    if (!event.isTrusted || event.pointerType === "mouse" || !event.target.closest?.(TRACK)) return
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
  const up = () => { held = null }  // after a tap the browser sends mouse events, which the slider handles itself
  const listeners = [["pointerdown", down], ["touchstart", down], ["pointermove", move], ["pointerup", up],
                     ["pointercancel", up]]
  listeners.forEach(([name, listener]) => document.addEventListener(name, listener, true))
  return () => listeners.forEach(([name, listener]) => document.removeEventListener(name, listener, true))
}
