import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import { PlatformModule, type PlatformParts } from './platform/platform.module.js';

/** The composition root: the one place that knows all modules. */
@Module({})
export class AppModule {
  static with(parts: PlatformParts, localToken: string | null): DynamicModule {
    return { module: AppModule, imports: [PlatformModule.with(parts), AccessModule.with(localToken)] };
  }
}
