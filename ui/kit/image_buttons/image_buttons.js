// Show images as buttons, and send the name of the one that is clicked.
export default ({ data, parentElement, setTriggerValue }) => {
  const box = parentElement.querySelector(".images")
  while (box.children.length > data.length) box.lastChild.remove()
  data.forEach(({ name, picture, caption, action, chosen }, place) => {
    const button = box.children[place] ?? box.appendChild(document.createElement("button"))
    if (!button.firstChild) button.append(document.createElement("img"), document.createElement("span"))
    const [image, text] = button.children
    if (image.getAttribute("src") !== picture) image.src = picture
    image.alt = ""
    text.textContent = caption
    button.type = "button"
    button.title = action
    button.setAttribute("aria-label", `${action}, ${caption}`)
    button.setAttribute("aria-pressed", chosen)
    button.onclick = () => setTriggerValue("click", name)
  })
}
