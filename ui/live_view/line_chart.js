// Lines against epochs on a canvas, with axes, marks and a place that is read.
const STEPS = [1, 2, 5]

// Return round numbers from low to high, about as many as asked for.
function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count)
  if (!(rough > 0) || !Number.isFinite(rough)) return [low]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([...STEPS, 10].find((lead) => lead * power >= rough) ?? 10)
  const found = []
  for (let k = Math.ceil(low / step); k * step <= high + step / 1e6; k += 1) found.push(k * step)
  return found
}

// Return the same for a logarithmic axis: powers of ten, and 2 and 5 times these where there is room.
function logTicks(low, high) {
  const leads = Math.log10(high / low) < 3 ? STEPS : [1]
  const found = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    for (const lead of leads) if (lead * 10 ** power >= low && lead * 10 ** power <= high) found.push(lead * 10 ** power)
  }
  return found.length > 8 ? found.filter((_, place) => place % Math.ceil(found.length / 8) === 0) : found
}

const short = (value) => (value === 0 ? "0" : Math.abs(value) >= 1e5 || Math.abs(value) < 1e-4
  ? value.toExponential(0).replace("e+", "e") : String(Number(value.toPrecision(4))))

class Chart {
  // canvas: where to draw; title: of the vertical axis; percent: whether the lines are shares, from 0 to 1.
  constructor(canvas, title, percent) {
    Object.assign(this, { canvas, title, percent, left: 52, right: 10, top: 24, bottom: 20, end: 1 })
  }

  // Draw lines, each { curve, colour, dash, width }, up to the place `end`, in epochs.
  // marks: [x, text] of places; reading: a place that is read, or null; faint: the colour of axes and texts.
  draw({ lines, end, logarithmic, marks, reading, colours }) {
    const pixels = globalThis.devicePixelRatio || 1
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight]
    if (!width || !height) return  // the page is hidden or very narrow
    const [w, h] = [Math.round(width * pixels), Math.round(height * pixels)]
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h })
    const pen = this.canvas.getContext("2d")
    pen.setTransform(pixels, 0, 0, pixels, 0, 0)
    pen.clearRect(0, 0, width, height)
    pen.font = `12px ${colours.font}`
    this.end = Math.max(1, end)
    const [low, high] = this.range(lines, logarithmic)
    const bend = logarithmic ? Math.log : (value) => value
    const scale = (height - this.top - this.bottom) / (bend(high) - bend(low))
    const x = (at) => this.left + (at / this.end) * (width - this.left - this.right)
    const y = (value) => height - this.bottom - (bend(value) - bend(low)) * scale
    this.axes(pen, x, y, logarithmic ? logTicks(low, high) : ticks(low, high, height / 40), width, height, colours)
    pen.save()
    pen.beginPath()
    pen.rect(this.left - 4, 0, width - this.left + 4, height - this.bottom)
    pen.clip()
    for (const { curve, colour, dash, width: stroke } of lines) {
      pen.beginPath()
      let begun = false
      curve.each((px, py) => {
        if (logarithmic && py <= 0) return
        if (begun) pen.lineTo(x(px), y(py))
        else pen.moveTo(x(px), y(py))
        begun = true
      })
      Object.assign(pen, { strokeStyle: colour, lineWidth: stroke, lineJoin: "round" })
      pen.setLineDash(dash)
      pen.stroke()
      if (curve.buckets.length === 1 && curve.last) this.dot(pen, x(curve.last[0]), y(curve.last[1]), colour)
    }
    pen.restore()
    pen.setLineDash([3, 3])
    let next = Infinity, free = width  // the place of the mark after it, and up to where there is room for a text
    for (const [at, text] of [...marks].reverse()) {
      if (next - x(at) < 8) continue  // of marks that are close together, the last one is shown
      next = x(at)
      free = this.rule(pen, next, text, width, height, colours.faint, free)
    }
    pen.setLineDash([])
    if (reading !== null) {
      this.rule(pen, x(reading), "", width, height, colours.text, width)
      for (const { curve, colour } of lines) {
        const point = curve.nearest(reading)
        if (!point || (logarithmic && point[1] <= 0)) continue
        this.dot(pen, x(point[0]), y(point[1]), colour)
      }
    }
  }

  dot(pen, x, y, colour) {
    pen.fillStyle = colour
    pen.beginPath()
    pen.arc(x, y, 3.5, 0, 7)
    pen.fill()
  }

  range(lines, logarithmic) {
    const curves = lines.map((line) => line.curve).filter((curve) => curve.last)
    let low = Math.min(...curves.map((curve) => (logarithmic ? curve.lowPositive : curve.low)))
    let high = Math.max(...curves.map((curve) => curve.high))
    if (!Number.isFinite(low) || !Number.isFinite(high)) [low, high] = logarithmic ? [0.1, 1] : [0, 1]
    if (logarithmic) return high > low ? [low / 1.1, high * 1.1] : [low / 2, low * 2]
    // An axis that is to stay where it is, whatever comes: a loss from 0, a share up to 1.
    return this.percent ? [Math.max(0, low - (1 - low) / 20), 1] : [0, high * 1.05 || 1]
  }

  axes(pen, x, y, marked, width, height, colours) {
    Object.assign(pen, { strokeStyle: colours.grid, fillStyle: colours.faint, lineWidth: 1, textAlign: "right", textBaseline: "middle" })
    for (const value of marked) {
      pen.beginPath()
      pen.moveTo(this.left, y(value))
      pen.lineTo(width - this.right, y(value))
      pen.stroke()
      pen.fillText(this.percent ? `${short(Math.round(value * 1000) / 10)} %` : short(value), this.left - 6, y(value))
    }
    Object.assign(pen, { textAlign: "center", textBaseline: "top" })
    for (const at of ticks(0, this.end, width / 90)) {
      const text = short(at)
      pen.fillText(text, Math.min(x(at), width - pen.measureText(text).width / 2), height - this.bottom + 5)
    }
    pen.textAlign = "left"
    pen.fillText(this.title, 2, 2)
  }

  // Draw a mark, and its text beside it if there is room up to `free`. Returns up to where there is room for the next.
  rule(pen, at, text, width, height, colour, free) {
    Object.assign(pen, { strokeStyle: colour, fillStyle: colour, lineWidth: 1.2 })
    pen.beginPath()
    pen.moveTo(at, this.top + 14)  // below the texts
    pen.lineTo(at, height - this.bottom)
    pen.stroke()
    const long = pen.measureText(text).width + 4, left = at > width / 2 || at + long > free ? at - long : at + 4
    if (!text || left < this.left || left + long - 4 > free) return free
    Object.assign(pen, { textAlign: "left", textBaseline: "top" })
    pen.fillText(text, left, this.top)
    return left - 8
  }

  // Return the place, in epochs, of a horizontal position on the screen.
  place(clientX) {
    const box = this.canvas.getBoundingClientRect()
    const share = (clientX - box.left - this.left) / (box.width - this.left - this.right)
    return Math.min(1, Math.max(0, share)) * this.end
  }
}
