import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common';
import { PERSONAL_DATA_HOLDERS, type PersonalDataHolder } from '../platform/platform.api.js';
import { EventsController } from './events.controller.js';
import { EventsService } from './events.service.js';
import { HistoryReader } from './history-reader.js';
import { ImpressionLog } from './impression-log.js';
import { InteractionsSweep } from './interactions-sweep.js';
import { PeopleService } from './people.service.js';
import { EventsHolder, ImpressionsHolder, UploadsHolder, VisitorsHolder } from './personal-data.js';
import { UploadsController } from './uploads.controller.js';
import { Uploads } from './uploads.js';

const shared = [EventsService, HistoryReader, ImpressionLog, PeopleService, Uploads];
const holders = [EventsHolder, ImpressionsHolder, UploadsHolder, VisitorsHolder];

/** Events, history, uploads, impressions. Needs `CONSENT` from a global module. */
@Global()
@Module({})
export class InteractionsModule {
  /** @param ports providers of `PICTURE_KEEPER` and `PICTURE_EMBEDDER` */
  static with(ports: Provider[]): DynamicModule {
    return {
      module: InteractionsModule,
      controllers: [EventsController, UploadsController],
      providers: [
        ...shared,
        ...holders,
        ...ports,
        InteractionsSweep,
        { provide: PERSONAL_DATA_HOLDERS, useFactory: (...all: PersonalDataHolder[]) => all, inject: holders },
      ],
      exports: [...shared, PERSONAL_DATA_HOLDERS],
    };
  }
}
