/** The icons: our own set, 16 px, stroke 1.5. They say nothing to a screen reader. */

import css from "./icons.module.css";

const solid = { fill: "currentColor", stroke: "none" } as const;

const KEYS = [3.5, 8, 12.5].flatMap((x) => [3.5, 8, 12.5].map((y) => [x, y] as const));

const DRAWINGS = {
  recordings: <path d="M2 8h1M5 5.5v5M8 3v10M11 6v4M13.5 7.5v1" />,
  live: (
    <>
      <circle cx="8" cy="8" r="2" {...solid} />
      <path d="M4.6 4.6a4.8 4.8 0 0 0 0 6.8M11.4 4.6a4.8 4.8 0 0 1 0 6.8M2.4 2.6a7.6 7.6 0 0 0 0 10.8M13.6 2.6a7.6 7.6 0 0 1 0 10.8" />
    </>
  ),
  dashboard: <path d="M2.5 13.5h11M4.5 11V8M8 11V3.5M11.5 11V6" />,
  audit: <path d="M4 2.5h8v11H4zM6 5.5h4M6 8h4M6 10.5h2" />,
  rules: (
    <>
      <path d="M2.5 4.5h5M11 4.5h2.5M2.5 11.5H5M8.5 11.5h5" />
      <circle cx="9.2" cy="4.5" r="1.7" />
      <circle cx="6.7" cy="11.5" r="1.7" />
    </>
  ),
  clients: <path d="M2.5 4.2h11v3h-11zM2.5 9.2h11v3h-11zM5 5.7h.01M5 10.7h.01" />,
  storage: (
    <>
      <ellipse cx="8" cy="4" rx="5" ry="1.9" />
      <path d="M3 4v8c0 1 2.2 1.9 5 1.9s5-.9 5-1.9V4M3 8c0 1 2.2 1.9 5 1.9S13 9 13 8" />
    </>
  ),
  token: (
    <>
      <circle cx="5" cy="10.5" r="2.7" />
      <path d="M7 8.6l6-6M10.6 5l1.9 1.9" />
    </>
  ),
  health: <path d="M1.8 8.5h3l1.7-4.2 2.8 7.4 1.7-3.2h3.2" />,
  verified: <path d="M8 1.8l5 1.9v4c0 3-2 5.4-5 6.5-3-1.1-5-3.5-5-6.5v-4zM5.7 8l1.7 1.7 3-3.2" />,
  dot: <circle cx="8" cy="8" r="3.5" {...solid} />,
  stop: <rect x="4" y="4" width="8" height="8" rx="1" {...solid} />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.3" />
      <path d="M10.3 10.3l3.4 3.4" />
    </>
  ),
  close: <path d="M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6" />,
  plus: <path d="M8 3.2v9.6M3.2 8h9.6" />,
  none: <path d="M4 8h8" />,
  incoming: <path d="M12 4l-7.5 7.5M4.5 6v5.5H10" />,
  outgoing: <path d="M4 12l7.5-7.5M6 4.5h5.5V10" />,
  arrow: <path d="M2.5 8h10.5M9 4l4 4-4 4" />,
  down: <path d="M8 3v9.5M4.8 9.4L8 12.6l3.2-3.2" />,
  up: <path d="M8 13V3.2M4.2 7L8 3.2 11.8 7" />,
  chevron: <path d="M4.5 6.2L8 9.8l3.5-3.6" />,
  back: <path d="M9.8 4.5L6.2 8l3.6 3.5" />,
  play: (
    <path d="M5 3.2v9.6c0 .5.5.8.9.5l7-4.8a.6.6 0 0 0 0-1l-7-4.8c-.4-.3-.9 0-.9.5z" {...solid} />
  ),
  pause: (
    <>
      <rect x="4" y="3" width="2.8" height="10" rx=".8" {...solid} />
      <rect x="9.2" y="3" width="2.8" height="10" rx=".8" {...solid} />
    </>
  ),
  preserve: <path d="M4 2.5h8v11l-4-2.8-4 2.8z" />,
  hold: (
    <>
      <rect x="3.5" y="7" width="9" height="6.5" rx="1.2" />
      <path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2" />
    </>
  ),
  masked: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="M6.6 6v4M9.4 6v4" />
    </>
  ),
  warning: <path d="M8 2.2l6 11H2zM8 6.5v3M8 11.4h.01" />,
  failed: <path d="M5.3 2h5.4L14 5.3v5.4L10.7 14H5.3L2 10.7V5.3zM8 5v3.6M8 10.8h.01" />,
  info: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 7.3v3.5M8 5h.01" />
    </>
  ),
  link: (
    <path d="M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2a2.6 2.6 0 0 0-3.7-3.7l-.7.7M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l.7-.7" />
  ),
  mark: <path d="M4 14V2.5h7.5L10 5.2l1.5 2.8H4" />,
  keypad: (
    <g {...solid}>
      {KEYS.map(([x, y]) => (
        <circle key={`${x} ${y}`} cx={x} cy={y} r={1.15} />
      ))}
    </g>
  ),
  missing: <path d="M2 8h3M11 8h3M6.5 5l-1 6M10.5 5l-1 6" />,
  speaker: <path d="M2.5 6.2v3.6h2.3L8 12.5v-9L4.8 6.2zM10.4 6a3 3 0 0 1 0 4" />,
  ear: (
    <path d="M5 6.2a3.2 3.2 0 0 1 6.4 0c0 2.4-2.6 2.8-2.6 4.8 0 1.4-.9 2.3-2 2.3-1 0-1.6-.6-1.9-1.4M7 6.6a1.3 1.3 0 0 1 2.6 0" />
  ),
  muted: <path d="M2.5 6.2v3.6h2.3L8 12.5v-9L4.8 6.2zM10.4 6.4l3.2 3.2M13.6 6.4l-3.2 3.2" />,
  phone: (
    <path d="M4.2 2.5h2l1 3-1.4 1a7.5 7.5 0 0 0 3.7 3.7l1-1.4 3 1v2c0 .9-.7 1.6-1.6 1.6A9.8 9.8 0 0 1 2.6 4.1c0-.9.7-1.6 1.6-1.6z" />
  ),
  date: (
    <>
      <rect x="2.5" y="3.5" width="11" height="10" rx="1.3" />
      <path d="M2.5 6.8h11M5.5 2v2.5M10.5 2v2.5" />
    </>
  ),
  length: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="M8 4.6V8l2.3 1.6" />
    </>
  ),
  note: <path d="M3 3h10v7l-3 3H3zM10 13v-3h3M5.5 6h5M5.5 8.5h3" />,
  tag: (
    <>
      <path d="M2.5 3v5l5.7 5.5 5-5L7.5 2.9z" />
      <circle cx="5.2" cy="5.6" r=".8" {...solid} />
    </>
  ),
  people: (
    <>
      <circle cx="6" cy="5.5" r="2.5" />
      <path d="M1.8 13c.3-2.4 2-3.7 4.2-3.7s3.9 1.3 4.2 3.7M10.6 3.3a2.4 2.4 0 0 1 0 4.5M12 9.7c1.3.5 2.1 1.6 2.3 3.3" />
    </>
  ),
  done: <path d="M3 8.5l3.2 3.2L13 4.8" />,
  quality: <path d="M3 13v-2M6.3 13V8.5M9.7 13V6M13 13V3" />,
  columns: <path d="M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10" />,
  release: <path d="M4 2.5h8v11l-4-2.8-4 2.8zM6.3 5.6l3.4 3.4M9.7 5.6L6.3 9" />,
  untag: (
    <>
      <path d="M2.5 3v5l5.7 5.5 5-5L7.5 2.9z" />
      <path d="M6 8h4" />
    </>
  ),
  again: <path d="M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.6h-2.6" />,
  loop: (
    <path d="M3 7.5V7a2.5 2.5 0 0 1 2.5-2.5H13M11 2.5l2 2-2 2M13 8.5V9a2.5 2.5 0 0 1-2.5 2.5H3M5 13.5l-2-2 2-2" />
  ),
  jump: <path d="M2.5 8h1M5 5v6M12.2 6v4M14 8h.01M7 8h3.2M8.8 6.4L10.4 8 8.8 9.6" />,
  ears: (
    <path d="M3 11V8a5 5 0 0 1 10 0v3M3 9.5h2v4H3.8A.8.8 0 0 1 3 12.7zM13 9.5h-2v4h1.2a.8.8 0 0 0 .8-.8z" />
  ),
  remove: <path d="M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4" />,
  download: <path d="M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13.5h10" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.3" />
      <path d="M10.5 5.5v-2A1 1 0 0 0 9.5 2.5h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" />
    </>
  ),
} as const;

export type IconName = keyof typeof DRAWINGS;

export function Icon({ name, small = false }: { name: IconName; small?: boolean }) {
  return (
    <svg className={small ? css.small : css.icon} viewBox="0 0 16 16" aria-hidden="true">
      {DRAWINGS[name]}
    </svg>
  );
}

/** Back or forward ten seconds. */
export function TenSeconds({ forward }: { forward: boolean }) {
  return (
    <svg className={css.ten} viewBox="0 0 20 20" aria-hidden="true">
      <g transform={forward ? "matrix(-1 0 0 1 20 0)" : ""}>
        <path d="M4.6 6.2A7 7 0 1 1 3 10.6M4.2 2.6v3.9h3.9" />
      </g>
      <text x="10" y="13.1" textAnchor="middle">
        10
      </text>
    </svg>
  );
}

/** Two voices, mirrored: ours above, theirs below. */
export function Logo({ large = false }: { large?: boolean }) {
  return (
    <svg className={large ? css.logoLarge : css.logo} viewBox="0 0 28 28" aria-hidden="true">
      <rect width="28" height="28" rx="7" className={css.ground} />
      <path d="M6.7 11.7v.6M10.7 8.2v4.1M14.7 6v6.3M18.7 9.4v2.9M22.4 12.2v.1" />
      <path
        className={css.below}
        d="M6.7 16.2v.01M10.7 16.2v1.6M14.7 16.2v3.6M18.7 16.2v6M22.4 16.2v1.6"
      />
    </svg>
  );
}
