// Send the places of a slider while it is dragged: the newest ones, as soon as those before have been answered.
const LATE_MS = 1000  // after which an answer is taken for lost

export default ({ data: [news], parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector(".slider"), line = root.querySelector("div")
  // A slider that comes back to the page goes on counting where it was.
  const state = (root.state ??= { number: news.number, answered: 0, sent: 0, newest: null, held: null })
  Object.assign(state, { news, setTriggerValue })
  while (line.children.length < news.places.length) line.append(line.firstChild.cloneNode())
  const inputs = [...line.children], places = () => inputs.map((input) => Number(input.value))

  state.text = (place) => {
    const { texts, range } = state.news
    return texts ? texts[place] : (range[0] + place * range[1]).toLocaleString("en").replace("-", "−")
  }
  state.show = () => {
    const texts = places().map(state.text)
    root.querySelector("output").textContent = texts.join(" to ")
    inputs.forEach((input, end) => input.setAttribute("aria-valuetext", texts[end]))
    const [low, high] = [0, ...places()].slice(-2)
    line.style.setProperty("--low", low / state.news.last)
    line.style.setProperty("--high", high / state.news.last)
  }
  state.send = () => {
    const waits = state.number > state.answered && performance.now() - state.sent < LATE_MS
    if (!state.newest || waits || state.held) return
    state.number += 1
    state.sent = performance.now()
    state.setTriggerValue("move", { ...state.newest, number: state.number })
    state.newest = null
  }
  const move = (done) => {
    state.newest = { places: places(), done }
    state.show()
    clearTimeout(state.soon)
    state.soon = setTimeout(state.send)  // a key both moves the slider and lets it go: that is one message
  }
  const release = () => { state.held = null; state.send() }
  inputs.forEach((input, end) => {
    const name = inputs.length > 1 ? `, ${end ? "end" : "start"}` : ""
    input.setAttribute("aria-label", news.label + name)
    input.max = news.last
    input.disabled = news.disabled
    input.oninput = () => {  // the two ends stay apart
      const other = Number(inputs[1 - end]?.value ?? NaN)
      if (end ? input.value <= other : input.value >= other) input.value = end ? other + 1 : other - 1
      move(false)
    }
    input.onchange = () => move(true)
    // A finger may be about to scroll the page: then the browser cancels it, and what it has moved goes back.
    input.onpointerdown = (event) => {
      state.held = event.pointerType === "touch" ? { x: event.clientX, y: event.clientY, value: input.value } : null
    }
    input.onpointermove = (event) => {
      const { x, y } = state.held ?? {}
      if (Math.abs(event.clientX - x) > Math.abs(event.clientY - y)) release()
    }
    input.onpointerup = release
    input.onpointercancel = () => {
      if (!state.held) return
      input.value = state.held.value
      state.held = state.newest = null
      state.show()
    }
  })
  line.classList.toggle("two", inputs.length > 1)
  root.querySelector("span").textContent = news.label
  root.classList.toggle("disabled", news.disabled)
  state.answered = Math.max(state.answered, news.number)
  // What the server says counts, unless the hand is ahead of it.
  if (!state.newest && state.answered >= state.number) inputs.forEach((input, end) => { input.value = news.places[end] })
  state.show()
  state.send()
  clearInterval(state.timer)
  state.timer = setInterval(state.send, LATE_MS)
  return () => clearInterval(state.timer)
}
