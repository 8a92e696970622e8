/** The one search box: what is typed is understood as filters, shown while it is typed. */

import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { recordingCount } from "../../api/recordings";
import { type Filters, filtersOf, understand } from "../../lib/search/understand";
import { locale, number } from "../../lib/time";
import type { View } from "../../lib/view";
import { Bold, unmarked } from "../../ui/bold";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { useKeys } from "../../ui/keyboard";
import { NARROW, useMedia } from "../../ui/media";
import { shown } from "./filters";
import css from "./SearchBox.module.css";

interface Props {
  view: View;
  text: string;
  setText: (text: string) => void;
  box: RefObject<HTMLInputElement | null>;
  /** Takes filters on top of those that are there. */
  apply: (view: View) => void;
}

export function SearchBox({ view, text, setText, box, apply }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  /** 0 is what was understood, others are the other readings. */
  const [chosen, setChosen] = useState(0);
  const panel = useId();
  const narrow = useMedia(NARROW);
  const understood = useUnderstood(text);
  useKeys({ "/": () => box.current?.focus() });

  const readings = [understood.tokens, ...understood.others];
  const take = (tokens: Filters[] | undefined) => {
    if (!tokens || tokens.length === 0) return;
    apply({ ...view, ...filtersOf(tokens) });
    setText("");
    setOpen(false);
    setChosen(0);
  };
  const visible = open && understood.tokens.length > 0;
  const keyed = (event: React.KeyboardEvent) => {
    const last = readings.length - 1;
    if (event.key === "Enter") take(readings[chosen]);
    else if (event.key === "Escape") {
      if (visible) setOpen(false);
      else box.current?.blur();
    } else if (event.key === "ArrowDown" && visible) setChosen(chosen < last ? chosen + 1 : 0);
    else if (event.key === "ArrowUp" && visible) setChosen(chosen > 0 ? chosen - 1 : last);
    else return;
    event.preventDefault();
  };
  return (
    <search className={css.search}>
      <label className={css.box}>
        <Icon name="search" />
        <span className="unseen">{t("list.search")}</span>
        <input
          ref={box}
          value={text}
          placeholder={t(narrow ? "list.hintShort" : "list.hint")}
          autoComplete="off"
          spellCheck={false}
          enterKeyHint="search"
          role="combobox"
          aria-expanded={visible}
          aria-controls={panel}
          aria-autocomplete="list"
          aria-activedescendant={visible ? `${panel}-${chosen}` : undefined}
          onChange={(event) => {
            setText(event.target.value);
            setOpen(true);
            setChosen(0);
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={keyed}
        />
        {text ? (
          <Button
            look="quiet"
            icon
            small
            aria-label={t("list.clear")}
            onClick={() => {
              setText("");
              box.current?.focus();
            }}
          >
            <Icon name="close" />
          </Button>
        ) : (
          <kbd>/</kbd>
        )}
      </label>
      <div id={panel} className={css.panel} hidden={!visible}>
        {visible && <Readings {...{ view, readings, chosen, panel, take }} />}
        {visible && understood.unknown.length > 0 && (
          <p className={css.unknown}>
            {t("understood.unknown", { words: understood.unknown.join(", ") })}
          </p>
        )}
        <p className={css.foot} aria-hidden="true">
          <span>
            <kbd>↵</kbd> {t("understood.keys")}
          </span>
          <span>
            <kbd>Esc</kbd> {t("understood.close")}
          </span>
          <span className={css.also}>
            {t("understood.also")} <code>&gt; 5 min</code>, <code>{t("understood.day")}</code>,{" "}
            <code>{t("understood.caller")}</code>, <code>{t("understood.tagged")}</code>,{" "}
            <code>is:held</code>
          </span>
        </p>
      </div>
    </search>
  );
}

function useUnderstood(text: string) {
  const { i18n } = useTranslation();
  // At once, and not deferred: whoever types fast and presses Enter means what is typed.
  return useMemo(() => {
    const monthFirst = locale(i18n.language) === "en-US";
    return understand(text, { now: new Date(), monthFirst });
  }, [text, i18n.language]);
}

interface ReadingsProps {
  view: View;
  readings: Filters[][];
  chosen: number;
  panel: string;
  take: (tokens: Filters[]) => void;
}

function Readings({ view, readings, chosen, panel, take }: ReadingsProps) {
  const { t } = useTranslation();
  const [first, ...others] = readings;
  return (
    <div role="listbox" aria-label={t("understood.region")}>
      <div className={css.heading} aria-hidden="true">
        {t("understood.title")}
      </div>
      {first && (
        <Reading {...{ view, tokens: first, take }} id={`${panel}-0`} chosen={chosen === 0} first />
      )}
      {others.length > 0 && (
        <div className={css.heading} aria-hidden="true">
          {t("understood.others")}
        </div>
      )}
      {others.map((tokens, index) => (
        <Reading
          key={JSON.stringify(tokens)}
          {...{ view, tokens, take }}
          id={`${panel}-${index + 1}`}
          chosen={chosen === index + 1}
        />
      ))}
    </div>
  );
}

interface ReadingProps {
  view: View;
  tokens: Filters[];
  take: (tokens: Filters[]) => void;
  id: string;
  chosen: boolean;
  first?: boolean;
}

function Reading({ view, tokens, take, id, chosen, first = false }: ReadingProps) {
  const { t, i18n } = useTranslation();
  const filters = filtersOf(tokens);
  const asked = useSettled(JSON.stringify({ ...view, ...filters }));
  const count = useQuery(recordingCount(JSON.parse(asked) as View));
  const pieces = shown(filters, t, i18n.language);
  const found =
    count.data === undefined ? "" : t("understood.found", { n: number(count.data, i18n.language) });
  return (
    // The keys are those of the box, which names the chosen one.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      className={first ? css.first : css.other}
      onPointerDown={(event) => event.preventDefault()}
      onClick={() => take(tokens)}
    >
      <span className={css.pieces}>
        {pieces.map((piece) => (
          <span key={piece.key} className={css.piece}>
            <Icon name={piece.icon} />
            <span>{first ? <Bold text={piece.text} /> : unmarked(piece.text)}</span>
          </span>
        ))}
      </span>
      <span className={css.found}>{found}</span>
    </div>
  );
}

/** A value that stands still for a moment: nobody asks the server for each letter. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), SETTLED_MS);
    return () => window.clearTimeout(timer);
  }, [value]);
  return settled;
}

const SETTLED_MS = 200;
