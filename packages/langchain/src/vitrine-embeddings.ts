import { Embeddings, type EmbeddingsParams } from '@langchain/core/embeddings';
import { VitrineApi, type VitrineApiOptions } from './vitrine-api.js';

/** Texts asked for at once, so that a long list doesn't hold the encoder for others. */
const AT_ONCE = 64;

/** The encoder of a running Vitrine for LangChain: unit vectors of sentences, comparable with those of pictures. */
export class VitrineEmbeddings extends Embeddings {
  private readonly api: VitrineApi;

  constructor(options: VitrineApiOptions & EmbeddingsParams) {
    super(options);
    this.api = new VitrineApi(options);
  }

  /** @returns one unit vector a text, in order; [] of [] */
  async embedDocuments(texts: string[]): Promise<number[][]> {
    const vectors: number[][] = [];
    for (let start = 0; start < texts.length; start += AT_ONCE) {
      const answer = await this.api.call<{ texts: number[][] }>('POST', '/v1/embeddings', {
        texts: texts.slice(start, start + AT_ONCE),
      });
      vectors.push(...answer.texts);
    }
    return vectors;
  }

  /** @returns the unit vector of one sentence */
  async embedQuery(text: string): Promise<number[]> {
    return (await this.embedDocuments([text]))[0]!;
  }
}
