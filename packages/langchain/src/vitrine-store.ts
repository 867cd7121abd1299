import { randomUUID } from 'node:crypto';
import { Document, type DocumentInterface } from '@langchain/core/documents';
import { VectorStore } from '@langchain/core/vectorstores';
import { VitrineApi, type VitrineApiOptions } from './vitrine-api.js';
import { VitrineEmbeddings } from './vitrine-embeddings.js';

/** A picture of a question: as the API takes it. */
type Picture = Record<string, unknown>;

/** What narrows or colours a search: Vitrine's own filter, pictures beside the words, and what is not wanted. */
export interface VitrineStoreFilter {
  filter?: Record<string, unknown>;
  images?: Picture[];
  negatives?: Record<string, unknown>;
}

interface Found {
  items: { id: string; score: number; item: Record<string, unknown> }[];
}
interface Stored extends Record<string, unknown> {
  id: string;
  title: string;
  description?: string;
}
interface Written {
  accepted: number;
  rejected: { line: number; id?: string; errors: { path: string; message: string }[] }[];
}

const NO_VECTORS =
  'A Vitrine makes its vectors itself, from words and pictures: add documents with `addDocuments` and search with a sentence or `filter.images`; foreign vectors cannot be compared with its own.';

/**
 * A Vitrine catalogue as a LangChain vector store. A document's text becomes the item's description; `metadata` is the item itself (title,
 * images, price, categories, attributes …), and `document.id` its id. Search is by meaning and by letters, over words and pictures.
 */
export class VitrineStore extends VectorStore {
  declare FilterType: VitrineStoreFilter;
  private readonly api: VitrineApi;

  constructor(options: VitrineApiOptions) {
    super(new VitrineEmbeddings(options), options);
    this.api = new VitrineApi(options);
  }

  override _vectorstoreType(): string {
    return 'vitrine';
  }

  /**
   * Stores documents durably; they are found by letters at once and by meaning as soon as they are embedded, within seconds.
   *
   * @returns ids in order; a document without one gets a random one
   * @throws Error that names the rows that were refused and why; the others are stored
   */
  override async addDocuments(documents: DocumentInterface[], options?: { ids?: string[] }): Promise<string[]> {
    const ids = documents.map((document, index) => options?.ids?.[index] ?? document.id ?? randomUUID());
    if (documents.length === 0) return ids;
    const rows = documents.map((document, index) => itemOf(document, ids[index]!));
    const { rejected } = await this.api.call<Written>('POST', '/v1/items/batch', undefined, rows);
    if (rejected.length > 0)
      throw new Error(
        `${rejected.length} of ${rows.length} documents were refused: ${rejected
          .slice(0, 5)
          .map(
            ({ id, line, errors }) =>
              `${id ?? `row ${line}`}: ${errors.map((e) => `${e.path} ${e.message}`).join(', ')}`,
          )
          .join('; ')}.`,
      );
    return ids;
  }

  /** @throws Error always: see the sentence */
  override addVectors(): Promise<string[]> {
    return Promise.reject(new Error(NO_VECTORS));
  }

  /** @throws Error always: see the sentence */
  override similaritySearchVectorWithScore(): Promise<[DocumentInterface, number][]> {
    return Promise.reject(new Error(NO_VECTORS));
  }

  override async similaritySearch(query: string, k = 4, filter?: VitrineStoreFilter): Promise<DocumentInterface[]> {
    return (await this.similaritySearchWithScore(query, k, filter)).map(([document]) => document);
  }

  /**
   * The `k` nearest products, best first, as documents with the catalogue's own words; scores do not increase down the list. An empty `query`
   * needs pictures in `filter.images`. One call for the search and one for each document.
   */
  override async similaritySearchWithScore(
    query: string,
    k = 4,
    filter: VitrineStoreFilter = {},
  ): Promise<[DocumentInterface, number][]> {
    const found = await this.api.call<Found>('POST', '/v1/search', {
      ...filter,
      ...(query.trim() === '' ? {} : { text: query }),
      limit: k,
    });
    return Promise.all(
      found.items.map(async ({ id, score, item }): Promise<[DocumentInterface, number]> => {
        const stored = await this.api.call<Stored>('GET', `/v1/items/${encodeURIComponent(id)}`);
        return [documentOf({ ...item, ...stored }, score), score];
      }),
    );
  }

  /** Removes documents; ids that are not there are no error. */
  override async delete({ ids }: { ids: string[] }): Promise<void> {
    for (const id of ids)
      await this.api.call('DELETE', `/v1/items/${encodeURIComponent(id)}`).catch((error: { status?: number }) => {
        if (error.status !== 404) throw error;
      });
  }

  /** A store with these documents in it. */
  static override async fromDocuments(
    documents: DocumentInterface[],
    options: VitrineApiOptions,
  ): Promise<VitrineStore>;
  static override async fromDocuments(
    documents: DocumentInterface[],
    _: unknown,
    options: VitrineApiOptions,
  ): Promise<VitrineStore>;
  static override async fromDocuments(
    documents: DocumentInterface[],
    second: unknown,
    third?: VitrineApiOptions,
  ): Promise<VitrineStore> {
    const store = new VitrineStore(third ?? (second as VitrineApiOptions));
    await store.addDocuments(documents);
    return store;
  }
}

/** The item of a document: its metadata, with the text as description and a title from the first words where none is given. */
const itemOf = ({ pageContent, metadata }: DocumentInterface, id: string): Stored => {
  const { score: _, status: __, ...given } = metadata as Record<string, unknown>;
  const title = typeof given.title === 'string' && given.title !== '' ? given.title : firstWords(pageContent) || id;
  return { ...given, id, title, ...(pageContent === '' ? {} : { description: pageContent }) };
};

const firstWords = (text: string): string => text.trim().split(/\s+/u).slice(0, 12).join(' ').slice(0, 120);

const documentOf = (stored: Stored, score: number): DocumentInterface => {
  const { id, description, ...rest } = stored;
  return new Document({ id, pageContent: description ?? stored.title, metadata: { ...rest, score } });
};
