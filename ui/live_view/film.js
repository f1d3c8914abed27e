// The moments of a run that can be looked at again: a bounded number, thinned out evenly when there are too many.
class Film {
  constructor(most = 240) {
    Object.assign(this, { most, moments: [], every: 1, seen: 0 })
  }

  // Keep a moment, { step, x, weights, numbers }; the newest one is always there.
  add(moment) {
    if (this.moments.at(-1)?.step === moment.step) {
      this.moments[this.moments.length - 1] = moment
      return
    }
    if (this.moments.length && (this.seen - 1) % this.every) this.moments.pop()  // the last was only kept as the newest
    this.moments.push(moment)
    this.seen += 1
    if (this.moments.length <= this.most) return
    this.moments = this.moments.filter((_, place) => place % 2 === 0 || place === this.moments.length - 1)
    this.every *= 2
  }
}
