import { Panel, Table, useCall } from './parts.js';

interface Status {
  version: string;
  uptimeSeconds: number;
  database: { kind: string; version: string };
  catalogue: {
    items: number;
    products: number;
    withPicture: number;
    embedded: number;
    waiting: number;
    fused: number;
    reviews: number;
  };
  events: { total: number; lastDay: number; people: number };
  impressions: { lastDay: number };
  models: Record<string, string>;
  memoryMB: number;
}

interface Metrics {
  days: { day: string; placement: string; impressions: number; clicks: number; clickThrough: number }[];
  coverage: { shown: number; recommendable: number; share: number };
}

const Figure = ({ name, value }: { name: string; value: string | number }) => (
  <div class="figure">
    <strong>{typeof value === 'number' ? value.toLocaleString() : value}</strong>
    <span>{name}</span>
  </div>
);

/** Counts, live models, traffic. */
export const Overview = () => {
  const status = useCall<Status>('/v1/admin/status');
  const metrics = useCall<Metrics>('/v1/admin/metrics');
  return (
    <>
      <Panel title="At a glance" loaded={status}>
        {(value) => (
          <>
            <div class="figures">
              <Figure name="products" value={value.catalogue.products} />
              <Figure name="reviews" value={value.catalogue.reviews} />
              <Figure name="waiting to be embedded" value={value.catalogue.waiting} />
              <Figure name="people" value={value.events.people} />
              <Figure name="events" value={value.events.total} />
              <Figure name="lists shown today" value={value.impressions.lastDay} />
            </div>
            <p class="quiet">
              Vitrine {value.version} · {value.database.kind} {value.database.version} · {value.memoryMB} MB · up{' '}
              {Math.round(value.uptimeSeconds / 60)} min
            </p>
            <Table
              caption="Live models"
              head={['kind', 'live version']}
              rows={Object.entries(value.models)}
              empty="Only the data-free defaults serve so far."
            />
          </>
        )}
      </Panel>
      <Panel title="Shown and clicked, last 30 days" loaded={metrics}>
        {(value) => (
          <>
            <Table
              caption="Shown and clicked by day and placement"
              head={['day', 'placement', 'shown', 'clicked', 'click-through']}
              rows={value.days
                .slice(-30)
                .map((day) => [
                  day.day,
                  day.placement,
                  day.impressions,
                  day.clicks,
                  `${(day.clickThrough * 100).toFixed(1)} %`,
                ])}
              empty="No list was shown yet."
            />
            <p class="quiet">
              {value.coverage.shown} of {value.coverage.recommendable} recommendable items were shown (
              {(value.coverage.share * 100).toFixed(0)} %).
            </p>
          </>
        )}
      </Panel>
    </>
  );
};
