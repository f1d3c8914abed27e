// Show drawings, each with what was meant and what each method says. A click on one chooses it.
export default ({ data, parentElement, setTriggerValue }) => {
  const wall = parentElement.querySelector(".class-wall")
  wall.pick = (id) => setTriggerValue("pick", id)
  const shown = JSON.stringify(data)
  if (wall.shown === shown) return  // a tile keeps its focus while nothing changes
  const focused = parentElement.activeElement?.dataset?.id ?? wall.getRootNode().activeElement?.dataset?.id
  wall.shown = shown
  wall.replaceChildren(...data.drawings.map((one) => {
    const tile = document.createElement("button")
    tile.dataset.id = one.id
    tile.className = `${one.misread ? "misread" : ""} ${one.hidden ? "hidden" : ""}`
    tile.setAttribute("aria-pressed", String(one.id === data.picked))
    tile.onclick = () => wall.pick(one.id)
    const picture = tile.appendChild(document.createElement("img"))
    Object.assign(picture, { src: one.src, alt: `A drawing, meant to be a ${one.meant}` })
    const add = (parent, text, kind) => {
      const part = parent.appendChild(document.createElement("span"))
      part.textContent = text
      part.className = kind
      return part
    }
    add(tile, `meant: ${one.meant}`, "meant")
    const said = tile.appendChild(document.createElement("div"))
    said.className = "said"
    one.said.forEach(([method, digit]) => {
      add(said, digit, digit === String(one.meant) ? "" : "wrong").title = `${method} says ${digit}`
    })
    return tile
  }))
  if (focused) wall.querySelector(`[data-id="${Number(focused)}"]`)?.focus()
}
