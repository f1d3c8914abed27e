// What the paper lacks: a pen for the keyboard, Ctrl+Z, and a stroke that is sent as soon as the pen is lifted.
const STEP = 10, FINE = 2 // pixels of the paper that an arrow key moves the pen, and with Shift
const SIDE = 280 // of the paper, in its own pixels

const inPage = (selector) => document.querySelector(selector)
const paper = () => [...document.querySelectorAll(".st-key-drawing *")].find((node) => node.shadowRoot)?.shadowRoot

export default ({ parentElement }) => {
  const pad = parentElement.querySelector(".pen-pad"), point = pad.querySelector("i")
  const state = (pad.state ??= { x: SIDE / 2, y: SIDE / 2, down: false })

  // One set of buttons is enough: of the canvas's own, only the one to move strokes stays.
  const root = paper()
  if (root && !root.querySelector(".one-set")) {
    const style = document.createElement("style")
    style.className = "one-set"
    style.textContent = ".dc-toolbar-card > button:not([aria-label='Edit']), .dc-toolbar-separator {display: none}"
    root.append(style)
  }

  // The canvas waits 200 ms for another stroke before it sends one, but the first button of its toolbar sends at once:
  // press it when a pen is lifted that came down on the canvas. If that fails, the stroke arrives 200 ms later.
  let toolbar = null
  const down = (event) => {
    const path = event.composedPath()
    const onCanvas = path[0] instanceof HTMLCanvasElement
    toolbar = onCanvas ? path.find((node) => node instanceof ShadowRoot)?.querySelector(".dc-toolbar") : null
  }
  const up = () => {
    const send = toolbar?.querySelector("button")
    toolbar = null
    if (send) setTimeout(() => send.click()) // once the canvas has taken the stroke
  }

  // The canvas takes a pen from the keyboard for a mouse.
  const mouse = (kind) => {
    const canvas = paper()?.querySelector("canvas.upper-canvas")
    if (!canvas) return
    const box = canvas.getBoundingClientRect()
    const place = { clientX: box.left + (state.x * box.width) / SIDE, clientY: box.top + (state.y * box.height) / SIDE }
    canvas.dispatchEvent(new MouseEvent(kind, { ...place, button: 0, bubbles: true, composed: true, cancelable: true }))
  }
  const show = () => {
    Object.assign(point.style, { left: `${(100 * state.x) / SIDE}%`, top: `${(100 * state.y) / SIDE}%` })
    pad.classList.toggle("down", state.down)
  }
  const lift = () => {
    if (state.down) mouse("mouseup")
    state.down = false
    show()
  }
  pad.onkeydown = (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (event.key === " ") {
      if (event.repeat) return event.preventDefault()
      if (state.down) lift()
      else {
        state.down = true
        mouse("mousedown")
      }
    } else if (way) {
      const far = event.shiftKey ? FINE : STEP
      state.x = Math.min(SIDE - 1, Math.max(0, state.x + far * way[0]))
      state.y = Math.min(SIDE - 1, Math.max(0, state.y + far * way[1]))
      if (state.down) mouse("mousemove")
    } else return
    event.preventDefault()
    show()
  }
  pad.onblur = lift
  show()

  const undo = (event) => {
    const typing = event.composedPath()[0].closest?.("input:not([type=range]), textarea, [contenteditable=true]")
    const key = event.key.toLowerCase()
    if (typing || !(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) return
    const name = key === "y" || event.shiftKey ? "redo" : "undo"
    const button = inPage(`.st-key-paper_${name} button`)
    if (!button) return
    event.preventDefault()
    if (!button.disabled) button.click()
  }
  const listeners = [["mousedown", down], ["touchstart", down], ["mouseup", up], ["touchend", up], ["keydown", undo]]
  listeners.forEach(([name, listen]) => document.addEventListener(name, listen, true))
  return () => listeners.forEach(([name, listen]) => document.removeEventListener(name, listen, true))
}
