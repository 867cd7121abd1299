import 'reflect-metadata';
import { Controller, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

const answer = JSON.parse(process.env.BARE_ANSWER!) as unknown;

@Controller('v1')
class BareController {
  @Post('recommendations')
  @HttpCode(200)
  answer(): unknown {
    return answer;
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

/** A Nest application that reads the same bodies and says the same bytes, and does nothing else: the ceiling of the framework. */
const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
process.stdout.write(`bare ready ${await app.getUrl()}\n`);
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
