// Hand each message of the server to the live view, and its question for the next one to the server.
export default ({ data, parentElement, setTriggerValue }) => {
  // An element without a height would still leave a gap.
  parentElement.host.closest('[data-testid="stElementContainer"]').style.display = "none"
  const ask = (question) => setTriggerValue("ask", question)
  globalThis.liveView ??= { waiting: [] }  // the view may come after its first message
  if (globalThis.liveView.receive) globalThis.liveView.receive(data, ask)
  else globalThis.liveView.waiting = [data, ask]
}
