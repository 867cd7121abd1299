import { Document, type DocumentInterface } from '@langchain/core/documents';
import { BaseRetriever, type BaseRetrieverInput } from '@langchain/core/retrievers';
import { VitrineApi, type VitrineApiOptions } from './vitrine-api.js';

/** Whom and what the retriever recommends for. */
export interface VitrineRetrieverFields extends VitrineApiOptions, BaseRetrieverInput {
  /** The page to recommend for; `search` when left out. */
  placement?: string;
  /** How many products; 4 when left out. */
  k?: number;
  /** The customer; their past is only used with consent. */
  userId?: string;
  /** This call's consent; what the shop has stored when left out. */
  consent?: { personalization: boolean };
  /** Pictures the customer shows, as the API takes them: `{ data }`, `{ url }`, `{ imageId }`. */
  images?: Record<string, unknown>[];
  /** Products the customer has before them. */
  itemIds?: string[];
  filter?: Record<string, unknown>;
}

interface Recommended {
  requestId: string;
  items: { id: string; score: number; reasons?: unknown[]; item: { title: string } & Record<string, unknown> }[];
}

/**
 * Recommendations as LangChain documents: the question is the sentence of the request, beside the customer's past (with consent), the
 * pictures they show and the products before them. `metadata.reasons` says why, `metadata.requestId` ties clicks to the answer.
 */
export class VitrineRetriever extends BaseRetriever {
  static override lc_name(): string {
    return 'VitrineRetriever';
  }

  override lc_namespace = ['vitrine', 'retrievers'];
  private readonly api: VitrineApi;

  constructor(private readonly fields: VitrineRetrieverFields) {
    super(fields);
    this.api = new VitrineApi(fields);
  }

  override async _getRelevantDocuments(query: string): Promise<DocumentInterface[]> {
    const { placement = 'search', k = 4, userId, consent, images, itemIds, filter } = this.fields;
    const answer = await this.api.call<Recommended>('POST', '/v1/recommendations', {
      placement,
      limit: k,
      explain: true,
      ...(userId === undefined ? {} : { userId }),
      ...(consent === undefined ? {} : { consent }),
      ...(filter === undefined ? {} : { filter }),
      context: {
        ...(query.trim() === '' ? {} : { text: query }),
        ...(images === undefined ? {} : { images }),
        ...(itemIds === undefined ? {} : { itemIds }),
      },
    });
    return Promise.all(
      answer.items.map(async ({ id, score, reasons, item }) => {
        const { description } = await this.api.call<{ description?: string }>(
          'GET',
          `/v1/items/${encodeURIComponent(id)}`,
        );
        return new Document({
          id,
          pageContent: description ?? item.title,
          metadata: { ...item, score, reasons: reasons ?? [], requestId: answer.requestId },
        });
      }),
    );
  }
}
