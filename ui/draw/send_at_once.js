// The canvas waits 200 ms for another stroke before it sends one, but the first button of its toolbar sends at once:
// press it when a pen is lifted that came down on the canvas. If that fails, the stroke arrives 200 ms later.
export default () => {
  let toolbar = null
  const down = (event) => {
    const path = event.composedPath()
    const onCanvas = path[0] instanceof HTMLCanvasElement
    toolbar = onCanvas ? path.find((node) => node instanceof ShadowRoot)?.querySelector(".dc-toolbar") : null
  }
  const up = () => {
    const send = toolbar?.querySelector("button")
    toolbar = null
    if (send) setTimeout(() => send.click())  // once the canvas has taken the stroke
  }
  const listeners = [["mousedown", down], ["touchstart", down], ["mouseup", up], ["touchend", up]]
  listeners.forEach(([name, listen]) => document.addEventListener(name, listen, true))
  return () => listeners.forEach(([name, listen]) => document.removeEventListener(name, listen, true))
}
