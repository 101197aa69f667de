// @ts-check
// Keys: / to search, j and k through rows, ? for this list.

const HELP = 'Keys:  / search   j k next and previous row   Enter open   g c, g o, g j, g e go to Count, Overview, Jobs, Errors';
/** @type {Record<string, string>} */
const PLACES = { c: '/', o: '/ui', j: '/ui/jobs', e: '/ui/errors' };

/** @param {number} by */
function step(by) {
  const links = [...document.querySelectorAll('tr[data-row] a[id]')];
  const at = links.indexOf(/** @type {Element} */ (document.activeElement));
  const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))];
  if (next instanceof HTMLElement) next.focus();
}

function help() {
  let dialog = document.querySelector('dialog');
  if (!dialog) {
    dialog = document.createElement('dialog');
    const text = document.createElement('p');
    text.textContent = HELP;
    const close = document.createElement('button');
    close.textContent = 'Close';
    close.addEventListener('click', () => dialog?.close());
    dialog.append(text, close);
    document.body.append(dialog);
  }
  dialog.showModal();
}

export function listenToKeys() {
  let goes = false;
  document.addEventListener('keydown', (event) => {
    const target = event.target;
    const writes = target instanceof HTMLElement && target.matches('input, textarea, select');
    if (writes || event.ctrlKey || event.metaKey || event.altKey) return;
    if (goes && PLACES[event.key]) { location.assign(PLACES[event.key]); return; }
    goes = event.key === 'g';
    if (event.key === '/') {
      const search = document.getElementById('filter-q');
      if (search) { search.focus(); event.preventDefault(); } else location.assign('/ui/jobs');
    } else if (event.key === 'j') step(1);
    else if (event.key === 'k') step(-1);
    else if (event.key === '?') help();
  });
}
