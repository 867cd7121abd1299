import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import { AdminModule } from './admin/admin.module.js';
import { AgentsModule } from './agents/agents.module.js';
import { BackupModule } from './backup/backup.module.js';
import { BehaviourModule } from './behaviour/behaviour.module.js';
import { CampaignsModule } from './campaigns/campaigns.module.js';
import { PictureVault } from './catalog/catalog.api.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { ConnectModule } from './connect/connect.module.js';
import { EmbeddingService } from './embedding/embedding.api.js';
import { EmbeddingModule } from './embedding/embedding.module.js';
import { ExperimentsModule } from './experiments/experiments.module.js';
import { FusionModule } from './fusion/fusion.module.js';
import { InteractionsModule } from './interactions/interactions.module.js';
import { PICTURE_EMBEDDER, PICTURE_KEEPER } from './interactions/picture.ports.js';
import { MerchandisingModule } from './merchandising/merchandising.module.js';
import { PlatformModule, type PlatformParts } from './platform/platform.module.js';
import { PrivacyModule } from './privacy/privacy.module.js';
import { RecommendationModule } from './recommendation/recommendation.module.js';
import { readFilter } from './retrieval/retrieval.api.js';
import { RetrievalModule } from './retrieval/retrieval.module.js';
import { StorefrontModule } from './storefront/storefront.module.js';
import { TrainingModule } from './training/training.module.js';

/** The composition root: the one place that knows all modules, and hands to lower ones what they ask of higher ones. */
@Module({})
export class AppModule {
  static with(parts: PlatformParts, localToken: string | null): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.with(parts),
        AccessModule.with(localToken),
        CatalogModule,
        InteractionsModule.with([
          { provide: PICTURE_KEEPER, useExisting: PictureVault },
          { provide: PICTURE_EMBEDDER, useExisting: EmbeddingService },
        ]),
        EmbeddingModule,
        BehaviourModule,
        ExperimentsModule,
        MerchandisingModule.with((json, path) => readFilter(json, path).errors),
        FusionModule,
        RetrievalModule,
        RecommendationModule,
        TrainingModule,
        PrivacyModule,
        ConnectModule,
        StorefrontModule,
        AdminModule,
        BackupModule,
        AgentsModule,
        CampaignsModule,
      ],
    };
  }
}
