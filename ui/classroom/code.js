// Show the code of a class, large enough for a projector.
export default ({ data, parentElement }) => {
  const find = (name) => parentElement.querySelector(name)
  Object.assign(find("img"), { src: data.qr, alt: `QR code of ${data.link}` })
  find(".address").textContent = data.address
  find(".code").textContent = data.code
}
