/** Languages: English and Italian, as the browser prefers or somebody chose. */

import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import * as en from "./en";
import * as it from "./it";

type Widened<T> = { [K in keyof T]: T[K] extends string ? string : Widened<T[K]> };

/** Every text of the page; a language that lacks one does not compile. */
export type Texts = Widened<typeof en>;

export const LANGUAGES = { en: "English", it: "Italiano" } as const;
export type Language = keyof typeof LANGUAGES;

/** Remembered in the browser, since it holds before anybody has signed in. */
const STORED_AS = "earwitness.language";

function preferred(): Language {
  const wanted = [localStorage.getItem(STORED_AS), ...navigator.languages];
  for (const language of wanted) {
    const [base] = (language ?? "").split("-");
    if (base === "en" || base === "it") return base;
  }
  return "en";
}

export function chooseLanguage(language: Language) {
  localStorage.setItem(STORED_AS, language);
  void i18next.changeLanguage(language);
}

i18next.on("languageChanged", (language) => {
  document.documentElement.lang = language;
});

void i18next.use(initReactI18next).init({
  lng: preferred(),
  fallbackLng: "en",
  resources: { en: { translation: en }, it: { translation: it satisfies Texts } },
  interpolation: { escapeValue: false },
  initAsync: false,
});
