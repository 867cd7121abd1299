import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { inspectPicture, PICTURE_MAX_BYTES } from './picture-inspection.js';

const blank = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: 'teal' } });

/** A PNG that says it is `side` × `side` and holds a single compressed line: small as a file, huge in memory. */
const bomb = (side: number): Buffer => {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body) >>> 0, 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(side + 1))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

describe('a picture is looked at before it is kept', () => {
  it('knows its format by its bytes, and its size as people see it', async () => {
    const formats = {
      jpeg: 'image/jpeg',
      png: 'image/png',
      webp: 'image/webp',
      avif: 'image/avif',
      gif: 'image/gif',
    } as const;
    for (const [format, mediaType] of Object.entries(formats)) {
      expect(
        await inspectPicture(
          await blank(40, 20)
            .toFormat(format as 'jpeg')
            .toBuffer(),
        ),
      ).toEqual({ mediaType, width: 40, height: 20 });
    }
    expect(await inspectPicture(await blank(40, 20).withMetadata({ orientation: 6 }).jpeg().toBuffer())).toMatchObject({
      width: 20,
      height: 40,
    });
  });

  it('refuses what is no picture, another kind, cut off, too large, or a bomb', async () => {
    const whole = await blank(800, 600).jpeg().toBuffer();
    const cases: [Buffer, string][] = [
      [Buffer.alloc(0), 'VIT_IMAGE_EMPTY'],
      [Buffer.from('a text file named .jpg'), 'VIT_IMAGE_UNREADABLE'],
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'VIT_IMAGE_FORMAT'],
      [await blank(20, 20).tiff().toBuffer(), 'VIT_IMAGE_FORMAT'],
      [whole.subarray(0, whole.length / 2), 'VIT_IMAGE_TRUNCATED'],
      [(await blank(800, 600).png().toBuffer()).subarray(0, 300), 'VIT_IMAGE_TRUNCATED'],
      [bomb(30_000), 'VIT_IMAGE_PIXELS'],
      [Buffer.alloc(PICTURE_MAX_BYTES + 1), 'VIT_IMAGE_BYTES'],
    ];
    for (const [bytes, code] of cases) await expect(inspectPicture(bytes), code).rejects.toMatchObject({ code });
  });
});
