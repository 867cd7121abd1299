import { useEffect, useState } from 'preact/hooks';
import { fetchCategories, sized } from './api.js';
import { useConsent } from './privacy.js';
import { Row } from './row.js';

export const categoryPath = (path: string): string => `/shop/category/${encodeURIComponent(path)}`;
const leaf = (path: string): string => path.split('>').at(-1)!.trim();

/** Rows made for this visitor, and the way into the departments. */
export const Home = () => {
  const [categories, setCategories] = useState<Awaited<ReturnType<typeof fetchCategories>> | null>(null);
  useEffect(() => void fetchCategories().then(setCategories, () => setCategories([])), []);
  const agreed = useConsent() === true;
  const departments = [...new Set((categories ?? []).map((category) => category.path.split('>')[0]!.trim()))];
  if (categories?.length === 0)
    return (
      <section class="empty">
        <h1>The shelves are still empty</h1>
        <p>
          Bring your own catalogue: <code>npx vitrine import catalog.ndjson --images photos</code>. This page fills by
          itself.
        </p>
      </section>
    );
  return (
    <>
      <section class="hero">
        <h1>A shop that looks.</h1>
        <p>
          Every row below is made from photographs, words, reviews and what shoppers do. Click a picture: what comes
          next follows it.
        </p>
      </section>
      <Row heading={agreed ? 'For you' : 'To begin with'} placement="home" limit={12} />
      <section aria-label="Departments">
        <h2>Departments</h2>
        <ul class="tiles">
          {categories === null
            ? Array.from({ length: 6 }, (_, index) => (
                <li key={index} class="tile waiting">
                  <div />
                  <span>&nbsp;</span>
                </li>
              ))
            : categories.map((category) => (
                <li key={category.path} class="tile">
                  <a href={categoryPath(category.path)}>
                    {category.image && (
                      <img src={sized(category.image, 400)} alt="" width={400} height={300} loading="lazy" />
                    )}
                    <span>
                      {leaf(category.path)} <small>{category.items}</small>
                    </span>
                  </a>
                </li>
              ))}
        </ul>
      </section>
      {departments.map((department) => (
        <Row
          key={department}
          heading={department}
          placement="home"
          filter={{ category: { under: department } }}
          limit={10}
        />
      ))}
    </>
  );
};
