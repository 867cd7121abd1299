/** An example of one call, as `/docs` fills it in: it runs as it stands on the demo shop. */
export interface ApiExample {
  /** Path parameters by name. */
  path?: Record<string, string>;
  /** The body; text for batches. */
  body?: unknown;
}

const chair = 'black-shell-armchair';
const shopper = 'demo-shopper-017';
const consent = { personalization: true };

/** Examples by `METHOD path` of the document. */
export const apiExamples: Readonly<Record<string, ApiExample>> = {
  'POST /v1/recommendations': {
    body: {
      placement: 'product',
      userId: shopper,
      context: { itemIds: [chair], images: [{ itemId: chair, index: 1 }], text: 'for a small flat' },
      negatives: { text: 'no metal' },
      emphasis: { images: 2, text: 1, history: 1 },
      filter: { price: { lte: 300 } },
      limit: 6,
      consent,
    },
  },
  'POST /v1/search': {
    body: { text: 'something green for the desk', images: [{ itemId: chair, index: 0 }], limit: 6 },
  },
  'GET /v1/items/{id}': { path: { id: chair } },
  'GET /v1/items/{id}/similar': { path: { id: chair } },
  'GET /v1/items/{id}/bought-together': { path: { id: chair } },
  'GET /v1/items/{id}/reviews': { path: { id: chair } },
  'PUT /v1/items/{id}': {
    path: { id: 'docs-oak-stool' },
    body: {
      id: 'docs-oak-stool',
      title: 'Oak stool',
      description: 'A three-legged stool of oiled oak, 45 cm high.',
      categories: ['Home & Garden > Furniture'],
      brand: 'Docs',
      price: { amount: 49, currency: 'EUR' },
      availability: 'in_stock',
    },
  },
  'PATCH /v1/items/{id}': { path: { id: 'docs-oak-stool' }, body: { price: { amount: 39, currency: 'EUR' } } },
  'PUT /v1/items/{id}/reviews/{reviewId}': {
    path: { id: 'docs-oak-stool', reviewId: 'docs-1' },
    body: { id: 'docs-1', itemId: 'docs-oak-stool', text: 'Stands firmly on every floor.', rating: 5 },
  },
  'PUT /v1/items/{id}/vectors/{modality}': {
    path: { id: 'docs-oak-stool', modality: 'scent' },
    body: { vector: [0.2, 0.4, 0.1] },
  },
  'POST /v1/items/batch': {
    body: '{"id":"docs-oak-stool","title":"Oak stool"}\n{"id":"docs-ash-stool","title":"Ash stool"}\n',
  },
  'POST /v1/reviews/batch': {
    body: '{"id":"docs-2","itemId":"docs-oak-stool","text":"Wobbles a little on tiles.","rating":3}\n',
  },
  'POST /v1/events': { body: { type: 'view', userId: 'docs-visitor', itemId: chair, consent } },
  'POST /v1/events/batch': {
    body: `{"type":"view","userId":"docs-visitor","itemId":"${chair}","consent":{"personalization":true}}\n`,
  },
  'POST /v1/users/merge': { body: { visitorId: 'docs-browser', userId: 'docs-visitor' } },
  'POST /v1/classify': {
    body: { image: { itemId: chair, index: 0 }, texts: ['a photo of a chair', 'a photo of a shoe'] },
  },
  'POST /v1/embeddings': { body: { texts: ['a green plant in a white pot'], images: [{ itemId: chair, index: 0 }] } },
  'PUT /v1/users/{id}/consent': { path: { id: 'docs-visitor' }, body: { personalization: true, training: false } },
  'GET /v1/users/{id}/consent': { path: { id: 'docs-visitor' } },
  'GET /v1/users/{id}/export': { path: { id: shopper } },
  'POST /v1/visitors': { body: {} },
  'POST /v1/admin/try-out': {
    body: {
      request: { placement: 'product', context: { itemIds: [chair] }, limit: 6 },
      models: { blend: 'default-blend-1' },
      rule: { kind: 'boost', filter: { brand: 'Corvid Studio' }, amount: 0.3 },
    },
  },
  'POST /v1/admin/rules': {
    body: { kind: 'bury', placement: 'email', filter: { price: { gte: 500 } }, amount: 0.2, note: 'from the API page' },
  },
  'PUT /v1/admin/placements/{name}': { path: { name: 'email' }, body: { title: 'Chosen for you', limit: 6 } },
  'PUT /v1/admin/experiments/{id}': {
    path: { id: 'docs-first' },
    body: {
      name: 'Blend of the start against the one that serves',
      placement: 'email',
      state: 'draft',
      arms: [{ name: 'as served' }, { name: 'start', models: { blend: 'default-blend-1' } }],
    },
  },
  'POST /v1/admin/keys': {
    body: { role: 'publishable', name: 'made on the API page', origins: ['https://shop.example'] },
  },
};

type Node = Record<string, unknown>;

/** The document with its examples in place, for whoever tries calls out on `/docs`. Changes the document it was given. */
export const withExamples = <T extends object>(document: T): T => {
  const paths = (document as { paths: Record<string, Record<string, Node>> }).paths;
  for (const [call, { path, body }] of Object.entries(apiExamples)) {
    const [method = '', route = ''] = call.split(' ');
    const operation = paths[route]?.[method.toLowerCase()];
    if (!operation) continue;
    for (const parameter of (operation.parameters ?? []) as { name: string; in: string; example?: string }[])
      if (parameter.in === 'path' && path?.[parameter.name] !== undefined) parameter.example = path[parameter.name];
    const content = ((operation.requestBody as Node | undefined)?.content ?? {}) as Record<string, Node>;
    if (body !== undefined) for (const media of Object.values(content)) media.example = body;
  }
  return document;
};
