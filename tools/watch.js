// Runs in every page from its start and watches it: window.watch knows when the page is quiet, when a visitor last did
// something, and when values that the page shows have changed. Times are those of performance.now(), in milliseconds.
(() => {
  const EVERY_MS = 10;
  const MAIN = '[data-testid="stMain"]';
  const watch = window.watch = {
    seen: 0, // time of the last change that can be seen
    changed: 0, // time of the last change of all
    calm: 0, // how long nothing has changed while the browser was free to work
    click: 0, keydown: 0, pointerup: 0, // times of the last event of each kind
    inputs: [], // times at which a slider was moved
    samples: [], // what follow() has recorded: {at, drawn, value}
  };

  // Quiet means: nothing in the page's main part has changed, and no picture in it has arrived, for a while in which
  // the browser was free to work. A busy browser is not quiet, so each tick counts at most twice its interval.
  // What changes inside a <canvas> is never drawn: Streamlit's tables write a copy for screen readers there, by a
  // timer of their own.
  const note = visible => {
    watch.calm = 0;
    watch.changed = performance.now();
    if (visible) watch.seen = watch.changed;
  };
  const element = node => node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
  const inMain = node => element(node)?.closest(MAIN);
  const hidden = record => record.type !== 'attributes' && element(record.target).closest('canvas')
    || record.type === 'attributes' && element(record.target).closest('canvas *');
  new MutationObserver(records => {
    const main = records.filter(r => inMain(r.target) || [...r.addedNodes].some(node => node.querySelector?.(MAIN)));
    if (main.length) note(!main.every(hidden));
  }).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  document.addEventListener('load', event => { if (inMain(event.target)) note(true); }, true);
  for (const kind of ['click', 'keydown', 'pointerup']) {
    document.addEventListener(kind, () => {
      watch[kind] = performance.now();
      if (kind === 'click') watch.calm = 0;
    }, true);
  }
  document.addEventListener('input', () => watch.inputs.push(performance.now()), true);
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    watch.calm += Math.min(now - last, 2 * EVERY_MS);
    last = now;
  }, EVERY_MS);
  watch.quiet = (title, settle) => {
    const main = document.querySelector(MAIN);
    const app = document.querySelector('[data-testid="stApp"]');
    if (app?.dataset.testScriptState !== 'notRunning' || watch.calm < settle) return false;
    const heading = main.querySelector('h1')?.innerText;
    return Boolean(heading) && (title === null || heading === title)
      && !main.querySelector('[data-testid="stSkeleton"], [data-stale="true"]')
      && [...main.querySelectorAll('img')].every(picture => picture.complete);
  };

  // Record each change of what `read` returns, undefined being no value: `at` is the time of the change in the page,
  // `drawn` that when the browser had drawn it, 0 until then.
  watch.follow = read => {
    let before = '';
    new MutationObserver(() => {
      const value = read();
      if (value === undefined || JSON.stringify(value) === before) return;
      before = JSON.stringify(value);
      const sample = {at: performance.now(), drawn: 0, value};
      watch.samples.push(sample);
      requestAnimationFrame(() => setTimeout(() => { sample.drawn = performance.now(); }));
    }).observe(document, {subtree: true, childList: true, characterData: true, attributeFilter: ['data-of']});
  };
  // Some of the live numbers, by their names; undefined until the page shows all of them.
  watch.numbers = names => {
    const terms = [...document.querySelectorAll('.live-numbers dt')];
    const texts = names.map(name => terms.find(term => term.textContent === name)?.nextElementSibling.textContent);
    if (texts.includes(undefined)) return undefined;
    return texts.map(text => Number(text.replaceAll(',', '')));
  };
})();
