// Send the place of a slider while it is dragged: the newest one, as soon as the one before has been answered.
const LATE_MS = 1000  // after which an answer is taken for lost

export default ({ data, parentElement, setTriggerValue }) => {
  const input = parentElement.querySelector("input"), output = parentElement.querySelector("output")
  const state = (input.state ??= { number: 0, answered: 0, sent: 0, newest: null })
  Object.assign(state, { data, setTriggerValue })
  state.show = () => {
    const text = state.data.texts[input.value]
    output.textContent = text
    input.setAttribute("aria-valuetext", text)
  }
  state.send = () => {
    const waits = state.number > state.answered && performance.now() - state.sent < LATE_MS
    if (!state.newest || waits) return
    state.number += 1
    state.sent = performance.now()
    state.setTriggerValue("move", { ...state.newest, number: state.number })
    state.newest = null
  }
  if (!input.oninput) {
    input.oninput = () => { state.newest = { place: Number(input.value), done: false }; state.show(); state.send() }
    input.onchange = () => { state.newest = { place: Number(input.value), done: true }; state.send() }
    state.timer = setInterval(state.send, LATE_MS)
  }
  parentElement.querySelector("span").textContent = data.label
  input.max = data.texts.length - 1
  state.answered = Math.max(state.answered, data.number)
  // What the server says counts, unless the hand is ahead of it.
  if (!state.newest && state.answered === state.number) input.value = data.place
  state.show()
  state.send()
  return () => clearInterval(state.timer)
}
