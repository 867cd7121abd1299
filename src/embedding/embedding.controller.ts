import { Controller, Delete, Get, HttpCode, Inject, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { dot } from '../maths/vectors.js';
import { Access, type Caller, CurrentCaller, Id, ZodBody, ZodParam, ZodResponse } from '../platform/platform.api.js';
import {
  BackfillRequest,
  ClassifyAnswer,
  ClassifyRequest,
  CoverageAnswer,
  EmbeddingsAnswer,
  EmbeddingsRequest,
  ModalityName,
  StoredVectorAnswer,
  VectorBody,
} from './embedding.schema.js';
import { EmbeddingService } from './embedding.service.js';
import { type Coverage, EmbeddingJobs } from './embedding-jobs.js';
import { ENCODER, type Encoder } from './encoder.port.js';
import { QueryPictures } from './query-pictures.js';
import { ShopVectors } from './shop-vectors.js';

/** The encoder over HTTP, and the vectors that a shop brings along. */
@ApiTags('embedding')
@Controller('v1')
@Access('server')
export class EmbeddingController {
  constructor(
    @Inject(ENCODER) private readonly encoder: Encoder,
    private readonly embedding: EmbeddingService,
    private readonly pictures: QueryPictures,
    private readonly vectors: ShopVectors,
    private readonly jobs: EmbeddingJobs,
  ) {}

  /** Which of these captions fits the picture: a softmax over them with the model's own temperature. */
  @Post('classify')
  @HttpCode(200)
  @ZodResponse(ClassifyAnswer)
  async classify(
    @ZodBody(ClassifyRequest) body: ClassifyRequest,
    @CurrentCaller() caller: Caller,
  ): Promise<ClassifyAnswer> {
    const [picture, captions] = await Promise.all([
      this.pictures.vectorOf(body.image, 'image', caller),
      this.embedding.embedTexts(body.texts),
    ]);
    const { temperature } = this.encoder;
    const scores = captions.map((caption) => dot(picture, caption));
    const highest = Math.max(...scores);
    const powers = scores.map((score) => Math.exp((score - highest) / temperature));
    const sum = powers.reduce((all, power) => all + power, 0);
    const results = body.texts.map((text, at) => ({ text, score: scores[at]!, probability: powers[at]! / sum }));
    return { temperature, results: results.sort((a, b) => b.score - a.score) };
  }

  /** Unit vectors of pictures and texts, in their order. */
  @Post('embeddings')
  @HttpCode(200)
  @ZodResponse(EmbeddingsAnswer)
  async embeddings(
    @ZodBody(EmbeddingsRequest) body: EmbeddingsRequest,
    @CurrentCaller() caller: Caller,
  ): Promise<EmbeddingsAnswer> {
    const [images, texts] = await Promise.all([
      Promise.all((body.images ?? []).map((picture, at) => this.pictures.vectorOf(picture, `images.${at}`, caller))),
      this.embedding.embedTexts(body.texts ?? []),
    ]);
    return {
      model: this.encoder.id,
      dimension: this.encoder.dimension,
      images: images.map((vector) => Array.from(vector)),
      texts: texts.map((vector) => Array.from(vector)),
    };
  }

  /** The shop's own vector of an item for a modality. */
  @Put('items/:id/vectors/:modality')
  @ZodResponse(StoredVectorAnswer)
  putVector(
    @ZodParam('id', Id) id: string,
    @ZodParam('modality', ModalityName) modality: string,
    @ZodBody(VectorBody) body: VectorBody,
  ): Promise<StoredVectorAnswer> {
    return this.vectors.put(id, modality, body.vector);
  }

  /** Removes the shop's own vector. */
  @Delete('items/:id/vectors/:modality')
  @ZodResponse(null, 204)
  async deleteVector(
    @ZodParam('id', Id) id: string,
    @ZodParam('modality', ModalityName) modality: string,
  ): Promise<void> {
    await this.vectors.delete(id, modality);
  }

  /** How far embedding has come. */
  @Get('admin/embedding')
  @Access('admin')
  @ZodResponse(CoverageAnswer)
  coverage(): Promise<Coverage> {
    return this.jobs.coverage();
  }

  /** Embeds what is missing, or everything anew. */
  @Post('admin/embedding')
  @HttpCode(202)
  @Access('admin')
  @ZodResponse(CoverageAnswer, 202)
  async backfill(@ZodBody(BackfillRequest) body: BackfillRequest): Promise<Coverage> {
    await this.jobs.sendMissing(body.all);
    return this.jobs.coverage();
  }
}
