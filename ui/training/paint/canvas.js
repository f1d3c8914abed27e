// Paint weights on 28 x 28 pixels, by mouse, finger or keys. Each stroke sends the whole painting, as digits from 0 to 4.
const SIDE = 28, STRONG = 2, BLUE = [11, 107, 181], ORANGE = [224, 123, 0], PAPER = "#fff"
const INNER = 1.1, OUTER = 2.1  // pixels from the middle of the brush: up to the first it paints strongly, then weakly
const MOST_UNDONE = 100

class Painting {
  constructor(root) {
    const find = (part) => root.querySelector(part)
    Object.assign(this, { canvas: find("canvas"), colours: find(".colours"), undoing: find(".undo"), clearing: find(".clear"), words: find(".words") })
    Object.assign(this, { values: new Int8Array(SIDE * SIDE), past: [], colour: STRONG, at: null, cursor: { x: 14, y: 14 }, edition: null })
    this.listen()
  }

  listen() {
    const { canvas } = this
    canvas.onpointerdown = (event) => {
      if (this.at || event.button) return
      event.preventDefault()
      canvas.focus({ preventScroll: true })
      canvas.setPointerCapture(event.pointerId)
      this.begin()
      this.pointer = event.pointerId
      this.line(this.place(event))
    }
    canvas.onpointermove = (event) => { if (this.at && event.pointerId === this.pointer) this.line(this.place(event)) }
    canvas.onpointerup = canvas.onpointercancel = (event) => {
      if (!this.at || event.pointerId !== this.pointer) return
      this.at = null
      this.send()
    }
    canvas.onkeydown = (event) => {
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0]
      if ((event.ctrlKey || event.metaKey) && event.key === "z") this.undo()
      else if (!dx && !dy && event.key !== " ") return
      else {
        const within = (value) => Math.min(SIDE - 1, Math.max(0, value))
        this.cursor = { x: within(this.cursor.x + dx), y: within(this.cursor.y + dy) }
        if (event.key === " " || event.shiftKey) {
          if (!this.pressed) this.begin()
          this.pressed = true
          this.dab(this.cursor.x + 0.5, this.cursor.y + 0.5)
        }
      }
      event.preventDefault()
      this.draw()
    }
    canvas.onkeyup = canvas.onblur = (event) => {
      if (this.pressed && event.key !== "Shift") {
        this.pressed = false
        this.send()
      }
      this.draw()
    }
    canvas.onfocus = () => this.draw()
    this.undoing.onclick = () => this.undo()
    this.clearing.onclick = () => {
      this.begin()
      this.values.fill(0)
      this.send()
    }
  }

  // Take what the server says. The painting of the server counts if it is another edition: here it is always newer.
  set({ painting, edition, digits, words }, setTriggerValue) {
    if (this.words.textContent !== words) this.words.textContent = words
    this.tell = (text) => setTriggerValue("stroke", text)
    if (edition !== this.edition) {
      if (this.edition !== null) this.begin()
      this.edition = edition
      this.values = Int8Array.from(painting, (mark) => Number(mark) - STRONG)
    }
    const names = [[STRONG, `For ${digits[0]}`, `rgb(${BLUE})`], [-STRONG, `For ${digits[1]}`, `rgb(${ORANGE})`], [0, "Erase", PAPER]]
    this.colours.replaceChildren(...names.map(([colour, name, shade], place) => {
      const button = document.createElement("button"), mark = document.createElement("i")
      Object.assign(button, { type: "button", role: "radio", ariaChecked: String(colour === this.colour), tabIndex: colour === this.colour ? 0 : -1 })
      mark.style.background = shade
      button.append(mark, name)
      const choose = (chosen) => {
        this.colour = names[chosen][0]
        for (const [other, one] of [...this.colours.children].entries()) Object.assign(one, { ariaChecked: String(other === chosen), tabIndex: other === chosen ? 0 : -1 })
      }
      button.onclick = () => choose(place)
      button.onkeydown = (event) => {
        const way = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key]
        if (!way) return
        event.preventDefault()
        const next = (place + way + names.length) % names.length
        choose(next)
        this.colours.children[next].focus()
      }
      return button
    }))
    this.draw()
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect()
    return { x: ((event.clientX - box.left) / box.width) * SIDE, y: ((event.clientY - box.top) / box.height) * SIDE }
  }

  begin() {
    this.past.push(this.values.slice())
    if (this.past.length > MOST_UNDONE) this.past.shift()
  }

  line(to) {
    const from = this.at ?? to, steps = Math.max(1, Math.ceil(2 * Math.hypot(to.x - from.x, to.y - from.y)))
    for (let step = 1; step <= steps; step += 1) this.dab(from.x + ((to.x - from.x) * step) / steps, from.y + ((to.y - from.y) * step) / steps)
    this.at = to
    this.cursor = { x: Math.min(SIDE - 1, Math.max(0, Math.floor(to.x))), y: Math.min(SIDE - 1, Math.max(0, Math.floor(to.y))) }
    this.draw()
  }

  // Press the brush onto a place. Near its edge it paints weakly, but weakens nothing of the same colour.
  dab(x, y) {
    for (let row = Math.max(0, Math.floor(y - OUTER)); row < Math.min(SIDE, y + OUTER); row += 1) {
      for (let column = Math.max(0, Math.floor(x - OUTER)); column < Math.min(SIDE, x + OUTER); column += 1) {
        const away = Math.hypot(column + 0.5 - x, row + 0.5 - y), place = row * SIDE + column
        if (away > OUTER) continue
        const value = away <= INNER ? this.colour : this.colour / 2
        if (!value || value * this.values[place] <= 0 || Math.abs(value) > Math.abs(this.values[place])) this.values[place] = value
      }
    }
  }

  undo() {
    if (!this.past.length) return
    this.values = this.past.pop()
    this.send()
  }

  send() {
    this.tell(Array.from(this.values, (value) => value + STRONG).join(""))
    this.draw()
  }

  draw() {
    const { canvas } = this, pen = canvas.getContext("2d"), cell = canvas.width / SIDE
    pen.fillStyle = PAPER
    pen.fillRect(0, 0, canvas.width, canvas.height)
    this.values.forEach((value, place) => {
      if (!value) return
      const colour = value > 0 ? BLUE : ORANGE, share = Math.abs(value) / STRONG
      pen.fillStyle = `rgb(${colour.map((part) => 255 + share * (part - 255))})`
      pen.fillRect((place % SIDE) * cell, Math.floor(place / SIDE) * cell, cell, cell)
    })
    if (canvas.matches(":focus-visible")) {
      Object.assign(pen, { strokeStyle: "#222", lineWidth: 3 })
      pen.strokeRect(this.cursor.x * cell + 1, this.cursor.y * cell + 1, cell - 2, cell - 2)
    }
    this.undoing.disabled = !this.past.length
    this.clearing.disabled = !this.values.some(Boolean)
  }
}

export default ({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector(".paint")
  root.painting ??= new Painting(root)
  root.painting.set(data, setTriggerValue)
}
