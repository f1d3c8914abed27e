// Mark the picked pixel in a table that pandas has written, and pick another by a click on its cell.
export default ({ data: [news], parentElement, setTriggerValue }) => {
  const box = parentElement.querySelector(".pixels-box")
  if (box.told !== news.table) box.innerHTML = box.told = news.table
  box.style.setProperty("--columns", news.columns)
  const [top, left] = news.first
  const mark = (row, column) => {
    box.querySelector(".picked")?.classList.remove("picked")
    box.querySelector(`td.row${row - top}.col${column - left}`)?.classList.add("picked")
  }
  mark(...news.picked)
  box.onclick = (event) => {
    const place = event.target.closest("td")?.className.match(/row(\d+) col(\d+)/)
    if (!place) return
    const pixel = [top + Number(place[1]), left + Number(place[2])]
    mark(...pixel)
    setTriggerValue("pick", pixel)
  }
}
