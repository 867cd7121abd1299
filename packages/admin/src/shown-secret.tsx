import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

/** Something that is shown this once: to be copied, and then put away. */
export const ShownSecret = ({
  about,
  text,
  close,
  children,
}: {
  about: ComponentChildren;
  text: string;
  close: () => void;
  children?: ComponentChildren;
}) => {
  const [copied, setCopied] = useState(false);
  return (
    <div class="notice good" role="status">
      <p>
        <strong>{about}</strong>, shown this once:
      </p>
      <p class="secret">
        <code>{text}</code>
        <button type="button" onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      </p>
      {children}
      <button type="button" onClick={close}>
        I have kept it
      </button>
    </div>
  );
};
