// A curve with a ball on it that is dragged, or moved by the arrow keys.
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [400, 300, 46, 6, 6, 34]
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -1e9, End: 1e9 }

export default ({ data: [news], parentElement, setTriggerValue }) => {
  const svg = parentElement.querySelector("svg")
  svg.ball ??= start(svg, makeSender(svg, news.number))
  svg.ball(news, setTriggerValue)
}

function start(svg, sender) {
  const find = (name) => svg.querySelector(`.${name}`), handle = find("handle")
  let news, x, y, place = 0, from = null  // where the ball was when it was taken

  function show(told, trigger) {
    news = told
    x = (w) => LEFT + (w - news.across[0]) / (news.across[1] - news.across[0]) * (WIDTH - LEFT - RIGHT)
    y = (loss) => TOP + (news.up[1] - loss) / (news.up[1] - news.up[0]) * (HEIGHT - TOP - BOTTOM)
    if (sender.answer(news.number, trigger) && from === null) place = news.place
    background()
    draw()
  }

  function background() {
    const line = (points) => points.map(([w, loss], at) => `${at ? "L" : "M"}${x(w).toFixed(1)} ${y(loss).toFixed(1)}`).join("")
    const written = (value) => value.toLocaleString("en").replace("-", "−")
    const below = `<text x="${WIDTH / 2}" y="${HEIGHT - 3}" text-anchor="middle">Weight w</text><text transform="translate(11 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">Loss</text>`
    const acrossTicks = ticks(news.across).map((w) => `<path class="grid" d="M${x(w)} ${TOP}V${HEIGHT - BOTTOM}"/><text x="${x(w)}" y="${HEIGHT - 19}" text-anchor="middle">${written(w)}</text>`)
    const upTicks = ticks(news.up).map((loss) => `<path class="grid" d="M${LEFT} ${y(loss)}H${WIDTH - RIGHT}"/><text x="${LEFT - 5}" y="${y(loss) + 4}" text-anchor="end">${written(loss)}</text>`)
    find("axes").innerHTML = below + acrossTicks.join("") + upTicks.join("")
    const steps = news.path.map(({ w, loss, said }, n) => `<circle class="${n === news.path.length - 1 ? "now" : "step"}" cx="${x(w)}" cy="${y(loss)}" r="${n === news.path.length - 1 ? 7 : 4}"><title>${said}</title></circle>`)
    find("lines").innerHTML = `<path class="curve" d="${line(news.curve)}"/><path class="path" d="${line(news.path.map(({ w, loss }) => [w, loss]))}"/>${steps.join("")}`
  }

  // The ball, its tangent and the line below it.
  function draw() {
    const w = news.first + place * news.step, [loss, slope] = onCurve(news.curve, w)
    handle.setAttribute("transform", `translate(${x(w)} ${y(loss)})`)
    handle.setAttribute("class", news.tangent ? "handle" : "handle start")
    const said = { label: news.label, valuemin: news.first, valuemax: news.first + news.last * news.step, valuenow: w.toFixed(1), valuetext: `w = ${w.toFixed(1).replace("-", "−")}, loss ${loss.toFixed(2).replace("-", "−")}` }
    for (const [name, value] of Object.entries(said)) handle.setAttribute(`aria-${name}`, value)
    find("moving").innerHTML = !news.tangent ? "" : `<path class="drop" d="M${x(w)} ${y(loss)}V${HEIGHT}"/><path class="tangent" d="M${x(w - 1.5)} ${y(loss - 1.5 * slope)}L${x(w + 1.5)} ${y(loss + 1.5 * slope)}"/>`
  }

  function move(to, done) {
    place = Math.min(Math.max(Math.round(to), 0), news.last)
    sender.offer({ place, done })
    draw()
  }
  const under = (event) => {
    const box = svg.getBoundingClientRect(), at = (event.clientX - box.left) / box.width * WIDTH
    const w = news.across[0] + (at - LEFT) / (WIDTH - LEFT - RIGHT) * (news.across[1] - news.across[0])
    return (w - news.first) / news.step
  }

  svg.onpointerdown = (event) => {
    if (event.button) return
    from = place
    svg.setPointerCapture(event.pointerId)
    handle.focus({ preventScroll: true, focusVisible: false })
    if (event.pointerType === "mouse") move(under(event), false)  // a finger may be about to scroll the page
  }
  svg.onpointermove = (event) => { if (from !== null) move(under(event), false) }
  svg.onpointerup = (event) => {
    if (from === null) return
    from = null
    move(under(event), true)
  }
  svg.onpointercancel = () => {
    if (from !== null) move(from, true)
    from = null
  }
  handle.onkeydown = (event) => {
    if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    move(place + KEYS[event.key], true)
  }
  return show
}

// The loss at w, and the slope there: the curve's points are near enough to each other for straight lines.
function onCurve(curve, w) {
  const after = Math.min(Math.max(curve.findIndex(([at]) => at >= w), 2), curve.length - 2)
  const [[a, lossA], [b, lossB]] = [curve[after - 1], curve[after]]
  const between = (w - a) / (b - a), rise = (at) => (curve[at + 1][1] - curve[at - 1][1]) / (curve[at + 1][0] - curve[at - 1][0])
  return [lossA + between * (lossB - lossA), rise(after - 1) + between * (rise(after) - rise(after - 1))]
}

function ticks([low, high]) {
  const rough = (high - low) / 7, power = 10 ** Math.floor(Math.log10(rough))
  const step = power * [1, 2, 5, 10].find((lead) => lead * power >= rough)
  const result = []
  for (let at = Math.ceil(low / step); at * step <= high; at++) result.push(Number((at * step).toPrecision(12)))
  return result
}
