/** The look of the component library: one scale of distances, fonts that read well in Chinese. */
import { theme as antTheme, type ThemeConfig } from "antd";
import { FONTS, useDark } from "./appearance";

export function useTheme(): ThemeConfig {
  const dark = useDark();
  return {
    algorithm: dark ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm,
    token: {
      fontFamily: FONTS,
      colorPrimary: dark ? "#5b9bff" : "#1554b8",
      colorLink: dark ? "#7db0ff" : "#1554b8",
      // The usual red is too pale to be read as a word.
      colorError: dark ? "#ff8f8a" : "#c01f1f",
      colorTextSecondary: dark ? "#b3bdcc" : "#4b5565",
      colorTextTertiary: dark ? "#a3adbd" : "#5a6475",
      colorTextDescription: dark ? "#a3adbd" : "#5a6475",
      colorTextPlaceholder: dark ? "#98a2b3" : "#667085",
      colorBgLayout: dark ? "#0f141b" : "#f3f5f9",
      colorBgContainer: dark ? "#171e27" : "#ffffff",
      colorBgElevated: dark ? "#1d2631" : "#ffffff",
      colorBorderSecondary: dark ? "#2a3542" : "#e6eaf0",
      borderRadius: 6,
      wireframe: false,
      motion: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    },
    components: {
      Table: { cellPaddingBlockSM: 7, headerBg: dark ? "#1d2631" : "#f7f9fc", headerColor: dark ? "#b3bdcc" : "#4b5565" },
      Progress: { defaultColor: dark ? "#5b9bff" : "#1554b8" },
      Button: dark ? { primaryColor: "#0b1420" } : {},
    },
  };
}
