/** What of Swagger UI's immutable collections the filter needs. */
interface Calls {
  readonly size: number;
  get(key: string): unknown;
  map(change: (calls: Calls, tag: string) => Calls): Calls;
  filter(keeps: (calls: Calls) => boolean): Calls;
  update(key: string, change: (calls: Calls) => Calls): Calls;
}

/** What of Swagger UI's system its plugins get. */
interface SwaggerSystem {
  React: { createElement(type: string, attributes: Record<string, unknown> | null, ...children: unknown[]): unknown };
}

interface FilterProps {
  /** `operations` are all calls; `taggedOperations` those that the present words leave, by group. */
  specSelectors: { operations(): Calls; taggedOperations(): Calls };
  layoutSelectors: { currentFilter(): string | boolean };
  layoutActions: { updateFilter(text: string): void };
}

/**
 * A field above the calls of `/docs`: only those stay that have all its words in their method, path, name, description or group
 * ("post event", "erase", "webhook secret"). Swagger UI's own field knows groups alone.
 *
 * It runs in the browser: Nest writes the function's text into the page's script, so it uses nothing from outside itself.
 */
const callFilter = ({ React }: SwaggerSystem) => {
  const opsFilter = (groups: Calls, phrase: string): Calls => {
    const words = phrase.toLowerCase().split(/\s+/).filter(Boolean);
    return groups
      .map((group, tag) =>
        group.update('operations', (calls) =>
          calls.filter((call) => {
            const operation = call.get('operation') as Calls;
            const said = ['summary', 'description', 'operationId'].map((name) => operation.get(name));
            const text = [tag, call.get('method'), call.get('path'), ...said].join(' ').toLowerCase();
            return words.every((word) => text.includes(word));
          }),
        ),
      )
      .filter((group) => (group.get('operations') as Calls).size > 0);
  };
  const countOf = (groups: Calls): number => {
    let count = 0;
    groups.map((group) => {
      count += (group.get('operations') as Calls).size;
      return group;
    });
    return count;
  };
  const FilterContainer = ({ specSelectors, layoutSelectors, layoutActions }: FilterProps) => {
    const current = layoutSelectors.currentFilter();
    const phrase = typeof current === 'string' && current !== 'true' ? current : '';
    const total = specSelectors.operations().size;
    const shown = countOf(specSelectors.taggedOperations());
    return React.createElement(
      'div',
      { className: 'filter-container wrapper', role: 'search' },
      React.createElement('input', {
        className: 'operation-filter-input',
        type: 'search',
        'aria-label': 'Find a call',
        placeholder: 'Find a call: recommend, post event, erase …',
        style: { width: '100%', maxWidth: 'none', margin: '16px 0 4px', padding: '10px 14px' },
        value: phrase,
        onChange: (event: { target: { value: string } }) => layoutActions.updateFilter(event.target.value),
      }),
      React.createElement(
        'p',
        { role: 'status', style: { margin: '0 0 8px', fontSize: '14px' } },
        shown === total ? `${total} calls` : shown === 0 ? 'No call has these words.' : `${shown} of ${total} calls`,
      ),
    );
  };
  return { fn: { opsFilter }, components: { FilterContainer } };
};

/** How `/docs` shows the OpenAPI document. */
export const docsOptions = {
  jsonDocumentUrl: 'openapi.json',
  customSiteTitle: 'Vitrine API',
  swaggerOptions: {
    tryItOutEnabled: true,
    persistAuthorization: true,
    displayRequestDuration: true,
    docExpansion: 'list',
    filter: true,
    plugins: [callFilter],
  },
};
