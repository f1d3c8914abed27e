// Make an entry in the browser's history for each page, and for each place of a page that Back returns to.
const PLACES = ["edge"]  // settings that say where a person is on a page

export default () => {
  if (history.pushState.ofThisApp) return
  const push = history.pushState.bind(history)
  const place = (url) => [url.pathname, ...PLACES.map((name) => url.searchParams.get(name))].join()
  history.pushState = (state, title, url) => {
    const stays = place(new URL(url, location)) === place(new URL(location))
    if (stays) history.replaceState(state, title, url)
    else push(state, title, url)
  }
  history.pushState.ofThisApp = true
}
