// Ask for the next frame when this one has been drawn, and again after a while, should the question have been lost.
const LATE_MS = 3000

export default ({ data, parentElement, setTriggerValue }) => {
  const stop = () => { clearTimeout(parentElement.soon); clearInterval(parentElement.late) }
  // An element without a height would still leave a gap.
  parentElement.host.closest('[data-testid="stElementContainer"]').style.display = "none"
  stop()
  if (!data.playing) return stop
  const ask = () => setTriggerValue("next", data.frame)
  // The second of two frames comes when the first has been drawn. A hidden tab draws none, and asks now and then.
  requestAnimationFrame(() => requestAnimationFrame(() => { parentElement.soon = setTimeout(ask, data.wait) }))
  parentElement.late = setInterval(ask, LATE_MS)
  return () => parentElement.isConnected || stop() // calls also end while it stays: docs/upstream/overtaken-calls.md
}
