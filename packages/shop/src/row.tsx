import { useEffect, useRef } from 'preact/hooks';
import { PRODUCT_LINK } from './api.js';

interface RowProps {
  heading?: string;
  placement?: string;
  layout?: 'row' | 'grid';
  limit?: number;
  itemId?: string;
  imageIndex?: number;
  imageId?: string;
  pictureData?: string;
  items?: string[];
  exclude?: string[];
  filter?: unknown;
  text?: string;
  search?: boolean;
  diversity?: number;
  emphasis?: Record<string, number>;
}

/** The widget as a component: properties become its attributes. */
export const Row = ({
  heading,
  placement = 'home',
  layout = 'row',
  limit = 12,
  itemId,
  imageIndex,
  imageId,
  pictureData,
  items,
  exclude,
  filter,
  text,
  search,
  diversity,
  emphasis,
}: RowProps) => {
  const element = useRef<HTMLElement & { emphasis?: unknown; pictureData?: string; refresh?: () => void }>(null);
  const weights = JSON.stringify(emphasis ?? null);
  useEffect(() => {
    if (!element.current) return;
    element.current.emphasis = emphasis;
    element.current.pictureData = pictureData;
    element.current.refresh?.();
  }, [weights, pictureData]);
  return (
    <vitrine-recommendations
      ref={element}
      heading={heading}
      placement={placement}
      layout={layout}
      limit={limit}
      item-id={itemId}
      image-index={imageIndex}
      image-id={imageId}
      items={items?.length ? JSON.stringify(items) : undefined}
      exclude={exclude?.length ? JSON.stringify(exclude) : undefined}
      filter={filter ? JSON.stringify(filter) : undefined}
      text={text || undefined}
      search={search ? '' : undefined}
      diversity={diversity}
      href={PRODUCT_LINK}
      explain=""
      dismissable=""
    />
  );
};
