// What the app writes into the address by itself, after a page was opened, belongs to the opening of that page.
export default () => {
  if (history.pushState.ofThisApp) return
  const push = history.pushState.bind(history)
  let acted = false  // whether anybody has done something since the page was opened
  history.pushState = (state, title, url) => {
    const samePage = new URL(url, location).pathname === location.pathname
    if (samePage && !acted) return history.replaceState(state, title, url)
    if (!samePage) acted = false
    push(state, title, url)
  }
  history.pushState.ofThisApp = true
  const act = () => { acted = true }
  for (const name of ["pointerdown", "keydown"]) addEventListener(name, act, true)
}
