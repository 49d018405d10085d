/** What the filters show, as a file. */
import { DownloadOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { download } from "../api/download";
import { today } from "../clock";
import { useTexts } from "../i18n/language";
import { sentence } from "../shell/states";
import type { Query } from "./data";

const FORMATS = ["xlsx", "csv", "ndjson", "parquet"] as const;

export function ExportButton({ query }: { query: Query }) {
  const t = useTexts();
  const { message } = App.useApp();
  const save = (format: string) => {
    const asked = new URLSearchParams({ ...query, format });
    void download(`projects/v1/exports/projects?${asked}`, `projects-${today()}.${format}`).catch((error: unknown) =>
      message.error(sentence(error)),
    );
  };
  return (
    <Dropdown trigger={["click"]} menu={{ items: FORMATS.map((key) => ({ key, label: key.toUpperCase() })), onClick: ({ key }) => save(key) }}>
      <Button icon={<DownloadOutlined />} className="wide-only">
        {t("action.export")}
      </Button>
    </Dropdown>
  );
}
