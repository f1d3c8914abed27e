// A slider with one end or two, whose places are sent while it is dragged.
export default ({ data: [news], parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector(".slider"), line = root.querySelector("div")
  const sender = (root.sender ??= makeSender(root, news.number))
  while (line.children.length < news.places.length) line.append(line.firstChild.cloneNode())
  const inputs = [...line.children], places = () => inputs.map((input) => Number(input.value))

  const { texts, range } = news
  const text = (place) => texts ? texts[place] : (range[0] + place * range[1]).toLocaleString("en").replace("-", "−")
  const show = () => {
    const shown = places().map(text)
    root.querySelector("output").textContent = shown.join(" to ")
    inputs.forEach((input, end) => input.setAttribute("aria-valuetext", shown[end]))
    const [low, high] = [0, ...places()].slice(-2)
    line.style.setProperty("--low", low / news.last)
    line.style.setProperty("--high", high / news.last)
  }
  const move = (done) => {
    sender.offer({ places: places(), done })
    show()
  }
  const release = () => {
    sender.held = null
    sender.send()
  }
  inputs.forEach((input, end) => {
    input.setAttribute("aria-label", news.label + (inputs.length > 1 ? `, ${end ? "end" : "start"}` : ""))
    input.max = news.last
    input.disabled = news.disabled
    input.oninput = () => {  // the two ends stay apart
      const other = Number(inputs[1 - end]?.value ?? NaN)
      if (end ? input.value <= other : input.value >= other) input.value = end ? other + 1 : other - 1
      if (news.let_go) show()
      else move(false)
    }
    input.onchange = () => move(true)
    // A finger may be about to scroll the page: then the browser cancels it, and what it has moved goes back.
    input.onpointerdown = (event) => {
      sender.held = event.pointerType === "touch" ? { x: event.clientX, y: event.clientY, value: input.value } : null
    }
    input.onpointermove = (event) => {
      const { x, y } = sender.held ?? {}
      if (Math.abs(event.clientX - x) > Math.abs(event.clientY - y)) release()
    }
    input.onpointerup = release
    input.onpointercancel = () => {
      if (!sender.held) return
      input.value = sender.held.value
      sender.held = sender.newest = null
      show()
    }
  })
  line.classList.toggle("two", inputs.length > 1)
  root.querySelector("span").textContent = news.label
  root.classList.toggle("disabled", news.disabled)
  if (sender.answer(news.number, setTriggerValue)) inputs.forEach((input, end) => { input.value = news.places[end] })
  show()
}
