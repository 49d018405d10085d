/** The component library's own texts, of the language that is read. */
import type { ConfigProviderProps } from "antd";
import { useEffect, useState } from "react";
import type { Language } from "./language";

type Locale = NonNullable<ConfigProviderProps["locale"]>;

async function load(language: Language): Promise<Locale> {
  if (language === "en") return (await import("antd/locale/en_US")).default;
  const [texts] = await Promise.all([import("antd/locale/zh_CN"), import("dayjs/locale/zh-cn")]);
  return texts.default;
}

/** Undefined until the first are there; those of the language before until the others are. */
export function useComponentTexts(language: Language): Locale | undefined {
  const [locale, setLocale] = useState<Locale>();
  useEffect(() => {
    let wanted = true;
    void load(language).then((texts) => wanted && setLocale(texts));
    return () => {
      wanted = false;
    };
  }, [language]);
  return locale;
}
