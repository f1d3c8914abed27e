// Send the newest of many values, as soon as the one before has been answered. Stands before the scripts that use it.
const LATE_MS = 1000  // after which the next value does not wait for an answer
const LOST_MS = 3000, MOST_TIMES = 4  // after which a message is taken for lost, and how often it is sent

// root: the element of the component; once it is no longer on its page, nothing is sent again.
function makeSender(root, number) {
  const sender = { number, answered: number, sent: 0, times: 0, newest: null, last: null, held: null, trigger: null }
  sender.send = () => {
    const unanswered = sender.number > sender.answered, since = performance.now() - sender.sent
    if (sender.held || (unanswered && since < LATE_MS)) return
    if (sender.newest) {
      sender.number += 1
      Object.assign(sender, { last: { ...sender.newest, number: sender.number }, newest: null, times: 0 })
    } else if (!unanswered || since < LOST_MS || sender.times === MOST_TIMES) return
    sender.sent = performance.now()
    sender.times += 1
    sender.trigger("move", sender.last)
  }
  const look = () => (root.isConnected ? sender.send() : clearInterval(sender.timer))
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
    sender.timer = setInterval(look, LATE_MS)
    const counts = !sender.newest && sender.answered >= sender.number
    sender.send()
    return counts
  }
  return sender
}
