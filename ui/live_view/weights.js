// The weights of the units of a layer, each as a picture of 28 x 28: blue above 0, orange below, white at 0.
const SIDE = 28, PIXELS = SIDE * SIDE, BLUE = [11, 107, 181], ORANGE = [224, 123, 0], GAP = 1

// Draw weights, int8 of -127 to 127, on a canvas, unit by unit in a square of pictures.
function drawWeights(canvas, weights) {
  const units = weights.length / PIXELS
  if (!units) return
  const columns = Math.ceil(Math.sqrt(units)), rows = Math.ceil(units / columns)
  const width = columns * (SIDE + GAP) - GAP, height = rows * (SIDE + GAP) - GAP
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  canvas.style.aspectRatio = `${width} / ${height}`
  const pen = canvas.getContext("2d")
  pen.clearRect(0, 0, width, height)
  const picture = pen.createImageData(SIDE, SIDE)
  for (let unit = 0; unit < units; unit += 1) {
    for (let pixel = 0; pixel < PIXELS; pixel += 1) {
      const share = weights[unit * PIXELS + pixel] / 127
      const colour = share > 0 ? BLUE : ORANGE
      for (let c = 0; c < 3; c += 1) picture.data[4 * pixel + c] = 255 + Math.abs(share) * (colour[c] - 255)
      picture.data[4 * pixel + 3] = 255
    }
    pen.putImageData(picture, (unit % columns) * (SIDE + GAP), Math.floor(unit / columns) * (SIDE + GAP))
  }
}
