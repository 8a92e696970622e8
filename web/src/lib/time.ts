/** Days and lengths of time, for people. All days are days of the reader's time zone. */

/** `2026-11-17` of an instant. */
export function dayOf(instant: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const year = String(instant.getFullYear()).padStart(4, "0");
  return `${year}-${two(instant.getMonth() + 1)}-${two(instant.getDate())}`;
}

/** The first instant of a day; undefined for a day that is none, like 30 February. */
export function midnight(day: string): Date | undefined {
  const [year, month, date] = day.split("-").map(Number);
  if (year === undefined || month === undefined || date === undefined) return undefined;
  const instant = new Date(2000, 0, 1);
  instant.setFullYear(year, month - 1, date);
  return dayOf(instant) === day ? instant : undefined;
}

/** The same time of day some days later, whatever clocks were changed between. */
export function addDays(instant: Date, days: number): Date {
  const later = new Date(instant);
  later.setDate(later.getDate() + days);
  return later;
}

/** `4:07`, `1:02:03`: how long something is. */
export function length(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (number: number) => String(number).padStart(2, "0");
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** `04:07`, `1:02:03`: a place in the sound. */
export function place(ms: number): string {
  const text = length(Math.max(0, ms));
  return text.length < 5 ? `0${text}` : text;
}

/** The same, with tenths of a second where they are not none. */
export function tenths(ms: number): string {
  const tenth = Math.round(ms / 100) % 10;
  return tenth === 0 ? place(Math.round(ms / 100) * 100) : `${place(ms)}.${tenth}`;
}

/** The milliseconds of `4:07` or `1:02:03`, also with a fraction; undefined if it is neither. */
export function readPlace(text: string): number | undefined {
  const parts = /^(?:(\d{1,3}):)?(\d{1,3}):(\d{2}(?:\.\d{1,3})?)$/.exec(text);
  if (!parts) return undefined;
  const [, hours, minutes, seconds] = parts;
  const whole = Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds);
  return Math.round(whole * 1000);
}

type Style = "time" | "day" | "dayLong" | "dayTime" | "full";

const STYLES: Record<Style, Intl.DateTimeFormatOptions> = {
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  day: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  dayLong: { weekday: "long", day: "numeric", month: "long" },
  dayTime: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  full: {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  },
};

const formats = new Map<string, Intl.DateTimeFormat>();

/** An instant as a language writes it, on a clock of 24 hours. */
export function write(instant: Date | string, style: Style, language: string): string {
  const key = `${language} ${style}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale(language), { ...STYLES[style], hourCycle: "h23" });
    formats.set(key, format);
  }
  return format.format(new Date(instant));
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/** How long ago something was: `3 min ago`. Stands only beside the exact time. */
export function ago(ms: number, language: string): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? (["second", 1] as const);
  const format = new Intl.RelativeTimeFormat(locale(language), { style: "short" });
  return format.format(-Math.floor(seconds / size), unit);
}

/** The reader's own kind of a language, if the browser names one. */
export function locale(language: string): string {
  const own = navigator.languages.find((one) => one.split("-")[0] === language);
  return own && own !== language ? own : ({ it: "it-IT" }[language] ?? "en-GB");
}

export function number(value: number, language: string): string {
  return figures("decimal", language).format(value);
}

/** A share from 0 to 1. */
export function percent(share: number, language: string): string {
  return figures("percent", language).format(share);
}

const numberFormats = new Map<string, Intl.NumberFormat>();

function figures(style: "decimal" | "percent", language: string): Intl.NumberFormat {
  const key = `${language} ${style}`;
  let format = numberFormats.get(key);
  if (!format) {
    const rounded = style === "percent" ? { maximumFractionDigits: 1 } : {};
    format = new Intl.NumberFormat(locale(language), { style, ...rounded });
    numberFormats.set(key, format);
  }
  return format;
}
