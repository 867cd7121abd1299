import { Global, Module } from '@nestjs/common';
import { ActiveFusion } from './active-fusion.js';
import { FusionService } from './fusion.service.js';

@Global()
@Module({ providers: [ActiveFusion, FusionService], exports: [ActiveFusion, FusionService] })
export class FusionModule {}
