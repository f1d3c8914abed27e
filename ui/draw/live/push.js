// Draw the curve of each method over the slider that is pushed, and the drawing as it is pushed.
const PIXELS = 28, WIDE = 100, HIGH = 50

// The curve in the colour of what is answered at each place, and a line at the place of the slider.
function curve({ shares, answers, kept }, at, colours) {
  const x = (place) => (WIDE * place) / (shares.length - 1), y = (share) => HIGH - 2 - (HIGH - 4) * share
  const parts = shares.slice(1).map((share, i) => {
    const stays = i >= kept[0] && i + 1 <= kept[1]
    return `<line x1="${x(i)}" y1="${y(shares[i])}" x2="${x(i + 1)}" y2="${y(share)}" stroke="${colours[answers[stays ? i : i + 1]]}" ${stays ? "" : 'stroke-dasharray="3 2"'}/>`
  })
  return `<rect x="${x(kept[0])}" y="0" width="${x(kept[1]) - x(kept[0])}" height="${HIGH}"/>${parts.join("")}`
    + `<line class="here" x1="${WIDE * at}" y1="0" x2="${WIDE * at}" y2="${HIGH}"/>`
}

export default ({ data, parentElement }) => {
  const root = parentElement.querySelector(".pushed"), list = root.querySelector("dl")
  const colours = getComputedStyle(root).getPropertyValue("--st-chart-categorical-colors").split(",")
  while (list.children.length > data.cards.length) list.lastChild.remove()
  data.cards.forEach((card, place) => {
    let node = list.children[place]
    if (!node) {
      node = list.appendChild(document.createElement("div"))
      node.innerHTML = `<dt></dt><dd class="answer"></dd><dd><svg viewBox="0 0 ${WIDE} ${HIGH}" preserveAspectRatio="none" aria-hidden="true"></svg></dd><dd class="ends"><span></span><span></span></dd><dd class="kept"></dd>`
    }
    const set = (part, text) => { node.querySelector(part).textContent = text }
    node.style.setProperty("--answer", colours[card.now])
    set("dt", card.method)
    set(".answer", card.digit)
    set(".ends span", data.ends[0])
    set(".ends span + span", data.ends[1])
    set(".kept", card.said)
    node.querySelector("svg").innerHTML = curve(card, data.at, colours)
  })
  root.querySelector("figcaption").textContent = data.caption
  const picture = root.querySelector("canvas").getContext("2d"), drawn = picture.createImageData(PIXELS, PIXELS)
  const ink = atob(data.pixels)
  for (let i = 0; i < PIXELS * PIXELS; i += 1) drawn.data.set([...Array(3).fill(255 - ink.charCodeAt(i)), 255], 4 * i)
  picture.putImageData(drawn, 0, 0)
}
