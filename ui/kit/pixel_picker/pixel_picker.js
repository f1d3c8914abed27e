// A picture whose pixels can be pointed at, with a frame that crops it if the server names one.
const MOVED = 4  // CSS pixels: less is a click
const NEAR = { mouse: 9, pen: 9, touch: 18 }  // CSS pixels: within these a pointer takes an edge of the frame
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }

export default ({ data: [news], parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector(".picture")
  root.picture ??= start(root, makeSender(root, news.number))
  root.picture(news, setTriggerValue)
}

function start(root, sender) {
  const find = (name) => root.querySelector(name)
  const [canvas, over, reading] = [find("canvas"), find("svg"), find("output")]
  let news, picked, crop, drag = null
  const side = () => news.side
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high)

  function draw() {
    const place = (name, x, y, width, height) => {
      Object.entries({ x, y, width, height }).forEach(([key, value]) => find(name).setAttribute(key, value))
    }
    place(".picked", picked[1], picked[0], 1, 1)
    root.classList.toggle("cropped", !!crop)
    if (!crop) return
    const [[top, bottom], [left, right]] = crop
    place(".frame", left, top, right - left, bottom - top)
    find(".veil").setAttribute("d", `M0 0H${side()}V${side()}H0ZM${left} ${top}V${bottom}H${right}V${top}Z`)
    root.querySelectorAll("circle").forEach((corner, at) => {
      corner.setAttribute("cx", at % 2 ? right : left)
      corner.setAttribute("cy", at > 1 ? bottom : top)
    })
  }
  function read([row, column]) {
    const value = news.values[row * side() + column]
    reading.textContent = `row ${row}, column ${column}: ${news.ink === 1 ? value.toFixed(2) : value}`
  }
  function offer(done) {
    draw()
    read(picked)
    sender.offer({ picked, crop, done })
  }

  // Where a pointer is, in pixels of the image, and which edges of the frame it is near: -1, 0 or 1 down and across.
  function where(event) {
    const box = over.getBoundingClientRect()
    return [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width].map((part) => part * side())
  }
  function edges(event) {
    const at = where(event), near = (NEAR[event.pointerType] / over.getBoundingClientRect().width) * side()
    if (!crop || at.some((part, axis) => part < crop[axis][0] - near || part > crop[axis][1] + near)) return null
    return at.map((part, axis) => {
      const [low, high] = crop[axis].map((end) => Math.abs(part - end))
      return Math.min(low, high) > Math.min(near, (crop[axis][1] - crop[axis][0]) / 3) ? 0 : low < high ? -1 : 1
    })
  }
  const pixel = (at) => at.map((part) => clamp(Math.floor(part), 0, side() - 1))

  over.onpointerdown = (event) => {
    if (event.button) return
    over.setPointerCapture(event.pointerId)
    drag = { at: where(event), x: event.clientX, y: event.clientY, edges: edges(event), crop, moved: false }
  }
  // A finger in the frame drags it, elsewhere it scrolls the page. That is settled at its touch: browsers don't keep to
  // a touch-action of shapes within an SVG.
  over.ontouchstart = (event) => drag?.edges && event.preventDefault()
  over.onpointermove = (event) => {
    const at = where(event)
    if (!drag) {
      read(pixel(at))
      const on = edges(event)
      const [down, across] = on ?? [0, 0]
      over.style.cursor = !on ? "crosshair" : down && across ? (down === across ? "nwse-resize" : "nesw-resize")
        : down ? "ns-resize" : across ? "ew-resize" : "move"
      return
    }
    if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < MOVED) return
    if (event.pointerType === "touch" && !drag.edges) return  // that scrolls the page
    drag.moved = true
    if (!news.crop) {  // nothing to crop: the picked pixel goes with the pointer
      picked = pixel(at)
      return offer(false)
    }
    crop = at.map((part, axis) => {
      const began = drag.at[axis]
      if (!drag.edges) {  // a new frame
        const [low, high] = [Math.min(began, part), Math.max(began, part)].map((end) => clamp(end, 0, side()))
        const first = Math.min(Math.floor(low), side() - 1)
        return [first, Math.max(Math.ceil(high), first + 1)]
      }
      const [low, high] = drag.crop[axis], by = Math.round(part - began)
      if (drag.edges.every((edge) => !edge)) {
        const kept = clamp(by, -low, side() - high)
        return [low + kept, high + kept]
      }
      if (drag.edges[axis] < 0) return [clamp(low + by, 0, high - 1), high]
      return drag.edges[axis] ? [low, clamp(high + by, low + 1, side())] : [low, high]
    })
    offer(false)
  }
  over.onpointerup = (event) => {
    if (!drag) return
    if (!drag.moved) picked = pixel(where(event))
    drag = null
    offer(true)
  }
  over.onpointercancel = () => { drag = null }  // the finger scrolls the page
  over.onpointerleave = () => !drag && read(picked)
  over.onkeydown = (event) => {
    const by = ARROWS[event.key]
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    picked = picked.map((part, axis) => clamp(part + by[axis], 0, side() - 1))
    offer(true)
  }

  return (told, trigger) => {
    const values = String(told.values)
    if (values !== root.values) {
      root.values = values
      canvas.width = canvas.height = told.side
      const image = new ImageData(told.side, told.side)
      told.values.forEach((value, at) => {
        const light = 255 - Math.round((255 * value) / told.ink)
        image.data.set([light, light, light, 255], 4 * at)
      })
      canvas.getContext("2d").putImageData(image, 0, 0)
      over.setAttribute("viewBox", `0 0 ${told.side} ${told.side}`)
    }
    news = told
    if (sender.answer(told.number, trigger) && !drag) [picked, crop] = [told.picked, told.crop]
    over.setAttribute("aria-label", `${told.label}. The pixel in row ${picked[0]}, column ${picked[1]} is picked: arrow keys pick another.`)
    draw()
    if (!over.matches(":hover")) read(picked)
  }
}
