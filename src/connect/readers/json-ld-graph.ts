/** A thing of linked data. */
export type Node = Record<string, unknown>;

/** A product, and the group of variants that it is one of. */
export interface LinkedProduct {
  node: Node;
  group?: Node;
}

const isNode = (value: unknown): value is Node => value !== null && typeof value === 'object' && !Array.isArray(value);

/** The nodes of a member that may be absent, one or several. */
export const nodesIn = (value: unknown): Node[] => [value].flat().filter(isNode);

/** What a value says in a word: a text, a number, or a thing by its name. */
export const textOf = (value: unknown): string => {
  if (Array.isArray(value)) return textOf(value[0]);
  if (value !== null && typeof value === 'object') {
    const { name, url, '@value': literal, '@id': id } = value as Node;
    return textOf(name ?? literal ?? (value as Node).value ?? url ?? id);
  }
  return value === undefined || value === null ? '' : String(value).trim();
};

const typesOf = (node: Node): string[] => [node['@type']].flat().map(plainName);

/** A name without its vocabulary: `schema:Product` and `https://schema.org/Product` are `Product`. */
const plainName = (name: unknown): string => String(name).replace(/^(https?:\/\/schema\.org\/|schema:)/, '');

const isGroup = (node: Node): boolean => typesOf(node).includes('ProductGroup');
const isProduct = (node: Node): boolean =>
  isGroup(node) ||
  typesOf(node).some((type) => ['Product', 'ProductModel', 'IndividualProduct', 'Vehicle', 'Book'].includes(type));

/** Only a name of something that stands elsewhere. */
const isReference = (node: Node): boolean => Object.keys(node).every((name) => name === '@id' || name === '@type');

/** A variant that another page tells of. */
const isStub = (node: Node): boolean => Object.keys(node).every((name) => ['@id', '@type', 'url'].includes(name));

/**
 * All products of a document, each once, in its order: in lists, graphs, item lists and as the main thing of a page. Names of things (`{"@id": …}`) that stand elsewhere in the
 * document are followed, one step deep for what a product is made of; variants know their group, whichever of the two names the other.
 */
export const linkedProducts = (document: unknown): LinkedProduct[] => {
  const things = new Map<string, Node>();
  const found: Node[] = [];
  gather(document, things, found);
  const followed = (node: Node): Node => (isReference(node) ? (things.get(String(node['@id'])) ?? node) : node);
  const whole = (node: Node): Node =>
    Object.fromEntries(Object.entries(node).map(([name, value]) => [name, follow(value, followed)]));
  const products = new Set<Node>();
  const groups = new Map<Node, Node>();
  const seen = new Set<Node>();
  for (const node of found) {
    for (const variant of nodesIn(node.hasVariant).map(followed)) {
      groups.set(variant, node);
      seen.add(node);
      if (!isStub(variant)) products.add(variant);
    }
    for (const group of nodesIn(node.isVariantOf).map(followed)) {
      if (!groups.has(node)) groups.set(node, group);
      seen.add(group);
    }
    products.add(node);
  }
  // A group stands for itself only where none of its variants does, or they are in another document.
  const own = [...products].filter((node) => !seen.has(node) && !isStub(node));
  return own.map((node) => {
    const group = groups.get(node);
    return { node: whole(node), ...(group ? { group: whole(group) } : {}) };
  });
};

const follow = (value: unknown, followed: (node: Node) => Node): unknown => {
  if (Array.isArray(value)) return value.map((one) => follow(one, followed));
  return isNode(value) ? followed(value) : value;
};

/** Lists within lists; what lies deeper is no product of a page. */
const MOST_DEPTH = 64;
/** Where a document keeps its things. */
const PLACES = [
  '@graph',
  'itemListElement',
  'item',
  'mainEntity',
  'mainEntityOfPage',
  'about',
  'itemOffered',
  'makesOffer',
  'hasOfferCatalog',
];

/** Notes all things by their name, and the products among them that are no part of another one. */
const gather = (value: unknown, things: Map<string, Node>, found: Node[], isPart = false, depth = 0): void => {
  if (Array.isArray(value)) {
    for (const one of value) gather(one, things, found, isPart, depth + 1);
    return;
  }
  if (!isNode(value) || depth > MOST_DEPTH) return;
  const node = withPlainNames(value);
  if (node['@id'] !== undefined && !isReference(node)) things.set(String(node['@id']), node);
  const isOne = isProduct(node) && !isReference(node);
  if (isOne && !isPart) found.push(node);
  for (const [name, part] of Object.entries(node))
    if (part !== null && typeof part === 'object')
      gather(part, things, found, isPart || isOne || !PLACES.includes(name), depth + 1);
};

/** Members by their plain names, in place, so that a thing stays itself. */
const withPlainNames = (node: Node): Node => {
  for (const name of Object.keys(node)) {
    const plain = plainName(name);
    if (plain !== name && !(plain in node)) {
      node[plain] = node[name];
      delete node[name];
    }
  }
  return node;
};
