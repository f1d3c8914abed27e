// Ask for the next frame when this one has been drawn; again after a while, should the question have been lost.
const LATE_MS = 3000

export default ({ data, parentElement, setTriggerValue }) => {
  clearInterval(parentElement.late)
  if (!data.playing) return () => {}
  const ask = () => setTriggerValue("next", data.frame)
  // The second of two frames comes when the first has been drawn. A hidden tab draws none, and asks now and then.
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(ask)))
  parentElement.late = setInterval(ask, LATE_MS)
  return () => clearInterval(parentElement.late)
}
