import { Module } from '@nestjs/common';
import { DemoShop } from './demo-shop.js';
import { PagesController } from './pages.controller.js';

/** The demo shop and the pages. */
@Module({ controllers: [PagesController], providers: [DemoShop] })
export class StorefrontModule {}
