import { VitrineRecommendations } from './recommendations.js';
import { Session } from './session.js';
import { VitrineVisualSearch } from './visual-search.js';

declare global {
  interface Window {
    vitrine?: Session;
  }
}

/**
 * `<script src="https://SHOP/widget/vitrine.js" data-key="pk_…" async></script>`
 *
 * `data-api` names another address than the script's own; `data-consent="true"` is for shops whose own banner has already asked. `window.vitrine`
 * is the page's session: `setConsent`, `track`, `forget`.
 */
const tag = document.currentScript as HTMLScriptElement | null;
if (!window.vitrine) {
  const origin = tag?.src ? new URL(tag.src).origin : location.origin;
  const consent = tag?.dataset.consent;
  window.vitrine = new Session(
    { api: tag?.dataset.api ?? origin, key: tag?.dataset.key ?? '' },
    consent === undefined ? undefined : consent === 'true',
  );
  VitrineRecommendations.session = window.vitrine;
  customElements.define('vitrine-recommendations', VitrineRecommendations);
  customElements.define('vitrine-visual-search', VitrineVisualSearch);
  document.dispatchEvent(new CustomEvent('vitrine-ready'));
}
