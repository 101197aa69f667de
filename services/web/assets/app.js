// @ts-check
// What JavaScript adds: live pages, uploads with progress, keys. Without it every page still works.
import { watchPage } from './live.js';
import { enhanceCount } from './upload.js';
import { listenToKeys } from './keys.js';

/** Forms that only choose what is shown are sent when they change; their button is then not needed. */
function sendOnChange() {
  for (const form of document.querySelectorAll('form[data-auto]')) {
    form.classList.add('auto');
  }
  document.addEventListener('change', (event) => {
    const form = event.target instanceof Element && event.target.closest('form[data-auto]');
    if (form instanceof HTMLFormElement) form.requestSubmit();
  });
}

/** A delete cannot be taken back. */
function askBeforeDelete() {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form instanceof HTMLFormElement && form.action.endsWith('/delete')
      && !window.confirm('Delete this job and its result?')) event.preventDefault();
  });
}

sendOnChange();
askBeforeDelete();
enhanceCount();
listenToKeys();
watchPage();
