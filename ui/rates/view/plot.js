// A chart on a canvas: two axes that say their scale, and functions from values to pixels.
const DECADE = 1e-9  // what rounding may take from a power of ten

function ticks({ low, high, log }, most) {
  const found = []
  if (log) {
    const [first, last] = [Math.ceil(Math.log10(low) - DECADE), Math.floor(Math.log10(high) + DECADE)]
    const every = Math.max(1, Math.ceil((last - first + 1) / most))
    for (let power = first; power <= last; power += every) found.push(10 ** power)
    if (found.length > 1) return found
    return [1, 2, 5, 10, 20, 50].map((lead) => lead * 10 ** (first - 1)).filter((tick) => tick >= low && tick <= high)
  }
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((lead) => lead * power).find((one) => one >= rough)
  for (let k = Math.ceil(low / step - DECADE); k * step <= high + DECADE; k += 1) found.push(k * step)
  return found
}

class Plot {
  // x, y: { low, high, log, title, percent }, the scales; colours: { text, grid, font }.
  constructor(canvas, x, y, colours) {
    const pixels = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight
    Object.assign(this, { left: 48, right: width - 8, top: 20, bottom: height - 32 })
    const [w, h] = [width, height].map((size) => Math.round(size * pixels))
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h })
    const pen = (this.pen = canvas.getContext("2d"))
    pen.setTransform(pixels, 0, 0, pixels, 0, 0)
    pen.clearRect(0, 0, width, height)
    const scale = ({ low, high, log }, from, to) => {
      const bend = log ? Math.log10 : (value) => value
      return (value) => from + ((bend(value) - bend(low)) / (bend(high) - bend(low))) * (to - from)
    }
    Object.assign(this, { x: scale(x, this.left, this.right), y: scale(y, this.bottom, this.top), low: y.low, high: y.high })
    Object.assign(pen, { font: `11px ${colours.font}`, fillStyle: colours.text, strokeStyle: colours.grid, lineWidth: 1, textBaseline: "middle", textAlign: "right" })
    const write = (value, percent) => (percent ? `${+(100 * value).toFixed(1)} %` : String(+value.toPrecision(3)))
    for (const tick of ticks(y, Math.max(2, height / 50))) {
      this.line([[this.left, this.y(tick)], [this.right, this.y(tick)]])
      pen.fillText(write(tick, y.percent), this.left - 5, this.y(tick))
    }
    Object.assign(pen, { textAlign: "center", textBaseline: "top" })
    for (const tick of ticks(x, width / 70)) pen.fillText(write(tick), this.x(tick), this.bottom + 3)
    pen.fillText(x.title, (this.left + this.right) / 2, this.bottom + 17)
    pen.textAlign = "left"
    pen.fillText(y.title, 0, 2)
  }

  line(points) {
    this.pen.beginPath()
    points.forEach(([x, y], place) => (place ? this.pen.lineTo(x, y) : this.pen.moveTo(x, y)))
    this.pen.stroke()
  }

  // Return where a value stands; one that is too high, too low or no number stands at the end of the axis.
  within(value) {
    return this.y(Number.isFinite(value) ? Math.min(this.high, Math.max(this.low, value)) : this.high)
  }
}
