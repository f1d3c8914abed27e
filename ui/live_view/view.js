// The live view: it shows the steps of a run at the pace that was chosen, and asks the server for more.
const FLAT_OUT = "Flat out", SLOW_START = "Slow start"
const SLOW_STEPS = 20, SLOW_PACE = 4, MOST_PACE = 600  // steps, steps a second
const SHORTEST_MS = 100, LONGEST_MS = 500, LATENCIES = 4, LATE_MS = 2500, SPOKEN_MS = 2000, CALM_MS = 500
const NOTICED_MS = 400  // within which the page has run again after a click on Pause, and knows that the run has ended
const HEADER = 60  // pixels of the page's own header, which lies over what is behind it
const NAMES = ["Epoch", "Step", "Rate in use", "Digits a second", "Training loss", "Validation loss", "Training accuracy", "Validation accuracy"]
// Not blue and orange: those are the classes. Each line has its own dash, too.
const LOOKS = { step: ["each step", "#b39ddb", [], 1.2], train: ["training", "#8a4fbf", [], 2.2], valid: ["validation", "#0f8f80", [6, 3], 2.2] }
const FAINT = ["#a89c3f", "#8f8f8f", "#5fa9d3", "#c9588a", "#8f7468"], DASHES = [[4, 2], [1, 2], [8, 2, 1, 2], [2, 4]]
const CURVES = ["train_loss", "valid_loss", "train_accuracy", "valid_accuracy"]

const loss = (value) => (value === undefined ? "–" : Number.isFinite(value) ? value.toFixed(4) : "NaN")
const share = (value) => (value === undefined ? "–" : value >= 1 ? "100.0%" : `${(100 * Math.min(value, 0.999)).toFixed(1)}%`)
const whole = (value) => Math.round(value).toLocaleString("en-US")

// Read a message: its header, and its arrays by name (see message.py).
function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)))
  const arrays = {}
  let place = 4 + length
  for (const [name, type, size] of header.arrays) {
    arrays[name] = new (type === "int8" ? Int8Array : Float32Array)(buffer, place, size)
    place += Math.ceil(arrays[name].byteLength / 8) * 8
  }
  return [header, arrays]
}

// Return how many steps a second are shown after so many steps; Infinity for as many as there are.
function paceAt(pace, step) {
  if (pace === FLAT_OUT) return Infinity
  if (pace !== SLOW_START) return parseFloat(pace)
  const speed = SLOW_PACE * Math.max(1, step / SLOW_STEPS) ** 1.5
  return speed > MOST_PACE ? Infinity : speed
}

class LiveView {
  constructor(root) {
    const find = (part) => root.querySelector(part)
    Object.assign(this, { root, find, header: null, dirty: true, frame: 0, interval: 80, latency: 30, spoken: 0, drawn: 0 })
    this.lossChart = new Chart(find(".live-loss"), "Loss", false)
    this.accuracyChart = new Chart(find(".live-accuracy"), "Accuracy", true)
    find(".live-numbers").innerHTML = NAMES.map((name) => `<div><dt>${name}</dt><dd>–</dd></div>`).join("")
    this.cells = [...root.querySelectorAll(".live-numbers dd")]
    this.forget()
    this.listen()
  }

  // Forget the run that was shown.
  forget() {
    const curves = Object.fromEntries(["step", ...CURVES].map((name) => [name, new Curve()]))
    Object.assign(this, { run: "", have: null, shown: 0, at: 0, queue: [], rows: [], row: null, rates: [], rate: "–", curves, film: new Film(), past: null })
    Object.assign(this, { reading: null, weights: null, speed: 0, budget: 0, socket: null, question: null, asked: 0 })
  }

  listen() {
    this.observer = new ResizeObserver(() => this.wake())
    this.observer.observe(this.root)
    for (const chart of [this.lossChart, this.accuracyChart]) {
      chart.canvas.addEventListener("pointermove", (event) => this.read(chart.place(event.clientX)))
      chart.canvas.addEventListener("pointerleave", () => this.read(null))
      chart.canvas.addEventListener("blur", () => this.read(null))
    }
    this.lossChart.canvas.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
      if (!way) return
      event.preventDefault()
      const end = this.lossChart.end
      this.read(Math.min(end, Math.max(0, (this.reading ?? this.at) + (way * end) / 50)))
    })
    this.slider = this.find(".live-rewind input")
    this.slider.addEventListener("input", () => {
      const { moments } = this.film
      this.past = Number(this.slider.value) < moments.length - 1 ? moments[this.slider.value] : null
      this.wake()
    })
    this.find(".live-rewind button").addEventListener("click", () => { this.past = null; this.wake() })
    this.timer = setInterval(() => this.check(), LATE_MS / 2)
    // Pause acts at once, however long the page takes to run again for the button.
    this.press = (event) => {
      const button = event.target.closest?.(".st-key-run button")
      if (button && this.renamed) {  // the page, which would pause again, has to wait for its own new button
        event.stopPropagation()
        this.again = true
      } else if (button && this.header?.playing && this.header.run === this.run) {
        this.pausing = button
        this.inquire("pause")
      }
    }
    document.addEventListener("click", this.press, true)
  }

  close() {
    this.observer.disconnect()
    document.removeEventListener("click", this.press, true)
    clearInterval(this.timer)
    this.socket?.close()
    clearTimeout(this.timeout)
    clearTimeout(this.ending)
    cancelAnimationFrame(this.frame)
  }

  // Take the settings of the page, which has run again. end: says that the run has ended by itself.
  set({ run, playing, pace, logarithmic, caption, earlier, columns, now }, end) {
    const curveOf = (points) => {
      const curve = new Curve()
      for (let i = 0; i < points.length; i += 2) curve.add(points[i], points[i + 1])
      return curve
    }
    Object.assign(this, { playing, pace, logarithmic, columns, end, pausing: null })
    clearTimeout(this.ending)
    if (!playing) {
      if (this.again) setTimeout(() => document.querySelector(".st-key-run button")?.click())
      this.renamed = null
      this.again = false
    }
    this.earlier = earlier.map(([name, losses, accuracies], place) => ({
      name, losses: curveOf(losses), accuracies: curveOf(accuracies),
      look: [FAINT[place % FAINT.length], DASHES[place % DASHES.length], 1.6],
    }))
    this.find("figcaption").textContent = caption
    const bar = document.querySelector(".st-key-run_bar")  // on a phone it lies over the page, and must hide it
    if (bar) bar.style.background = getComputedStyle(document.querySelector(".stApp")).backgroundColor
    const legend = this.find(".live-legend")
    legend.replaceChildren()
    const lines = [...Object.values(LOOKS), ...this.earlier.map(({ name, look }) => [name, ...look])]
    for (const [name, colour, dash] of lines) {
      const entry = document.createElement("span"), mark = document.createElement("i")
      Object.assign(mark.style, { borderColor: colour, borderTopStyle: dash.length ? "dashed" : "solid" })
      entry.append(mark, name)
      legend.append(entry)
    }
    if (run !== this.run) {
      this.socket?.close()
      this.forget()
      this.run = run
    }
    if (now !== this.now) this.changed = true
    if (this.changed && this.question === null) this.inquire()
    this.now = now
    this.wake()
  }

  // Ask for what is new of the run. want: how many more steps, or "all"; without it, what there is now.
  inquire(want = "") {
    clearTimeout(this.timeout)
    Object.assign(this, { question: `${this.have ?? ""} ${want}`, asked: performance.now(), changed: false })
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(this.question)
    else if (this.socket?.readyState !== WebSocket.CONNECTING) this.connect()
  }

  // Open a connection, which asks what is to be asked by then.
  connect() {
    const address = new URL(`./live/${this.run}`, document.baseURI)
    address.protocol = address.protocol.replace("http", "ws")
    const socket = (this.socket = new WebSocket(address))
    socket.binaryType = "arraybuffer"
    socket.onopen = () => socket.send(this.question)
    socket.onmessage = ({ data }) => { if (socket === this.socket) this.receive(data) }
  }

  // Take a message, the answer to the question.
  receive(bytes) {
    const now = performance.now(), [header, arrays] = unpack(bytes)
    this.latency = 0.8 * this.latency + 0.2 * Math.min(LONGEST_MS, now - this.asked)
    if (this.received) this.interval = 0.7 * this.interval + 0.3 * Math.min(LONGEST_MS, now - this.received)
    Object.assign(this, { received: now, question: null })
    this.find(".live-late").hidden = true
    const before = this.header
    this.header = header
    if (header.from === null && this.have) {  // it has missed more than one message holds
      const { run, socket } = this
      this.forget()
      Object.assign(this, { run, socket })
    }
    this.take(header, arrays, header.rate !== before?.rate)
    if (header.playing && !before?.playing) this.reveal()
    if (this.pausing && !header.playing) this.rename(this.pausing)
    if (this.renamed && header.playing) this.restore()  // another button has started a run meanwhile
    if (this.changed) this.inquire()
    else if (header.playing) this.next()
    else if (this.playing && !this.pausing) this.ending = setTimeout(() => this.end(header.step), NOTICED_MS)
    this.wake()
  }

  // Let the button say what it will do next. Its texts stay the same nodes, which the page goes on to write to.
  rename(button) {
    this.renamed ??= []
    const next = { pause: "play_arrow", Pause: "Run" }  // the name of its icon, and its label
    for (const part of button.querySelectorAll("span, p")) {
      const { firstChild: node, textContent: text } = part
      if (!next[text]) continue
      this.renamed.push([node, text])
      node.nodeValue = next[text]
    }
  }

  // Give the button its own texts back.
  restore() {
    for (const [node, text] of this.renamed) node.nodeValue = text
    this.renamed = null
    this.again = false
  }

  // Scroll so far that what runs is in view. On a phone, its buttons are at the edge of the screen.
  reveal() {
    const first = (innerWidth > 700 && this.root.closest(".st-key-control_panel")) || this.root
    const top = first.getBoundingClientRect().top, { bottom } = this.root.getBoundingClientRect()
    if (top < HEADER || bottom > innerHeight) first.scrollIntoView({ block: "start", behavior: "smooth" })
  }

  // Put the new steps of a message into the queue of those that are to be shown.
  take(header, { losses, positions, epochs, weights }, turned) {
    const width = this.columns.length, rows = []
    for (let i = 0; i < epochs.length; i += width) {
      rows.push(Object.fromEntries(this.columns.map((name, column) => [name, epochs[i + column]])))
    }
    if (header.from === null) {
      losses.forEach((value, place) => this.curves.step.add(positions[place], value))
      rows.forEach((row) => this.show(row))
      this.at = header.position
      this.have = this.shown = header.step
      this.rate = header.rate ?? "–"
    } else {
      if (turned) this.step(this.queue.length)  // a new rate is seen at once
      this.rates.push([this.have + 1, header.rate ?? "–"])
      if (!this.queue.length) Object.assign(this, { budget: 1, drawn: performance.now() })  // one at once, the next in its time
      for (let i = this.have - header.from; i < losses.length; i += 1) this.queue.push([positions[i], losses[i]])
      this.rows.push(...rows.filter((row) => row.step > this.have || (row.step === 0 && !this.row)))
      this.have = header.step
    }
    if (this.weights) this.develop()
    this.weights = { weights, step: header.step, x: header.position }
    const pace = paceAt(this.pace, this.shown)
    // A quarter longer than the next message is expected to take: it finds steps that still wait, and nothing stands still.
    this.speed = pace === Infinity ? this.queue.length / (1.25 * this.interval) : pace / 1000
    if (!header.playing || document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) this.skip()
  }

  // Ask for more at the right time: so that it comes when everything so far has been shown.
  next() {
    const pace = paceAt(this.pace, this.have)
    if (pace === Infinity) return this.inquire("all")
    // Where answers take long, many others ask, too: ask for several steps at a time.
    const every = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, LATENCIES * this.latency))
    const want = Math.max(1, Math.round((pace * every) / 1000))
    const rest = (1000 * (this.queue.length || 1)) / pace
    this.timeout = setTimeout(() => this.inquire(want), Math.max(0, rest - this.latency))
  }

  // Ask again if an answer is late: a question can be lost with the connection. The next answer hides the sentence.
  check() {
    if (this.question === null || performance.now() - this.asked < LATE_MS) return
    this.find(".live-late").hidden = false
    this.socket.close()
    if (this.header?.playing) this.next()
    else this.inquire()
  }

  // Show an epoch in the curves.
  show(row) {
    this.row = row
    for (const name of CURVES) this.curves[name].add(row.epoch, row[name])
  }

  // Show some of the steps that wait.
  step(count) {
    for (const [x, value] of this.queue.splice(0, count)) {
      this.curves.step.add(x, value)
      this.at = x
      this.shown += 1
      while (this.rows.length && this.rows[0].step <= this.shown) this.show(this.rows.shift())
      while (this.rates.length && this.rates[0][0] <= this.shown) [, this.rate] = this.rates.shift()
    }
    if (!this.queue.length && this.weights) this.develop()
  }

  skip() {
    this.step(this.queue.length)
    while (this.rows.length) this.show(this.rows.shift())
    while (this.rates.length) [, this.rate] = this.rates.shift()
  }

  // Show the weights that the newest message has brought, and keep the moment.
  develop() {
    const { weights, step, x } = this.weights
    this.weights = null
    this.picture = weights
    this.dirty = true
    this.film.add({ weights, step, x, numbers: this.numbers() })
    this.slider.max = this.film.moments.length - 1
  }

  numbers() {
    const { header, row } = this, at = header.playing ? row : header.last ?? undefined
    const [epoch, step] = header.playing ? [row?.epoch ?? 0, this.shown] : [header.epoch, header.at_step]
    const shares = [at?.train_accuracy, at?.valid_accuracy].map(share)
    return [whole(epoch), whole(step), this.rate, header.speed ? whole(header.speed) : "–", loss(at?.train_loss), loss(at?.valid_loss), ...shares]
  }

  read(place) {
    this.reading = place
    this.wake()
  }

  wake() {
    this.dirty = true
    this.frame ||= requestAnimationFrame((now) => this.draw(now))
  }

  draw(now) {
    this.frame = 0
    if (!this.header || !this.root.isConnected) return
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches && now - this.drawn < CALM_MS
    if (this.queue.length && !calm) {
      this.budget = Math.min(this.queue.length, this.budget + this.speed * Math.min(LONGEST_MS, now - this.drawn))
      const most = paceAt(this.pace, this.shown) > 60 ? Infinity : 1  // at a slow pace, every step is seen
      const count = Math.min(most, Math.floor(this.budget))
      this.budget -= count
      if (count) this.step(count)
      this.dirty ||= count > 0
    }
    this.drawn = now
    if (this.dirty) this.paint(now)
    this.dirty = false
    if (this.queue.length) this.frame = requestAnimationFrame((later) => this.draw(later))
  }

  paint(time) {
    const style = getComputedStyle(this.root), of = (name) => style.getPropertyValue(name)
    const colours = { text: style.color, font: style.fontFamily, faint: of("--st-gray-text-color") || style.color, grid: of("--st-border-color") }
    const line = (name, curve) => ({ curve, colour: LOOKS[name][1], dash: LOOKS[name][2], width: LOOKS[name][3] })
    const old = (which) => this.earlier.map((one) => ({ curve: one[which], colour: one.look[0], dash: one.look[1], width: one.look[2] }))
    const { step, train_loss, valid_loss, train_accuracy, valid_accuracy } = this.curves
    const ends = this.earlier.flatMap(({ losses }) => (losses.last ? [losses.last[0]] : []))
    const reading = this.reading ?? (this.past ? this.past.x : null)
    const now = Math.max(this.at, this.row?.epoch ?? 0)  // earlier runs are drawn as far as this one has come
    const all = { end: now || Math.max(0, ...ends), marks: this.header.marks, reading, colours }
    const losses = [...old("losses"), line("step", step), line("train", train_loss), line("valid", valid_loss)]
    const accuracies = [...old("accuracies"), line("train", train_accuracy), line("valid", valid_accuracy)]
    this.lossChart.draw({ ...all, lines: losses, logarithmic: this.logarithmic })
    this.accuracyChart.draw({ ...all, marks: all.marks.map(([x]) => [x, ""]), lines: accuracies, logarithmic: false })
    const numbers = this.past ? this.past.numbers : this.numbers()
    this.cells.forEach((cell, place) => { if (cell.textContent !== numbers[place]) cell.textContent = numbers[place] })
    this.rewind()
    this.tell(time, numbers)
  }

  rewind() {
    const { moments } = this.film, place = this.past ? moments.indexOf(this.past) : moments.length - 1
    if (this.past && place < 0) this.past = moments.find((moment) => moment.step >= this.past.step)
    if (place >= 0 && document.activeElement !== this.slider) this.slider.value = place
    this.slider.setAttribute("aria-valuetext", `Step ${this.cells[1].textContent}`)
    this.find(".live-rewind button").disabled = !this.past
    const picture = this.past ? this.past.weights : this.picture
    if (picture && picture !== this.painted) drawWeights(this.find(".live-weights canvas"), picture)
    this.painted = picture
  }

  // Say what is read at a place, and every two seconds how the run goes, for those who can't see it.
  tell(now, numbers) {
    const box = this.find(".live-reading")
    if (this.reading === null) box.textContent = ""
    else {
      const values = (curve, write) => (curve.nearest(this.reading) ? write(curve.nearest(this.reading)[1]) : "–")
      const { step, train_loss, valid_loss, train_accuracy, valid_accuracy } = this.curves
      box.textContent = `Epoch ${this.reading.toFixed(2)}\neach step: loss ${values(step, loss)}\n`
        + `training: loss ${values(train_loss, loss)}, ${values(train_accuracy, share)} right\n`
        + `validation: loss ${values(valid_loss, loss)}, ${values(valid_accuracy, share)} right`
      const [chart, whole] = [this.lossChart.canvas.getBoundingClientRect(), this.root.getBoundingClientRect()]
      const x = chart.left - whole.left + 52 + (this.reading / this.lossChart.end) * (chart.width - 62)
      Object.assign(box.style, { left: `${Math.max(0, Math.min(x + 12, whole.width - box.offsetWidth))}px`, top: `${chart.top - whole.top + 24}px` })
    }
    if (now - this.spoken < SPOKEN_MS && this.header.playing) return
    this.spoken = now
    const said = `Epoch ${numbers[0]}, step ${numbers[1]}, validation loss ${numbers[5]}, validation accuracy ${numbers[7]}.`
    if (this.find(".live-spoken").textContent !== said) this.find(".live-spoken").textContent = said
  }
}

export default ({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector(".live-view")
  const view = (root.view ??= new LiveView(root))
  view.set(JSON.parse(data), (step) => setTriggerValue("end", step))
  // Streamlit 1.67 also ends a call that newer data has overtaken, though the view stays: docs/upstream/overtaken-calls.md
  return () => root.isConnected || view.close()
}
