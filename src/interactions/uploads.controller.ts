import { Controller, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import {
  Access,
  type Caller,
  CurrentCaller,
  invalidField,
  Problem,
  RawBody,
  roleSuffices,
  ZodResponse,
} from '../platform/platform.api.js';
import { Uploads } from './uploads.js';

const UploadAnswer = z
  .object({ imageId: z.string(), width: z.int(), height: z.int(), expiresAt: z.string() })
  .meta({ id: 'Upload', description: 'Browse with it as { imageId } until it expires' });
const Picture = z.string().meta({ format: 'binary', description: 'The picture itself, or a form with it as `file`' });

/** A part of a multipart form, as Fastify hands it out. */
interface Part {
  type: 'file' | 'field';
  fieldname: string;
  toBuffer?(): Promise<Buffer>;
}

interface UploadRequest {
  body?: unknown;
  isMultipart(): boolean;
  parts(): AsyncIterable<Part>;
}

/** Pictures to browse with, over HTTP. */
@ApiTags('pictures')
@Controller('v1/images')
export class UploadsController {
  constructor(private readonly uploads: Uploads) {}

  /** Keeps a picture for a day, embedded at once. It works for the visitor who sent it, and for server keys. */
  @Post()
  @Access('publishable')
  @RawBody(Picture, 'multipart/form-data', 'image/*', 'application/octet-stream')
  @ZodResponse(UploadAnswer, 201)
  async upload(@Req() request: UploadRequest, @CurrentCaller() caller: Caller): Promise<z.infer<typeof UploadAnswer>> {
    if (!roleSuffices(caller.role, 'server') && caller.visitorId === undefined) {
      const detail =
        "A publishable key uploads for one visitor: send that visitor's token in the Vitrine-Visitor header (POST /v1/visitors gives one).";
      throw new Problem({ code: 'VIT_ACCESS_VISITOR', status: 403, title: 'Not allowed', detail });
    }
    const bytes = request.isMultipart() ? await fileOf(request) : bytesOf(request.body);
    const upload = await this.uploads.put(bytes, caller.visitorId ?? null).catch(named);
    return { ...upload, expiresAt: upload.expiresAt.toISOString() };
  }
}

/** What is wrong with the picture is wrong with the field `file`. */
const named = (error: unknown): never => {
  if (!(error instanceof Problem) || error.status !== 400) throw error;
  throw invalidField('file', error.detail, undefined, error.code);
};

const bytesOf = (body: unknown): Buffer => {
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  throw invalidField('file', 'the body holds no picture', undefined, 'VIT_IMAGE_EMPTY');
};

const fileOf = async (request: UploadRequest): Promise<Buffer> => {
  let bytes: Buffer | undefined;
  for await (const part of request.parts()) {
    // Every file has to be read to its end, or the form never ends.
    const content = part.type === 'file' ? await part.toBuffer!() : undefined;
    if (part.fieldname === 'file' && content) bytes = content;
  }
  if (bytes) return bytes;
  throw invalidField('file', 'the form needs a file field named "file"');
};
