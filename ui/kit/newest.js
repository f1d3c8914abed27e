// Send the newest of many values, as soon as the one before has been answered. Stands before the scripts that use it.
const LATE_MS = 1000  // after which an answer is taken for lost

function makeSender(number) {
  const sender = { number, answered: number, sent: 0, newest: null, held: null, trigger: null }
  sender.send = () => {
    const waits = sender.number > sender.answered && performance.now() - sender.sent < LATE_MS
    if (!sender.newest || waits || sender.held) return
    sender.number += 1
    sender.sent = performance.now()
    sender.trigger("move", { ...sender.newest, number: sender.number })
    sender.newest = null
  }
  // A key both moves a slider and lets it go: what is offered within one moment is one message.
  sender.offer = (value) => {
    sender.newest = value
    clearTimeout(sender.soon)
    sender.soon = setTimeout(sender.send)
  }
  // Take the number of the message that an answer belongs to. Returns whether what it says counts: not while the hand
  // is ahead of it.
  sender.answer = (number, trigger) => {
    sender.answered = Math.max(sender.answered, number)
    sender.trigger = trigger
    clearInterval(sender.timer)
    sender.timer = setInterval(sender.send, LATE_MS)
    const counts = !sender.newest && sender.answered >= sender.number
    sender.send()
    return counts
  }
  sender.end = () => clearInterval(sender.timer)
  return sender
}
