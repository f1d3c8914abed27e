// Show what each method answers, and ask about the strokes so far while the pen is on the paper.
const SIDE = 280, PIXELS = 28 // of the paper and of the picture, along an edge
const APART = 2 // pixels of the paper between two points that are sent
const LATE_MS = 1000 // after which an answer is taken for lost
const LOST_MS = 3000 // after which a stroke that has ended is taken for lost
const EASY_MS = 150 // a server that takes longer to answer is left a breath for others

class Verdicts {
  constructor() {
    Object.assign(this, { root: null, number: 0, answered: 0, sent: 0, latency: 0, stroke: null, ended: null })
    this.listeners = [["mousedown", this.down], ["touchstart", this.down], ["mousemove", this.move], ["touchmove", this.move],
      ["mouseup", this.up], ["touchend", this.up], ["touchcancel", this.up]]
    this.listeners.forEach(([name, listen]) => document.addEventListener(name, listen, true))
  }

  close() {
    this.listeners.forEach(([name, listen]) => document.removeEventListener(name, listen, true))
    clearTimeout(this.timer)
  }

  down = (event) => {
    const path = event.composedPath(), canvas = path[0]
    if (!(canvas instanceof HTMLCanvasElement) || !canvas.matches(".upper-canvas") || event.button) return
    const edits = path.find((node) => node instanceof ShadowRoot)?.querySelector("[aria-pressed=true]")
    if (edits || !this.data) return
    const { drawing, strokes, pen } = this.data
    this.stroke = { canvas, about: { drawing, strokes, pen }, points: [], last: null, first: this.number + 1 }
    this.move(event)
  }

  move = (event) => {
    if (!this.stroke) return
    const { clientX, clientY } = event.touches?.[0] ?? event, { canvas, points, last } = this.stroke
    const box = canvas.getBoundingClientRect()
    const point = [((clientX - box.left) * SIDE) / box.width, ((clientY - box.top) * SIDE) / box.height]
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < APART) return
    this.stroke.last = point
    points.push(...point.map((place) => Math.round(place * 10) / 10))
    this.stroke.asked = false
    this.ask()
  }

  // The canvas itself sends the stroke when the pen is lifted.
  up = () => {
    if (this.stroke) this.ended = { ...this.stroke, until: performance.now() + LOST_MS }
    this.stroke = null
  }

  // Ask about the newest points, unless a question is under way.
  ask() {
    clearTimeout(this.timer)
    const now = performance.now(), { stroke } = this
    if (!stroke || stroke.asked) return
    const wait = this.number > this.answered ? this.sent + LATE_MS - now : this.sent + 2 * this.latency - EASY_MS - now
    if (wait > 0) {
      this.timer = setTimeout(() => this.ask(), wait)
      return
    }
    stroke.asked = true
    this.number += 1
    this.sent = now
    this.send({ ...stroke.about, number: this.number, points: stroke.points })
  }

  receive(data, send) {
    this.send = send
    if (this.sent && data.number > this.answered) this.latency = performance.now() - this.sent
    this.answered = Math.max(this.answered, data.number)
    this.number = Math.max(this.number, data.number) // where another page was open meanwhile
    const { stroke } = this
    if (stroke && data.drawing === stroke.about.drawing && data.strokes > stroke.about.strokes) {
      stroke.about.strokes = data.strokes // the stroke before this one has arrived
      stroke.asked = false
    }
    this.data = data
    this.show(this.isOlder(data) ? this.seen : data)
    this.ask()
  }

  // Return whether something newer is shown: a part of the stroke that the server has not had as a whole yet.
  isOlder(data) {
    const { stroke, ended } = this
    const newest = stroke ?? (performance.now() < ended?.until ? ended : null)
    if (!newest || data.drawing !== newest.about.drawing || this.shown < newest.first) return false
    return stroke ? data.asked < stroke.first : !data.asked && data.strokes === newest.about.strokes
  }

  show(data) {
    this.shown = data.asked
    this.seen = data
    const { root } = this, find = (part) => root.querySelector(part)
    root.classList.toggle("blank", data.blank)
    root.dataset.of = data.asked ? `pen ${data.asked}` : `paper ${data.drawing}.${data.strokes}`
    this.write(find(".judged-said"), data.said)
    const list = find("dl")
    while (list.children.length > data.cards.length) list.lastChild.remove()
    const colours = getComputedStyle(root).getPropertyValue("--st-chart-categorical-colors").split(",")
    data.cards.forEach((card, place) => this.card(list.children[place] ?? list.appendChild(newCard()), card, colours))
    const picture = find("canvas").getContext("2d"), drawn = picture.createImageData(PIXELS, PIXELS)
    const ink = atob(data.pixels) // no letters, which have no code, for a blank paper
    for (let i = 0; i < PIXELS * PIXELS; i += 1) {
      const light = 255 - (ink.charCodeAt(i) || 0)
      drawn.data.set([light, light, light, 255], 4 * i)
    }
    picture.putImageData(drawn, 0, 0)
  }

  write(node, text) {
    if (node.written === text) return
    node.written = text
    node.replaceChildren(...text.split("**").map((part, place) => {
      if (place % 2 === 0) return part
      const bold = document.createElement("strong")
      bold.textContent = part
      return bold
    }))
  }

  card(node, card, colours) {
    const set = (part, text) => { if (node.querySelector(part).textContent !== text) node.querySelector(part).textContent = text }
    node.style.setProperty("--answer", card.place === null ? "var(--st-border-color)" : colours[card.place])
    node.classList.toggle("other", card.differs)
    set("dt", card.method)
    set(".answer span", card.digit)
    set(".figure b", card.figure)
    set(".figure span", card.more)
    const bar = node.querySelector(".bar")
    while (bar.children.length > card.shares.length) bar.lastChild.remove()
    card.shares.forEach((share, place) => {
      const part = bar.children[place] ?? bar.appendChild(document.createElement("i"))
      part.style.background = colours[place]
      part.style.width = `${100 * share}%`
    })
  }
}

function newCard() {
  const card = document.createElement("div")
  card.innerHTML = '<dt></dt><dd class="answer"><span></span><em title="Most other methods say something else">≠</em></dd>'
    + '<dd class="bar" aria-hidden="true"></dd><dd class="figure"><b></b><span></span></dd>'
  return card
}

// Where the whole page runs again, this may be put in place anew while the pen is on the paper: the stroke goes on.
export default ({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector(".judged")
  const view = (globalThis.drawVerdicts ??= new Verdicts())
  view.root = root
  view.receive(data, (question) => setTriggerValue("ask", question))
  return () => {
    if (view.root !== root || root.isConnected) return // calls also end while it stays: docs/upstream/overtaken-calls.md
    view.root = null
    setTimeout(() => {
      if (view.root || globalThis.drawVerdicts !== view) return
      view.close()
      delete globalThis.drawVerdicts // the page has been left
    }, LATE_MS)
  }
}
