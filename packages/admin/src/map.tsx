import { useEffect, useMemo, useState } from 'preact/hooks';
import { call, number, type Schemas, time } from './api.js';
import { COLOURS } from './chart.js';
import { Action, Empty, Field, Page, Panel, useCall } from './parts.js';

type MapView = Schemas['CatalogueMap'];
type Point = MapView['points'][number];

/** Up to so many products are shown by their pictures. */
const PICTURES_UP_TO = 140;
const top = (category: string | null): string => category?.split('>')[0]?.trim() || 'no category';

/** Shares of the map's width and height that a picture needs for itself. */
const ROOM = { x: 0.05, y: 0.082 };

/**
 * Pictures need room: places are half their rank (which fills the plane) and half their own, and those that still overlap push each other
 * away. Who is whose neighbour stays; distances between islands say little in any case.
 */
const withRoom = (points: readonly Point[]): Point[] => {
  const ranked = (axis: 'x' | 'y') => {
    const order = [...points].sort((a, b) => a[axis] - b[axis]);
    return new Map(order.map(({ id }, rank) => [id, rank / Math.max(1, order.length - 1)]));
  };
  const [xs, ys] = [ranked('x'), ranked('y')];
  const places = points.map((point) => ({
    ...point,
    x: (point.x + xs.get(point.id)!) / 2,
    y: (point.y + ys.get(point.id)!) / 2,
  }));
  for (let round = 0; round < 120; round++) {
    for (let i = 0; i < places.length; i++)
      for (let j = 0; j < i; j++) {
        const [a, b] = [places[i]!, places[j]!];
        const dx = (a.x - b.x) / ROOM.x;
        const dy = (a.y - b.y) / ROOM.y;
        const apart = Math.hypot(dx, dy) || 1e-3;
        if (apart >= 1) continue;
        const push = (1 - apart) / 2 / apart / 2;
        a.x += dx * push * ROOM.x;
        b.x -= dx * push * ROOM.x;
        a.y += dy * push * ROOM.y;
        b.y -= dy * push * ROOM.y;
      }
    for (const place of places) {
      place.x = Math.min(1, Math.max(0, place.x));
      place.y = Math.min(1, Math.max(0, place.y));
    }
  }
  return places;
};

const Dots = ({ points: given, colourOf }: { points: Point[]; colourOf: (point: Point) => string }) => {
  const [at, setAt] = useState<Point | null>(null);
  const pictures = given.length <= PICTURES_UP_TO;
  const points = useMemo(() => (pictures ? withRoom(given) : given), [given, pictures]);
  return (
    <div class="map" onPointerLeave={() => setAt(null)}>
      {points.map((point) => (
        <a
          key={point.id}
          class={pictures && point.image ? 'spot picture' : 'spot'}
          href={`/shop/product/${encodeURIComponent(point.id)}`}
          target="_blank"
          rel="noreferrer"
          tabIndex={pictures ? 0 : -1}
          aria-label={`${point.title}, ${point.category ?? 'no category'}`}
          style={{ left: `${4 + point.x * 92}%`, top: `${4 + point.y * 92}%`, '--spot': colourOf(point) }}
          onPointerEnter={() => setAt(point)}
          onFocus={() => setAt(point)}
        >
          {pictures && point.image && <img src={`${point.image}?width=120`} alt="" width={44} height={44} />}
        </a>
      ))}
      {at && (
        <div
          class="map-card"
          style={{
            [at.x > 0.5 ? 'right' : 'left']: `${(at.x > 0.5 ? 1 - at.x : at.x) * 92 + 9}%`,
            [at.y > 0.5 ? 'bottom' : 'top']: `${Math.min(60, (at.y > 0.5 ? 1 - at.y : at.y) * 92)}%`,
          }}
        >
          {at.image && <img src={`${at.image}?width=240`} alt="" width={160} height={160} />}
          <strong>{at.title}</strong>
          <span class="quiet">{at.category ?? 'no category'}</span>
        </div>
      )}
    </div>
  );
};

/** The catalogue in the plane: what is alike to Vitrine lies together. */
export const CatalogueMap = () => {
  const map = useCall<MapView>('/v1/admin/map');
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [find, setFind] = useState('');
  const drawing = map.value?.state === 'drawing';
  useEffect(() => {
    if (!drawing) return;
    const timer = setTimeout(map.again, 700);
    return () => clearTimeout(timer);
  }, [drawing, map.value, map.again]);
  const categories = useMemo(() => {
    const counts = new Map<string, number>();
    for (const { category } of map.value?.points ?? []) counts.set(top(category), (counts.get(top(category)) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]);
  }, [map.value]);
  const names = categories.map(([name]) => name);
  const colourOf = ({ category }: Point) => COLOURS[names.indexOf(top(category)) % COLOURS.length]!;
  return (
    <Page
      title="Map"
      intro="Every product at the place its fused vector has among the others (UMAP). Islands of one colour are categories Vitrine tells apart by itself; a product far from its own is worth a look."
      actions={<Action label="Draw again" run={() => call('POST', '/v1/admin/map', {}).then(map.again)} />}
    >
      <Panel title="Catalogue" loaded={map} height={520} wide>
        {(value) => {
          if (value.state === 'empty')
            return (
              <Empty title="Too few products to draw">
                Four with a vector are needed; {number(value.items)} have one.
              </Empty>
            );
          if (value.state === 'failed') return <Empty title="The map could not be drawn">{value.reason}</Empty>;
          if (value.points.length === 0)
            return (
              <div class="waiting map-wait" role="status">
                Drawing {number(value.items)} products …
              </div>
            );
          const asked = find.trim().toLowerCase();
          const points = value.points.filter(
            (point) =>
              !hidden.has(top(point.category)) &&
              (asked === '' || `${point.title} ${point.id}`.toLowerCase().includes(asked)),
          );
          return (
            <>
              <div class="map-bar">
                <ul class="legend">
                  {categories.map(([name, count], at) => (
                    <li key={name}>
                      <button
                        type="button"
                        aria-pressed={!hidden.has(name)}
                        onClick={() => {
                          const next = new Set(hidden);
                          if (!next.delete(name)) next.add(name);
                          setHidden(next);
                        }}
                      >
                        <i style={{ background: COLOURS[at % COLOURS.length] }} />
                        {name} <small>{number(count)}</small>
                      </button>
                    </li>
                  ))}
                </ul>
                <Field label="Find a product">
                  <input type="search" value={find} onInput={(event) => setFind(event.currentTarget.value)} />
                </Field>
              </div>
              <Dots points={points} colourOf={colourOf} />
              <p class="hint">
                {value.state === 'drawing' ? 'A newer one is being drawn. ' : ''}
                {number(points.length)} of {number(value.items)} products · {value.fusion} · drawn {time(value.at)}
              </p>
            </>
          );
        }}
      </Panel>
    </Page>
  );
};
