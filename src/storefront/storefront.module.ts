import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { InteractionsModule } from '../interactions/interactions.module.js';
import { DemoShop } from './demo-shop.js';
import { PagesController } from './pages.controller.js';

/** The demo shop and the pages. */
@Module({ imports: [CatalogModule, InteractionsModule], controllers: [PagesController], providers: [DemoShop] })
export class StorefrontModule {}
