// Make an entry in the browser's history for each page, and for each place of a page that Back returns to.
const PLACES = ["edge"]  // settings that say where a person is on a page

export default () => {
  if (history.pushState.ofThisApp) return
  const push = history.pushState.bind(history)
  const place = (url) => [url.pathname, ...PLACES.map((name) => url.searchParams.get(name))].join()
  let left = null // the address from which a link has been followed
  document.addEventListener("click", ({ target }) => { left = target.closest?.("a") ? location.href : null }, true)
  history.pushState = (state, title, url) => {
    const stays = place(new URL(url, location)) === place(new URL(location))
    if (stays) return history.replaceState(state, title, url)
    // Settings of the next page may have come before the page itself: the entry that is left gets its own again.
    if (left && new URL(left).pathname === location.pathname) history.replaceState(history.state, "", left)
    left = null
    push(state, title, url)
  }
  history.pushState.ofThisApp = true
}
