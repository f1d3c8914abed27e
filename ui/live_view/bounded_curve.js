// A line through ever more points, kept as a bounded number of buckets: the lowest and the highest point of each, so
// that no spike is lost. When the buckets run out, each two become one.
class Curve {
  constructor(most = 400) {
    Object.assign(this, { most, width: 1, filled: 0, buckets: [], low: Infinity, high: -Infinity, lowPositive: Infinity, last: null })
  }

  add(x, y) {
    if (!Number.isFinite(y)) return
    this.last = [x, y]
    this.low = Math.min(this.low, y)
    this.high = Math.max(this.high, y)
    if (y > 0) this.lowPositive = Math.min(this.lowPositive, y)
    const bucket = this.buckets.at(-1)
    if (bucket && this.filled < this.width) {
      if (y < bucket.low) Object.assign(bucket, { lowX: x, low: y })
      if (y > bucket.high) Object.assign(bucket, { highX: x, high: y })
      this.filled += 1
      return
    }
    if (this.buckets.length === this.most) this.halve()
    this.buckets.push({ lowX: x, low: y, highX: x, high: y })
    this.filled = 1
  }

  halve() {
    const half = []
    for (let i = 0; i < this.buckets.length; i += 2) {
      const [a, b] = [this.buckets[i], this.buckets[i + 1]]
      const [low, high] = [a.low <= b.low ? a : b, a.high >= b.high ? a : b]
      half.push({ lowX: low.lowX, low: low.low, highX: high.highX, high: high.high })
    }
    this.buckets = half
    this.width *= 2
  }

  // Call see(x, y) for each point that is kept, from left to right.
  each(see) {
    for (const { lowX, low, highX, high } of this.buckets) {
      const lowFirst = lowX < highX
      see(lowFirst ? lowX : highX, lowFirst ? low : high)
      if (lowX !== highX) see(lowFirst ? highX : lowX, lowFirst ? high : low)
    }
  }

  // Return the point that is nearest to x, as [x, y]; null if there is none.
  nearest(x) {
    let found = null
    this.each((px, py) => { if (!found || Math.abs(px - x) < Math.abs(found[0] - x)) found = [px, py] })
    return found
  }
}
