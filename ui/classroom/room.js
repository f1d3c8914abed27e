// Show a dot for each learner. Whatever is in the data is shown as text.
export default ({ data, parentElement }) => {
  const list = parentElement.querySelector("ul")
  list.replaceChildren(...data.map(({ name, here, hand, says }) => {
    const item = document.createElement("li")
    item.className = here ? "here" : "away"
    const add = (tag, text, kind = "") => {
      const part = item.appendChild(document.createElement(tag))
      part.textContent = text
      part.className = kind
      return part
    }
    add("i", "").title = here ? "here" : "away"
    add("b", name)
    add("span", hand ? "hand up" : "", "hand")
    add("small", says)
    return item
  }))
}
