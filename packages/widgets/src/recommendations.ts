import { el, sheet } from './dom.js';
import css from './recommendations.css';
import type { Reason, RecommendationAnswer, Recommended, Session } from './session.js';
import { sourceWord, word } from './words.js';

const styles = sheet(css);

/** Pictures of our own store come in the width a card needs; others as they are. */
export const sized = (url: string, width: number, api: string): string => {
  const full = url.startsWith('/') ? api + url : url;
  return url.startsWith('/v1/pictures/') ? `${full}${full.includes('?') ? '&' : '?'}width=${width}` : full;
};

/** Widths in which our store keeps pictures, as far as a card can want them. */
const WIDTHS = [160, 320, 640];
/** How much of a list has to be in sight, and for how long, until it counts as seen. */
const SEEN_PART = 0.5;
const SEEN_MS = 1000;

/**
 * `<vitrine-recommendations placement="product" item-id="…">`: a row or grid of recommendations.
 *
 * Hides itself while the API is away, slow (five seconds) or has nothing to show; equal questions on one page are one request.
 * With consent it tells Vitrine of clicks, of lists that were seen, and (placement `product`) that the page's product was viewed.
 *
 * @element vitrine-recommendations
 * @attr {string} placement - home, product, cart, category, search, email or a shop's own (default home)
 * @attr {string} item-id - The product of this page
 * @attr {number} image-index - Which of its photographs is being looked at, from 0
 * @attr {string} image-id - An uploaded picture to browse with
 * @attr {string} text - Words that go with it
 * @attr {string} items - JSON array of further context ids
 * @attr {string} exclude - JSON array of ids not to show
 * @attr {string} filter - A filter as JSON
 * @attr {number} limit - How many (default 12)
 * @attr {number} diversity - 0 to 1
 * @attr {"row"|"grid"} layout - A row that scrolls (default) or a grid
 * @attr {string} heading - Heading above the list
 * @attr {string} href - Template of links with {id}; else the item's own url
 * @attr {boolean} explain - Adds “Why this?” to every card
 * @attr {boolean} dismissable - Adds “Not interested” to every card, with consent
 * @attr {boolean} search - Asks /v1/search instead
 * @attr {string} lang - Language of words and prices; else the nearest lang of the page
 * @fires {CustomEvent<{ requestId: string, items: object[] }>} vitrine-shown - A list is on the page
 * @fires {CustomEvent<{ id: string, rank: number, requestId: string, href: string }>} vitrine-click - A card was clicked; preventDefault() keeps the link from being followed
 * @fires {CustomEvent<{ id: string, requestId: string }>} vitrine-dismiss - “Not interested” was pressed and stored
 * @fires {CustomEvent<{ message: string }>} vitrine-failed - The API did not answer; the element hid itself if it had nothing to show
 * @slot card - A template for own cards: elements with data-vitrine="title|price|image|link" are filled
 * @csspart heading - The heading
 * @csspart list - The list
 * @csspart card - One card
 * @csspart link - Its link
 * @csspart picture - The box around its picture
 * @csspart image - Its picture
 * @csspart title - Its title
 * @csspart price - Its price
 * @csspart tools - The buttons under it
 * @csspart why - The panel of reasons
 * @cssprop --vitrine-card-width - Width of a card (default 200px)
 * @cssprop --vitrine-gap - Space between cards (default 16px)
 * @cssprop --vitrine-image-ratio - Shape of pictures (default 1 / 1)
 * @cssprop --vitrine-radius - Rounding (default 10px)
 * @cssprop --vitrine-font - Font; else the page's
 * @cssprop --vitrine-colour - Colour of words; else the page's
 * @cssprop --vitrine-quiet - Colour of quiet words
 * @cssprop --vitrine-accent - Colour of focus and bars
 * @cssprop --vitrine-surface - Ground of panels
 * @cssprop --vitrine-placeholder - Ground of pictures while they load
 * @cssprop --vitrine-heading-size - Size of the heading
 */
export class VitrineRecommendations extends HTMLElement {
  /** The page's one talk with Vitrine. @ignore */
  static session: Session;
  static readonly observedAttributes = [
    'placement',
    'item-id',
    'image-index',
    'image-id',
    'text',
    'limit',
    'filter',
    'exclude',
    'items',
    'diversity',
    'search',
    'layout',
  ];

  /** How much pictures, words and history count: `{ images, text, history }`, each 0–10. */
  emphasis: Record<string, number> | undefined;
  /** Base64 of a picture to browse with, for this call only: nothing of it is kept. */
  pictureData: string | undefined;
  #root = this.attachShadow({ mode: 'open' });
  #planned = false;
  #turn = 0;
  #stop: (() => void) | undefined;
  #viewed: string | undefined;
  #watch: IntersectionObserver | undefined;
  #seeing: ReturnType<typeof setTimeout> | undefined;
  #answer: RecommendationAnswer | undefined;
  /** Place of the card that was turned away: whoever uses the keyboard goes on from there. */
  #focusAt = 0;

  /** The answer that is shown. */
  get answer(): RecommendationAnswer | undefined {
    return this.#answer;
  }

  connectedCallback(): void {
    this.#root.adoptedStyleSheets = [styles];
    this.#stop = VitrineRecommendations.session.onChange(() => this.refresh());
    this.#skeleton();
    this.refresh();
  }

  disconnectedCallback(): void {
    this.#stop?.();
    this.#unwatch();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.refresh();
  }

  /** Asks again; several changes in one turn are one question. */
  refresh(): void {
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      void this.#load();
    });
  }

  get #language(): string {
    return (
      this.getAttribute('lang') ?? this.closest('[lang]')?.getAttribute('lang') ?? document.documentElement.lang ?? 'en'
    );
  }

  #json<T>(name: string): T | undefined {
    const value = this.getAttribute(name);
    if (!value) return undefined;
    try {
      return JSON.parse(value) as T;
    } catch {
      console.warn(`vitrine: attribute ${name} is not JSON: ${value}`);
      return undefined;
    }
  }

  #request(): { path: string; body: Record<string, unknown> } {
    const itemId = this.getAttribute('item-id');
    const index = this.getAttribute('image-index');
    const imageId = this.getAttribute('image-id');
    const text = this.getAttribute('text') ?? undefined;
    const itemIds = [...(itemId ? [itemId] : []), ...(this.#json<string[]>('items') ?? [])];
    const images: Record<string, unknown>[] = [];
    if (itemId && index !== null) images.push({ itemId, index: Number(index) });
    if (imageId) images.push({ imageId });
    if (this.pictureData) images.push({ data: this.pictureData });
    const limit = Number(this.getAttribute('limit') ?? 12);
    const filter = this.#json('filter');
    if (this.hasAttribute('search'))
      return {
        path: '/v1/search',
        body: { limit, ...(text ? { text } : {}), ...(images.length ? { images } : {}), ...(filter ? { filter } : {}) },
      };
    const diversity = this.getAttribute('diversity');
    return {
      path: '/v1/recommendations',
      body: {
        placement: this.getAttribute('placement') ?? 'home',
        context: {
          ...(itemIds.length ? { itemIds } : {}),
          ...(images.length ? { images } : {}),
          ...(text ? { text } : {}),
        },
        ...(filter ? { filter } : {}),
        excludeIds: this.#json<string[]>('exclude') ?? [],
        ...(this.emphasis ? { emphasis: this.emphasis } : {}),
        ...(diversity ? { diversity: Number(diversity) } : {}),
        limit,
        explain: this.hasAttribute('explain'),
      },
    };
  }

  async #load(): Promise<void> {
    const turn = ++this.#turn;
    const { path, body } = this.#request();
    this.#noteView();
    if (path === '/v1/search' && !body.text && !body.images) return;
    try {
      const answer = await VitrineRecommendations.session.ask(path, body);
      if (turn !== this.#turn) return;
      this.#answer = answer;
      this.#show(answer);
      this.#noteSeen(answer);
      this.#tell('vitrine-shown', { requestId: answer.requestId, items: answer.items });
    } catch (error) {
      if (turn !== this.#turn) return;
      // A shop's page stays whole when recommendations are away.
      if (!this.#answer) this.#hide(true);
      this.#tell('vitrine-failed', { message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** A product's page was looked at: with consent, once. */
  #noteView(): void {
    const session = VitrineRecommendations.session;
    const itemId = this.getAttribute('item-id');
    if (!session.consent || !itemId || itemId === this.#viewed || this.getAttribute('placement') !== 'product') return;
    this.#viewed = itemId;
    void session.track({ type: 'view', itemId });
  }

  #unwatch(): void {
    this.#watch?.disconnect();
    clearTimeout(this.#seeing);
  }

  /** Tells, with consent, that a list was seen: half of it in sight for a second, once for each answer. */
  #noteSeen({ requestId, items }: RecommendationAnswer): void {
    this.#unwatch();
    if (!items.length) return;
    this.#watch = new IntersectionObserver(
      ([entry]) => {
        clearTimeout(this.#seeing);
        if (!entry!.isIntersecting) return;
        this.#seeing = setTimeout(() => {
          this.#unwatch();
          const itemIds = items.map(({ id }) => id);
          void VitrineRecommendations.session.track({ type: 'impression', itemIds, requestId });
        }, SEEN_MS);
      },
      { threshold: SEEN_PART },
    );
    this.#watch.observe(this);
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #skeleton(): void {
    const count = Math.min(Number(this.getAttribute('limit') ?? 12), 8);
    const cards = Array.from({ length: count }, () =>
      el(
        'li',
        { class: 'skeleton', 'aria-hidden': 'true' },
        el('div', { class: 'picture' }),
        el('div', { class: 'title' }, '\u00a0'),
        el('div', { class: 'price' }, '\u00a0'),
        this.#tools ? el('div', { class: 'tools' }, el('button', { tabindex: -1 }, '\u00a0')) : null,
      ),
    );
    this.#root.replaceChildren(...this.#frame(cards));
  }

  get #tools(): boolean {
    return this.hasAttribute('explain') || this.hasAttribute('dismissable');
  }

  #frame(cards: HTMLElement[]): HTMLElement[] {
    const heading = this.getAttribute('heading');
    const label = heading ?? word('heading', this.#language);
    return [
      ...(heading ? [el('h2', { part: 'heading' }, heading)] : []),
      el(
        'ul',
        { part: 'list', 'aria-label': label, tabindex: this.getAttribute('layout') === 'grid' ? undefined : 0 },
        ...cards,
      ),
    ];
  }

  /** Out of sight and out of the page's way, also where the page's own styles say how the element is displayed. */
  #hide(isHidden: boolean): void {
    this.hidden = isHidden;
    if (isHidden) this.style.setProperty('display', 'none', 'important');
    else this.style.removeProperty('display');
  }

  #show(answer: RecommendationAnswer): void {
    this.#hide(answer.items.length === 0 && !this.hasAttribute('search'));
    const cards = answer.items.map((entry) => this.#card(entry, answer.requestId));
    if (!cards.length) cards.push(el('li', {}, word('none', this.#language)));
    const scrolled = this.#root.querySelector('ul')?.scrollLeft ?? 0;
    this.#root.replaceChildren(...this.#frame(cards));
    if (!this.#focusAt) return;
    this.#root.querySelector('ul')!.scrollLeft = scrolled;
    this.#root.querySelectorAll<HTMLElement>('li a')[this.#focusAt - 1]?.focus({ preventScroll: true });
    this.#focusAt = 0;
  }

  #card(entry: Recommended, requestId: string): HTMLElement {
    const session = VitrineRecommendations.session;
    const language = this.#language;
    const href = this.getAttribute('href')?.replace('{id}', encodeURIComponent(entry.id)) ?? entry.item.url ?? '#';
    const clicked = (event: Event) => {
      void session.track({ type: 'click', itemId: entry.id, requestId });
      const told = new CustomEvent('vitrine-click', {
        detail: { id: entry.id, rank: entry.rank, requestId, href },
        bubbles: true,
        composed: true,
        cancelable: true,
      });
      if (!this.dispatchEvent(told)) event.preventDefault();
    };
    const own = this.querySelector<HTMLTemplateElement>('template[slot="card"]');
    const picture = entry.item.image;
    const image = picture
      ? el('img', {
          part: 'image',
          // In this order: an image that has a source before it is lazy is loaded at once.
          loading: 'lazy',
          sizes: 'auto, 200px',
          srcset: picture.startsWith('/v1/pictures/')
            ? WIDTHS.map((width) => `${sized(picture, width, session.connection.api)} ${width}w`).join(', ')
            : undefined,
          src: sized(picture, 320, session.connection.api),
          width: 320,
          height: 320,
          decoding: 'async',
          alt: '',
        })
      : null;
    const price = entry.item.price
      ? new Intl.NumberFormat(language || 'en', { style: 'currency', currency: entry.item.price.currency }).format(
          entry.item.price.amount,
        )
      : '';
    const link = own
      ? this.#fromTemplate(own, entry, href, price)
      : el(
          'a',
          { part: 'link', href },
          el('div', { class: 'picture', part: 'picture' }, image),
          el('div', { class: 'title', part: 'title' }, entry.item.title),
          el('div', { class: 'price', part: 'price' }, price),
        );
    link.addEventListener('click', clicked);
    const card = el('li', { part: 'card' }, link);
    if (this.#tools) {
      const tools = el('div', { class: 'tools', part: 'tools' });
      if (this.hasAttribute('explain'))
        tools.append(
          el(
            'button',
            {
              type: 'button',
              'aria-label': `${word('why', language)} ${entry.item.title}`,
              onclick: () => this.#why(entry),
            },
            word('why', language),
          ),
        );
      if (this.hasAttribute('dismissable') && session.consent)
        tools.append(
          el(
            'button',
            {
              type: 'button',
              'aria-label': `${word('dismiss', language)}: ${entry.item.title}`,
              onclick: () => void this.#dismiss(entry, requestId),
            },
            word('dismiss', language),
          ),
        );
      card.append(tools);
    }
    return card;
  }

  /** Own card: elements with `data-vitrine="title|price|image|link"` are filled. */
  #fromTemplate(template: HTMLTemplateElement, entry: Recommended, href: string, price: string): HTMLElement {
    const holder = el('div', {});
    holder.append(template.content.cloneNode(true));
    for (const node of holder.querySelectorAll<HTMLElement>('[data-vitrine]')) {
      const kind = node.dataset.vitrine;
      if (kind === 'title') node.textContent = entry.item.title;
      else if (kind === 'price') node.textContent = price;
      else if (kind === 'link') node.setAttribute('href', href);
      else if (kind === 'image' && entry.item.image)
        node.setAttribute('src', sized(entry.item.image, 400, VitrineRecommendations.session.connection.api));
    }
    return holder;
  }

  #why(entry: Recommended): void {
    const language = this.#language;
    const opener = this.#root.activeElement as HTMLElement | null;
    const close = () => {
      panel.remove();
      opener?.focus();
    };
    const rows = (entry.reasons ?? [])
      .filter((reason) => reason.share >= 0.005)
      .map((reason) => {
        const fill = el('i', {});
        fill.style.width = `${Math.round(reason.share * 100)}%`;
        const line = el(
          'li',
          {},
          `${Math.round(reason.share * 100)} % – ${sourceWord(reason.source, language)}`,
          el('div', { class: 'bar' }, fill),
        );
        void this.#cause(reason, line);
        return line;
      });
    const picture = entry.item.image;
    const panel: HTMLDialogElement = el(
      'dialog',
      {
        class: 'why',
        part: 'why',
        'aria-label': `${word('why', language)} ${entry.item.title}`,
        onclose: close,
        // Beside the panel is on its backdrop.
        onclick: (event) => event.target === panel && close(),
        onkeydown: (event) => (event as KeyboardEvent).key === 'Escape' && close(),
      },
      el(
        'div',
        { class: 'about' },
        picture
          ? el('img', { src: sized(picture, 160, VitrineRecommendations.session.connection.api), alt: '' })
          : null,
        el('strong', {}, entry.item.title),
      ),
      el('ul', {}, ...rows),
      el('button', { type: 'button', onclick: close }, word('close', language)),
    );
    this.#root.append(panel);
    panel.showModal();
  }

  /** Names what a reason comes from, where that is another product than the page's: its picture and title. */
  async #cause({ because }: Reason, line: HTMLElement): Promise<void> {
    const id = because?.itemId;
    if (!id || id === this.getAttribute('item-id')) return;
    const session = VitrineRecommendations.session;
    const known = await session.item(id).catch(() => null);
    if (!known) return;
    line.append(
      el(
        'span',
        { class: 'cause' },
        known.image ? el('img', { src: sized(known.image, 160, session.connection.api), alt: '' }) : null,
        known.title,
      ),
    );
  }

  async #dismiss(entry: Recommended, requestId: string): Promise<void> {
    await VitrineRecommendations.session.track({ type: 'dismiss', itemId: entry.id, requestId }, true);
    this.#focusAt = entry.rank;
    this.#tell('vitrine-dismiss', { id: entry.id, requestId });
    this.refresh();
  }
}
