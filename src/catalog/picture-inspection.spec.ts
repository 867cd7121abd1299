import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { deriveImage } from './derive-image.js';
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

  it('looks nothing up that a drawing points at', async () => {
    let visits = 0;
    const server = createServer((_request, response) => {
      visits++;
      response.end('<svg xmlns="http://www.w3.org/2000/svg"/>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const there = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const head = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9"';
    const laughs = Array.from({ length: 12 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
    const drawings = [
      `<svg ${head}><image href="${there}/a.png" width="9" height="9"/></svg>`,
      `<svg ${head}><image xlink:href="file:///etc/hostname" width="9" height="9"/></svg>`,
      `<svg ${head}><style>@import url("${there}/a.css"); rect { fill: url(${there}/b#c) }</style><rect width="9" height="9"/></svg>`,
      `<?xml-stylesheet href="${there}/x.xsl"?><svg ${head}><script href="${there}/s.js"/></svg>`,
      `<!DOCTYPE svg SYSTEM "${there}/svg.dtd" [<!ENTITY x SYSTEM "${there}/x">]><svg ${head}><text>&x;</text></svg>`,
      `<!DOCTYPE svg [<!ENTITY l0 "ha">${laughs}]><svg ${head}><text>&l12;</text></svg>`,
    ];
    for (const drawing of drawings)
      await expect(inspectPicture(Buffer.from(drawing)), drawing).rejects.toMatchObject({
        code: expect.stringMatching(/^VIT_IMAGE_(FORMAT|UNREADABLE)$/),
      });
    server.close();
    expect(visits).toBe(0);
  });

  it('keeps nothing of a second nature that a picture has', async () => {
    const script = '<script>alert(document.cookie)</script>';
    const jpeg = await blank(40, 20).jpeg().toBuffer();
    const comment = Buffer.from([0xff, 0xfe, 0, script.length + 2]);
    const gif = await blank(40, 20).gif().toBuffer();
    const polyglots = [
      Buffer.concat([jpeg, Buffer.from(`<html>${script}</html>`)]),
      Buffer.concat([jpeg.subarray(0, 2), comment, Buffer.from(script), jpeg.subarray(2)]),
      Buffer.concat([jpeg, Buffer.from('PK\x03\x04'), Buffer.from(script)]),
      Buffer.concat([gif, Buffer.from(`=1;/*${script}*/`)]),
      await blank(40, 20)
        .withExif({ IFD0: { ImageDescription: script } })
        .jpeg()
        .toBuffer(),
    ];
    for (const polyglot of polyglots) {
      expect(polyglot.includes(script)).toBe(true);
      expect(await inspectPicture(polyglot)).toMatchObject({ width: 40, height: 20 });
      const shown = await deriveImage(polyglot, 320);
      expect((await sharp(shown).metadata()).format).toBe('webp');
      expect(shown.includes('alert')).toBe(false);
    }
    // The other way round: what is a page, a programme or a document first is no picture.
    for (const first of ['<html>', '%PDF-1.7\n', 'PK\x03\x04', 'MZ', '#!/bin/sh\n'])
      await expect(inspectPicture(Buffer.concat([Buffer.from(first), jpeg])), first).rejects.toMatchObject({
        code: 'VIT_IMAGE_UNREADABLE',
      });
  });

  it('is not worn out by hundreds of frames', async () => {
    // An animation is judged, and shown, by its first frame: 16 megapixels in all cost as much as 0.04.
    const frame = Buffer.alloc(200 * 200 * 3, 120);
    const frames = Array.from({ length: 400 }, (_, n) => Buffer.from(frame).fill(n % 255));
    const animation = await sharp(Buffer.concat(frames), {
      raw: { width: 200, height: 200 * frames.length, channels: 3, pageHeight: 200 },
    })
      .gif()
      .toBuffer();
    expect(await inspectPicture(animation)).toEqual({ mediaType: 'image/gif', width: 200, height: 200 });
  });
});
