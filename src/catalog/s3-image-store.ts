import type { S3Client } from '@aws-sdk/client-s3';
import { diskFull, Problem } from '../platform/http/problem.js';
import { sha256 } from './content-hash.js';
import { DERIVED_MEDIA_TYPE, deriveImage, keptWidth } from './derive-image.js';
import type { DerivedImage, ImageStore, StoredImage } from './image-store.port.js';
import { pictureMissing, placeOfPicture } from './picture-missing.js';

type Library = typeof import('@aws-sdk/client-s3');

interface Opened {
  library: Library;
  client: S3Client;
}

/** Servers of one's own say so by the status for it or by a name of their making; a quota is a disk of another kind. */
const isFull = (error: unknown): boolean => {
  const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode === 507 || /StorageFull|InsufficientStorage|QuotaExceeded/i.test(name);
};

/**
 * Pictures in S3-compatible storage: `PREFIX/ab/cd/HASH` for the bytes, `PREFIX/ab/cd/HASH.640.webp` for a derived size. An object
 * is there whole or not at all, so nothing has to be renamed. Address, region and credentials come from the usual `AWS_…` variables
 * (`AWS_ENDPOINT_URL_S3`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, …). The library is loaded at the first picture: shops that keep
 * pictures in a folder need not have it.
 */
export class S3ImageStore implements ImageStore {
  private opened: Promise<Opened> | undefined;

  constructor(
    private readonly bucket: string,
    private readonly prefix: string,
  ) {}

  /** The store of an address `s3://bucket/prefix`. */
  static at(address: string): S3ImageStore {
    const [bucket = '', ...path] = address.slice('s3://'.length).split('/');
    return new S3ImageStore(bucket, path.filter((part) => part !== '').join('/'));
  }

  async put(bytes: Buffer): Promise<StoredImage> {
    const hash = sha256(bytes);
    if ((await this.sizeOf(this.keyOf(hash))) !== bytes.length) await this.write(this.keyOf(hash), bytes);
    return { hash, bytes: bytes.length };
  }

  async read(hash: string): Promise<Buffer> {
    const bytes = await this.get(this.keyOf(hash));
    if (!bytes) throw pictureMissing(hash);
    return bytes;
  }

  async derived(hash: string, width: number): Promise<DerivedImage> {
    const kept = keptWidth(width);
    const key = `${this.keyOf(hash)}.${kept}.webp`;
    const there = await this.get(key);
    if (there) return { bytes: there, mediaType: DERIVED_MEDIA_TYPE };
    const bytes = await deriveImage(await this.read(hash), kept);
    await this.write(key, bytes, DERIVED_MEDIA_TYPE);
    return { bytes, mediaType: DERIVED_MEDIA_TYPE };
  }

  async remove(hash: string): Promise<void> {
    const { library, client } = await this.open();
    const prefix = this.keyOf(hash);
    const found = await this.asked(() =>
      client.send(new library.ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix })),
    );
    // One by one: some S3-compatible servers want a checksum on a batch that others refuse, and there are five sizes at most.
    for (const { Key } of found?.Contents ?? []) {
      await this.asked(() => client.send(new library.DeleteObjectCommand({ Bucket: this.bucket, Key })));
    }
  }

  private async get(key: string): Promise<Buffer | null> {
    const { library, client } = await this.open();
    const answer = await this.asked(() => client.send(new library.GetObjectCommand({ Bucket: this.bucket, Key: key })));
    return answer?.Body ? Buffer.from(await answer.Body.transformToByteArray()) : null;
  }

  private async sizeOf(key: string): Promise<number | null> {
    const { library, client } = await this.open();
    const answer = await this.asked(() =>
      client.send(new library.HeadObjectCommand({ Bucket: this.bucket, Key: key })),
    );
    return answer?.ContentLength ?? null;
  }

  private async write(key: string, bytes: Buffer, mediaType = 'application/octet-stream'): Promise<void> {
    const { library, client } = await this.open();
    const command = new library.PutObjectCommand({
      Bucket: this.bucket,
      Key: key,
      Body: bytes,
      ContentType: mediaType,
    });
    if ((await this.asked(() => client.send(command))) === null) throw this.unusable('the bucket does not exist');
  }

  /** The answer; null when the object isn't there; `VIT_DISK_FULL` (503) when there is no room, `VIT_IMAGE_STORE_UNAVAILABLE` (503) for everything else that goes wrong. */
  private async asked<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      const { name } = error as Error;
      if (name === 'NoSuchKey' || name === 'NotFound') return null;
      if (isFull(error)) throw diskFull(error);
      throw this.unusable(
        name === 'NoSuchBucket' ? 'the bucket does not exist' : `${name}: ${(error as Error).message}`,
      );
    }
  }

  private unusable(why: string): Problem {
    return new Problem({
      code: 'VIT_IMAGE_STORE_UNAVAILABLE',
      status: 503,
      fault: 'shop',
      title: 'The image store does not answer',
      detail: `VITRINE_IMAGE_STORE=s3://${this.bucket}/${this.prefix}: ${why}. Check the bucket and the AWS_… variables (AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY).`,
    });
  }

  private keyOf(hash: string): string {
    return `${this.prefix === '' ? '' : `${this.prefix}/`}${placeOfPicture(hash)}`;
  }

  private open(): Promise<Opened> {
    this.opened ??= import('@aws-sdk/client-s3').then(
      (library) => ({
        library,
        // Own servers rarely have a host name a bucket: with an address of one's own the bucket stands in the path.
        client: new library.S3Client({
          region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1',
          forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
          // Newer checksums are not known to every compatible server; content is checked by its own hash anyway.
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
      }),
      () => {
        this.opened = undefined;
        throw this.unusable('the package @aws-sdk/client-s3 is not installed (npm install @aws-sdk/client-s3)');
      },
    );
    return this.opened;
  }
}
