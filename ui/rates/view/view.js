// The view of a sweep. What a person looks at is known here, so a click or an arrow key acts at once; only pictures of
// weights that have not come yet are asked for.
const QUIET = "#8a8f98", AIM = "#14998a"
const LOOKS = [["#a066d3", [7, 3], "dashed"], ["#b07d00", [2, 3], "dotted"]]  // of two rates that are pinned
const CHOSEN = ["#e0458b", [], "solid"]
const VIRIDIS = ["#482475", "#414487", "#2a788e", "#22a884", "#7ad151", "#c2df23"]
const POLYGONS = {
  square: [[-1, -1], [1, -1], [1, 1], [-1, 1]], diamond: [[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]],
  "triangle-up": [[0, -1.2], [1.2, 1], [-1.2, 1]], "triangle-down": [[0, 1.2], [1.2, -1], [-1.2, -1]],
  "triangle-left": [[-1.2, 0], [1, -1.2], [1, 1.2]], "triangle-right": [[1.2, 0], [-1, -1.2], [-1, 1.2]],
  cross: [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]],
}
const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 5, PageDown: -5, Home: -1000, End: 1000 }
const TELL_MS = 120  // after a choice, until the server is told

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
const floats = (text) => new Float32Array(bytes(text).buffer)
const fixed = (value) => (Number.isFinite(value) ? value.toFixed(4) : "–")
const share = (value) => (Number.isFinite(value) ? `${(100 * (value < 1 ? Math.min(value, 0.999) : 1)).toFixed(1)}%` : "–")

function glyph(pen, shape, x, y, size) {
  pen.beginPath()
  if (shape === "circle") pen.arc(x, y, size, 0, 7)
  else for (const [right, down] of POLYGONS[shape]) pen.lineTo(x + size * right, y + size * down)
  pen.closePath()
  pen.fill()
}

class SweepView {
  constructor(root) {
    this.find = (name) => root.querySelector(`.${name}`)
    Object.assign(this, { root, run: null, mine: null, pinned: [], pictures: new Map() })
    this.cards = [0, 1, 2].map(() => {
      const card = document.createElement("section")
      card.className = "card"
      card.innerHTML = `<div class="head"><i></i><b></b><button type="button"></button></div><canvas class="weights" role="img"></canvas>
        <div class="words"><p></p><dl><dt>Training loss</dt><dd></dd><dt>Validation loss</dt><dd></dd><dt>Accuracy</dt><dd></dd></dl></div>`
      card.querySelector("button").onclick = () => this.pin(card.rate)
      this.find("cards").append(card)
      return card
    })
    this.hint = Object.assign(document.createElement("p"), { className: "hint", textContent: "Click along the U, or use the arrow keys on it. Pin a rate to compare it with others." })
    this.find("cards").append(this.hint)
    this.u = this.find("loss")
    for (const canvas of [this.u, this.find("accuracy")]) {
      canvas.onpointerdown = (event) => { if (!event.button) { canvas.setPointerCapture(event.pointerId); this.choose(this.nearest(event)); this.tip(null) } }
      canvas.onpointermove = (event) => { if (canvas.hasPointerCapture(event.pointerId)) this.choose(this.nearest(event)); else this.tip(event) }
      canvas.onpointerleave = () => this.tip(null)
    }
    this.u.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || this.chosen === null) return
      if (STEPS[event.key]) this.choose(Math.min(this.data.rates.length - 1, Math.max(0, this.chosen + STEPS[event.key])))
      else if (event.key === "Enter") this.pin(this.chosen)
      else return
      event.preventDefault()
    }
    this.observer = new ResizeObserver(() => this.data && this.draw())
    this.observer.observe(root)
  }

  get chosen() { return this.mine ?? this.data.chosen ?? this.data.best }

  take(data, tell) {
    Object.assign(this, { data, send: tell })
    if (data.run !== this.run) Object.assign(this, { run: data.run, mine: null, pinned: data.pinned, pictures: new Map() })
    for (const name of ["positions", "curves", "train", "valid", "accuracy"]) this[name] = floats(data[name])
    for (const [rate, picture] of Object.entries(data.weights)) this.pictures.set(Number(rate), new Int8Array(bytes(picture).buffer))
    this.draw()
    if (data.playing && !this.playing) this.reveal()
    this.playing = data.playing
  }

  // Scroll so far that all of it is in view, with the button above it.
  reveal() {
    if (this.find("right").getBoundingClientRect().bottom > innerHeight || this.find("cards").getBoundingClientRect().bottom > innerHeight) {
      this.root.scrollIntoView({ block: "start", behavior: "smooth" })
    }
  }

  nearest(event) {
    const box = this.u.getBoundingClientRect(), { rates } = this.data
    const at = event.clientX - box.left
    const away = rates.map((rate) => Math.abs(this.plot.x(rate) - at))
    return away.indexOf(Math.min(...away))
  }

  choose(rate) {
    if (rate === this.mine) return
    this.mine = rate
    this.tell()
  }

  pin(rate) {
    if (this.pinned.includes(rate)) this.pinned = this.pinned.filter((one) => one !== rate)
    else this.pinned = [...this.pinned, rate].slice(-2)
    this.tell()
  }

  tell() {
    this.draw()
    clearTimeout(this.later)
    this.later = setTimeout(() => this.send("look", { run: this.run, chosen: this.mine, pinned: this.pinned }), TELL_MS)
  }

  tip(event) {
    const tip = this.find("tip"), { rates, words } = this.data
    tip.hidden = !event || event.pointerType !== "mouse" || !words.length
    if (tip.hidden) return
    const rate = this.nearest(event), box = this.root.getBoundingClientRect()
    tip.textContent = `${rates[rate]}: ${words[rate]}\nValidation loss ${fixed(this.last(this.valid, rate))}, accuracy ${share(this.accuracy[rate])}`
    const x = event.clientX - box.left, y = event.clientY - box.top
    Object.assign(tip.style, { left: `${Math.max(0, Math.min(x + 12, box.width - tip.offsetWidth))}px`, top: `${y + 16}px` })
  }

  last(table, rate) { return table[table.length - this.data.rates.length + rate] }

  draw() {
    const style = getComputedStyle(this.root), of = (name) => style.getPropertyValue(name)
    this.colours = { text: style.color, font: style.fontFamily, grid: of("--st-border-color"), page: of("--st-background-color") }
    const { chosen, pinned, data } = this
    this.looked = [...pinned, chosen].filter((rate, place, all) => rate !== null && all.indexOf(rate) === place)
    this.drawCurves()
    this.drawU()
    this.drawCards()
    const text = chosen === null ? "No rate has learned yet" : `${data.rates[chosen]}: ${data.words[chosen] ?? "not judged yet"}`
    for (const [name, value] of Object.entries({ valuemax: data.rates.length - 1, valuenow: chosen ?? 0, valuetext: text })) this.u.setAttribute(`aria-${name}`, value)
  }

  look(rate) { return this.pinned.includes(rate) ? LOOKS[this.pinned.indexOf(rate)] : CHOSEN }

  colour(rate) {
    const { rates } = this.data, first = Math.log(rates[0])
    const at = ((Math.log(rates[rate]) - first) / (Math.log(rates.at(-1)) - first || 1)) * (VIRIDIS.length - 1)
    const [a, b] = [VIRIDIS[Math.floor(at)], VIRIDIS[Math.ceil(at)]]
    const part = (from) => [a, b].map((one) => parseInt(one.slice(from, from + 2), 16)).reduce((x, y) => x + (at % 1) * (y - x))
    return `rgb(${part(1)}, ${part(3)}, ${part(5)})`
  }

  lossAxis(title) {
    const { top, depth, logarithmic } = this.data
    return { low: logarithmic ? top / depth : 0, high: top, log: logarithmic, title: `${title}, ${logarithmic ? "log" : "linear"} scale` }
  }

  drawCurves() {
    const { rates, epochs } = this.data, runs = rates.length, points = this.positions.length
    const plot = new Plot(this.find("curves"), { low: 0, high: epochs, title: "Epochs" }, this.lossAxis("Training loss"), this.colours)
    const { pen } = plot
    pen.save()
    pen.beginPath()
    pen.rect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top)
    pen.clip()
    const curve = (rate) => {
      const line = []
      for (let i = 0; i < points; i += 1) {
        const loss = this.curves[i * runs + rate]
        if (Number.isFinite(loss) && (loss > 0 || !this.data.logarithmic)) line.push([plot.x(this.positions[i]), plot.y(loss)])
      }
      plot.line(line)
    }
    Object.assign(pen, { globalAlpha: 0.55, lineWidth: 1.5, lineJoin: "round" })
    rates.forEach((_, rate) => { pen.strokeStyle = this.colour(rate); curve(rate) })
    pen.globalAlpha = 1
    this.looked.forEach((rate) => {
      const [colour, dash] = this.look(rate)
      Object.assign(pen, { strokeStyle: this.colours.page, lineWidth: 6 })
      curve(rate)
      Object.assign(pen, { strokeStyle: colour, fillStyle: this.colours.page, lineWidth: 3 })
      pen.setLineDash(dash)
      curve(rate)
      pen.setLineDash([])
      pen.lineWidth = 2
      for (let epoch = 0; epoch < this.valid.length / runs; epoch += 1) {
        const loss = this.valid[epoch * runs + rate]
        if (!Number.isFinite(loss)) continue
        pen.beginPath()
        pen.arc(plot.x(epoch), plot.y(loss), 3, 0, 7)
        pen.fill()
        pen.stroke()
      }
    })
    pen.restore()
    const [first, last] = this.find("ramp").querySelectorAll("b")
    Object.assign(first, { textContent: rates[0] })
    Object.assign(last, { textContent: rates.at(-1) })
    this.find("ramp").querySelector("i").style.background = `linear-gradient(90deg, ${VIRIDIS.join(", ")})`
  }

  drawU() {
    const { rates, edges, kinds, best, shapes } = this.data, runs = rates.length
    const x = { low: edges[0], high: edges.at(-1), log: true, title: "Learning rate, log scale" }
    const after = kinds.length ? this.valid.slice(-runs) : []
    const lowest = Math.min(...[...this.accuracy].filter(Number.isFinite), 0.99)
    const charts = [
      [this.u, this.lossAxis("Validation loss"), after],
      [this.find("accuracy"), { low: Math.max(0, lowest - 0.03), high: 1.005, title: "Validation accuracy", percent: true }, kinds.length ? this.accuracy : []],
    ]
    for (const [canvas, y, values] of charts) {
      const plot = new Plot(canvas, x, y, this.colours), { pen } = plot
      if (canvas === this.u) this.plot = plot
      kinds.forEach((kind, rate) => {
        if (kind !== this.data.good && kind !== this.data.lost) return
        Object.assign(pen, { fillStyle: kind === this.data.good ? AIM : QUIET, globalAlpha: kind === this.data.good ? 0.16 : 0.3 })
        pen.fillRect(plot.x(edges[rate]), plot.top, plot.x(edges[rate + 1]) - plot.x(edges[rate]), plot.bottom - plot.top)
      })
      pen.globalAlpha = 1
      const rule = (rate, [colour, dash]) => {
        Object.assign(pen, { strokeStyle: colour, lineWidth: 2 })
        pen.setLineDash(dash)
        plot.line([[plot.x(rates[rate]), plot.top], [plot.x(rates[rate]), plot.bottom]])
        pen.setLineDash([])
      }
      if (canvas === this.u) this.drawEarlier(plot)
      if (best !== null) rule(best, [AIM, [5, 3]])
      this.looked.forEach((rate) => rule(rate, this.look(rate)))
      values.forEach((value, rate) => {
        if (canvas !== this.u && !Number.isFinite(value)) return
        const y = plot.within(value)
        if (this.looked.includes(rate)) {
          pen.fillStyle = this.look(rate)[0]
          glyph(pen, shapes[kinds[rate]], plot.x(rates[rate]), y, 9)
        }
        pen.fillStyle = this.colour(rate)
        glyph(pen, shapes[kinds[rate]], plot.x(rates[rate]), y, 5)
      })
    }
    this.drawLegend()
  }

  // Draw the U of each optimiser before this one, with its name where it is lowest.
  drawEarlier(plot) {
    const { rates, earlier } = this.data, { pen } = plot
    Object.assign(pen, { strokeStyle: QUIET, fillStyle: this.colours.text, lineWidth: 1.5, textBaseline: "top", textAlign: "center" })
    pen.setLineDash([2, 2])
    earlier.forEach(([name, text], place) => {
      const points = [...floats(text)].map((loss, rate) => [plot.x(rates[rate]), plot.within(loss)])
      plot.line(points)
      const lowest = points.reduce((a, b) => (b[1] > a[1] ? b : a)), half = pen.measureText(name).width / 2
      const x = Math.min(plot.right - half, Math.max(plot.left + half, lowest[0]))
      pen.fillText(name, x, Math.min(plot.bottom - 14, lowest[1] + 6 + 12 * (place % 2)))
    })
    pen.setLineDash([])
  }

  drawLegend() {
    const legend = this.find("legend")
    if (legend.children.length) return
    for (const [kind, shape] of Object.entries(this.data.shapes)) {
      const entry = document.createElement("span"), canvas = document.createElement("canvas"), pen = canvas.getContext("2d")
      Object.assign(canvas, { width: 24, height: 24 })
      pen.fillStyle = QUIET
      glyph(pen, shape, 12, 12, 9)
      entry.append(canvas, kind)
      legend.append(entry)
    }
  }

  drawCards() {
    const { rates, words } = this.data
    this.cards.forEach((card, place) => {
      const rate = this.looked[place]
      card.hidden = rate === undefined
      if (card.hidden) return
      card.rate = rate
      const [colour, , line] = this.look(rate)
      Object.assign(card.querySelector("i").style, { borderColor: colour, borderTopStyle: line })
      card.classList.toggle("chosen", rate === this.chosen)
      const [name, words_, button] = ["b", "p", "button"].map((part) => card.querySelector(part))
      const put = (element, text) => { if (element.textContent !== text) element.textContent = text }
      put(name, `${rates[rate]}`)
      put(words_, words.length ? `${words[rate][0].toUpperCase()}${words[rate].slice(1)}.` : "Judged when an epoch is over.")
      put(button, this.pinned.includes(rate) ? "Unpin" : "Pin")
      button.setAttribute("aria-label", `${button.textContent} ${rates[rate]}`)
      const numbers = [fixed(this.last(this.train, rate)), fixed(this.last(this.valid, rate)), share(this.accuracy[rate])]
      card.querySelectorAll("dd").forEach((cell, at) => put(cell, numbers[at]))
      const canvas = card.querySelector("canvas"), picture = this.pictures.get(rate)
      canvas.style.visibility = picture ? "visible" : "hidden"
      if (picture) drawWeights(canvas, picture)
      canvas.setAttribute("aria-label", `The weights of ${rates[rate]}`)
    })
    this.hint.hidden = this.looked.length > 2
  }
}

export default ({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector(".sweep")
  root.view ??= new SweepView(root)
  root.view.take(data, setTriggerValue)
}
