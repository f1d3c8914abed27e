// Draws the map of the edge of learning, and says where a person points and to which box they zoom.
//
// Places are columns and rows of the finest picture, from the lower left. The server sends the pixels' shades only if
// they are not here (`have`).
const CLICK = 0.25 // of the picture: what a click or the Enter key zooms to
const MOVED = 6 // CSS pixels: less is a click
const LATE_MS = 3000 // after which a question is asked again, should it have been lost

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".edge")
  root.edge ??= start(root)
  // Streamlit may drop a message when the next one comes, so a command is sent until the server says that it is done.
  root.edge.send = () => setTriggerValue("next", { pixel: root.edge.place, have: root.edge.have, command: root.edge.command })
  root.edge.show(data)
  return () => root.isConnected || root.edge.end() // calls also end while it stays: docs/upstream/overtaken-calls.md
}

function start(root) {
  const find = (name) => root.querySelector(`.${name}`)
  const [canvas, over, plot] = [find("map"), find("over"), find("plot")]
  const edge = { place: null, box: null, have: null, command: null }
  let data, codes, shown, colours
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  const clamp = (value) => Math.min(Math.max(value, 0), 1)
  const behind = () => edge.command || (edge.place && String(data.pixel) !== String(edge.place))

  edge.ask = (after = 0) => {
    clearTimeout(edge.timer)
    edge.timer = setTimeout(() => { edge.send(); edge.askIfBehind(LATE_MS) }, after)
  }
  edge.askIfBehind = (after) => { if (data.playing || !shown || behind()) edge.ask(after) }
  edge.show = (news) => {
    data = news
    if (edge.command?.number <= news.done) edge.command = null
    colours ??= bytes(news.palette)
    if (news.shades) {
      ;[codes, shown] = [bytes(news.shades), news.name]
      paint(canvas, news.side, news.side, (at) => codes[(news.side - 1 - Math.floor(at / news.side)) * news.side + (at % news.side)])
      paint(find("bar"), 256, 1, (at) => at)
    }
    edge.have = shown
    if (news.view.join() !== edge.view) [edge.view, edge.place, edge.box] = [news.view.join(), news.pixel, null]
    find("progress").style.width = news.playing ? `${100 * news.progress}%` : 0
    over.setAttribute("aria-label", news.summary)
    for (const name of ["left", "right", "bottom", "top"]) find(name).textContent = news.ends[name]
    drawOver()
    curve()
    clearTimeout(edge.timer)
    edge.askIfBehind(10)
  }
  function order(command) {
    edge.command = { ...command, view: data.view, number: Date.now() }
    edge.ask()
  }

  function paint(target, width, height, code) {
    ;[target.width, target.height] = [width, height]
    const image = new ImageData(width, height)
    for (let at = 0; at < width * height; at++) {
      image.data.set(colours.subarray(3 * code(at), 3 * code(at) + 3), 4 * at)
      image.data[4 * at + 3] = 255
    }
    target.getContext("2d").putImageData(image, 0, 0)
  }

  // The crosshair and the box, in CSS pixels.
  function drawOver() {
    const size = over.clientWidth, scale = devicePixelRatio
    over.width = over.height = size * scale
    const pen = over.getContext("2d")
    pen.scale(scale, scale)
    const stroke = (draw) => [["#000", 3], ["#fff", 1.2]].forEach(([colour, width]) => {
      ;[pen.strokeStyle, pen.lineWidth] = [colour, width]
      pen.beginPath(); draw(); pen.stroke()
    })
    if (edge.place && !edge.box) {
      const [x, y] = [(edge.place[0] + 0.5) / data.finest * size, size - (edge.place[1] + 0.5) / data.finest * size]
      stroke(() => [[1, 0], [-1, 0], [0, 1], [0, -1]].forEach(([right, down]) => {
        pen.moveTo(x + 5 * right, y + 5 * down); pen.lineTo(x + 14 * right, y + 14 * down)
      }))
    }
    if (edge.box) stroke(() => pen.rect(edge.box[0] * size, edge.box[1] * size, edge.box[2] * size, edge.box[2] * size))
  }

  // The losses of the run that is pointed at, on a logarithmic axis.
  function curve() {
    const { losses, words } = data
    find("words").textContent = words
    if (!losses.length) return void (plot.innerHTML = "")
    const logs = losses.map((loss) => Math.log10(Math.min(loss, 1e7 * losses[0]))), [low, high] = [Math.min(...logs) - 0.15, Math.max(...logs) + 0.15]
    const x = (step) => 34 + step / (data.steps - 1) * 258, y = (log) => 8 + (high - log) / (high - low) * 128
    const d = logs.map((log, step) => `${step ? "L" : "M"}${x(step).toFixed(1)} ${y(log).toFixed(1)}`).join("")
    const powers = []
    for (let power = Math.ceil(low); power <= high; power += Math.max(1, Math.round((high - low) / 5))) powers.push(power)
    const label = (power) => `<text x="30" y="${y(power) + 4}" text-anchor="end">${power < -3 || power > 3 ? `1e${power}` : 10 ** power}</text><path d="M34 ${y(power)}H292" class="grid"/>`
    plot.innerHTML = `${powers.map(label).join("")}<path d="M34 ${y(logs[0])}H292" class="start"/><path d="${d}" class="${data.converged ? "blue" : "orange"}"/><text x="34" y="154">step 0</text><text x="292" y="154" text-anchor="end">${data.steps}</text>`
  }

  const share = (event) => {
    const box = over.getBoundingClientRect()
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)]
  }
  const pixel = ([x, y]) => [x, 1 - y].map((part) => Math.min(Math.floor(part * data.side), data.side - 1) * data.finest / data.side)
  function point(place) {
    if (String(place) === String(edge.place)) return
    edge.place = place
    drawOver()
    edge.later ??= setTimeout(() => { edge.later = null; edge.ask() }, 60)
  }
  // Zoom to a square, given by its upper left corner and its width as shares; show what is known of it at once.
  function zoom([x, y, width]) {
    const pen = canvas.getContext("2d"), side = canvas.width
    pen.imageSmoothingEnabled = false
    pen.drawImage(canvas, x * side, y * side, width * side, width * side, 0, 0, side, side)
    edge.place = edge.box = edge.have = shown = null
    drawOver()
    order({ box: [x, clamp(1 - y - width), width] })
  }
  const around = ([x, y]) => [x, y].map((part) => Math.min(Math.max(part - CLICK / 2, 0), 1 - CLICK)).concat(CLICK)

  over.onpointerdown = (event) => {
    if (event.button) return
    over.setPointerCapture(event.pointerId)
    edge.from = share(event)
  }
  over.onpointermove = (event) => {
    const [x, y] = share(event)
    if (!edge.from) return event.pointerType === "mouse" && point(pixel([x, y]))
    const [right, down] = [x - edge.from[0], y - edge.from[1]]
    const room = [right, down].map((to, axis) => (to < 0 ? edge.from[axis] : 1 - edge.from[axis]))
    const width = Math.min(Math.max(Math.abs(right), Math.abs(down)), ...room)
    if (width * over.clientWidth < MOVED) return void (edge.box = null)
    edge.box = [edge.from[0] - (right < 0 ? width : 0), edge.from[1] - (down < 0 ? width : 0), width]
    drawOver()
  }
  over.onpointerup = (event) => {
    const { from, box } = edge
    edge.from = null
    if (box) zoom(box)
    else if (from && event.pointerType === "mouse") zoom(around(from))
    else if (from) point(pixel(from))
  }
  over.onpointercancel = () => { edge.from = edge.box = null; drawOver() }
  const cross = () => edge.place ?? [data.finest / 2, data.finest / 2]
  const here = () => [cross()[0] / data.finest, 1 - cross()[1] / data.finest]
  const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }
  over.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (keys[event.key]) {
      const step = event.shiftKey ? 32 : 2
      point(cross().map((at, axis) => Math.min(Math.max(at + step * keys[event.key][axis], 0), data.finest - 1)))
    } else if (event.key === "Enter" || event.key === "+") zoom(around(here()))
    else if (event.key === "-") order({ to: "back" })
    else if (event.key === "Home") order({ to: "home" })
    else return
    event.preventDefault()
  }
  find("closer").onclick = () => zoom(around(here()))
  const observer = new ResizeObserver(() => data && drawOver())
  observer.observe(over)
  const travel = () => order({ to: new URLSearchParams(location.search).get("edge") ?? "" })
  addEventListener("popstate", travel)
  edge.end = () => {
    observer.disconnect()
    removeEventListener("popstate", travel)
    clearTimeout(edge.timer)
    clearTimeout(edge.later)
  }
  requestAnimationFrame(() => {
    const ends = [over, find("closer")].map((one) => one.getBoundingClientRect().bottom)
    if (Math.max(...ends) > innerHeight) root.scrollIntoView({ block: "nearest", behavior: "smooth" })
  })
  return edge
}
