// Mark the picked pixel in a table that pandas has written, and pick another by a click on its cell or by arrow keys.
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }

export default ({ data: [news], parentElement, setTriggerValue }) => {
  const box = parentElement.querySelector(".pixels-box"), sender = (box.sender ??= makeSender(box, news.number))
  if (box.told !== news.table) box.innerHTML = box.told = news.table
  box.style.setProperty("--columns", news.columns)
  const { first, last } = news
  const mark = (pixel) => {
    box.pixel = pixel
    box.querySelector(".picked")?.classList.remove("picked")
    const cell = box.querySelector(`td.row${pixel[0] - first[0]}.col${pixel[1] - first[1]}`)
    cell?.classList.add("picked")
    return cell
  }
  const pick = (pixel) => {
    mark(pixel).scrollIntoView({ block: "nearest", inline: "nearest" })
    sender.offer({ picked: pixel, crop: null, done: true })
  }
  box.onclick = (event) => {
    const place = event.target.closest("td")?.className.match(/row(\d+) col(\d+)/)
    if (place) pick(first.map((start, axis) => start + Number(place[axis + 1])))
  }
  box.onkeydown = (event) => {
    const by = ARROWS[event.key]
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    pick(box.pixel.map((part, axis) => Math.min(Math.max(part + by[axis], first[axis]), last[axis])))
  }
  if (sender.answer(news.number, setTriggerValue)) mark(news.picked)
}
